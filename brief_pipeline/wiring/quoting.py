"""The insights whose quotes do not stand in their transcripts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from brief_pipeline.records import Segment, Transcript, Word
from brief_pipeline.stages.quotation import find_misquote
from brief_pipeline.stages.sentence import Timeline
from brief_pipeline.wiring.house import House

Row = dict[str, Any]

QUOTED = (
    "insight_id",
    "episode_id",
    "published_on",
    "quote",
    "char_start",
    "char_end",
    "quote_start_seconds",
    "quote_end_seconds",
    "speaker",
)


def find_misquoted(house: House, days: Sequence[date]) -> list[Row]:
    """The insights of some days whose quote is not, letter for letter, at its second and by its speaker, in the transcript.

    Each with its fault, in words. A day's transcripts are read at a time.
    """
    by_day: dict[date, list[Row]] = defaultdict(list)
    for insight in house.store.select("raw.insights", QUOTED, published_on=list(days)):
        by_day[insight["published_on"]].append(insight)
    return [row for day, insights in sorted(by_day.items()) for row in _find_of_day(house, day, insights)]


def _find_of_day(house: House, day: date, insights: Sequence[Row]) -> list[Row]:
    quoted = sorted({insight["episode_id"] for insight in insights})
    spoken: dict[str, list[Row]] = defaultdict(list)
    for row in house.store.select("raw.segments", published_on=day, episode_id=quoted):
        spoken[row["episode_id"]].append(row)
    timelines = {episode_id: Timeline(_to_transcript(episode_id, spoken[episode_id])) for episode_id in quoted}
    faults = [(insight, find_misquote(insight, timelines[insight["episode_id"]])) for insight in insights]
    return [
        {"insight_id": insight["insight_id"], "episode_id": insight["episode_id"], "fault": fault}
        for insight, fault in faults
        if fault
    ]


def _to_transcript(episode_id: str, rows: Sequence[Row]) -> Transcript:
    segments = (
        Segment(
            row["start_seconds"],
            row["end_seconds"],
            row["speaker"],
            row["text"],
            tuple(Word(*word) for word in row["words"] or ()),
        )
        for row in sorted(rows, key=lambda row: row["position"])
    )
    return Transcript(episode_id, "", None, tuple(segments))
