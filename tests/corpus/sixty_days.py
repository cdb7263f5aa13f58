"""Sixty days of real talk: the transcripts of a corpus, spread over shows that publish them."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from samples import HOST, make_feed, make_item

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.stages.transcript import read_transcript

FIRST = date(2026, 7, 1)
DAYS = tuple(FIRST + timedelta(days=n) for n in range(60))
FOLDERS = ("changelog", "transcripts/vtt", "transcripts/srt", "transcripts/json", "transcripts/html", "transcripts/txt")
FEWEST_WORDS = 1_500
SEED = 60
ENGLISH = re.compile(r"\b(?:the|and|of|to|that)\b", re.IGNORECASE)


def read_talks(corpus: Path) -> Iterator[tuple[str, Path]]:
    """Each English transcript of some length, with the show it is of, as far as its file's name tells."""
    said = set()
    for folder in FOLDERS:
        for path in sorted((corpus / folder).glob("*")):
            try:
                text = " ".join(segment.text for segment in read_transcript(path.read_bytes()).segments)
            except TranscriptUnreadable:
                continue
            words = text.split()
            if len(words) >= FEWEST_WORDS and len(ENGLISH.findall(text)) * 15 >= len(words) and text not in said:
                said.add(text)
                yield path.name.partition("__")[0].lower(), path


def make_pages(corpus: Path) -> dict[str, bytes]:
    """The pages of a web on which the corpus came out: feeds (HOST/<show>.xml) and transcripts."""
    talks = list(read_talks(corpus))
    random.Random(SEED).shuffle(talks)
    pages: dict[str, bytes] = {}
    items = defaultdict(list)
    for n, (show, path) in enumerate(talks):
        url = f"{HOST}/{show}/{path.name}.vtt"  # the type is a lie for most; what a file is shows in its bytes
        pages[url] = path.read_bytes()
        items[show].append(make_item(path.name, DAYS[n * len(DAYS) // len(talks)], show=show, audio=False))
    return pages | {f"{HOST}/{show}.xml": make_feed(show, *of_show) for show, of_show in items.items()}
