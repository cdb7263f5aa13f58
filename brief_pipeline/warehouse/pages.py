"""What the pages are made from: the SELECTs of dbt_like_sql/pages/, over a copy of the tables that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.building import alone_in
from brief_pipeline.warehouse.frame import decode_rows
from brief_pipeline.warehouse.opening import CONFIG, MISUSED, explain
from brief_pipeline.warehouse.store import Store

MEMORY = "1GB"  # DuckDB takes four fifths of the machine's otherwise
ROWS_AT_ONCE = 1000


class PageRows:
    """The rows that pages are made from, by the name of the SELECT. All of one moment."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sql_folder: Path) -> None:
        self._connection = connection
        self._sql_folder = sql_folder

    def read(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of dbt_like_sql/pages/<name>.sql, a few at a time. Raises SettingsInvalid where it does not run."""
        path = self._sql_folder / "pages" / f"{name}.sql"
        try:
            made = self._connection.cursor().execute(path.read_text(encoding="utf-8-sig"))
        except (*MISUSED, OSError) as error:
            raise SettingsInvalid(f"{path} does not run: {error}") from error
        names, kinds = [column[0] for column in made.description], [str(column[1]) for column in made.description]
        while rows := made.fetchmany(ROWS_AT_ONCE):
            yield from decode_rows(names, kinds, rows)


@contextmanager
def open_page_rows(store: Store, folder: Path) -> Iterator[PageRows]:
    """The rows of the pages, as the tables are now. Others wait for as long as the file is copied to the folder, no longer.

    Raises StoreBusy when another process builds in the folder for longer than the store's patience, and StoreUnreadable.
    """
    copy = folder / f"pages.duckdb.part-{uuid4().hex[:8]}.copy"
    with alone_in(folder, store.patience_seconds):
        store.copy_to(copy)
        try:
            with duckdb.connect(str(copy), read_only=True, config={**CONFIG, "memory_limit": MEMORY}) as connection:
                connection.execute("SET GLOBAL TimeZone = 'UTC'")
                yield PageRows(connection, store.sql_folder)
        except duckdb.Error as error:
            raise explain(copy, error) from error
