"""The front door: kind by content, bytes to text, the best of several links, and what is refused."""

from __future__ import annotations

import gzip
import json

import pytest

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import TranscriptLink
from brief_pipeline.stages.transcript import rank_transcripts, read_transcript
from brief_pipeline.stages.transcript_bytes import MAX_UNPACKED_BYTES, decode_text

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zoë>Ça va, 你好?\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (VTT, "vtt"),
        ("WEBVTT - made by hand\nLanguage: en\n\n00:01.000 --> 00:02.000\nHello.", "vtt"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHello.", "srt"),
        ("00:00:01.000 --> 00:00:02.000\r\nHello.\r\n", "srt"),
        (json.dumps({"segments": [{"start": 1, "end": 2, "text": "Hello to you."}]}), "json"),
        ('\n  [{"start": 1, "end": 2, "text": "Hello to you."}]', "json"),
        ("<p>Hello.</p>", "html"),
        ("Intro<br>\nHello.<br>\nBye.<br>", "html"),
        ("[Speaker 1] [00:01] Hello.", "text"),
        ("**Ada:** Hello.", "text"),
        ("{laughs} Hello.", "text"),
    ],
)
def test_the_kind_is_told_by_the_content(body: str, kind: str) -> None:
    assert read_transcript(body.encode(), "application/octet-stream").format == kind


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_with_and_without_a_mark(encoding: str) -> None:
    (segment,) = read_transcript(VTT.encode(encoding)).segments
    assert (segment.speaker, segment.text) == ("Zoë", "Ça va, 你好?")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Señor Muñoz vivía aquí, en el año del frío.", "cp1252"),
        ("Schöne Grüße aus Köln – „übrigens“ grün.", "cp1252"),
        ("我们今天要说的是这个城市的历史，还有在这里生活的人。", "gb2312"),
        ("Сегодня мы поговорим о том, как устроены города и почему люди в них живут.", "cp1251"),
        ("今日は天気がいいので、町を歩きながら話しましょう。", "shift_jis"),
    ],
)
def test_older_encodings_are_guessed(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text


def test_the_stated_charset_is_used_for_bytes_that_are_not_unicode() -> None:
    assert decode_text("Żółć".encode("iso-8859-2"), "text/plain; charset=iso-8859-2") == "Żółć"


def test_one_broken_byte_does_not_change_the_encoding_of_the_rest() -> None:
    text = "é" * 100
    assert decode_text(text.encode()[:-1]).startswith("é" * 99)


def test_nul_bytes_and_every_line_end_are_normalised() -> None:
    assert decode_text(b"a\x00b\r\nc\rd\n") == "ab\nc\nd\n"


def test_gzip_is_unpacked_and_broken_gzip_refused() -> None:
    packed = gzip.compress(VTT.encode())
    assert read_transcript(packed).format == "vtt"
    for broken in (packed[:-12], packed[:12] + b"no gzip at all", gzip.compress(b" " * (MAX_UNPACKED_BYTES + 1))):
        with pytest.raises(TranscriptUnreadable, match="gzip"):
            read_transcript(broken)


@pytest.mark.parametrize(
    "document",
    [
        json.dumps({"segments": [{"start": 1, "end": 2, "text": "Hello to you."}]}),
        {"transcript": "WEBVTT\n\n00:01.000 --> 00:02.000\nHello to you.\n"},
        {"data": {"attributes": {"ttml": "<tt><body><p begin='1s' end='2s'>Hello to you.</p></body></tt>"}}},
    ],
)
def test_a_transcript_inside_a_json_string_is_read(document: object) -> None:
    read = read_transcript(json.dumps(document).encode())
    assert [(s.start_seconds, s.end_seconds, s.text) for s in read.segments] == [(1.0, 2.0, "Hello to you.")]


def test_hundredths_before_lines_are_read() -> None:
    assert read_transcript(b"[ti:500]\n[00:01.50]It rains.\n[00:03.00]It pours.").segments[0].start_seconds == 1.5


def test_a_short_text_with_a_number_is_no_error_page() -> None:
    assert read_transcript(b"They sold 500 of them in 404 days.").format == "text"


def test_the_language_of_a_file_is_kept() -> None:
    assert read_transcript(b"WEBVTT\nKind: captions\nLanguage: pt-BR\n\n00:01.000 --> 00:02.000\nOi.").language == "pt-br"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"WEBVTT\n\n", "no words"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n[Music]\n", "no words"),
        (b"%PDF-1.7 \x00\x01", "PDF"),
        (b"ID3\x04\x00\x00", "MP3"),
        (bytes(range(256)) * 8, "binary"),
        (b"404 Not Found", "404"),
        (b"<html><title>404</title><body>Page not found</body></html>", "404"),
        (b'{"error": "gone"}', "JSON without"),
        (b'{"error": "x", "message": "No transcript for this episode"}', "JSON without"),
        (b'{"statusCode": 404, "text": "The page could not be found"}', "not a transcript"),
        (b"Error 404", "404"),
        (b'{"segments": [{"start": 1, "text": "It', "broken"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_what_is_no_transcript_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(TranscriptUnreadable, match=reason):
        read_transcript(body)


def test_a_file_whose_blanks_are_gone_is_refused() -> None:
    lines = "\n".join(f"{n}\n00:00:{n:02},000-->00:00:{n + 1:02},000\nthisisaverylonglineofwords{n}\n" for n in range(30))
    with pytest.raises(TranscriptUnreadable, match="run together"):
        read_transcript(lines.encode())


def test_another_language_comes_last_and_a_link_without_one_is_in_the_show_s() -> None:
    links = [
        TranscriptLink("https://a.example/es.json", "application/json", "es"),
        TranscriptLink("https://a.example/x.srt", "application/srt", None),
        TranscriptLink("https://a.example/us.txt", "text/plain", "en-US"),
        TranscriptLink("https://a.example/en.html", "text/html", "eng"),
    ]
    assert [link.language for link in rank_transcripts(links, "en")] == [None, "eng", "en-US", "es"]


def test_among_equals_captions_come_after_what_is_for_reading() -> None:
    links = [
        TranscriptLink("https://a.example/1", "text/vtt", "en", "captions"),
        TranscriptLink("https://a.example/2", "text/vtt", "en"),
        TranscriptLink("https://a.example/3", "text/html", "en"),
    ]
    assert [link.url[-1] for link in rank_transcripts(links, "en")] == ["2", "1", "3"]


def test_kinds_are_ranked_by_type_and_by_extension_where_the_type_is_vague() -> None:
    links = [
        TranscriptLink("https://a.example/1", "plain/txt"),
        TranscriptLink("https://a.example/2", "application/x-subrip"),
        TranscriptLink("https://a.example/3.vtt?token=a.b", "text/plain"),
        TranscriptLink("https://a.example/4.json"),
        TranscriptLink("https://a.example/5", "text/html; charset=utf-8"),
        TranscriptLink("https://a.example/6", "application/octet-stream"),
        TranscriptLink("https://a.example/7.srt", "application/octet-stream"),
        TranscriptLink("https://a.example/8", "Text/VTT; charset=utf-8"),
    ]
    assert [link.url[18:19] for link in rank_transcripts(links, None)] == ["4", "3", "8", "2", "7", "5", "1", "6"]


def test_links_of_the_same_rank_keep_their_order() -> None:
    links = tuple(TranscriptLink(f"https://a.example/{n}", "text/vtt", "en") for n in range(5))
    assert rank_transcripts(links, "en") == links
