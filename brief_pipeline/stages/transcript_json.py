"""The segments of a JSON transcript: Podcasting 2.0, and the shapes of the tools that publishers use.

No list of vendors: the tree is searched for lists of things that hold text, under the key names below, and the best list is
read (times before none, the whole before its parts). Known to work: Podcasting 2.0, Whisper and whisper.cpp, Podlove
Web Player, Rev (monologues), Deepgram and AssemblyAI (utterances, paragraphs), AWS Transcribe, Google, Azure, YouTube json3.

Source: https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Segment
from brief_pipeline.stages.captions import Piece, pieces_to_segments
from brief_pipeline.stages.speaker import speaker_name
from brief_pipeline.stages.transcript_text import clean_text, read_clock, read_text

MIN_CHARACTERS_PER_SECOND = 0.3  # people say about 15; a "second" with fewer than this is a millisecond
MAX_DEPTH = 12  # of the tree: deeper is no transcript

TEXT_KEYS = (
    "body",
    "text",
    "transcript",
    "content",
    "punctuated_word",
    "word",
    "value",
    "display",
    "utf8",
    "sentence",
    "caption",
)
PART_KEYS = ("sentences", "elements", "words", "items", "segs", "alternatives", "nBest", "lines", "children")
_LIST_KEYS = """
    segments utterances monologues phrases recognizedPhrases cues captions subtitles paragraphs sentences transcription
    transcript transcripts events results result audio_segments data items words
