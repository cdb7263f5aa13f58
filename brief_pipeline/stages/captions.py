"""The segments of timed captions: WebVTT, SubRip (SRT), and the files between the two that publishers really serve.

One lenient reader for all of them: cue numbers may be missing, milliseconds follow a dot, a comma or nothing, hours have any
number of digits, blank lines may be missing between cues or stand inside them. What a cue cannot tell stays None; a cue
whose times cannot be read keeps its words and its place. An end that is missing or before its start becomes the next start.

Source: https://www.w3.org/TR/webvtt1/ ; SubRip has no standard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from brief_pipeline.records import Segment
from brief_pipeline.stages.speaker import Turn, TurnSplitter, carry_on, find_labels, split_voices
from brief_pipeline.stages.transcript_text import clean_text, fill_ends, read_clock, sort_by_start

ROLLING_SHARE = 0.1  # of the cues repeat the line before: from here on it is how the file scrolls, not how people talk
MIN_ROLLING_CUES = 3
MAX_SHOWN_WORDS = 200  # on one screen: a longer "cue" is a whole transcript and scrolls no more
MIN_REPEATED_WORDS = 3  # two people can say "yeah, yeah" in a row; three words again at the seam of two cues are a display

_CLOCK = r"(?:\d+:)?\d{1,3}:\d{1,2}(?:[.,:]\d{1,4})?|\d+[.,]\d+"
_TIMING = re.compile(rf"\s*({_CLOCK})\s*(?:-{{1,3}}\s?-?>|[—–]\s?>|--&gt;|→)\s*({_CLOCK})?(?![\d:])")
_SBV_TIMING = re.compile(r"\s*(\d+:\d{2}:\d{2}\.\d{3}),(\d+:\d{2}:\d{2}\.\d{3})\s*$")  # YouTube's own format
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_FORMAT_TAG = re.compile(
    r"<(?!/?v[\s.>])/?[A-Za-z][^<>]{0,200}>|<\d[\d:.]*>|\{\\[^{}]*\}"
    r"|<(?:\d[\d:.]+|(?:c|b|i|u|rt|ruby|lang)(?:[.\s][^<>]{0,200})?)\Z",  # left open at the end of a cue
    re.IGNORECASE,
)
_INNER_TIME = re.compile(r"<\d\d:\d\d[\d:.]*>")


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption as it stands in the file: times and displayed lines, voice tags still inside."""

    start_seconds: float | None
    end_seconds: float | None
    lines: tuple[str, ...]


def is_captions(text: str) -> bool:
    """Whether the text holds the time line of a caption.

    >>> is_captions("1\\n00:01,5 --> 00:02,5\\nHi"), is_captions("<!-- a --> 12:30")
    (True, False)
    """
    return any(_find_timing(line) for line in text.split("\n") if ">" in line or "→" in line or _SBV_TIMING.match(line))


def read_captions(text: str) -> tuple[Segment, ...]:
    """The segments of a caption file, by time. A voice tag holds for its cue, a label ("Ada:") until the next one.

    >>> [s.text for s in read_captions("WEBVTT\\n\\n0:01.000 --> 0:02.000\\n<v Ada>Hello.")]
    ['Hello.']
    """
    cues = collapse_repetition(sort_by_start(read_cues(text)))
    voiced = any(re.search(r"<v[\s.>]", line, re.IGNORECASE) for cue in cues for line in cue.lines)
    return fill_ends(_voiced_segments(cues) if voiced else _labelled_segments(cues))


def read_cues(text: str) -> list[Cue]:
    """The cues in file order, empty ones too. Comments, style blocks, cue names and numbers are left out."""
    lines = text.split("\n")
    heads = [index for index, line in enumerate(lines) if _is_head(lines, index)]
    cues = []
    for head, following in zip(heads, [*heads[1:], len(lines)], strict=False):  # no head, no cue
        stop = following - 1 if following < len(lines) and _is_cue_name(lines, following - 1, head) else following
        start, end = _find_timing(lines[head]) or (None, None)
        cues.append(Cue(start, end, _displayed_lines(lines[head + 1 : stop])))
    return cues


def _find_timing(line: str) -> tuple[float | None, float | None] | None:
    found = _TIMING.match(line) or _SBV_TIMING.match(line)
    if not found:
        return None
    start, end = (read_clock(re.sub(r":(\d{3,4})$", r".\1", part or "")) for part in found.groups())
    return None if start is None else (start, end)


def _is_head(lines: Sequence[str], index: int) -> bool:
    """Whether a line begins a cue: it holds times; or, after a blank or a number, an arrow and digits meant as times."""
    if _find_timing(lines[index]):
        return True
    is_broken = "-->" in lines[index] and any(character.isdigit() for character in lines[index])
    before = lines[index - 1].strip() if index else ""
    return is_broken and (not before or before.isdigit())


def _is_cue_name(lines: Sequence[str], index: int, head: int) -> bool:
    """Whether the line above a time line names or numbers the cue below, and is no text of the cue above (at `head`)."""
    name = lines[index].strip()
    if index <= head or not name:
        return False
    return name.isdigit() or "-->" in name or (index - 1 > head and not lines[index - 1].strip())


