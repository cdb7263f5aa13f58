"""Which amounts of two texts agree, and which clash: "70 percent" is seven in ten, "17 percent" is not "11 percent"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

from brief_pipeline.stages.likeness_words import Amount, Parted, part

EXACT, ROUGH = 0.02, 0.17  # by what share two values may differ: as said, and with "about", or of a fraction or multiple
SCALE = 1000
FAR_APART = 30  # times: beyond it two values of one unit speak of two things ("12 cents each", "a million dollars in all")
_KINDS = {"%": "share", "x": "share", "time": "time", "a time": "time", "money": "money", "year": "year", "#": "place"}


def compare_amounts(earlier: Sequence[Amount], later: Sequence[Amount]) -> tuple[int, int, int, int, int]:
    """How many amounts agree; clash (the same unit, another value); differ in unit; stand only in the earlier, the later."""
    open_e, open_l = unmatched(earlier, later), unmatched(later, earlier)
    open_e, open_l = [a for a in open_e if a.unit != "a time"], [a for a in open_l if a.unit != "a time"]
    clashes = find_clashes(earlier, later)
    agreed = sum(a.unit != "a time" for a in earlier) - len(open_e)
    unlike = min(len(open_e), len(open_l)) - len(clashes)
    return agreed, len(clashes), max(0, unlike), max(0, len(open_e) - len(open_l)), max(0, len(open_l) - len(open_e))


def unmatched(mine: Sequence[Amount], others: Sequence[Amount]) -> list[Amount]:
    """Those amounts that no other agrees with."""
    return [amount for amount in mine if not any(_agree(amount, other) for other in others)]


def find_clashes(earlier: Sequence[Amount], later: Sequence[Amount]) -> list[tuple[Amount, Amount]]:
    """Pairs of amounts of the same unit whose values no other amount of the other text explains."""
    open_e, open_l = unmatched(earlier, later), unmatched(later, earlier)
    open_e = [amount for amount in open_e if not is_difference(amount, later)]
    open_l = [amount for amount in open_l if not is_difference(amount, earlier)]
    found = []
    for amount in open_e:
        other = next((other for other in open_l if _is_same_unit(amount, other)), None)
        if other is not None:
            open_l.remove(other)
            found.append((amount, other))
    return found


def find_clashes_of_claims(claim_e: str, early: Parted, claim_l: str, late: Parted) -> list[tuple[Amount, Amount]]:
    """Amounts of one unit in the two claims that nowhere in the other text have their like."""
    mine, others = part(claim_e).amounts, part(claim_l).amounts
    open_e = [amount for amount in unmatched(mine, late.amounts) if not is_difference(amount, others)]
    open_l = [amount for amount in unmatched(others, early.amounts) if not is_difference(amount, mine)]
    return [(amount, other) for amount in open_e for other in open_l if _is_same_unit(amount, other)]


def is_difference(amount: Amount, others: Sequence[Amount]) -> bool:
    """Whether it is what lies between two amounts of the other: "nine minutes quicker" of "from 31 minutes to 22"."""
    return any(
        {left.unit, right.unit} <= {amount.unit, ""}
        and abs(abs(left.bare - right.bare) - amount.bare) <= EXACT * amount.bare
        for left, right in combinations(others, 2)
    )


def _is_same_unit(left: Amount, right: Amount) -> bool:
    if not left.unit or left.unit != right.unit or left.unit in ("a time", "#", "x"):
        return False
    low, high = sorted((min(left.values), min(right.values)))
    return low <= 0 or high < FAR_APART * low


def _agree(left: Amount, right: Amount) -> bool:
    if left.unit != right.unit and left.bare == right.bare and not {"a time", "%"} & {left.unit, right.unit}:
        return True
    if not is_of_a_kind(left.unit, right.unit):
        return False
    if "year" in (left.unit, right.unit):
        return not left.values.isdisjoint(right.values)
    if "" in (left.unit, right.unit) or left.unit == right.unit != "time":
        low, high = sorted((left.bare, right.bare))
        if 0 < low < SCALE and high in (low * SCALE, low * SCALE**2, low * SCALE**3):  # "ten" for ten million
            return True
    slack = ROUGH if left.is_rough or right.is_rough else EXACT
    either = [*product(left.values, _forms(right, left)), *product(_forms(left, right), right.values)]
    return any(abs(a - b) <= slack * max(abs(a), abs(b)) for a, b in either)


def is_of_a_kind(left: str, right: str) -> bool:
    """Whether numbers of these units may be one: of two nouns they may ("600 villages", "six hundred communities")."""
    if left == right or ("" in (left, right) and "a time" not in (left, right)):
        return True
    kinds = {_KINDS.get(unit, "noun") for unit in (left, right)}
    return len(kinds) == 1


def _forms(amount: Amount, other: Amount) -> set[float]:
    """The values it may stand for beside the other: "80 percent fewer" leaves a fifth, "half as much again" is 1.5 times."""
    values = set(amount.values)
    units = {amount.unit, other.unit}
    if amount.unit == "%" and units <= {"%", "x", ""}:
        values |= {100 - value for value in values} if other.is_rough or amount.is_rough else set()
        if other.unit != "%":
            values |= {v / 100 for v in amount.values} | {1 + v / 100 for v in amount.values}
    return values
