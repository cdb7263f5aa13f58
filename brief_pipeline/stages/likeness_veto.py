"""What forbids that two insights are one: another number for the same thing, another name, a denial, an opposite.

Each is looked for where the two speak of the same, so that "not cheap" against "expensive", "70 percent" against "seven in
ten" or a number that only one of them gives forbid nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import product

from brief_pipeline.stages.likeness_amounts import (
    find_clashes,
    find_clashes_of_claims,
    is_difference,
    is_of_a_kind,
    unmatched,
)
from brief_pipeline.stages.likeness_words import CALENDAR, REMEMBERED, Amount, Parted, is_content, part, stem
from brief_pipeline.stages.name import SaidNames
from brief_pipeline.stages.number import SMALL, TENS
from brief_pipeline.stages.opposition import find_antonyms, find_conflict, find_swap, normalise_denials

NEAR_WORDS = 3  # content words around an opposite among which the two must have one in common
# Opposites that stand in too many phrases to speak against anything: "up to", "before long", "cut down", "a few".
_FAINT = frozenset("up down before after with without over under above below first last few many in inside long".split())  # noqa: SIM905
KEPT_OPPOSITES = frozenset("more most less least all always never same different not no".split())  # noqa: SIM905
ALIKE = 0.5  # share of common words from which on two more names speak of two parties, although a third is common
SHORTEST_ROOT = 4  # letters
REWORDED = 0.75  # the same from which on one denial more is a turn (of stories: it keeps 1 in 20 true repeats apart)
EDITED = 0.8  # share of two claims' words that stand in one order, from which on the one is an edited copy of the other
# Names of times, which are told in many ways, and what is capitalised by habit.
_NO_NAME = re.compile(rf"(?:(?:{CALENDAR}|Christmas|Easter)s?|AI|TV|CEO|OK|So|And|But|\W)+(?: \w+)?")
_OF_LAND = re.compile(r"(?:land|ish|ese|ench|utch)$")
_NO_END = re.compile(r"(?:[a-z]s|ing|ed|ly)$")  # "Reviewers", "Giving": no name, at a sentence's start
_BOUND = re.compile(
    rf"\b(?:more|less|fewer|over|under) than (?=(?:an?|half|{'|'.join([*SMALL, *TENS])})\b|[\d$€£])", re.IGNORECASE
)
_CONDITION = re.compile(r"\b(?:unless|only|until|except)\b", re.IGNORECASE)  # "saves none unless" is "saves some if"
_EXCEPTION = re.compile(r"\b(?:unless|until|except)\b", re.IGNORECASE)


def foreign_names(mine: Parted, other_text: str) -> tuple[str, ...]:
    """The names that the other text does not say, not even a word of them, or its beginning ("Finnish" of "Finland")."""
    said, plain = _said_names(other_text), other_text.lower()
    return tuple(
        name
        for name in mine.names
        if name not in said
        and not _NO_NAME.fullmatch(name)
        and not any(word in said or _root(word) in plain for word in name.split())
    )


def _root(name: str) -> str:
    """What a name shares with what it is named for, in small letters: "fin" of "Finnish", as of "Finland"."""
    return name[: 3 if _OF_LAND.search(name) else max(SHORTEST_ROOT, len(name) - 3)].lower()


@lru_cache(REMEMBERED)
def _said_names(text: str) -> SaidNames:
    return SaidNames(text)


def find_denied(early: Parted, late: Parted, alone: bool = False) -> str | None:
    """A word that one denies and the other affirms, said of the same: "work" of "it doesn't work" and "it works".

    With `alone` only where one of the two has a denial more, not counting pairs of them: else the turn may be taken back.
    """
    if alone and (early.denials - late.denials) % 2 == 0:
        return None
    turned = ((early.heads - late.denied - early.affirmed) & late.affirmed) | (
        (late.heads - early.denied - late.affirmed) & early.affirmed
    )
    if share_words(early, late) < ALIKE:
        turned = frozenset(word for word in turned if not _beside(early, word).isdisjoint(_beside(late, word)))
    return min(turned, default=None)


def _is_turned(claim_e: str, claim_l: str) -> bool:
    """Whether one of two claims in the same words has a denial more: "sales doubled" against "sales did not double"."""
    early, late = part(claim_e), part(claim_l)
    is_one_denied = (early.denials - late.denials) % 2 == 1 and not _EXCEPTION.search(f"{claim_e} {claim_l}")
    return is_one_denied and share_words(early, late) >= REWORDED


def share_words(early: Parted, late: Parted) -> float:
    """The share of the shorter one's content words that the other has too."""
    return len(early.content & late.content) / max(1, min(len(early.content), len(late.content)))


