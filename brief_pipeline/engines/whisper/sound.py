"""The sound of a file as a recogniser takes it: mono, 16,000 samples a second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from brief_pipeline.errors import AudioUnreadable, first_line

SAMPLES_PER_SECOND = 16_000  # what Whisper, Silero VAD and pyannote were trained on
# A frame of mp3 is 1,152 samples, and a call of the resampler costs more than its work on so few: they are gathered first,
# in about the blocks of faster-whisper's own reader.
GATHERED_SAMPLES = 500_000
FULL_SCALE = 32_768.0


def read_sound(path: Path) -> np.ndarray:
    """The whole sound of a file: float32 from -1 to 1. Raises AudioUnreadable."""
    return as_floats(np.concatenate(list(read_blocks(path))))


def as_floats(samples: np.ndarray) -> np.ndarray:
    """16-bit samples as float32 from -1 to 1.

    >>> as_floats(np.array([-32768, 16384], np.int16)).tolist()
    [-1.0, 0.5]
    """
    floats = samples.astype(np.float32)
    floats /= FULL_SCALE
    return floats


def read_blocks(path: Path) -> Iterator[np.ndarray]:
    """The sound of a file, int16, block by block. Raises AudioUnreadable when there is none.

    Packet by packet, since faster-whisper's own reader ends at the first hole and at the first change of format, and adverts
    that a publisher splices in bring both.
    """
    import av

    mixer, given = _Mixer(), 0
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            for packet in container.demux(container.streams.audio[0]):
                for block in mixer.add(_frames_of(packet)):
                    given += len(block)
                    yield block
    except (av.error.FFmpegError, IndexError) as broken:  # IndexError: no audio in it
        if not mixer.form:
            raise AudioUnreadable(f"the bytes are not audio ({first_line(broken)})") from broken
    for block in mixer.finish():
        given += len(block)
        yield block
    if not given:
        raise AudioUnreadable("no sound in it decodes")


class _Mixer:
    """Gathers frames of one form, and gives them back mono at our rate."""

    def __init__(self) -> None:
        self.form: tuple[str, str, int] | None = None
        self._gathered: Any = None
        self._resampler: Any = None

    def add(self, frames: list[Any]) -> Iterator[np.ndarray]:
        import av

        for frame in frames:
            form = (frame.format.name, frame.layout.name, frame.sample_rate)
            if form != self.form:
                yield from self.finish()
                self.form = form
                self._gathered = av.AudioFifo()
                self._resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLES_PER_SECOND)
            frame.pts = None  # behind a hole the time stamps jump
            self._gathered.write(frame)
            if self._gathered.samples >= GATHERED_SAMPLES:
                yield from self._drain()

    def finish(self) -> Iterator[np.ndarray]:
        """What is still gathered, and what the resampler holds back."""
        if self.form:
            yield from self._drain()
            yield from (part.to_ndarray()[0] for part in self._resampler.resample(None))

    def _drain(self) -> Iterator[np.ndarray]:
        gathered = self._gathered.read()
        if gathered is not None:
            yield from (part.to_ndarray()[0] for part in self._resampler.resample(gathered))


def _frames_of(packet: Any) -> list[Any]:
    import av

    try:
        return list(packet.decode())
    except av.error.FFmpegError:
        return []
