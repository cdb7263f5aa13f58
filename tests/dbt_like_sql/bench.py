"""A few hand-made insights on real tables, to run the SQL models on."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from brief_pipeline.warehouse.models import list_missing, read_models, read_sources
from brief_pipeline.warehouse.opening import CONFIG
from brief_pipeline.warehouse.store import Change, Store

Result = TypeVar("Result")

SQL = Path(__file__).parents[2] / "dbt_like_sql"
DAY = date(2026, 3, 10)
MODELS = {model.table: model for model in read_models(SQL)}
TO_A_BRIEF = ("unique_insights", "related_insights", "candidates", "choices", "top_insights", "brief_items")
STATEMENTS = list_missing([*read_sources(SQL), *MODELS.values()], {})


def before(days: int) -> date:
    return DAY - timedelta(days=days)


class MemoryStore(Store):
    """A store in memory that stays open: here the SQL is tried, and to open a file takes longer than to run it."""

    def __init__(self) -> None:
        super().__init__(Path(":memory:"), SQL)
        self._connection = duckdb.connect(config=CONFIG)
        self._connection.execute("SET TimeZone = 'UTC'")
        for statement in STATEMENTS:
            self._connection.execute(statement)

    def _read(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        return work(self._connection)

    def _write(self, work: Callable[[duckdb.DuckDBPyConnection], Result]) -> Result:
        return work(self._connection)


class Bench:
    """Takes rows down; writes them, in an order of its seed, when a model is run."""

    def __init__(self, seed: int | None = None) -> None:
        self.store = MemoryStore()
        self.seed = seed
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.days: dict[str, date] = {}
        self.places: dict[str, tuple[str, str]] = {}  # insight -> its episode and feed

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append(row)

    def episode(self, episode_id: str, show: str = "", day: date = DAY, **other: Any) -> None:
        row = {
            "feed_id": f"feed {show}",
            "show_title": show,
            "title": f"title {episode_id}",
            "audio_url": f"https://a.example/{show}.mp3",
        }
        morning = datetime.combine(day, time(6), UTC)
        self.add("raw.episodes", episode_id=episode_id, published_on=day, published_at=morning, **{**row, **other})

    def insight(self, name: str, show: str = "A", day: date = DAY, score: float = 0.5, **other: Any) -> None:
        """An insight of the show's episode of that day."""
        episode_id = f"{show} {day}"
        if all(row["episode_id"] != episode_id for row in self.rows.get("raw.episodes", [])):
            self.episode(episode_id, show, day)
        self.days[name] = day
        self.places[name] = (episode_id, f"feed {show}")
        row = {
            "episode_id": episode_id,
            "feed_id": f"feed {show}",
            "chunk_id": "chunk",
            "claim": f"claim {name}",
            "explanation": f"explanation {name}",
            "quote": f"quote {name}",
            "char_start": 0,
            "char_end": 9,
            "quote_start_seconds": 12.7,
            "method": "extract",
            "model": "test",
            "text_hash": f"text {name}",
        }
        self.add("raw.insights", insight_id=name, published_on=day, score=score, **{**row, **other})

    def pair(
        self, one: str, other: str, verdict: str | None = "other", cosine: float = 0.6, late: bool = False, **more: Any
    ) -> None:
        """Two insights that are near: the later one's row, on one day a row of each. `late`: the earlier one came last."""
        for mine, near in ((one, other), (other, one)):
            if self.days[near] == self.days[mine] or (self.days[near] < self.days[mine]) != late:
                row = {
                    "other_episode_id": self.places[near][0],
                    "other_feed_id": self.places[near][1],
                    "other_published_on": self.days[near],
                    "word_overlap": 0.5,
                    "same_score": 0.9 if verdict == "same" else 0.1,
                    "follow_up_score": 0.8 if verdict == "follow_up" else 0.1,
                    "contradicts_score": 0.1,
                    "decided_by": "test",
                }
                keys = {"insight_id": mine, "published_on": self.days[mine], "other_id": near}
                self.add("raw.insight_pairs", verdict=verdict, cosine=cosine, **keys, **{**row, **more})

    def group(self, *names: str) -> None:
        """Insights of one day that say the same, each as each other."""
        for name in names:
            self.add("raw.insight_groups", insight_id=name, published_on=self.days[name], group_id=min(names))
        for one, other in combinations(names, 2):
            self.pair(one, other, "same", 0.9)

    def relation(self, one: str, other: str, position: int | None = 1, relation: str = "related", **more: Any) -> None:
        """`other`, of another show, is worth reading with `one`: a row of the day of `one`."""
        row = {"published_on": self.days[one], "related_id": other, "related_on": self.days[other], "position": position}
        row |= {"cosine": 0.6, "relation": relation, "decided_by": "test"}
        self.add("raw.relations", insight_id=one, **{**row, **more})

    def listener(self, name: str = "me", *days: date, interests: Sequence[str] = ()) -> None:
        """A listener of the day's brief, or of several days'."""
        for day in days or (DAY,):
            self.add("raw.listeners", listener=name, published_on=day, position=0, interests=list(interests), dislikes=[])

    def match(self, insight_id: str, listener: str = "me", day: date = DAY, **match: Any) -> None:
        """How an insight matches what a listener cares about."""
        self.add("raw.listener_matches", listener=listener, published_on=day, insight_id=insight_id, **match)

    def knew(self, insight_id: str, listener: str = "me", day: date | None = None, verdict: str = "known") -> None:
        """A listener said that they knew an insight, of its own day or of that of a brief."""
        row = {"verdict": verdict, "about_on": day or self.days[insight_id], "given_at": datetime(2026, 3, 11, tzinfo=UTC)}
        self.add("raw.feedback", listener=listener, insight_id=insight_id, **row)

    def run(self, *models: str, days: tuple[date, ...] = (DAY,)) -> list[dict[str, Any]]:
        """Writes what was taken down and runs models on days, each model after the other. Gives the last one's rows."""
        if self.seed is not None:
            for rows in self.rows.values():
                random.Random(self.seed).shuffle(rows)
        self.store.apply([Change(table, rows) for table, rows in self.rows.items()])
        self.rows = {table: [] for table in self.rows}
        for model in models:
            for day in days:
                self.store.materialise(MODELS[model], day)
        return self.rows_of(models[-1], days[-1])

    def items(self, *days: date) -> list[dict[str, Any]]:
        """What the briefs of the days show, one day after the other. Gives the last one's rows."""
        for day in days or (DAY,):
            rows = self.run(*TO_A_BRIEF, days=(day,))
        return rows

    def rows_of(self, model: str, day: date = DAY) -> list[dict[str, Any]]:
        order = {"top_insights": "rank", "brief_items": "rank", "episode_health": "episode_id"}.get(model, "insight_id")
        return sorted(self.store.select(MODELS[model].name, published_on=day), key=lambda row: row[order])
