"""Claims with one thing changed: denied, with another number, under another name. What must never be merged."""

from __future__ import annotations

import random
import re
from calendar import month_name

from brief_pipeline.stages.name import read_names

STRANGER = "Orrinsgate"
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


def renumber(claim: str, dice: random.Random) -> str | None:
    """The claim with its first number changed by at least a third (a year by two or more)."""
    if found := _DIGITS.search(claim):
        value = float(found[0].replace(",", ""))
        if re.fullmatch(r"(?:19|20)\d\d", found[0]):
            other = str(int(value) - dice.randint(2, 9))
        else:
            other = f"{value * dice.choice((0.5, 0.6, 1.5, 1.8, 2.5)):.0f}" if value >= 10 else f"{value + 3:.0f}"
    elif found := _WORDED.search(claim):
        other = _COUNTED[(_COUNTED.index(found[1]) + dice.randint(2, 6)) % len(_COUNTED)]
    else:
        return None
    return claim[: found.start()] + other + claim[found.end() :]


def rename(claim: str, explanation: str) -> tuple[str, str] | None:
    """The claim and the explanation with the claim's first name changed for a stranger's."""
    names = [name for name in read_names(claim) if len(name) >= SHORTEST_NAME and name in claim and name not in month_name]
    return (claim.replace(names[0], STRANGER), explanation.replace(names[0], STRANGER)) if names else None
