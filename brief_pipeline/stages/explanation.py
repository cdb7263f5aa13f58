"""An explanation of an insight: the nouns that `brief why` shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SHORT_ID = 8  # characters of an id that are shown: any two of 10,000 insights share them with a chance of 1 %


@dataclass(frozen=True)
class Said:
    """An insight that this one is compared with."""

    insight_id: str
    claim: str | None  # None where it is gone, because its episode was read again
    show_title: str | None
    said_on: date | None


@dataclass(frozen=True)
class Signs:
    """How a pair of insights was weighed: the columns of raw.insight_pairs."""

    cosine: float
    word_overlap: float | None
    conflict: str | None
    same_score: float | None
    follow_up_score: float | None
    contradicts_score: float | None
    verdict: str | None
    decided_by: str | None
    question: str | None
    reason: str | None


@dataclass(frozen=True)
class Novelty:
    """Whether it is new, goes on with something, or was said before: to the house, or to one listener."""

    status: str  # new | follow_up | seen
    of: Said | None = None
    of_on: date | None = None  # when that was said, or told to the listener
    was_told: bool = False  # the listener was told it
    score: float | None = None
    decided_by: str | None = None
    reason: str | None = None
    signs: Signs | None = None


@dataclass(frozen=True)
class Part:
    """One part of a score: what it measures, and the points that this gives."""

    name: str
    measure: float | None
    points: float | None
    because: str | None = None
    cosine: float | None = None


@dataclass(frozen=True)
class Told:
    """A place in a brief."""

    listener: str
    day: date
    rank: int
    score: float
    gain: float | None
    said: Said
    is_of_its_show: bool
    interest: float | None = None  # how it matches what the listener cares about


@dataclass(frozen=True)
class Place:
    """What became of it in one listener's brief of one day."""

    listener: str
    day: date
    novelty: Novelty
    parts: tuple[Part, ...]
    show_weight: float | None
    total: float | None  # the points added up, at least 0, x the show's weight; None where they are not stored
    score: float | None
    gain: float | None
    nearest: Said | None
    nearest_cosine: float | None
    rank: int | None
    outcome: str | None  # None where the brief was not chosen yet
    reason: str | None
    reasons: tuple[str, ...]  # as the brief gives them
    told: tuple[Told, ...]  # all of that brief


@dataclass(frozen=True)
class Opinion:
    """What a listener said of it."""

    listener: str
    verdict: str
    about_on: date


@dataclass(frozen=True)
class Relation:
    """An insight of another show that is worth reading with it."""

    to: Said
    relation: str
    position: int | None
    cosine: float
    score: float | None
    question: str | None
    decided_by: str
    reason: str | None


@dataclass(frozen=True)
class Explanation:
    """All that is stored of why an insight is where it is."""

    insight_id: str
    claim: str
    explanation: str
    quote: str
    quote_match: str | None
    speaker: str | None
    start_seconds: float | None
    show_title: str | None
    episode: str | None
    published_on: date
    transcript_source: str | None
    transcript_doubts: str | None
    method: str
    model: str
    prompt_version: str | None
    fallback_reason: str | None
    value: float
    evidence: float | None
    novelty: Novelty | None
    stands_for_it: Said | None
    group: tuple[Said, ...]
    group_told: tuple[Told, ...]  # where what stands for it was told, when that is another one
    places: tuple[Place, ...]
    opinions: tuple[Opinion, ...]
    related: tuple[Relation, ...]
    untold_reason: str | None  # why no brief ever weighed it
    defects: tuple[str, ...]  # where what is stored does not fit together
