"""Which rows a read or a write is about, as conditions with parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlglot import exp


def build_conditions(equals: Mapping[str, Any]) -> tuple[list[exp.Condition], list[Any]]:
    """What the columns must equal (None: no value, a list: any of its values), and the parameters in their order.

    >>> conditions, parameters = build_conditions({"show": "Tidewater", "reason": None, "item_id": ["a", "b"]})
    >>> [condition.sql("duckdb", identify=True) for condition in conditions]
    ['"show" = ?', '"reason" IS NULL', '"item_id" IN (SELECT UNNEST(?))']
    >>> parameters
    ['Tidewater', ['a', 'b']]
    """
    conditions: list[exp.Condition] = []
    parameters: list[Any] = []
    for name, value in equals.items():
        column = exp.column(name)
        if value is None:
            conditions.append(column.is_(exp.null()))
        elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
            # One parameter whatever the number of values: 50,000 placeholders take seconds.
            conditions.append(column.isin(query=exp.select(exp.func("unnest", exp.Placeholder()))))
            parameters.append(list(value))
        else:
            conditions.append(column.eq(exp.Placeholder()))
            parameters.append(value)
    return conditions, parameters
