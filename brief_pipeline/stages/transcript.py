"""A publisher's transcript, whatever it is: told by its content, decoded, and read into segments; and the best of several.

Types, extensions and headers are not believed: WebVTT is served as .txt, error pages as transcripts. The readers of each
kind: captions (WebVTT, SRT), transcript_json, transcript_html, transcript_text.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from charset_normalizer import from_bytes

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Segment, TranscriptLink, Word
from brief_pipeline.stages.captions import is_captions, read_captions
from brief_pipeline.stages.transcript_html import html_language, is_error_text, looks_like_markup, read_html
from brief_pipeline.stages.transcript_json import json_language, parse_json, read_json
from brief_pipeline.stages.transcript_text import read_text

TranscriptFormat = Literal["json", "vtt", "srt", "html", "text"]

FORMAT_ORDER: tuple[TranscriptFormat, ...] = ("json", "vtt", "srt", "html", "text")  # most told to least told
FORMAT_OF_TYPE: dict[str, TranscriptFormat] = {
    "application/json": "json",
    "application/x-json": "json",
    "text/json": "json",
    "text/vtt": "vtt",
    "application/vtt": "vtt",
    "text/webvtt": "vtt",
    "vtt": "vtt",
    "application/srt": "srt",
    "application/x-srt": "srt",
    "application/x-subrip": "srt",
    "application/subrip": "srt",
    "text/srt": "srt",
    "text/x-srt": "srt",
    "srt": "srt",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "plain/txt": "text",
    "text/markdown": "text",
}
FORMAT_OF_EXTENSION: dict[str, TranscriptFormat] = {
    "json": "json",
    "vtt": "vtt",
    "srt": "srt",
    "html": "html",
    "htm": "html",
    "txt": "text",
    "md": "text",
}
VAGUE_FORMATS = ("html", "text")  # types that servers give to whatever they do not know
SIGNATURES = {
    b"%PDF": "a PDF file",
    b"PK\x03\x04": "a ZIP or Word file",
    b"\x1f\x8b": "gzip-compressed data",
    b"{\\rtf": "an RTF file",
    b"ID3": "an MP3 file",
    b"\xd0\xcf\x11\xe0": "an old Word file",
    b"[Script Info]": "SubStation subtitles",
}
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAX_BROKEN_SHARE = 0.02  # of the characters beyond ASCII: UTF-8 with a byte broken here and there is still UTF-8
MAX_MEAN_WORD_LETTERS = 14  # in Latin script; Finnish has 8: above this the blanks between the words are lost


@dataclass(frozen=True, slots=True)
class ReadTranscript:
    """A transcript as read: its kind, its language if it names one, and its segments (at least one), by time."""

    format: TranscriptFormat
    language: str | None
    segments: tuple[Segment, ...]


def read_transcript(body: bytes, declared_type: str | None = None) -> ReadTranscript:
    """The transcript in a file of any kind. Raises TranscriptUnreadable, with the reason, if there is none in it.

    `declared_type` is the Content-Type header: only its charset is used, and only for bytes that are not Unicode.

    >>> read = read_transcript(b"WEBVTT\\n\\n00:01.000 --> 00:02.000\\n<v Ada>Hello.")
    >>> read.format, read.segments[0].speaker, read.segments[0].text
    ('vtt', 'Ada', 'Hello.')
    """
    _refuse_other_files(body)
    text = decode_text(body, declared_type)
    kind, language, segments = _read_any(text)
    if not segments:
        raise TranscriptUnreadable(f"no words in it ({kind}, {len(body)} bytes)")
    _refuse_lost_blanks(segments)
    return ReadTranscript(kind, language, tuple(_rounded(segment) for segment in segments))


def rank_transcripts(links: Sequence[TranscriptLink], language: str | None) -> tuple[TranscriptLink, ...]:
    """The links, best first: in the show's language, then of unknown language, then others; among these by `FORMAT_ORDER`.

    >>> links = [TranscriptLink("https://a.example/1", "text/html"), TranscriptLink("https://a.example/2.srt")]
    >>> [link.url for link in rank_transcripts(links, "en")]
    ['https://a.example/2.srt', 'https://a.example/1']
    """
    return tuple(sorted(links, key=lambda link: (_language_rank(link.language, language), _format_rank(link))))


def _language_rank(offered: str | None, wanted: str | None) -> int:
    one, two = ((tag or "").lower().replace("_", "-") for tag in (offered, wanted))
    if not one or not two:
        return 2
    if one == two:
        return 0
    return 1 if one.split("-")[0] == two.split("-")[0] else 3


def _format_rank(link: TranscriptLink) -> int:
    stated = FORMAT_OF_TYPE.get((link.type or "").split(";")[0].strip().lower())
    path = urlsplit(link.url).path if "://" in link.url else link.url.split("?")[0]
    named = FORMAT_OF_EXTENSION.get(path.rsplit(".", 1)[-1].lower() if "." in path else "")
    kind = named if named and (stated is None or stated in VAGUE_FORMATS) else stated
    return FORMAT_ORDER.index(kind) if kind else len(FORMAT_ORDER)


def _read_any(text: str) -> tuple[TranscriptFormat, str | None, tuple[Segment, ...]]:
    """Kind, language and segments of a decoded text: the first kind whose mark it bears."""
    head = text.lstrip()
    if re.match(r"WEBVTT(?:\s|$)", head):
        named = re.search(r"^Language:\s*([A-Za-z]{2,3}(?:-\w+)*)\s*$", head.split("\n\n")[0], re.MULTILINE)
        return "vtt", named[1].lower() if named else None, read_captions(head)
    if head[:1] in ("{", "["):
        document = _json_or_none(head)
        if document is not None:
            return "json", json_language(document), _json_segments(document, head)
    if is_captions(head):
        return "srt", None, read_captions(head)
    if looks_like_markup(head):
        return "html", html_language(head), read_html(head)
    if is_error_text(head):
        raise TranscriptUnreadable(f"it says “{' '.join(head.split())[:80]}” and nothing else: not a transcript")
    return "text", None, read_text(head)


def _json_or_none(text: str) -> object | None:
    """The parsed JSON; None for a text that only begins like it ("[Speaker 1] [00:00] ..."). Raises if it is broken off."""
    try:
        document: object = parse_json(text)
    except ValueError as error:
        if re.match(r"[\[{]\s*(?:\{\s*)?\"\w+\"\s*:", text):
            raise TranscriptUnreadable(f"JSON that is broken or cut off: {error}") from error
        return None
    return document


def _json_segments(document: object, text: str) -> tuple[Segment, ...]:
    segments = read_json(document)
    if not segments:
        raise TranscriptUnreadable(f"JSON without a transcript in it: {' '.join(text.split())[:80]}")
    return segments


def decode_text(body: bytes, declared_type: str | None = None) -> str:
    """The text of a file, with line ends as "\\n" and without NULs.

    Tried in order: byte order mark, UTF-16 without one, UTF-8 (a few broken bytes are allowed), the charset that the type
    or the file declares, Windows-1252 where bytes beyond ASCII stand alone between letters, a guess from the bytes.

    >>> decode_text("Zoë\\r\\nça".encode("cp1252")), decode_text("Hi\\rho".encode("utf-16"))
    ('Zoë\\nça', 'Hi\\nho')
    """
    text = _decode(body, declared_type).replace("\x00", "").lstrip("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\x0c", "\n").replace("\x0b", "\n")


def _decode(body: bytes, declared_type: str | None) -> str:
    for mark, name in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    nul_share = body.count(0) / max(1, len(body))
    if nul_share > 0.25:
        return body.decode("utf-16-be" if body[0::2].count(0) > body[1::2].count(0) else "utf-16-le", errors="replace")
    text = body.decode("utf-8", errors="replace")
    beyond_ascii = sum(1 for character in text if character > "\x7f")
    if text.count("\ufffd") - body.count(b"\xef\xbf\xbd") <= max(
        1 if text.endswith("\ufffd") else 0, MAX_BROKEN_SHARE * beyond_ascii
    ):
        return text
    declared = re.search(
        rb"charset=[\"']?([\w-]+)|<\?xml[^>]*encoding=[\"']([\w-]+)", (declared_type or "").encode() + b" " + body[:1024]
    )
    for name in [(declared[1] or declared[2]).decode()] if declared else []:
        try:
            return body.decode(name)
        except (LookupError, UnicodeDecodeError):
            break  # a wrong statement, as many are
    return _guess(body)


def _guess(body: bytes) -> str:
    """Text of an 8-bit or East Asian encoding. In Western text such bytes are few and alone: guessers get those wrong."""
    runs = re.findall(rb"[\x80-\xff]+", body)
    alone = sum(1 for run in runs if len(run) == 1)
    if alone * 2 >= len(runs):
        return body.decode("cp1252", errors="replace")
    if all(len(run) % 2 == 0 for run in runs):  # GB 2312 is all pairs; Korean too, but its pairs begin below 0xC9
        leads = [lead for run in runs for lead in run[0::2]]
        if sum(1 for lead in leads if lead > 0xC8) * 8 > len(leads) and 0xB0 <= sorted(leads)[len(leads) // 2] <= 0xD7:
            return body.decode("gb18030", errors="replace")
    guess = from_bytes(body).best()
    return str(guess) if guess else body.decode("cp1252", errors="replace")


def _refuse_other_files(body: bytes) -> None:
    if not body.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise TranscriptUnreadable("the file is empty")
    for signature, name in SIGNATURES.items():
        if body.lstrip(b"\xef\xbb\xbf").startswith(signature):
            raise TranscriptUnreadable(f"{name}, not a transcript of a kind we can read")
    head = body[:4096]
    if sum(1 for byte in head if byte < 0x20 and byte not in b"\x00\t\n\x0b\x0c\r\x1b") * 20 > len(
        head
    ) and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TranscriptUnreadable("binary data, not text")


def _refuse_lost_blanks(segments: Sequence[Segment]) -> None:
    """Files occur whose blanks were all removed: nothing can be quoted from them, so the audio is the better source."""
    letters = [len(word) for segment in segments for word in re.findall(r"[A-Za-zÀ-ɏ]+", segment.text)]
    if len(letters) >= 20 and sum(letters) > MAX_MEAN_WORD_LETTERS * len(letters):
        raise TranscriptUnreadable("its words run together: the blanks between them are missing")


def _rounded(segment: Segment) -> Segment:
    """Times to the microsecond: 1.2 + 0.1 must not differ from 1.3."""
    start, end = (None if time is None else round(time, 6) for time in (segment.start_seconds, segment.end_seconds))
    words = tuple(Word(round(word.start_seconds, 6), round(word.end_seconds, 6), word.text) for word in segment.words)
    return replace(segment, start_seconds=start, end_seconds=end, words=words)
