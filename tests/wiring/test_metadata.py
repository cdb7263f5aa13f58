from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest
from conftest import default_pages
from fakes import FakeLlm
from samples import DAY, HOST, make_feed, make_item

from brief_pipeline.definitions import defs
from brief_pipeline.warehouse.models import Column, Model
from brief_pipeline.wiring import metadata as metadata_module
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.previews import COLUMNS, LONGEST_CELL, ROWS
from brief_pipeline.wiring.runs import run_days
from brief_pipeline.wiring.sql_assets import MODELS, describe_lineage

MakeHouse = Callable[..., House]
Shown = dict[str, dict[date | None, dict[str, Any]]]  # asset -> day -> metadata
PLOTTED = {"episodes": ["episodes by show"], "transcripts": ["minutes by day"], "brief": ["told by day"]}


def test_every_asset_shows_what_it_is_and_what_its_columns_mean() -> None:
    for asset in defs.resolve_all_asset_specs():
        columns = asset.metadata["dagster/column_schema"].columns
        assert asset.description
        assert asset.group_name
        assert asset.owners
        assert asset.kinds
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


# --- what a run shows


def show_runs(house: House, *runs: list[date]) -> Shown:
    """The metadata of the latest materialization of each asset and day."""
    shown: Shown = {}
    with dg.DagsterInstance.ephemeral() as instance:
        for days in runs:
            run_days(house, days, instance)
        for key in defs.resolve_asset_graph().get_all_asset_keys():
            events = instance.fetch_materializations(key, limit=100, ascending=True).records
            for made in (event.asset_materialization for event in events):
                assert made
                day = date.fromisoformat(made.partition) if made.partition else None
                shown.setdefault(key.to_user_string(), {})[day] = {
                    name: value.value for name, value in made.metadata.items()
                }
    return shown


def test_every_asset_shows_rows_and_seconds_of_each_day_and_plots_of_the_last_one(make_house: MakeHouse) -> None:
    shown = show_runs(make_house(), [DAY, DAY + timedelta(days=1)])
    assert shown.keys() == {asset.key.to_user_string() for asset in defs.resolve_all_asset_specs()}
    for name, days in shown.items():
        for day, metadata in days.items():
            rows = metadata["dagster/partition_row_count" if day else "dagster/row_count"]
            assert isinstance(rows, int), name
            assert isinstance(metadata["seconds"], float), name
            assert metadata["seconds"] >= 0
            assert "left out" not in metadata, metadata["left out"]
    for name, plots in PLOTTED.items():
        assert [plot for plot in plots if plot in shown[name][DAY]] == []
        last = shown[name][DAY + timedelta(days=1)]
        assert all(last[plot].startswith(f"![{plot}](data:image/svg+xml;base64,") for plot in plots)


@pytest.mark.parametrize("asset", ["episodes", "transcripts", "chunks", "insights", "embeddings", "choices", "brief_items"])
def test_the_first_rows_of_a_day_are_shown(make_house: MakeHouse, asset: str, shown_once: dict[str, Shown]) -> None:
    shown = shown_once.setdefault("", shown_once.get("") or show_runs(make_house(), [DAY]))
    head, rule, *rows = shown[asset][DAY]["preview"].splitlines()
    assert set(rule) == {"|", "-"}
    assert 1 <= len([row for row in rows if row.startswith("|")]) <= ROWS
    assert head.count("|") <= 9
    assert max(len(cell) for row in rows for cell in row.split("|")) < 2 * LONGEST_CELL


@pytest.fixture(scope="module")
def shown_once() -> dict[str, Shown]:
    """What a run showed, for several tests."""
    return {}


def test_every_table_that_is_previewed_has_the_columns(make_house: MakeHouse) -> None:
    tables = {asset.metadata["dagster/table_name"] for asset in defs.resolve_all_asset_specs()}
    house = make_house()
    for table, columns in COLUMNS.items():
        assert table in tables
        assert house.store.select(table, columns) == []


def test_seconds_are_told_by_step_and_what_is_not_done_with_its_reason(make_house: MakeHouse) -> None:
    trailer = make_item("soon").replace("</item>", "<itunes:episodeType>trailer</itunes:episodeType></item>")
    feed = make_feed("Show *One*", make_item("pricing"), *(make_item(f"lost{n}") for n in range(5)), trailer)
    feed = feed.replace(b"<rss ", b'<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ')
    house = make_house(default_pages() | {f"{HOST}/one.xml": feed})
    shown = {name: days.get(DAY) or days.get(None) or {} for name, days in show_runs(house, [DAY], [DAY]).items()}
    files = shown["transcript_files"]
    assert (files["done"], files["reused"], files["failed"]) == (0, 1, 5)
    assert "seconds_fetching" in files
    lines = files["why"].splitlines()
    assert len(lines) == 4
    assert re.match(r"- failed: Show \\\*One\\\*: lost\d: text/vtt: the server answered 404", lines[0])
    assert lines[-1] == "- failed: 2 more, in raw.failures"
    assert shown["episodes"]["why"] == "- kept out: 1: it is a trailer (trailers)"
    assert "- not fetched: 1: the publisher's transcript reads" in shown["audio"]["why"].splitlines()


def test_what_a_language_model_costs_is_shown_and_plotted(make_house: MakeHouse) -> None:
    house = make_house(llm=FakeLlm([{"insights": []}]))
    insights = show_runs(house, [DAY])["insights"][DAY]
    assert (insights["cost_usd"], insights["tokens"], insights["calls"]) == (0.001, 100, 1)
    assert insights["cost by day"].startswith("![cost by day](data:image/svg+xml;base64,")
    assert insights["seconds_asking"] >= 0


def test_the_brief_leads_to_its_page(make_house: MakeHouse) -> None:
    house = make_house()
    brief = show_runs(house, [DAY])["brief"][DAY]
    assert brief["path"] == str(house.settings.data / f"briefs/{DAY}.html")


def test_no_metadata_holds_a_subscribers_secret(make_house: MakeHouse) -> None:
    address = f"{HOST}/feeds/a8f3c1d2e4b5a6f7/rss?auth=letmein"
    untitled = make_feed("", make_item("pricing", transcript=False).replace("/one/pricing.mp3", "/one/p.mp3?token=letmein"))
    house = make_house({address: untitled}, feeds=[address])
    said = str(show_runs(house, [DAY]))
    assert "pricing" in said
    assert "letmein" not in said
    assert "a8f3c1d2e4b5a6f7" not in said


def test_a_preview_that_cannot_be_made_costs_no_run_its_work(make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("no axes")

    monkeypatch.setattr(metadata_module, "draw_plots", break_down)
    shown = show_runs(make_house(), [DAY])
    assert shown["brief_items"][DAY]["left out"] == "the first rows or plots: no axes"
    assert shown["brief"][DAY]["dagster/partition_row_count"] == 1


# --- column lineage


def test_the_latest_run_of_a_model_says_where_its_columns_come_from(make_house: MakeHouse) -> None:
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
