"""What a text denies, each denial with the words it speaks of, so that those of two texts can be set against each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from brief_pipeline.stages.likeness_words import INSTEAD, REMEMBERED, SCOPE, is_content, part, stem
from brief_pipeline.stages.opposition import normalise_denials

NAMED = 2  # content words after "rather than" that name what is set aside
BEFORE = 3  # content words before a denial that it may speak of: "the ocean is not there"

_DENIES = (
    r"not|no|never|none|nobody|nothing|nowhere|neither|hardly|barely|rarely|seldom|scarcely|unable"
    r"|lack(?:s|ed|ing)?|fail(?:s|ed|ing)? to|refus(?:es?|ed|ing)"
)
# Words that hold a denial: "banned" is "may no longer", "a mistake" is "do not".
_IMPLIES = (
    r"mistakes?|ban(?:s|ned|ning)?|forbid\w*|forbade|prohibit\w*|outlaw\w*|illegal\w*|prevent\w*|impossible|unlikely"
    r"|(?:(?<=\bis )|(?<=\bbe )|(?<=\bnot )|(?<=\bhardly ))gone"
)
_WHOLLY = (
    r"(?:nobody|no one|none)(?: \w+){0,3} that|myths?|untrue|false|nonsense|not true"
    r"|(?:(?<=\bis )|(?<=\bare )|(?<=\bwas )|(?<=\bnot ))wrong"
)
_ASIDE_MARK = "setaside"
_TOKEN = re.compile(
    rf"[.!?;:,]|(?P<wholly>\b(?:{_WHOLLY})\b)|(?P<denied>\b(?:{_DENIES}|{_IMPLIES})\b)"
    rf"|(?P<aside>\b(?:{_ASIDE_MARK}|without)\b)|[\w'’-]+",
    re.IGNORECASE,
)
_PREFERS = re.compile(r"\b(?:than|in place of|skip(?:s|ped|ping)?|forget)\b", re.IGNORECASE)
# "No review matters as much": the most of all. Not "nobody has found that it costs more than".
_SUPERLATIVE = re.compile(
    r"\b(?:no|nobody|no one|nothing|none|nowhere)\b(?=(?: (?!(?:that|who|which|when|if|before|after)\b)[\w'’-]+){0,5}"
    r" (?:as|so|like|than|except|beats?|match(?:es)?|rivals?)\b)"
    r"|\b(?:not|never)\b(?= (?:\w+ )?any (?:more|less|fewer)\b)",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"\b(?:I kid you not|not (?:kidding|joking)|do not get me wrong|no problem)\b|\bno,", re.IGNORECASE)


@dataclass(frozen=True)
class Denial:
    """A denial, and the stems of the words around it in its clause."""

    shown: str
    before: frozenset[str]
    after: frozenset[str]
    is_whole: bool = False  # "it is a myth that": all that follows is denied
    is_aside: bool = False  # nothing is denied, but set aside: "wells rather than ponds"

    @property
    def aside(self) -> frozenset[str]:
        """What is set aside."""
        return self.after if self.is_aside else frozenset()


@lru_cache(REMEMBERED)
def find_denials(text: str) -> tuple[Denial, ...]:
    """The denials of a text in order.

    >>> [(found.shown, *found.before, sorted(found.after)) for found in find_denials("Ponds never pay, no rain fell")]
    [('never', 'pond', ['pa']), ('no', ['fall', 'rain'])]
    """
    plain = INSTEAD.sub(f" {_ASIDE_MARK} ", _SUPERLATIVE.sub(" ", _EMPTY.sub(" ", normalise_denials(text))))
    found: list[tuple[re.Match[str], int, int]] = []  # each with its clause and its place among the stems
    clause, stems = 0, list[tuple[int, str]]()
    for token in _TOKEN.finditer(plain):
        if not token.group()[0].isalnum():
            clause += 1
        elif token.lastgroup:
            found.append((token, clause, len(stems)))
        elif is_content(token.group()):
            stems.append((clause, stem(token.group())))
    return tuple(
        Denial(
            token.group().lower().replace(_ASIDE_MARK, "rather than"),
            frozenset(s for at, s in stems[max(0, place - BEFORE) : place] if at == own),
            frozenset(s for at, s in stems[place : place + (NAMED if token["aside"] else SCOPE)] if at == own),
            token.lastgroup == "wholly",
            token.lastgroup == "aside",
        )
        for token, own, place in found
    )


def find_unanswered(claim: str, other_claim: str, other_text: str) -> Denial | None:
    """The first denial of a claim that no denial of another insight answers, each answering one.

    Those of its claim answer what they share a word with; those of its explanation, two. What is only set aside needs an
    answer where the other speaks of it too.
    """
    in_claim, in_text = list(find_denials(other_claim)), list(find_denials(other_text))
    spoken_of = part(f"{other_claim} {other_text}").content
    for denial in find_denials(claim):
        if (answer := _find_answer(denial, in_claim, 1)) is not None:
            in_claim.remove(answer)
        elif (answer := _find_answer(denial, in_text, 2)) is not None:
            in_text.remove(answer)
        elif not denial.aside or (denial.aside <= spoken_of and not _PREFERS.search(other_claim)):
            return denial
    return None


def _find_answer(denial: Denial, others: list[Denial], least: int) -> Denial | None:
    """The one that denies most of the same; else one in the very same words, such as "not by much"."""
    best = max(others, key=lambda other: _count_shared(denial, other), default=None)
    if best and _count_shared(denial, best) >= least:
        return best
    return next((other for other in others if other == denial), None)


def _count_shared(left: Denial, right: Denial) -> int:
    """How many words two denials have in common, if one of them is denied: 0 where each denies its own of the same thing."""
    if left.is_whole != right.is_whole:
        return 0
    about = [denial.after if denial.is_aside else denial.before | denial.after for denial in (left, right)]
    is_of_one = bool(left.after & about[1] or right.after & about[0]) or not (left.after or right.after)  # "pumps do not"
    return len(about[0] & about[1]) if is_of_one else 0
