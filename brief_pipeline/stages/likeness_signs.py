"""What two insights have in common and what tells them apart, as a row of numbers: what the likeness model looks at."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.stages.likeness_amounts import compare_amounts
from brief_pipeline.stages.likeness_stance import compare_leanings, share_turned
from brief_pipeline.stages.likeness_veto import (
    count_antonyms,
    find_denied,
    find_other_name,
    find_other_number,
    find_veto,
    foreign_names,
)
from brief_pipeline.stages.likeness_words import REMEMBERED, Parted, part

Floats = NDArray[np.float64]

UNKNOWN_RARITY = 6.5  # log odds of a stem that the teaching texts do not have
RARE = 5.0  # ... and of one that marks a story


class Told(Protocol):
    """What is looked at of an insight."""

    @property
    def claim(self) -> str: ...
    @property
    def explanation(self) -> str: ...
    @property
    def vector(self) -> NDArray[np.float32]: ...


_CUES = {  # looked for in the later, and in the earlier
    "went on": r"""now|since then|since \w+|a year on|(?:weeks?|months?|years?) (?:later|after|on|ago)|no longer|again|so far
        |(?:this|last) (?:week|month|year|spring|summer|autumn|winter)|is being|will be|next \w+|went back|back to
        |came back|has (?:now|been|begun|just|since|agreed|voted|fallen|risen|dropped|halved|ended)|have (?:now|since|just)
        |came (?:in|out)|from (?:January|February|March|April|May|June|July|August|September|October|November|December)
        |instead of the|up from|down from|slipped|postponed|announced|published|rerun|follow-up|repeated|update|half a year
        |turns out|in the end|finally|at last|after (?:two|three|four|five|six|a|the|its|last)""",
    "perfect": r"""(?:has|have|had)(?: now| just| since| all| also| already| even)? (?:\w+ed|been|gone|cut|put|got|come
        |become|begun|brought|taken|given|made|lost|won|sold|bought|fallen|risen|grown|found|said|told|shut|set|hit)""",
    "disputes": r"""don't (?:buy|believe|think|agree)|doesn't|didn't|isn't|wasn't|aren't|weren't|rather|actually|wrong|myth
        |opposite|nothing|little to do|overstated|exaggerated|no (?:evidence|effect|difference)|never|would have|whatever
        |by contrast|not because|I'd (?:blame|argue|say|keep|take)|came from|comes from|owes|the real|look at|hardly
        |any day|far (?:from|weaker|less|more)|anyway|the other way|just as|in fact|if anything""",
    "another case": r"""too|as well|likewise|same (?:thing|story|pattern|here)|our|elsewhere|another|at (?:a|an) \w+
        |we (?:saw|tried|found|did|had|logged|ran|switched|measured)|when (?:the|a) \w+|one \w+ (?:I|in|of)
        |in a (?:trial|study|survey)""",
    "adds": r"""only (?:if|when|while|works?|because|lasts?|once)|as long as|unless|depends|provided|until|once|except
        |most of|almost (?:entirely|all)|mostly|the catch|condition|even (?:more|so|then)|also|on top|hit|far (?:harder|more)
        |for whom|limit|works? (?:best|only)|what made|helps? (?:only|most)|it's the|is that|by-product|side effect""",
}
_RECALLED = r"""remember|recall|weeks? (?:back|ago)|months? (?:back|ago)|I (?:said|told|mentioned|talked)|we (?:said|told
    |mentioned)|last time|earlier|that same|the same one|so that|update|as promised|originally|used to
    |had (?:been|said|hoped|planned|expected|promised)|(?:was|were) supposed|after all|meanwhile|eventually"""
_MOVED = r"""will|now|from (?:\w+ )?(?:\w+ )?to|up to|down to|already|again|agreed|approved|voted|signed|decided|ruled
    |settled|confirmed|ended|closed|opened|launched|extended|delayed|postponed|slipped|dropped|scrapped|reversed|withdrew
    |resigned|for good|made permanent|(?:a|the|this|last|next) (?:week|month|spring|summer|autumn|fall|winter)
    |(?:first|second|third|final) (?:week|month|quarter|season|year|round|results?)|on (?:Mon|Tues|Wednes|Thurs|Fri)day
    |results?|numbers are|figures|came in|is out|are out|instead|no longer|stopped|started|has (?:just|now|since)
    |have (?:just|now|since)|since"""
_LINE_END = re.compile(r"\n *")
CUES = tuple(re.compile(rf"\b(?:{_LINE_END.sub('', listed)})\b", re.IGNORECASE) for listed in _CUES.values())
_RECALLS, _MOVES = (re.compile(rf"\b(?:{_LINE_END.sub('', listed)})\b", re.IGNORECASE) for listed in (_RECALLED, _MOVED))

SIGNS = (
    "cosine", "cosine around the mean",
    "shared", "shared of later", "shared of earlier", "shared claims", "shared claim of later", "shared claim of earlier",
    "rarest shared", "rare shared", "rare only earlier", "rare only later", "letters", "letters of claims", "pairs of words",
    "names shared", "names only earlier", "names only later", "names both only", "names of claims differ",
    "amounts agree", "amounts clash", "amounts unlike", "amounts only earlier", "amounts only later",
    "amounts of claims clash", "denied", "denied in claims", "denials differ", "antonyms",
    *(f"later {name}" for name in _CUES), *(f"earlier {name}" for name in _CUES),
    "length", "no explanation", "short",
    "lean of claims to more", "lean of claims to good", "lean to more", "lean to good", "turned in claims", "turned",
    "one claim denies", "antonyms of claims", "later claim goes on", "later recalls", "later moves", "later claim moves",
    "names of later claim shared", "rare of later claim shared", "other amount of claims", "vetoed",
)  # fmt: skip


