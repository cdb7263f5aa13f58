"""The bundled sample, through the real engines: real HTTP on loopback, real embedding model, real DuckDB and Dagster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brief_pipeline.records import Transcript
from brief_pipeline.settings import Settings
from brief_pipeline.stages.evidence import TranscriptIndex
from brief_pipeline.wiring.demo import DAYS, SAMPLE, open_demo
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.listening import transcript_of
from brief_pipeline.wiring.runs import Ran, open_instance, run_days

ROOT = Path(__file__).parents[2]
LOOKED_AT = ("checked_at", "looked_at")  # when a thing was looked at is all that may differ between two runs


def run_demo(settings: Settings) -> tuple[House, Ran]:
    house = build_house(settings)
    with open_instance(settings) as instance:
        return house, run_days(house, DAYS, instance)


def read_tables(house: House) -> dict[str, list[str]]:
    names = house.store.query(
        "select table_schema || '.' || table_name as name from information_schema.tables order by name"
    )
    return {
        row["name"]: sorted(str({k: v for k, v in r.items() if k not in LOOKED_AT}) for r in house.store.select(row["name"]))
        for row in names
    }


def read_briefs(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((settings.data / "briefs").iterdir())}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The demo run twice in one data folder, with what each run left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIEF_CONFIG", str(tmp_path_factory.mktemp("config") / "brief.toml"))
        with open_demo(data_dir=tmp_path_factory.mktemp("demo")) as settings:
            house, first = run_demo(settings)
            assert first.succeeded, first.problems
            once = read_tables(house), read_briefs(settings)
            _, second = run_demo(settings)
            twice = read_tables(house), read_briefs(settings)
        yield {"house": house, "settings": settings, "first": first, "second": second, "once": once, "twice": twice}


def test_every_asset_succeeds(demo: dict[str, Any]) -> None:
    assert demo["first"].succeeded, demo["first"].problems
    assert demo["house"].store.select("raw.failures") == []
    assert len(demo["house"].store.select("raw.episodes")) == 14


def test_the_last_day_has_five_insights_with_all_that_a_reader_needs(demo: dict[str, Any]) -> None:
    items = demo["house"].store.select("main.brief_items", published_on=DAYS[-1])
    assert [item["rank"] for item in sorted(items, key=lambda item: item["rank"])] == [1, 2, 3, 4, 5]
    needed = ("claim", "explanation", "quote", "speaker", "show_title", "episode", "start_seconds", "play_url", "reasons")
    assert all(item[name] for item in items for name in needed)
    assert len({item["show_title"] for item in items}) >= 3


def test_every_quote_is_verbatim_at_the_time_shown(demo: dict[str, Any]) -> None:
    house: House = demo["house"]
    transcripts = {row["episode_id"]: transcript_of(house, row) for row in house.store.select("raw.transcripts")}
    insights = house.store.select("raw.insights")
    assert len(insights) >= 36
    for insight in insights:
        transcript: Transcript = transcripts[insight["episode_id"]]
        assert transcript.text[insight["char_start"] : insight["char_end"]] == insight["quote"]
        found = TranscriptIndex(transcript).find(insight["quote"], insight["char_start"])
        assert found is not None
        assert (found.start_seconds, found.speaker) == (insight["quote_start_seconds"], insight["speaker"])


def test_no_insight_rests_on_a_sponsor_read(demo: dict[str, Any]) -> None:
    planted = json.loads((ROOT / SAMPLE / "planted.json").read_text())["sponsor_reads"]
    guids = {row["episode_id"]: row["guid"] for row in demo["house"].store.select("raw.episodes")}
    for insight in demo["house"].store.select("raw.insights"):
        reads = [read for read in planted if read["episode"] == guids[insight["episode_id"]]]
        start, end = insight["quote_start_seconds"], insight["quote_end_seconds"]
        assert not [read for read in reads if start < read["end_seconds"] and read["start_seconds"] < end], insight["quote"]


def test_nothing_is_told_twice_and_a_true_repeat_is_found(demo: dict[str, Any]) -> None:
    store = demo["house"].store
    told = [row["insight_id"] for row in store.select("main.top_insights")]
    assert len(told) == len(set(told))
    assert {"new", "seen", "follow_up"} == {row["status"] for row in store.select("model.unique_insights")}


def test_related_insights_come_from_other_shows(demo: dict[str, Any]) -> None:
    store = demo["house"].store
    feeds = {row["insight_id"]: row["feed_id"] for row in store.select("raw.insights")}
    related = store.select("main.related_insights")
    assert related
    assert all(feeds[row["insight_id"]] != feeds[row["related_id"]] for row in related)


def test_the_second_run_repeats_no_download_transcript_embedding_or_extraction(demo: dict[str, Any]) -> None:
    counts = demo["second"].counts
    assert demo["second"].succeeded
    for asset in ("transcript_files", "audio", "transcripts", "chunks", "insights"):
        assert counts[asset].get("done", 0) == 0, asset
    assert counts["insights"]["reused"] == 5  # of the last day
    assert counts["embeddings"]["embedded"] == 0
    assert counts["feeds"]["unchanged"] == 5


def test_the_second_run_leaves_every_table_and_the_briefs_byte_for_byte(demo: dict[str, Any]) -> None:
    (tables, briefs), (tables_again, briefs_again) = demo["once"], demo["twice"]
    unchanged = {"raw.feeds"}  # its status says "unchanged" the second time
    assert {n for n in tables if tables[n] != tables_again[n]} <= unchanged
    assert briefs == briefs_again
    assert len(briefs) == 3 * len(DAYS)


def test_the_readme_shows_the_brief_that_the_demo_prints(demo: dict[str, Any]) -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    for item in demo["house"].store.select("main.brief_items", published_on=DAYS[-1]):
        assert f"{item['rank']}. {item['claim']}" in readme
        assert f"“{item['quote']}”" in readme
        assert item["play_url"] in readme
