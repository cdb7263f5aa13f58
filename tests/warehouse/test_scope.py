"""What is asked for is what comes, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from warehouse.rows import DAY, SQL, make_episode, make_failure

from brief_pipeline.warehouse.store import Store

MANY = 50_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "brief.duckdb", SQL, patience_seconds=2)


def test_a_keyword_is_a_column_like_any_other(store: Store) -> None:
    store.replace("raw.episodes", [make_episode("a", show_title="Tidewater"), make_episode("b", show_title="The Rota")])
    assert store.select("raw.episodes", ("show_title", "episode_id"), show_title="The Rota") == [
        {"show_title": "The Rota", "episode_id": "b"}
    ]
    store.replace("raw.episodes", [], show_title="The Rota")
    assert [row["show_title"] for row in store.select("raw.episodes")] == ["Tidewater"]


def test_none_asks_for_rows_without_a_value(store: Store) -> None:
    store.replace("raw.failures", [make_failure("feed"), make_failure("episode", published_on=DAY)])
    assert [row["item_id"] for row in store.select("raw.failures", published_on=None)] == ["feed"]
    store.replace("raw.failures", [], published_on=None)
    assert [row["item_id"] for row in store.select("raw.failures")] == ["episode"]


@pytest.mark.parametrize(
    "asked", [["a", "c"], ("a", "c"), {"a", "c"}, {"a": 1, "c": 2}.keys(), np.array(["a", "c"]), (c for c in "ac")]
)
def test_any_iterable_asks_for_any_of_its_values(store: Store, asked: Any) -> None:
    store.replace("raw.failures", [make_failure(name) for name in "abc"])
    assert [row["item_id"] for row in store.select("raw.failures", item_id=asked)] == ["a", "c"]


def test_an_empty_list_matches_nothing(store: Store) -> None:
    store.replace("raw.failures", [make_failure("a")])
    assert store.select("raw.failures", item_id=[]) == []
    store.replace("raw.failures", [], item_id=[])
    assert len(store.select("raw.failures")) == 1


def test_a_list_of_days_matches_each(store: Store) -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    store.replace("raw.episodes", [make_episode(str(day), published_on=day) for day in days])
    assert [row["published_on"] for row in store.select("raw.episodes", published_on=days[1:])] == days[1:]


def test_rows_come_in_the_order_they_were_written(store: Store) -> None:
    names = [f"{n * 7919 % 5000:04}" for n in range(5000)]
    store.replace("raw.failures", [make_failure(name) for name in names])
    assert [row["item_id"] for row in store.select("raw.failures", item_id=sorted(names))] == names


def test_a_list_of_fifty_thousand_is_one_question(store: Store) -> None:
    names = [f"{n:016x}" for n in range(MANY)]
    store.replace("raw.failures", [make_failure(name) for name in [*names[:5], "kept"]])
    assert len(store.select("raw.failures", stage="audio", item_id=names)) == 5
    store.replace("raw.failures", [], stage="audio", item_id=names)
    assert store.vectors("m", names) == {}
    assert [row["item_id"] for row in store.select("raw.failures")] == ["kept"]
