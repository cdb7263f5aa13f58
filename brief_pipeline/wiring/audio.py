"""The audio of the episodes that no publisher's transcript speaks for: raw.audio, data/audio/."""

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from brief_pipeline.errors import BriefError, TooLarge, Unreachable
from brief_pipeline.records import Episode, content_id
from brief_pipeline.stages.address import take_turns
from brief_pipeline.stages.audio_length import doubt_length
from brief_pipeline.wiring.audio_shelf import AudioShelf
from brief_pipeline.wiring.episodes import episodes_of
from brief_pipeline.wiring.fetching import count_rows, label_of
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import step
from brief_pipeline.wiring.workbench import Item, Reports, count_reasons, merge_notes, tell_why, work_through

Row = dict[str, Any]

SUFFIXES = frozenset(
    {".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".wav", ".flac", ".wma", ".webm", ".m4b", ".m4v"}
)
OTHER_SUFFIX = ".audio"  # the decoder goes by the bytes; the suffix is for people


def download_audio(house: House, days: Sequence[date]) -> Reports:
    """Downloads what has to be listened to, within the limits of [audio], and decodes it once to know its length."""
    spoken_for = {row["episode_id"] for row in house.store.select("raw.transcript_files", published_on=list(days))}
    transcribed = {row["episode_id"] for row in house.store.select("raw.transcripts", ("episode_id",))}
    kept = {row["episode_id"]: row for row in house.store.select("raw.audio", published_on=list(days))}
    cuts = {row["item_id"]: row["reason"] for row in house.store.select("raw.failures", stage="audio")}
    items, not_needed = [], defaultdict[date, Counter[str]](Counter)
    for episode in take_turns(episodes_of(house, days), lambda episode: episode.audio_url or ""):
        if reason := _why_not(episode, spoken_for):
            not_needed[episode.published_on][reason] += 1
            continue
        row = kept.get(episode.episode_id)
        is_done = bool(row and _is_had(house, row, episode.audio_url, transcribed))
        source = _hash_of_input(house, episode)
        items.append(Item(episode.episode_id, label_of(episode), episode.published_on, source, is_done, episode))
    shelf, hours = AudioShelf(house, transcribed, days), _Hours(house.settings.audio.hours_per_day, items, kept)

    def download(item: Item[Episode]) -> Row:
        return _download(house, item, shelf, hours, cuts.get(item.item_id))

    def keep(item: Item[Episode], row: Row) -> None:
        house.store.replace("raw.audio", [row], episode_id=item.item_id)

    workers = house.settings.web.workers
    reports = work_through(house, "audio", items, download, keep, workers=workers, may_all_fail=bool(not_needed))
    count_rows(house, reports, "raw.audio", days)
    for day in days:
        merge_notes(reports, day, not_needed=not_needed[day].total(), hours=round(hours.seconds[day] / 3600, 2))
        tell_why(reports, day, "not fetched", count_reasons(not_needed[day]))
    merge_notes(reports, days[-1], removed_for_room=len(shelf.removed))
    return reports


def _why_not(episode: Episode, spoken_for: Container[str]) -> str | None:
    """Why an episode's audio is not fetched, if it is not."""
    if episode.episode_id in spoken_for:
        return "the publisher's transcript reads"
    return None if episode.audio_url else "the feed offers no audio"


class _Hours:
    """The seconds of audio of each day, against the limit: as stated until they are decoded."""

    def __init__(self, most_hours: float, items: Sequence[Item[Episode]], kept: dict[str, Row]) -> None:
        self._most_hours = most_hours
        self._lock = Lock()
        self.seconds: dict[date | None, float] = defaultdict(float)
        self._planned: dict[str, float] = {}
        for item in items:
            row = kept.get(item.item_id) if item.is_done else None
            seconds = row["duration_seconds"] if row else item.value.duration_seconds or 0.0
            if self._fits(item.published_on, seconds):
                self.seconds[item.published_on] += seconds
                self._planned[item.item_id] = seconds

    def check(self, item: Item[Episode]) -> None:
        """Raises TooLarge for what is past the limit by the lengths that the feeds state."""
        if item.item_id not in self._planned:
            raise TooLarge(self._words(item))

    def settle(self, item: Item[Episode], seconds: float) -> None:
        """Puts the decoded length in place of the stated one. Raises TooLarge when that is past the limit."""
        with self._lock:
            self.seconds[item.published_on] -= self._planned[item.item_id]
            if not self._fits(item.published_on, seconds):
                raise TooLarge(self._words(item))
            self.seconds[item.published_on] += seconds
            self._planned[item.item_id] = seconds

    def _fits(self, day: date | None, seconds: float) -> bool:
        return self.seconds[day] + seconds <= self._most_hours * 3600

    def _words(self, item: Item[Episode]) -> str:
        limit = f"{self._most_hours:g} hours that [audio] hours_per_day allows"
        return f"the episodes of {item.published_on} before it fill the {limit}"


def _hash_of_input(house: House, episode: Episode) -> str:
    """What was tried: with other limits, or private addresses opened, what failed for good is tried again."""
    web, audio = house.settings.web, house.settings.audio
    return content_id(episode.audio_url, web.audio_bytes, web.private_addresses, audio.longest_seconds, audio.hours_per_day)


def _is_had(house: House, row: Row, url: str | None, transcribed: set[str]) -> bool:
    """Whether the file is there in full, or made room for others after it was transcribed: it is not fetched again.

    Not at a new address either, unless it seemed cut: whole feeds change their addresses, some with each reading.
    """
    if row["length_note"] and row["audio_url"] != url:
        return False
    path = house.settings.data / row["path"]
    has_served = row["removed_at"] is not None and row["episode_id"] in transcribed
    return has_served or (path.exists() and path.stat().st_size == row["bytes"])


def _download(house: House, item: Item[Episode], shelf: AudioShelf, hours: _Hours, earlier_reason: str | None) -> Row:
    episode, limits = item.value, house.settings
    url = episode.audio_url or ""
    hours.check(item)
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    path = Path("audio") / episode.feed_id / (episode.episode_id + (suffix if suffix in SUFFIXES else OTHER_SUFFIX))
    expected = min(episode.audio_bytes or 0, limits.web.audio_bytes)
    shelf.make_room(expected)
    landed_bytes = 0
    try:
        with step("downloading"):
            landed = house.web.download(url, limits.data / path, limits.web.audio_bytes)
        try:
            with step("decoding"):
                seconds = house.decoder.measure(landed.path)
            note = _check_length(episode, seconds, landed.bytes, earlier_reason)
            if seconds > limits.audio.longest_seconds:
                hours_long, most = seconds / 3600, limits.audio.longest_seconds / 3600
                raise TooLarge(f"{hours_long:.1f} hours long; the limit is {most:.3g} ([audio] longest_seconds)")
            hours.settle(item, seconds)
        except BriefError:
            landed.path.unlink(missing_ok=True)
            raise
        landed_bytes = landed.bytes
    finally:
        shelf.settle(expected, landed_bytes)
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
        "length_note": note,
        "fetched_at": house.clock(),
    }


def _check_length(episode: Episode, seconds: float, size_bytes: int, earlier_reason: str | None) -> str | None:
    """What speaks against the file being whole. Raises Unreachable where it is cut, but not for the same bytes twice."""
    doubt = doubt_length(seconds, size_bytes, episode.duration_seconds, episode.audio_bytes)
    if doubt is None:
        return None
    reason = f"what came is cut off: {doubt.words}, {size_bytes} bytes"
    if doubt.is_cut and earlier_reason != reason:
        raise Unreachable(reason)
    return f"shorter than stated: {doubt.words}"
