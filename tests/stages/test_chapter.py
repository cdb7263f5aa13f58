"""Chapters from JSON, in the shapes that occur."""

from __future__ import annotations

import json
from typing import Any

import pytest

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.stages.chapter import read_chapters


def told(document: Any) -> list[tuple[float, str]]:
    return [(chapter.start_seconds, chapter.title) for chapter in read_chapters(json.dumps(document).encode())]


def test_chapters_are_sorted_and_equal_starts_keep_their_order() -> None:
    entries = [{"startTime": 60, "title": "B"}, {"startTime": 0, "title": "A"}, {"startTime": 60, "title": "C"}]
    assert told({"version": "1.2.0", "chapters": entries}) == [(0.0, "A"), (60.0, "B"), (60.0, "C")]


@pytest.mark.parametrize("start", [75, 75.0, "75", "1:15", "00:01:15.000"])
def test_a_start_is_read_as_number_or_clock(start: object) -> None:
    assert told({"chapters": [{"startTime": start, "title": "A"}]}) == [(75.0, "A")]


def test_chapters_without_title_or_start_or_place_in_the_list_are_left_out() -> None:
    entries = [
        {"startTime": 1},
        {"title": "A"},
        {"startTime": -1, "title": "B"},
        {"startTime": 2, "title": "C", "toc": False},
    ]
    assert told({"chapters": [*entries, None, "x", {"startTime": 3, "title": " D &amp; E "}]}) == [(3.0, "D & E")]


def test_a_bare_list_and_a_wrapped_list_are_read() -> None:
    entries = [{"start": 0.0, "title": "A"}]
    assert told(entries) == told({"episodes": [{"title": "Show", "chapters": entries}]}) == [(0.0, "A")]


def test_no_chapters_are_no_error() -> None:
    assert told({"version": "1.2.0", "chapters": []}) == []


@pytest.mark.parametrize("body", [b"", b"<html>404</html>", b'{"a": 1}', b"[1, 2]", b'{"chapters": ["x"]}', b"[" * 100_000])
def test_what_is_not_chapters_is_refused(body: bytes) -> None:
    with pytest.raises(TranscriptUnreadable):
        read_chapters(body)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert len(read_chapters(b'\xef\xbb\xbf{"chapters": [{"startTime": 0, "title": "A"}]}')) == 1


def test_a_start_too_large_for_a_machine_is_none() -> None:
    assert told({"chapters": [{"startTime": 10**400, "title": "A"}, {"startTime": 1, "title": "B"}]}) == [(1.0, "B")]
