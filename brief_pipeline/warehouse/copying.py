"""Whole copies of the database file, and those that are kept from before its schema changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import duckdb

from brief_pipeline.errors import StoreUnreadable
from brief_pipeline.warehouse.opening import in_this_process, open_database

BLOCK_BYTES = 16 * 1024 * 1024


@contextmanager
def held_alone(path: Path, patience_seconds: float) -> Iterator[tuple[duckdb.DuckDBPyConnection, BinaryIO]]:
    """The file, open to write and to copy: nobody else reads or writes it meanwhile.

    The bytes are closed last: DuckDB's lock would go with the first descriptor of the file that this process closes.
    """
    with in_this_process, ExitStack() as closing:
        try:
            body = closing.enter_context(open(path, "rb"))
        except OSError as error:
            raise StoreUnreadable(f"{path} cannot be read ({error}). Let this user read and write it.") from error
        yield closing.enter_context(open_database(path, patience_seconds, read_only=False)), body


def copy_whole(connection: duckdb.DuckDBPyConnection, body: BinaryIO, to: Path) -> None:
    """Copies an open file, with all that its journal still holds. Raises OSError; what was begun is then gone again."""
    connection.checkpoint()
    body.seek(0)
    try:
        with open(to, "xb") as copy:
            shutil.copyfileobj(body, copy, BLOCK_BYTES)
            copy.flush()
            os.fsync(copy.fileno())
    except OSError:
        to.unlink(missing_ok=True)
        raise


def back_up(connection: duckdb.DuckDBPyConnection, body: BinaryIO, path: Path, version: int, keep: int) -> Path:
    """Keeps a copy of an open file as backups/brief-v<version>-<time>.duckdb. Raises StoreUnreadable.

    One copy a version, the newest, and at most `keep` in all: tries that fail do not push out the copies of older versions.
    """
    folder = path.parent / "backups"
    backup = folder / f"{path.stem}-v{version}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}{path.suffix}"
    part = backup.with_name(f"{backup.name}.part-{uuid4().hex[:8]}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            copy_whole(connection, body, part)
            os.replace(part, backup)
        finally:
            part.unlink(missing_ok=True)
        older = [other for other in folder.glob(f"{path.stem}-v{version}-*{path.suffix}") if other != backup]
        killed = folder.glob(f"{path.stem}-v*{path.suffix}.part-*")  # not under way: only one process has the file open
        for other in [*older, *killed, *list_backups(folder, path)[keep:]]:
            other.unlink(missing_ok=True)
    except OSError as error:
        raise StoreUnreadable(
            f"{path} has the schema of an older version (v{version}), and no copy of it could be put in {folder} ({error}). "
            "Nothing was changed. Make room there, or let this user write that folder, and run again."
        ) from error
    return backup


def list_backups(folder: Path, path: Path) -> list[Path]:
    """The copies of a database that are kept, the newest first."""
    return sorted(
        folder.glob(f"{path.stem}-v*{path.suffix}"), key=lambda backup: backup.stem.rsplit("-", 1)[-1], reverse=True
    )
