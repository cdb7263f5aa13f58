"""A database file with every table that the SQL files declare: made new, brought up from an older version, or added to."""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlglot import exp

from brief_pipeline.errors import StoreUnreadable
from brief_pipeline.warehouse.copying import back_up, held_alone
from brief_pipeline.warehouse.migrations import MADE_NEW, Migration, note_version, read_migrations, read_version
from brief_pipeline.warehouse.models import DIALECT, Model, Table, list_missing, read_models, read_sources
from brief_pipeline.warehouse.opening import CONFIG, explain, in_this_process, open_database


def prepare(path: Path, sql_folder: Path, patience_seconds: float, backups: int) -> None:
    """Sees to it that the file has today's schema. Who only reads a file that has it needs no more than to read.

    Raises StoreUnreadable where the file is of a newer version than the code, or cannot be brought up to it: it then is as
    it was. SettingsInvalid where a SQL file is wrong.
    """
    tables: list[Table | Model] = [*read_sources(sql_folder), *read_models(sql_folder)]
    migrations = read_migrations(sql_folder)
    if not path.exists() and _build(path, tables, len(migrations)):
        return
    with in_this_process:
        _sweep(path)
    with open_database(path, patience_seconds, read_only=True) as connection:
        version = _check_version(path, connection, len(migrations))
        if version == len(migrations) and not _list_missing(connection, tables):
            return
    _refuse_unwritable(path, version)
    with held_alone(path, patience_seconds) as (connection, body):
        version = _check_version(path, connection, len(migrations))  # again: another process may have been first
        if version is not None and (waiting := migrations[version:]):
            backup = back_up(connection, body, path, version, backups)
            _migrate(path, connection, tables, waiting, backup)
        else:
            _complete(connection, tables, len(migrations), is_new=version is None)


def _check_version(path: Path, connection: duckdb.DuckDBPyConnection, newest: int) -> int | None:
    version = read_version(connection)
    if version is not None and version > newest:
        raise StoreUnreadable(
            f"{path} was made by a newer version of the project: its schema is v{version}, and this one knows v{newest}. "
            "Bring the project up to date (git pull, make install), or put back a copy from data/backups/."
        )
    return version


def _refuse_unwritable(path: Path, version: int | None) -> None:
    try:
        with in_this_process:
            open(path, "r+b").close()
    except OSError as error:
        raise StoreUnreadable(
            f"{path} has the schema of an older version (v{version or 0}), and to be read it has to be brought up to date, "
            f"which this user may not do ({error}). Run `brief doctor` once as a user who may write it."
        ) from error


def _migrate(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table | Model],
    waiting: Sequence[Migration],
    backup: Path,
) -> None:
    """Brings the file to the newest version, in one transaction."""
    step = "to the tables that are new"
    connection.begin()
    try:
        for migration in waiting:
            step = f"by {migration.path}"
            connection.execute(migration.sql)
        _make_missing(connection, tables)
        for migration in waiting:
            note_version(connection, migration.version, migration.name)
        connection.commit()
        connection.checkpoint()
    except duckdb.Error as error:
        raise StoreUnreadable(
            f"{path} could not be brought from schema v{waiting[0].version - 1} to v{waiting[-1].version} {step} "
            f"({' '.join(str(error).split())}). It is as it was, and a copy from before is {backup}. See that the disk has "
            "room and run again; or use the version of the project that made it."
        ) from error


def _build(path: Path, tables: Sequence[Table | Model], newest: int) -> bool:
    """Makes the file aside and lands it whole, with its tables. False: another process was first."""
    part = path.with_name(f"{path.name}.part-{uuid4().hex[:8]}")
    journal = path.with_name(f"{path.name}.wal")
    with in_this_process:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if journal.exists() and not path.exists():
                raise StoreUnreadable(f"{journal} is left without {path.name}: put that back beside it, or delete it.")
            try:
                with duckdb.connect(str(part), config=CONFIG) as connection:
                    _complete(connection, tables, newest, is_new=True)
                is_landed = _land(part, path)
            finally:
                part.unlink(missing_ok=True)
            _sweep(path)
        except (duckdb.Error, OSError) as error:
            if path.exists():  # and its maker has swept this one away
                return False
            raise explain(path, error) from error
    return is_landed


def _complete(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table | Model], newest: int, *, is_new: bool) -> None:
    """Adds what is missing, in one transaction."""
    connection.begin()
    _make_missing(connection, tables)
    if is_new:
        note_version(connection, newest, MADE_NEW)
    connection.commit()


def _land(part: Path, path: Path) -> bool:
    try:
        os.link(part, path)  # unlike a rename it never takes the place of a file that another process has made meanwhile
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        part.rename(path)
    return True


def _sweep(path: Path) -> None:
    """Removes what killed processes left of files they were making. DuckDB locks the one that a living process makes."""
    for part in path.parent.glob(f"{path.name}.part-*"):
        try:
            if part.samefile(path):  # the other name of the file itself: its maker was killed between landing it and this
                part.unlink(missing_ok=True)
                continue
            with open(part, "r+b") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink(missing_ok=True)
        except OSError:  # it is held, or landed meanwhile
            continue


def _list_missing(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table | Model]) -> list[str]:
    listed = exp.select("table_schema", "table_name", "column_name").from_("information_schema.columns")
    known: dict[str, set[str]] = defaultdict(set)
    for schema, table, column in connection.execute(listed.sql(DIALECT, identify=True)).fetchall():
        known[f"{schema}.{table}"].add(column)
    return list_missing(tables, known)


def _make_missing(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table | Model]) -> None:
    for statement in _list_missing(connection, tables):
        connection.execute(statement)
