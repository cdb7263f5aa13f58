"""A transcript's times checked against the episode: repaired where only one mistake explains them, else taken off.

The words stay, whatever the times are. What a duration is needed for is left out where there is none; feeds lie about it, so
the decoded one is the better one to give. A note says in words what was found, for a person and a column.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from brief_pipeline.records import Segment, Word
from brief_pipeline.stages.transcript_text import believed_times

MIN_TOLERANCE_SECONDS = 180.0  # two or three adverts that the file had when the transcript was made, and has no more
TOLERANCE_SHARE = 0.2  # of the duration: what heavily sold shows carry in adverts put in at the time of the download
MAX_TOLERANCE_SECONDS = 900.0
STRAY_SHARE = 0.05  # of the times: so few past the end are slips, more are another recording
CHARACTERS_PER_SECOND = (2.0, 45.0)  # what people say: 15; 4 in Chinese; slow with pauses, fast with two at once
UNIT_FACTORS = (1000.0, 0.001)  # milliseconds read as seconds are 1000 times too slow, and the reverse
MIN_UNIT_CHARACTERS = 100  # of text, and three times: less shows no speed
HOUR_SECONDS = 3600.0
PREROLL_SECONDS = 60.0  # broadcasters begin the programme at 01:00:00 or 10:00:00, the clock and leader before it
LATEST_START_SECONDS = 300.0  # after the whole hour: later, it is the time of day, and where 0 lies nobody knows
MIN_SAME_STARTS = 5  # segments that all start at one second: a field that nobody filled in
MIN_COVERED_SHARE = 0.5  # of the duration: a transcript that ends before may be cut off

Moment = float | None


@dataclass(frozen=True, slots=True)
class CheckedTimes:
    """The segments as they can be trusted; what was found, if anything; whether they are likely another recording's."""

    segments: tuple[Segment, ...]
    note: str | None = None
    is_of_another: bool = False  # more is said than fits into the duration: the transcript or the duration is wrong


def check_times(segments: Sequence[Segment], duration_seconds: float | None) -> CheckedTimes:
    """The segments with times that can be true of an episode of that duration (seconds, None or 0 where unknown).

    Repaired: milliseconds and seconds mistaken for each other, time codes that count whole hours before the start. Taken
    off: times that are negative, run backwards, all the same, or lie past the end.

    >>> late = [Segment(36001.0, 36002.0, None, "Hello."), Segment(36005.0, 36006.0, None, "Bye.")]
    >>> checked = check_times(late, 60.0)
    >>> [segment.start_seconds for segment in checked.segments], checked.note
    ([1.0, 5.0], 'times counted from 10:00:00: moved to 0')
    """
    duration = duration_seconds if duration_seconds and math.isfinite(duration_seconds) and duration_seconds > 0 else None
    notes: list[str] = []
    kept = tuple(_without_nonsense(segments, notes))
    kept = _in_seconds(kept, duration, notes)
    kept = _from_zero(kept, duration, notes)
    is_of_another = duration is not None and _is_of_another(kept, duration)
    if duration is not None:
        kept = _within(kept, duration, notes)
    if is_of_another:
        notes.append(f"more words than can be said in {duration:.0f} s: another episode's, or the duration is wrong")
    return CheckedTimes(kept, "; ".join(notes) or None, is_of_another)


def tolerance_seconds(duration_seconds: float) -> float:
    """How far past the end a time may lie: adverts that change make a file minutes longer or shorter than its transcript.

    >>> tolerance_seconds(600), tolerance_seconds(3600), tolerance_seconds(9000)
    (180.0, 720.0, 900.0)
    """
    return min(MAX_TOLERANCE_SECONDS, max(MIN_TOLERANCE_SECONDS, TOLERANCE_SHARE * duration_seconds))


def _starts(segments: Sequence[Segment]) -> list[float]:
    return [segment.start_seconds for segment in segments if segment.start_seconds is not None]


def _last(segments: Sequence[Segment]) -> float:
    return max((t for s in segments for t in (s.start_seconds, s.end_seconds) if t is not None), default=0.0)


def _moved(segment: Segment, move: Callable[[float], float]) -> Segment:
    """The segment with all its times changed; where one falls before 0, its times are unknown."""
    start, end = (None if t is None else round(move(t), 6) for t in (segment.start_seconds, segment.end_seconds))
    words = tuple(Word(round(move(w.start_seconds), 6), round(move(w.end_seconds), 6), w.text) for w in segment.words)
    return (
        _untimed(segment)
        if start is not None and start < 0
        else replace(segment, start_seconds=start, end_seconds=end, words=words)
    )


def _untimed(segment: Segment) -> Segment:
    return replace(segment, start_seconds=None, end_seconds=None, words=())


def _is_time(value: Moment) -> bool:
    return value is not None and math.isfinite(value) and value >= 0


