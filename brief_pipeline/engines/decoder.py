"""How long an audio file really is, by decoding it with PyAV (headers lie, and a cut mp3 decodes without an error)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from brief_pipeline.errors import AudioUnreadable


class Decoder(Protocol):
    """What the house needs to know of an audio file."""

    def measure(self, path: Path) -> float:
        """Seconds of audio. Raises AudioUnreadable."""
        ...


class PyavDecoder:
    """Audio files through FFmpeg's libraries."""

    def measure(self, path: Path) -> float:
        """Seconds of audio that decode. Raises AudioUnreadable when there are none."""
        import av

        samples, rate = 0, 0
        try:
            with av.open(str(path), metadata_errors="ignore") as container:
                if not container.streams.audio:
                    raise AudioUnreadable(f"no audio in it (a {container.format.name} file)")
                for frame in container.decode(container.streams.audio[0]):
                    samples, rate = samples + frame.samples, frame.sample_rate
        except av.error.FFmpegError as broken:
            if not samples:
                raise AudioUnreadable(f"the bytes are not audio ({broken.strerror or broken})") from broken
        except IndexError as broken:  # PyAV on a stream without a codec
            raise AudioUnreadable("the bytes are not audio") from broken
        if not samples or not rate:
            raise AudioUnreadable("it holds no sound")
        return samples / rate
