"""Runs of the demo that are killed, and run again to the end: `python crashing.py record|crash FOLDER CONNECT_TO`.

Everything that takes long to import is imported once; then each run is a fork of this process, which has no thread and no
database open. The store, the files, Dagster and its instance, HTTP and the stages are real; what the models say is read out.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import av  # noqa: F401 - to be there before the fork
import dagster as dg
import httpx  # noqa: F401
from wiring.replayed import TREES, Answers, build_recorded, build_replayed, keep, look, read

from brief_pipeline.definitions import defs
from brief_pipeline.wiring.demo import DAYS, read_demo_settings
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import open_instance, run_days
from brief_pipeline.wiring.sql_assets import MODELS, describe_lineage

KILLS = 25
LANES = 2  # at once
SEED = 25
LONGEST_PAUSE_SECONDS = 0.03  # after an event: about as long as a write of the store takes
FILE_EVENTS = {"os.rename", "os.link", "os.remove"}


@dataclass(frozen=True)
class Trial:
    """A run of a day of the demo to be killed: which day, at the how manieth event, and how long after it."""

    name: str
    position: int
    kill_at: int
    pause_seconds: float


@dataclass
class Moments:
    """Counts what a run does to the world: writes of the store, files that come, move and go, what it asks the engines.

    At the n-th it has the process killed, after a pause, while the work goes on.
    """

    data: Path
    kill_at: int = 0
    pause_seconds: float = 0.0
    count: int = 0

    def watch(self, house: House) -> None:
        for name in ("apply", "materialise"):
            setattr(house.store, name, self._watched(getattr(house.store, name)))
        sys.addaudithook(self._heard)

    def note(self, _: str = "") -> None:
        self.count += 1
        if self.count == self.kill_at and self.pause_seconds > 0:
            threading.Thread(target=self._kill).start()
        elif self.count == self.kill_at:
            self._kill()

    def _watched(self, method: Callable[..., int]) -> Callable[..., int]:
        def watched(*given: Any) -> int:
            self.note()
            return method(*given)

        return watched

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        is_written = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if (is_written or event in FILE_EVENTS) and isinstance(given[0], str | os.PathLike):
            path = os.fspath(given[0])
            if path.startswith(str(self.data)) and not {"locks", "cache", "logs", TREES} & set(Path(path).parts):
                self.note()

    def _kill(self) -> None:
        time.sleep(self.pause_seconds)
        os.kill(os.getpid(), signal.SIGKILL)


def run(house: House, *days: date) -> None:
    with open_instance(house.settings) as instance:
        ran = run_days(house, days, instance)
        assert ran.succeeded, ran.problems
        going = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]))
        assert not going, f"{len(going)} runs seem to be going"


def fork(work: Callable[[], None]) -> int:
    """A fork of this process that does some work and ends; its id."""
    sys.stdout.flush()
    if process := os.fork():
        return process
    try:
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - a fork must end here, whatever happened, and not go on with its parent's work
        traceback.print_exc()
        os._exit(1)


def wait_for(process: int) -> int:
    """The status it ended with: 0, 1 after an error, -9 when it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def in_fork(work: Callable[[], None]) -> int:
    return wait_for(fork(work))


def warm_up() -> None:
    """What every run would do anew."""
    for model in MODELS:
        describe_lineage(model)
    defs.resolve_job_def("daily_brief")
    with tempfile.TemporaryDirectory() as home:
        dg.DagsterInstance.local_temp(home).dispose()


def record(folder: Path, connect_to: dict[str, str]) -> None:
    """Undisturbed runs with the real models, a day after the other, then one over all: their answers, and what each left."""
    answers: Answers = {}
    settings = read_demo_settings(connect_to, data_dir=folder / "undisturbed")
    house = build_recorded(settings, answers)
    moments = Moments(settings.data)
    moments.watch(house)
    events = []
    for position, day in enumerate(DAYS):
        copy_data(settings.data, folder / f"before-{position}")
        moments.count = 0
        run(house, day)
        events.append(moments.count)
        (folder / f"left-{position}.pickle").write_bytes(pickle.dumps(look(house)))
    at_once = read_demo_settings(connect_to, data_dir=folder / "one-run")
    house = build_recorded(at_once, answers)
    run(house, *DAYS)
    (folder / "left-by-one-run.pickle").write_bytes(pickle.dumps(look(house)))
    keep(answers, folder / "answers.pickle")
    (folder / "events.json").write_text(json.dumps(events))


def copy_data(data: Path, to: Path) -> None:
    shutil.copytree(data, to, symlinks=True, ignore=shutil.ignore_patterns("cache", "locks"))


def try_to_crash(trial: Trial, folder: Path, connect_to: dict[str, str], answers: Answers) -> None:
    """A run that is killed, then another one to the end; what they left goes into a file."""
    data = folder / trial.name
    copy_data(folder / f"before-{trial.position}", data)
    settings, day = read_demo_settings(connect_to, data_dir=data), DAYS[trial.position]

    def killed() -> None:
        moments = Moments(data, trial.kill_at, trial.pause_seconds)
        house = build_replayed(settings, answers, moments.note)
        moments.watch(house)
        run(house, day)

    def to_the_end() -> None:
        new: list[str] = []
        house = build_replayed(settings, answers, lambda asked: new.append(asked) if asked.startswith("new") else None)
        run(house, day)
        left = look(house) | {"new": new}
        (folder / f"{trial.name}.pickle").write_bytes(pickle.dumps(left))

    status = [in_fork(killed), in_fork(to_the_end)]
    (folder / f"{trial.name}.json").write_text(json.dumps(status))
    shutil.rmtree(data)


def plan(events: Sequence[int]) -> list[Trial]:
    """Moments spread over the whole of the runs: one at random in each of KILLS stretches of about the same length."""
    chance = random.Random(SEED)
    every = [(position, n) for position, count in enumerate(events) for n in range(1, count + 1)]
    edges = [round(number * len(every) / KILLS) for number in range(KILLS + 1)]
    chosen = [every[chance.randrange(start, end)] for start, end in pairwise(edges)]
    pauses = (
        max(0.0, chance.uniform(-LONGEST_PAUSE_SECONDS / 2, LONGEST_PAUSE_SECONDS)) for _ in chosen
    )  # a third: at once
    return [Trial(f"day-{at + 1}-event-{n}", at, n, pause) for (at, n), pause in zip(chosen, pauses, strict=True)]


def crash(folder: Path, connect_to: dict[str, str]) -> None:
    answers = read(folder / "answers.pickle")
    trials = plan(json.loads((folder / "events.json").read_text()))

    def go(lane: int) -> None:
        for trial in trials[lane::LANES]:
            try_to_crash(trial, folder, connect_to, answers)

    lanes = [fork(partial(go, lane)) for lane in range(LANES)]
    assert [wait_for(lane) for lane in lanes] == [0] * LANES


def main(task: str, folder: Path, connect_to: dict[str, str]) -> None:
    warm_up()
    if task == "record":
        record(folder, connect_to)
    else:
        crash(folder, connect_to)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]))