def _without_nonsense(segments: Sequence[Segment], notes: list[str]) -> list[Segment]:
    """The segments without times below 0, ends before starts, times that run backwards, and starts that are all one."""
    sane = [_without_bad_end(s) if _is_time(s.start_seconds) else _untimed(s) for s in segments]
    bad = sum(1 for s in segments if s.start_seconds is not None and not _is_time(s.start_seconds))
    if bad:
        notes.append(f"{bad} of {len(segments)} times are negative or no numbers: taken off")
    starts = _starts(sane)
    if len(starts) >= MIN_SAME_STARTS and len(set(starts)) == 1:
        notes.append(f"all {len(starts)} times are {starts[0]:.0f} s: taken off")
        return [_untimed(s) for s in sane]
    believed = believed_times(sane)
    backwards = len(starts) - len(_starts(believed))
    if 2 * backwards > len(starts):
        notes.append("times in no order: taken off")
        return [_untimed(s) for s in sane]
    if backwards:
        notes.append(f"{backwards} of {len(starts)} times run backwards: taken off")
    return [s if s.start_seconds is not None else _untimed(s) for s in believed]


def _without_bad_end(segment: Segment) -> Segment:
    start, end = segment.start_seconds or 0.0, segment.end_seconds
    words = segment.words if all(_is_time(t) for w in segment.words for t in (w.start_seconds, w.end_seconds)) else ()
    return replace(
        segment, end_seconds=end if end is not None and math.isfinite(end) and end >= start else None, words=words
    )


def _in_seconds(segments: tuple[Segment, ...], duration: float | None, notes: list[str]) -> tuple[Segment, ...]:
    """The segments in seconds: scaled where the speech is a thousand times too fast or slow, and no more so after it."""
    starts, characters = _starts(segments), sum(len(segment.text) for segment in segments)
    span = _last(segments) - min(starts, default=0.0)
    if len(starts) < 3 or characters < MIN_UNIT_CHARACTERS or span <= 0:
        return segments
    slowest, fastest = CHARACTERS_PER_SECOND
    for factor in UNIT_FACTORS:
        is_off = characters / span > fastest * 10 if factor > 1 else characters / span < slowest / 10
        fits = duration is None or _last(segments) * factor <= duration + tolerance_seconds(duration)
        if is_off and fits and slowest <= characters / (span * factor) <= fastest:
            notes.append(f"times in {'milliseconds' if factor < 1 else 'thousands of seconds'}: made seconds")
            return tuple(_moved(segment, lambda time, by=factor: time * by) for segment in segments)  # type: ignore[misc]
    return segments


def _from_zero(segments: tuple[Segment, ...], duration: float | None, notes: list[str]) -> tuple[Segment, ...]:
    """The segments without the whole hours that a broadcaster's clock had run before the programme."""
    starts = _starts(segments)
    if not starts or (duration is None and segments[0].start_seconds is None):
        return segments
    hours = int((min(starts) + PREROLL_SECONDS) // HOUR_SECONDS)
    is_late = duration is None or _last(segments) > duration + tolerance_seconds(duration)
    fits = duration is None or _last(segments) - hours * HOUR_SECONDS <= duration + tolerance_seconds(duration)
    if not hours or min(starts) - hours * HOUR_SECONDS > LATEST_START_SECONDS or not is_late or not fits:
        return segments
    notes.append(f"times counted from {hours:02}:00:00: moved to 0")
    return tuple(_moved(segment, lambda time: time - hours * HOUR_SECONDS) for segment in segments)


def _is_of_another(segments: Sequence[Segment], duration: float) -> bool:
    """Whether the words alone are too many for the recording."""
    return sum(len(segment.text) for segment in segments) > CHARACTERS_PER_SECOND[1] * (duration + MIN_TOLERANCE_SECONDS)


def _within(segments: tuple[Segment, ...], duration: float, notes: list[str]) -> tuple[Segment, ...]:
    """The segments without times past the end: single ones, or all if many are, for then the others are as wrong."""
    starts, limit = _starts(segments), duration + tolerance_seconds(duration)
    late = sum(1 for start in starts if start > limit)
    if late > STRAY_SHARE * len(starts):
        notes.append(f"times run to {_last(segments):.0f} s, the audio to {duration:.0f} s: taken off")
        return tuple(_untimed(segment) for segment in segments)
    if late:
        notes.append(f"{late} of {len(starts)} times lie past the end at {duration:.0f} s: taken off")
    kept = tuple(_untimed(s) if (s.start_seconds or 0.0) > limit else s for s in segments)
    kept = tuple(replace(s, end_seconds=None) if (s.end_seconds or 0.0) > limit else s for s in kept)
    if len(starts) >= MIN_SAME_STARTS and _last(kept) < MIN_COVERED_SHARE * (duration - MIN_TOLERANCE_SECONDS):
        notes.append(f"times end at {_last(kept):.0f} s of {duration:.0f} s: it may be cut off")
    return kept