@lru_cache(REMEMBERED)
def _letters(text: str) -> dict[str, float]:
    plain = f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
    counted = Counter(plain[at : at + 4] for at in range(len(plain) - 3))
    length = math.sqrt(sum(count * count for count in counted.values())) or 1.0
    return {gram: count / length for gram, count in counted.items()}


@lru_cache(REMEMBERED)
def _cues(text: str) -> tuple[float, ...]:
    return tuple(min(3.0, len(cue.findall(text))) for cue in CUES)


def _more_of(cue: re.Pattern[str], text: str, other: str) -> float:
    """How many more of these cues a text has than the other, -1 to 1."""
    return max(-3, min(3, len(cue.findall(text)) - len(cue.findall(other)))) / 3


def _dot(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    short, long = sorted((left, right), key=len)
    return sum(value * long.get(key, 0.0) for key, value in short.items())


class Describer:
    """Describes pairs, given how rare each stem is (log odds)."""

    def __init__(self, rarity: Mapping[str, float], mean: NDArray[np.floating]) -> None:
        self._rarity = rarity
        self._mean = np.asarray(mean, np.float64)

    def describe(self, pairs: Sequence[tuple[Told, Told]]) -> Floats:
        """A row a pair, a column a sign."""
        rows = np.zeros((len(pairs), len(SIGNS)))
        for at, (earlier, later) in enumerate(pairs):
            rows[at] = [*self._meaning(earlier, later), *self._words(earlier, later)]
        return rows

    def _meaning(self, earlier: Told, later: Told) -> list[float]:
        return [float(earlier.vector @ later.vector), float(self._centre(earlier.vector) @ self._centre(later.vector))]

    def _centre(self, vector: NDArray[np.float32]) -> Floats:
        moved = vector - self._mean
        return np.asarray(moved / (np.linalg.norm(moved) or 1.0), np.float64)

    def _words(self, earlier: Told, later: Told) -> list[float]:
        text_e, text_l = text_of(earlier), text_of(later)
        early, late = part(text_e), part(text_l)
        claim_e, claim_l = part(earlier.claim), part(later.claim)
        shared = sorted((self._rare(word) for word in early.content & late.content), reverse=True)
        names_e, names_l = foreign_names(early, text_l), foreign_names(late, text_e)
        amounts = compare_amounts(early.amounts, late.amounts)
        cues_e, cues_l = _cues(text_e), _cues(text_l)
        return [
            *self._overlap(early.content, late.content),
            *self._overlap(claim_e.content, claim_l.content),
            shared[0] / UNKNOWN_RARITY if shared else 0.0,
            min(6, sum(rarity >= RARE for rarity in shared)) / 6,
            min(8, sum(self._rare(word) >= RARE for word in early.content - late.content)) / 8,
            min(8, sum(self._rare(word) >= RARE for word in late.content - early.content)) / 8,
            _dot(_letters(text_e), _letters(text_l)),
            _dot(_letters(earlier.claim), _letters(later.claim)),
            _shared_pairs(early, late),
            min(3, len(early.names) - len(names_e)) / 3,
            min(3, len(names_e)) / 3,
            min(3, len(names_l)) / 3,
            float(bool(names_e) and bool(names_l)),
            float(bool(find_other_name(earlier.claim, text_e, later.claim, text_l))),
            *(min(3, count) / 3 for count in amounts),
            min(3, compare_amounts(claim_e.amounts, claim_l.amounts)[1]) / 3,
            float(bool(find_denied(early, late))),
            float(bool(find_denied(claim_e, claim_l))),
            float((early.denials - late.denials) % 2),
            min(2, count_antonyms(text_e, text_l)) / 2,
            *(cue / 2 for cue in (*cues_l, *cues_e)),
            math.log((late.word_count + 1) / (early.word_count + 1)),
            float(not earlier.explanation or not later.explanation),
            float(min(early.word_count, late.word_count) < 15),
            *compare_leanings(earlier.claim, later.claim),
            *compare_leanings(text_e, text_l),
            share_turned(earlier.claim, later.claim),
            share_turned(text_e, text_l),
            float((claim_e.denials - claim_l.denials) % 2),
            min(2, count_antonyms(earlier.claim, later.claim)) / 2,
            _cues(later.claim)[0] / 2,
            _more_of(_RECALLS, text_l, text_e),
            _more_of(_MOVES, text_l, text_e),
            _more_of(_MOVES, later.claim, earlier.claim),
            min(3, len(claim_l.names) - len(foreign_names(claim_l, text_e))) / 3,
            min(4, sum(self._rare(word) >= RARE for word in early.content & claim_l.content)) / 4,
            float(find_other_number(earlier.claim, text_e, later.claim, text_l) is not None),
            float(find_veto(earlier.claim, earlier.explanation, later.claim, later.explanation) is not None),
        ]

    def _rare(self, stem: str) -> float:
        return self._rarity.get(stem, UNKNOWN_RARITY)

    def _overlap(self, left: frozenset[str], right: frozenset[str]) -> tuple[float, float, float]:
        both = sum(map(self._rare, left & right))
        of_left, of_right = sum(map(self._rare, left)), sum(map(self._rare, right))
        return (
            both / max(of_left + of_right - both, 1e-9),
            both / max(of_right, 1e-9),
            both / max(of_left, 1e-9),
        )


def text_of(told: Told) -> str:
    """The whole of what was said."""
    return f"{told.claim} {told.explanation}".strip()


def _shared_pairs(early: Parted, late: Parted) -> float:
    """The share of neighbouring content words that the other has side by side too."""
    left, right = set(zip(early.stems, early.stems[1:], strict=False)), set(zip(late.stems, late.stems[1:], strict=False))
    return len(left & right) / max(1, min(len(left), len(right)))
