"""When a later insight plainly goes on with the story of an earlier one: the same thing, a figure or a date of it moved."""

from __future__ import annotations

import re

from brief_pipeline.stages.likeness_amounts import unmatched
from brief_pipeline.stages.likeness_words import CALENDAR, part

_TOLD_ANEW = re.compile(rf"\b(?:not|instead of|rather than)\s+(?:in |on |by |until |before )?({CALENDAR})\b")
_FROM_TO = re.compile(r"\bfrom\b([^.;]{1,60}?)\bto\b([^.;]{1,40})", re.IGNORECASE)
_NAMELESS = frozenset(("AI", "TV", "CEO", "OK"))


def find_move(earlier: str, later: str) -> str | None:
    """What moved between two tellings of one story, in words, or None.

    The later one tells of a change from the earlier figure to another; or it denies the earlier date. Both name the same
    thing.

    >>> find_move("Vessen's charge cut traffic by 17 percent.", "In Vessen the cut shrank from 17 percent to 11 percent.")
    '17 percent, then 11 percent'
    >>> find_move("The Heron chip is promised for June.", "The Heron chip will come in November and not in June.")
    'not June'
    >>> find_move("Vessen's charge cut traffic by 17 percent.", "In Vessen traffic fell by 17 percent, and noise by half.")
    """
    early, late = part(earlier), part(later)
    if not (set(early.names) & set(late.names)) - _NAMELESS:
        return None
    if (told := _TOLD_ANEW.search(later)) and re.search(rf"\b{told[1]}\b", earlier):
        return f"not {told[1]}"
    for told in _FROM_TO.finditer(later):
        before, after = part(told[1]).amounts, part(told[2]).amounts
        if before and after and not unmatched(before[:1], early.amounts) and unmatched(after[:1], early.amounts):
            return f"{before[0].shown}, then {after[0].shown}"
    return None
