"""The numbers of a text, by value, whether it writes them in digits or in words."""

from __future__ import annotations

import re
from typing import NamedTuple

SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_VALUES = {word: value for value, word in enumerate(SMALL)} | TENS | {"a": 1, "an": 1, "half": 0.5}
SCALES = {"dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12}
_SCALE = rf"(?:[\s-]+(?:{'|'.join(SCALES)})\b)"
_DIGITS = r"(?<![\w.])(?<![a-z]-)(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[a-z]*"  # not the 4 of "GPT-4"
_SPOKEN = (
    rf"\b(?:(?:{'|'.join(TENS)})[\s-]+(?:{'|'.join(SMALL[1:10])})\b"
    rf"|(?:{'|'.join([*SMALL, *TENS])})\b|an?(?={_SCALE}))"
)
_POINT = rf"(?:\s+point(?:\s+(?:{'|'.join(SMALL[:10])})\b)+|\s+and\s+a\s+half\b)?"
_NUMBER = re.compile(
    rf"(?:(?:{_DIGITS}|{_SPOKEN}){_POINT}{_SCALE}+(?:\s+and)?[\s-]+(?={_SPOKEN}))*"
    rf"(?:{_DIGITS}|{_SPOKEN}){_POINT}{_SCALE}*(?P<percent>\s*%|[\s-]*\bper ?cent\b)?",
    re.IGNORECASE,
)
_NUMBER_PART = re.compile(r"(?P<digits>[\d,]*\.?\d+)(?P<suffix>[a-z]*)|(?:and a )?(?P<word>[a-z]+)")
_RANGE = re.compile(r"\s*(?:to|and|or|-|–)?\s*")  # "40 to 50 percent" states two percentages


_LAST_SCALE = re.compile(rf"\b({'|'.join(SCALES)})\b(?:\s*%|[\s-]*per ?cent)?\s*$")
_YEAR_GAP = re.compile(r"[\s-]+(?:oh[\s-]+)?")


def value_of(spoken: str) -> str:
    """The value of a number in digits or words, as the readings write it.

    >>> value_of("2.5 million"), value_of("twenty-one")
    ('2500000', '21')
    """
    return f"{_value(spoken):.10g}"


def _value(spoken: str) -> float:
    """The number that "2.5 million" or "two thousand and six" stands for."""
    total = held = 0.0
    digit = 0.0  # the place of the next digit after "point"
    for part in _NUMBER_PART.finditer(spoken.lower()):
        word = part.group("word") or ""
        if part.group("digits"):
            held = float(part.group("digits").replace(",", "")) * _SUFFIXES.get(part.group("suffix"), 1.0)
        elif word == "point":
            digit = 0.1
        elif word in _VALUES:
            held, digit = held + _VALUES[word] * (digit or 1.0), digit / 10
        elif word == "hundred":
            held *= 100
        elif word in SCALES:
            total, held, digit = total + held * SCALES[word], 0.0, 0.0
    return total + held


class Quantity(NamedTuple):
    """A number where it stands in a text."""

    shown: str
    readings: frozenset[str]
    start: int
    end: int


def read_numbers(text: str) -> list[tuple[str, set[str]]]:
    """The numbers of a text as it writes them, each with its readings.

    >>> [sorted(readings) for _, readings in read_numbers("Two and a half million paid $3.50, up 40 percent since 2019")]
    [['2500000'], ['3.5'], ['40%'], ['2019']]
    """
    return [(number.shown, set(number.readings)) for number in find_numbers(text)]


def find_numbers(text: str) -> list[Quantity]:
    """The numbers of a text where they stand, in order: "40%" is a percentage, "3 to 5 million" two numbers of millions."""
    numbers: list[tuple[re.Match[str], set[str]]] = []
    for found in _NUMBER.finditer(text):
        reading = value_of(found.group())
        readings = {reading + "%" if found.group("percent") else reading}
        before = numbers[-1][0] if numbers else None
        between = text[before.end() : found.start()] if before else "."
        if before and _RANGE.fullmatch(between):
            numbers[-1][1].update(_share_unit(before, found))
        is_worded = before is not None and before.group().isalpha() and not found.group()[0].isdigit()
        if before and is_worded and _YEAR_GAP.fullmatch(between):
            year = f"{_value(before.group()) * 100 + _value(found.group()):.10g}"  # "twenty twenty-four", "twenty oh five"
            numbers[-1][1].add(year)
            readings.add(year)
        numbers.append((found, readings))
    return [Quantity(found.group().strip(), frozenset(readings), *found.span()) for found, readings in numbers]


def _share_unit(low: re.Match[str], high: re.Match[str]) -> set[str]:
    """What the first number of a range may mean too: in "40 to 50 percent" a percentage, in "3 to 5 million" millions."""
    scale = _LAST_SCALE.search(high.group().lower())
    is_plain = not low.group("percent") and not _LAST_SCALE.search(low.group().lower())
    scaled = _value(low.group()) * (SCALES[scale.group(1)] if scale and is_plain else 1.0)
    if high.group("percent"):
        return set() if low.group("percent") else {f"{scaled:.10g}%"}
    return {f"{scaled:.10g}"}
