"""A folder that one process at a time builds files in: each lands whole, and what a killed one left is swept."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random

from brief_pipeline.errors import StoreBusy

BETWEEN_TRIES_SECONDS = (0.01, 0.1)
_PART = re.compile(r".+\.(duckdb|parquet|json)\.part-[0-9a-f]{8}(\.copy|\.wal)?")  # ours, in a folder that may be anyone's


@contextmanager
def alone_in(folder: Path, patience_seconds: float) -> Iterator[None]:
    """Holds a folder, which is made if need be, and leaves no part file in it: those of a dead process are not held.

    Raises StoreBusy when another process builds there for longer than the patience, and OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    waiting = Retrying(
        retry=retry_if_exception_type(BlockingIOError),
        wait=wait_random(*BETWEEN_TRIES_SECONDS),  # never long: who builds again and again would always be first
        stop=stop_after_delay(patience_seconds),
    )
    held = os.open(folder, os.O_RDONLY)
    try:
        waiting(fcntl.flock, held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go of it for who is killed
        _sweep(folder)
        try:
            yield
        finally:
            _sweep(folder)
    except RetryError as given_up:
        raise StoreBusy(
            f"{folder}: another process writes there, also after {patience_seconds:.0f} s. Run again when it is done, or "
            "end it; or set store.patience_seconds higher in brief.toml."
        ) from given_up
    finally:
        os.close(held)


def land(part: Path, path: Path) -> None:
    """Puts a finished file in its place. Who has the one before open keeps that."""
    with open(part, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)


def _sweep(folder: Path) -> None:
    for file in folder.iterdir():
        if _PART.fullmatch(file.name):
            file.unlink(missing_ok=True)
