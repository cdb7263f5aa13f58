"""Times against the duration: what is repaired, what is taken off, what is let be."""

from __future__ import annotations

import pytest

from brief_pipeline.records import Segment, Word
from brief_pipeline.stages.transcript_times import check_times, tolerance_seconds

LINE = "We talked for a while of rain and of the sea."  # said in about 3 seconds


def spoken(count: int, every: float = 3.0, first: float = 0.0) -> tuple[Segment, ...]:
    """Segments of one line each, in seconds."""
    return tuple(Segment(first + n * every, first + (n + 1) * every, None, LINE) for n in range(count))


def starts(segments: tuple[Segment, ...]) -> list[float | None]:
    return [segment.start_seconds for segment in segments]


@pytest.mark.parametrize("duration", [None, 0.0, 300.0, 330.0, 200.0])
def test_times_that_fit_are_let_be(duration: float | None) -> None:
    segments = spoken(100)
    assert check_times(segments, duration) == check_times(segments, 300.0)
    assert (check_times(segments, duration).segments, check_times(segments, duration).note) == (segments, None)


def test_adverts_may_make_the_file_minutes_shorter() -> None:
    segments = spoken(100, first=3500.0)
    assert check_times(segments, 3800.0 - tolerance_seconds(3800.0) / 2).note is None


@pytest.mark.parametrize(("factor", "duration"), [(1000.0, None), (1000.0, 310.0), (0.001, None), (0.001, 310.0)])
def test_a_wrong_unit_is_repaired(factor: float, duration: float | None) -> None:
    wrong = tuple(Segment(n * 3 * factor, (n + 1) * 3 * factor, None, LINE) for n in range(100))
    checked = check_times(wrong, duration)
    assert starts(checked.segments) == starts(spoken(100))
    assert checked.note
    assert "seconds" in checked.note


def test_slow_talk_is_no_wrong_unit() -> None:
    segments = spoken(20, every=60.0)  # a stamp a minute, the rest music
    assert check_times(segments, 1200.0).segments == check_times(segments, None).segments == segments


@pytest.mark.parametrize(("first", "expected"), [(36_001.0, 1.0), (3_600.0, 0.0), (7_230.5, 30.5)])
def test_a_clock_that_began_hours_before_is_set_to_zero(first: float, expected: float) -> None:
    for duration in (None, 320.0):
        checked = check_times(spoken(90, first=first), duration)
        assert (checked.segments[0].start_seconds, checked.note is None) == (expected, False)


def test_words_move_with_their_segment() -> None:
    word = Word(36_001.0, 36_001.5, "Rain")
    [segment] = check_times([Segment(36_001.0, 36_002.0, None, "Rain", (word,))], 60.0).segments
    assert segment.words == (Word(1.0, 1.5, "Rain"),)


def test_an_hour_of_music_before_the_talk_is_possible_where_the_duration_allows_it() -> None:
    segments = spoken(100, first=3700.0)
    assert check_times(segments, 4000.0).segments == segments


def test_a_time_of_day_is_taken_off_and_the_words_stay() -> None:
    checked = check_times(spoken(100, first=52_330.0), 3000.0)  # 14:32:10
    assert set(starts(checked.segments)) == {None}
    assert [segment.text for segment in checked.segments] == [LINE] * 100


def test_single_times_past_the_end_are_taken_off_alone() -> None:
    segments = (*spoken(100), Segment(9000.0, 9001.0, None, "Bye."))
    checked = check_times(segments, 300.0)
    assert starts(checked.segments) == [*starts(spoken(100)), None]
    assert checked.note == "1 of 101 times lie past the end at 300 s: taken off"


def test_a_transcript_of_a_longer_recording_loses_its_times_and_is_marked() -> None:
    checked = check_times(spoken(1200), 300.0)
    assert (set(starts(checked.segments)), checked.is_of_another) == ({None}, True)
    assert not check_times(spoken(100), 300.0).is_of_another


def test_too_many_words_are_marked_without_times_too() -> None:
    assert check_times([Segment(None, None, None, LINE)] * 2000, 300.0).is_of_another


def test_negative_times_and_ends_before_starts_are_taken_off() -> None:
    segments = [
        Segment(-5.0, 1.0, None, "One."),
        Segment(4.0, 2.0, None, "Two."),
        Segment(5.0, float("inf"), None, "Three."),
    ]
    assert [(s.start_seconds, s.end_seconds) for s in check_times(segments, None).segments] == [
        (None, None),
        (4.0, None),
        (5.0, None),
    ]


def test_times_that_run_backwards_are_taken_off() -> None:
    times = [1.0, 2.0, 300.0, 3.0, 4.0]
    segments = [Segment(time, None, None, "Word.") for time in times]
    assert starts(check_times(segments, None).segments) == [1.0, 2.0, None, 3.0, 4.0]
    assert set(starts(check_times(segments[::-1], None).segments)) == {None}


def test_a_field_that_nobody_filled_in_is_no_time() -> None:
    assert set(starts(check_times([Segment(0.0, 0.0, None, LINE)] * 9, None).segments)) == {None}


def test_a_transcript_that_ends_early_is_noted_and_kept() -> None:
    checked = check_times(spoken(100), 3600.0)
    assert checked.segments == spoken(100)
    assert checked.note == "times end at 300 s of 3600 s: it may be cut off"


def test_no_segments_and_no_times_are_fine() -> None:
    assert check_times([], 60.0).segments == ()
    assert check_times([Segment(None, None, None, "Hello.")], 60.0).note is None
