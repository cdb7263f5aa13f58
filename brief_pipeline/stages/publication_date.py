"""When an episode came out: the date a feed writes, in any spelling feeds use, as UTC.

feedparser's own dates are silently wrong where it matters (AEST, "UTC+2" and "America/New_York" count as UTC, epoch seconds
become a year), so this reads the raw text. What is not surely one instant is None: no date is better than a wrong one.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser as dateutil_parser

# Hours east of UTC. RFC 822 names the American zones and GMT; the others are what feeds write. A name that two countries use
# stands for the one with more podcasts (CST is Chicago, IST is India, BST is London in summer, AST is Halifax).
_ZONES_BY_HOURS: dict[float, str] = {
    -10: "HST",
    -9: "AKST",
    -8: "PST AKDT",
    -7: "MST PDT",
    -6: "CST MDT",
    -5: "EST CDT COT PET",
    -4: "AST EDT CLT",
    -3.5: "NST",
    -3: "ADT BRT ART CLST",
    -2.5: "NDT",
    -2: "BRST",
    0: "Z UT UTC GMT WET",
    1: "WEST BST CET MEZ WAT",
    2: "CEST MESZ EET SAST CAT",
    3: "EEST EAT MSK TRT IDT",
    4: "MSD",
    5: "PKT",
    5.5: "IST",
    5.75: "NPT",
    7: "ICT WIB",
    8: "SGT HKT PHT AWST",
    9: "JST KST",
    9.5: "ACST",
    10: "AEST",
    10.5: "ACDT",
    11: "AEDT",
    12: "NZST",
    13: "NZDT",
}
_ZONE_HOURS = {name: hours for hours, names in _ZONES_BY_HOURS.items() for name in names.split()}
_ZONES_BY_PLACE = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
_ASSUMED = timezone(timedelta(0), "assumed")  # UTC, where the text names no zone, or one that nobody knows
# First letters of month names in the languages whose feeds translate them: English, German, French, Spanish, Italian, Dutch,
# Portuguese, Danish, Swedish, Polish, Turkish, Russian.
_MONTH_STARTS = (
    ("jan", "ene", "gen", "jän", "sty", "oca", "янв"),
    ("feb", "fev", "fév", "lut", "şub", "фев"),
    ("mar", "mär", "mrz", "mrt", "maa", "мар"),
    ("apr", "avr", "abr", "kwi", "nis", "апр"),
    ("may", "mai", "mag", "mei", "maj", "май", "мая"),
    ("jun", "juin", "giu", "cze", "haz", "июн"),
    ("jul", "juil", "lug", "lip", "tem", "июл"),
    ("aug", "aoû", "aou", "ago", "sie", "ağu", "авг"),
    ("sep", "set", "wrz", "eyl", "сен"),
    ("oct", "okt", "ott", "out", "paź", "eki", "окт"),
    ("nov", "lis", "kas", "ноя"),
    ("dec", "dez", "déc", "dic", "gru", "ara", "дек"),
)
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?(?!\w))?"
_ZONE = r"(?P<zone>[^\s\d].*)?"
_RFC822 = re.compile(
    rf"(?:[^\W\d]+\.?,?\s*)?(?P<day>\d{{1,2}})\.?[\s-]+(?:de\s+)?(?P<month>[^\W\d]{{3,}})\.?,?[\s-]+(?:de\s+)?(?P<year>\d{{4}}|\d{{2}})"
    rf"(?:,?\s+(?:at\s+)?{_CLOCK}\s*{_ZONE})?",
    re.IGNORECASE,
)
_RFC3339 = re.compile(
    rf"(?P<year>\d{{4}})[-/](?P<month>\d{{1,2}})[-/](?P<day>\d{{1,2}})(?:(?:\s*T\s*|\s+){_CLOCK}\s*{_ZONE})?", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:UTC?|GMT|Z)?\s*(?P<sign>[+\-−])\s*(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?!\d)", re.IGNORECASE)
_EPOCH = re.compile(r"(?P<seconds>\d{9,10})(?:\d{3}|\.\d+)?")  # 1973 to 2286; thirteen digits are milliseconds
_HAN = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")  # the Chinese and Japanese way
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(\D.*)?)?")
_ZONE_AT_END = re.compile(rf"(?P<rest>.*\d\s*(?:[ap]\.?m\.?(?!\w))?)\s+(?!.*\s\d{{4}}$){_ZONE}", re.IGNORECASE)
_TWO_DIGIT_YEAR_TURN = 50  # RFC 2822, 4.3: 00-49 are 2000-2049, 50-99 are 1950-1999
_FURTHEST_OFFSET = timedelta(hours=14)  # Kiribati
_LONGEST_DATE = 100  # characters; anything longer is prose


@dataclass(frozen=True, slots=True)
class ReadDate:
    """An instant, and whether the text said which zone its clock was in."""

    at: datetime  # UTC
    has_zone: bool


def read_date(text: str | None) -> datetime | None:
    """The instant a feed's date text means, in UTC, or None where it means none for sure.

    Reads RFC 822 / 2822 and RFC 3339 with the liberties feeds take. No zone, and a zone nobody knows, count as UTC
    (RFC 2822, 4.3). An impossible day, a date without a day or year, and 01/02/2024 (January or February?) are None.

    >>> read_date("Tue, 02 Jan 2024 24:00:00 AEST").isoformat()
    '2024-01-02T14:00:00+00:00'
    >>> read_date("2024-01-02T08:00:00 America/New_York").isoformat()
    '2024-01-02T13:00:00+00:00'
    >>> read_date("1704103200").isoformat()
    '2024-01-01T10:00:00+00:00'
    >>> read_date("Thu, 118 Jun 2015 10:00:00 GMT"), read_date("31 Feb 2024"), read_date("01/02/2024")
    (None, None, None)
    """
    read = read_date_and_zone(text)
    return read.at if read else None


def read_date_and_zone(text: str | None) -> ReadDate | None:
    """`read_date` for those who want to know whether the zone is only assumed.

    >>> [read_date_and_zone(text).has_zone for text in ("2024-01-02T08:00:00Z", "2024-01-02 08:00", "2024-01-02")]
    [True, False, False]
    """
    try:
        moment = _read_moment(text)
        return ReadDate(moment.astimezone(UTC), moment.tzinfo is not _ASSUMED) if moment else None
    except (ValueError, OverflowError):  # 31 February, hour 25, an offset of a hundred hours
        return None


def _read_moment(text: str | None) -> datetime | None:
    """The moment in the zone that the text names, or in _ASSUMED. Raises ValueError or OverflowError where there is none."""
    spelled = " ".join(html.unescape(text or "").split()).strip("\"' ")
    if not spelled or len(spelled) > _LONGEST_DATE:
        return None
    if match := _EPOCH.fullmatch(spelled):
        return datetime.fromtimestamp(int(match["seconds"]), UTC)
    if match := _COMPACT.fullmatch(spelled):
        year, month, day, hour, minute, second, zone = match.groups(default="")
        spelled = f"{year}-{month}-{day}" + (f"T{hour}:{minute}:{second or '00'}{zone}" if hour else "")
    spelled = _HAN.sub(r"\1-\2-\3", spelled)
    if match := _RFC822.fullmatch(spelled):
        return _instant(match, _month_number(match["month"]))
    if match := _RFC3339.fullmatch(spelled):
        return _instant(match, int(match["month"]))
    return _read_other_spelling(spelled)


def _instant(match: re.Match[str], month: int) -> datetime:
    year = int(match["year"])
    if len(match["year"]) == 2:
        year += 2000 if year < _TWO_DIGIT_YEAR_TURN else 1900
    moment = datetime(year, month, int(match["day"]))
    if match["hour"] is None:
        return moment.replace(tzinfo=_ASSUMED)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12 and hour != 0:
            raise ValueError("an hour past noon marked am or pm")
        hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
    # ISO 8601 writes midnight at the end of a day as 24:00:00, and a leap second is :60. Nothing else may run over.
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second)):
        raise ValueError("no such time of day")
    moment += timedelta(hours=hour, minutes=minute, seconds=second)
    return _place(moment, match["zone"])


def _read_other_spelling(spelled: str) -> datetime | None:
    """American and other orders, through dateutil, as long as it needs to guess nothing."""
    match = _ZONE_AT_END.fullmatch(spelled)
    rest, zone = (match["rest"], match["zone"]) if match else (spelled, None)
    if not re.search(r"(?<!\d)\d{4}(?!\d)", rest):
        return None
    if re.search(r"(?<![\d.:+-])\d{3}(?!\d)", rest):  # "118 Jun 2015": dateutil may take 118 for a year
        return None
    readings = set()
    for default in (datetime(2001, 1, 1), datetime(2004, 2, 28)):  # what dateutil has to fill in differs, so it shows
        for day_first in (False, True) if "." not in rest else (True,):  # 05.01.2024 is the fifth wherever dots are used
            readings.add(dateutil_parser.parse(rest, default=default, dayfirst=day_first, tzinfos=_zone_inside))
    if len(readings) != 1:
        return None
    moment = readings.pop()
    return moment if moment.tzinfo else _place(moment, zone)


def _zone_inside(name: str | None, offset_seconds: int | None) -> tzinfo | None:
    """The zone that dateutil met on its way. Without this it would ask the machine's own zone what EST means."""
    if offset_seconds is not None:
        return timezone(timedelta(seconds=offset_seconds))
    return _read_zone(name) if name else None


