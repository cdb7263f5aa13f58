"""How insights suit a listener: what they care about, what they do not, and what they found useful before.

All three compare vectors; the limits are of MiniLM's, measured on 546 insights of 55 days of real shows and on the demo.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.stages.claim_phrases import STOP_WORDS

Floats = NDArray[np.floating]
Indices = NDArray[np.int64]

# Cosine of a sentence of interest and an insight: strangers stay below the first (nine in ten are under 0.19), half of what
# is on the subject lies above the second.
FAR, NEAR = 0.20, 0.50
PART_WEIGHT = 0.90  # of a part's cosine: short phrases come near to more. Precision at 10 .78 for none, .82 here, .80 for 1
NAMED = 0.38  # at least, where an insight says a name that is a part of its own: MiniLM knows few names of people and firms
NAME_WORDS = 3
MARGIN = 0.10  # nearer to a dislike than to any interest by so much, it is the dislike's alone; and the other way round

# Cosine of two insights: of one subject in other words they lie at 0.3 to 0.6, strangers below 0.2.
SUBJECT_FAR, SUBJECT_NEAR = 0.28, 0.50
CLUSTER = 0.25  # verdicts of one kind so near each other are about one subject
ONE_VERDICT = 0.5  # how far one verdict goes; two of one subject go 0.75 of the way, three 0.875
ITSELF = 0.95
SMALLEST = 1e-6

_CUTS = re.compile(r"[,;:/](?:\s|$)|\s*[()，、；：。]\s*|[.!?]+(?:\s+(?=[A-ZÀ-Þ])|$)|\s[-–—]\s|(?i:\b(?:and|or|but)\b)")
# What a sentence takes back: its vector would come near to it all the same.
_EXCEPT = re.compile(
    r"(?i)(?:[,;(]\s*(?:but\s+|and\s+)?|\b(?:but|and)\s+)(?:not|no|never|nothing)\b[^,;.!?)]*\)?"
    r"|[,;(]?\s*\b(?:except|excluding|rather than|instead of|apart from|other than)\b[^,;.!?)]*\)?"
)
_WORD = re.compile(r"[^\W_][\w'’.+#-]*")
# Words that say how, not what: a part that holds nothing else is no subject. Go is one (a language).
_EMPTY = STOP_WORDS - {"go"} | {"anything", "everything", "interesting", "moved", "new", "news", "paid", "stuff", "works"}


@dataclass(frozen=True, slots=True)
class Match:
    """How near each of n insights is to a listener's sentences."""

    nearness: Floats  # n, the cosine to the nearest phrase, less for a part, more for a name that is said
    cosine: Floats  # n, to that phrase
    which: Indices  # n, index of the sentence that it is of

    @property
    def strength(self) -> Floats:
        """0 to 1: 0 for strangers, 1 for what is on the subject."""
        strength: Floats = np.clip((self.nearness - FAR) / (NEAR - FAR), 0, 1)
        return strength


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a listener's verdicts say of each of n insights."""

    value: Floats  # n, -1 to 1
    cosine: Floats  # n, to the rated insight that weighs most
    which: Indices  # n, its index


def list_phrases(sentence: str) -> list[str]:
    """The sentence, less what it takes back, and, where it is a list of subjects, each of them.

    >>> list_phrases("Grid batteries, and what data centres do to power bills.")
    ['Grid batteries, and what data centres do to power bills.', 'Grid batteries', 'what data centres do to power bills']
    >>> list_phrases("Night buses, but not their timetables.")
    ['Night buses.']
    """
    said = " ".join(sentence.split())
    whole = " ".join(_EXCEPT.sub("", said).split())
    parts = [part.strip(" \"'“”‘’") for part in _CUTS.split(whole)]
    told = [part for part in parts if any(word.casefold() not in _EMPTY for word in _WORD.findall(part))]
    if not told:
        return [said]
    return list(dict.fromkeys([whole, *told])) if len(told) > 1 else [whole]


def match_sentence(phrases: Sequence[str], cosines: Floats, texts: Sequence[str]) -> Match:
    """How near n insights, by their texts, are to one sentence, by its phrases. `cosines`: of both (n x phrases).

    >>> match = match_sentence(["Night buses"], np.array([[0.35], [0.05]]), ["Buses run late.", "Cells are cheap."])
    >>> match.strength.round(2).tolist()
    [0.5, 0.0]
    """
    nearness = cosines * np.array([1.0] + [PART_WEIGHT] * (len(phrases) - 1))
    for place, phrase in enumerate(phrases):
        if pattern := _name_pattern(phrase, is_first=place < 2):
            is_named = np.array([bool(pattern.search(text)) for text in texts], bool)
            nearness[:, place] = np.where(is_named, np.maximum(nearness[:, place], NAMED), nearness[:, place])
    rows, best = np.arange(len(nearness)), np.argmax(nearness, axis=1)
    return Match(nearness[rows, best], cosines[rows, best], np.zeros(len(nearness), np.int64))


