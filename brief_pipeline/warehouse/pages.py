"""What the pages are made from: the SELECTs of dbt_like_sql/pages/, over a copy of the tables that stands still."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
FEW = 2000  # rows that are asked for one by one: of more, all are read
_ROW = "page"  # what a SELECT gives, as a whole


class PageRows:
    """The rows that pages are made from, by the name of the SELECT. All of one moment."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sql_folder: Path) -> None:
        self._connection = connection
        self._sql_folder = sql_folder

    def read(self, name: str, ids: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
        """The rows of dbt_like_sql/pages/<name>.sql, a few at a time: all, or those of some ids, its first column.

        Raises SettingsInvalid where it does not run.
        """
        with self._explained(name):
            made = self._connection.sql(self._text(name), alias=_ROW)
            names, kinds, wanted = made.columns, list(map(str, made.types)), None if ids is None else frozenset(ids)
            if ids is not None and len(ids) <= FEW:
                few = duckdb.ColumnExpression(names[0]).isin(*map(duckdb.ConstantExpression, ids))
                yield from decode_rows(names, kinds, made.filter(few).fetchall())
                return
            found = self._connection.cursor().execute(self._text(name))
            while rows := found.fetchmany(ROWS_AT_ONCE):
                yield from decode_rows(names, kinds, (row for row in rows if wanted is None or row[0] in wanted))

    def hash_rows(self, name: str) -> dict[str, str]:
        """A hash of each row, by its id: far sooner known than the row itself. The ids are in order."""
        with self._explained(name):
            made = self._connection.sql(self._text(name), alias=_ROW)
            key, whole = duckdb.ColumnExpression(made.columns[0]), duckdb.ColumnExpression(_ROW)
            hashed = made.select(key, duckdb.FunctionExpression("hash", whole).cast("VARCHAR"))
            return dict(sorted(hashed.fetchall()))

    def _text(self, name: str) -> str:
        return (self._sql_folder / "pages" / f"{name}.sql").read_text(encoding="utf-8-sig")

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except (*MISUSED, OSError) as error:
            raise SettingsInvalid(f"dbt_like_sql/pages/{name}.sql does not run: {error}") from error


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
