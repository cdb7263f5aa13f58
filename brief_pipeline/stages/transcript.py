"""A publisher's transcript, whatever it is: told by its content, decoded, and read into segments; and the best of several.

Types, extensions and headers are not believed: WebVTT is served as .txt, error pages as transcripts. The readers of each
kind: captions (WebVTT, SRT), transcript_json, transcript_html, transcript_text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Segment, TranscriptLink, Word
from brief_pipeline.stages.captions import is_captions, read_captions
from brief_pipeline.stages.lyrics import is_lyrics, read_lyrics
from brief_pipeline.stages.transcript_bytes import decode_text, refuse_other_files, unpack
from brief_pipeline.stages.transcript_html import html_language, is_error_text, looks_like_markup, read_html
from brief_pipeline.stages.transcript_json import json_language, json_text, parse_json, read_json
from brief_pipeline.stages.transcript_text import read_text

TranscriptFormat = Literal["json", "vtt", "srt", "html", "text"]

FORMAT_ORDER: tuple[TranscriptFormat, ...] = ("json", "vtt", "srt", "html", "text")  # most told to least told
FORMAT_OF_WORD: dict[str, TranscriptFormat] = {  # a word in the type, the telling ones first: "text/vtt" is no text
    "json": "json",
    "vtt": "vtt",
    "srt": "srt",
    "subrip": "srt",
    "html": "html",
    "xml": "html",
    "plain": "text",
    "markdown": "text",
    "txt": "text",
}
FORMAT_OF_EXTENSION: dict[str, TranscriptFormat] = {
    "json": "json",
    "vtt": "vtt",
    "srt": "srt",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "ttml": "html",
    "dfxp": "html",
    "xml": "html",
    "txt": "text",
    "md": "text",
    "sbv": "srt",
    "lrc": "text",
}
VAGUE_FORMATS = ("html", "text")  # types that servers give to whatever they do not know
_SHORT_LANGUAGES = """
    eng en deu de ger de fra fr fre fr spa es por pt ita it nld nl dut nl swe sv dan da nor no pol pl rus ru jpn ja zho zh
    chi zh kor ko tur tr ces cs cze cs
"""
SHORT_LANGUAGE = dict(zip(_SHORT_LANGUAGES.split()[0::2], _SHORT_LANGUAGES.split()[1::2], strict=True))  # ISO 639-2 to -1
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
    body = unpack(body)
    refuse_other_files(body)
    text = decode_text(body, declared_type)
    kind, language, segments = _read_any(text)
    if not segments:
        raise TranscriptUnreadable(f"no words in it ({kind}, {len(body)} bytes)")
    _refuse_lost_blanks(segments)
    return ReadTranscript(kind, language, tuple(_rounded(segment) for segment in segments))


def rank_transcripts(links: Sequence[TranscriptLink], language: str | None) -> tuple[TranscriptLink, ...]:
    """The links, best first: those in another language than the show's come last, otherwise the order is `FORMAT_ORDER`.

    A link that names no language is in the show's (Podcasting 2.0 says so). Among equals, what was cut for a screen
    (`rel="captions"`) comes after what was not, and "en-GB" after "en" for a show in "en"; then the feed's order holds.

    Source: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/tags/transcript.md

    >>> links = [TranscriptLink("https://a.example/1", "text/html"), TranscriptLink("https://a.example/2.srt")]
    >>> [link.url for link in rank_transcripts(links, "en")]
    ['https://a.example/2.srt', 'https://a.example/1']
    """

    def rank(link: TranscriptLink) -> tuple[bool, int, bool, bool]:
        offered, wanted = _subtags(link.language or language), _subtags(language or link.language)
        is_captions_only = "captions" in (link.rel or "").lower().split()
        return offered[:1] != wanted[:1], _format_rank(link), is_captions_only, offered != wanted

    return tuple(sorted(links, key=rank))


def _subtags(tag: str | None) -> list[str]:
    """The parts of a language tag; the language itself in two letters where an older code of three is common."""
    parts = (tag or "").strip().lower().replace("_", "-").split("-")
    return [SHORT_LANGUAGE.get(parts[0], parts[0]), *parts[1:]]


def _format_rank(link: TranscriptLink) -> int:
    stated = _format_of_type((link.type or "").split(";")[0].strip().lower())
    path = urlsplit(link.url).path if "://" in link.url else link.url.split("?")[0]
    named = FORMAT_OF_EXTENSION.get(path.rsplit(".", 1)[-1].strip().lower() if "." in path else "")
    kind = named if named and (stated is None or stated in VAGUE_FORMATS) else stated
    return FORMAT_ORDER.index(kind) if kind else len(FORMAT_ORDER)


def _format_of_type(mime: str) -> TranscriptFormat | None:
    """The format that a type means: by its words, for the same format goes by many names ("application/x-subrip")."""
    return next((kind for word, kind in FORMAT_OF_WORD.items() if word in mime), None)


def _read_any(text: str, is_inside: bool = False) -> tuple[TranscriptFormat, str | None, tuple[Segment, ...]]:
    """Kind, language and segments of a decoded text: the first kind whose mark it bears. `is_inside`: of a JSON document."""
    head = text.lstrip()
    if re.match(r"WEBVTT(?:\s|$)", head):
        named = re.search(r"^Language:\s*([A-Za-z]{2,3}(?:-\w+)*)\s*$", head.split("\n\n")[0][:1000], re.MULTILINE)
        return "vtt", named[1].lower() if named else None, read_captions(head)
    if head[:1] in ("{", "[", '"') and not is_inside:
        document = _json_or_none(head)
        if document is not None:
            return "json", json_language(document), _json_segments(document, head)
    if is_captions(head):
        return "srt", None, read_captions(head)
    if looks_like_markup(head):
        return "html", html_language(head), read_html(head)
    if is_lyrics(head):
        return "text", None, read_lyrics(head)
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
    """The segments of a document, or of the transcript of another kind that is a string in it."""
    if isinstance(document, str) and document.lstrip()[:1] in ("{", "["):  # JSON put into JSON once more
        document = _json_or_none(document)
    segments = read_json(document)
    whole = None if segments else json_text(document)
    if whole:
        segments = _read_any(whole, is_inside=True)[2]
    if not segments:
        raise TranscriptUnreadable(f"JSON without a transcript in it: {' '.join(text[:400].split())[:80]}")
    return segments


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