def _name_pattern(phrase: str, is_first: bool) -> re.Pattern[str] | None:
    """What finds a name in a text; None where the phrase is none.

    Any word that begins a sentence has a capital, so a word that begins one of the listener's must have it in mid-sentence.

    >>> bool(_name_pattern("Go", True).search("Written in Go.")), bool(_name_pattern("Go", True).search("Go home."))
    (True, False)
    >>> bool(_name_pattern("Port Calder", True).search("Port Calder keeps its trams."))
    True
    >>> _name_pattern("night buses", False)
    """
    words = phrase.strip(" .").split()
    if not 1 <= len(words) <= NAME_WORDS or not all(any(map(str.isupper, word)) for word in words):
        return None
    is_plain = is_first and len(words) == 1 and not any(map(str.isupper, words[0][1:]))
    before = r"(?<=[\w,;)%’'] )" if is_plain else r"(?<!\w)"
    return re.compile(before + r"\s+".join(map(re.escape, words)) + r"(?!\w)")


def find_best(matches: Sequence[Match]) -> Match | None:
    """Of several sentences the one nearest to each insight: `which` says its index. None where there is none."""
    if not matches:
        return None
    nearness = np.stack([match.nearness for match in matches])
    which = np.argmax(nearness, axis=0)
    rows = np.arange(nearness.shape[1])
    return Match(nearness[which, rows], np.stack([match.cosine for match in matches])[which, rows], which)


def weigh_interest(interest: Match, lesson: Lesson | None) -> Floats:
    """How much each insight is what the listener cares about, 0 to 1.

    Verdicts know better than a sentence written in advance: what they speak against loses as much of its interest.
    """
    return interest.strength if lesson is None else interest.strength * (1 + np.minimum(lesson.value, 0))


def weigh_dislike(dislike: Match, interest: Match | None) -> Floats:
    """How much each insight is what the listener does not care about, 0 to 1.

    What is nearer to something they do care about is not punished for its neighbourhood.
    """
    if interest is None:
        return dislike.strength
    share = np.clip((dislike.nearness - interest.nearness + MARGIN) / (2 * MARGIN), 0, 1)
    return dislike.strength * share


def learn_verdicts(cosines: Floats, between: Floats, verdicts: Sequence[int]) -> Lesson | None:
    """What verdicts (1 useful, -1 not) on m insights say of n others; None where there are none.

    `cosines`: of the n and the m (n x m); `between`: of the m with each other. One verdict speaks for what is very near it,
    and goes half of the way. Several of one kind on one subject speak for the subject: what they have in common is their
    mean (Rocchio 1971), in which what is special to each averages out.

    >>> both = np.array([[1.0, 0.4], [0.4, 1.0]])
    >>> learn_verdicts(np.array([[0.4, 0.4], [0.0, 0.1]]), both, [-1, -1]).value.round(2).tolist()
    [-0.68, 0.0]
    >>> learn_verdicts(np.array([[0.4], [0.0]]), both[:1, :1], [-1]).value.round(2).tolist()
    [-0.27, 0.0]
    """
    if not verdicts:
        return None
    signs = np.asarray(verdicts)
    is_near = (between >= CLUSTER) & (signs[:, None] == signs[None, :]) | np.eye(len(signs), dtype=bool)
    members = is_near.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", members @ between, members))  # of the sum of each one's neighbours
    reach = 1 - (1 - ONE_VERDICT) ** is_near.sum(axis=1)
    subject = _ramp(cosines @ members.T / np.maximum(lengths, SMALLEST)) * reach
    alone = np.where(cosines >= ITSELF, 1.0, _ramp(cosines) * ONE_VERDICT)
    weights = np.maximum(subject, alone)  # n x m
    liked, disliked = (np.where(signs == sign, weights, 0.0).max(axis=1) for sign in (1, -1))
    value = liked - disliked
    # Of the cluster that weighs most the one that is nearest explains it.
    is_of_sign = signs[None, :] == np.where(value < 0, -1, 1)[:, None]
    which = np.argmax(np.where(is_of_sign, weights + SMALLEST * cosines, -1.0), axis=1)
    return Lesson(value, cosines[np.arange(len(cosines)), which], which)


def _ramp(cosines: Floats) -> Floats:
    risen: Floats = np.clip((cosines - SUBJECT_FAR) / (SUBJECT_NEAR - SUBJECT_FAR), 0, 1)
    return risen
