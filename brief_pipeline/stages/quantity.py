"""Every quantity of a text, by value: counted numbers, and the shares, multiples, ordinals and decades that English names.

Readings: "2500000", "40%", "2/3" (a share), "x2" (a multiple), "#3" (an ordinal), "90s" (a decade), "~1000000" (millions).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable

from brief_pipeline.stages.number import SCALES, SMALL, TENS, Quantity, find_numbers, value_of

_PARTS = {"half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_PARTS |= {"ninth": 9, "tenth": 10, "hundredth": 100}
_ORDINALS = {word: n for n, word in enumerate(("first", "second", "third", "fourth", "fifth", "sixth", "seventh"), 1)}
_ORDINALS |= {word: n for n, word in enumerate(("eighth", "ninth", "tenth", "eleventh", "twelfth"), 8)}
_ORDINALS |= {f"{word}th": n for n, word in enumerate(SMALL[13:], 13)} | {word[:-1] + "ieth": n for word, n in TENS.items()}
_PART_OF_SCALE = {"half": 0.5, "quarter": 0.25, "couple": 2.0}
_TIMES = {"twice": 2, "thrice": 3, "doubl": 2, "tripl": 3, "trebl": 3, "quadrupl": 4}
LATEST_DECADE = 30  # "the twenties" may be of this century, "the nineties" not

_SCALE = "|".join(SCALES)
_COUNT = rf"(?:{'|'.join(SMALL[1:])}|\d{{1,2}})"
_OF = re.compile(r"\s+of\b")
_COMPARED = re.compile(
    r"\s+(?:as|more|less|fewer|the|[a-z]{2,}er)\b", re.IGNORECASE
)  # "three times as many", "ten times faster"
_Readings = Callable[[re.Match[str]], set[str]]


def _share(part: float, whole: float) -> set[str]:
    percent = 100 * part / whole
    return {f"{part:g}/{whole:g}", f"{math.floor(percent)}%", f"{percent:.0f}%"}


def _read_part_of_scale(found: re.Match[str]) -> set[str]:
    return {f"{_PART_OF_SCALE[found['part'].lower()] * SCALES[found['scale'].lower()]:.10g}"}


def _read_fraction(found: re.Match[str]) -> set[str]:
    count, part = found["count"].lower(), found["part"].lower()
    number = 1.0 if count in ("a", "an") else float(value_of(count))
    whole = _PARTS[part.removesuffix("s")]
    is_one_more = number == 1 and whole > 2 and part != "quarter" and not _OF.match(found.string, found.end())
    one_more = {f"#{whole}"} if is_one_more else set()  # "a third reason", but not "a third of them"
    return _share(number, whole) | one_more if number < whole else {f"{number:g}"}


def _read_ratio(found: re.Match[str]) -> set[str]:
    part, whole = float(value_of(found["part"])), float(value_of(found["whole"]))
    both = {f"{part:g}", f"{whole:g}"} if "/" in found.group() or part >= whole else set()  # "9/11", "24/7", "ten in five"
    return _share(part, whole) | both if 0 < part < whole else both


def _read_vulgar(found: re.Match[str]) -> set[str]:
    value = unicodedata.numeric(found["sign"])
    if found["whole"]:
        return {f"{int(found['whole']) + value:.10g}"}
    whole = next(n for n in (2, 3, 4, 8) if abs(value * n - round(value * n)) < 1e-6)
    return _share(round(value * whole), whole)


def _read_half(found: re.Match[str]) -> set[str]:
    return {"1/2"} if found["clock"] is not None else _share(1, 2)  # "half an hour" is no 50 %


def _read_times(found: re.Match[str]) -> set[str]:
    value = value_of(found["times"])
    is_multiple = found["sign"] or _COMPARED.match(found.string, found.end())
    return {f"x{value}"} if is_multiple else {f"x{value}", value}  # "ten times" may count occasions


def _read_fold(found: re.Match[str]) -> set[str]:
    word = found["fold"].lower()
    return {f"x{SCALES[word]:.10g}" if word in SCALES else f"x{value_of(word)}"}


def _read_multiple(found: re.Match[str]) -> set[str]:
    return {f"x{_TIMES[found['times'].lower()]}"}


def _read_decade(found: re.Match[str]) -> set[str]:
    digits = found["digits"] or ""
    tens = int(digits[-2:]) if digits else TENS[found["word"].lower().removesuffix("ies") + "y"]
    centuries = [digits[:2]] if len(digits) == 4 else ["19", "20"] if tens <= LATEST_DECADE else ["19"]
    return {f"{tens}s", *(f"{century}{tens:02}" for century in centuries)}


def _read_short_year(found: re.Match[str]) -> set[str]:
    return {found["year"], f"19{found['year']}", f"20{found['year']}"}


def _read_ordinal(found: re.Match[str]) -> set[str]:
    tens, unit = (found["tens"] or "").lower(), (found["unit"] or "").lower()
    value = int(found["digits"]) if found["digits"] else TENS.get(tens, 0) + _ORDINALS[unit]
    return {f"#{value}", *([str(value)] if found["digits"] or tens or value > 2 else [])}  # "second" is a time too


def _read_hundred_percent(_: re.Match[str]) -> set[str]:
    return {"100%"}


def _read_couple(_: re.Match[str]) -> set[str]:
    return {"2"}


def _read_magnitude(found: re.Match[str]) -> set[str]:
    return {f"~{SCALES[found['scale'].lower()]:.10g}"}


_TABLE: tuple[tuple[str, _Readings], ...] = (  # what is read first is not read again
    (
        rf"(?<!and )\b(?:an?\s+)?(?<!and a )(?P<part>half|quarter|couple)"
        rf"[\s-]+(?:of\s+)?(?:an?[\s-]+)?(?P<scale>{_SCALE})\b",
        _read_part_of_scale,
    ),
    (r"\ba couple of\b", _read_couple),
    (r"(?P<whole>\d+)?\s?(?P<sign>[½⅓⅔¼¾⅛⅜⅝⅞])", _read_vulgar),
    (
        rf"(?<!and )\b(?P<count>an?|{_COUNT})[\s-]+(?P<part>(?:{'|'.join(_PARTS)})s?)\b(?![\s-]+(?:{_SCALE})\b)",
        _read_fraction,
    ),
    (r"(?<![\d/.])(?P<part>\d{1,2})/(?P<whole>\d{1,2})(?![\d/])", _read_ratio),
    (
        rf"\b(?P<part>{_COUNT})\s+(?:in|out of)(?:\s+every)?\s+(?P<whole>{_COUNT}|{'|'.join(TENS)}|100)\b"
        rf"(?![\s-]+(?:{_SCALE}|per|{'|'.join(SMALL[1:10])})\b|[.,%]?\d|\s*%)",
        _read_ratio,
    ),
    (r"(?<!and a )\b(?:half|halv(?:es?|ed|ing))\b(?P<clock>(?=[\s-]+(?:an? )?(?:hour|day|year|mile|past)))?", _read_half),
    (
        rf"(?<![\w.])(?P<times>\d+(?:\.\d+)?|{'|'.join([*SMALL[2:], *TENS])})(?:\s?(?P<sign>[x×])(?!\w)|[\s-]+times\b)",
        _read_times,
    ),
    (rf"\b(?P<fold>\d+|{'|'.join(SMALL[2:13])}|hundred|thousand)-?fold\b", _read_fold),
    (r"\b(?P<times>twice|thrice)\b", _read_multiple),
    (
        r"\b(?P<times>doubl|tripl|trebl|quadrupl)(?:es?|ed|ing)\b"
        r"(?![\s-]+(?:down|check|edged|standards?|click|blind|digit|sided)\b)",
        _read_multiple,
    ),
    (
        rf"(?<![\w'’])(?:['’]?(?P<digits>(?:1\d|20)?\d0)['’]?s\b|(?P<word>{'|'.join(t[:-1] + 'ies' for t in TENS)})\b)",
        _read_decade,
    ),
    (r"(?<!\w)['’](?P<year>\d\d)\b", _read_short_year),
    (
        rf"\b(?:(?P<digits>\d{{1,3}})(?:st|nd|rd|th)|(?:(?P<tens>{'|'.join(TENS)})[\s-]+)?(?P<unit>{'|'.join(_ORDINALS)}))\b",
        _read_ordinal,
    ),
)
# After the counted numbers: a scale that nothing counts.
_UNCOUNTED: tuple[tuple[str, _Readings], ...] = (
    (r"\bhundred\s*(?:%|per ?cent\b)", _read_hundred_percent),
    (rf"\b(?P<scale>{_SCALE})s?\b(?!-fold)", _read_magnitude),
)
_WORDED, _LEFT = ([(re.compile(text, re.IGNORECASE), read) for text, read in table] for table in (_TABLE, _UNCOUNTED))


def read_quantities(text: str) -> list[Quantity]:
    """Every number that a text states, in the order it states them. English.

    >>> [sorted(found.readings) for found in read_quantities("Two thirds doubled by the nineties, half a million of them")]
    [['2/3', '66%', '67%'], ['x2'], ['1990', '90s'], ['500000']]
    """
    found: list[Quantity] = []
    rest = _take(text, _WORDED, found)
    counted = find_numbers(rest)
    left = list(rest)
    for number in counted:
        left[number.start : number.end] = "|" * (number.end - number.start)
    _take("".join(left), _LEFT, found)
    return sorted([*found, *counted], key=lambda quantity: quantity.start)


def _take(text: str, table: list[tuple[re.Pattern[str], _Readings]], found: list[Quantity]) -> str:
    """Adds what the table reads in a text to `found`; gives the text without it."""
    for pattern, read in table:

        def take(match: re.Match[str], read: _Readings = read) -> str:
            found.append(Quantity(match.group().strip(), frozenset(read(match)), *match.span()))
            return "|" * len(match.group())  # what stood on its two sides stays apart

        text = pattern.sub(take, text)
    return text


_UNIT = re.compile(
    r"[\s-]*(?:(second|minute|hour|day|week|month|year|decade|euro|yen)s?|(pound|sterling)s?|(dollar|buck)s?)\b",
    re.IGNORECASE,
)
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
_VALUE, _YEAR = re.compile(r"[\d.]+(?:e\+\d+)?"), re.compile(r"(?:19|20)\d\d")
_UNCHECKED = frozenset(("one", "first", "second"))  # a pronoun, an order of telling, a unit of time
MAGNITUDE_REACH = 1000  # "millions" is said by whoever names a number from one million to a thousand million


def _unit_of(text: str, quantity: Quantity) -> str | None:
    """The unit of time or money that a number counts, if it says one."""
    before, after = text[: quantity.start].rstrip()[-1:], _UNIT.match(text, quantity.end)
    if before in _CURRENCIES:
        return _CURRENCIES[before]
    named = [name for name in after.groups() if name] if after else []
    return "dollar" if named and named[0].lower() == "buck" else named[0].lower() if named else None


def unsaid_numbers(text: str, surroundings: str) -> tuple[str, ...]:
    """The numbers of a text that its surroundings do not state, as the text writes them; () if they state all.

    They compare by value: "two million" is "2M", "two thirds" 67%, "doubled" "2x", "the nineties" "the 1990s", and 40% is
    not 40. A unit of time or money must agree where both say one. "One", "first" and "second" are let pass.

    >>> unsaid_numbers("Half of the 2 million left within 3 years", "50 percent of two million people, in three days")
    ('3 years',)
    """
    units: dict[str, set[str | None]] = {}
    for stated in (*read_quantities(surroundings), *find_numbers(surroundings)):
        unit = _unit_of(surroundings, stated)
        for reading in stated.readings:
            units.setdefault(reading, set()).add(unit)
    unsaid = []
    for quantity in read_quantities(text):
        if quantity.shown.lower() in _UNCHECKED:
            continue
        unit = _unit_of(text, quantity)
        said = {u for reading in quantity.readings for u in units.get(reading, ())}
        if not said and not _is_of_magnitude(quantity, units):
            unsaid.append(quantity.shown)
        elif unit and said and said.isdisjoint((unit, None)):
            unsaid.append(f"{quantity.shown} {unit}{'s' if quantity.shown != '1' else ''}")
    return tuple(dict.fromkeys(unsaid))


def _is_of_magnitude(quantity: Quantity, stated: Iterable[str]) -> bool:
    """Whether "millions" stands for a number of millions that is stated."""
    least = [float(reading[1:]) for reading in quantity.readings if reading.startswith("~")]
    values = [float(reading) for reading in stated if _VALUE.fullmatch(reading) and not _YEAR.fullmatch(reading)]
    return any(low <= value < low * MAGNITUDE_REACH for low in least for value in values)
