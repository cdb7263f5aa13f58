"""One thing of a JSON transcript, a word, a sentence or a turn: its text, its times in seconds, its speaker.

Keys are compared without capitals and punctuation: `startTime`, `start_time` and `StartTime` are one key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from brief_pipeline.stages.piece import Piece
from brief_pipeline.stages.speaker import is_name_shaped, speaker_name
from brief_pipeline.stages.transcript_text import read_clock

MAX_DEPTH = 12  # of the tree: deeper is no transcript
MAX_TEXT_LOSS = 1.5  # a thing's own text is not the whole of it if its parts say this many times as much

TEXT_KEYS = (
    "body", "text", "transcript", "content", "punctuatedword", "word", "value", "display", "utf8", "sentence", "caption",
    "line", "message", "speech",
)  # fmt: skip
_LIST_KEYS = """
    segments utterances monologues phrases recognizedphrases cues captions subtitles paragraphs sentences transcription
    transcript transcripts events results result audiosegments data items words
"""
LIST_KEYS = _LIST_KEYS.split()
_PART_KEYS = """
    sentences elements words items segs alternatives nbest lines children segments utterances paragraphs cues phrases
    captions alignment
"""
PART_KEYS = _PART_KEYS.split()
START_KEYS = (
    "starttime", "start", "startseconds", "starttimeseconds", "startsec", "begin", "begintime", "from", "ts", "timestamp",
    "time", "timein", "timecode", "offset",
)  # fmt: skip
END_KEYS = ("endtime", "end", "endseconds", "endtimeseconds", "endsec", "to", "endts", "endtimestamp", "timeout", "stop")
LENGTH_KEYS = ("duration", "dur")
MILLISECOND_KEYS = (
    ("starttimems", "startms", "tstartms", "beginms", "offsetms", "offsetmilliseconds", "startmillis", "starttimeinms"),
    ("endtimems", "endms", "endmillis", "endtimeinms"),
    ("durationms", "ddurationms", "durationmilliseconds"),
)
TICKS_PER_SECOND = 1e7  # Azure counts in units of 100 nanoseconds
SPEAKER_KEYS = ("speaker", "speakerlabel", "speakername", "speakertag", "speakerid", "voice")
PERSON_KEYS = ("name", "displayname", "author", "participant", "participantname", "who", "role")  # believed if name-shaped
NAME_LISTS = ("speakers", "contributors", "participants", "people")  # where a document names the ids that it uses
GUESS_KEYS = ("alternatives", "nbest")  # the first is the best guess, the others are second guesses at the same words
PUNCTUATION_KINDS = ("punct", "punctuation")
_DURATION = re.compile(
    r"PT(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?", re.IGNORECASE
)  # ISO 8601, as Azure writes


def plain_keys(node: Any, depth: int = 0) -> Any:
    """The same tree with its keys in small letters and digits only; what lies too deep for a transcript is left out.

    >>> plain_keys({"start_time": [{"End-Time": 1}]})
    {'starttime': [{'endtime': 1}]}
    """
    if isinstance(node, Mapping):
        deeper = depth < 2 * MAX_DEPTH  # a list and an object are two
        return {_plain_key(str(key)): plain_keys(value, depth + 1) for key, value in node.items()} if deeper else {}
    if isinstance(node, list):
        return [plain_keys(value, depth + 1) for value in node] if depth < 2 * MAX_DEPTH else []
    return node


@lru_cache(maxsize=4096)
def _plain_key(key: str) -> str:
    return re.sub(r"[\W_]+", "", key).lower()


def expand(thing: Any, speaker: str | None, names: Mapping[str, str], depth: int) -> list[Piece]:
    """The pieces of one thing in a list: itself if it holds text, else its parts, which inherit its speaker."""
    if isinstance(thing, str):
        return [Piece(thing, speaker=speaker)]
    if not isinstance(thing, Mapping) or depth > MAX_DEPTH:
        return []
    speaker = _speaker(thing, names) or speaker
    start, end = _times(thing)
    glued = thing.get("type") in PUNCTUATION_KINDS
    text = next((thing[key] for key in TEXT_KEYS if isinstance(thing.get(key), str)), None)
    inner = [piece for part in _parts_of(thing) for piece in expand(part, speaker, names, depth + 1)]
    if text is not None and sum(len(piece.text) for piece in inner) > MAX_TEXT_LOSS * len(text) + 1:
        text = None  # a heading or a summary of its parts
    if text is not None and (start is not None or not any(piece.start is not None for piece in inner)):
        words = tuple(inner) if all(piece.start is not None for piece in inner) else ()
        return [Piece(text, start, end, speaker, glued, words)]
    if start is not None and len(inner) > 1 and any(piece.start is None and not piece.is_glued for piece in inner):
        return [Piece("".join(piece.text for piece in inner), start, end, speaker)]
    return [
        replace(p, start=start, end=end, is_glued=p.is_glued or glued) if p.start is None and len(inner) == 1 else p
        for p in inner
    ]


def _parts_of(thing: Mapping[str, Any]) -> Sequence[Any]:
    """The things inside a thing: a list of them, or a single one where its text should be."""
    for key in PART_KEYS:
        parts = thing.get(key)
        if isinstance(parts, list) and parts:
            return parts[:1] if key in GUESS_KEYS else parts
    return [thing[key] for key in TEXT_KEYS if isinstance(thing.get(key), Mapping)][:1]


def _speaker(thing: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    labels = [found for key in SPEAKER_KEYS if (found := _label(thing.get(key)))]
    at_start = names.get(f"at {thing.get('starttime')}")
    labels = labels or ([at_start] if at_start else [])
    named = next((names[key] for label in labels for key in (label, _plain_key(label)) if key in names), None)
    who = named or next((label for label in labels if not _is_number(label)), labels[0] if labels else None)
    if who is None:
        people = (_label(thing.get(key)) for key in PERSON_KEYS)
        who = next((person for person in people if person and is_name_shaped(person)), None)
    if who is None:
        return None
    return f"Speaker {who}" if _is_number(who) else speaker_name(who)


def _is_number(label: str) -> bool:
    return re.fullmatch(r"\d+|[A-Z]", label) is not None


def _label(value: Any) -> str:
    """A speaker as text: a name, a number, an object with either. Several at once are nobody: the words cannot be parted."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if isinstance(value, Mapping):
        value = next(
            (value[key] for key in ("name", "displayname", "label", "id") if value.get(key) not in (None, "")), None
        )
    return "" if value is None or isinstance(value, (bool, list, Mapping)) else str(value).strip()


