"""What a recogniser got wrong without saying so: speech left out, loops, too much text for the time, another language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from brief_pipeline.records import Segment
from brief_pipeline.stages.language_flip import Window, find_script_flip, find_sound_flip, find_word_flip, weigh_letters
from brief_pipeline.stages.repetition import find_loop

COVERED_SHARE = 0.85  # of the seconds in which somebody speaks
GAP_SECONDS = 20.0  # of speech in one stretch: most of a window of 30 s, which is what Whisper drops at a time
LEAST_SPEECH_SECONDS = 5.0  # less is a cough, or a voice in the music: nothing need be written down
# Times of words end where the voice does, and the voice detector's stretches do not: each is padded by 0.4 s at both ends,
# which closes pauses of 0.8 s
PAUSE_SECONDS = 0.5
LONGEST_WORD_SECONDS = (
    2.0  # a longer one is stretched over what was left out: openai/whisper calls it an anomaly (timing.py)
)
SLOWEST_LETTERS = 5.0  # a second, where there are no times of words: a third of the usual 15
PACE_LIMIT = 40.0  # letters a second: fast talk has 20 to 25, an auctioneer 30
PACE_SECONDS = 10.0  # the stretch over which the pace of talk is taken
SHORTEST_SEGMENT_SECONDS = (
    4.0  # what a segment counts as at least: publishers stamp theirs to the second, whole sentences in one
)

Kind = Literal["missing", "gap", "loop", "pace", "language"]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a hearing got wrong."""

    kind: Kind
    measured: float
    limit: float
    reason: str  # for people
    spoiled: float  # share of the episode, 0 to 1


def find_faults(
    segments: Sequence[Segment],
    speech: Sequence[Span],
    language: str | None = None,
    windows: Sequence[Window] = (),
) -> tuple[Fault, ...]:
    """What is wrong with what was heard; empty: nothing that shows.

    `speech` is where a voice detector hears somebody (start and end in seconds, in order), `language` the code that the text
    should be in, `windows` the language that the recogniser takes each stretch of the sound to be in.

    >>> said = Segment(0.0, 2.0, None, "good morning everybody")
    >>> [(fault.kind, fault.measured) for fault in find_faults([said], [(0.0, 2.2), (60.0, 90.0)])]
    [('missing', 0.07), ('gap', 30.0)]
    """
    found = [*_find_missing(segments, speech), *_find_pace(segments)]
    if loop := find_loop(segments):
        found.append(Fault("loop", loop[1], 0.0, f"the same words again and again: {loop[0]}", loop[1]))
    flips = (find_script_flip(segments), find_word_flip(segments, language), find_sound_flip(windows, language))
    if worst := max((flip for flip in flips if flip), key=lambda flip: flip[1], default=None):
        found.append(Fault("language", worst[1], 0.0, f"another language: {worst[0]}", worst[1]))
    return tuple(found)


def choose(first: Sequence[Fault], second: Sequence[Fault]) -> Literal[0, 1]:
    """Which of two hearings to keep, by their faults: 1 where the second spoils less of the episode.

    >>> choose([Fault("missing", 0.6, 0.85, "", 0.4)], [Fault("missing", 0.8, 0.85, "", 0.2)]), choose([], [])
    (1, 0)
    """
    return 1 if sum(fault.spoiled for fault in second) < sum(fault.spoiled for fault in first) else 0


def _find_missing(segments: Sequence[Segment], speech: Sequence[Span]) -> Iterator[Fault]:
    seconds, covered, gap, gap_start = measure_coverage(segments, speech)
    if seconds < LEAST_SPEECH_SECONDS:
        return
    share = round(covered / seconds, 2)
    if share < COVERED_SHARE:
        reason = f"only {share:.0%} of the {seconds:.0f} seconds of speech have words (at least {COVERED_SHARE:.0%} should)"
        yield Fault("missing", share, COVERED_SHARE, reason, 1 - share)
    if gap > GAP_SECONDS:
        reason = f"{gap:.0f} seconds of speech in one stretch have no words, from {gap_start:.0f} s on"
        yield Fault("gap", round(gap, 1), GAP_SECONDS, reason, gap / seconds)


