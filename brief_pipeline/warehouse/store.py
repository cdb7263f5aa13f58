"""The store: data/brief.duckdb, opened for as long as a read or a write takes and no longer.

One DuckDB file takes one writing process at a time. So every write is one transaction (delete + insert by name), and while
another process holds the file both reads and writes wait, with back-off and jitter, up to `patience_seconds`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import numpy as np
import pandas as pd
from sqlglot import exp
from tenacity import RetryError, Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from brief_pipeline.errors import StoreBusy, StoreUnreadable
from brief_pipeline.warehouse.models import DIALECT, PARTITION, Model, read_models, read_sources

Row = Mapping[str, Any]
Result = TypeVar("Result")

FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0
SCHEMAS = ("raw", "model", "main")

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_in_this_process = threading.RLock()  # DuckDB refuses to open a file read-only and read-write at once in one process


@dataclass(frozen=True)
class Change:
    """A write to one table: the rows that match `scope` go, `rows` come. A list in `scope` matches any of its values."""

    table: str
    rows: Sequence[Row]
    scope: Mapping[str, Any] = field(default_factory=dict)


class Store:
    """The tables of the house. Raises StoreBusy (naming the holder) and StoreUnreadable."""

    def __init__(self, path: Path, sql_folder: Path, patience_seconds: float = 60.0) -> None:
        self.path = path
        self.sql_folder = sql_folder
        self.patience_seconds = patience_seconds
        self._is_prepared = False

    def select(self, table: str, columns: Sequence[str] = (), **equals: Any) -> list[dict[str, Any]]:
        """The rows of a table whose columns equal what is asked (a list: any of its values); all columns, or some."""

        def read(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
            found = _filtered(connection.table(table), equals)
            return _rows_of(found.select(*(duckdb.ColumnExpression(name) for name in columns)) if columns else found)

        return self._read(read)

    def query(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows a SELECT gives: for people, tests and checks; the pipeline's own SQL lives in dbt_like_sql/."""
        return self._read(lambda connection: _rows_of(connection.sql(sql, params=parameters or None)))

    def insight_vectors(self, model: str, until: date) -> tuple[list[dict[str, Any]], np.ndarray]:
        """Every insight published up to a day, and its vectors (n x d float32, in the same order). Sorted by id."""

        def read(connection: duckdb.DuckDBPyConnection) -> tuple[list[dict[str, Any]], np.ndarray]:
            insights = connection.table("raw.insights").filter(
                duckdb.ColumnExpression(PARTITION) <= duckdb.ConstantExpression(until)
            )
            vectors = _filtered(connection.table("raw.embeddings"), {"model": model}).project("text_hash, vector")
            joined = insights.join(vectors, "text_hash").order("insight_id")
            described = joined.project("insight_id, episode_id, feed_id, published_on, claim, explanation, text_hash")
            columns = joined.project("vector").fetchnumpy()["vector"]
            rows = _rows_of(described)
            return rows, np.stack(list(columns)).astype(np.float32) if rows else np.zeros((0, 0), np.float32)

        return self._read(read)

    def vectors(self, model: str, text_hashes: Sequence[str]) -> dict[str, np.ndarray]:
        """The known vectors of texts, by hash."""

        def read(connection: duckdb.DuckDBPyConnection) -> dict[str, np.ndarray]:
            asked = {"model": model, "text_hash": list(text_hashes)}
            known = _filtered(connection.table("raw.embeddings"), asked).fetchnumpy()
            return {str(key): np.asarray(v, np.float32) for key, v in zip(known["text_hash"], known["vector"], strict=True)}

        return self._read(read) if text_hashes else {}

    def replace(self, table: str, rows: Iterable[Row], **scope: Any) -> int:
        """Writes rows in place of those that match `scope`, in one transaction. Gives the number written."""
        return self.apply([Change(table, list(rows), scope)])

    def apply(self, changes: Sequence[Change]) -> int:
        """Makes all the changes, or none. Gives the number of rows written."""

        def write(connection: duckdb.DuckDBPyConnection) -> int:
            connection.begin()
            for change in changes:
                if change.scope:
                    condition = exp.and_(*(_condition(column, value) for column, value in change.scope.items()))
                    connection.execute(_text(exp.delete(change.table).where(condition)), _parameters(change.scope))
                if change.rows:
                    connection.register("incoming", _frame_of(change.rows, connection.table(change.table)))
                    insert = exp.insert(exp.select("*").from_("incoming"), change.table)
                    insert.set("by_name", True)
                    connection.execute(_text(insert))
                    connection.unregister("incoming")
            connection.commit()
            return sum(len(change.rows) for change in changes)

        return self._write(write)

    def materialise(self, model: Model, day: date) -> int:
        """Runs a SQL model for a day and puts its rows in place of the day's earlier ones. Gives their number."""

        def write(connection: duckdb.DuckDBPyConnection) -> int:
            connection.begin()
            made = connection.sql(model.sql, params={"day": day})
            wanted = made.select(*(duckdb.ColumnExpression(column.name) for column in model.columns))
            rows = wanted.fetchall()  # read whole before the delete: a model may look back at its own table
            connection.execute(_text(exp.delete(model.name).where(_condition(PARTITION, day))), [day])
            if rows:
                places = exp.values([tuple(exp.Placeholder() for _ in model.columns)])
                names = [column.name for column in model.columns]
                connection.executemany(_text(exp.insert(places, model.name, columns=names)), rows)
            connection.commit()
            return len(rows)

        return self._write(write)

    def _read(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        self._prepare()
        with self._open(read_only=True) as connection:
            return work(connection)

    def _write(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        self._prepare()
        with self._open(read_only=False) as connection:
            return work(connection)

    def _prepare(self) -> None:
        """Makes the schemas and the tables that are missing, once."""
        if self._is_prepared and self.path.exists():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        statements = [table.create for table in read_sources(self.sql_folder)]
        statements += [model.create for model in read_models(self.sql_folder)]
        with self._open(read_only=False) as connection:
            for schema in SCHEMAS:
                connection.execute(_text(exp.Create(this=exp.to_identifier(schema), kind="SCHEMA", exists=True)))
            for statement in statements:
                connection.execute(statement)
        self._is_prepared = True

    @contextmanager
    def _open(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with _in_this_process:
            connection = self._connect(read_only)
            try:
                yield connection
            finally:
                connection.close()

    def _connect(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        waiting = Retrying(
            retry=retry_if_exception(_is_lock),
            wait=wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS),
            stop=stop_after_delay(self.patience_seconds),
        )
        try:
            connection: duckdb.DuckDBPyConnection = waiting(duckdb.connect, str(self.path), read_only=read_only)
        except RetryError as given_up:
            raise StoreBusy(_name_holder(self.path, self.patience_seconds, given_up)) from given_up
        except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException) as broken:
            raise StoreUnreadable(
                f"{self.path} cannot be opened ({_first_line(broken)}). "
                "Move it away and run again to build a new one, or restore a copy."
            ) from broken
        connection.execute("SET TimeZone = 'UTC'")
        return connection


def _text(statement: exp.Expression) -> str:
    return statement.sql(DIALECT, identify=True)  # quoted: `show` is a keyword, and a column


def _is_lock(error: BaseException) -> bool:
    return isinstance(error, duckdb.IOException) and "Could not set lock" in str(error)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0]


def _name_holder(path: Path, patience_seconds: float, given_up: RetryError) -> str:
    held = _HOLDER.search(str(given_up.last_attempt.exception()))
    holder = f"process {held['pid']} ({held['program']})" if held else "another process"
    return (
        f"{path} is held by {holder}, also after {patience_seconds:.0f} s. Close it there (a DuckDB shell or a notebook "
        "keeps the file as long as it is open), or set store.patience_seconds higher in brief.toml."
    )


def _condition(column: str, value: Any) -> exp.Condition:
    asked = exp.column(column)
    if isinstance(value, list | tuple | set):
        return asked.isin(*(exp.Placeholder() for _ in value)) if value else exp.false()
    return asked.eq(exp.Placeholder())


def _parameters(scope: Mapping[str, Any]) -> list[Any]:
    return [item for value in scope.values() for item in (value if isinstance(value, list | tuple | set) else [value])]


def _filtered(relation: duckdb.DuckDBPyRelation, equals: Mapping[str, Any]) -> duckdb.DuckDBPyRelation:
    for column, value in equals.items():
        asked = duckdb.ColumnExpression(column)
        if isinstance(value, list | tuple | set):
            constants = [duckdb.ConstantExpression(v) for v in value]
            relation = relation.filter(asked.isin(*constants) if constants else duckdb.ConstantExpression(False))
        else:
            relation = relation.filter(asked == duckdb.ConstantExpression(value))
    return relation


def _rows_of(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    names, types = relation.columns, [str(kind) for kind in relation.types]
    readers = [_READERS.get(kind) for kind in types]
    return [
        {n: r(v) if r and v is not None else v for n, r, v in zip(names, readers, values, strict=True)}
        for values in relation.fetchall()
    ]


def _as_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


_READERS: dict[str, Callable[[Any], Any]] = {"JSON": json.loads, "TIMESTAMP WITH TIME ZONE": _as_utc}

_PANDAS_TYPES = {  # the nullable ones: a column of None stays NULL and never turns into NaN
    "VARCHAR": "string",
    "JSON": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "Int64",
    "BIGINT": "Int64",
    "DOUBLE": "Float64",
    "TIMESTAMP WITH TIME ZONE": "datetime64[us, UTC]",
}


def _frame_of(rows: Sequence[Row], table: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """The rows as a frame with the table's own types. Columns that a row leaves out are NULL; unknown ones are an error."""
    types = dict(zip(table.columns, (str(kind) for kind in table.types), strict=True))
    unknown = {name for row in rows for name in row} - set(types)
    if unknown:
        raise KeyError(f"columns that the table does not have: {', '.join(sorted(unknown))}")
    columns = {}
    for name, kind in types.items():
        values = [row.get(name) for row in rows]
        if kind == "JSON":
            values = [v if v is None else json.dumps(v, ensure_ascii=False, sort_keys=True) for v in values]
        elif kind.endswith("[]"):
            values = [list(v) if isinstance(v, tuple) else v for v in values]
        columns[name] = pd.Series(values, dtype=_PANDAS_TYPES.get(kind, "object"))
    return pd.DataFrame(columns)
