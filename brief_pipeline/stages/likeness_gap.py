"""What one of two insights states and the other leaves unanswered: a number, a name, a denial. Then they are not one.

A veto (likeness_veto) has found that the two differ. Here nothing need be found: two texts are taken for one only where all
that the claim of each states is in the other too, said in its words or plainly implied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain, groupby

from brief_pipeline.stages.likeness_amounts import ROUGH, is_difference, unmatched
from brief_pipeline.stages.likeness_denial import find_unanswered
from brief_pipeline.stages.likeness_veto import foreign_names
from brief_pipeline.stages.likeness_words import REMEMBERED, Amount, part, stem

SHARES_NEAR = 0.1  # share by which "two thirds" and "seven in ten" may differ
COPIED = 0.9  # share of the words that stand in one order, from which on two are one, told down by two transcribers
_CHANGE = re.compile(r"\b(?:from|between)\b([^.;]{1,40}?\b(?:to|and)\b(?:\W+\w+){1,2})", re.IGNORECASE)
_COMPOUND = re.compile(r"\b([\w.]+)-[a-z]+ ([a-z]+)", re.IGNORECASE)  # "a five-day railway"
_BEFORE = re.compile(r"\b(before|until|till)\s+((?:1[89]|20)\d\d)\b", re.IGNORECASE)


@lru_cache(REMEMBERED)
def find_gap(claim_e: str, text_e: str, claim_l: str, text_l: str) -> str | None:
    """What only one of two insights says: "number: 52 days", or None.

    >>> find_gap("Habits take five months, not the 21 days of the saying", "", "Habits take five months, not 52 days", "")
    'number: 21'
    >>> find_gap("Half of the ponds dried out", "", "50 percent of the ponds fell dry", "") is None
    True
    """
    return next(chain(_list_gaps(claim_e, claim_l, text_l), _list_gaps(claim_l, claim_e, text_e)), None)


def find_odd_denial(claim_e: str, text_e: str, claim_l: str, text_l: str) -> str | None:
    """A denial in one of two claims that the other insight does not answer."""
    odd = find_unanswered(claim_e, claim_l, text_l) or find_unanswered(claim_l, claim_e, text_e)
    return f"negation: {odd.shown}" if odd else None


def are_copies(early: str, late: str) -> bool:
    """Whether both are told in the same words, but for a slip of one of two transcribers ("that I I've seen")."""
    left, right = ([word for word, _ in groupby(re.findall(r"\w+", text.lower()))] for text in (early, late))
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    bounds = matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio  # each at most the one before it, and dearer
    return all(ratio() >= COPIED for ratio in bounds)


def _list_gaps(claim: str, other_claim: str, other_text: str) -> Iterator[str]:
    """What a claim states and another insight does not."""
    whole = f"{other_claim} {other_text}".strip()
    parted, other = part(claim), part(whole)
    changes, others = _list_changes(claim), _list_changes(whole)
    shared = [amount for amount in parted.amounts if any(_agree(amount, theirs) for theirs in other.amounts)]
    asides = _list_asides(claim, other.content) if shared else frozenset()
    for amount in parted.amounts:
        if amount.unit == "a time" or amount in shared or amount.shown.lower() in asides:
            continue
        is_end = any(amount in ends and _is_gap_of(ends, theirs) for ends in changes for theirs in other.amounts)
        if not is_end and not any(_is_gap_of(ends, amount) for ends in others):
            yield f"number: {amount.shown}"
    for before in _BEFORE.finditer(claim):
        if before[2] in whole and not any(before[2] == theirs[2] for theirs in _BEFORE.finditer(whole)):
            yield f"number: {before.group()}"
    yield from (f"name: {name}" for name in foreign_names(parted, whole))
    if denial := find_unanswered(claim, other_claim, other_text):
        yield f"denial: {denial.shown}"


def _list_asides(claim: str, others: frozenset[str]) -> frozenset[str]:
    """The numbers that only describe what the other does not speak of, where a figure is shared: "a five-day railway"."""
    compounds = (compound.groups() for compound in _COMPOUND.finditer(claim))
    return frozenset(number.lower() for number, noun in compounds if stem(noun) not in others)


def _agree(left: Amount, right: Amount) -> bool:
    """Whether two amounts are one: "nearly a fifth" is 17 percent; "under ten" is not twelve, nor "three times" three."""
    if {left.unit, right.unit} == {"x", ""}:
        return False
    are_shares = _is_in_words(left), _is_in_words(right)
    if unmatched([replace(left, is_rough=are_shares[0])], [replace(right, is_rough=are_shares[1])]):
        return False
    slack = SHARES_NEAR if all(are_shares) else ROUGH
    return {left.unit, right.unit} != {"%"} or abs(left.bare - right.bare) <= slack * max(left.bare, right.bare)


def _is_in_words(amount: Amount) -> bool:
    """Whether it is a fraction or a multiple: "two thirds", "eight out of ten", "twice"."""
    return amount.unit == "x" or (amount.unit == "%" and "%" not in amount.shown and "cent" not in amount.shown)


def _list_changes(text: str) -> list[tuple[Amount, ...]]:
    """The two ends of each "from 31 minutes to 22", "between five and eight"."""
    found = (part(change[1]).amounts[:2] for change in _CHANGE.finditer(text))
    return [ends for ends in found if len(ends) == 2]


def _is_gap_of(ends: Sequence[Amount], amount: Amount) -> bool:
    """Whether an amount is what lies between two: "nine minutes quicker" of "from 31 minutes to 22"."""
    return amount.unit != "a time" and is_difference(amount, ends)
