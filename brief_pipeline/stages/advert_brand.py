"""How far a read reaches by what it advertises: it names the brand when it begins and gives its address when it ends."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

REACH = 20  # sentences: a read is rarely longer than two minutes
GAP = 5  # sentences of a read that go without its brand's name
LEAST_LETTERS = 4  # a shorter name is found in too much else

_TLD = r"(?:com|co|org|net|io|dev|ai|app|fm|tv|edu|us)"
_ADDRESS = re.compile(rf"\b([a-z][\w-]+)\.{_TLD}\b|\b(?:(\w+) )?(\w+) dot {_TLD}\b", re.IGNORECASE)
_PRAISED = re.compile(
    r"\b(?:(?:brought to you|sponsored|supported|presented|powered) by|sponsor(?: today)?,? (?:is )?|friends (?:over )?at"
    r"|comes from|thank(?:s| you) to|huge thank you to)\s+((?:[A-Z][\w'-]*\s?){1,3})"
)
_GENERAL = frozenset(  # addresses that many give who are no sponsors
    [
        "youtube",
        "twitter",
        "facebook",
        "instagram",
        "patreon",
        "apple",
        "spotify",
        "google",
        "gmail",
        "amazon",
        "linkedin",
        "github",
        "wikipedia",
        "substack",
        "tiktok",
        "our",
        "this",
    ]
)


def brand_names(text: str) -> Iterator[str]:
    """What a sentence of a read may advertise: names in addresses, and those that its opening thanks.

    >>> [*brand_names("Go to larchlife.com slash talk."), *brand_names("This show is sponsored by Larch Life.")]
    ['larchlife', 'Larch Life']
    >>> list(brand_names("that's better sleep dot com"))
    ['sleep', 'better sleep']
    """
    for written, before, spoken in _ADDRESS.findall(text):
        yield from (name for name in (written, spoken, f"{before} {spoken}" if before else "") if _is_telling(name))
    yield from (name.strip() for name in _PRAISED.findall(text) if _is_telling(name))


def _is_telling(name: str) -> bool:
    return len(name.strip()) >= LEAST_LETTERS and name.lower().strip() not in _GENERAL


def reach_of_brands(texts: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """The first and the last sentence that name what texts[first..last] advertises, with no longer gap than GAP between."""
    names = {name for text in texts[first : last + 1] for name in brand_names(text)}
    if not names:
        return first, last
    anyone = _any_of(names)
    low, high = first, last
    for at in range(first - 1, max(-1, first - 1 - REACH), -1):
        if low - at > GAP:
            break
        low = at if anyone.search(texts[at]) else low
    for at in range(last + 1, min(len(texts), last + 1 + REACH)):
        if at - high > GAP:
            break
        high = at if anyone.search(texts[at]) else high
    return low, high


def count_mentions(texts: Sequence[str]) -> list[int]:
    """How many sentences within REACH of each advertise something that it names too, itself left out.

    >>> count_mentions(["I love my Larch Life pillow.", "It is soft.", "Go to larchlife.com today."])
    [1, 0, 0]
    """
    counts = [0] * len(texts)
    for at, text in enumerate(texts):
        names = set(brand_names(text))
        if names:
            anyone = _any_of(names)
            for near in range(max(0, at - REACH), min(len(texts), at + REACH + 1)):
                counts[near] += near != at and bool(anyone.search(texts[near]))
    return counts


def _any_of(names: Collection[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w){_spelled(name)}(?!\w)" for name in sorted(names)), re.IGNORECASE)


def _spelled(name: str) -> str:
    """A pattern of the name as one word or several: an address has no blanks."""
    return r"[\s'-]?".join(re.escape(letter) for letter in name if letter.isalnum())
