"""Hand-made rows that speak of one insight."""

from __future__ import annotations

from datetime import date
from typing import Any

from brief_pipeline.stages.why import PARTS, Traces

DAY, EARLIER = date(2026, 5, 4), date(2026, 5, 1)
OWN, OLD, OTHER = "a1" * 8, "b2" * 8, "c3" * 8
MEASURES = {"value": 0.8, "interest": 0.5, "evidence": 1.0, "corroboration": 0.0, "feedback": -0.5, "dislike": 0.25}
POINTS = {
    "value": 0.24,
    "interest": 0.2,
    "evidence": 0.1,
    "novelty": 0.1,
    "corroboration": 0,
    "feedback": -0.1,
    "dislike": -0.1,
}


def make_said(insight_id: str, claim: str, day: date = DAY, feed_id: str = "feed two") -> dict[str, Any]:
    return {"insight_id": insight_id, "claim": claim, "show_title": "Show Two", "published_on": day, "feed_id": feed_id}


SAID = {OLD: make_said(OLD, "Night buses lose money.", EARLIER), OTHER: make_said(OTHER, "Trams pay for themselves.")}


def make_traces(**other: Any) -> Traces:
    insight = {
        "insight_id": OWN,
        "feed_id": "feed one",
        "claim": "Night buses pay for themselves.",
        "explanation": "Shops stay open for their riders.",
        "quote": "night buses pay for themselves",
        "quote_match": "normalised",
        "speaker": "Otto",
        "quote_start_seconds": 75.5,
        "published_on": DAY,
        "method": "extract",
        "model": "extract-2",
        "score": 0.8,
    }
    rows: dict[str, Any] = {
        "said": SAID,
        "episode": {"show_title": "Show One", "title": "Pricing"},
        "transcript": {"source": "publisher:vtt", "doubts": None},
        "own": make_own(),
    }
    return Traces(insight, **{**rows, **other})


def make_own(**other: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("of_insight_id", "of_published_on", "of_score", "decided_by", "reason"))
    return {"insight_id": OWN, "published_on": DAY, "status": "new", "group_id": OWN, "evidence": 1.0, **nothing, **other}


def make_pair(one: str, other: str, **more: Any) -> dict[str, Any]:
    signs = {"cosine": 0.8, "word_overlap": 0.4, "conflict": None, "same_score": 0.2, "follow_up_score": 0.9}
    label = {
        "contradicts_score": 0.1,
        "verdict": "follow_up",
        "decided_by": "rules-7",
        "question": None,
        "reason": "a number",
    }
    return {"insight_id": one, "other_id": other, **signs, **label, **more}


def make_candidate(**other: Any) -> dict[str, Any]:
    about = {"listener": "me", "published_on": DAY, "insight_id": OWN, "status": "new", "voices": 0, "show_weight": 1.0}
    texts = {"interest_text": "public transport", "dislike_text": "cars", "feedback_of": OTHER}
    return {**about, **texts, **MEASURES, **other}


def make_choice(**other: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("of_insight_id", "of_on", "is_of_told", "of_score", "gain", "nearest_id", "nearest_cosine", "rank")
    )
    about = {"listener": "me", "published_on": DAY, "insight_id": OWN, "status": "new", "novelty": 1.0, "score": 0.44}
    points = {f"{name}_points": POINTS[name] for name in PARTS}
    return {**nothing, **about, **points, "outcome": "outranked", "reason": "5 others are worth more", **other}


def make_top(insight_id: str = OWN, **other: Any) -> dict[str, Any]:
    return {
        "listener": "me",
        "published_on": DAY,
        "insight_id": insight_id,
        "rank": 1,
        "score": 0.44,
        "reasons": [],
        **other,
    }


def make_relation(other: str = OTHER, **more: Any) -> dict[str, Any]:
    label = {"relation": "contradicts", "score": 0.95, "question": "Do night buses pay?", "decided_by": "openai/judge"}
    return {"related_id": other, "position": 1, "cosine": 0.7, "reason": "opposite answers", **label, **more}
