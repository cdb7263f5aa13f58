"""Every item that a feed ever showed, once: raw.feed_items."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from brief_pipeline.records import Chapter, Episode, FeedContents, TranscriptLink, content_id
from brief_pipeline.stages.episode_name import group_feeds
from brief_pipeline.stages.same_episode import Match, find_same
from brief_pipeline.wiring.house import House

Row = dict[str, Any]

EPISODE_FIELDS = tuple(field.name for field in fields(Episode))
ITEMS_A_WRITE = 5_000  # a transaction for each of five hundred feeds would take longer than reading them
CHARACTERS_A_WRITE = 4_000_000  # of show notes
KNOWN = ("episode_id", "feed_id", "published_on", "published_at", "first_seen_at", "item_hash", "same_as", "same_reason")


class Memory:
    """Takes what feeds say and keeps it, many feeds in one write. A context manager: what is left is written at its end.

    The day an item was first seen under stays, so that it is in one partition only. An item that is a copy of another one
    (new guid, new host, new title, or the premium feed of a show whose public one is followed too) says of which.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: dict[str, FeedContents] = {}
        known = house.store.select("raw.feeds", ("feed_id", "show_title"))
        self._titles = {(row["feed_id"], row["show_title"] or "") for row in known}

    def __enter__(self) -> "Memory":
        return self

    def __exit__(self, *error: object) -> None:
        self._write()

    def take(self, feed_id: str, contents: FeedContents) -> None:
        self._waiting[feed_id] = contents
        self._titles.add((feed_id, contents.title))
        if sum(len(waiting.episodes) for waiting in self._waiting.values()) >= ITEMS_A_WRITE:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        store, now = self._house.store, self._house.clock()
        known: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in store.select("raw.feed_items", KNOWN, feed_id=list(self._waiting)):
            known[row["feed_id"]][row["episode_id"]] = row
        same = self._find_copies(known)
        changed = (
            row for feed_id, contents in self._waiting.items() for row in _changed_rows(contents, known[feed_id], same, now)
        )
        for rows in _in_portions(changed):
            store.replace("raw.feed_items", rows, episode_id=[row["episode_id"] for row in rows])
        self._waiting = {}

    def _find_copies(self, known: dict[str, dict[str, Row]]) -> dict[str, Match]:
        """The episode that each new item is a copy of, where it is one: of its feed, or of another feed of its show."""
        updated = {
            feed_id
            for feed_id, contents in self._waiting.items()
            if any(episode.episode_id not in known[feed_id] for episode in contents.episodes)
        }
        shows = group_feeds(self._titles)
        names = {shows[feed_id] for feed_id in updated}
        feeds = [feed_id for feed_id, name in shows.items() if name in names]
        rows = self._house.store.select("raw.feed_items", ("item", "same_as"), feed_id=feeds) if updated else []
        earlier = [episode_of(row["item"]) for row in rows]
        copies = {e.episode_id: row["same_as"] for e, row in zip(earlier, rows, strict=True) if row["same_as"]}
        return find_same([e for feed_id in updated for e in self._waiting[feed_id].episodes], earlier, copies)


def _changed_rows(contents: FeedContents, known: dict[str, Row], same: dict[str, Match], now: datetime) -> Iterable[Row]:
    """A row for each item that is new or says something else than before."""
    present = {episode.episode_id for episode in contents.episodes}
    for episode in contents.episodes:
        first, match = known.get(episode.episode_id), same.get(episode.episode_id)
        row = _row_of(episode, first, now)
        if match:
            row |= {"same_as": match.episode_id, "same_reason": match.reason}
        if first is None or first["item_hash"] != row["item_hash"]:
            yield row
            original = known.get(row["same_as"] or "")
            if original and original["episode_id"] not in present:  # the feed goes on about it under the new id alone
                yield _row_of(episode, original, now)


def _in_portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows by the thousand, fewer where they are long: on its way into the database a text is held several times."""
    portion: dict[str, Row] = {}
    length = 0
    for row in rows:
        portion[row["episode_id"]] = row  # of an original with two copies the last word counts
        length += len(row["item"]["description"])
        if len(portion) >= ITEMS_A_WRITE or length >= CHARACTERS_A_WRITE:
            yield list(portion.values())
            portion, length = {}, 0
    if portion:
        yield list(portion.values())


def _row_of(episode: Episode, first: Row | None, now: datetime) -> Row:
    """What a feed says of an episode; its day and its id stay those it was first seen under."""
    item = _item_of(episode)
    item["episode_id"] = first["episode_id"] if first else episode.episode_id
    is_dated = not episode.date_source.startswith("first seen")
    return {
        "episode_id": item["episode_id"],
        "feed_id": episode.feed_id,
        "published_on": first["published_on"] if first else episode.published_on,
        "published_at": episode.published_at if is_dated or not first else first["published_at"],
        "item": item,
        "item_hash": _hash_of(item, is_dated),
        "same_as": first["same_as"] if first else None,
        "same_reason": first["same_reason"] if first else None,
        "first_seen_at": first["first_seen_at"] if first else now,
        "seen_at": now,
    }


def _item_of(episode: Episode) -> Row:
    """The episode as JSON has it. asdict() alone would take as long as reading the feed did: it copies in depth."""
    item = {name: getattr(episode, name) for name in EPISODE_FIELDS}
    item["published_at"] = episode.published_at.isoformat()
    item["transcripts"] = [asdict(link) for link in episode.transcripts]
    item["chapters"] = [asdict(chapter) for chapter in episode.chapters]
    return item


def _hash_of(item: Row, is_dated: bool) -> str:
    """What an item says, without the moment we looked, which stands in for a date that is missing."""
    told = item if is_dated else {name: value for name, value in item.items() if name != "published_at"}
    return content_id(json.dumps(told, sort_keys=True, default=str))


def episode_of(item: Row) -> Episode:
    """An episode from its row in raw.episodes, or from the column item of raw.feed_items."""
    told = {name: value for name, value in item.items() if name != "published_on"}
    if isinstance(told["published_at"], str):
        told["published_at"] = datetime.fromisoformat(told["published_at"]).astimezone(UTC)
    told["transcripts"] = tuple(TranscriptLink(**link) for link in told["transcripts"] or ())
    told["chapters"] = tuple(Chapter(**chapter) for chapter in told["chapters"] or ())
    told["people"] = tuple(told["people"] or ())
    return Episode(**told)
