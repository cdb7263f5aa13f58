"""Vectors come out of the store whole, in order, and only those that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from warehouse.rows import DAY, SQL, make_insight

from brief_pipeline.warehouse import vectors
from brief_pipeline.warehouse.store import Change, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "brief.duckdb", SQL, patience_seconds=2)


def make_vectors(text_hashes: Sequence[str], model: str = "m", width: int = 3) -> list[dict[str, Any]]:
    return [
        {"text_hash": name, "model": model, "vector": [float(n), *[0.5] * (width - 1)]} for n, name in enumerate(text_hashes)
    ]


def test_insights_of_all_days_come_by_id_with_their_vectors_in_the_same_order(store: Store) -> None:
    days = {"c": DAY, "a": DAY, "b": DAY - timedelta(days=400), "later": DAY + timedelta(days=1)}
    insights = [make_insight(n, published_on=day, episode_id=f"e{n}", feed_id=f"f{n}") for n, day in days.items()]
    store.apply([Change("raw.embeddings", make_vectors(list(days))), Change("raw.insights", insights)])
    known = store.insight_vectors("m")
    assert known.insight_id.tolist() == known.text_hash.tolist() == ["a", "b", "c", "later"]
    assert known.episode_id.tolist() == ["ea", "eb", "ec", "elater"]
    assert known.feed_id.tolist() == ["fa", "fb", "fc", "flater"]
    assert known.published_on.tolist() == [days[name] for name in ("a", "b", "c", "later")]
    assert known.vectors.tolist() == [[1, 0.5, 0.5], [2, 0.5, 0.5], [0, 0.5, 0.5], [3, 0.5, 0.5]]
    assert known.vectors.dtype == np.float32
    assert len(known) == 4


def test_days_of_insights_compare_with_a_date(store: Store) -> None:
    days = [date(1999, 1, 1), DAY, DAY + timedelta(days=1)]
    insights = [make_insight(str(n), published_on=day) for n, day in enumerate(days)]
    store.apply([Change("raw.embeddings", make_vectors("012")), Change("raw.insights", insights)])
    assert (store.insight_vectors("m").published_on <= DAY).tolist() == [True, True, False]


def test_what_has_no_vector_of_the_model_is_left_out(store: Store) -> None:
    bare, known = make_insight("bare"), make_insight("known")
    store.apply([Change("raw.embeddings", make_vectors(["known"])), Change("raw.insights", [bare, known])])
    store.replace("raw.embeddings", make_vectors(["bare", "known"], model="other", width=5), model="other")
    assert store.insight_vectors("m").insight_id.tolist() == ["known"]
    assert store.insight_vectors("other").vectors.shape == (2, 5)
    assert store.insight_vectors("unknown").vectors.shape == (0, 0)


def test_insights_of_one_text_share_its_vector(store: Store) -> None:
    texts = {"e": "twin", "b": "lone", "a": "twin", "d": "twin"}
    insights = [make_insight(name, text_hash=text) for name, text in texts.items()]
    store.apply([Change("raw.embeddings", make_vectors(["chunk", "twin", "lone"])), Change("raw.insights", insights)])
    known = store.insight_vectors("m")
    assert known.insight_id.tolist() == ["a", "b", "d", "e"]
    assert known.vectors[:, 0].tolist() == [1, 2, 1, 1]


def test_thousands_among_the_vectors_of_chunks_come_to_their_places(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "BATCHES", 1)
    names = [f"{n * 7919 % 9000:016x}" for n in range(9000)]
    expected = {name: float(n) for n, name in enumerate(names)}
    own = names[::3]
    store.apply(
        [Change("raw.embeddings", make_vectors(names)), Change("raw.insights", [make_insight(name) for name in own])]
    )
    known = store.insight_vectors("m")
    assert known.insight_id.tolist() == sorted(own)
    assert known.vectors[:, 0].tolist() == [expected[name] for name in sorted(own)]
    assert {name: row[0] for name, row in store.vectors("m", names[1::2]).items()} == {n: expected[n] for n in names[1::2]}


def test_an_empty_store_has_no_vectors(store: Store) -> None:
    known = store.insight_vectors("m")
    assert len(known) == 0
    assert known.vectors.shape == (0, 0)
    assert known.published_on.tolist() == []
    assert store.vectors("m", ["unknown"]) == {}
