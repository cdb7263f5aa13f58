"""Which sentences of an episode sell something: sponsor reads, the show's own promotion, greetings and goodbyes.

Precision comes first, since a sentence marked here is lost to the brief. The publisher's chapters are believed; a small
model (advert_score) scores each sentence, the likeliest runs are found (advert_span), and a run counts if something else
speaks for it too: a phrase of adverts, or a length and a score that talk does not reach. For an embedding model whose
vectors the weights do not fit, phrases and nearness to written examples decide alone (advert_rules).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.records import Chapter, Sentence
from brief_pipeline.stages.advert_brand import reach_of_brands
from brief_pipeline.stages.advert_phrases import (
    AD_CHAPTER,
    BACK,
    BOILERPLATE,
    BREAK,
    CLOSING,
    CREDITS,
    GOODBYE,
    GREETING,
    LAST_WORDS,
    OPENING,
    PROMOTION,
    SHARED,
)
from brief_pipeline.stages.advert_rules import (
    PROTOTYPES,
    Kind,
    Mark,
    edge_marks,
    edges,
    find_cues,
    find_doubles,
    promotion_marks,
    sponsor_marks,
)
from brief_pipeline.stages.advert_score import TRAINED_ON, score_sentences
from brief_pipeline.stages.advert_span import INTRO, OUTRO, SPONSOR, Run, find_runs
from brief_pipeline.stages.advert_span import PROMOTION as OWN

__all__ = ["PROTOTYPES", "TRAINED_ON", "AdvertSpan", "Kind", "mark_adverts"]

CHAPTER_SECONDS = 600.0  # a longer chapter named "Sponsor" is not a break: the end is missing, or it is the topic
BORDER_SENTENCES = 60  # how far in a greeting may come, after a teaser and the first adverts, and how early the credits ...
BORDER_SECONDS = 300.0  # ... and no further in than this, where times are known
EDGE_BONUS = 2.0  # added to the scores of greetings and goodbyes at the very edges: their place speaks for them
ANCHORED_WORTH = 6.0  # log odds that a run with a phrase of adverts must be worth
LONE_WORTH = 20.0  # ... and one without any
LONE_SENTENCES = 4  # ... which must be this long too
LEAST_STRETCH = -4.0  # mean log odds of the sentences by which a read is stretched to where its brand is named
LEAST_BREAK_SCORE = 0.0  # "let's take a break" is said in talk too
LEAST_OFFER_SCORE = 1.0  # log odds: two phrases that adverts share with talk, in one sentence
LEAST_SCORE = -2.0  # log odds: a sentence with a phrase that only adverts have is one, unless the model denies it


@dataclass(frozen=True, slots=True)
class AdvertSpan:
    """Sentences first..last (inclusive) that hold no insights, and why."""

    first: int
    last: int
    reason: str
    kind: Kind


def mark_adverts(
    sentences: Sequence[Sentence],
    similarity: NDArray[np.floating[Any]] | None,
    chapters: Sequence[Chapter] = (),
    duration_seconds: float | None = None,
    vectors: NDArray[np.floating[Any]] | None = None,
) -> tuple[AdvertSpan, ...]:
    """The adverts, greetings and goodbyes of an episode, in order and without overlap.

    `vectors[i]` is sentence i's unit vector by the model TRAINED_ON; any other model's must not be given. Without them
    phrases decide with `similarity[i]`, its highest cosine to PROTOTYPES (None: only phrases that adverts alone use open
    a span). Chapters that the publisher names "Sponsor" or "Ad" are marked whole, if the sentences have times.
    """
    marks: dict[int, Mark] = {}
    found = (
        *_chapter_marks(sentences, chapters, duration_seconds),
        *(
            _ruled_marks(sentences, similarity, duration_seconds)
            if vectors is None
            else _scored_marks(sentences, vectors, duration_seconds)
        ),
        *edge_marks(sentences, duration_seconds),
    )
    for sentence, mark in found:
        marks.setdefault(sentence, mark)
    spans: list[AdvertSpan] = []
    for at in sorted(marks):
        kind, reason = marks[at]
        if spans and spans[-1].kind == kind and spans[-1].last == at - 1:
            spans[-1] = replace(spans[-1], last=at)
        else:
            spans.append(AdvertSpan(at, at, reason, kind))
    return tuple(spans)


def _chapter_marks(
    sentences: Sequence[Sentence], chapters: Sequence[Chapter], duration_seconds: float | None
) -> Iterator[tuple[int, Mark]]:
    ordered = sorted(chapters, key=lambda chapter: chapter.start_seconds)
    ends = [*(chapter.start_seconds for chapter in ordered[1:]), duration_seconds or float("inf")]
    for chapter, end in zip(ordered, ends, strict=False):
        if not AD_CHAPTER.fullmatch(chapter.title) or end - chapter.start_seconds > CHAPTER_SECONDS:
            continue
        for at, sentence in enumerate(sentences):
            if sentence.start_seconds is not None and chapter.start_seconds <= sentence.start_seconds < end:
                yield at, Mark("sponsor", f"chapter “{chapter.title}”")


def _ruled_marks(
    sentences: Sequence[Sentence], similarity: NDArray[np.floating[Any]] | None, duration_seconds: float | None
) -> Iterator[tuple[int, Mark]]:
    nearness = np.zeros(len(sentences)) if similarity is None else np.asarray(similarity, dtype=np.float64)
    yield from sponsor_marks(sentences, nearness)
    yield from promotion_marks(sentences, nearness, duration_seconds)


def _scored_marks(
    sentences: Sequence[Sentence], vectors: NDArray[np.floating[Any]], duration_seconds: float | None
) -> Iterator[tuple[int, Mark]]:
    if not sentences:
        return
    texts = [sentence.text for sentence in sentences]
    turns = [sentence.turn for sentence in sentences]
    scores = _placed_scores(sentences, score_sentences(texts, vectors, turns), duration_seconds)
    opens = [bool(OPENING.search(text) or BREAK.search(text)) for text in texts]
    returns = [bool(BACK.search(text)) for text in texts]
    for run in (*find_runs(scores, turns, opens, returns), *_offers(sentences, scores)):
        reason = _reason(texts[run.first : run.last + 1], run)
        if reason:
            first, last = _without_answers(texts, turns, *_with_brand(texts, scores, returns, run))
            yield from ((at, Mark(_KINDS[run.kind], reason)) for at in range(first, last + 1))
    for table in (OPENING, CLOSING, BOILERPLATE, BREAK):
        for at, cue in find_cues(sentences, table, range(len(sentences))).items():
            if scores[at, (SPONSOR, OWN)].max() > (LEAST_SCORE if table is not BREAK else LEAST_BREAK_SCORE):
                yield at, Mark("sponsor", cue)


def _offers(sentences: Sequence[Sentence], scores: NDArray[np.float64]) -> Iterator[Run]:
    """Sentences with two phrases of adverts that the model takes for one too: an address and what is free there."""
    for at in find_doubles(sentences, find_cues(sentences, SHARED, range(len(sentences)))):
        if scores[at, SPONSOR] > LEAST_OFFER_SCORE and scores[at].argmax() == SPONSOR:
            yield Run(at, at, SPONSOR, ANCHORED_WORTH)


def _with_brand(texts: Sequence[str], scores: NDArray[np.float64], returns: Sequence[bool], run: Run) -> tuple[int, int]:
    """A read's first and last sentence, stretched to where its brand is named if that is not plainly talk."""
    if run.kind != SPONSOR:
        return run.first, run.last
    low, high = reach_of_brands(texts, run.first, run.last)
    sells = scores[:, (SPONSOR, OWN)].max(axis=1)
    if any(returns[low : run.first]) or (low < run.first and sells[low : run.first].mean() < LEAST_STRETCH):
        low = run.first
    if any(returns[run.last : high]) or (high > run.last and sells[run.last + 1 : high + 1].mean() < LEAST_STRETCH):
        high = run.last
    return low, high


