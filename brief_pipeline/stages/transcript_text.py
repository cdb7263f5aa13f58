"""The segments of a plain-text or Markdown transcript; and for all kinds of transcript, clean words and read times.

Stamps ("[08:14]", "(0:20)", a bare "1:59" on its own line or at the head of three lines or more) leave the text and become
the start of what follows them: a paragraph with a stamp in its middle is cut there. A stamp that would go backwards in time
is not believed. Nothing gets a time that no stamp gives it.
"""

from __future__ import annotations

import bisect
import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from brief_pipeline.records import Segment
from brief_pipeline.stages.speaker import (
    PSEUDO_SPEAKERS,
    TurnSplitter,
    find_labels,
    is_name_shaped,
    is_pseudo_speaker,
    speaker_name,
)

CLOCK = r"\d{1,4}:\d{1,2}(?::\d{1,2})?(?:[.,]\d{1,3})?"
MIN_BARE_STAMPS = 3  # fewer lines that begin with a bare "12:30" are sentences about half past twelve
MAX_WRAPPED_CHARACTERS = 120  # a line longer than this was not broken by an editor: each line is a paragraph

_PRIVATE_USE = 0xE000  # an escaped character waits here, out of reach of what strips its kind
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_MARK_PILE = re.compile(r"([\u0300-\u036f]{30})[\u0300-\u036f]+")  # no letter has so many (UAX 15); NFC sorts them slowly
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(
    r"</?(?:a|abbr|b|br|c|cite|code|div|em|font|h\d|hr|i|img|li|mark|ol|p|q|s|small|span|strong|sub|sup|u|ul|v)\b[^<>]*>",
    re.I,
)
_TIMED_NOTE = re.compile(rf"([\[(][^\[\]()\d]{{2,40}}?)\s*{CLOCK}\s*([\])])")  # "[inaudible 00:12:33]"
_SOUND = re.compile(  # what is heard but not said; brackets around anything else ("[at]") stay
    r"\[[^\[\]\d]{0,40}\b(?:laugh\w*|music|applau\w*|chuckl\w*|sigh\w*|cough\w*|cheer\w*|crosstalk|silence|singing|clap\w*|noise"
    r"|beep\w*|sounds?|giggl\w*|gasp\w*|playing)\b[^\[\]\d]{0,40}\]"
    r"|\((?:\w+ )?(?:laughs?|laughing|laughter|music|applause|chuckles|sighs|coughs|crosstalk|silence)\)|[♪♫♬]+",
    re.IGNORECASE,
)
_CREDIT = re.compile(r"(?:transcribed by|transcript(?:ion)? (?:provided )?by)\b.{0,80}|transcript:?", re.IGNORECASE)
_STAMP = re.compile(rf"\[\s*({CLOCK})\s*\]")
_LEADING_STAMP = re.compile(rf"\s*[\[(]\s*({CLOCK})\s*(?:[-–—]+>?\s*{CLOCK}\s*)?[\])]\s*[-–—:]?\s*")
_BARE_STAMP = re.compile(rf"\s*({CLOCK})(?![\d:.,])(?:\s+[-–—]\s+|\s*$|\s+)")
_NAME_AND_CLOCK = re.compile(rf"(.{{1,48}}?)\s*(?:[\[(]\s*({CLOCK})\s*[\])]\s*(?::|$)|\s({CLOCK})\s*$)")
_BRACKETED_NAME = re.compile(rf"\[([^\[\]]{{1,40}})\]\s*(:|\[\s*{CLOCK}\s*\])?\s*")
_BOLD_NAME = re.compile(r"\s*(?:\*\*|__)([^*\n]{1,48}?)(:?)(?:\*\*|__)(:?)[ \t]*")


class HasStart(Protocol):
    """Something said that may have a time."""

    @property
    def start_seconds(self) -> float | None: ...


