"""The numbered changes of the schema, from dbt_like_sql/migrations/, and which of them a file has been through.

A new table or a new column needs none: the store adds what is missing. A migration is for what changes its name, its type,
its place or its meaning. Version 0 is any file from before there were versions, of several shapes: the migrations that
begin there find their tables and columns there or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.models import write_sql

VERSIONS = "raw.schema_versions"
MADE_NEW = "made new"
_NAME = re.compile(r"(?P<version>\d{4})_(?P<name>[a-z0-9_]+)")


@dataclass(frozen=True)
class Migration:
    """The statements that bring a file from the version before to this one."""

    version: int
    name: str
    sql: str

    @property
    def path(self) -> str:
        """Its file."""
        return f"dbt_like_sql/migrations/{self.version:04}_{self.name}.sql"


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """The migrations of the folder of SQL files, in order. Raises SettingsInvalid naming a file that is out of line."""
    migrations = []
    for number, path in enumerate(sorted((folder / "migrations").glob("*.sql")), start=1):
        named = _NAME.fullmatch(path.stem)
        if named is None or int(named["version"]) != number:
            raise SettingsInvalid(
                f"{path}: migrations are named 0001_what.sql, 0002_what.sql ...: {number:04} is missing here."
            )
        try:
            migrations.append(Migration(number, named["name"], path.read_text(encoding="utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsInvalid(f"{path} cannot be read: {error}.") from error
    return tuple(migrations)


def read_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The schema version of an open file: 0 for one from before there were versions, None for one without our tables."""
    tables = exp.select("table_name").from_("information_schema.tables").where(exp.column("table_schema").eq("raw"))
    names = {name for (name,) in connection.execute(write_sql(tables)).fetchall()}
    if VERSIONS.removeprefix("raw.") not in names:
        return 0 if names else None
    highest = exp.select(exp.Max(this=exp.column("version"))).from_(VERSIONS)
    [version] = connection.execute(write_sql(highest)).fetchall()[0]
    return int(version) if version is not None else 0


def note_version(connection: duckdb.DuckDBPyConnection, version: int, name: str) -> None:
    """Writes down that the file has come to a version."""
    columns = ("version", "name", "applied_at")
    values: list[Any] = [version, name, datetime.now(UTC)]
    row = exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder() for _ in columns])])
    insert = exp.insert(row, VERSIONS, columns=columns)
    connection.execute(write_sql(insert), values)
