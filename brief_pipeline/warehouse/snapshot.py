"""A copy of the tables for who only reads: built aside, swapped in whole, and never in the pipeline's way.

The pipeline's file is held for as long as its bytes are copied, which is a fraction of what building takes; from that copy
the snapshot is built. Who has the one before open keeps it until they close it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import duckdb
from sqlglot import exp

from brief_pipeline.warehouse.building import alone_in, land
from brief_pipeline.warehouse.models import Column, Model, Table, read_models, read_sources, write_sql
from brief_pipeline.warehouse.opening import CONFIG, explain
from brief_pipeline.warehouse.store import Store
from brief_pipeline.warehouse.withheld import list_shared

MEMORY = "512MB"  # DuckDB takes four fifths of the machine's otherwise
ABOUT = Model(
    "main.snapshot",
    "One row: what this snapshot is of.",
    (
        Column("made_at", "TIMESTAMPTZ", "when the tables were as they are here"),
        Column("schema_version", "INTEGER", "of the tables: the highest of raw.schema_versions"),
        Column("run_id", "VARCHAR", "the run that made it, where one did"),
    ),
    (),
    "",
)
_HOUSE = "house"  # the copy that the snapshot is built from


@dataclass(frozen=True)
class Snapshot:
    """A snapshot as it was published."""

    path: Path
    schema_version: int
    tables: int
    rows: int
    bytes: int


def publish(store: Store, to: Path, made_at: datetime, run_id: str | None = None) -> Snapshot:
    """Puts a snapshot of the store's tables in place of the one before. Of two at once the last one stays.

    A killed build leaves the old snapshot, and files that the next build removes. Raises StoreBusy when another process
    builds one for longer than the store's patience, and StoreUnreadable.
    """
    part = to.with_name(f"{to.name}.part-{uuid4().hex[:8]}")
    copy = part.with_name(f"{part.name}.copy")
    try:
        with alone_in(to.parent, store.patience_seconds):
            version = store.copy_to(copy)
            tables, rows = _fill(part, copy, store.sql_folder, (made_at, version, run_id))
            to.with_name(f"{to.name}.wal").unlink(missing_ok=True)  # of who wrote into the one before: not this one's
            land(part, to)
        return Snapshot(to, version, tables, rows, to.stat().st_size)
    except (duckdb.Error, OSError) as error:
        raise explain(to, error) from error


def _fill(part: Path, copy: Path, sql_folder: Path, about: Sequence[object]) -> tuple[int, int]:
    """Builds the file from a copy of the house's. Gives the number of tables and of their rows."""
    declared: list[Table | Model] = [*read_sources(sql_folder), *read_models(sql_folder)]
    tables = [table for table in declared if list_shared(table)]
    house = exp.Alias(this=exp.Literal.string(str(copy)), alias=exp.to_identifier(_HOUSE))
    read_only = exp.AttachOption(this=exp.var("READ_ONLY"))
    with duckdb.connect(str(part), config={**CONFIG, "memory_limit": MEMORY}) as connection:
        connection.execute(write_sql(exp.Attach(this=house, expressions=[read_only])))
        connection.begin()
        rows = sum(_copy_table(connection, table) for table in tables)
        _make_table(connection, ABOUT, ABOUT.columns)
        _insert(connection, ABOUT.name, exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder()] * 3)]), about)
        connection.commit()
    return len(tables), rows


def _copy_table(connection: duckdb.DuckDBPyConnection, table: Table | Model) -> int:
    columns = list_shared(table)
    _make_table(connection, table, columns)
    source = exp.to_table(table.name)
    source.set("catalog", exp.to_identifier(_HOUSE))
    return _insert(connection, table.name, exp.select(*(exp.column(column.name) for column in columns)).from_(source))


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: exp.Expression, parameters: Sequence[object] = ()
) -> int:
    [(count,)] = connection.execute(write_sql(exp.insert(rows, table)), list(parameters)).fetchall()
    return int(count)


def _make_table(connection: duckdb.DuckDBPyConnection, table: Table | Model, columns: Sequence[Column]) -> None:
    """An empty table that says what it and its columns are, to DuckDB's own DESCRIBE and to tools that show comments."""
    name = exp.to_table(table.name)
    connection.execute(write_sql(exp.Create(this=exp.to_identifier(table.name.split(".")[0]), kind="SCHEMA", exists=True)))
    made = exp.Schema(this=name, expressions=[column.definition for column in columns])
    connection.execute(write_sql(exp.Create(this=made, kind="TABLE")))
    connection.execute(write_sql(exp.Comment(this=name, kind="TABLE", expression=exp.Literal.string(table.description))))
    for column in columns:
        place = exp.column(column.name, table=name.this, db=name.args["db"])
        said = exp.Literal.string(column.description)
        connection.execute(write_sql(exp.Comment(this=place, kind="COLUMN", expression=said)))
