"""What phrases and nearness to written examples alone tell about adverts, for models without weights.

A phrase that only an advert has is enough ("this episode is brought to you by"); a phrase that adverts share with talk
("free trial", "link in the show notes") counts only in a sentence that is near the examples in PROTOTYPES.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.records import Sentence
from brief_pipeline.stages.advert_phrases import (
    BACK,
    BOILERPLATE,
    CLOSING,
    DENIAL,
    GOODBYE,
    GREETING,
    LAST_WORDS,
    OPENING,
    PROMOTION,
    SHARED,
)

Kind = Literal["sponsor", "self-promotion", "intro", "outro"]

PROTOTYPES = (
    "This episode is brought to you by our sponsor, the easiest way to run your team's projects.",
    "Go to their website today and use our code at checkout to get twenty percent off your first order.",
    "Sign up now for a free trial, no credit card required.",
    "Thanks to our friends at the company for supporting the show.",
    "They deliver healthy meals right to your door every week, and listeners get free shipping.",
    "I have been using this product for months, and I love how easy it is; you should try it yourself.",
    "Build, deploy and scale your applications on their cloud platform, with pricing that starts at five dollars a month.",
    "Visit the link in the show notes to learn more and to claim your special offer.",
    "Their mattress comes with a hundred-night trial and a money-back guarantee.",
    "Download the app for free and protect your data with a secure virtual private network.",
    "Now a quick word from our sponsor, who makes hiring great people simple.",
    "Trusted by thousands of companies, it helps developers ship faster; get started for free today.",
)

NEAR_COSINE = 0.35  # how near to a prototype a sentence with a shared phrase must be
LONE_COSINE = 0.45  # ... and if no other cue is about: at 0.35 a lone phrase was an advert in 3 cases of 7
DOUBLE_COSINE = 0.25  # ... and if it holds two different ones ("15 percent off" and an address read out)
REACH = 6  # sentences between two cues of one advert
READ_SENTENCES = 15  # about 90 s: how far a read may go on after its last strong cue
EDGE_SENTENCES = 15  # where greetings and goodbyes are looked for ...
EDGE_SECONDS = 120.0  # ... and no further in than this, where times are known


class Mark(NamedTuple):
    """What a sentence is held for, and why."""

    kind: Kind
    reason: str


def sponsor_marks(sentences: Sequence[Sentence], nearness: NDArray[np.float64]) -> Iterator[tuple[int, Mark]]:
    everywhere = range(len(sentences))
    opening, closing, shared = (find_cues(sentences, table, everywhere) for table in (OPENING, CLOSING, SHARED))
    strong = (
        find_cues(sentences, BOILERPLATE, everywhere)
        | closing
        | opening
        | {at: shared[at] for at in find_doubles(sentences, shared) if nearness[at] >= DOUBLE_COSINE}
    )
    is_near = nearness >= NEAR_COSINE
    near = {at: reason for at, reason in shared.items() if is_near[at]}
    cues = strong | {
        at: reason for at, reason in near.items() if nearness[at] >= LONE_COSINE or _has_neighbour(at, strong | near)
    }
    for first in opening:
        last = _end_of_read(sentences, first, is_near, shared)
        yield from ((at, Mark("sponsor", opening[first])) for at in range(first, last + 1))
    yield from _joined_marks(sentences, cues, "sponsor")


def find_cues(sentences: Sequence[Sentence], table: re.Pattern[str], inside: range) -> dict[int, str]:
    """The sentences with one of these phrases, each with the phrase as it is said."""
    found = {at: table.search(sentences[at].text) for at in inside}
    return {at: f"“{cue.group()}”" for at, cue in found.items() if cue and not DENIAL.search(sentences[at].text)}


def find_doubles(sentences: Sequence[Sentence], shared: Iterable[int]) -> Iterator[int]:
    """The sentences with two different phrases that adverts share with talk."""
    for at in shared:
        if len({cue.group().lower() for cue in SHARED.finditer(sentences[at].text)}) > 1:
            yield at


def _end_of_read(sentences: Sequence[Sentence], first: int, is_near: NDArray[np.bool_], shared: Container[int]) -> int:
    """The last sentence of the read that a strong cue opens: of its turn if that ends soon, else the last that sells.

    One near sentence without a cue does not sell: talk about the show itself is near too. Two in a row do.
    """
    last = first
    for at in range(first + 1, min(first + READ_SENTENCES, len(sentences))):
        if BACK.search(sentences[at].text):
            return last
        if sentences[at].turn != sentences[first].turn:
            return at - 1
        if at in shared or (at - last <= REACH and is_near[at] and is_near[at - 1]):
            last = at
    return last


def _has_neighbour(at: int, cues: Iterable[int]) -> bool:
    return any(0 < abs(at - other) <= REACH for other in cues)


def _joined_marks(sentences: Sequence[Sentence], cues: Mapping[int, str], kind: Kind) -> Iterator[tuple[int, Mark]]:
    """The sentences with a cue, and those between two cues that stand near each other."""
    ordered = sorted(cues)
    for at in ordered:
        yield at, Mark(kind, cues[at])
    for left, right in pairwise(ordered):
        between = range(left + 1, right)
        if right - left <= REACH and not any(BACK.search(sentences[at].text) for at in between):
            yield from ((at, Mark(kind, cues[left])) for at in between)


def promotion_marks(
    sentences: Sequence[Sentence], nearness: NDArray[np.float64], duration_seconds: float | None
) -> Iterator[tuple[int, Mark]]:
    """The show's own promotion: at the edges by a phrase alone, elsewhere by two phrases that are near the examples."""
    is_near = nearness >= NEAR_COSINE
    opening, closing = edges(sentences, duration_seconds)
    cues = find_cues(sentences, PROMOTION, range(len(sentences)))
    sure = {
        at: reason
        for at, reason in cues.items()
        if at in opening or at in closing or (is_near[at] and _has_neighbour(at, cues))
    }
    yield from _joined_marks(sentences, sure, "self-promotion")


def edge_marks(sentences: Sequence[Sentence], duration_seconds: float | None) -> Iterator[tuple[int, Mark]]:
    opening, closing = edges(sentences, duration_seconds)
    greetings = find_cues(sentences, GREETING, opening)
    goodbyes = find_cues(sentences, GOODBYE, closing)
    yield from _joined_marks(sentences, greetings, "intro")
    yield from _joined_marks(sentences, goodbyes, "outro")
    for first in (at for at in closing if LAST_WORDS.search(sentences[at].text)):
        yield from ((at, Mark("outro", "after the last words to the listener")) for at in range(first, len(sentences)))


def edges(
    sentences: Sequence[Sentence],
    duration_seconds: float | None,
    most_sentences: int = EDGE_SENTENCES,
    most_seconds: float = EDGE_SECONDS,
) -> tuple[range, range]:
    """The sentences at the beginning and at the end of an episode; at most a quarter of it each."""
    reach = min(most_sentences, len(sentences) // 4)
    opening, closing = 0, len(sentences)
    end = duration_seconds or (sentences[-1].end_seconds if sentences else None)
    while opening < reach and (sentences[opening].start_seconds or 0.0) <= most_seconds:
        opening += 1
    while closing > len(sentences) - reach and _is_late(sentences[closing - 1].start_seconds, end, most_seconds):
        closing -= 1
    return range(opening), range(closing, len(sentences))


def _is_late(start: float | None, end: float | None, most_seconds: float) -> bool:
    return start is None or end is None or end - start <= most_seconds
