"""From an episode to what is said in it: the publisher's transcript where there is one, else the audio and a recogniser."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.errors import BriefError, NothingToRead, PassingFailure, PermanentFailure, TranscriptUnreadable
from brief_pipeline.records import Chapter, Episode, Segment, Transcript, TranscriptLink, Word, content_id
from brief_pipeline.stages.chapter import read_chapters
from brief_pipeline.stages.transcript import ReadTranscript, rank_transcripts, read_transcript
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.discovery import episodes_of
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.workbench import Item, Reports, merge_notes, work_through

Row = dict[str, Any]

SUFFIXES = frozenset(
    {".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".wav", ".flac", ".wma", ".webm", ".m4b", ".m4v"}
)
OTHER_SUFFIX = ".audio"  # the decoder goes by the bytes; the suffix is for people


def keep_transcript_files(house: House, days: Sequence[date]) -> Reports:
    """Fetches the best transcript that each publisher offers, and keeps it if it reads: raw.transcript_files."""
    kept = {row["episode_id"]: row for row in house.store.select("raw.transcript_files", published_on=list(days))}
    items = []
    for episode in episodes_of(house, days):
        if not episode.transcripts:
            continue
        offer = content_id(*(part for link in episode.transcripts for part in (link.url, link.type)), episode.chapters_url)
        row = kept.get(episode.episode_id)
        is_done = row is not None and row["input_hash"] == offer and (house.settings.data / row["path"]).exists()
        items.append(Item(episode.episode_id, _label(episode), episode.published_on, offer, is_done, episode))

    def fetch(item: Item[Episode]) -> Row:
        return _fetch_transcript(house, item)

    def keep(item: Item[Episode], row: Row) -> None:
        house.store.replace("raw.transcript_files", [row], episode_id=item.item_id)

    reports = work_through(
        house, "transcript_files", items, fetch, keep, workers=house.settings.web.workers, may_all_fail=True
    )
    _count_rows(house, reports, "raw.transcript_files", days)
    return reports


def _fetch_transcript(house: House, item: Item[Episode]) -> Row:
    """The best transcript offered that reads; the reasons of all of them when none does."""
    episode, reasons, is_final = item.value, [], True
    for link in rank_transcripts(episode.transcripts, episode.language):
        try:
            body = _fetch_body(house, link.url)
            read = read_transcript(body, link.type)
        except (PermanentFailure, PassingFailure) as failure:
            reasons.append(f"{link.type or 'a transcript'}: {failure}")
            is_final = is_final and isinstance(failure, PermanentFailure)
        else:
            return _row_of_file(house, item, link, body, read)
    raise (TranscriptUnreadable if is_final else NothingToRead)("; ".join(reasons))


def _row_of_file(house: House, item: Item[Episode], link: TranscriptLink, body: bytes, read: ReadTranscript) -> Row:
    path = Path("transcripts") / item.value.feed_id / f"{item.item_id}.{read.format}"
    write_whole(house.settings.data / path, body)
    return {
        "episode_id": item.item_id,
        "published_on": item.published_on,
        "url": link.url,
        "format": read.format,
        "declared_type": link.type,
        "path": str(path),
        "sha256": sha256(body).hexdigest(),
        "bytes": len(body),
        "chapters": [asdict(chapter) for chapter in _find_chapters(house, item.value)],
        "input_hash": item.input_hash,
        "fetched_at": house.clock(),
    }


def _find_chapters(house: House, episode: Episode) -> tuple[Chapter, ...]:
    """The publisher's chapters. They only help to tell adverts from talk: where they can't be had, the episode goes on."""
    if episode.chapters or not episode.chapters_url:
        return episode.chapters
    try:
        return read_chapters(_fetch_body(house, episode.chapters_url))
    except (PermanentFailure, PassingFailure):
        return ()


def _fetch_body(house: House, url: str) -> bytes:
    body = house.web.fetch(url, house.settings.web.transcript_bytes).body
    if not body:
        raise TranscriptUnreadable("the server sent nothing")
    return body


def download_audio(house: House, days: Sequence[date]) -> Reports:
    """The audio of each episode that no publisher's transcript speaks for: raw.audio, data/audio/."""
    spoken_for = {row["episode_id"] for row in house.store.select("raw.transcript_files", published_on=list(days))}
    kept = {row["episode_id"]: row for row in house.store.select("raw.audio", published_on=list(days))}
    items, not_needed = [], Counter[date]()
    episodes = episodes_of(house, days)
    for episode in episodes:
        if episode.episode_id in spoken_for or not episode.audio_url:
            not_needed[episode.published_on] += 1
            continue
        row = kept.get(episode.episode_id)
        is_done = row is not None and row["audio_url"] == episode.audio_url and _is_whole(house, row)
        source = content_id(episode.audio_url)
        items.append(Item(episode.episode_id, _label(episode), episode.published_on, source, is_done, episode))

    def download(item: Item[Episode]) -> Row:
        return _download(house, item)

    def keep(item: Item[Episode], row: Row) -> None:
        house.store.replace("raw.audio", [row], episode_id=item.item_id)

    reports = work_through(
        house, "audio", items, download, keep, workers=house.settings.web.workers, may_all_fail=bool(not_needed)
    )
    _count_rows(house, reports, "raw.audio", days)
    for day, count in not_needed.items():
        merge_notes(reports, day, not_needed=count)
    return reports