"""
LIST_KEYS = _LIST_KEYS.split()
UNKNOWN_RANK = LIST_KEYS.index("items")  # better than a list of single words, worse than any name above
WHOLE_SHARE = 0.5  # of the longest list's characters: below it a list is a part (the words of one segment)
START_KEYS = ("startTime", "start", "start_time", "startSeconds", "begin", "from", "ts", "timestamp", "time", "offset")
END_KEYS = ("endTime", "end", "end_time", "endSeconds", "to", "end_ts")
LENGTH_KEYS = ("duration", "dur")
MILLISECOND_KEYS = (
    ("startTimeMs", "startMs", "start_ms", "tStartMs", "begin_ms", "offsetMs"),
    ("endTimeMs", "endMs", "end_ms"),
    ("durationMs", "dDurationMs", "duration_ms"),
)
SPEAKER_KEYS = (
    "speaker",
    "speaker_label",
    "speakerName",
    "speaker_name",
    "speakerLabel",
    "speakerTag",
    "speaker_id",
    "speakerId",
)
GUESS_KEYS = ("alternatives", "nBest")  # the first is the best guess, the others are second guesses at the same words
PUNCTUATION_KINDS = ("punct", "punctuation")


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
        return [json.loads(line, strict=False) for line in lines]


def read_json(document: Any) -> tuple[Segment, ...]:
    """The segments of a parsed JSON transcript, by start. Empty if the document holds no transcript.

    >>> read_json({"segments": [{"startTime": 1.5, "endTime": 2, "speaker": "Ada", "body": "Hello."}]})
    (Segment(start_seconds=1.5, end_seconds=2.0, speaker='Ada', text='Hello.', words=()),)
    """
    pieces = _best_pieces(document)
    if not pieces:
        whole = _whole_text(document)
        return read_text(whole) if whole else ()
    return pieces_to_segments(_in_seconds(pieces))


def json_language(document: Any) -> str | None:
    """The language that the document itself names."""
    for key in ("language", "language_code", "lang", "languageCode"):
        value = document.get(key) if isinstance(document, Mapping) else None
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", value):
            return value.replace("_", "-").lower()
    return None


def _best_pieces(document: Any) -> list[Piece]:
    """The list that tells most: of those that hold most of the words, one with times, then the first of `LIST_KEYS`."""
    names = _speaker_names(document)
    candidates: list[tuple[bool, int, int, list[Piece]]] = []
    for rank, things in _lists(document, UNKNOWN_RANK, 0):
        pieces = [piece for thing in things for piece in _expand(thing, None, names, 0)]
        size = sum(len(clean_text(piece.text)) for piece in pieces)
        timed = sum(1 for piece in pieces if piece.start is not None) * 2 >= len(pieces)
        candidates.append((timed and size > 0, -rank, size, pieces))
    longest = max((size for timed, _, size, _ in candidates if timed), default=0)
    longest = longest or max((size for _, _, size, _ in candidates), default=0)
    whole = [candidate for candidate in candidates if candidate[2] >= WHOLE_SHARE * longest > 0]
    return max(whole, key=lambda candidate: candidate[:3])[3] if whole else []


def _lists(node: Any, rank: int, depth: int) -> Iterator[tuple[int, list[Any]]]:
    """Every list of objects in the tree that could be a transcript, with the rank of the key it stands under."""
    if depth > MAX_DEPTH:
        return
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _lists(value, LIST_KEYS.index(key) if key in LIST_KEYS else UNKNOWN_RANK, depth + 1)
    elif isinstance(node, list):
        things = [thing for thing in node if isinstance(thing, Mapping)]
        if things:
            yield rank, things
        for thing in things:
            yield from _lists(thing, rank, depth + 1)


def _expand(thing: Any, speaker: str | None, names: Mapping[str, str], depth: int) -> list[Piece]:
    """The pieces of one thing in a list: itself if it holds text, else its parts, which inherit its speaker."""
    if isinstance(thing, str):
        return [Piece(thing, speaker=speaker)]
    if not isinstance(thing, Mapping) or depth > MAX_DEPTH:
        return []
    speaker = _speaker(thing, names) or speaker
    start, end = _times(thing)
    glued = thing.get("type") in PUNCTUATION_KINDS
    text = next((thing[key] for key in TEXT_KEYS if isinstance(thing.get(key), str)), None)
    key = next((key for key in PART_KEYS if isinstance(thing.get(key), list) and thing[key]), None)
    parts: list[Any] = thing[key] if key else []
    parts = parts[:1] if key in GUESS_KEYS else parts
    inner = [piece for part in parts for piece in _expand(part, speaker, names, depth + 1)]
    if text is not None and (start is not None or not any(piece.start is not None for piece in inner)):
        words = tuple(inner) if all(piece.start is not None for piece in inner) else ()
        return [Piece(text, start, end, speaker, glued, words)]
    if start is not None and len(inner) > 1 and any(piece.start is None and not piece.is_glued for piece in inner):
        return [Piece("".join(piece.text for piece in inner), start, end, speaker)]
    return [
        replace(p, start=start, end=end, is_glued=p.is_glued or glued) if p.start is None and len(inner) == 1 else p
        for p in inner
    ]


def _speaker(thing: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    value = next((thing[key] for key in SPEAKER_KEYS if thing.get(key) not in (None, "")), None)
    value = names.get(f"at {thing.get('start_time')}") if value is None else value
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("id")
    if isinstance(value, (bool, list)) or value is None:
        return None
    label = str(value).strip()
    named = names.get(label, label)
    return f"Speaker {named}" if re.fullmatch(r"\d+|[A-Z]", named) else speaker_name(named)


def _speaker_names(document: Any) -> dict[str, str]:
    """Names for the speaker ids of a document ("speakers": [{"id": 0, "name": "Ada"}], as Rev and Descript write)."""
    results = document.get("results") if isinstance(document, Mapping) else None
    turns = results.get("speaker_labels") if isinstance(results, Mapping) else None
    if isinstance(turns, Mapping) and isinstance(turns.get("segments"), list):  # AWS Transcribe: who speaks at which start
        said = [item for turn in turns["segments"] if isinstance(turn, Mapping) for item in turn.get("items") or []]
        labelled = [item for item in said if isinstance(item, Mapping)]
        return {f"at {item.get('start_time')}": str(item["speaker_label"]) for item in labelled if item.get("speaker_label")}
    listed = document.get("speakers") if isinstance(document, Mapping) else None
    if isinstance(listed, Mapping):
        return {str(key): value for key, value in listed.items() if isinstance(value, str) and value}
    entries = [entry for entry in listed if isinstance(entry, Mapping)] if isinstance(listed, list) else []
    return {str(e["id"]): e["name"] for e in entries if "id" in e and isinstance(e.get("name"), str) and e["name"]}


def _times(thing: Mapping[str, Any]) -> tuple[float | None, float | None]:
    start, end, length = (_first_time(thing, keys, 1000.0) for keys in MILLISECOND_KEYS)
    if start is None:
        nested = next((thing[k] for k in ("timestamps", "timestamp", "time") if isinstance(thing.get(k), Mapping)), thing)
        start, end, length = (_first_time(nested, keys, 1.0) for keys in (START_KEYS, END_KEYS, LENGTH_KEYS))
        if start is None and "offsetInTicks" in thing:  # Azure counts in units of 100 nanoseconds
            start, length = (_first_time(thing, (key,), 1e7) for key in ("offsetInTicks", "durationInTicks"))
        pair = thing.get("timestamp")
        if start is None and isinstance(pair, list) and len(pair) == 2:  # transformers: "timestamp": [0.0, 2.5]
            start, end = (_time(value) for value in pair)
    if end is None and start is not None and length is not None:
        end = start + length
    return start, end


def _first_time(thing: Mapping[str, Any], keys: Sequence[str], divisor: float) -> float | None:
    found = next((time for key in keys if (time := _time(thing.get(key))) is not None), None)
    return None if found is None else found / divisor


def _time(value: Any) -> float | None:
    """A time as number or text, None if it is neither or before 0."""
    if isinstance(value, str):
        return read_clock(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


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


def _whole_text(document: Any) -> str | None:
    """A transcript that is one long string."""
    found = document
    for _ in range(MAX_DEPTH):
        if isinstance(found, Mapping):
            found = next((found[key] for key in (*TEXT_KEYS, "results", "result", "data") if found.get(key)), None)
    return found if isinstance(found, str) and " " in found.strip() else None