_Timed = TypeVar("_Timed", bound=HasStart)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a transcript, with what its mark-up tells beside the text."""

    text: str
    label: str | None = None  # set where the mark-up itself names the speaker ("**Ada:**", <cite>Ada</cite>)
    start_seconds: float | None = None


def clean_text(text: str) -> str:
    """The spoken words: tags, entities, invisible characters and notes of sounds are gone, blanks collapsed, NFC.

    Times inside "[inaudible 00:12]" go too, the mark itself stays: words are missing there. Gives "" if no word is left.

    >>> clean_text("AT&amp;T  <b>said</b>\\u200b [laughs] no\\u0308 [inaudible 00:08:24.09]")
    'AT&T said nö [inaudible]'
    >>> clean_text("[Music]"), clean_text("..."), clean_text("ada [at] example")
    ('', '', 'ada [at] example')
    """
    text = _TAG.sub(" ", text) if "<" in text else text
    for _ in range(2 if "&" in text else 0):  # "&amp;#39;" occurs: some exporters escape twice
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    text = _SOUND.sub(" ", _TIMED_NOTE.sub(r"\1\2", _INVISIBLE.sub("", text)))
    text = text if text.isascii() else unicodedata.normalize("NFC", _MARK_PILE.sub(r"\1", text))
    text = " ".join(text.split())
    return text if any(character.isalnum() for character in text) else ""


def read_clock(text: str) -> float | None:
    """Seconds in a time of a transcript: H:MM:SS, MM:SS or SS, with or without a fraction after a dot or comma.

    >>> read_clock("1:02:03,5"), read_clock("112:31"), read_clock("7.25s"), read_clock("soon"), read_clock("-1")
    (3723.5, 6751.0, 7.25, None, None)
    """
    found = re.fullmatch(r"(?:(\d{1,6}):)?(?:(\d{1,6}):)?(\d{1,12}(?:[.,]\d{1,12})?)s?", text.strip())
    if not found:
        return None
    hours, minutes = (found[1], found[2]) if found[2] else (None, found[1])
    return round(int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(found[3].replace(",", ".")), 6)


def read_stamp(text: str) -> float | None:
    """Seconds of a stamp inside text. Two digits after the seconds count video frames in some editors: they are left out.

    >>> read_stamp("01:48:07.29"), read_stamp("0:07.500")
    (6487.0, 7.5)
    """
    return read_clock(re.sub(r"[.,]\d\d$", "", text.strip()))


def sort_by_start(things: Sequence[_Timed]) -> list[_Timed]:
    """Cues or segments by start, otherwise as they stood; one without a start stays behind the one it stood behind."""
    keyed, last = [], 0.0
    for thing in things:
        last = thing.start_seconds if thing.start_seconds is not None else last
        keyed.append((last, thing))
    return [thing for _, thing in sorted(keyed, key=lambda pair: pair[0])]


def fill_ends(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Every missing end, and every end before its own start, becomes the start of the very next segment, or None."""
    filled = list(segments)
    for index, segment in enumerate(filled):
        start, end = segment.start_seconds, segment.end_seconds
        if start is None or (end is not None and end >= start):
            continue
        following = filled[index + 1].start_seconds if index + 1 < len(filled) else None
        filled[index] = replace(segment, end_seconds=following if following is not None and following >= start else None)
    return tuple(filled)


def read_text(text: str) -> tuple[Segment, ...]:
    """The segments of plain text or Markdown, one a paragraph (one a line where no blank line parts them)."""
    text = re.sub(r"\A---\n.*?\n(?:---|\.\.\.)\n", "", text, flags=re.DOTALL)
    return segments_of_lines(_markdown_line(paragraph) for paragraph in _paragraphs(text))


def _paragraphs(text: str) -> list[str]:
    """Lines that belong together: hard-wrapped lines are joined, but not before a line that begins with a label or stamp."""
    lines = [line.strip() for line in text.split("\n")]
    if all(lines[:-1]) or max(map(len, lines)) > MAX_WRAPPED_CHARACTERS:
        return [line for line in lines if line]
    labels = find_labels([line for line in lines if line])
    begins = re.compile("|".join([r"[\[(*_#>-]", r"\\\[", rf"{CLOCK}\b", *(re.escape(label) + r"\s*:" for label in labels)]))
    paragraphs: list[str] = []
    is_open = False
    for line in lines:
        if line and is_open and not begins.match(line):
            paragraphs[-1] += ("\n" if _is_heading(paragraphs[-1]) else " ") + line
        elif line:
            paragraphs.append(line)
        is_open = bool(line)
    return [part for paragraph in paragraphs for part in paragraph.split("\n")]


def _is_heading(line: str) -> bool:
    """Whether a line holds a name or a time and nothing else, so that the next line must not be glued to it."""
    return bool(_NAME_AND_CLOCK.fullmatch(line) or _BARE_STAMP.fullmatch(line) or line.endswith(":") or line.startswith("#"))


def _markdown_line(text: str) -> Line:
    """A line without its Markdown. A heading is kept only if it is a name or a time: the rest of them nobody says."""
    heading = re.match(r"#{1,6}\s+", text)
    text = re.sub(r"^(?:#{1,6}\s+|>\s+(?!>)|[*+]\s+)", "", text)
    bold = _BOLD_NAME.match(text)
    label = None
    if bold and (bold[2] or bold[3] or bold.end() == len(text)) and is_name_shaped(bold[1]):
        label, text = bold[1], text[bold.end() :]
    text = plain_markdown(text)
    line = Line(text, label)
    if heading and label is None:
        named = with_written_label(line)
        is_name = named.label is not None or (is_name_shaped(text.rstrip(":")) and text.endswith(":"))
        return named if is_name or _BARE_STAMP.fullmatch(text) else Line("")
    return line


