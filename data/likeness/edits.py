"""Claims with one thing changed: denied, with another number, under another name. What must never be merged."""

from __future__ import annotations

import random
import re
from calendar import month_name

from brief_pipeline.stages.name import read_names

STRANGER = "Orrinsgate"
_WHOLE = ("It is not true that", "It's a myth that", "I don't believe that", "Nobody has found that")
SHORTEST_NAME = 4  # letters
_AUXILIARY = re.compile(r"\b(is|are|was|were|can|will|should|does|has|have|did)\b(?! not|n't| only)")
_DENIED = re.compile(r"\b(do|does|did|is|are|was|were|has|have|ca|wo|should|would|could)n't\b")
_AFFIRMED = {"ca": "can", "wo": "will", "do": "really", "does": "really", "did": "really"}
# Each line: a verb's plain form, then the forms that a claim has.
_FORMS = """fall fell; rise rose; grow grew; go went goes; pay paid pays; buy bought; sell sold; build built; keep kept keeps
lose lost loses; get got gets; take took takes; give gave gives; find found; make made makes; leave left
bring brought brings; spend spent; win won; run ran runs; write wrote; drive drove; come came comes; begin began; hold held
cost costs; need needs; work works worked; matter matters; help helps helped; mean means; save saves saved; beat beats
raise raised raises; reduce reduced reduces; drop dropped; double doubled; triple tripled; halve halved; move moved
replace replaced; close closed; open opened; stop stopped; start started; use used; deliver delivered; handle handles"""
_PLAIN = {form: line.split()[0] for line in _FORMS.replace("\n", ";").split(";") for form in line.split()[1:]}
_VERB = re.compile(rf"\b({'|'.join(_PLAIN)})\b")
# What denies in a claim already, what opens a clause that is not the main one, and what needs a "not" before it.
_DENYING = re.compile(
    r"n't\b|\b(?:not|no|never|none|nobody|nothing|neither|nor|without|hardly|barely|rarely|unless|fails?|failed)\b",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"[,;:]|\b(?:that|who|which|whose|what|where|when|while|how|why|if|because|before|after|since|until|once|than|as|and|but)\b",
    re.IGNORECASE,
)
_HELPING = re.compile(
    r"\b(is|are|was|were|can|will|should|(?:has|have)(?! (?:to|an?|the|its|\d)\b))\b(?! not|n't| only| now)"
)
_PASSIVE = re.compile(r"\b(?:gets?|got|be|been|being|d(?:o|oes|id)) $")
_ANY = re.compile(
    r"\b(?:any\w*|ever|yet|either|at all|so much|much|more|but|because|until|it's|that's|just)\b", re.IGNORECASE
)
_DIGITS = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?!\w)")
_COUNTED = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "fifteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
WHOLE_PERCENT = 100
_PERCENT = re.compile(r" ?(?:%|per ?cent)")
_PARTED = re.compile(r" (?:out of|in|thirds?|quarters?|fifths?|tenths?)\b")
_WORDED = re.compile(rf"\b({'|'.join(_COUNTED)})\b(?! of)")


def negate(claim: str) -> str | None:
    """The claim turned round by one "not" more or less; None where no place for it is found.

    >>> negate("Ponds made farms rich"), negate("Ponds aren't cheap")
    ('Ponds did not make farms rich', 'Ponds are cheap')
    """
    if re.search(r"n't\b|\b(?:not|never)\b", claim):
        turned = _DENIED.sub(lambda found: _AFFIRMED.get(found[1], found[1]), claim, count=1)
        turned = re.sub(r"\b(?:not|never) ", "", claim, count=1) if turned == claim else turned
        return turned if turned != claim else None
    auxiliary, verb = _AUXILIARY.search(claim), _VERB.search(claim)
    if auxiliary and (not verb or auxiliary.start() < verb.start()):
        return f"{claim[: auxiliary.end()]} not{claim[auxiliary.end() :]}"
    if not verb:
        return None
    does = "does" if verb[1].endswith("s") else "did"
    return f"{claim[: verb.start()]}{does} not {_PLAIN[verb[1]]}{claim[verb.end() :]}"