def _is_whole(house: House, row: Row) -> bool:
    path = house.settings.data / row["path"]
    return path.exists() and bool(path.stat().st_size == row["bytes"])


def _download(house: House, item: Item[Episode]) -> Row:
    episode = item.value
    url = episode.audio_url or ""
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    path = Path("audio") / episode.feed_id / (episode.episode_id + (suffix if suffix in SUFFIXES else OTHER_SUFFIX))
    landed = house.web.download(url, house.settings.data / path, house.settings.web.audio_bytes)
    try:
        seconds = house.decoder.measure(landed.path)
    except BriefError:
        landed.path.unlink(missing_ok=True)
        raise
    return {
        "episode_id": item.item_id,
        "published_on": item.published_on,
        "audio_url": url,
        "path": str(path),
        "sha256": landed.sha256,
        "bytes": landed.bytes,
        "content_type": landed.content_type,
        "duration_seconds": seconds,
        "stated_seconds": episode.duration_seconds,
        "fetched_at": house.clock(),
    }


def write_transcripts(house: House, days: Sequence[date]) -> Reports:
    """What is said in each episode: raw.transcripts, raw.segments."""
    files = {row["episode_id"]: row for row in house.store.select("raw.transcript_files", published_on=list(days))}
    audio = {row["episode_id"]: row for row in house.store.select("raw.audio", published_on=list(days))}
    made = {
        row["episode_id"]: row["input_hash"]
        for row in house.store.select("raw.transcripts", ("episode_id", "input_hash"), published_on=list(days))
    }
    items = []
    for episode in episodes_of(house, days):
        source = _source_of(house, episode, files.get(episode.episode_id), audio.get(episode.episode_id))
        is_done = made.get(episode.episode_id) == source
        items.append(Item(episode.episode_id, _label(episode), episode.published_on, source, is_done, episode))

    def write(item: Item[Episode]) -> tuple[Transcript, float]:
        started = time.monotonic()
        file, sound = files.get(item.item_id), audio.get(item.item_id)
        transcript = _read_file(house, item.value, file) if file else _listen(house, item.value, sound)
        return transcript, time.monotonic() - started

    def keep(item: Item[Episode], outcome: tuple[Transcript, float]) -> None:
        _keep_transcript(house, item, *outcome, sound=audio.get(item.item_id))

    reports = work_through(house, "transcripts", items, write, keep)
    rows = house.store.select("raw.transcripts", ("published_on", "source", "words_count"), published_on=list(days))
    for day in days:
        todays = [row for row in rows if row["published_on"] == day]
        sources = Counter(row["source"] for row in todays)
        merge_notes(reports, day, rows=len(todays), words=sum(row["words_count"] for row in todays), **sources)
    return reports


def _source_of(house: House, episode: Episode, file: Row | None, sound: Row | None) -> str:
    if file:
        return content_id(file["format"], file["sha256"])
    if sound:
        return content_id(house.transcriber.name, sound["sha256"], house.settings.whisper.language or episode.language)
    return content_id("nothing", episode.audio_url)


def _read_file(house: House, episode: Episode, file: Row) -> Transcript:
    read = read_transcript((house.settings.data / file["path"]).read_bytes(), file["declared_type"])
    return Transcript(episode.episode_id, f"publisher:{read.format}", read.language or episode.language, read.segments)


def _listen(house: House, episode: Episode, sound: Row | None) -> Transcript:
    if sound is None:
        lacks = "its audio could not be had: see the failure of stage audio" if episode.audio_url else "no audio is offered"
        raise NothingToRead(f"no publisher's transcript that reads, and {lacks}")
    language = house.settings.whisper.language or (episode.language or "").split("-")[0] or None
    heard = house.transcriber.transcribe(
        house.settings.data / sound["path"],
        language=language,
        report=lambda second: house.progress.part("transcripts", second / sound["duration_seconds"]),
    )
    return Transcript(episode.episode_id, house.transcriber.name, heard.language, heard.segments)


def _keep_transcript(house: House, item: Item[Episode], transcript: Transcript, seconds: float, sound: Row | None) -> None:
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
        "source": transcript.source,
        "language": transcript.language,
        "segments_count": len(segments),
        "words_count": sum(len(segment.text.split()) for segment in transcript.segments),
        "speakers": list(dict.fromkeys(s.speaker for s in transcript.segments if s.speaker)),
        "last_second": max((end for end in ends if end is not None), default=None),
        "duration_seconds": sound["duration_seconds"] if sound else item.value.duration_seconds,
        "text_sha256": sha256(json.dumps(segments, default=str, sort_keys=True).encode()).hexdigest(),
        "input_hash": item.input_hash,
        "seconds_spent": seconds,
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


def _label(episode: Episode) -> str:
    return f"{episode.show_title}: {episode.title}"


def _count_rows(house: House, reports: Reports, table: str, days: Sequence[date]) -> None:
    counts = Counter(row["published_on"] for row in house.store.select(table, ("published_on",), published_on=list(days)))
    for day in days:
        merge_notes(reports, day, rows=counts[day])
