"""The numbers of a text, by value, whether it writes them in digits or in words."""

from __future__ import annotations

import re

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_VALUES = {word: value for value, word in enumerate(_SMALL)} | _TENS | {"a": 1, "an": 1, "half": 0.5}
_SCALES = {"dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SUFFIXES = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12}
_SCALE = rf"(?:[\s-]+(?:{'|'.join(_SCALES)})\b)"
_DIGITS = r"(?<![\w.])(?<![a-z]-)(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?[a-z]*"  # not the 4 of "GPT-4"
_SPOKEN = (
    rf"\b(?:(?:{'|'.join(_TENS)})[\s-]+(?:{'|'.join(_SMALL[1:10])})\b"
    rf"|(?:{'|'.join([*_SMALL, *_TENS])})\b|an?(?={_SCALE}))"
)
_POINT = rf"(?:\s+point(?:\s+(?:{'|'.join(_SMALL[:10])})\b)+|\s+and\s+a\s+half\b)?"
_NUMBER = re.compile(
    rf"(?:(?:{_DIGITS}|{_SPOKEN}){_POINT}{_SCALE}+(?:\s+and)?[\s-]+(?={_SPOKEN}))*"
    rf"(?:{_DIGITS}|{_SPOKEN}){_POINT}{_SCALE}*(?P<percent>\s*%|[\s-]*\bper ?cent\b)?",
    re.IGNORECASE,
)
_NUMBER_PART = re.compile(r"(?P<digits>[\d,]*\.?\d+)(?P<suffix>[a-z]*)|(?:and a )?(?P<word>[a-z]+)")
_RANGE = re.compile(r"\s*(?:to|and|or|-|–)?\s*")  # "40 to 50 percent" states two percentages


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
        elif word in _SCALES:
            total, held, digit = total + held * _SCALES[word], 0.0, 0.0
    return total + held


def read_numbers(text: str) -> list[tuple[str, set[str]]]:
    """The numbers of a text as it writes them, each with its readings.

    >>> [sorted(readings) for _, readings in read_numbers("Two and a half million paid $3.50, up 40 percent since 2019")]
    [['2500000'], ['3.5'], ['40%'], ['2019']]
    """
    numbers: list[tuple[str, set[str]]] = []
    before: re.Match[str] | None = None
    for found in _NUMBER.finditer(text):
        reading = f"{_value(found.group()):.10g}"
        readings = {reading + "%" if found.group("percent") else reading}
        between = text[before.end() : found.start()] if before else "."
        if before and found.group("percent") and _RANGE.fullmatch(between):
            numbers[-1][1].update({earlier + "%" for earlier in numbers[-1][1] if not earlier.endswith("%")})
        if before and not between.strip(" -") and before.group().isalpha() and not found.group()[0].isdigit():
            year = f"{_value(before.group()) * 100 + _value(found.group()):.10g}"  # "twenty twenty-four"
            numbers[-1][1].add(year)
            readings.add(year)
        numbers.append((found.group().strip(), readings))
        before = found
    return numbers
