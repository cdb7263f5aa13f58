"""The segments of an LRC file: a line of text behind "[mm:ss.xx]", made for songs and written by some speech recognisers.

Unlike a stamp in a transcript, the two digits behind the seconds are hundredths. A line may bear several times (a chorus);
lines such as "[ar: ...]" say what the file is; times inside a line ("<00:12.30>") belong to single words and go.

Source: https://en.wikipedia.org/wiki/LRC_(file_format)
"""

from __future__ import annotations

import re

from brief_pipeline.records import Segment
from brief_pipeline.stages.transcript_text import clean_text, fill_ends, read_clock, sort_by_start

MIN_TIMED_SHARE = 0.5  # of the lines that are not blank
MIN_TIMED_LINES = 2
MAX_FRAMES = 30  # a second: where editors count frames behind the seconds, none is higher

_TIMES = re.compile(r"\s*((?:\[\d{1,4}:\d{2}[.:]\d{2,3}\]\s*)+)(.*)")
_TIME = re.compile(r"\[(\d{1,4}:\d{2})[.:](\d{2,3})\]")
_WORD_TIME = re.compile(r"<\d{1,4}:\d{2}[.:]\d{2,3}>")
_OFFSET = re.compile(r"^\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE | re.MULTILINE)
_HEADER = re.compile(r"^\[(?:ar|ti|al|by|au|re|ve|la|length|offset|tool):", re.IGNORECASE | re.MULTILINE)


def is_lyrics(text: str) -> bool:
    """Whether the text is LRC and no transcript that stamps its paragraphs: it has the header, or before most lines a
    time that is tight, or that counts hundredths and no frames.

    >>> is_lyrics("[00:01.50]Hello.\\n[00:03.25]Bye."), is_lyrics("[00:01] Hello.\\n[00:03] Bye.")
    (True, False)
    """
    lines = [line for line in text.split("\n") if line.strip() and not _HEADER.match(line)]
    timed = [line for line in lines if _TIMES.match(line)]
    if len(timed) < MIN_TIMED_LINES or len(timed) < MIN_TIMED_SHARE * len(lines):
        return False
    hundredths = [int(fraction[:2]) for line in timed for _, fraction in _TIME.findall(line[:40])]
    return _HEADER.search(text) is not None or max(hundredths) >= MAX_FRAMES or all("] " not in line[:14] for line in timed)


def read_lyrics(text: str) -> tuple[Segment, ...]:
    """The lines by time; a line ends where the next begins. An offset in the file (milliseconds, + is earlier) is applied.

    >>> [(s.start_seconds, s.end_seconds, s.text) for s in read_lyrics("[00:01.50]Hello.\\n[00:03.25]Bye.")]
    [(1.5, 3.25, 'Hello.'), (3.25, None, 'Bye.')]
    """
    stated = _OFFSET.search(text)
    offset = int(stated[1]) / 1000 if stated else 0.0
    segments = []
    for line in text.split("\n"):
        found = _TIMES.match(line)
        words = clean_text(_WORD_TIME.sub("", found[2])) if found else ""
        for clock, fraction in _TIME.findall(found[1]) if found and words else ():
            start = (read_clock(f"{clock}.{fraction}") or 0.0) - offset
            segments.append(Segment(max(0.0, start), None, None, words))
    return fill_ends(sort_by_start(segments))
