"""The segments of a JSON transcript: Podcasting 2.0, and the shapes of the tools that publishers use.

No list of vendors: the tree is searched for lists of things that hold text, under the key names below, and the best list is
read (times before none, the whole before its parts). How one thing of such a list is read: json_piece. Known to work:
Podcasting 2.0, Whisper, whisper.cpp, WhisperX, Podlove, Rev (monologues), Deepgram and AssemblyAI (utterances, paragraphs,
words), AWS Transcribe, Google, Azure, Speechmatics, Gladia, YouTube json3, Spotify.

Source: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Segment
from brief_pipeline.stages.json_piece import LIST_KEYS, MAX_DEPTH, TEXT_KEYS, expand, name_speakers, plain_keys
from brief_pipeline.stages.piece import Piece, pieces_to_segments

MIN_CHARACTERS_PER_SECOND = 0.3  # people say about 15; a "second" with fewer than this is a millisecond
UNKNOWN_RANK = LIST_KEYS.index("items")  # better than a list of single words, worse than any name above
WHOLE_SHARE = 0.5  # of the longest list's characters: below it a list is a part (the words of one segment)
WHOLE_KEYS = (*(key for key in TEXT_KEYS if key != "message"), "ttml", "vtt", "srt", "html", "results", "result", "data")
LANGUAGE_KEYS = ("language", "languagecode", "lang", "locale")
LANGUAGE_PLACES = ("result", "results", "metadata", "params")  # beside the document's own top, where makers put it


def parse_json(text: str) -> Any:
    """What the JSON says; one object a line (JSON Lines) counts as a list. Raises ValueError if it is not JSON."""
    try:
        return json.loads(text, strict=False)
    except RecursionError as error:
        raise TranscriptUnreadable("JSON nested too deeply to be a transcript") from error
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        try:
            return [json.loads(line, strict=False) for line in lines]
        except RecursionError as error:
            raise TranscriptUnreadable("JSON nested too deeply to be a transcript") from error


def read_json(document: Any) -> tuple[Segment, ...]:
    """The segments of a parsed JSON transcript, by start. Empty if the document holds no list of them.

    >>> read_json({"segments": [{"startTime": 1.5, "endTime": 2, "speaker": "Ada", "body": "Hello."}]})
    (Segment(start_seconds=1.5, end_seconds=2.0, speaker='Ada', text='Hello.', words=()),)
    """
    pieces = _best_pieces(plain_keys(document))
    return pieces_to_segments(_in_seconds(pieces)) if pieces else ()


def json_text(document: Any) -> str | None:
    """The longest string that could be a whole transcript: under a key for text, or on its own; None if there is none.

    >>> json_text({"data": {"transcript": "Ada: Hello."}})
    'Ada: Hello.'
    """
    found = max(_texts(plain_keys(document), True, 0), key=len, default="")
    return found if " " in found.strip() else None


def json_language(document: Any) -> str | None:
    """The language that the document itself names."""
    plain = plain_keys(document)
    places = [plain, *(plain.get(key) for key in LANGUAGE_PLACES)] if isinstance(plain, Mapping) else []
    for place in places:
        for key in LANGUAGE_KEYS:
            value = place.get(key) if isinstance(place, Mapping) else None
            if isinstance(value, str) and re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", value):
                return value.replace("_", "-").lower()
    return None


def _texts(node: Any, is_text: bool, depth: int) -> Iterator[str]:
    if isinstance(node, str) and is_text:
        yield node
    elif isinstance(node, Mapping) and depth <= MAX_DEPTH:
        for key, value in node.items():
            yield from _texts(value, key in WHOLE_KEYS, depth + 1)


def _best_pieces(document: Any) -> list[Piece]:
    """The list that tells most: of those that hold most of the words, one with times, then the first of `LIST_KEYS`."""
    names = name_speakers(document)
    candidates = [
        (_is_timed(pieces), -rank, size, pieces)
        for rank, pieces in _lists(document, UNKNOWN_RANK, names, 0)
        if (size := sum(map(_size, pieces)))
    ]
    longest = max((size for timed, _, size, _ in candidates if timed), default=0)
    longest = longest or max((size for _, _, size, _ in candidates), default=0)
    whole = [candidate for candidate in candidates if candidate[2] >= WHOLE_SHARE * longest > 0]
    return max(whole, key=lambda candidate: candidate[:3])[3] if whole else []


def _size(piece: Piece) -> int:
    """Characters that are said, without blanks: single words have none, and must not look shorter than their sentence."""
    return len("".join(piece.text.split()))


def _is_timed(pieces: Sequence[Piece]) -> bool:
    return sum(1 for piece in pieces if piece.start is not None) * 2 >= len(pieces)


def _lists(node: Any, rank: int, names: Mapping[str, str], depth: int) -> Iterator[tuple[int, list[Piece]]]:
    """Every list in the tree that could be a transcript, read, with the rank of the key it stands under.

    The lists inside the things of a list are its parts, one speaker's turns perhaps: they count only where there is just
    one such thing, or where nothing could be read from the things themselves.
    """
    if depth > MAX_DEPTH:
        return
    things = _things(node)
    if things:
        pieces = [piece for thing in things for piece in expand(thing, None, names, 0)]
        yield rank, pieces
        if len(things) == 1 or not any(map(_size, pieces)):
            for thing in things:
                yield from _lists(thing, rank, names, depth + 1)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            inner = LIST_KEYS.index(key) if key in LIST_KEYS else UNKNOWN_RANK
            yield from _lists(value, inner, names, depth + 1)


def _things(node: Any) -> list[Any]:
    """The members of a list, or of an object that numbers them ("0", "1", ...), that may hold text."""
    if isinstance(node, Mapping) and len(node) > 1 and all(key.isdigit() for key in node):
        node = list(node.values())
    if not isinstance(node, list):
        return []
    return [thing for thing in node if isinstance(thing, Mapping) or (isinstance(thing, str) and " " in thing)]


def _in_seconds(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with their times in seconds: whole numbers too large for speech are milliseconds."""
    times = [time for piece in pieces for time in (piece.start, piece.end) if time is not None]
    characters = sum(len(piece.text) for piece in pieces)
    if not times or any(time != int(time) for time in times):
        return list(pieces)
    if characters >= MIN_CHARACTERS_PER_SECOND * (max(times) - min(times)):
        return list(pieces)
    return [_scaled(piece) for piece in pieces]


def _scaled(piece: Piece) -> Piece:
    start, end = (None if time is None else time / 1000 for time in (piece.start, piece.end))
    return replace(piece, start=start, end=end, words=tuple(map(_scaled, piece.words)))
