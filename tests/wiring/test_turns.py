"""Turns between runs: real processes that wait, die and stand still, and two whole runs over one day."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from engines.turn_children import child
from fakes import FakeTranscriber
from samples import DAY, HOST, make_feed, make_item
from wiring.turn_children import make_turns, obey

from brief_pipeline.definitions import defs
from brief_pipeline.engines.turn import Notes
from brief_pipeline.errors import StoreBusy
from brief_pipeline.records import Segment
from brief_pipeline.wiring import patience, turns
from brief_pipeline.wiring.automation import ask_feeds, daily_brief, due_brief, late_episodes
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.patience import Patience
from brief_pipeline.wiring.progress import SilentProgress
from brief_pipeline.wiring.run_order import OWN_STAGES, WITHOUT_DAYS
from brief_pipeline.wiring.runs import Ran, run_days
from brief_pipeline.wiring.turns import leave_turns, take_transcription

FIRST, SECOND, THIRD = "2026-03-01", "2026-03-02", "2026-03-03"
STAGES = ("transcripts", "chunks", "brief")
HEARD = (Segment(0.0, 9.5, None, "Buses that run at night pay for themselves, because shops stay open for their riders."),)
PATIENCE_SECONDS = 60.0


def hear(pipe: Any) -> str:
    assert pipe.poll(PATIENCE_SECONDS), "nothing is said"
    return str(pipe.recv())


def hear_until(pipe: Any, word: str) -> list[str]:
    said = [hear(pipe)]
    while said[-1] != word:
        said.append(hear(pipe))
    return said


def begin(pipe: Any, stage: str) -> None:
    pipe.send(stage)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SAID_AFTER_SECONDS", 0.0)


def test_a_second_run_waits_for_the_day_says_for_whom_and_goes_on_when_that_one_is_killed(tmp_path: Path) -> None:
    with child(obey, tmp_path, "run-one", [FIRST, SECOND], STAGES) as (process, one), \
            child(obey, tmp_path, "run-two", [SECOND], STAGES) as (_, two):  # fmt: skip
        assert (hear(one), hear(two)) == ("here", "here")
        begin(one, "transcripts")
        assert hear(one) == "in"
        begin(two, "transcripts")
        while (said := hear(two)) != f"waits for run run-one of {FIRST} to {SECOND}, which is at transcripts":
            assert said.startswith("waits for the board")
        process.kill()
        process.join()
        assert hear_until(two, "in")[-2].startswith("goes on after")
        two.send("")
        assert hear(two) == "gone"
    assert list(tmp_path.rglob("*")) == [tmp_path / "runs"]


def test_a_brief_waits_for_the_run_of_the_day_before_to_tell_its_own(tmp_path: Path) -> None:
    with child(obey, tmp_path, "run-one", [FIRST], STAGES) as (_, one), \
            child(obey, tmp_path, "run-two", [SECOND], STAGES) as (_, two):  # fmt: skip
        assert (hear(one), hear(two)) == ("here", "here")
        for stage in ("transcripts", "chunks"):
            begin(two, stage)
            assert hear(two) == "in"  # on another day it need not wait
        begin(two, "brief")
        while not (said := hear(two)).startswith("waits for run run-one"):
            assert said.startswith("waits for the board")
        for stage in STAGES:
            begin(one, stage)
            assert hear(one) == "in"
        assert hear_until(two, "in")


def test_a_suspended_run_is_not_let_go_first_and_is_named_with_the_cure_where_it_holds_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with child(obey, tmp_path, "run-one", [FIRST], STAGES) as (process, one):
        assert hear(one) == "here"
        begin(one, "transcripts")
        assert hear(one) == "in"
        with Notes(tmp_path / "runs").at_board():  # so that it is not: who stands still there keeps all others out
            os.kill(process.pid, signal.SIGSTOP)
        said: list[str] = []
        later = make_turns(tmp_path, "run-two", [SECOND], STAGES)
        later.enter("brief", [SECOND], Patience(said.append))
        later.leave()
        assert said == []
        monkeypatch.setattr(patience, "SUSPENDED_SECONDS", 0.2)
        same = make_turns(tmp_path, "run-three", [FIRST], STAGES)
        with pytest.raises(StoreBusy, match=rf"process {process.pid} is suspended: `kill -CONT {process.pid}`"):
            same.enter("transcripts", [FIRST], Patience(said.append))
        same.leave()


def test_a_run_that_stands_still_at_the_board_is_named_and_waited_for_no_longer_than_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SUSPENDED_SECONDS", 0.2)
    monkeypatch.setattr(patience, "is_suspended", lambda process: True)
    with (
        Notes(tmp_path / "runs").at_board(),
        pytest.raises(StoreBusy, match=rf"the board of runs.*process {os.getpid()} is"),
    ):
        make_turns(tmp_path, "run-one", [FIRST], STAGES)


def test_courtesy_ends_and_then_the_later_day_is_told_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with child(obey, tmp_path, "run-one", [FIRST], STAGES) as (_, one):
        assert hear(one) == "here"
        begin(one, "transcripts")
        assert hear(one) == "in"
        monkeypatch.setattr(turns, "COURTESY_SECONDS", 0.3)
        said: list[str] = []
        own = make_turns(tmp_path, "run-two", [SECOND], STAGES)
        own.enter("brief", [SECOND], Patience(said.append))
        own.leave()
        assert any(line.startswith("waits for run run-one") for line in said)  # beside a wait for the board, if any


def test_a_run_that_another_version_announced_is_no_riddle(tmp_path: Path) -> None:
    own = make_turns(tmp_path, "run-two", [SECOND], STAGES)
    other = make_turns(tmp_path, "run-one", [FIRST], STAGES)
    other._board.put(other._name, '{"run": "of another shape"}')
    with pytest.raises(StoreBusy, match="Another version"):
        own.enter("brief", [SECOND], Patience(print))
    own.leave()
    other.leave()


@dataclass
class WatchedProgress(SilentProgress):
    """Notes what runs say, and the moment when one waits."""

    said: list[str] = field(default_factory=list)
    waits: threading.Event = field(default_factory=threading.Event)

    def end(self, stage: str, said: str) -> None:
        self.said.append(f"{stage}: {said}")
        if said.startswith("waits for run"):
            self.waits.set()


@dataclass
class SlowTranscriber(FakeTranscriber):
    """Hears nothing until another run waits."""

    until: threading.Event = field(default_factory=threading.Event)

    def transcribe(self, *given: Any, **named: Any) -> Any:
        assert self.until.wait(PATIENCE_SECONDS), "nobody waits"
        return super().transcribe(*given, **named)


def test_two_runs_over_one_day_fetch_and_hear_everything_once(make_house: Callable[..., House]) -> None:
    pages = {f"{HOST}/one.xml": make_feed("Show", make_item("spoken", transcript=False)), f"{HOST}/one/spoken.mp3": b"sound"}
    progress = WatchedProgress()
    transcriber = SlowTranscriber(HEARD, until=progress.waits)
    house = make_house(pages, transcriber=transcriber, progress=progress)
    ran: list[Ran] = []

    def go() -> None:
        with dg.DagsterInstance.ephemeral() as instance:
            ran.append(run_days(replace(house), [DAY], instance))

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.succeeded for one in ran] == [True, True], ran
    assert len(transcriber.asked) == 1
    assert house.web.asked.count(f"{HOST}/one/spoken.mp3") == 1  # type: ignore[attr-defined]
    assert any("which is at transcripts" in said for said in progress.said)
    assert not list((house.settings.data / "locks").rglob("*.turn"))
    assert not list((house.settings.data / "locks" / "runs").iterdir())


def test_as_many_transcriptions_at_once_as_the_settings_say(make_house: Callable[..., House]) -> None:
    house = make_house()
    said: list[str] = []
    is_in = threading.Event()

    def second() -> None:
        with take_transcription(house, said.append):
            is_in.set()

    thread = threading.Thread(target=second)
    with take_transcription(house, said.append):
        thread.start()
        while not said:
            assert not is_in.is_set()
    assert said == ["waits for another transcription"]
    thread.join()
    assert is_in.is_set()


@pytest.mark.parametrize("job", [daily_brief, due_brief, late_episodes, ask_feeds])
def test_no_job_comes_back_to_what_is_a_days_own_once_it_needs_the_history(job: Any) -> None:
    """Else it would hold the history while it listens, and nobody else could tell their days."""
    from dagster._core.execution.api import create_execution_plan

    plan = create_execution_plan(defs.resolve_job_def(job.name))
    order = [step.key for step in plan.get_all_steps_in_topo_order() if step.key not in WITHOUT_DAYS]
    own = [stage in OWN_STAGES for stage in order if stage != "deliveries"]
    assert own == sorted(own, reverse=True), order
    assert "deliveries" not in order[:-1]


def test_who_only_has_its_briefs_to_send_keeps_nobody_from_the_history(tmp_path: Path) -> None:
    one = make_turns(tmp_path, "run-one", [FIRST], ("brief", "snapshot", "deliveries"))
    for stage in ("brief", "deliveries"):
        one.enter(stage, [FIRST], Patience(print))
        assert one.run.holds == ("history" if stage == "brief" else "days")
        one.note_done(stage)
    other = make_turns(tmp_path, "run-two", [SECOND], STAGES)
    other.enter("brief", [SECOND], Patience(print))
    assert other.run.holds == "history"
    other.leave()
    one.leave()


def test_what_a_run_holds_goes_when_the_thread_begins_another_run_or_leaves(tmp_path: Path) -> None:
    own = make_turns(tmp_path, "run-one", [FIRST], STAGES)
    turns._RUNS[threading.get_ident()] = own
    own.enter("transcripts", [FIRST], Patience(print))
    assert len(list((tmp_path / "runs").iterdir())) == 1
    leave_turns()
    assert list((tmp_path / "runs").iterdir()) == []
    leave_turns()
