"""Rows on their way into and out of a table, by its DuckDB types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

Row = Mapping[str, Any]

_PANDAS_TYPES = {  # the nullable ones: a column of None stays NULL and never turns into NaN
    "VARCHAR": "string",
    "JSON": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "Int64",
    "BIGINT": "Int64",
    "DOUBLE": "Float64",
    "TIMESTAMP WITH TIME ZONE": "datetime64[us, UTC]",
}


def encode_rows(table: str, types: Mapping[str, str], rows: Sequence[Row]) -> pd.DataFrame:
    """The rows as a frame of a table's own types.

    What a row leaves out is NULL, and so is NaN; times without a zone are UTC. Raises ValueError naming the column that the
    table does not have, or that holds what its type cannot.
    """
    unknown = {column for row in rows for column in row} - set(types)
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    return pd.DataFrame({c: _series_of(f"{table}.{c}", kind, [row.get(c) for row in rows]) for c, kind in types.items()})


def decode_rows(names: Sequence[str], kinds: Iterable[str], rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows by column name, from columns of these DuckDB types: JSON decoded, times in UTC.

    >>> decode_rows(["show", "chapters"], ["VARCHAR", "JSON"], [("Tidewater", "[1, 2]"), ("The Rota", None)])
    [{'show': 'Tidewater', 'chapters': [1, 2]}, {'show': 'The Rota', 'chapters': None}]
    """
    readers = [_READERS.get(kind) for kind in kinds]
    return [
        {n: r(v) if r and v is not None else v for n, r, v in zip(names, readers, values, strict=True)} for values in rows
    ]


def _series_of(name: str, kind: str, values: list[Any]) -> pd.Series[Any]:
    try:
        if kind == "JSON":
            values = [v if v is None else json.dumps(v, ensure_ascii=False, sort_keys=True, allow_nan=False) for v in values]
        elif kind.endswith("[]"):
            values = [list(v) if isinstance(v, tuple) else v for v in values]
        return pd.Series(values, dtype=_PANDAS_TYPES.get(kind, "object"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} ({kind}): {error}") from error


def _as_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


_READERS: dict[str, Callable[[Any], Any]] = {"JSON": json.loads, "TIMESTAMP WITH TIME ZONE": _as_utc}
