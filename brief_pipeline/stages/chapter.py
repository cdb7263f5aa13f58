"""The chapters that a publisher marks, from a Podcasting 2.0 JSON chapters file.

Source: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/chapters/jsonChapters.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Chapter
from brief_pipeline.stages.json_piece import finite_seconds
from brief_pipeline.stages.transcript_bytes import decode_text
from brief_pipeline.stages.transcript_text import clean_text, read_clock

START_KEYS = ("startTime", "start", "start_time", "time", "from")
TITLE_KEYS = ("title", "name", "label")
MAX_DEPTH = 4  # where a list of chapters may stand: exporters wrap it in an episode, or a list of episodes


def read_chapters(body: bytes) -> tuple[Chapter, ...]:
    """The chapters by start. Left out: those without title or start, and those marked as not for the list (`toc: false`).

    Raises TranscriptUnreadable if the bytes are not JSON chapters; an empty list of chapters is empty, and no error.

    >>> read_chapters(b'{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Intro"}]}')
    (Chapter(start_seconds=0.0, title='Intro'),)
    """
    try:
        document = json.loads(decode_text(body), strict=False)
    except (ValueError, RecursionError) as error:
        raise TranscriptUnreadable(f"not JSON chapters: {error}") from error
    entries = _chapter_list(document, 0)
    if entries is None:
        raise TranscriptUnreadable("JSON without chapters in it")
    chapters = [chapter for entry in entries if (chapter := _chapter(entry)) is not None]
    if entries and not chapters and not any(isinstance(entry, Mapping) for entry in entries):
        raise TranscriptUnreadable("JSON whose chapters are not objects")
    return tuple(sorted(chapters, key=lambda chapter: chapter.start_seconds))


def _chapter_list(node: Any, depth: int) -> list[Any] | None:
    """The first list called "chapters", or a bare list of things with a start."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(node, Mapping):
        if isinstance(node.get("chapters"), list):
            return list(node["chapters"])
        inner = [_chapter_list(value, depth + 1) for value in node.values() if isinstance(value, (Mapping, list))]
    elif isinstance(node, list):
        if any(isinstance(entry, Mapping) and _start(entry) is not None for entry in node):
            return node
        inner = [_chapter_list(entry, depth + 1) for entry in node if isinstance(entry, Mapping)]
    else:
        return None
    return next((found for found in inner if found is not None), None)


def _chapter(entry: Any) -> Chapter | None:
    if not isinstance(entry, Mapping) or entry.get("toc") is False:
        return None
    start = _start(entry)
    title = next((clean_text(entry[key]) for key in TITLE_KEYS if isinstance(entry.get(key), str)), "")
    return Chapter(start, title) if start is not None and title else None


def _start(entry: Mapping[str, Any]) -> float | None:
    value = next((entry[key] for key in START_KEYS if entry.get(key) is not None), None)
    if isinstance(value, str):
        return read_clock(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return finite_seconds(value)
