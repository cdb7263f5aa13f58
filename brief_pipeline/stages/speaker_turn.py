"""Whose words are whose: the segments of a recogniser, with the speakers that a diariser tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Protocol

from brief_pipeline.records import Segment, Word

SHORTEST_TURN_SECONDS = 1.0  # within a segment: less is a "yeah" in between, or a word on the border


class Turn(Protocol):
    """A stretch in which one person speaks, as a diariser gives it."""

    @property
    def start_seconds(self) -> float: ...

    @property
    def end_seconds(self) -> float: ...

    @property
    def speaker(self) -> str: ...


def name_speakers(segments: Sequence[Segment], turns: Sequence[Turn]) -> tuple[Segment, ...]:
    """The segments with the speaker of each; one in which another speaker goes on for long enough is split there.

    A segment is whose turn overlaps its words most, and nobody's where no turn does.

    >>> from collections import namedtuple
    >>> turn = namedtuple("turn", "start_seconds end_seconds speaker")
    >>> named = name_speakers([Segment(0.0, 4.0, None, "why?"), Segment(9.0, 9.5, None, "hm")], [turn(1, 5, "SPEAKER_01")])
    >>> [segment.speaker for segment in named]
    ['SPEAKER_01', None]
    """
    ordered = sorted(turns, key=lambda turn: (turn.start_seconds, turn.end_seconds, turn.speaker))
    named: list[Segment] = []
    for segment in segments:
        if segment.start_seconds is None or segment.end_seconds is None:
            named.append(segment)
            continue
        start = min([segment.start_seconds, *(word.start_seconds for word in segment.words)])
        end = max([segment.end_seconds, *(word.end_seconds for word in segment.words)])
        near = [turn for turn in ordered if turn.start_seconds <= end and turn.end_seconds >= start]
        named += _split(segment, _runs_of(segment.words, near)) or [_name(segment, near)]
    return tuple(named)


def _name(segment: Segment, turns: Sequence[Turn]) -> Segment:
    spans = [(word.start_seconds, word.end_seconds) for word in segment.words]
    speaker = _speaker_of(spans or [(segment.start_seconds or 0.0, segment.end_seconds or 0.0)], turns)
    return Segment(segment.start_seconds, segment.end_seconds, speaker, segment.text, segment.words)


def _speaker_of(spans: Sequence[tuple[float, float]], turns: Sequence[Turn]) -> str | None:
    """Who speaks most of the time of some spans; of a word without length, who speaks at that moment."""
    seconds: dict[str, float] = {}
    for start, end in spans:
        for turn in turns:
            shared = min(end, turn.end_seconds) - max(start, turn.start_seconds)
            if shared > 0 or (start == end and shared == 0):
                seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + shared
    return max(sorted(seconds), key=lambda speaker: seconds[speaker], default=None)


def _runs_of(words: Sequence[Word], turns: Sequence[Turn]) -> list[tuple[str, list[Word]]]:
    """The words by who speaks them, one after the other; what is too short for a turn belongs to the one before it."""
    heard = [(_speaker_of([(word.start_seconds, word.end_seconds)], turns), word) for word in words]
    found = [(speaker, [word for _, word in run]) for speaker, run in groupby(heard, key=lambda pair: pair[0])]
    runs: list[tuple[str, list[Word]]] = []
    waiting: list[Word] = []  # words before the first turn that is long enough
    for speaker, run in found:
        is_turn = speaker is not None and run[-1].end_seconds - run[0].start_seconds >= SHORTEST_TURN_SECONDS
        if runs and (not is_turn or speaker == runs[-1][0]):
            runs[-1][1].extend(run)
        elif is_turn and speaker is not None:
            runs.append((speaker, waiting + run))
            waiting = []
        else:
            waiting += run
    return runs


def _split(segment: Segment, runs: list[tuple[str, list[Word]]]) -> list[Segment]:
    """A segment by its runs of words, with its own characters between them; empty where there is one speaker, or none."""
    if len(runs) < 2:
        return []
    edges = [0]
    at = 0
    for speaker_words in runs:
        if speaker_words is not runs[0]:
            edges.append(at)
        for word in speaker_words[1]:
            found = segment.text.find(word.text, at)
            at = found + len(word.text) if found >= 0 else at
    edges.append(len(segment.text))
    texts = [segment.text[start:end].strip() for start, end in pairwise(edges)]
    return [
        Segment(words[0].start_seconds, words[-1].end_seconds, speaker, text, tuple(words))
        for (speaker, words), text in zip(runs, texts, strict=True)
        if text
    ]
