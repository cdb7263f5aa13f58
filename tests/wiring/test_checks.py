"""What a broken promise says and stops. Which rows break which promise: tests/warehouse and tests/dbt_like_sql."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg
import pytest

from brief_pipeline.warehouse.models import Check, Model
from brief_pipeline.wiring.checks import NAMED_ROWS, Verdict, check_contract, report_checks
from brief_pipeline.wiring.house import House

MakeHouse = Callable[..., House]
SHARE = Check("share", ("flags",), ("late",), 0.5)


def judge(house: House, check: Check, rows: Sequence[dict[str, Any]]) -> Verdict:
    [verdict] = check_contract(house, Model("main.one", "", (), (check,), "SELECT 1"), rows)
    return verdict


def report(house: House, verdict: Verdict) -> dg.AssetCheckResult:
    result = next(report_checks(house, dg.MaterializeResult(asset_key="one"), [verdict]))
    assert result.check_results
    [check] = result.check_results
    return check


def test_a_share_may_be_as_large_as_its_limit(make_house: MakeHouse) -> None:
    rows = [{"flags": ["late"], "show_title": "Tables", "title": "On queues"}, {"flags": []}]
    house = make_house()
    result = report(house, judge(house, SHARE, rows))
    assert (result.passed, result.severity, result.metadata["share"].value) == (True, dg.AssetCheckSeverity.WARN, 0.5)
    assert result.metadata["which"].value == "Tables: On queues"
    assert not judge(house, SHARE, rows[:1]).passed
    assert judge(house, SHARE, []).passed


def test_what_breaks_a_check_is_named_up_to_a_limit(make_house: MakeHouse) -> None:
    house = make_house()
    verdict = judge(house, Check("zero", ("n",)), [{"title": f"e{k}", "n": 1} for k in range(NAMED_ROWS + 2)])
    result = report(house, verdict)
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.ERROR)
    named = str(result.metadata["which"].value)
    assert named.startswith("e0; e1; ")
    assert named.endswith(f"e{NAMED_ROWS - 1} ... and 2 more")
    assert result.metadata["what to do"].value == verdict.promise.cure


def test_a_broken_promise_that_blocks_ends_the_step_after_it_was_told(make_house: MakeHouse) -> None:
    house = make_house()
    told = report_checks(house, dg.MaterializeResult(asset_key="one"), [judge(house, Check("zero", ("n",)), [{"n": 1}])])
    assert next(told).check_results
    with pytest.raises(dg.Failure, match=r"Each n is 0\. Not so: 1") as failed:
        next(told)
    assert failed.value.allow_retries is False


def test_a_broken_promise_that_warns_stops_nothing(make_house: MakeHouse) -> None:
    house = make_house()
    told = list(report_checks(house, dg.MaterializeResult(asset_key="one"), [judge(house, SHARE, [{"flags": ["late"]}])]))
    assert len(told) == 1
