"""From subscriptions to the episodes of a day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.errors import FeedUnreadable, PassingFailure
from brief_pipeline.records import Chapter, Episode, FeedContents, Subscription, TranscriptLink, content_id
from brief_pipeline.settings import Settings
from brief_pipeline.stages.address import hide_secrets
from brief_pipeline.stages.feed import READER_VERSION, read_feed
from brief_pipeline.stages.subscription import read_opml
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.workbench import Item, Reports, merge_notes, work_through

Row = dict[str, Any]

KEPT_FROM_FIRST_SIGHT = ("episode_id", "published_on", "published_at", "first_seen_at")


def followed_shows(settings: Settings) -> tuple[Subscription, ...]:
    """The shows of data/subscriptions.opml and of brief.toml, each once. Raises SettingsInvalid."""
    named = tuple(Subscription(url.strip(), origin="brief.toml") for url in settings.feeds)
    return tuple({subscription.url: subscription for subscription in (*named, *read_subscriptions(settings))}.values())


def read_subscriptions(settings: Settings) -> tuple[Subscription, ...]:
    """The shows of data/subscriptions.opml, which commands change. Raises SettingsInvalid."""
    file = settings.subscriptions_file
    return read_opml(file.read_bytes(), file.name) if file.exists() else ()


@dataclass(frozen=True)
class _Answer:
    """How a feed answered: a row of raw.feeds, and what it says where that is new."""

    row: Row
    contents: FeedContents | None = None


def fetch_feeds(house: House) -> Reports:
    """Asks every followed feed, keeps its bytes, and reads them where they changed: raw.feeds, raw.feed_items."""
    shows = followed_shows(house.settings)
    before = {row["feed_id"]: row for row in house.store.select("raw.feeds")}
    rows: dict[str, Row] = {}
    items = [Item(s.feed_id, s.title or hide_secrets(s.url), None, content_id(s.url), False, s) for s in shows]

    def ask(item: Item[Subscription]) -> _Answer:
        return _ask(house, item.value, before.get(item.item_id, {}))

    def keep(item: Item[Subscription], answer: _Answer) -> None:
        rows[item.item_id] = answer.row
        if answer.contents:
            _remember_items(house, item.item_id, answer.contents)

    try:
        reports = work_through(house, "feeds", items, ask, keep, workers=house.settings.web.workers, retries_permanent=True)
    finally:
        failed = {row["item_id"]: row for row in house.store.select("raw.failures", stage="feeds")}
        for show in shows:
            if show.feed_id not in rows and show.feed_id in failed:
                rows[show.feed_id] = _row_of_failed(house, show, before.get(show.feed_id, {}), failed[show.feed_id])
        gone = set(before) - {show.feed_id for show in shows}
        scope = {"feed_id": sorted(set(before) | set(rows))}
        house.store.apply(
            [
                Change("raw.feeds", list(rows.values()), scope),
                Change("raw.failures", [], {"stage": "feeds", "item_id": sorted(gone)}),
            ]
        )
    merge_notes(reports, None, **Counter(str(row["status"]) for row in rows.values()), rows=len(rows))
    return reports


def _ask(house: House, show: Subscription, before: Row) -> _Answer:
    """One feed's answer. A kept body is read again only when it changed, or when the reader did."""
    body_file = house.settings.data / before["body_path"] if before.get("body_path") else None
    kept = body_file.read_bytes() if body_file and body_file.exists() else None
    got = house.web.fetch(
        show.url,
        house.settings.web.feed_bytes,
        etag=before.get("etag") if kept else None,
        last_modified=before.get("last_modified") if kept else None,
    )
    now = house.clock()
    body = got.body if got.body is not None else kept
    if body is None:
        raise PassingFailure("the server says that nothing changed, but there is no earlier copy; the next run asks anew")
    digest = sha256(body).hexdigest()
    if kept and digest == before["body_sha256"] and before["reader_version"] == READER_VERSION:
        validators = {"etag": got.etag or before["etag"], "last_modified": got.last_modified or before["last_modified"]}
        return _Answer({**before, **validators, "status": "unchanged", "reason": None, "checked_at": now})
    contents = read_feed(body, show.feed_id, got.url, now)
    path = Path("feeds") / f"{show.feed_id}-{digest[:16]}.xml"
    write_whole(house.settings.data / path, body)
    if body_file and body_file != house.settings.data / path:
        body_file.unlink(missing_ok=True)
    row = {
        "feed_id": show.feed_id,
        "url": hide_secrets(show.url),
        "origin": show.origin,
        "show_title": contents.title or show.title,
        "status": "fetched",
        "etag": got.etag,
        "last_modified": got.last_modified,
        "body_sha256": digest,
        "body_path": str(path),
        "reader_version": READER_VERSION,
        "items_count": len(contents.episodes) + len(contents.skipped),
        "episodes_count": len(contents.episodes),
        "skipped_count": len(contents.skipped),
        "skipped_reasons": dict(Counter(item.reason for item in contents.skipped)),
        "repairs": list(contents.repairs),
        "newest_published_at": max((e.published_at for e in contents.episodes), default=None),
        "fetched_at": now,
        "checked_at": now,
    }
    return _Answer(row, contents)


