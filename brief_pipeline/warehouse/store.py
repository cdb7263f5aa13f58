"""The store: data/brief.duckdb, opened for as long as a read or a write takes and no longer.

One DuckDB file takes one writing process at a time. So every write is one transaction (delete + insert by name), and while
another process holds the file both reads and writes wait, with back-off and jitter, up to `patience_seconds`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
from sqlglot import exp

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.copying import copy_whole, held_alone
from brief_pipeline.warehouse.frame import Row, decode_rows, encode_rows
from brief_pipeline.warehouse.migrations import read_version
from brief_pipeline.warehouse.models import PARTITION, Model, write_sql
from brief_pipeline.warehouse.opening import MISUSED, explain, open_database
from brief_pipeline.warehouse.preparing import prepare
from brief_pipeline.warehouse.scope import build_conditions
from brief_pipeline.warehouse.vectors import InsightVectors, load_insight_vectors, load_vectors

Result = TypeVar("Result")

BACKUPS = 5  # copies of the file from before its schema changed


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

    def __init__(self, path: Path, sql_folder: Path, patience_seconds: float = 60.0, backups: int = BACKUPS) -> None:
        """`backups`: how many copies of the file from before its schema changed are kept in backups/ beside it."""
        self.path = path
        self.sql_folder = sql_folder
        self.patience_seconds = patience_seconds
        self.backups = backups
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

    def copy_to(self, path: Path) -> int:
        """Copies the file as it is now, whole, to a place where nothing is yet. Gives its schema version.

        Others wait while the bytes are copied, and no longer.
        """
        self._prepare()
        with held_alone(self.path, self.patience_seconds) as (connection, body):
            try:
                copy_whole(connection, body, path)
            except OSError as error:
                raise explain(path, error) from error
            return read_version(connection) or 0

    def _read(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        self._prepare()
        with open_database(self.path, self.patience_seconds, read_only=True) as connection:
            return work(connection)

    def _write(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        self._prepare()
        with open_database(self.path, self.patience_seconds, read_only=False) as connection:
            connection.begin()
            result = work(connection)
            connection.commit()  # not reached after an error: closing rolls back
            return result

    def _prepare(self) -> None:
        """Makes the file, or brings it to today's schema, once."""
        if self._is_prepared and self.path.exists():
            return
        prepare(self.path, self.sql_folder, self.patience_seconds, self.backups)
        self._is_prepared = True


def _run(connection: duckdb.DuckDBPyConnection, model: Model, day: date) -> list[dict[str, Any]]:
    try:
        made = connection.sql(model.sql, params={"day": day})
        if differing := {column.name for column in model.columns} ^ set(made.columns):
            raise SettingsInvalid(
                f"{model.path}: the SELECT and its header differ in columns: {', '.join(sorted(differing))}."
            )
        rows = _rows_of(made)
    except MISUSED as error:
        raise SettingsInvalid(f"{model.path} does not run: {error}") from error
    if any(row[PARTITION] != day for row in rows):
        raise SettingsInvalid(f"{model.path} gives rows of another day than $day: a second run would double them.")
    return rows


def _put(connection: duckdb.DuckDBPyConnection, change: Change) -> int:
    if change.scope:
        conditions, parameters = build_conditions(change.scope)
        connection.execute(write_sql(exp.delete(change.table).where(*conditions)), parameters)
    if change.rows:
        table = connection.table(change.table)
        types = dict(zip(table.columns, map(str, table.types), strict=True))
        connection.register("incoming", encode_rows(change.table, types, change.rows))
        insert = exp.insert(exp.select("*").from_("incoming"), change.table)
        insert.set("by_name", True)
        connection.execute(write_sql(insert))
        connection.unregister("incoming")
    return len(change.rows)


def _ask(connection: duckdb.DuckDBPyConnection, statement: exp.Select, equals: Row) -> duckdb.DuckDBPyRelation:
    conditions, parameters = build_conditions(equals)
    return connection.sql(write_sql(statement.where(*conditions)), params=parameters or None)


def _rows_of(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    return decode_rows(relation.columns, map(str, relation.types), relation.fetchall())