def name_speakers(document: Any) -> dict[str, str]:
    """Names for the speaker ids of a document ("speakers": [{"id": 0, "name": "Ada"}], as Rev and Descript write)."""
    if not isinstance(document, Mapping):
        return {}
    results = document.get("results")
    turns = results.get("speakerlabels") if isinstance(results, Mapping) else None
    if isinstance(turns, Mapping) and isinstance(turns.get("segments"), list):  # AWS Transcribe: who speaks at which start
        said = [item for turn in turns["segments"] if isinstance(turn, Mapping) for item in turn.get("items") or []]
        labelled = [item for item in said if isinstance(item, Mapping) and item.get("speakerlabel")]
        return {f"at {item.get('starttime')}": str(item["speakerlabel"]) for item in labelled}
    names: dict[str, str] = {}
    for place in [document, *(value for value in document.values() if isinstance(value, Mapping))]:
        for key in NAME_LISTS:
            names.update(_listed_names(place.get(key)))
    return names


def _listed_names(listed: Any) -> dict[str, str]:
    if isinstance(listed, Mapping):  # its keys are ids, and plain by now
        return {key: label for key, value in listed.items() if (label := _label(value))}
    names = {}
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, Mapping):
            name = next((_label(entry[key]) for key in ("name", "displayname", "speakername") if _label(entry.get(key))), "")
            ids = [_label(entry.get(key)) for key in ("id", "speakerid", "speaker", "label", "key")]
            names.update({one: name for one in ids if one and name})
    return names


def _times(thing: Mapping[str, Any]) -> tuple[float | None, float | None]:
    start, end, length = (_first_time(thing, keys, 1000.0) for keys in MILLISECOND_KEYS)
    if start is None:
        nested = next((thing[k] for k in ("timestamps", "timestamp", "time") if isinstance(thing.get(k), Mapping)), thing)
        start, end, length = (_first_time(nested, keys, 1.0) for keys in (START_KEYS, END_KEYS, LENGTH_KEYS))
        if start is None and "offsetinticks" in thing:
            start, length = (_first_time(thing, (key,), TICKS_PER_SECOND) for key in ("offsetinticks", "durationinticks"))
        if start is None and isinstance(thing.get("startoffset"), str):  # Google: "1.500s"; a bare number would be samples
            start, end = (_first_time(thing, (key,), 1.0) for key in ("startoffset", "endoffset"))
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
    """A time as number, text, or Google's object of seconds and nanoseconds; None if it is none of these or before 0."""
    if isinstance(value, Mapping) and ("seconds" in value or "nanos" in value):
        seconds, nanos = _time(value.get("seconds", 0)), _time(value.get("nanos", 0))
        return None if seconds is None or nanos is None else seconds + nanos / 1e9
    if isinstance(value, str):
        iso = _DURATION.fullmatch(value.strip())
        if iso and any(iso.groups()):
            return int(iso[1] or 0) * 3600 + int(iso[2] or 0) * 60 + float(iso[3] or 0)
        return read_clock(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return finite_seconds(value)


def finite_seconds(value: float) -> float | None:
    """A number as seconds; None if it is negative, or too large to be a number of this machine (JSON has no limit).

    >>> finite_seconds(3), finite_seconds(-1), finite_seconds(10**400)
    (3.0, None, None)
    """
    try:
        return float(value) if math.isfinite(value) and value >= 0 else None
    except OverflowError:
        return None
