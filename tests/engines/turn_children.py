"""What other processes do with turns while a test looks on."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from brief_pipeline.engines.turn import Notes, take_one_of, take_turn

FOR_EVER = 600.0
_processes = multiprocessing.get_context("forkserver")  # imports once, forks in milliseconds
_processes.set_forkserver_preload(["engines.turn_children"])


@contextmanager
def child(work: Callable[..., None], *arguments: Any) -> Iterator[tuple[Any, Connection]]:
    """A process that does `work(pipe, *arguments)`, with the other end of the pipe. It is gone afterwards."""
    here, there = _processes.Pipe()
    process = _processes.Process(target=work, args=(there, *arguments), daemon=True)
    process.start()
    there.close()
    try:
        yield process, here
    finally:
        process.kill()
        process.join()


def count_up(pipe: Connection, folder: Path, times: int) -> None:
    """Adds one to the number in a file, again and again: what two do at once is lost."""
    for _ in range(times):
        with take_turn(folder / "turn"):
            number = int((folder / "counter").read_text())
            time.sleep(0.001)
            (folder / "counter").write_text(str(number + 1))
    pipe.send("done")


def hold(pipe: Connection, files: Sequence[Path], said: str) -> None:
    with take_one_of(files, said):
        pipe.send("held")
        time.sleep(FOR_EVER)


def keep_note(pipe: Connection, folder: Path, name: str, text: str) -> None:
    board = Notes(folder)
    with board.at_board():
        board.put(name, text)
    pipe.send("put")
    time.sleep(FOR_EVER)
