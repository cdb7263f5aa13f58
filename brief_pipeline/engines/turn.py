"""Turns between processes: who holds a file by flock(2) has the turn, and the kernel takes it back when they die.

Nothing piles up: a lock file goes when its turn ends. One that a killed process left is empty of meaning, since nobody
holds it; the next who wants it takes it over.

What holds where: on a local file system of Linux or macOS, all of it. On NFS, Linux turns flock(2) into locks that the
server keeps, so it holds between machines too, as long as the server's lock service runs; a machine that vanishes keeps its
turns until the server gives it up. On SMB, FUSE and the like it may hold on one machine only, or not at all: where the
system says so, StoreUnreadable is raised. DuckDB locks its file in much the same way: such a place is none for it either.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from brief_pipeline.errors import StoreUnreadable

BETWEEN_LOOKS_SECONDS = (0.01, 0.05)  # jitter: those who wait for one turn don't look in step
_LONGEST_NOTE_BYTES = 1 << 20

Waiting = Callable[[str], None]  # is told what the holder says of itself, at each look; what it raises ends the waiting


def _keep_waiting(_: str) -> None: ...


@contextmanager
def take_turn(file: Path, said: str = "", waiting: Waiting = _keep_waiting) -> Iterator[None]:
    """The turn that a file stands for, once nobody else has it. `said` is what those who wait then hear of us.

    Two threads of one process shut each other out as two processes do. Raises StoreUnreadable where there are no locks.
    """
    with take_one_of([file], said, waiting):
        yield


@contextmanager
def take_one_of(files: Sequence[Path], said: str = "", waiting: Waiting = _keep_waiting) -> Iterator[Path]:
    """One of several turns, the first that is free: a semaphore with as many places as there are files."""
    held = _wait_for(files, waiting)
    try:
        _write(*held, said)
        yield held[0]
    finally:
        _let_go(*held)


class Notes:
    """Notes of processes on one board, each there for as long as its writer lives or until it is taken down.

    Read and write them only inside of `at_board()`: what was read is still so while one writes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: dict[str, FileIO] = {}

    @contextmanager
    def at_board(self, waiting: Waiting = _keep_waiting) -> Iterator[None]:
        """The board for oneself, for moments."""
        with take_turn(self._folder.with_name(f"{self._folder.name}.turn"), name_process(), waiting):
            yield

    def put(self, name: str, text: str) -> None:
        """Puts up a note of ours, or changes it."""
        path = self._folder / name
        if name not in self._own:
            file = _take(path)
            if file is None:
                raise StoreUnreadable(f"{path} is held by another process, although it stands for this one. Run again.")
            self._own[name] = file
        _write(path, self._own[name], text)

    def take_down(self, name: str) -> None:
        """Takes a note of ours down, where it is up."""
        if file := self._own.pop(name, None):
            _let_go(self._folder / name, file)

    def read(self) -> dict[str, str]:
        """The notes of others by name. What dead ones left is thrown away."""
        notes = {}
        for path in sorted(self._folder.glob("*")):
            if path.name in self._own:
                continue
            if file := _take(path):  # nobody holds it: its writer is dead
                _let_go(path, file)
            else:
                notes[path.name] = _read(path)
        return notes


def name_process() -> str:
    """This process, for others: its machine and its id there."""
    return f"{socket.gethostname()} {os.getpid()}"


def is_suspended(process: str) -> bool:
    """Whether a process, as it named itself, was stopped (SIGSTOP, Ctrl-Z): known on its own machine, under Linux."""
    host, _, number = process.rpartition(" ")
    if host != socket.gethostname() or not number.isdigit():
        return False
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state in ("T", "t")


def _wait_for(files: Sequence[Path], waiting: Waiting) -> tuple[Path, FileIO]:
    while True:
        for path in files:
            if file := _take(path):
                return path, file
        waiting(_read(files[0]))
        time.sleep(random.uniform(*BETWEEN_LOOKS_SECONDS))


def _take(path: Path) -> FileIO | None:
    """The file, locked, unless another holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(path, "a+")
    except OSError as refused:
        raise _explain(path, refused) from refused
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(file, path):  # else whoever had it has removed the file since we opened it
            return file
    except BlockingIOError:
        pass
    except OSError as refused:
        file.close()
        raise _explain(path, refused) from refused
    file.close()
    return None


def _let_go(path: Path, file: FileIO) -> None:
    if _is_at(file, path):  # a person may have cleared the folder meanwhile
        path.unlink(missing_ok=True)
    file.close()


def _is_at(file: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _write(path: Path, file: FileIO, text: str) -> None:
    try:
        file.truncate(0)
        file.write(text.encode())
    except OSError as refused:
        raise _explain(path, refused) from refused


def _read(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_LONGEST_NOTE_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ""


def _explain(path: Path, refused: OSError) -> StoreUnreadable:
    return StoreUnreadable(
        f"{path} cannot be locked ({refused.strerror}). Let this user write there and free some disk space; or, if the file "
        "system knows no locks, set data_dir in brief.toml to a folder on a local disk."
    )