def _row_of_failed(house: House, show: Subscription, before: Row, failure: Row) -> Row:
    """A feed that could not be had or read: what is known of it stays, with the reason."""
    status = "unreadable" if failure["error"] == FeedUnreadable.__name__ else "unreachable"
    known = before or {
        "feed_id": show.feed_id,
        "url": hide_secrets(show.url),
        "origin": show.origin,
        "show_title": show.title,
    }
    return {**known, "status": status, "reason": failure["reason"], "checked_at": house.clock()}


def _remember_items(house: House, feed_id: str, contents: FeedContents) -> None:
    """Adds a feed's items to those ever seen. The day an item was first seen under stays, so that it is in one partition."""
    now = house.clock()
    known = {row["episode_id"]: row for row in house.store.select("raw.feed_items", KEPT_FROM_FIRST_SIGHT, feed_id=feed_id)}
    rows = []
    for episode in contents.episodes:
        fresh = {"published_on": episode.published_on, "published_at": episode.published_at, "first_seen_at": now}
        first = known.get(episode.episode_id, fresh)
        stated = {} if episode.date_source.startswith("first seen") else {"published_at": episode.published_at}
        item = {**asdict(episode), "published_at": episode.published_at.isoformat()}
        rows.append({**first, **stated, "episode_id": episode.episode_id, "feed_id": feed_id, "item": item, "seen_at": now})
    house.store.replace("raw.feed_items", rows, feed_id=feed_id, episode_id=[row["episode_id"] for row in rows])


def find_episodes(house: House, days: Sequence[date]) -> Reports:
    """The episodes of each day, out of all that the followed feeds ever showed: raw.episodes, raw.feed_days."""
    reports: Reports = {}
    feeds = house.store.select("raw.feeds")
    followed = [feed["feed_id"] for feed in feeds]
    for day in days:
        found = house.store.select("raw.feed_items", published_on=day, feed_id=followed)
        counts = Counter(row["feed_id"] for row in found)
        looked = [_look_back(house, feed, day, counts[feed["feed_id"]]) for feed in feeds]
        rows = [_row_of_episode(row) for row in found]
        scope = {"published_on": day, "feed_id": followed}  # what was read of a show that is followed no more stays
        house.store.apply([Change("raw.episodes", rows, scope), Change("raw.feed_days", looked, {"published_on": day})])
        merge_notes(reports, day, rows=len(rows), shows=len(counts), feeds=len(feeds))
    return reports


def _row_of_episode(row: Row) -> Row:
    return {**row["item"], **{name: row[name] for name in ("feed_id", "published_on", "published_at")}}


def _look_back(house: House, feed: Row, day: date, count: int) -> Row:
    """What became of a feed on a day: its episodes, or why there are none."""
    if count:
        status, reason = "episodes", None
    elif not feed["body_sha256"]:
        status, reason = "never read", feed["reason"]
    else:
        newest = feed["newest_published_at"]
        status = "none that day"
        reason = f"its newest episode is of {newest:%Y-%m-%d}" if newest else "it holds no episodes"
        reason += f"; it is {feed['status']} now: {feed['reason']}" if feed["reason"] else ""
    return {
        "feed_id": feed["feed_id"],
        "published_on": day,
        "show_title": feed["show_title"] or feed["url"],
        "status": status,
        "reason": reason,
        "episodes_count": count,
        "looked_at": house.clock(),
    }


def episodes_of(house: House, days: Sequence[date]) -> list[Episode]:
    """The episodes of the days, as records, oldest first."""
    rows = house.store.select("raw.episodes", published_on=list(days))
    episodes = []
    for row in sorted(rows, key=lambda row: (row["published_at"], row["episode_id"])):
        row.pop("published_on")
        row["transcripts"] = tuple(TranscriptLink(**link) for link in row["transcripts"] or ())
        row["chapters"] = tuple(Chapter(**chapter) for chapter in row["chapters"] or ())
        row["people"] = tuple(row["people"] or ())
        episodes.append(Episode(**row))
    return episodes
