"""The pieces of timed XML: TTML and DFXP (Apple Podcasts, broadcasters), Podlove's simple transcripts, YouTube, SAMI.

Text belongs to the innermost element that has a time. A time inside a timed element counts from that element's start where
it would else lie before it: so the standard has it, but Apple's times are absolute.

Source: https://www.w3.org/TR/ttml2/#timing-value-time-expression
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString

from brief_pipeline.stages.piece import Piece
from brief_pipeline.stages.speaker import speaker_name
from brief_pipeline.stages.transcript_text import clean_text, read_clock

START_ATTRIBUTES = {"begin": 1.0, "start": 1.0, "t": 1000.0}  # TTML; Podlove, YouTube srv1; YouTube srv3 (milliseconds)
LENGTH_ATTRIBUTES = {"dur": 1.0, "d": 1000.0}
SYNC_DIVISOR = 1000.0  # SAMI counts milliseconds
CONTAINERS = frozenset(["ol", "video", "audio", "div", "body", "region", "set", "style", "s"])  # no words, or single ones
BREAKS = frozenset(["br", "p", "div"])
DEFAULT_FRAME_RATE = 30.0  # TTML 2, section 7.2.5
TICKS = 10_000_000.0  # a second, where the file names no tick rate but counts in ticks, as broadcasters do

_FRAMES = re.compile(r"(\d{1,4}):(\d{2}):(\d{2}):(\d{2,3}(?:\.\d+)?)")
_METRIC = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)(h|ms|m|s|f|t)")


@dataclass(slots=True)
class _Timed:
    """An element with a time, and the strings that are its own."""

    start: float
    end: float | None
    speaker: str | None
    strings: list[str] = field(default_factory=list)


class _Clock:
    """Reads the times of one document by the rates that it names."""

    def __init__(self, root: Tag | None) -> None:
        self.frames = _rate(root, "ttp:framerate") or DEFAULT_FRAME_RATE
        self.ticks = _rate(root, "ttp:tickrate") or TICKS

    def read(self, value: object) -> float | None:
        """Seconds of a time expression ("1.5s", "00:01:02:12", "75000000t"), None if it is none."""
        if not isinstance(value, str):
            return None
        framed = _FRAMES.fullmatch(value.strip())
        if framed:
            return int(framed[1]) * 3600 + int(framed[2]) * 60 + int(framed[3]) + float(framed[4]) / self.frames
        metric = _METRIC.fullmatch(value.strip())
        if not metric:
            return read_clock(value)
        units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "f": 1 / self.frames, "t": 1 / self.ticks}
        return float(metric[1]) * units[metric[2]]

    def read_first(self, tag: Tag, names: dict[str, float]) -> float | None:
        """Seconds in the first of the attributes that is a time."""
        for name, divisor in names.items():
            seconds = self.read(tag.get(name))
            if seconds is not None:
                return seconds / (SYNC_DIVISOR if tag.name == "sync" else divisor)
        return None


def read_timed_xml(soup: BeautifulSoup) -> list[Piece]:
    """The timed elements of a document that hold text, in its order; none if it is no timed XML.

    >>> read_timed_xml(BeautifulSoup("<tt><p begin='1s' end='2s'>It is<br/>late.</p></tt>", "html.parser"))
    [Piece(text='It is late.', start=1.0, end=2.0, speaker=None, is_glued=False, words=())]
    """
    clock, names = _Clock(soup.find("tt")), _agents(soup)
    owners: dict[int, _Timed] = {}
    found: list[_Timed] = []
    speaker: str | None = None
    for node in soup.descendants:
        owner = owners.get(id(node.parent))
        if isinstance(node, Tag):
            kind = node.name.split(":")[-1]
            if kind in ("speech", "speaker"):
                speaker = speaker_name(clean_text(node.get_text())) if kind == "speaker" and not node.find(True) else None
            agent = names.get(str(node.get("ttm:agent", "")).strip("# "))
            timed = _timed(node, kind, clock, None if kind == "sync" else owner, agent or speaker)
            if timed:
                found.append(timed)
            elif owner and kind in BREAKS:
                owner.strings.append(" ")
            if timed or owner:
                owners[id(node)] = timed or owner  # type: ignore[assignment]
        elif owner and isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            owner.strings.append(str(node))
    for one, following in pairwise(found):
        if one.end is None and following.start >= one.start:
            one.end = following.start  # also where what follows is blank: in SAMI that is how a caption ends
    return [Piece("".join(one.strings), one.start, one.end, one.speaker) for one in found if "".join(one.strings).strip()]


def _timed(tag: Tag, kind: str, clock: _Clock, outer: _Timed | None, speaker: str | None) -> _Timed | None:
    found = None if kind in CONTAINERS else clock.read_first(tag, START_ATTRIBUTES)
    if found is None:
        return None
    start, end, length = found, clock.read_first(tag, {"end": 1.0}), clock.read_first(tag, LENGTH_ATTRIBUTES)
    if outer is not None and start < outer.start:
        start, end = start + outer.start, None if end is None else end + outer.start
    if end is None and length is not None:
        end = start + length
    return _Timed(start, end, speaker or (outer.speaker if outer else None))


def _agents(soup: BeautifulSoup) -> dict[str, str]:
    """Speakers by the ids that TTML gives them: their names, or the ids where no name is stated."""
    agents = {}
    for agent in soup.find_all("ttm:agent"):
        named = agent.find("ttm:name")
        name = speaker_name(clean_text(named.get_text())) if named else None
        agents[str(agent.get("xml:id", ""))] = name or str(agent.get("xml:id", ""))
    return {key: name for key, name in agents.items() if key}


def _rate(root: Tag | None, name: str) -> float | None:
    value = root.get(name) if root is not None else None
    return float(value) if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,9}", value) else None
