"""Tables as Parquet files, each landed whole, with a manifest that says what they are."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
from sqlglot import exp

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.building import alone_in, land
from brief_pipeline.warehouse.models import DIALECT, Column, Model, Table, read_models, read_sources
from brief_pipeline.warehouse.opening import explain
from brief_pipeline.warehouse.store import Store
from brief_pipeline.warehouse.withheld import list_shared

MANIFEST = "manifest.json"
MEMORY = "512MB"


@dataclass(frozen=True)
class Exported:
    """A table as it was exported."""

    table: str
    rows: int
    path: Path


def pick_tables(sql_folder: Path, names: Sequence[str], *, in_full: bool) -> list[tuple[Table | Model, tuple[Column, ...]]]:
    """The tables of these names, or all, each with the columns that go out. Raises SettingsInvalid for a name that is none.

    A name may go without its schema, where only one table has it.
    """
    tables: list[Table | Model] = [*read_sources(sql_folder), *read_models(sql_folder)]
    known = {table.name: (table, table.columns if in_full else list_shared(table)) for table in tables}
    if not names:
        return [picked for picked in known.values() if picked[1]]
    found = [known[_find(name, list(known))] for name in dict.fromkeys(names)]
    if secret := [table.name for table, columns in found if not columns]:
        raise SettingsInvalid(f"{', '.join(secret)} holds addresses that may be secret, and is only exported in full.")
    return found


def export(
    store: Store, folder: Path, tables: Sequence[tuple[Table | Model, Sequence[Column]]], made_at: datetime
) -> list[Exported]:
    """Writes each table to <folder>/<table>.parquet, all as they are at one moment, and manifest.json last.

    A file takes the place of the one before when it is whole. Raises SettingsInvalid when the folder cannot be written,
    StoreBusy and StoreUnreadable. The pipeline's file is held while its bytes are copied, and no longer.
    """
    copy = folder / f"{store.path.name}.{_mark()}"
    try:
        with alone_in(folder, store.patience_seconds):
            copy.touch()  # refused here, before the database is asked
            copy.unlink()
            version = store.copy_to(copy)
            with duckdb.connect(str(copy), read_only=True, config={"memory_limit": MEMORY}) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                written = [_write(connection, table, columns, folder) for table, columns in tables]
            about = {"made_at": made_at.isoformat(), "schema_version": version, "tables": [said for _, said in written]}
            part = folder / f"{MANIFEST}.{_mark()}"
            part.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            land(part, folder / MANIFEST)
    except OSError as error:
        raise SettingsInvalid(
            f"{folder} cannot be written ({error}). Name another folder, or make room in this one."
        ) from error
    except duckdb.Error as error:
        raise explain(folder, error) from error
    return [exported for exported, _ in written]


def _find(name: str, known: Sequence[str]) -> str:
    wanted = name.strip().lower()
    short = {table: table.split(".")[1] for table in known}
    matching = [table for table in known if wanted in (table, short[table])]
    if len(matching) == 1:
        return matching[0]
    like = difflib.get_close_matches(wanted, [*known, *short.values()])
    near = matching or [table for table in known if {table, short[table]} & set(like)]
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(sorted(known))}."
    raise SettingsInvalid(f"There is no table {name!r}. {hint}")


def _write(
    connection: duckdb.DuckDBPyConnection, table: Table | Model, columns: Sequence[Column], folder: Path
) -> tuple[Exported, dict[str, Any]]:
    path = folder / f"{table.name}.parquet"
    part = folder / f"{path.name}.{_mark()}"
    names = [column.name for column in columns]
    rows = exp.select(*(exp.column(name) for name in names)).from_(table.name)
    copying = exp.Copy(
        this=exp.Subquery(this=rows),
        kind=False,
        files=[exp.Literal.string(str(part))],
        params=[
            exp.CopyParameter(this=exp.var("FORMAT"), expression=exp.var("PARQUET")),
            exp.CopyParameter(this=exp.var("COMPRESSION"), expression=exp.var("ZSTD")),
        ],
    )
    [(count,)] = connection.execute(copying.sql(DIALECT, identify=True)).fetchall()
    land(part, path)
    stored = connection.table(table.name)
    kinds = dict(zip(stored.columns, map(str, stored.types), strict=True))
    with open(path, "rb") as body:
        digest = hashlib.file_digest(body, "sha256").hexdigest()
    return Exported(table.name, int(count), path), {
        "table": table.name,
        "description": table.description,
        "file": path.name,
        "rows": int(count),
        "bytes": path.stat().st_size,
        "sha256": digest,
        "columns": [{"name": c.name, "type": kinds[c.name], "description": c.description} for c in columns],
        "withheld_columns": [column.name for column in table.columns if column.name not in names],
    }


def _mark() -> str:
    return f"part-{uuid4().hex[:8]}"
