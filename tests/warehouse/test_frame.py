"""Rows come out of a table as they went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from warehouse.rows import DAY, NOW, SQL, make_episode, make_failure

from brief_pipeline.warehouse.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "brief.duckdb", SQL, patience_seconds=2)


def test_every_type_comes_back_as_it_went_in(store: Store) -> None:
    episode = make_episode(
        show_title='O’Brien “spoke”; DROP TABLE — 播客 🎙\n"quoted"',
        title="",
        audio_bytes=2**40,
        duration_seconds=0.1 + 0.2,
        transcripts=[{"url": "https://a.example/ü?x=1&y='2'", "type": None}],
        chapters=[],
        people=["Ana", "a, b", 'say "hi"', ""],
    )
    store.replace("raw.episodes", [episode], published_on=DAY)
    [row] = store.select("raw.episodes")
    assert {name: row[name] for name in episode} == episode


def test_what_a_row_leaves_out_or_gives_as_none_is_null_in_every_type(store: Store) -> None:
    optional = ("show_title", "audio_bytes", "duration_seconds", "transcripts", "people")
    store.replace("raw.episodes", [make_episode("out"), make_episode("none", **dict.fromkeys(optional))])
    store.replace("raw.failures", [make_failure("x", published_on=None)])
    assert all(row[name] is None for row in store.select("raw.episodes") for name in optional)
    assert store.select("raw.failures")[0]["published_on"] is None
    store.replace("raw.feeds", [{"feed_id": "f", "url": "u", "status": "fetched", "checked_at": NOW, "fetched_at": None}])
    [feed] = store.select("raw.feeds")
    assert (feed["fetched_at"], feed["repairs"], feed["items_count"], feed["skipped_reasons"]) == (None, None, None, None)


def test_an_empty_list_is_not_null(store: Store) -> None:
    store.replace("raw.episodes", [make_episode("empty", people=[]), make_episode("tuple", people=("Ana",))])
    assert [row["people"] for row in store.select("raw.episodes")] == [[], ["Ana"]]


def test_a_list_after_thousands_of_empty_ones_is_kept(store: Store) -> None:
    rows = [make_episode(f"e{n}", people=[]) for n in range(3000)] + [make_episode("last", people=["Ana"])]
    store.replace("raw.episodes", rows)
    assert store.select("raw.episodes", ("people",), episode_id="last") == [{"people": ["Ana"]}]
    assert len(store.select("raw.episodes")) == 3001


def test_values_after_thousands_of_nulls_are_kept(store: Store) -> None:
    rows = [make_failure(f"i{n}", published_on=None) for n in range(3000)] + [make_failure("last", published_on=DAY)]
    store.replace("raw.failures", rows)
    assert store.select("raw.failures", ("item_id",), published_on=DAY) == [{"item_id": "last"}]


def test_times_of_other_zones_are_the_same_moment_in_utc(store: Store) -> None:
    kolkata = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    store.replace("raw.episodes", [make_episode("a", published_at=kolkata), make_episode("b", published_at=NOW)])
    times = [row["published_at"] for row in store.select("raw.episodes")]
    assert times == [NOW, NOW]
    assert all(moment.tzinfo is UTC for moment in times)


def test_a_moment_keeps_its_microseconds_however_far_away(store: Store) -> None:
    far = [datetime(1704, 1, 1, 0, 0, 0, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
    store.replace("raw.episodes", [make_episode(str(n), published_at=moment) for n, moment in enumerate(far)])
    assert [row["published_at"] for row in store.select("raw.episodes")] == far


def test_json_keeps_its_shape(store: Store) -> None:
    shapes: list[Any] = [{"b": [1, 2.5, None, {"ü": "🎙"}], "a": ""}, [], {}, "text", 0, False]
    rows = [
        {"episode_id": str(n), "published_on": DAY, "position": n, "text": "t", "words": shape}
        for n, shape in enumerate([*shapes, None])
    ]
    store.replace("raw.segments", rows)
    assert [row["words"] for row in store.select("raw.segments")] == [*shapes, None]


def test_vectors_come_back_bit_for_bit_as_float32(store: Store) -> None:
    vector = np.random.default_rng(7).normal(size=384).astype(np.float32)
    rows: list[dict[str, Any]] = [
        {"text_hash": "h", "model": "m", "vector": vector},
        {"text_hash": "h", "model": "other", "vector": [0.5, 1]},
    ]
    store.replace("raw.embeddings", rows)
    known = store.vectors("m", ["h", "unknown"])
    assert set(known) == {"h"}
    assert known["h"].dtype == np.float32
    assert np.array_equal(known["h"], vector)
    assert store.vectors("m", []) == {}


def test_a_number_that_is_none_of_its_type_becomes_null_not_nan(store: Store) -> None:
    store.replace("raw.episodes", [make_episode(duration_seconds=float("nan"))])
    assert store.select("raw.episodes")[0]["duration_seconds"] is None


def test_control_characters_in_text_are_kept(store: Store) -> None:
    store.replace("raw.episodes", [make_episode(title="a\x00b\r\nc\u2028d")])
    assert store.select("raw.episodes", ("title",)) == [{"title": "a\x00b\r\nc\u2028d"}]
