"""Hand-made candidates for a brief, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from dbt_like_sql.bench import DAY, Bench

SHOWS = "ABCDEFGH"


def choose(bench: Bench, *days: date, listener: str = "me") -> dict[str, dict[str, Any]]:
    """A listener's choices of the last day by insight, the days made one after the other."""
    for day in days or (DAY,):
        rows = bench.run("unique_insights", "candidates", "choices", days=(day,))
    return {row["insight_id"]: row for row in rows if row["listener"] == listener}


def list_told(rows: dict[str, dict[str, Any]]) -> list[str]:
    ranked = sorted((row["rank"], name) for name, row in rows.items() if row["rank"])
    assert [rank for rank, _ in ranked] == list(range(1, len(ranked) + 1))
    return [name for _, name in ranked]


def list_outcomes(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: row["outcome"] for name, row in rows.items()}


def best_first(bench: Bench, names: Iterable[str], shows: str = SHOWS, day: date = DAY) -> None:
    """Insights of a day, each of a show of its own, each worth a bit less than the one before."""
    for position, (name, show) in enumerate(zip(names, shows, strict=False)):
        bench.insight(name, show, day, 0.9 - position / 20)


def weigh(bench: Bench, show: str, weight: float, listener: str = "me") -> None:
    bench.add("raw.listener_shows", listener=listener, published_on=DAY, feed_id=f"feed {show}", weight=weight)


def rules(bench: Bench, look_back_days: int, day: date = DAY) -> None:
    bench.add("raw.brief_rules", published_on=day, window_days=3, look_back_days=look_back_days)