def measure_coverage(segments: Sequence[Segment], speech: Sequence[Span]) -> tuple[float, float, float, float]:
    """Seconds of speech, seconds of it that have words, the longest stretch of speech without any, and where that begins.

    Silence counts for nothing, however long: a stretch without words goes on behind it.

    >>> said = [Segment(0.0, 9.0, None, "one two three four five six seven eight nine")]
    >>> measure_coverage(said, [(0.0, 9.0), (30.0, 34.0)])
    (13.0, 9.0, 4.0, 9.5)
    """
    if not speech:
        return 0.0, 0.0, 0.0, 0.0
    times = np.array(speech, float).ravel()  # start, end, start, end ...
    lengths = np.diff(times)
    lengths[1::2] = 0.0
    spoken = np.concatenate([[0.0], np.cumsum(lengths)])  # seconds of speech before each of the times

    covered = _merge(_covered_spans(segments))
    starts = np.array([start for start, _ in covered] + [np.inf])
    ends = np.array([-np.inf] + [end for _, end in covered])
    gaps = np.interp(starts, times, spoken) - np.interp(ends, times, spoken)
    longest = int(gaps.argmax())
    begins = max(float(ends[longest]), float(times[0]))
    total = float(spoken[-1])
    return total, total - float(gaps.sum()), float(gaps[longest]), begins


def _covered_spans(segments: Sequence[Segment]) -> Iterator[Span]:
    """The time that each word takes, and the pauses around it. No word and no segment takes longer than can be."""
    for segment in segments:
        for word in segment.words:
            end = min(word.end_seconds, word.start_seconds + LONGEST_WORD_SECONDS)
            yield word.start_seconds - PAUSE_SECONDS, end + PAUSE_SECONDS
        if not segment.words and segment.start_seconds is not None and segment.text.strip():
            longest = LONGEST_WORD_SECONDS + weigh_letters(segment.text) / SLOWEST_LETTERS
            end = segment.start_seconds + longest if segment.end_seconds is None else segment.end_seconds
            yield segment.start_seconds - PAUSE_SECONDS, min(end, segment.start_seconds + longest) + PAUSE_SECONDS


def _merge(spans: Iterator[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, max(start, end)))
    return merged


def _find_pace(segments: Sequence[Segment]) -> Iterator[Fault]:
    rates = [*_segment_rates(segments), *_stretch_rates(segments)]
    rate, where = max(rates, default=(0.0, 0.0))
    if rate > PACE_LIMIT:
        spoiled = sum(weigh_letters(s.text) for s in segments if _rate_of(s) > PACE_LIMIT)
        share = max(spoiled, rate * PACE_SECONDS) / max(1, sum(weigh_letters(s.text) for s in segments))
        reason = f"{rate:.0f} letters a second at {where:.0f} s: nobody talks faster than {PACE_LIMIT:.0f}"
        yield Fault("pace", round(rate, 1), PACE_LIMIT, reason, min(1.0, share))


def _segment_rates(segments: Sequence[Segment]) -> Iterator[tuple[float, float]]:
    yield from ((_rate_of(segment), segment.start_seconds or 0.0) for segment in segments)


def _rate_of(segment: Segment) -> float:
    if segment.start_seconds is None or segment.end_seconds is None:
        return 0.0
    return weigh_letters(segment.text) / max(segment.end_seconds - segment.start_seconds, SHORTEST_SEGMENT_SECONDS)


def _stretch_rates(segments: Sequence[Segment]) -> Iterator[tuple[float, float]]:
    """The pace of each stretch of some seconds: segments may be short and many."""
    spans = [span for segment in segments for span in _letters_of(segment)]
    if not spans:
        return
    by_second = np.zeros(int(max(max(start, end) for start, end, _ in spans)) + 2)
    for start, end, letters in spans:
        first, last = int(max(0.0, start)), int(max(0.0, start, end))
        by_second[first : last + 1] += letters / (last + 1 - first)
    stretches = np.convolve(by_second, np.ones(int(PACE_SECONDS)))[int(PACE_SECONDS) - 1 :] / PACE_SECONDS
    fastest = int(stretches.argmax())
    yield float(stretches[fastest]), float(fastest)


def _letters_of(segment: Segment) -> Iterator[tuple[float, float, int]]:
    for word in segment.words:
        yield word.start_seconds, word.end_seconds, weigh_letters(word.text) + 1
    if not segment.words and segment.start_seconds is not None and segment.end_seconds is not None:
        yield segment.start_seconds, segment.end_seconds, weigh_letters(segment.text)
