from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest

from brief_pipeline.definitions import defs
from brief_pipeline.warehouse.models import Check, Column, Model
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metadata import NAMED_ROWS, run_checks
from brief_pipeline.wiring.runs import run_days
from brief_pipeline.wiring.sql_assets import MODELS, describe_lineage

DAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("check", "rows", "broken"),
    [
        (Check("unique", ("id",)), [{"id": 1}, {"id": 1}, {"id": 1}], 2),
        (Check("not_null", ("id", "name")), [{"id": 1, "name": None}, {"id": 2, "name": "x"}], 1),
        (Check("accepted_values", ("id",), ("a", "b")), [{"id": "a"}, {"id": "c"}], 1),
        (Check("at_most", limit=1), [{"published_on": DAY}, {"published_on": DAY}], 1),
        (Check("zero", ("n",)), [{"n": 0}, {"n": 2}], 1),
        (Check("at_least", ("n",), limit=0.85), [{"n": None}, {"n": 0.8}, {"n": 0.85}], 1),
        (Check("share", ("flags",), ("late",), 0.3), [{"flags": []}, {"flags": None}, {"flags": ["late", "odd"]}], 1),
        (Check("ratio", ("lost", "all"), limit=0.5), [{"lost": None, "all": None}, {"lost": 3, "all": 5}], 1),
    ],
)
def test_a_broken_promise_is_counted(check: Check, rows: list[dict[str, Any]], broken: int) -> None:
    model = Model("main.one", "", (), (check,), "SELECT 1")
    [result] = run_checks(model, rows)
    assert (result.passed, result.metadata["broken"].value) == (False, broken)
    assert next(iter(run_checks(model, rows[:1] if check.kind != "not_null" else rows[1:]))).passed


def test_a_share_may_be_as_large_as_its_limit() -> None:
    check = Check("share", ("flags",), ("late",), 0.5)
    model = Model("main.one", "", (), (check,), "SELECT 1")
    rows = [{"flags": ["late"], "show_title": "Tables", "title": "On queues"}, {"flags": []}]
    [result] = run_checks(model, rows)
    assert (result.passed, result.severity, result.metadata["share"].value) == (True, dg.AssetCheckSeverity.WARN, 0.5)
    assert result.metadata["which"].value == "Tables: On queues"
    [none] = run_checks(model, [])
    assert none.passed


def test_what_breaks_a_check_is_named_up_to_a_limit() -> None:
    model = Model("main.one", "", (), (Check("zero", ("n",)),), "SELECT 1")
    [result] = run_checks(model, [{"title": f"e{k}", "n": 1} for k in range(NAMED_ROWS + 2)])
    named = str(result.metadata["which"].value)
    assert named.startswith("e0; e1; ")
    assert named.endswith(f"e{NAMED_ROWS - 1} ... and 2 more")


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
        "top_insights:at_most_5_a_listener",
        "unique_insights:accepted_values_status",
        "brief_items:unique_listener_published_on_insight_id",
        "episode_health:zero_misquoted_count",
        "episode_health:share_no_transcript",
        "episode_health:share_zero_insights",
        "episode_health:at_least_speech_coverage",
        "episode_health:ratio_dropped_count_proposed_count",
    } <= checks


# --- column lineage


def test_the_latest_run_of_a_model_says_where_its_columns_come_from(make_house: Callable[..., House]) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_days(make_house(), [DAY, DAY + timedelta(days=1)], instance).succeeded
        event = instance.get_latest_materialization_event(dg.AssetKey("brief_items"))
    assert event
    assert event.asset_materialization
    metadata = event.asset_materialization.metadata
    lineage = metadata["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    assert dg.TableColumnDep(dg.AssetKey("insights"), "claim") in lineage.deps_by_column["claim"]
    assert "| claim | [raw.insights](/assets/insights): claim |" in str(metadata["column lineage"].value)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_column_lineage_names_assets_that_are_there_and_columns_of_the_model(model: Model) -> None:
    told = describe_lineage(model)
    deps = told["dagster/column_lineage"].deps_by_column
    assert deps.keys() <= {column.name for column in model.columns}
    named = {dep.asset_key for found in deps.values() for dep in found}
    assert named <= set(defs.resolve_asset_graph().get_all_asset_keys())
    assert "not traced" not in told["column lineage"].value


def test_tables_of_one_asset_or_of_none_are_told_apart_for_people_only() -> None:
    names = ("a", "b", "c", "d")
    sql = """SELECT segment.episode_id || transcript.episode_id AS a, failure.reason AS b, $day AS c, nobody AS d
        FROM raw.segments AS segment, raw.transcripts AS transcript, raw.failures AS failure"""
    told = describe_lineage(Model("main.one", "", tuple(Column(name, "VARCHAR", "") for name in names), (), sql))
    deps = told["dagster/column_lineage"].deps_by_column
    assert deps == {"a": [dg.TableColumnDep(dg.AssetKey("transcripts"), "episode_id")]}
    assert told["column lineage"].value.splitlines()[2:] == [
        "| a | [raw.segments](/assets/transcripts): episode_id; [raw.transcripts](/assets/transcripts): episode_id |",
        "| b | raw.failures: reason |",
        "| c | (the day, or a constant) |",
        "| d | (not traced) |",
    ]
