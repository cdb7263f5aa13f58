"""The publisher's transcript of an episode, as it came: raw.transcript_files, data/transcripts/."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.errors import NothingToRead, PassingFailure, PermanentFailure, TranscriptUnreadable
from brief_pipeline.records import Episode, TranscriptLink, content_id
from brief_pipeline.stages.address import take_turns
from brief_pipeline.stages.transcript import ReadTranscript, rank_transcripts, read_transcript
from brief_pipeline.wiring.episodes import episodes_of
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import step
from brief_pipeline.wiring.workbench import Item, Reports, merge_notes, work_through

Row = dict[str, Any]


def keep_transcript_files(house: House, days: Sequence[date]) -> Reports:
    """Fetches the best transcript that each publisher offers, and keeps it if it reads: raw.transcript_files."""
    kept = {row["episode_id"]: row for row in house.store.select("raw.transcript_files", published_on=list(days))}
    items = []
    found = episodes_of(house, days)
    offering = (episode for episode in found if episode.transcripts)
    for episode in take_turns(offering, lambda episode: episode.transcripts[0].url):
        offers = (part for link in episode.transcripts for part in (link.url, link.type))
        offer = content_id(*offers, house.settings.web.transcript_bytes, house.settings.web.private_addresses)
        row = kept.get(episode.episode_id)
        is_done = row is not None and row["input_hash"] == offer and (house.settings.data / row["path"]).exists()
        items.append(Item(episode.episode_id, label_of(episode), episode.published_on, offer, is_done, episode))

    def fetch(item: Item[Episode]) -> Row:
        return _fetch_transcript(house, item)

    def keep(item: Item[Episode], row: Row) -> None:
        house.store.replace("raw.transcript_files", [row], episode_id=item.item_id)

    reports = work_through(
        house, "transcript_files", items, fetch, keep, workers=house.settings.web.workers, may_all_fail=True
    )
    count_rows(house, reports, "raw.transcript_files", days)
    not_offered = Counter(episode.published_on for episode in found if not episode.transcripts)
    for day in days:
        merge_notes(reports, day, not_offered=not_offered[day])
    return reports


def _fetch_transcript(house: House, item: Item[Episode]) -> Row:
    """The best transcript offered that reads; the reasons of all of them when none does."""
    episode, reasons, is_final = item.value, [], True
    for link in rank_transcripts(episode.transcripts, episode.language):
        try:
            body = fetch_body(house, link.url)
            with step("reading"):
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
        "input_hash": item.input_hash,
        "fetched_at": house.clock(),
    }


def fetch_body(house: House, url: str) -> bytes:
    """What is at the address of a transcript or of chapters. Raises as the web does, and when there is nothing."""
    with step("fetching"):
        body = house.web.fetch(url, house.settings.web.transcript_bytes).body
    if not body:
        raise TranscriptUnreadable("the server sent nothing")
    return body


def label_of(episode: Episode) -> str:
    """The episode's name, for people."""
    return f"{episode.show_title}: {episode.title}"


def count_rows(house: House, reports: Reports, table: str, days: Sequence[date]) -> None:
    """Adds the rows that a table has of each day to the day's report."""
    counts = Counter(row["published_on"] for row in house.store.select(table, ("published_on",), published_on=list(days)))
    for day in days:
        merge_notes(reports, day, rows=counts[day])
