"""How long an audio file really is, by decoding it with PyAV (headers lie, and a cut mp3 decodes without an error)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from brief_pipeline.errors import AudioUnreadable

# What audio and video come in. The rest of FFmpeg's 370 formats are left out: its playlists (HLS, concat) read other files
# of this machine, and text of any kind passes for subtitles.
FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,loas,matroska,mov,mp3,"
    "mpc,mpc8,mpeg,mpegts,ogg,rm,spx,tak,tta,w64,wav,wv"
)
SHOWN_BYTES = 40  # of a file that is no audio: "<!DOCTYPE html ...", "<Error><Code>AccessDenied ..."


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

        seconds = 0.0
        try:
            with av.open(str(path), metadata_errors="ignore", options={"format_whitelist": FORMATS}) as container:
                if not container.streams.audio:
                    raise AudioUnreadable(f"there is no audio in it (a {container.format.name} file)")
                for packet in container.demux(container.streams.audio[0]):
                    # packet by packet: what lies behind a hole, or behind a change of format, still counts
                    try:
                        seconds += sum(frame.samples / frame.sample_rate for frame in packet.decode())
                    except av.error.FFmpegError:
                        continue
        except (av.error.FFmpegError, IndexError) as broken:  # IndexError: PyAV on a stream without a codec
            if not seconds:
                raise AudioUnreadable(f"the bytes are not audio; {_beginning_of(path)}") from broken
        if not seconds:
            raise AudioUnreadable(f"no sound in it decodes; {_beginning_of(path)}")
        return seconds


def _beginning_of(path: Path) -> str:
    """How a file begins, for people: a page that says "not found" shows itself."""
    with open(path, "rb") as file:
        head = file.read(SHOWN_BYTES)
    return f"it begins with {head!r}" if head else "it is empty"
