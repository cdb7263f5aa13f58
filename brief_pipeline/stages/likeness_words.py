"""A text taken apart for comparing: the stems of its words, what it denies, its names, its amounts with their units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from brief_pipeline.stages.claim_phrases import STOP_WORDS
from brief_pipeline.stages.name import read_names
from brief_pipeline.stages.opposition import KEPT, normalise_denials
from brief_pipeline.stages.quantity import read_quantities

REMEMBERED = 20_000  # texts: a day's insights and what lies near them
LONGEST_STEM = 6  # letters: "comput" of computer and computing; beyond the sixth it is mostly ending
HEADS = 3  # ... and that it surely denies
SCOPE = 6  # content words after a "not" that it may deny, up to the next comma or stop
UNIT_REACH = 2  # words after a number among which is what it counts

_WORD = re.compile(r"[a-zà-öø-ÿ][\w'’-]*|\d[\d.,]*", re.IGNORECASE)
_ENDING = re.compile(r"(?:ies|ing|ed|es|s|ly|er|est)$")
_BARE = re.compile(r"['’]s$|['’]$")
# Each line: a word, then its other forms that no ending explains.
_IRREGULAR_FORMS = """
fall fell fallen; rise rose risen; grow grew grown; go went gone; pay paid; buy bought; sell sold; build built; keep kept
lose lost; get got; take took taken; give gave given; find found; tell told; make made; leave left; bring brought
spend spent; send sent; win won; think thought; run ran; write wrote written; drive drove driven; break broke broken
choose chose chosen; shrink shrank shrunk; see saw seen; begin began begun; come came; know knew known; teach taught
man men; woman women; person people; child children; few fewer; less lesser; good better best; bad worse worst
wear wore worn; hold held; feel felt; sleep slept; eat ate eaten; say said
"""
_IRREGULAR = {form: line.split()[0] for line in _IRREGULAR_FORMS.replace("\n", ";").split(";") for form in line.split()[1:]}
_EMPTY = frozenset(
    """
    uh um you know mean kind sort basically actually honestly really quite rather simply just thing things lot way get got
    guess think say said says call called look let us one two even also still yet much many already always
    since zero three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety dozen hundred thousand million billion trillion percent
    half third thirds quarter quarters fifth fifths tenth tenths twice double doubled triple tripled
    """.split()  # noqa: SIM905
)
_SAYING_NOTHING = (STOP_WORDS - KEPT) | _EMPTY
_DENIAL = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|hardly|barely|rarely|seldom|scarcely|unable"
    r"|lacks?|lacked|fails?|failed|failing|refuses?|refused)\b",
    re.IGNORECASE,
)
# What follows is turned down, but nothing is denied: the other may tell it with a plain verb ("stopped selling", "gave up").
INSTEAD = re.compile(
    r"\b(?:rather than|instead of|as opposed to|stop(?:s|ped|ping)?|den(?:y|ies|ied)|quits?|(?:giv(?:es?|en|ing)|gave) up"
    r"|scrap(?:s|ped|ping)?|abandon(?:s|ed|ing)?|abolish(?:es|ed|ing)?|ceas(?:es?|ed|ing)|got rid of|get(?:s|ting)? rid of"
    r"|do(?:es|ing)? without)\b"
    r"|(?:[,;:–—-]|\band|\byet)\s+not\b|\bnot"
    r"\b(?= (?:because|the|an?|in|on|by|from|to|for|at|that|about)\b[^.;,]{1,60},? but\b)",
    re.IGNORECASE,
)
# "Nothing counts like it", "no review matters as much": the most of all, and no denial.
_SUPERLATIVE = re.compile(
    r"\b(?:not|no|nobody|no one|nothing|none|nowhere|never)\b(?= (?:\w+ )?any (?:more|less|fewer)\b)"
    r"|\b(?:no|nobody|no one|nothing|none|nowhere|never)\b(?=[^.;:,]*"
    r"\b(?:as|so|like|than|except|beats?|match(?:es)?|rivals?)\b)",
    re.IGNORECASE,
)
CALENDAR = (
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|January|February|March|April|May|June|July|August|September|October|November|December"
)
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_DATED = re.compile(r"\b(?:in|since|after|before|until|till|from|by|around|through)\s+$", re.IGNORECASE)
_ROUGH = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|some|close to|more or less|or so|approximately|over|under|more than|less than"
    r"|at least|up to|just|a little|barely|north of|well|the better part of|not quite|fully|past)\W+(?:\w+\W+)?$",
    re.IGNORECASE,
)
_TIMES = {"second": 1 / 86400, "minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "fortnight": 14.0}
_TIMES |= {"month": 30.4, "quarter": 91.3, "year": 365.0, "decade": 3650.0, "night": 1.0, "century": 36500.0}
_MONEY = frozenset("dollar euro pound buck cent yen franc crown krona sterling".split())  # noqa: SIM905
_VALUE = re.compile(r"(x|#|~)?([\d.]+(?:e\+\d+)?)(%|s)?")
_A_TIME = re.compile(rf"\b(?:an?|one|the|per|every|each)\s+(?:\w+\s+)?({'|'.join(_TIMES)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Amount:
    """A number with what it counts."""

    shown: str
    values: frozenset[float]  # every value it may stand for, in days where it is a time, a share as its per cent
    unit: str  # "%", "x", "time", "money", "year", "#", a noun's stem, or ""
    is_rough: bool  # said with "about", or as a fraction or a multiple
    bare: float  # the number alone


@dataclass(frozen=True)
class Parted:
    """What a text consists of."""

    stems: tuple[str, ...]  # of its content words, in order
    content: frozenset[str]
    heads: frozenset[str]  # stems soon after a "not"
    denied: frozenset[str]  # stems in the scope of a "not"
    affirmed: frozenset[str]  # stems outside any
    denials: int
    names: tuple[str, ...]
    amounts: tuple[Amount, ...]
    word_count: int


def stem(word: str) -> str:
    """What the forms of a word share, near enough to compare by.

    >>> stem("companies"), stem("company's"), stem("fell"), stem("falls")
    ('compan', 'compan', 'fall', 'fall')
    """
    bare = _BARE.sub("", word.lower())
    bare = _IRREGULAR.get(bare, bare)
    cut = _ENDING.sub("", bare)
    while len(cut) >= 3 and len(cut) < len(bare) and cut[-1] == cut[-2:-1] and cut[-1] not in "lsaeiou":
        cut = cut[:-1]  # "stopped", "planning"
    if len(cut) < 3:
        cut = bare
    return cut[:LONGEST_STEM].rstrip("ey") or cut


@lru_cache(REMEMBERED)
def part(text: str) -> Parted:
    """A text's words, denials, names and amounts."""
    plain = normalise_denials(text)
    stems: list[str] = []
    heads, denied, affirmed, denials = set[str](), set[str](), set[str](), 0
    reach, is_denied = 0, False
    for piece in re.finditer(r"[.!?;:,]|[\w'’-]+", INSTEAD.sub(" instead ", _SUPERLATIVE.sub(" ", plain))):
        token = piece.group()
        if not token[0].isalnum():
            reach = 0
        elif token == "instead":
            reach, is_denied = SCOPE, False
        elif _DENIAL.fullmatch(token):
            denials, reach, is_denied = denials + 1, SCOPE, True
            if token.lower() == "no" and stems:  # "saves no water"
                denied.add(stems[-1])
                affirmed.discard(stems[-1])
        elif is_content(token):
            word = stem(token)
            stems.append(word)
            heads |= {word} if reach > SCOPE - HEADS and is_denied else set()
            (denied if reach else affirmed).add(word)
            reach = max(0, reach - 1)
    names = tuple(dict.fromkeys(read_names(text)))
    return Parted(
        tuple(stems),
        frozenset(stems),
        frozenset(heads),
        frozenset(denied),
        frozenset(affirmed),
        denials,
        names,
        tuple(read_amounts(text)),
        len(text.split()),
    )