def _month_number(name: str) -> int:
    for number, starts in enumerate(_MONTH_STARTS, start=1):
        if name.lower().startswith(starts):
            return number
    raise ValueError(f"no month is called {name}")


def _place(moment: datetime, zone: str | None) -> datetime:
    return moment.replace(tzinfo=_read_zone((zone or "").strip()))


@lru_cache(maxsize=256)
def _read_zone(zone: str) -> tzinfo:
    """The zone a text names. An offset wins over a name beside it: "+0000 EST", "-0500 (EST)"."""
    bare = re.sub(r"\s*(?:\(.*\)|\[.*\])$", "", zone).strip() or zone.strip("()[] ")
    if not bare:
        return _ASSUMED
    if match := _OFFSET.match(bare):
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        if offset > _FURTHEST_OFFSET:
            raise ValueError("no such offset")
        return timezone(offset if match["sign"] == "+" else -offset)
    initials = "".join(word[0] for word in bare.split()) if bare.lower().endswith(" time") else bare  # Eastern Standard Time
    if initials.upper() in _ZONE_HOURS:
        return timezone(timedelta(hours=_ZONE_HOURS[initials.upper()]))
    bare = _ZONES_BY_PLACE.get(bare, bare)
    if "/" in bare or re.fullmatch(r"[A-Z]{3}\d[A-Z]{3}", bare):  # America/New_York, EST5EDT
        try:
            return ZoneInfo(bare.replace(" ", "_"))
        except ZoneInfoNotFoundError as unknown:
            raise ValueError(f"no zone is called {bare}") from unknown
    if re.fullmatch(r"[A-Za-z]{1,5}", bare):
        return _ASSUMED  # RFC 2822, 4.3: an unknown name counts as -0000; a date off by hours beats one off by years
    raise ValueError(f"no zone is called {bare}")
