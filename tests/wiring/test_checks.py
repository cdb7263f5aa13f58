"""What a broken promise says and stops. Which rows break which promise: tests/warehouse and tests/dbt_like_sql."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from dbt_like_sql.bench import MemoryStore
from samples import DAY
from warehouse.rows import SQL
from wiring.replayed import recorded

from brief_pipeline.warehouse.checks import find_broken, promise_keys, read_checks
from brief_pipeline.warehouse.models import Check, Model
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.assets import PYTHON_ASSETS, tables_of
from brief_pipeline.wiring.checks import NAMED_ROWS, Verdict, check_contract, report_checks
from brief_pipeline.wiring.demo import DAYS
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import Ran, run_days

MakeHouse = Callable[..., House]
ASSETS = [asset.key.to_user_string() for asset in PYTHON_ASSETS]
CHECKED = "ASSET_CHECK_EVALUATION"
SPOILED = ("feeds", "insights")
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


# --- in a run


def add_doubled(house: House) -> None:
    """A second row of the day's insight that an earlier day is said to have: of one key are then two."""
    [row, *_] = house.store.select("raw.insights", published_on=DAY)
    house.store.replace(
        "raw.insights", [{**row, "published_on": DAY - timedelta(days=9)}], published_on=DAY - timedelta(days=9)
    )


def add_copy_of_nothing(house: House) -> None:
    """An item of another feed that names an original which no feed showed."""
    [row, *_] = house.store.select("raw.feed_items")
    copy = {**row, "episode_id": "copy", "feed_id": "other", "same_as": "gone"}
    house.store.replace("raw.feed_items", [copy], feed_id="other")


def run_twice(house: House, spoil: Callable[[House], None]) -> tuple[Ran, dict[str, bool], set[str]]:
    """Runs the day, spoils something, runs it again: how that ended, its checks, and the assets that it made."""
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_days(house, [DAY], instance).succeeded
        spoil(house)
        ran = run_days(house, [DAY], instance)
        events = [record.event_log_entry.dagster_event for record in instance.get_records_for_run(ran.run_id).records]
    checked = [event.asset_check_evaluation_data for event in events if event and event.event_type_value == CHECKED]
    made = {event.asset_key.to_user_string() for event in events if event and event.is_step_materialization}
    return ran, {one.check_name: one.passed for one in checked if one.asset_key.to_user_string() in SPOILED}, made


def test_a_broken_promise_that_blocks_stops_what_comes_after_and_keeps_what_was_written(make_house: MakeHouse) -> None:
    house = make_house()
    ran, checks, made = run_twice(house, add_doubled)
    assert not ran.succeeded
    [problem] = ran.problems
    assert "raw.insights: 2 rows of insight_id" in problem
    assert problem.endswith(f"what comes after it was not made. Again: brief run --day {DAY}")
    assert checks["unique_keys"] is False
    assert {"chunks", "insights"} <= made
    assert made.isdisjoint({"embeddings", "insight_pairs", "top_insights", "brief"})
    assert house.store.select("raw.insights", published_on=DAY)


def test_a_broken_promise_that_warns_lets_the_brief_be_made(make_house: MakeHouse) -> None:
    house = make_house()
    ran, checks, made = run_twice(house, add_copy_of_nothing)
    assert ran.succeeded, ran.problems
    assert checks["copies_of_an_item"] is False
    assert "brief" in made


def test_every_promise_of_sql_holds_after_the_demo() -> None:
    left = pickle.loads((recorded() / "left-by-one-run.pickle").read_bytes())["tables"]
    store = MemoryStore()
    store.apply([Change(table, rows) for table, rows in left.items() if table != "raw.schema_versions"])
    keys = [promise_keys(name, some, name != "feeds") for name in ASSETS if (some := tables_of(name))]
    broken = {check.name: find_broken(store, check, DAYS) for check in (*read_checks(SQL), *keys)}
    assert {name: rows for name, rows in broken.items() if rows} == {}
    assert all(left[f"raw.{name}"] for name in ("insights", "insight_pairs", "relations", "briefs"))
