"""The file beside a file's place that a download grows in, held by one process at a time, whole or resumable."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

from brief_pipeline.engines.web.deadline import seconds_left

BETWEEN_LOOKS_SECONDS = 0.1  # at whether another process still holds a part file


def part_of(path: Path, url: str) -> Path:
    """Where the bytes of a URL are gathered for a path. Only a hash of the URL is in the name."""
    return path.with_name(f"{path.name}.part-{hashlib.sha256(url.encode(errors='replace')).hexdigest()[:8]}")


def note_of(part: Path) -> Path:
    """Where it is kept which version of the file a part is of."""
    return part.with_name(f"{part.name}.validator")


@contextmanager
def held(part: Path) -> Iterator[BufferedRandom]:
    """The part file, held by this thread alone: two runs that want the same file don't write into each other's.

    Raises Unreachable when another holds it past the deadline. A part that nothing was written to does not stay.
    """
    while True:
        with open(part, "a+b") as file:
            while not _lock(file):
                time.sleep(min(BETWEEN_LOOKS_SECONDS, seconds_left(BETWEEN_LOOKS_SECONDS) or 0))
            if not _is_at(file, part):  # whoever held it has moved it into place
                continue
            try:
                yield file
            finally:
                if os.fstat(file.fileno()).st_size == 0 and _is_at(file, part):
                    discard(part)
            return


def discard(part: Path) -> None:
    """Removes a part file that this process holds, with its note."""
    note_of(part).unlink(missing_ok=True)
    part.unlink(missing_ok=True)


def sweep(path: Path) -> None:
    """Removes the part files that other URLs left for a path that has landed, except those that another process holds."""
    ours = re.compile(re.escape(path.name) + r"\.part-[0-9a-f]{8}")
    for part in path.parent.glob(f"{glob.escape(path.name)}.part-*"):
        if not ours.fullmatch(part.name):
            continue
        try:
            with open(part, "r+b") as file:
                if _lock(file) and _is_at(file, part):
                    discard(part)
        except FileNotFoundError:  # another process has landed it meanwhile
            continue


def _lock(file: BufferedRandom) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: BufferedRandom, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
