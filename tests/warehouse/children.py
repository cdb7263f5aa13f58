"""What other processes do to the database file while a test looks on."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from warehouse.old_files import add_missing
from warehouse.rows import SQL, make_failure

from brief_pipeline.warehouse.migrations import note_version, read_migrations
from brief_pipeline.warehouse.snapshot import publish
from brief_pipeline.warehouse.store import Change, Store

NOBODY = 65534  # root may write everywhere: a child that is to be refused becomes this user
ROWS = 800

_processes = multiprocessing.get_context("forkserver")  # imports once, forks in milliseconds
_processes.set_forkserver_preload(["warehouse.children"])


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


def hold(pipe: Connection, path: Path, read_only: bool, seconds: float) -> None:
    """Opens the file, says so, and keeps it open."""
    with duckdb.connect(str(path), read_only=read_only):
        pipe.send("held")
        time.sleep(seconds)


def write_changes(pipe: Connection, path: Path, name: str, count: int) -> None:
    """Rewrites five shared partitions in turn, each time with a row of its own."""
    store = Store(path, SQL, patience_seconds=60)
    for n in range(count):
        shared = [make_failure(f"{place}", f"shared {n % 5}", reason=f"{name} {n}") for place in range(3)]
        own = [make_failure(f"{n}", name)]
        store.apply([Change("raw.failures", shared, {"stage": f"shared {n % 5}"}), Change("raw.failures", own)])
    pipe.send("done")


def rewrite(pipe: Connection, path: Path) -> None:
    """Rewrites one partition for ever, each time with rows of another generation."""
    store = Store(path, SQL, patience_seconds=60)
    generation = 0
    while True:
        generation += 1
        store.replace("raw.failures", [make_failure(f"{n}", attempts_count=generation) for n in range(ROWS)], stage="audio")
        if generation == 1:
            pipe.send("begun")


def try_as_nobody(pipe: Connection, path: Path, sql_folder: Path) -> None:
    """Reads and writes without the right to write; sends what was read, and what went wrong."""
    store = Store(path, sql_folder, patience_seconds=1)
    if os.geteuid() == 0:
        with TemporaryDirectory() as folder:  # loads what is loaded late, as long as it can be read
            Store(Path(folder) / "first.duckdb", SQL).replace("raw.failures", [make_failure("a")])
        os.seteuid(NOBODY)
    pipe.send([attempt(lambda: len(store.select("raw.failures"))), attempt(lambda: store.replace("raw.failures", []))])


def write_on_a_full_disk(pipe: Connection, path: Path, most_bytes: int) -> None:
    """Writes more than files may grow to; sends what went wrong."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = Store(path, SQL, patience_seconds=1)
    store.select("raw.failures")
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    rows = [make_failure(f"new {n}", reason=f"{n} " * 200) for n in range(20_000)]
    pipe.send(attempt(lambda: store.replace("raw.failures", rows, stage="audio")))


def attempt(work: Callable[[], object]) -> tuple[str, str]:
    try:
        return "did", str(work())
    except Exception as error:  # noqa: BLE001  whatever it is, the test wants its name
        return type(error).__name__, str(error)


def migrate(pipe: Connection, path: Path, sql_folder: Path) -> None:
    """Opens a file of an earlier version; sends what became of it."""
    pipe.send("begun")
    pipe.send(attempt(lambda: len(Store(path, sql_folder, patience_seconds=60).select("raw.schema_versions"))))


def migrate_and_die_before_the_checkpoint(pipe: Connection, path: Path) -> None:
    """Makes all migrations in one transaction and is gone when that is committed: they are in the journal alone."""
    connection = duckdb.connect(str(path))
    connection.execute("SET wal_autocheckpoint = '1TB'")
    connection.begin()
    for migration in read_migrations(SQL):
        connection.execute(migration.sql)
    add_missing(connection)
    note_version(connection, len(read_migrations(SQL)), "all of them")
    connection.commit()
    os.kill(os.getpid(), signal.SIGKILL)


def publish_for_ever(pipe: Connection, path: Path, to: Path) -> None:
    """Builds one snapshot after the other."""
    store = Store(path, SQL, patience_seconds=60)
    while True:
        publish(store, to, datetime.now(UTC))
        time.sleep(0.1)  # a run publishes once: nobody is kept from it by one who never rests
        pipe.send("published")
