"""From insights to what they are near to: each other, the history, the listener's interests."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from brief_pipeline.stages.neighbour import nearest
from brief_pipeline.stages.opposition import find_conflict, word_overlap
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.workbench import Reports, merge_notes

Row = dict[str, Any]

PAIRS_FLOOR = 0.45  # below it two insights are on the same topic once in fourteen times
PAIRS_MOST = 200  # of one insight; more than that near it and the farthest are left out (counted)
CONFLICT_FLOOR = 0.65  # below it nothing is merged, so nothing need be guarded


def pair_insights(house: House, days: Sequence[date]) -> Reports:
    """The insights near each insight of the day, of that day or any day before: raw.insight_pairs."""
    reports: Reports = {}
    history, all_vectors = house.store.insight_vectors(house.embedder.name, max(days))
    for day in days:
        places = [place for place, row in enumerate(history) if row["published_on"] <= day]
        insights, vectors = [history[place] for place in places], all_vectors[places]
        todays = [place for place, row in enumerate(insights) if row["published_on"] == day]
        rows, full = _pair(insights, vectors, todays) if todays else ([], 0)
        house.store.replace("raw.insight_pairs", rows, published_on=day)
        merge_notes(reports, day, rows=len(rows), compared_with=len(insights), cut_at_most=full)
    return reports


def _pair(insights: Sequence[Row], vectors: np.ndarray, todays: Sequence[int]) -> tuple[list[Row], int]:
    """A row a pair, and how many insights have more neighbours than are kept."""
    mine, others, cosines = nearest(vectors[todays], vectors, PAIRS_MOST + 1, PAIRS_FLOOR)  # itself is the one more
    rows = []
    for query, place, cosine in zip(mine.tolist(), others.tolist(), cosines.tolist(), strict=True):
        own, other = insights[todays[query]], insights[place]
        if own["insight_id"] == other["insight_id"]:
            continue
        texts = _text_of(own), _text_of(other)
        rows.append(
            {
                "insight_id": own["insight_id"],
                "published_on": own["published_on"],
                "other_id": other["insight_id"],
                "other_published_on": other["published_on"],
                "other_episode_id": other["episode_id"],
                "other_feed_id": other["feed_id"],
                "cosine": round(cosine, 6),
                "word_overlap": round(word_overlap(*texts), 6),
                "conflict": find_conflict(*texts) if cosine >= CONFLICT_FLOOR else None,
            }
        )
    counts = np.bincount(mine, minlength=len(todays)) if len(mine) else np.zeros(len(todays), int)
    return rows, int((counts > PAIRS_MOST).sum())


def match_interests(house: House, days: Sequence[date]) -> Reports:
    """How near each insight of the day is to each of the listener's interests: raw.interest_matches."""
    reports: Reports = {}
    interests = [interest.strip() for interest in house.settings.interests if interest.strip()]
    for day in days:
        rows: list[Row] = []
        if interests:
            insights = house.store.select("raw.insights", ("insight_id", "text_hash"), published_on=day)
            vectors = house.store.vectors(house.embedder.name, [insight["text_hash"] for insight in insights])
            wanted = house.embedder.embed(interests)
            rows = [
                {"insight_id": insight["insight_id"], "published_on": day, "interest": text, "cosine": round(float(c), 6)}
                for insight in sorted(insights, key=lambda insight: str(insight["insight_id"]))
                if insight["text_hash"] in vectors
                for text, c in zip(interests, wanted @ vectors[insight["text_hash"]], strict=True)
            ]
        house.store.replace("raw.interest_matches", rows, published_on=day)
        merge_notes(reports, day, rows=len(rows), interests=len(interests))
    return reports


def _text_of(row: Row) -> str:
    return f"{row['claim']} {row['explanation']}".strip()
