"""Whether two insights say the same, contradict each other, the later goes on from the earlier, or none of these.

Cosines alone cannot tell: rewrites of one note and near misses both lie around 0.78 to 0.90. Small trained models (a
regression and trees, data/likeness/teach.py) weigh many signs (likeness_signs) and give chances; what differs in a number,
a name, a denial or a direction forbids a merge on top of them (likeness_veto), whatever the chance, and so does a number, a
name or a denial that only one of the two has (likeness_gap).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.stages.claim_phrases import STOP_WORDS
from brief_pipeline.stages.likeness_amounts import unmatched
from brief_pipeline.stages.likeness_gap import are_copies, find_gap, find_odd_denial
from brief_pipeline.stages.likeness_model import Chances, chances, describer
from brief_pipeline.stages.likeness_signs import text_of
from brief_pipeline.stages.likeness_story import find_move
from brief_pipeline.stages.likeness_veto import count_antonyms, find_veto, foreign_names
from brief_pipeline.stages.likeness_words import REMEMBERED, part
from brief_pipeline.stages.opposition import word_overlap

TRAINED_ON = "all-MiniLM-L6-v2"  # the embedding model
ALONE_FROM = 0.94  # cosine from which on vectors of another model, or another language, speak for a repeat
LEAST_ENGLISH = 0.18  # share of stop words: English talk has 0.3 to 0.6
HARDLY = 0.15  # all three chances together below it: not worth a closer look (it loses one repeat in a thousand)

Verdict = Literal["same", "follow_up", "contradicts", "other"]

# The least chances, with the comparer's rows and without, chosen on stories of sets not learned from, with 17 traps to each
# repeat: of "same" 91 in 100 are right on the set held out, of "follow_up" 4 in 5, of "contradicts" 9 in 10.
_FROM: dict[bool, dict[Verdict, float]] = {
    True: {"same": 0.5, "follow_up": 0.65, "contradicts": 0.85},
    False: {"same": 0.7, "follow_up": 0.7, "contradicts": 0.85},
}
SAME_FLOOR = 0.5  # cosine below which chance alone makes no repeat: there pairs are many and repeats few
TURNED_TWICE, TURNED_FROM = 2, 0.4  # two opposites cancel out: "works only if you cut it" is "fails if you keep it"
MOVED_FROM = 0.1  # chance of "same" or "follow_up" from which on a figure that moved makes a follow-up
MOST_OPPOSED = 0.15  # chance of "contradicts" from which on nothing is merged that is not all but word for word
_WORDED: dict[Verdict, str] = {
    "same": "says the same",
    "follow_up": "goes on from it",
    "contradicts": "says the opposite",
    "other": "something else",
}


@dataclass(frozen=True, eq=False)
class Said:
    """An insight, as it is compared."""

    claim: str
    explanation: str
    vector: NDArray[np.float32]  # of the claim and the explanation together, a unit vector


@dataclass(frozen=True)
class Likeness:
    """What an earlier insight and a later one are to each other."""

    same: float  # chances, 0 to 1; the rest to 1 is "other"
    follow_up: float
    contradicts: float
    verdict: Verdict
    conflict: str | None  # what forbids a merge: "number: 17 against 11"
    word_overlap: float
    reason: str


def weigh(
    pairs: Sequence[tuple[Said, Said]], model: str, alignment: NDArray[np.floating[Any]] | None = None
) -> list[Likeness]:
    """The likeness of each pair (earlier, later), in their order.

    `model` made the vectors. `alignment` is what the comparer of engines/minilm says of the same pairs, a row a pair;
    without it about half as many repeats are found, as surely. Vectors of a model other than TRAINED_ON, and other
    languages than English: "same" for what is all but word for word the same, else "other".
    """
    weighed = [None if model == TRAINED_ON and _is_english_pair(pair) else _judge_unknown(*pair) for pair in pairs]
    known = [at for at, likeness in enumerate(weighed) if likeness is None]
    if known:
        signs = describer().describe([pairs[at] for at in known])
        given = chances(signs, None if alignment is None else np.asarray(alignment)[known])
        least = _FROM[alignment is not None]
        for at, row in zip(known, given, strict=True):
            weighed[at] = _judge(*pairs[at], row, least)
    return [likeness for likeness in weighed if likeness is not None]


def worth_comparing(weighed: Likeness) -> bool:
    """Whether a pair that was weighed without the comparer may be anything but "other"."""
    return weighed.same + weighed.follow_up + weighed.contradicts >= HARDLY


def _judge(early: Said, late: Said, row: Chances, least: dict[Verdict, float]) -> Likeness:
    _, same, follow_up, contradicts = (float(chance) for chance in row)
    conflict = find_veto(early.claim, early.explanation, late.claim, late.explanation)
    gap = find_gap(early.claim, early.explanation, late.claim, late.explanation)
    if conflict is None and are_copies(text_of(early), text_of(late)):
        # Where one copy begins or ends a word earlier, it may lack a number; but not a denial.
        conflict, gap = find_odd_denial(early.claim, early.explanation, late.claim, late.explanation), None
        same, follow_up, contradicts = (1.0, 0.0, 0.0) if conflict is None else (same, follow_up, contradicts)
    verdict: Verdict = "other"
    moved = find_move(text_of(early), text_of(late)) if same >= MOVED_FROM or follow_up >= MOVED_FROM else None
    if same >= TURNED_FROM and count_antonyms(early.claim, late.claim) == TURNED_TWICE:
        least = least | {"same": TURNED_FROM}
    cosine = float(early.vector @ late.vector)
    is_near = cosine >= ALONE_FROM or (cosine >= SAME_FLOOR and contradicts < MOST_OPPOSED)
    if moved:
        verdict, conflict = "follow_up", f"moved: {moved}"
    elif conflict is None and gap is None and (same == 1.0 or (same >= least["same"] and is_near)):
        verdict = "same"
    elif follow_up >= least["follow_up"]:
        verdict = "follow_up"
    elif contradicts >= least["contradicts"]:
        verdict = "contradicts"
    return _told(early, late, (same, follow_up, contradicts), verdict, conflict, gap if same >= least["same"] else None)


def _judge_unknown(early: Said, late: Said) -> Likeness:
    conflict = find_veto(early.claim, early.explanation, late.claim, late.explanation)
    figures = [sorted(re.findall(r"\d+", text_of(said))) for said in (early, late)]
    if conflict is None and figures[0] != figures[1]:
        conflict = f"number: {' '.join(figures[0]) or 'none'} against {' '.join(figures[1]) or 'none'}"
    is_near = early.vector.shape == late.vector.shape and float(early.vector @ late.vector) >= ALONE_FROM
    is_same = conflict is None and (is_near or are_copies(text_of(early), text_of(late)))
    return _told(early, late, (float(is_same), 0.0, 0.0), "same" if is_same else "other", conflict)


def _told(
    early: Said,
    late: Said,
    given: tuple[float, float, float],
    verdict: Verdict,
    conflict: str | None,
    gap: str | None = None,
) -> Likeness:
    overlap = word_overlap(text_of(early), text_of(late))
    same, follow_up, contradicts = (round(chance, 4) for chance in given)
    chance = {"same": same, "follow_up": follow_up, "contradicts": contradicts}.get(verdict, 1 - sum(given))
    reason = "; ".join([f"{_WORDED[verdict]} ({chance:.2f})", *_shared(early, late), *([conflict] if conflict else [])])
    reason += f"; only one has {gap}" if gap and not conflict else ""
    return Likeness(same, follow_up, contradicts, verdict, conflict, round(overlap, 4), reason)


def _shared(early: Said, late: Said) -> list[str]:
    """The names and numbers of the later that the earlier has too, for a reader."""
    mine, other = part(text_of(late)), part(text_of(early))
    strangers, unlike = foreign_names(mine, text_of(early)), unmatched(mine.amounts, other.amounts)
    names = [name for name in mine.names if name not in strangers]
    amounts = [a.shown for a in mine.amounts if a not in unlike and a.unit != "a time"]
    both = list(dict.fromkeys([*names, *amounts]))
    return [f"both: {', '.join(both)}"] if both else []


def _is_english_pair(pair: tuple[Said, Said]) -> bool:
    return all(_is_english(text_of(said)) for said in pair)


@lru_cache(REMEMBERED)
def _is_english(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+(?:['’][a-z]+)?", text.lower())
    return not words or sum(word in STOP_WORDS for word in words) >= LEAST_ENGLISH * len(words)
