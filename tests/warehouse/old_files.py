"""Database files of earlier versions, as old_schemas/*.sql tell them: each was made from the code of its commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from warehouse.rows import SQL

from brief_pipeline.warehouse.migrations import read_migrations
from brief_pipeline.warehouse.models import Model, Table, list_missing, read_models, read_sources

OLD_SCHEMAS = sorted((Path(__file__).parent / "old_schemas").glob("*.sql"))
NEWEST = len(read_migrations(SQL))
COLUMNS = "SELECT table_schema || '.' || table_name, column_name, data_type, is_nullable FROM information_schema.columns"
Shape = dict[tuple[str, str], tuple[str, str]]


def make_old(path: Path, schema: Path) -> Path:
    """A file as an earlier version left it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(schema.read_text())
    return path


def add_what_is_missing(path: Path) -> None:
    """What the store did to an older file before there were versions: it added tables and columns, and moved nothing."""
    with duckdb.connect(str(path)) as connection:
        add_missing(connection, but="raw.schema_versions")


def add_missing(connection: duckdb.DuckDBPyConnection, but: str = "") -> None:
    tables: list[Table | Model] = [*read_sources(SQL), *read_models(SQL)]
    known: dict[str, set[str]] = {}
    for table, column, _, _ in connection.execute(COLUMNS).fetchall():
        known.setdefault(table, set()).add(column)
    for statement in list_missing([table for table in tables if table.name != but], known):
        connection.execute(statement)


def shape_of(path: Path) -> Shape:
    """(table, column) -> type, and whether it may be null."""
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(COLUMNS).fetchall()
    return {(table, column): (kind, nullable) for table, column, kind, nullable in rows}


def read_all(path: Path) -> dict[tuple[str, str], list[Any]]:
    """(table, column) -> its values, in the order of the rows."""
    columns = list(shape_of(path))
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            (table, column): [value for (value,) in connection.execute(f'SELECT "{column}" FROM {table}').fetchall()]
            for table, column in columns
        }


def count_values(values: Sequence[Any]) -> Counter[str]:
    """How often each value occurs, those that are not known left out."""
    return Counter(repr(value) for value in values if value is not None)
