"""The demo with its engines' answers written down once, by a real run, and read out from then on: the rest stays real.

What the models say is the same each time, so a run need not load them again: that takes ten times as long as all the rest.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import duckdb
import numpy as np
from filelock import FileLock
from session_folder import folder_of_session

from brief_pipeline.settings import Settings
from brief_pipeline.wiring.demo import open_demo
from brief_pipeline.wiring.house import House, build_house

# What may differ between two runs that did the same.
OF_THE_RUN = {
    "raw.feeds": {"status"},  # "unchanged" where a feed was asked a second time
    "raw.transcripts": {"seconds_spent"},  # wall time
    "raw.extractions": {"seconds_spent"},  # wall time
    "raw.schema_versions": {"applied_at"},  # when the file was made, by the machine's clock
}
TREES = "site.trees"  # their names are new each time: what is read of them is found below site/
TEMPORARY = re.compile(r"\.part|\.tmp|\.wal$|\.turn$")
ENGINES = ("transcriber", "embedder", "grader", "comparer")
LISTS = (("embedder", "embed"), ("embedder", "count_tokens"), ("grader", "grade"), ("comparer", "align"))
NOW = datetime(2026, 3, 5, 6, tzinfo=UTC)  # the day after the sample's last one
Answers = dict[tuple[str, str, str], Any]  # of engine, what it was asked for, and a hash of what with


def _hash(asked: object) -> str:
    """Of what an engine was asked with: a file by its bytes, for each run has its own copy; no callbacks."""
    if isinstance(asked, Path):
        return sha256(asked.read_bytes()).hexdigest()
    if isinstance(asked, list | tuple):
        return sha256("".join(map(_hash, asked)).encode()).hexdigest()
    return "" if callable(asked) else sha256(repr(asked).encode()).hexdigest()


class Recorded:
    """An engine that writes down what it answers: to the whole question, and where that is a list, to each of it."""

    def __init__(self, role: str, engine: Any, answers: Answers) -> None:
        self._role, self._engine, self._answers = role, engine, answers

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._engine, name)
        if not callable(asked):
            self._answers[self._role, name, ""] = asked
            return asked

        def answer(*given: Any, **named: Any) -> Any:
            told = asked(*given, **named)
            self._answers[self._role, name, _hash([*given, *sorted(named.items())])] = told
            if (self._role, name) in LISTS:
                self._answers |= {
                    (self._role, f"{name} one", _hash(one)): item for one, item in zip(*given, told, strict=True)
                }
            return told

        return answer


@dataclass
class Replayed:
    """An engine that gives the answers which were written down; to a question that is new, the real one's."""

    role: str
    answers: Answers
    engine: Any
    note: Callable[[str], None]  # is told of each question before it is answered

    def __getattr__(self, name: str) -> Any:
        if (self.role, name, "") in self.answers:
            return self.answers[self.role, name, ""]

        def answer(*given: Any, **named: Any) -> Any:
            self.note(f"{self.role}.{name}")
            key = (self.role, name, _hash([*given, *sorted(named.items())]))
            if key in self.answers:
                return self.answers[key]
            if (self.role, name) in LISTS:
                told = [self.answers.get((self.role, f"{name} one", _hash(one))) for one in given[0]]
                if told and not any(one is None for one in told):
                    return np.stack(told) if isinstance(told[0], np.ndarray) else told
            self.note(f"new: {self.role}.{name}")
            return getattr(self.engine, name)(*given, **named)

        return answer


def build_recorded(settings: Settings, answers: Answers) -> House:
    house = build_house(settings)
    engines = {role: Recorded(role, getattr(house, role), answers) for role in ENGINES}
    for role, name in LISTS:
        getattr(engines[role], name)([])
    return replace(house, clock=lambda: NOW, **engines)


def build_replayed(settings: Settings, answers: Answers, note: Callable[[str], None] = lambda _: None) -> House:
    house = build_house(settings)
    engines = {role: Replayed(role, answers, getattr(house, role), note) for role in ENGINES}
    return replace(house, clock=lambda: NOW, **engines)


def look(house: House) -> dict[str, Any]:
    """What runs left: the rows of each table, the bytes of each brief and the other files, and what should not be there."""
    with duckdb.connect(str(house.settings.database), read_only=True) as connection:
        names = connection.sql("select table_schema || '.' || table_name from information_schema.tables").fetchall()
        made = {name: connection.table(name) for (name,) in names}
        tables = {
            name: [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()] for name, table in made.items()
        }
    data = house.settings.data
    paths = [path for path in sorted(data.rglob("*")) if path.is_file() and not (set(path.parts) & {"cache", "logs", TREES})]
    site = {str(path.relative_to(data)): path.read_bytes() for path in sorted((data / "site").rglob("*")) if path.is_file()}
    return {
        "tables": tables,
        "briefs": {str(path.relative_to(data)): path.read_bytes() for path in paths if "briefs" in path.parts},
        "site": site,
        "trees": len(list((data / TREES).glob("*.json"))),
        "files": [str(path.relative_to(data)) for path in paths if "dagster" not in path.parts],
        "temporary": [str(path.relative_to(data)) for path in paths if TEMPORARY.search(path.name)],
    }


def rows_of(left: dict[str, Any]) -> dict[str, list[str]]:
    """The tables as texts, each row one, without the columns that tell of the run and not of the podcasts."""

    def tell(table: str, row: dict[str, Any]) -> str:
        return str({name: value for name, value in row.items() if name not in OF_THE_RUN.get(table, ())})

    return {table: sorted(tell(table, row) for row in rows) for table, rows in left["tables"].items()}


@cache
def recorded() -> Path:
    """A folder with the answers, and what undisturbed runs left: made once a session, for all its processes."""
    folder = folder_of_session()
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            in_work = folder.with_name(f"{folder.name}-in-work")
            shutil.rmtree(in_work, ignore_errors=True)
            in_work.mkdir()
            with open_demo(data_dir=in_work / "served") as settings:
                run_script("crashing.py", "record", in_work, settings.web.connect_to)
            in_work.rename(folder)
    return folder


@dataclass
class Script:
    """A Python script beside this file, in a process of its own. What it says goes into a file: what a killed run of Dagster
    leaves behind (a `tail` of its logs) would hold a pipe open for ever."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]

    def finish(self) -> tuple[int, str]:
        """How it ended, once it has, and what it said. What it left running is ended."""
        code = self.process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.said.seek(0)
        return code, self.said.read().decode(errors="replace")


def start_script(name: str, *given: object) -> Script:
    told = [json.dumps(one) if isinstance(one, dict) else str(one) for one in given]
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    said = tempfile.TemporaryFile()  # noqa: SIM115 - finish() reads it
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name(name)), *told],
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    return Script(process, said)


def run_script(name: str, *given: object) -> str:
    code, said = start_script(name, *given).finish()
    assert code == 0, said
    return said


def keep(answers: Answers, file: Path) -> None:
    file.write_bytes(pickle.dumps(answers))


def read(file: Path) -> Answers:
    answers: Answers = pickle.loads(file.read_bytes())
    return answers
