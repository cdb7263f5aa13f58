"""The store: data/brief.duckdb, opened for as long as a read or a write takes and no longer.

One DuckDB file takes one writing process at a time. So every write is one transaction (delete + insert by name), and while
another process holds the file both reads and writes wait, with back-off and jitter, up to `patience_seconds`.
"""

from __future__ import annotations

import os
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import duckdb
import numpy as np
from sqlglot import exp
from tenacity import RetryError, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from brief_pipeline.errors import SettingsInvalid, StoreBusy, StoreUnreadable
from brief_pipeline.warehouse.frame import Row, decode_rows, encode_rows
from brief_pipeline.warehouse.models import DIALECT, PARTITION, Model, Table, list_missing, read_models, read_sources
from brief_pipeline.warehouse.scope import build_conditions
from brief_pipeline.warehouse.vectors import InsightVectors, load_insight_vectors, load_vectors

Result = TypeVar("Result")

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0
# DuckDB guesses a column's type from 1,000 of its rows, and fails on a list that stands after 1,000 empty ones: look at all.
CONFIG: dict[str, Any] = {"pandas_analyze_sample": 2**31}

_LOCKED = ("Could not set lock", "with a different configuration")  # the second: this process itself has it open otherwise
_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_in_this_process = threading.RLock()  # DuckDB refuses to open a file read-only and read-write at once in one process

_MISUSED = (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError)
_CURES = {
    "Permission denied": "Let this user write the file and its folder, or set data_dir in brief.toml to another folder.",
    "Read-only file system": "Set data_dir in brief.toml to a folder that can be written.",
    "No space left": "Free some disk space and run again: what was there is kept.",
    "Is a directory": "Move that folder away, or set data_dir in brief.toml to another one.",
    "File exists": "Move that file away, or set data_dir in brief.toml to another folder.",
    "Not a directory": "Move that file away, or set data_dir in brief.toml to another folder.",
}
_CURE = "Move it away (with the .wal file beside it, if any) and run again to build a new one, or restore a copy."


@dataclass(frozen=True)
class Change:
    """A write to one table: the rows that match `scope` go, `rows` come. A list in `scope` matches any of its values."""

    table: str
    rows: Sequence[Row]
    scope: Mapping[str, Any] = field(default_factory=dict)


