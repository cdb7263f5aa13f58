"""A run in a process of its own, as far as turns go: it does one move after the other as a test tells it to."""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from brief_pipeline.engines.turn import name_process
from brief_pipeline.wiring import patience, turns
from brief_pipeline.wiring.patience import Patience
from brief_pipeline.wiring.run_order import Run

REACH_DAYS = 30


def make_turns(folder: Path, run_id: str, days: Sequence[str], stages: Sequence[str]) -> turns.RunTurns:
    return turns.RunTurns(folder, Run(run_id, name_process(), tuple(days), tuple(stages), stages[0]), REACH_DAYS)


def obey(pipe: Connection, folder: Path, run_id: str, days: Sequence[str], stages: Sequence[str]) -> None:
    """Says "here"; then for each stage it is told, "in" when it has its turn, after whatever it says of waiting."""
    patience.SAID_AFTER_SECONDS = 0.0
    own = make_turns(folder, run_id, days, stages)
    pipe.send("here")
    while stage := pipe.recv():
        own.enter(stage, days, Patience(pipe.send))
        pipe.send("in")
        own.note_done(stage)
    own.leave()
    pipe.send("gone")
