"""Files that land whole: written beside their place, synced, and moved there."""

from __future__ import annotations

import fcntl
import glob
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, body: bytes) -> None:
    """Puts bytes in a file. Whoever reads it sees the old ones or the new ones, never a part.

    Two processes may write one file: the last one stands. What a killed process left beside it is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _open_part(path) as (file, part):
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
        os.replace(part, path)
    sweep_parts(path.parent, path.name)


def sweep_parts(folder: Path, name: str | None = None) -> None:
    """Removes what killed processes left of files that they were writing in a folder, or of the one of that name.

    A download's part is held in the same way while it grows: but not between two tries, so this is not for their folder.
    """
    ours = re.compile(r".+\.part-[0-9a-f]{8}")
    for part in folder.glob(f"{glob.escape(name) if name else '*'}.part-*"):
        if not ours.fullmatch(part.name):
            continue
        try:
            with open(part, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError, IsADirectoryError):  # being written; landed; not ours
            continue


@contextmanager
def _open_part(path: Path) -> Iterator[tuple[BufferedRandom, Path]]:
    """A new file beside a path, locked for as long as it is open: so others know that its writer is alive."""
    while True:
        part = path.with_name(f"{path.name}.part-{uuid4().hex[:8]}")
        with open(part, "x+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not part.exists():  # swept between the two lines above
                    continue
                yield file, part
                return
            finally:
                part.unlink(missing_ok=True)
