"""Whether a quote that is kept still stands in its transcript: its characters, its seconds, its speaker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brief_pipeline.stages.sentence import Timeline

Row = Mapping[str, Any]


def find_misquote(insight: Row, timeline: Timeline) -> str | None:
    """What is wrong with the quote of an insight (a row of raw.insights), in words; None if nothing is.

    >>> from brief_pipeline.records import Segment, Transcript
    >>> talk = Timeline(Transcript("e", "publisher:vtt", "en", (Segment(3.0, 7.5, "Ada", "Caches hide slow code."),)))
    >>> row = {"char_start": 0, "char_end": 11, "quote_start_seconds": 3.0, "quote_end_seconds": 7.5, "speaker": "Ada"}
    >>> find_misquote({**row, "quote": "Caches hide"}, talk) is None
    True
    >>> find_misquote({**row, "quote": "Caches help"}, talk)
    'it quotes “Caches help” where the transcript says “Caches hide”'
    """
    start, end = insight["char_start"], insight["char_end"]
    if not 0 <= start < end <= len(timeline.text):
        return f"it quotes the characters {start} to {end} of a transcript of {len(timeline.text)}"
    said = timeline.text[start:end]
    if said != insight["quote"]:
        return f"it quotes “{insight['quote']}” where the transcript says “{said}”"
    told = (insight["quote_start_seconds"], insight["quote_end_seconds"], insight["speaker"])
    true = (timeline.start_at(start), timeline.end_at(end - 1), timeline.speaker_at(start))
    if told != true:
        return f"it is told as said {_tell(*told)}, and was said {_tell(*true)}"
    return None


def _tell(start: float | None, end: float | None, speaker: str | None) -> str:
    seconds = ["an unknown second" if second is None else f"{second:.1f} s" for second in (start, end)]
    return f"from {seconds[0]} to {seconds[1]} by {speaker or 'nobody known'}"
