"""The database file, opened for as long as a piece of work takes: waits while another process holds it, and what goes wrong
is said in words.
"""

from __future__ import annotations

import atexit
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp
from tenacity import RetryError, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from brief_pipeline.errors import StoreBusy, StoreUnreadable

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0
# DuckDB guesses a column's type from 1,000 of its rows, and fails on a list that stands after 1,000 empty ones: look at all.
CONFIG: dict[str, Any] = {"pandas_analyze_sample": 2**31}

MISUSED = (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError)
NAMED = "store"  # the file's name inside DuckDB
_LOCKED = ("Could not set lock", "Unique file handle conflict")  # the second: this process itself has it open otherwise
_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_CURES = {
    "Permission denied": "Let this user write the file and its folder, or set data_dir in brief.toml to another folder.",
    "Read-only file system": "Set data_dir in brief.toml to a folder that can be written.",
    "No space left": "Free some disk space and run again: what was there is kept.",
    "Is a directory": "Move that folder away, or set data_dir in brief.toml to another one.",
    "File exists": "Move that file away, or set data_dir in brief.toml to another folder.",
    "Not a directory": "Move that file away, or set data_dir in brief.toml to another folder.",
}
_CURE = "Move it away (with the .wal file beside it, if any) and run again to build a new one, or restore a copy."

# DuckDB refuses to open a file read-only and read-write at once in one process. And its lock is a POSIX one, which the whole
# process loses as soon as it closes any descriptor of the file: who reads the bytes themselves holds this too, until closed.
in_this_process = threading.RLock()


class _Instance:
    """A DuckDB that is kept between two openings: making one takes six times as long as attaching a file to it.

    It holds no file, and so no lock, in between. One for the file that was last asked for, because it spills beside it.
    """

    def __init__(self) -> None:
        self._path: Path | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def get(self, path: Path) -> duckdb.DuckDBPyConnection:
        if self._connection is None or path != self._path:
            self.drop()
            self._connection = duckdb.connect(config={**CONFIG, "temp_directory": f"{path}.tmp"})
            self._path = path
        return self._connection

    def drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._path = self._connection = None


_instance = _Instance()
atexit.register(_instance.drop)  # else DuckDB complains at the end of the process


def _drop_before_fork() -> None:
    """A fork has none of DuckDB's threads: it makes an instance of its own."""
    if in_this_process.acquire(blocking=False):
        try:
            _instance.drop()
        finally:
            in_this_process.release()


os.register_at_fork(before=_drop_before_fork)


@contextmanager
def open_database(path: Path, patience_seconds: float, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the file, in UTC, closed afterwards: what was not committed is rolled back.

    Raises StoreBusy when another process holds the file for longer than the patience, and StoreUnreadable.
    """
    with in_this_process:
        try:
            instance = _instance.get(path)
            _attach(instance, path, patience_seconds, read_only)
            connection = instance.cursor()
            try:
                connection.execute("SET TimeZone = 'UTC'")
                connection.execute("RESET memory_limit")  # the instance's, which whoever opened it before may have lowered
                connection.execute(f"USE {NAMED}")
                yield connection
            finally:
                connection.close()
                _detach(instance)
        except duckdb.Error as error:
            raise explain(path, error) from error


def explain(path: Path, error: Exception) -> Exception:
    """An error of DuckDB or of the disk in the house's words."""
    said = " ".join(str(error).split())
    if isinstance(error, MISUSED):
        return ValueError(f"{path.name}: {said}")
    cure = next((cure for needle, cure in _CURES.items() if needle in said), _CURE)
    return StoreUnreadable(f"{path} cannot be read or written ({said}). {cure}")


def _attach(instance: duckdb.DuckDBPyConnection, path: Path, patience_seconds: float, read_only: bool) -> None:
    waiting = Retrying(
        retry=retry_if_exception(_is_lock),
        wait=wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS),
        stop=stop_after_delay(patience_seconds),
    )
    file = exp.Literal.string(str(path)).sql("duckdb")
    try:
        waiting(instance.execute, f"ATTACH {file} AS {NAMED} (TYPE duckdb{', READ_ONLY' if read_only else ''})")
    except RetryError as given_up:
        raise StoreBusy(_name_holder(path, patience_seconds, given_up)) from given_up


def _detach(instance: duckdb.DuckDBPyConnection) -> None:
    """Lets go of the file. Where that fails, with all of the instance."""
    try:
        instance.execute(f"DETACH {NAMED}")
    except duckdb.Error:
        _instance.drop()
        raise


def _is_lock(error: BaseException) -> bool:
    return isinstance(error, duckdb.Error) and any(needle in str(error) for needle in _LOCKED)


def _name_holder(path: Path, patience_seconds: float, given_up: RetryError) -> str:
    held = _HOLDER.search(str(given_up.last_attempt.exception()))
    holder = f"process {held['pid']} ({held['program']})" if held else "another process, or this one itself"
    return (
        f"{path} is held by {holder}, also after {patience_seconds:.0f} s. Close it there (a DuckDB shell or a notebook "
        "keeps the file as long as it is open), or set store.patience_seconds higher in brief.toml."
    )
