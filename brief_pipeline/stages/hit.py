"""What a search finds, and what is asked of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from brief_pipeline.stages.site_path import insight_page

WAYS = {"both": "words and meaning", "words": "words", "meaning": "meaning"}
MOST_CHARACTERS = 500  # of a question: what is longer is cut
MOST_HITS = 50
FUSED_FROM = 50  # of each list that two are fused from
_RANK_OFFSET = 60  # as Cormack, Clarke and Buettcher (2009) have it
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Question:
    """What is looked for."""

    words: str
    by: str = "both"  # of WAYS
    limit: int = 10
    show: str = ""  # part of a show's title
    since: date | None = None


@dataclass(frozen=True)
class Hit:
    """An insight that was found."""

    insight_id: str
    claim: str
    explanation: str
    quote: str
    speaker: str | None
    show_title: str | None
    episode: str | None
    feed_id: str
    episode_id: str
    published_on: date
    start_seconds: float | None
    score: float = 0.0

    @property
    def page(self) -> str:
        """Its page, below the site's root."""
        return insight_page(self.insight_id)


def clean_words(text: str) -> str:
    """What somebody typed, as words on one line: without control characters, cut to what a question may be.

    >>> clean_words("  night\\x00\\tbuses\\u202e "), len(clean_words("x" * 10_000))
    ('night buses', 500)
    """
    return " ".join(_NOT_TEXT.sub(" ", text).split())[:MOST_CHARACTERS].strip()


def fuse(rankings: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """One ranking out of several (reciprocal rank fusion): what stands high in one, or well in both, comes first.

    >>> [place for place, _ in fuse([[7, 8, 9], [8, 5]])]
    [8, 7, 5, 9]
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, place in enumerate(ranking, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (_RANK_OFFSET + rank)
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))


def hit_as_row(hit: Hit, site_url: str = "") -> Mapping[str, Any]:
    """A hit for scripts."""
    page = f"{site_url}/{hit.page}" if site_url else f"/{hit.page}"
    return {**asdict(hit), "published_on": hit.published_on.isoformat(), "score": round(hit.score, 4), "page": page}


def render_hits_json(question: Question, hits: Sequence[Hit], site_url: str = "") -> str:
    """What was asked and found, as JSON."""
    content = {
        "query": question.words,
        "by": question.by,
        "hits": [hit_as_row(hit, site_url) for hit in hits],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
