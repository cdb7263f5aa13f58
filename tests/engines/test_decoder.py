from __future__ import annotations

import random
import wave
from pathlib import Path

import pytest

from brief_pipeline.engines.decoder import PyavDecoder
from brief_pipeline.errors import AudioUnreadable

DEMO = Path(__file__).parents[2] / "data" / "demo"
RATE = 16_000


def write_wav(path: Path, seconds: float, rate: int = RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(random.Random(1).randbytes(int(seconds * rate) * 2 * channels))
    return path


def encode_mp3(path: Path, seconds: float, rate: int, layout: str) -> bytes:
    """Sound as an mp3 of a rate and layout of its own."""
    import av

    source = write_wav(path.with_suffix(".wav"), seconds, rate, channels=2 if layout == "stereo" else 1)
    with av.open(str(source)) as sound, av.open(str(path), "w", format="mp3") as file:
        stream = file.add_stream("mp3", rate=rate, layout=layout)
        for frame in sound.decode(audio=0):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize(("seconds", "rate", "channels"), [(2.5, 16_000, 1), (1.0, 44_100, 2), (0.2, 8_000, 1)])
def test_a_wav_is_as_long_as_its_samples(tmp_path: Path, seconds: float, rate: int, channels: int) -> None:
    assert PyavDecoder().measure(write_wav(tmp_path / "a.wav", seconds, rate, channels)) == pytest.approx(seconds, abs=0.01)


def test_an_mp3_is_as_long_as_it_plays() -> None:
    assert PyavDecoder().measure(DEMO / "cold-aisle" / "small-models.mp3") == pytest.approx(183.89, abs=0.1)


def test_the_bytes_count_not_the_name(tmp_path: Path) -> None:
    assert PyavDecoder().measure(write_wav(tmp_path / "a.mp3", 1.5)) == pytest.approx(1.5, abs=0.01)


def test_a_cut_mp3_is_as_long_as_what_came(tmp_path: Path) -> None:
    whole = (DEMO / "cold-aisle" / "small-models.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    assert PyavDecoder().measure(tmp_path / "cut.mp3") == pytest.approx(183.89 / 2, abs=1.0)


def test_what_lies_behind_a_hole_counts(tmp_path: Path) -> None:
    whole = (DEMO / "cold-aisle" / "small-models.mp3").read_bytes()
    hole = len(whole) // 4
    (tmp_path / "hole.mp3").write_bytes(whole[:hole] + bytes(20_000) + whole[hole + 20_000 :])
    lost = 183.89 * 20_000 / len(whole)
    assert PyavDecoder().measure(tmp_path / "hole.mp3") == pytest.approx(183.89 - lost, abs=0.5)


def test_what_lies_behind_a_change_of_format_counts(tmp_path: Path) -> None:
    advert = encode_mp3(tmp_path / "advert.mp3", 2.0, 44_100, "stereo")
    show = encode_mp3(tmp_path / "show.mp3", 4.0, 24_000, "mono")
    (tmp_path / "spliced.mp3").write_bytes(advert + show + advert)
    assert PyavDecoder().measure(tmp_path / "spliced.mp3") == pytest.approx(8.0, abs=0.3)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html><body>404 Not Found</body></html>" * 40, "<!DOCTYPE html>"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "<Error>"),
        (b"WEBVTT\n\n00:00.000 --> 00:09.000\nHello.\n", "WEBVTT"),
        (b"1\n00:00:00,000 --> 00:00:09,000\nHello.\n", "00:00:00,000"),
        (random.Random(3).randbytes(60_000), "it begins with"),
    ],
    ids=["empty", "html", "s3 error", "vtt", "srt", "random"],
)
def test_what_is_no_audio_is_named_by_its_beginning(tmp_path: Path, body: bytes, reason: str) -> None:
    (tmp_path / "a.mp3").write_bytes(body)
    with pytest.raises(AudioUnreadable, match=reason.replace("?", r"\?")):
        PyavDecoder().measure(tmp_path / "a.mp3")


def test_a_header_without_sound_is_no_audio(tmp_path: Path) -> None:
    with pytest.raises(AudioUnreadable, match="no sound"):
        PyavDecoder().measure(write_wav(tmp_path / "a.wav", 0.0))


def test_a_playlist_does_not_lead_to_other_files_of_this_machine(tmp_path: Path) -> None:
    sound = write_wav(tmp_path / "private.wav", 1.0)
    (tmp_path / "hls.mp3").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{sound}\n#EXT-X-ENDLIST\n")
    (tmp_path / "concat.mp3").write_text(f"ffconcat version 1.0\nfile {sound.name}\n")
    for name in ("hls.mp3", "concat.mp3"):
        with pytest.raises(AudioUnreadable, match="not audio"):
            PyavDecoder().measure(tmp_path / name)


def test_a_picture_is_no_audio(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
    )
    with pytest.raises(AudioUnreadable):
        PyavDecoder().measure(tmp_path / "a.mp3")