def _beside(parted: Parted, word: str) -> frozenset[str]:
    stems = parted.stems
    places = [at for at, own in enumerate(stems) if own == word]
    return frozenset(s for at in places for s in stems[max(0, at - NEAR_WORDS) : at + NEAR_WORDS + 1]) - {word}


def count_antonyms(text_e: str, text_l: str) -> int:
    """How many opposites stand among the same words."""
    return len(near_antonyms(text_e, text_l))


def near_antonyms(text_e: str, text_l: str) -> list[tuple[str, str]]:
    """Opposite words that stand among the same words."""
    text_e, text_l = _BOUND.sub(" ", text_e), _BOUND.sub(" ", text_l)
    return [
        (here, there)
        for here, there in find_antonyms(text_e, text_l)
        if here not in _FAINT and not _around(text_e, here).isdisjoint(_around(text_l, there))
    ]


def _around(text: str, word: str) -> frozenset[str]:
    words = _content_words(text)
    places = [at for at, (plain, _) in enumerate(words) if plain == word]
    return frozenset(s for at in places for _, s in words[max(0, at - NEAR_WORDS) : at + NEAR_WORDS + 1] if s)


@lru_cache(REMEMBERED)
def _content_words(text: str) -> tuple[tuple[str, str], ...]:
    """The words, each with its stem, or "" where it says nothing by itself."""
    words = [word.lower().removesuffix("'s") for word in re.findall(r"[\w'’-]+", text)]
    return tuple(
        (word, stem(word) if is_content(word) else "") for word in words if is_content(word) or word in KEPT_OPPOSITES
    )


def find_other_name(claim_e: str, whole_e: str, claim_l: str, whole_l: str) -> tuple[str, str] | None:
    """A name in each claim that the other insight does not say. Whom the explanations name is evidence: that may differ."""
    early, late = part(claim_e), part(claim_l)
    names_e, names_l = foreign_names(early, whole_l), foreign_names(late, whole_e)
    shares_none = len(names_e) == len(early.names)
    is_alike = share_words(early, late) >= ALIKE
    if names_e and names_l and (shares_none or is_alike):
        return names_e[0], names_l[0]
    if not is_alike:
        return None
    first_e, first_l = _capitals(_plain_words(claim_e), whole_l), _capitals(_plain_words(claim_l), whole_e)
    return (first_e[0], first_l[0]) if first_e and first_l else None


def find_other_number(claim_e: str, whole_e: str, claim_l: str, whole_l: str) -> tuple[Amount, Amount] | None:
    """A number in each of two claims in much the same words that the other insight does not state."""
    early, late = part(claim_e), part(claim_l)
    if share_words(early, late) < ALIKE:
        return None
    only_e, only_l = (
        [a for a in unmatched(mine.amounts, part(whole).amounts) if a.unit != "a time"]
        for mine, whole in ((early, whole_l), (late, whole_e))
    )
    only_e = [amount for amount in only_e if not is_difference(amount, part(whole_l).amounts)]
    only_l = [amount for amount in only_l if not is_difference(amount, part(whole_e).amounts)]
    return next((pair for pair in product(only_e, only_l) if is_of_a_kind(pair[0].unit, pair[1].unit)), None)


