"""A world of insights with vectors, some days long, for the tests of what is near what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from warehouse.rows import SQL

from brief_pipeline.warehouse.models import read_models
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.comparing import pair_insights
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.relating import relate_insights

DAY = date(2026, 5, 4)
NEXT, LATER = DAY + timedelta(days=1), DAY + timedelta(days=2)
WIDTH = 8
LETTERS = str.maketrans("0123456789", "abcdefghij")  # two texts with other figures in them are never the same
MODELS = {model.name: model for model in read_models(SQL)}


@dataclass(frozen=True)
class Told:
    """An insight of a show; one episode a show and day."""

    name: str
    vector: np.ndarray
    day: date = DAY
    show: str = "one"
    claim: str = ""

    @property
    def episode(self) -> str:
        return f"{self.show} {self.day}"


def aim(angle: float, tilt: float = 0.0) -> np.ndarray:
    """A unit vector at so many degrees: two without tilt have the cosine of the difference."""
    turn, lift = np.radians(angle), np.radians(tilt)
    row = np.zeros(WIDTH, np.float32)
    row[:3] = np.cos(turn) * np.cos(lift), np.sin(turn) * np.cos(lift), np.sin(lift)
    return row


def make_days(seed: int, days: int = 3, a_day: int = 25) -> list[Told]:
    """Insights of four shows about five things; every fifth is near enough to an earlier one to be the same."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(5, WIDTH))
    told: list[Told] = []
    for n in range(days * a_day):
        row = centres[random.integers(5)] + random.normal(size=WIDTH) * 0.8
        if told and n % 5 == 0:
            row = told[random.integers(len(told))].vector + random.normal(size=WIDTH) * 0.05
        unit = (row / np.linalg.norm(row)).astype(np.float32)
        told.append(Told(f"i{n:03}", unit, DAY + timedelta(days=n // a_day), "abcd"[random.integers(4)]))
    return told


def add(house: House, *told: Told, embedder: str = "") -> None:
    """Puts them into the store, each with its episode and its vector."""
    episodes = {one.episode: one for one in told}
    changes = [
        Change("raw.insights", [_insight_of(one) for one in told]),
        Change("raw.episodes", [_episode_of(one) for one in episodes.values()], {"episode_id": [*episodes]}),
        Change(
            "raw.embeddings",
            [{"text_hash": one.name, "model": embedder or house.embedder.name, "vector": one.vector} for one in told],
        ),
    ]
    house.store.apply(changes)


def decide(house: House, days: Sequence[date]) -> None:
    """The stages from the vectors to the related lists, each for all the days."""
    pair_insights(house, days)
    relate(house, days)


def relate(house: House, days: Sequence[date]) -> None:
    for day in days:
        house.store.materialise(MODELS["model.unique_insights"], day)
    relate_insights(house, days)
    for day in days:
        house.store.materialise(MODELS["main.related_insights"], day)


def read(house: House, table: str, **equals: Any) -> list[tuple[Any, ...]]:
    """The rows of a table, sorted."""
    rows = house.store.select(table, **equals)
    return sorted((tuple(row.items()) for row in rows), key=repr)


def pairs_of(house: House, **equals: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["insight_id"], row["other_id"]): row for row in house.store.select("raw.insight_pairs", **equals)}


def _insight_of(one: Told) -> dict[str, Any]:
    plain = one.name.translate(LETTERS)
    where = {"insight_id": one.name, "episode_id": one.episode, "feed_id": one.show, "published_on": one.day}
    texts = {"claim": one.claim or f"What {plain} says of it.", "explanation": "", "quote": "So they say.", "chunk_id": "c"}
    others = {"char_start": 0, "char_end": 9, "method": "extract", "model": "m", "score": 0.5, "text_hash": one.name}
    return where | texts | others


def _episode_of(one: Told) -> dict[str, Any]:
    about = {"episode_id": one.episode, "feed_id": one.show, "published_on": one.day, "show_title": f"Show {one.show}"}
    return {**about, "published_at": datetime.combine(one.day, time(12), UTC)}