def _without_answers(texts: Sequence[str], turns: Sequence[int], first: int, last: int) -> tuple[int, int]:
    """A run without what others say before its first phrase and after its last, and without the question that ends it.

    A guest's last words before a read, and the question after it, sound like the read to a model of neighbourhoods.
    """
    cued = [at for at in range(first, last + 1) if any(cue.search(texts[at]) for cue in _SELLING)]
    if not cued:
        return first, last
    while turns[first] != turns[cued[0]]:
        first += 1
    while turns[last] != turns[cued[-1]]:
        last -= 1
    while last > cued[-1] and texts[last].endswith("?"):
        last -= 1
    return first, last


_SELLING = (OPENING, CLOSING, BOILERPLATE, SHARED, BREAK, PROMOTION, GREETING, GOODBYE, CREDITS, LAST_WORDS)
_KINDS: dict[int, Kind] = {SPONSOR: "sponsor", OWN: "self-promotion", INTRO: "intro", OUTRO: "outro"}
_ANCHORS = {
    SPONSOR: (OPENING, CLOSING, BOILERPLATE, SHARED, BREAK, PROMOTION),
    OWN: (PROMOTION, SHARED, OPENING, CLOSING, BOILERPLATE, LAST_WORDS),
    INTRO: (GREETING, OPENING),
    OUTRO: (CREDITS, GOODBYE, LAST_WORDS, PROMOTION, SHARED),
}


def _reason(texts: Sequence[str], run: Run) -> str | None:
    """What speaks for a run, or None if too little does."""
    for table in _ANCHORS[run.kind]:
        for text in texts:
            cue = table.search(text)
            if cue:
                return f"“{cue.group()}”" if run.worth >= ANCHORED_WORTH else None
    is_long = run.last - run.first + 1 >= LONE_SENTENCES
    return "sounds like one throughout" if is_long and run.worth >= LONE_WORTH else None


def _placed_scores(
    sentences: Sequence[Sentence], scores: NDArray[np.float64], duration_seconds: float | None
) -> NDArray[np.float64]:
    """The scores, with greetings and goodbyes only where they can be, and likelier at the very edges."""
    placed = scores.copy()
    opening, closing = edges(sentences, duration_seconds)
    first, last = edges(sentences, duration_seconds, BORDER_SENTENCES, BORDER_SECONDS)
    placed[opening, INTRO] += EDGE_BONUS
    placed[closing, OUTRO] += EDGE_BONUS
    placed[len(first) :, INTRO] = -np.inf
    placed[: len(sentences) - len(last), OUTRO] = -np.inf
    return placed