def _displayed_lines(block: Sequence[str]) -> tuple[str, ...]:
    """The lines of a cue. What follows a blank line inside it is text as well (editors do that), unless it is a comment."""
    shown: list[str] = []
    is_comment = False
    for line, before in zip(block, ["-", *block], strict=False):
        if not line.strip():
            is_comment = False
            continue
        is_comment = is_comment or (not before.strip() and _COMMENT.match(line) is not None)
        if not is_comment:
            shown.append(line.strip())
    return tuple(shown)


def collapse_repetition(cues: Sequence[Cue]) -> list[Cue]:
    """The cues with every spoken word once: a line that stays on the screen while the next one rolls in is said only once.

    Files that scroll are told from people who repeat themselves by how often cues repeat (`ROLLING_SHARE`) or by the word
    times inside the lines. In all files a cue that repeats the one before within its time goes.

    >>> rolling = [Cue(0, 1, ("a b",)), Cue(1, 2, ("a b", "c d")), Cue(2, 3, ("c d", "e f")), Cue(3, 4, ("e f", "g"))]
    >>> [cue.lines for cue in collapse_repetition(rolling)]
    [('a b',), ('c d',), ('e f',), ('g',)]
    """
    plain = [replace(cue, lines=_without_format(cue.lines)) for cue in cues]
    plain_cues = [cue for cue in plain if cue.lines]
    rolls = _is_rolling(cues, plain_cues)
    collapsed: list[Cue] = []
    before: Cue | None = None
    for cue in plain_cues:
        if before is None or not (rolls or _repeats_in_time(before, cue)):
            fresh = cue.lines
        else:
            fresh = _fresh_lines(before.lines, cue.lines)
        if fresh:
            collapsed.append(replace(cue, lines=fresh))
        before = cue
    return collapsed


def _without_format(lines: Sequence[str]) -> tuple[str, ...]:
    """Displayed lines without colours, fonts and inner times; tags may run over the end of a line."""
    shown = _FORMAT_TAG.sub("", "\n".join(lines)).split("\n")
    return tuple(line.strip() for line in shown if line.strip())


def _is_rolling(cues: Sequence[Cue], plain: Sequence[Cue]) -> bool:
    if sum(1 for cue in cues if any(_INNER_TIME.search(line) for line in cue.lines)) >= max(1, ROLLING_SHARE * len(cues)):
        return True
    rolled = sum(
        1 for one, two in pairwise(plain) if one.lines != two.lines and _fresh_lines(one.lines, two.lines) != two.lines
    )
    return rolled >= max(MIN_ROLLING_CUES, ROLLING_SHARE * len(plain))


def _repeats_in_time(before: Cue, cue: Cue) -> bool:
    """Whether two cues show the same while both are on the screen."""
    if before.lines != cue.lines or cue.start_seconds is None or before.start_seconds is None:
        return False
    return cue.start_seconds == before.start_seconds or cue.start_seconds < (before.end_seconds or 0)


def _fresh_lines(before: Sequence[str], lines: tuple[str, ...]) -> tuple[str, ...]:
    """What a cue shows that the one before did not: by whole lines, else by words (captions that grow word by word)."""
    for count in range(min(len(before), len(lines)), 0, -1):
        if tuple(before[-count:]) == lines[:count]:
            return lines[count:]
    old, new = " ".join(before).split()[-MAX_SHOWN_WORDS:], " ".join(lines).split()
    for count in range(min(len(old), len(new)), 0, -1):
        if old[-count:] == new[:count]:
            is_display = count >= MIN_REPEATED_WORDS or count == len(old)
            return ((" ".join(new[count:]),) if new[count:] else ()) if is_display else lines
    return lines


def _voiced_segments(cues: Sequence[Cue]) -> list[Segment]:
    segments: list[Segment] = []
    for cue in cues:
        for voice in split_voices("\n".join(cue.lines)):
            segments.extend(_segment(cue, voice.speaker, turn.text) for turn in TurnSplitter(()).split(voice.text))
    return [segment for segment in segments if segment.text]


def _labelled_segments(cues: Sequence[Cue]) -> list[Segment]:
    shown = [clean_lines(cue.lines) for cue in cues]
    splitter = TurnSplitter(find_labels([line for text in shown for line in text.split("\n")]))
    turns: list[Turn] = []
    owners: list[Cue] = []
    for cue, text in zip(cues, shown, strict=True):
        found = splitter.split(text)
        turns.extend(found)
        owners.extend([cue] * len(found))
    segments = [_segment(cue, turn.speaker, turn.text) for cue, turn in zip(owners, carry_on(turns), strict=True)]
    return [segment for segment in segments if segment.text]


def clean_lines(lines: Sequence[str]) -> str:
    """Displayed lines as text, one a line still: a label may stand at the head of the second."""
    return "\n".join(line.replace("&gt;", ">") for line in lines)


def _segment(cue: Cue, speaker: str | None, text: str) -> Segment:
    return Segment(cue.start_seconds, cue.end_seconds, speaker, clean_text(text))
