"""A small published snapshot to search, and what hostile feeds put into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from warehouse.rows import SQL, make_insight

from brief_pipeline.engines.minilm.query import QueryReader
from brief_pipeline.records import content_id
from brief_pipeline.warehouse.snapshot import publish
from brief_pipeline.warehouse.store import Store

MODEL = "all-MiniLM-L6-v2"
DAY = date(2026, 3, 2)
HOSTILE = '<script>alert(1)</script> \u202eevil\x1b[31m & "quotes" \' <img src=x onerror=alert(2)>'
LONG_WORD = "w" * 10_000

CLAIMS = (
    ("The battery price fell below the price of a gas plant.", "Amina Strand", "Cold Aisle"),
    ("Night buses pay for themselves where a hospital works all night.", "Corin Blaylock", "The Rota"),
    ("Lithium cells store the noon sun for the evening.", "Amina Strand", "Tidewater"),
    ("A nap at three in the morning makes nurses safer.", "Farida Lunt", "The Rota"),
    ("Congestion charges wear off unless they rise.", None, "Last Tram Home"),
)
Claim = tuple[str, str | None, str]


def make_library(data: Path, claims: Sequence[Claim] = CLAIMS, made_at: datetime | None = None) -> list[str]:
    """Publishes a snapshot of these claims alone, each of a day of its own. Gives their ids."""
    (data / "brief.duckdb").unlink(missing_ok=True)
    store = Store(data / "brief.duckdb", SQL, patience_seconds=5)
    insights, episodes, standing, vectors = [], [], [], []
    for number, (claim, speaker, show) in enumerate(claims):
        own = content_id(claim)
        about = {"episode_id": f"e{number}", "feed_id": content_id(show), "published_on": DAY + timedelta(days=number)}
        texts = {"claim": claim, "explanation": "", "quote": claim, "speaker": speaker}
        insights.append(make_insight(own, **about, **texts, quote_start_seconds=75.0))
        times = {"published_at": datetime(2026, 3, 2, tzinfo=UTC)}
        episodes.append({**about, **times, "show_title": show, "title": f"Episode {number}"})
        standing.append(_stand(own, about["published_on"], "new"))
        vectors.append({"text_hash": own, "model": MODEL, "vector": _reader().embed([claim])[0].tolist()})
    for table, rows in (
        ("raw.insights", insights),
        ("raw.episodes", episodes),
        ("model.unique_insights", standing),
        ("raw.embeddings", vectors),
    ):
        store.replace(table, rows)
    publish(store, data / "published" / "brief.duckdb", made_at or datetime.now(UTC))
    return [row["insight_id"] for row in insights]


@cache
def _reader() -> QueryReader:
    return QueryReader()


def add_repeat(data: Path, claim: str) -> None:
    """Publishes again, with an insight that repeats what was said before."""
    store = Store(data / "brief.duckdb", SQL, patience_seconds=5)
    own = content_id(claim, "again")
    store.replace("raw.insights", [make_insight(own, claim=claim)])
    store.replace("model.unique_insights", [_stand(own, DAY, "seen")])
    publish(store, data / "published" / "brief.duckdb", datetime.now(UTC))


def _stand(insight_id: str, day: date, status: str) -> dict[str, Any]:
    return {"insight_id": insight_id, "published_on": day, "status": status, "group_id": insight_id, "evidence": 0.8}


class LetterReader:
    """A stand-in for the model: a text's vector counts its letters."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.append([*texts])
        counts = np.array([[text.lower().count(letter) for letter in "abcdefghij"] for text in texts], np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-6)
