"""A long sound in pieces, cut where nobody speaks, each with its stretches of speech."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from brief_pipeline.engines.whisper.sound import SAMPLES_PER_SECOND, as_floats

Span = dict[str, int]  # faster-whisper's form: the samples "start" and "end"

PIECE_SECONDS = 1_800.0  # what is in memory at a time: finding the speech of three hours in one go takes 2.4 GB, so 0.9
WINDOW_SECONDS = 30  # what Whisper reads at a time
BATCHED_PAUSE_MILLISECONDS = 160  # BatchedInferencePipeline's own choice: a longer pause ends a stretch
ONSET_SECONDS = 1.0  # kept for the next piece where no speech is found: its first syllable may be in it
# The pause that faster-whisper's sequential mode cuts out is 2 s, of which the padding of stretches takes 0.4 s on each side
SEQUENTIAL_PAUSE_SECONDS = 2.0 - 2 * 0.4


@dataclass(frozen=True)
class Piece:
    """Part of a sound. Spans count samples from the piece's start."""

    start: int  # samples of the file before it
    length: int
    spans: list[Span]  # where somebody speaks
    taken: list[Span]  # what is given to Whisper: the spans, or these with the short pauses between them
    speech: np.ndarray  # the sound of what is taken, one after the other

    @property
    def end_seconds(self) -> float:
        return (self.start + self.length) / SAMPLES_PER_SECOND

    def seconds_of(self, spans: list[Span]) -> tuple[float, float]:
        """From the start of the first span to the end of the last, in seconds of the file."""
        ends = (self.start + spans[0]["start"], self.start + spans[-1]["end"])
        return ends[0] / SAMPLES_PER_SECOND, ends[1] / SAMPLES_PER_SECOND


def read_pieces(
    blocks: Iterable[np.ndarray], batch_size: int, with_pauses: bool = False, piece_seconds: float = PIECE_SECONDS
) -> Iterator[Piece]:
    """The pieces of a sound that comes in blocks of 16-bit samples."""
    waiting: list[np.ndarray] = []
    start = count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= piece_seconds * SAMPLES_PER_SECOND:
            samples = np.concatenate(waiting)
            sound = as_floats(samples)
            spans = _find_speech(sound)
            cut = _cut_of(spans, count, batch_size)
            waiting = [samples[cut:].copy()]
            piece = _piece_of(start, cut, sound, [span for span in spans if span["end"] <= cut], with_pauses)
            del samples, sound  # a generator keeps what it names while others work
            yield piece
            start, count = start + cut, count - cut
    if count:
        sound = as_floats(np.concatenate(waiting))
        piece = _piece_of(start, count, sound, _find_speech(sound), with_pauses)
        del sound, waiting
        yield piece


def group_spans(spans: list[Span]) -> list[list[Span]]:
    """Spans by the window that they share, as faster-whisper's collect_chunks fills them.

    >>> [len(window) for window in group_spans([{"start": 0, "end": 320_000}] * 2 + [{"start": 0, "end": 160_000}])]
    [1, 2]
    """
    windows: list[list[Span]] = []
    filled = 0
    for span in spans:
        length = span["end"] - span["start"]
        if not windows or filled + length > WINDOW_SECONDS * SAMPLES_PER_SECOND:
            windows.append([])
            filled = 0
        windows[-1].append(span)
        filled += length
    return windows


def join_spans(spans: list[Span]) -> list[Span]:
    """Spans as the sequential mode wants them: with the short pauses left in.

    >>> join_spans([{"start": 0, "end": 16_000}, {"start": 32_000, "end": 48_000}, {"start": 96_000, "end": 99_000}])
    [{'start': 0, 'end': 48000}, {'start': 96000, 'end': 99000}]
    """
    joined: list[Span] = []
    for span in spans:
        if joined and span["start"] - joined[-1]["end"] < SEQUENTIAL_PAUSE_SECONDS * SAMPLES_PER_SECOND:
            joined[-1] = {"start": joined[-1]["start"], "end": span["end"]}
        else:
            joined.append(dict(span))
    return joined


def _find_speech(sound: np.ndarray) -> list[Span]:
    """Stretches of speech of at most a window each, by the settings that BatchedInferencePipeline takes for itself."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(max_speech_duration_s=WINDOW_SECONDS, min_silence_duration_ms=BATCHED_PAUSE_MILLISECONDS)
    found: list[Span] = get_speech_timestamps(sound, options)
    return found


def _cut_of(spans: list[Span], length: int, batch_size: int) -> int:
    """The sample at which the next piece begins: behind whole batches of full windows, and before speech that may go on."""
    onset = max(1, length - int(ONSET_SECONDS * SAMPLES_PER_SECOND))
    if not spans:
        return onset
    windows = group_spans(spans)
    cut = windows[(len(windows) - 1) // batch_size * batch_size][0]["start"]
    if cut > length // 2:  # else little is said, and the rest would be searched for speech again and again
        return cut
    last = spans[-1]
    return (last["start"] or last["end"]) if last["end"] > onset else onset


def _piece_of(start: int, length: int, sound: np.ndarray, spans: list[Span], with_pauses: bool) -> Piece:
    taken = join_spans(spans) if with_pauses else spans
    parts = [sound[span["start"] : span["end"]] for span in taken]
    return Piece(start, length, spans, taken, np.concatenate(parts) if parts else np.empty(0, np.float32))