def is_content(word: str) -> bool:
    """Whether a word says something by itself."""
    plain = word.lower()
    return len(plain) > 1 and plain[0].isalpha() and plain not in _SAYING_NOTHING and bool(_WORD.fullmatch(plain))


def read_amounts(text: str) -> Iterator[Amount]:
    """The numbers of a text, each with the unit that it counts: "24 months" is 730 days, "a third" 33 per cent."""
    for found in read_quantities(text):
        if found.shown.lower() in ("one", "first", "second"):
            continue
        before, after = text[: found.start], text[found.end :]
        values: set[float] = set()
        kinds = set()
        for reading in found.readings:
            if match := _VALUE.fullmatch(reading):
                kind = "decade" if match[3] == "s" else match[1] or match[3] or ""
                kinds.add(kind)
                values.add(float(match[2]))
        if not values:
            continue
        unit = "%" if "%" in kinds else "x" if "x" in kinds else "#" if "#" in kinds else _unit(before, after)
        bare = min(values)
        if unit == "time":
            factor = _TIMES[stem_of_time(after) or "day"]
            values = {value * factor for value in values}
        if (unit == "" or _DATED.search(before)) and all(_YEAR.fullmatch(f"{value:.0f}") for value in values):
            unit = "year"
        is_rough = bool(_ROUGH.search(before)) or "/" in "".join(found.readings) or "x" in kinds or "~" in kinds
        yield Amount(found.shown, frozenset(values), unit, is_rough, bare)
    for time in _A_TIME.finditer(text):
        yield Amount(time.group(), frozenset({_TIMES[time[1].lower()]}), "a time", True, 1.0)


def stem_of_time(after: str) -> str | None:
    """The unit of time that a text opens with."""
    match = re.match(
        rf"[\s-]*(?:(?!(?:an?|per|the|every|each|of|in|to|and|or|for)\b)\w+[\s-]+)?({'|'.join(_TIMES)})s?\b",
        after,
        re.IGNORECASE,
    )
    return match[1].lower() if match else None


def _unit(before: str, after: str) -> str:
    if before.rstrip()[-1:] in "$€£¥" and before.strip():
        return "money"
    if stem_of_time(after):
        return "time"
    for word in re.findall(r"[A-Za-z][\w'’-]*|[.,;:!?]", after)[: UNIT_REACH + 1]:
        if not word[0].isalpha():
            break
        if word.lower().rstrip("s") in _MONEY:
            return "money"
        if is_content(word):
            return stem(word)
    return ""
