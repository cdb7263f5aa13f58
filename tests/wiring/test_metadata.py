from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from brief_pipeline.definitions import defs
from brief_pipeline.warehouse.models import Check, Model
from brief_pipeline.wiring.metadata import run_checks

DAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("check", "rows", "broken"),
    [
        (Check("unique", ("id",)), [{"id": 1}, {"id": 1}, {"id": 1}], 2),
        (Check("not_null", ("id", "name")), [{"id": 1, "name": None}, {"id": 2, "name": "x"}], 1),
        (Check("accepted_values", ("id",), ("a", "b")), [{"id": "a"}, {"id": "c"}], 1),
        (Check("at_most", limit=1), [{"published_on": DAY}, {"published_on": DAY}], 1),
    ],
)
def test_a_broken_promise_is_counted(check: Check, rows: list[dict[str, Any]], broken: int) -> None:
    model = Model("main.one", "", (), (check,), "SELECT 1")
    [result] = run_checks(model, rows)
    assert (result.passed, result.metadata["broken"].value) == (False, broken)
    assert next(iter(run_checks(model, rows[:1] if check.kind != "not_null" else rows[1:]))).passed


def test_every_asset_shows_what_it_is_and_what_its_columns_mean() -> None:
    for asset in defs.resolve_all_asset_specs():
        columns = asset.metadata["dagster/column_schema"].columns
        assert asset.description
        assert asset.group_name
        assert asset.owners
        assert columns
        assert all(column.description for column in columns), asset.key


def test_every_contract_of_the_sql_is_an_asset_check() -> None:
    checks = {f"{key.asset_key.to_user_string()}:{key.name}" for key in defs.resolve_asset_graph().asset_check_keys}
    assert {
        "top_insights:at_most_5_a_day",
        "unique_insights:accepted_values_status",
        "brief_items:unique_insight_id",
    } <= checks
