from __future__ import annotations

import pytest

from brief_pipeline.stages.enclosure import choose_audio, read_enclosures, tell_medium


@pytest.mark.parametrize(
    ("media_type", "name", "medium"),
    [
        ("audio/mpeg", "1.mp3", "audio"),
        ("audio/mp3", "1", "audio"),
        ("x-audio/mp3", "1", "audio"),
        ("x-m4a", "1", "audio"),
        ("audio/mpeg", "1.jpg", "audio"),
        ("application/octet-stream", "1.mp3", "audio"),
        ("image/jpeg", "1.mp3", "audio"),
        (None, "1.MP3?x=1.jpg", "audio"),
        (None, "get.php?id=1", "unknown"),
        ("binary/octet-stream", "play/1", "unknown"),
        ("none", "1", "unknown"),
        ("video/mp4", "1.mp4", "video"),
        ("video/x-ms-wmv", "1.wmv", "video"),
        ("", "1.mp4", "video"),
        ("image/jpeg", "1.jpg", "other"),
        ("application/zip", "1.zip", "other"),
        ("application/pdf", "1", "other"),
        ("text/html", "1", "other"),
        (None, "1.png", "other"),
        ("audio/x-mpegurl", "1.m3u8", "other"),
    ],
)
def test_a_file_is_told_by_its_type_then_by_its_extension(media_type: str | None, name: str, medium: str) -> None:
    assert tell_medium(media_type, f"https://a.example/{name}") == medium


def test_types_are_read_without_parameters_in_lower_case() -> None:
    (enclosure,) = read_enclosures(
        [{"href": "/1.mp3", "type": " Audio/MPEG; charset=binary", "length": " 12 "}], "https://a.example/"
    )
    assert (enclosure.url, enclosure.type, enclosure.bytes) == ("https://a.example/1.mp3", "audio/mpeg", 12)


def test_what_may_be_audio_is_preferred_to_video() -> None:
    files = read_enclosures([{"url": "/1.mp4", "type": "video/mp4"}, {"url": "/get"}], "https://a.example/")
    chosen = choose_audio(files)
    assert chosen is not None
    assert chosen.url == "https://a.example/get"


def test_addresses_that_are_no_addresses_are_left_out() -> None:
    assert (
        read_enclosures([{"url": "http://["}, {"url": " "}, {}, {"url": "ftp://a.example/1.mp3"}], "https://a.example/")
        == ()
    )