def plain_markdown(text: str) -> str:
    """Text without the marks of links, emphasis and escapes, and without a "**Break**:" inside it.

    >>> plain_markdown("**Break:** a *b* [c](https://d.example)")
    'a b c'
    """
    escaped = re.sub(r"\\([\\`*_{}\[\]()#+.!>~|-])", lambda mark: chr(_PRIVATE_USE + ord(mark[1])), text)
    escaped = re.sub(r"!?\[([^\[\]]*)\]\((?:[^()\s]*)(?:\s\"[^\"]*\")?\)", r"\1", escaped)
    escaped = re.sub(rf"\*\*(?:{'|'.join(PSEUDO_SPEAKERS)})(?::\*\*|\*\*:)\s*", "", escaped, flags=re.IGNORECASE)
    escaped = re.sub(r"(\*\*|__)(?=\S)(.{1,400}?)(?<=\S)\1", r"\2", escaped)
    escaped = re.sub(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])", r"\1", escaped)
    return "".join(chr(ord(c) - _PRIVATE_USE) if 0 < ord(c) - _PRIVATE_USE < 0x80 else c for c in escaped)


def with_written_label(line: Line) -> Line:
    """The line with its label and time taken off: "Ada [0:15]:", "Ada  0:15" alone, "[Ada] [0:15] text", "[Ada 1] text"."""
    if line.label is not None:
        return line
    bracketed = _BRACKETED_NAME.match(line.text)
    if bracketed and is_name_shaped(bracketed[1]) and clean_text(f"[{bracketed[1]}]"):
        is_note = not bracketed[2] and not any(character.isdigit() for character in bracketed[1])  # "[Nervously] No."
        if not is_note:
            return Line(line.text[bracketed.end(1) + 1 :].lstrip(" :"), bracketed[1], line.start_seconds)
    found = _NAME_AND_CLOCK.match(line.text)
    if found and is_name_shaped(found[1].strip(" :")):
        return Line(line.text[found.end() :], found[1].strip(" :"), read_stamp(found[2] or found[3]))
    return line


def segments_of_lines(lines: Iterable[Line]) -> tuple[Segment, ...]:
    """Segments from lines: labels and stamps leave the text, speakers are carried on, order is the reader's order."""
    source = list(lines)
    bare_count = sum(1 for line in source if _BARE_STAMP.match(line.text))
    parted = [with_written_label(_without_leading_stamp(line, bare_count >= MIN_BARE_STAMPS)) for line in source]
    parted = [line if line.start_seconds is not None else _without_leading_stamp(line, False) for line in parted]
    is_marked_up = any(line.label is not None for line in parted)  # then "Ross:" in a line is a play that is read out
    splitter = TurnSplitter(() if is_marked_up else find_labels([line.text for line in parted]))
    found: list[Segment] = []
    speaker: str | None = None
    pending: float | None = None
    for line in parted:
        if line.label is not None:
            speaker = speaker_name(line.label)
        pending = line.start_seconds if line.start_seconds is not None else pending
        for turn in splitter.split(line.text):
            speaker = turn.speaker if turn.changes else speaker
            for start, text in _split_at_stamps(turn.text):
                pending = start if start is not None else pending
                if text and not _CREDIT.fullmatch(text):
                    found.append(Segment(pending, None, speaker, text))
                    pending = None
        if line.label is not None and is_pseudo_speaker(line.label):
            pending = None  # the time of an advert break is not the time of what comes after it
    return fill_ends(believed_times(found))


def _without_leading_stamp(line: Line, trust_bare: bool) -> Line:
    found = _LEADING_STAMP.match(line.text)
    if not found:
        found = _BARE_STAMP.match(line.text)
        if not found or not (trust_bare or found.end() == len(line.text)):
            return line
    return Line(line.text[found.end() :], line.label, read_stamp(found[1]))


def _split_at_stamps(text: str) -> list[tuple[float | None, str]]:
    """Text cut at the "[08:14]" inside it: (start or None, clean words)."""
    parts = _STAMP.split(text)
    starts = [None, *(read_stamp(stamp) for stamp in parts[1::2])]
    return list(zip(starts, map(clean_text, parts[0::2]), strict=True))


def believed_times(segments: Sequence[Segment]) -> list[Segment]:
    """The segments in reading order, without the fewest stamps that must be wrong for time to run forwards."""
    tails: list[float] = []  # longest non-decreasing subsequence, by patience sorting
    heads: list[int] = []
    before: dict[int, int | None] = {}
    for index, segment in enumerate(segments):
        if segment.start_seconds is None:
            continue
        place = bisect.bisect_right(tails, segment.start_seconds)
        tails[place : place + 1] = [segment.start_seconds]
        heads[place : place + 1] = [index]
        before[index] = heads[place - 1] if place else None
    believed: set[int] = set()
    last = heads[-1] if heads else None
    while last is not None:
        believed.add(last)
        last = before[last]
    return [s if i in believed else replace(s, start_seconds=None) for i, s in enumerate(segments)]
