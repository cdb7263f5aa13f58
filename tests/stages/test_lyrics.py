"""LRC files."""

from __future__ import annotations

from brief_pipeline.stages.lyrics import is_lyrics, read_lyrics


def told(text: str) -> list[tuple[float | None, str]]:
    return [(segment.start_seconds, segment.text) for segment in read_lyrics(text)]


def test_hundredths_are_read_and_the_header_is_not_said() -> None:
    text = "[ti:Rain]\n[ar:Ada]\n\n[00:01.50]It rains.\n[01:03.25]It <01:03.90>pours.\n[01:09.00]\n"
    assert is_lyrics(text)
    assert told(text) == [(1.5, "It rains."), (63.25, "It pours.")]


def test_a_line_with_two_times_is_said_twice() -> None:
    assert told("[00:05.00][00:01.00]Again.\n[00:03.00]Once.") == [(1.0, "Again."), (3.0, "Once."), (5.0, "Again.")]


def test_the_offset_of_the_file_is_taken_off() -> None:
    assert told("[offset:+500]\n[00:00.20]One.\n[00:02.00]Two.") == [(0.0, "One."), (1.5, "Two.")]


def test_a_transcript_that_counts_frames_is_none() -> None:
    assert not is_lyrics("[08:14.07] We begin.\n[09:14.29] We go on.")
    assert not is_lyrics("[08:14] We begin.\n\nAnd so on.\n\nAnd on.\n")