class Store:
    """The tables of the house, made when they are first asked for.

    Raises StoreBusy (naming the holder), StoreUnreadable (damaged, not to be written, no disk space), SettingsInvalid (a SQL
    file is wrong) and ValueError (rows or columns that do not fit the table). After any of them the old rows stand.
    """

    def __init__(self, path: Path, sql_folder: Path, patience_seconds: float = 60.0) -> None:
        self.path = path
        self.sql_folder = sql_folder
        self.patience_seconds = patience_seconds
        self._is_prepared = False

    def select(self, table: str, columns: Sequence[str] = (), **equals: Any) -> list[dict[str, Any]]:
        """The rows of a table whose columns equal what is asked (None: no value, a list: any of its values).

        All columns, or some, in the order they were written. JSON comes decoded, times come in UTC.
        """
        statement = exp.select(*(exp.column(name) for name in columns) if columns else "*").from_(table).order_by("rowid")
        return self._read(lambda connection: _rows_of(_ask(connection, statement, equals)))

    def query(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows a SELECT gives: for people, tests and checks; the pipeline's own SQL lives in dbt_like_sql/."""
        return self._read(lambda connection: _rows_of(connection.sql(sql, params=parameters or None)))

    def insight_vectors(self, model: str) -> InsightVectors:
        """Every insight that has a vector of the model, without its texts, and the vectors. Sorted by id."""
        return self._read(lambda connection: load_insight_vectors(connection, model))

    def vectors(self, model: str, text_hashes: Sequence[str]) -> dict[str, np.ndarray]:
        """The known vectors of texts, by hash."""
        return self._read(lambda connection: load_vectors(connection, model, text_hashes)) if text_hashes else {}

    def replace(self, table: str, rows: Iterable[Row], **scope: Any) -> int:
        """Writes rows in place of those that match `scope`, in one transaction. Gives the number written."""
        return self.apply([Change(table, list(rows), scope)])

    def apply(self, changes: Sequence[Change]) -> int:
        """Makes all the changes, or none. Gives the number of rows written."""
        return self._write(lambda connection: sum(_put(connection, change) for change in changes))

    def materialise(self, model: Model, day: date) -> int:
        """Runs a SQL model for a day and puts its rows in place of the day's earlier ones. Gives their number."""

        def write(connection: duckdb.DuckDBPyConnection) -> int:
            rows = _run(connection, model, day)  # read whole before the delete: a model may look back at its own table
            return _put(connection, Change(model.name, rows, {PARTITION: day}))

        return self._write(write)

    def _read(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        self._prepare()
        with self._open(read_only=True) as connection:
            return work(connection)

    def _write(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        self._prepare()
        with self._open(read_only=False) as connection:
            connection.begin()
            result = work(connection)
            connection.commit()  # not reached after an error: closing rolls back
            return result

    def _prepare(self) -> None:
        """Makes the file, the tables and the columns that are missing, once. Who only reads needs no more than to read."""
        if self._is_prepared and self.path.exists():
            return
        tables: list[Table | Model] = [*read_sources(self.sql_folder), *read_models(self.sql_folder)]
        is_complete = not self.path.exists() and self._build(tables)
        if not is_complete:
            with self._open(read_only=True) as connection:
                is_complete = not _list_missing(connection, tables)
        if not is_complete:
            with self._open(read_only=False) as connection:
                _make_missing(connection, tables)
        self._is_prepared = True

    def _build(self, tables: Sequence[Table | Model]) -> bool:
        """Makes the file aside and lands it whole, with its tables. False: another process was first."""
        part = self.path.with_name(f"{self.path.name}.part-{uuid4().hex[:8]}")
        journal = self.path.with_name(f"{self.path.name}.wal")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if journal.exists() and not self.path.exists():
                raise StoreUnreadable(f"{journal} is left without {self.path.name}: put that back beside it, or delete it.")
            try:
                with duckdb.connect(str(part), config=CONFIG) as connection:
                    _make_missing(connection, tables)
                return _land(part, self.path)
            finally:
                part.unlink(missing_ok=True)
        except (duckdb.Error, OSError) as error:
            raise _explain(self.path, error) from error

    @contextmanager
    def _open(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with _in_this_process:
            try:
                connection = self._connect(read_only)
                try:
                    yield connection
                finally:
                    connection.close()
            except duckdb.Error as error:
                raise _explain(self.path, error) from error

    def _connect(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        waiting = Retrying(
            retry=retry_if_exception(_is_lock),
            wait=wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS),
            stop=stop_after_delay(self.patience_seconds),
        )
        try:
            connection: duckdb.DuckDBPyConnection = waiting(
                duckdb.connect, str(self.path), read_only=read_only, config=CONFIG
            )
        except RetryError as given_up:
            raise StoreBusy(_name_holder(self.path, self.patience_seconds, given_up)) from given_up
        connection.execute("SET TimeZone = 'UTC'")
        return connection


def _land(part: Path, path: Path) -> bool:
    try:
        os.link(part, path)  # unlike a rename it never takes the place of a file that another process has made meanwhile
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        part.rename(path)
    return True


def _list_missing(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table | Model]) -> list[str]:
    listed = exp.select("table_schema", "table_name", "column_name").from_("information_schema.columns")
    known: dict[str, set[str]] = defaultdict(set)
    for schema, table, column in connection.execute(_text(listed)).fetchall():
        known[f"{schema}.{table}"].add(column)
    return list_missing(tables, known)


def _make_missing(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table | Model]) -> None:
    connection.begin()
    for statement in _list_missing(connection, tables):
        connection.execute(statement)
    connection.commit()


def _run(connection: duckdb.DuckDBPyConnection, model: Model, day: date) -> list[dict[str, Any]]:
    try:
        made = connection.sql(model.sql, params={"day": day})
        if differing := {column.name for column in model.columns} ^ set(made.columns):
            raise SettingsInvalid(
                f"{model.path}: the SELECT and its header differ in columns: {', '.join(sorted(differing))}."
            )
        rows = _rows_of(made)
    except _MISUSED as error:
        raise SettingsInvalid(f"{model.path} does not run: {error}") from error
    if any(row[PARTITION] != day for row in rows):
        raise SettingsInvalid(f"{model.path} gives rows of another day than $day: a second run would double them.")
    return rows


def _put(connection: duckdb.DuckDBPyConnection, change: Change) -> int:
    if change.scope:
        conditions, parameters = build_conditions(change.scope)
        connection.execute(_text(exp.delete(change.table).where(*conditions)), parameters)
    if change.rows:
        table = connection.table(change.table)
        types = dict(zip(table.columns, map(str, table.types), strict=True))
        connection.register("incoming", encode_rows(change.table, types, change.rows))
        insert = exp.insert(exp.select("*").from_("incoming"), change.table)
        insert.set("by_name", True)
        connection.execute(_text(insert))
        connection.unregister("incoming")
    return len(change.rows)


def _ask(connection: duckdb.DuckDBPyConnection, statement: exp.Select, equals: Row) -> duckdb.DuckDBPyRelation:
    conditions, parameters = build_conditions(equals)
    return connection.sql(_text(statement.where(*conditions)), params=parameters or None)


def _rows_of(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    return decode_rows(relation.columns, map(str, relation.types), relation.fetchall())


def _text(statement: exp.Expression) -> str:
    return statement.sql(DIALECT, identify=True)  # quoted: a column may have a keyword's name


def _is_lock(error: BaseException) -> bool:
    return isinstance(error, duckdb.OperationalError) and any(needle in str(error) for needle in _LOCKED)


def _explain(path: Path, error: Exception) -> Exception:
    """DuckDB's error in the house's words."""
    said = " ".join(str(error).split())
    if isinstance(error, _MISUSED):
        return ValueError(f"{path.name}: {said}")
    cure = next((cure for needle, cure in _CURES.items() if needle in said), _CURE)
    return StoreUnreadable(f"{path} cannot be read or written ({said}). {cure}")


def _name_holder(path: Path, patience_seconds: float, given_up: RetryError) -> str:
    held = _HOLDER.search(str(given_up.last_attempt.exception()))
    holder = f"process {held['pid']} ({held['program']})" if held else "another process, or this one itself"
    return (
        f"{path} is held by {holder}, also after {patience_seconds:.0f} s. Close it there (a DuckDB shell or a notebook "
        "keeps the file as long as it is open), or set store.patience_seconds higher in brief.toml."
    )
