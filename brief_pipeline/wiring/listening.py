"""From files and audio to what is said in an episode."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import Any

from brief_pipeline.errors import PassingFailure, PermanentFailure
from brief_pipeline.records import Chapter, Episode, Segment, Transcript, Word, content_id
from brief_pipeline.stages.chapter import read_chapters
from brief_pipeline.stages.transcript import read_transcript
from brief_pipeline.stages.transcript_times import check_times
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.episodes import episodes_of
from brief_pipeline.wiring.fetching import fetch_body, label_of
from brief_pipeline.wiring.hearing import listen
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import step
from brief_pipeline.wiring.workbench import Item, Reports, input_hashes, merge_notes, tell_why, work_through

Row = dict[str, Any]

BY_PUBLISHER = "publisher:"  # so begins the source of a transcript that was not heard
TOLD = ("episode_id", "published_on", "source", "words_count", "duration_seconds", "last_second", "doubts")


def write_transcripts(house: House, days: Sequence[date]) -> Reports:
    """What is said in each episode: raw.transcripts, raw.segments."""
    files = {row["episode_id"]: row for row in house.store.select("raw.transcript_files", published_on=list(days))}
    audio = {row["episode_id"]: row for row in house.store.select("raw.audio", published_on=list(days))}
    made = input_hashes(house, "raw.transcripts", days)
    items = []
    for episode in episodes_of(house, days):
        file, sound = files.get(episode.episode_id), audio.get(episode.episode_id)
        source = _source_of(house, episode, file, sound)
        is_gone = file is None and sound is not None and sound["removed_at"] is not None  # heard, and made room for others
        is_done = made.get(episode.episode_id) == source or (is_gone and episode.episode_id in made)
        items.append(Item(episode.episode_id, label_of(episode), episode.published_on, source, is_done, episode))

    def write(item: Item[Episode]) -> tuple[Transcript, Row]:
        started = time.monotonic()
        file, sound = files.get(item.item_id), audio.get(item.item_id)
        seconds = sound["duration_seconds"] if sound else item.value.duration_seconds
        transcript, about = _read_file(house, item.value, file, seconds) if file else listen(house, item.value, sound)
        chapters, reason = _find_chapters(house, item.value)
        return transcript, about | {
            "chapters": [asdict(chapter) for chapter in chapters],
            "chapters_reason": reason,
            "duration_seconds": seconds,
            "seconds_spent": time.monotonic() - started,
        }

    def keep(item: Item[Episode], outcome: tuple[Transcript, Row]) -> None:
        _keep_transcript(house, item, *outcome)

    reports = work_through(house, "transcripts", items, write, keep)
    labels = {item.item_id: item.label for item in items}
    made_now = house.store.select("raw.transcripts", TOLD, published_on=list(days))
    for day in days:
        rows = [row for row in made_now if row["published_on"] == day]
        merge_notes(reports, day, **_describe_day(rows))
        doubts = [f"{labels.get(row['episode_id'], row['episode_id'])}: {row['doubts']}" for row in rows if row["doubts"]]
        tell_why(reports, day, "in doubt", doubts, "raw.transcripts")
    return reports


def _describe_day(rows: Sequence[Row]) -> dict[str, int | float]:
    """What the transcripts of a day come to."""
    minutes = {"minutes_heard": 0.0, "minutes_by_publisher": 0.0}
    for row in rows:
        by = "minutes_by_publisher" if row["source"].startswith(BY_PUBLISHER) else "minutes_heard"
        minutes[by] += (row["duration_seconds"] or row["last_second"] or 0.0) / 60
    return {
        "rows": len(rows),
        "words": sum(row["words_count"] for row in rows),
        "with_doubts": sum(bool(row["doubts"]) for row in rows),
        **{name: round(spoken, 1) for name, spoken in minutes.items()},
        **Counter(row["source"] for row in rows),
    }


def _source_of(house: House, episode: Episode, file: Row | None, sound: Row | None) -> str:
    """The hash of what a transcript would be made from."""
    marks = (episode.chapters_url, *episode.chapters)
    if file:
        return content_id(file["format"], file["sha256"], episode.duration_seconds, *marks)
    if sound:
        language = house.settings.whisper.language or episode.language
        speakers = house.diariser.name if house.diariser else None
        return content_id(house.transcriber.name, speakers, sound["sha256"], language, *marks)
    return content_id("nothing", episode.audio_url)


def _read_file(house: House, episode: Episode, file: Row, seconds: float | None) -> tuple[Transcript, Row]:
    """The publisher's transcript, its times checked against the episode's length."""
    with step("reading"):
        read = read_transcript((house.settings.data / file["path"]).read_bytes(), file["declared_type"])
        checked = check_times(read.segments, seconds)
    language = read.language or episode.language
    source = f"{BY_PUBLISHER}{read.format}"
    return Transcript(episode.episode_id, source, language, checked.segments), {"doubts": checked.note}


def _keep_transcript(house: House, item: Item[Episode], transcript: Transcript, about: Row) -> None:
    key = {"episode_id": item.item_id, "published_on": item.published_on}
    segments = [
        {
            **key,
            "position": position,
            "start_seconds": segment.start_seconds,
            "end_seconds": segment.end_seconds,
            "speaker": segment.speaker,
            "text": segment.text,
            "words": [[w.start_seconds, w.end_seconds, w.text] for w in segment.words] or None,
        }
        for position, segment in enumerate(transcript.segments)
    ]
    ends = [s.end_seconds or s.start_seconds for s in transcript.segments if s.start_seconds is not None]
    row = {
        **key,
        **about,
        "source": transcript.source,
        "language": transcript.language,
        "segments_count": len(segments),
        "words_count": sum(len(segment.text.split()) for segment in transcript.segments),
        "speakers": list(dict.fromkeys(s.speaker for s in transcript.segments if s.speaker)),
        "last_second": max((end for end in ends if end is not None), default=None),
        "text_sha256": sha256(json.dumps(segments, default=str, sort_keys=True).encode()).hexdigest(),
        "input_hash": item.input_hash,
        "made_at": house.clock(),
    }
    scope = {"episode_id": item.item_id}
    house.store.apply([Change("raw.transcripts", [row], scope), Change("raw.segments", segments, scope)])


def transcript_of(house: House, row: Row) -> Transcript:
    """A kept transcript, from its row in raw.transcripts."""
    found = house.store.select("raw.segments", episode_id=row["episode_id"])
    segments = tuple(
        Segment(
            s["start_seconds"], s["end_seconds"], s["speaker"], s["text"], tuple(Word(*word) for word in s["words"] or ())
        )
        for s in sorted(found, key=lambda segment: segment["position"])
    )
    return Transcript(row["episode_id"], row["source"], row["language"], segments)


def _find_chapters(house: House, episode: Episode) -> tuple[tuple[Chapter, ...], str | None]:
    """The publisher's chapters, or why they can't be read. They only help to tell adverts from talk: the episode goes on."""
    if not episode.chapters_url:
        return episode.chapters, None
    try:
        return read_chapters(fetch_body(house, episode.chapters_url)), None
    except (PermanentFailure, PassingFailure) as failure:
        return episode.chapters, str(failure)
