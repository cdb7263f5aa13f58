from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from brief_pipeline.engines.whisper import SAMPLES_PER_SECOND, read_sound
from brief_pipeline.engines.whisper.piece import Piece, read_pieces
from brief_pipeline.engines.whisper.sound import read_blocks

SPEECH = Path(__file__).parents[2] / "data" / "demo" / "cold-aisle" / "small-models.mp3"


def test_a_long_sound_is_cut_where_nobody_speaks() -> None:
    whole = list(read_pieces(read_blocks(SPEECH), batch_size=1))
    pieces = list(read_pieces(read_blocks(SPEECH), batch_size=1, piece_seconds=60.0))
    assert (len(whole), len(pieces) > 2) == (1, True)
    assert [piece.start for piece in pieces[1:]] == [piece.start + piece.length for piece in pieces[:-1]]
    assert pieces[-1].end_seconds == whole[0].end_seconds
    assert seconds_of_speech(pieces) == pytest.approx(seconds_of_speech(whole), rel=0.01)


def seconds_of_speech(pieces: list[Piece]) -> float:
    return sum(len(piece.speech) for piece in pieces) / SAMPLES_PER_SECOND


def test_a_long_silence_is_cut_too() -> None:
    blocks = [np.zeros(10 * SAMPLES_PER_SECOND, np.int16)] * 10
    pieces = list(read_pieces(blocks, batch_size=8, piece_seconds=30.0))
    assert len(pieces) > 2
    assert pieces[-1].end_seconds == 100.0


def test_the_sound_is_what_faster_whisper_reads() -> None:
    from faster_whisper.audio import decode_audio

    assert np.array_equal(read_sound(SPEECH), decode_audio(str(SPEECH)))


def test_a_change_of_format_in_the_middle_is_read_on(tmp_path: Path) -> None:
    first = encode_mp3(tmp_path / "a.mp3", 44_100, "stereo")
    second = encode_mp3(tmp_path / "b.mp3", 22_050, "mono")
    (tmp_path / "both.mp3").write_bytes(first + second)
    assert len(read_sound(tmp_path / "both.mp3")) / SAMPLES_PER_SECOND == pytest.approx(10.0, abs=0.3)


def encode_mp3(path: Path, rate: int, layout: str) -> bytes:
    """Five seconds of a tone."""
    import av

    tone = (8000 * np.sin(np.arange(5 * rate) / 20)).astype(np.int16)
    samples = np.repeat(tone, 2 if layout == "stereo" else 1).reshape(1, -1)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mp3", rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=1152)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path.read_bytes()