def deny(claim: str, dice: random.Random) -> str:
    """The claim denied so that it makes sense, in one of the many ways there are: what bench_likeness measures with.

    A "not" is taken away or put in only at the verb of the main clause; where that is not sure, the claim is denied whole.

    >>> deny("Ponds aren't cheap", random.Random(1)), deny("The pond that was dug made farms rich", random.Random(1))
    ('Ponds are cheap', "It's a myth that the pond that was dug made farms rich")
    """
    if undone := _undo(claim):
        return undone
    auxiliary, verb = _HELPING.search(claim), _VERB.search(claim)
    first = min((found for found in (auxiliary, verb) if found), key=lambda found: found.start(), default=None)
    if (
        first is None
        or ", but" in claim
        or _DENYING.search(claim)
        or _SUBORDINATE.search(claim[: first.start()])
        or _PASSIVE.search(claim[: first.start()])
    ):
        plain = (
            claim if re.match(r"I\b", claim) or any(claim.startswith(name) for name in read_names(claim)) else _lower(claim)
        )
        return f"{dice.choice(_WHOLE)} {plain}"
    before, after = claim[: first.start()], claim[first.end() :]
    if first is auxiliary:
        return f"{before}{first[1]} {dice.choice(('not', 'never', 'hardly'))}{after}"
    if first[1].endswith("s"):
        return f"{before}{dice.choice(('does not', 'hardly does', 'never did', 'fails to'))} {_PLAIN[first[1]]}{after}"
    return f"{before}{dice.choice(('did not', 'never did', 'failed to'))} {_PLAIN[first[1]]}{after}"


def _undo(claim: str) -> str | None:
    """The claim without the "not" of its main clause, where that is all that denies."""
    found = re.search(r"\b(can|will|should|does|do|did|is|are|was|were|has|have)(?: not|n't)\b ?|\bnever ", claim)
    if (
        found is None
        or len(_DENYING.findall(claim)) > 1
        or _SUBORDINATE.search(claim[: found.start()])
        or _ANY.search(claim[found.end() :])
    ):
        return None
    kept = found[1] or ""
    kept = kept and f"{_AFFIRMED.get(kept, kept)} "
    return claim[: found.start()] + kept + claim[found.end() :]


def _lower(claim: str) -> str:
    return claim[0].lower() + claim[1:]


def renumber(claim: str, dice: random.Random) -> str | None:
    """The claim with its first number changed by at least a third (a year by two or more)."""
    if found := _DIGITS.search(claim):
        value = float(found[0].replace(",", ""))
        if re.fullmatch(r"(?:19|20)\d\d", found[0]):
            other = str(int(value) - dice.randint(2, 9))
        else:
            factor = dice.choice((0.5, 0.6, 1.5, 1.8, 2.5))
            is_over = value * factor >= WHOLE_PERCENT and _PERCENT.match(claim, found.end())
            other = f"{value * (0.5 if is_over else factor):.0f}" if value >= 10 else f"{value + 3:.0f}"
    elif found := _WORDED.search(claim):
        step, place = dice.randint(2, 6), _COUNTED.index(found[1])
        other = _COUNTED[(place + step) % len(_COUNTED)]
        if _PARTED.match(claim, found.end()):  # "eight out of ten", "two thirds"
            other = _COUNTED[max(0, place - step)] if place else "one"
        elif re.search(rf"\b{other}\b", claim):
            other = _COUNTED[(place + step + 1) % len(_COUNTED)]
    else:
        return None
    return claim[: found.start()] + other + claim[found.end() :]


def rename(claim: str, explanation: str) -> tuple[str, str] | None:
    """The claim and the explanation with the claim's first name changed for a stranger's."""
    names = [name for name in read_names(claim) if len(name) >= SHORTEST_NAME and name in claim and name not in month_name]
    return (claim.replace(names[0], STRANGER), explanation.replace(names[0], STRANGER)) if names else None