def find_edit(claim_e: str, claim_l: str) -> str | None:
    """What differs in one claim that is a copy of the other with a word or two changed: there each of them counts."""
    words_e, words_l = _plain_words(claim_e), _plain_words(claim_l)
    match = SequenceMatcher(None, [w.lower() for w in words_e], [w.lower() for w in words_l], autojunk=False)
    if min(match.real_quick_ratio(), match.quick_ratio()) < EDITED or match.ratio() < EDITED:
        return None
    if (conflict := find_conflict(claim_e, claim_l)) and not conflict.startswith("name"):
        return conflict
    for kind, from_e, to_e, from_l, to_l in match.get_opcodes():
        if kind != "replace":
            continue
        numbers_e, numbers_l = _numerals(words_e[from_e:to_e]), _numerals(words_l[from_l:to_l])
        if numbers_e and numbers_l and numbers_e != numbers_l and numbers_e[0].isalpha() == numbers_l[0].isalpha():
            return f"number: {numbers_e[0]} against {numbers_l[0]}"
        here, there = _capitals(words_e[from_e:to_e], claim_l), _capitals(words_l[from_l:to_l], claim_e)
        if here and there:
            return f"name: {here[0]} against {there[0]}"
    return None


def _plain_words(text: str) -> list[str]:
    return re.findall(r"[\w'’%.-]*\w", text)


def _numerals(words: Sequence[str]) -> list[str]:
    pieces = (piece.lower() for word in words for piece in word.split("-"))
    return [piece for piece in pieces if piece[:1].isdigit() or piece in TENS or piece in SMALL[2:]]


def _capitals(words: Sequence[str], other: str) -> list[str]:
    """Those words that may be names, and are none of the other's."""
    said = other.lower()
    capitals = (w for w in words if w[0].isupper() and is_content(w) and not _NO_NAME.fullmatch(w) and not _NO_END.search(w))
    return [w for w in capitals if _root(w) not in said]


@lru_cache(REMEMBERED)
def find_veto(claim_e: str, text_e: str, claim_l: str, text_l: str) -> str | None:
    """What forbids that two insights are one: "number: 17 against 11", or None.

    >>> find_veto("Rents fell by 17 percent", "", "Rents were down 11 percent", "")
    'number: 17 percent against 11 percent'
    >>> find_veto("Rents fell by 17 percent", "", "Rents were nearly a fifth lower", "") is None
    True
    """
    whole_e, whole_l = f"{claim_e} {text_e}".strip(), f"{claim_l} {text_l}".strip()
    early, late = part(whole_e), part(whole_l)
    if conflict := find_edit(claim_e, claim_l) or find_edit(whole_e, whole_l):
        return conflict
    clashes = [*find_clashes_of_claims(claim_e, early, claim_l, late), *find_clashes(early.amounts, late.amounts)]
    if clash := clashes[0] if clashes else find_other_number(claim_e, whole_e, claim_l, whole_l):
        return f"number: {clash[0].shown} against {clash[1].shown}"
    if names := find_other_name(claim_e, whole_e, claim_l, whole_l):
        return "name: {} against {}".format(*names)
    is_swapped = find_swap(normalise_denials(claim_e), normalise_denials(claim_l))
    point_e, point_l = part(claim_e), part(claim_l)
    opposed = near_antonyms(claim_e, claim_l)
    # "Not cheap" is no opposite of "expensive".
    antonyms = [(a, b) for a, b in opposed if (stem(a) in point_e.denied) == (stem(b) in point_l.denied)]
    if not opposed and _is_turned(claim_e, claim_l):
        return "negation: one denies it"
    if _CONDITION.search(f"{claim_e} {claim_l}"):
        return None
    denied = find_denied(point_e, point_l, alone=True) if len(antonyms) == len(opposed) else None
    if (bool(is_swapped) + bool(antonyms) + bool(denied)) % 2 == 0:
        return None
    if denied:
        return f"negation: {denied}"
    return f"antonym: {antonyms[0][0]}/{antonyms[0][1]}" if antonyms else f"order: {is_swapped}"
