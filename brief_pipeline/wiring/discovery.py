"""From subscriptions to what their feeds say: raw.feeds, raw.feed_items."""

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.engines.web import Fetched
from brief_pipeline.errors import BriefError, FeedUnreadable, Gone, PassingFailure, StageFailed
from brief_pipeline.records import FeedContents, Subscription, content_id
from brief_pipeline.stages.address import hide_secrets, take_turns
from brief_pipeline.stages.back_off import next_try
from brief_pipeline.stages.feed import READER_VERSION, read_feed
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.following import followed_shows, move_shows
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.remembering import Memory
from brief_pipeline.wiring.timing import step
from brief_pipeline.wiring.workbench import Item, Reports, merge_notes, tell_why, work_through

Row = dict[str, Any]

MANY_SHOWS = 24  # from here on feeds are read in other processes; to start those takes as long as reading a dozen feeds
STATUS_OF = {FeedUnreadable.__name__: "unreadable", Gone.__name__: "ended"}
INCOMPLETE = 0  # in place of a reader's version: the next run reads the feed again, and the pages that are missing


@dataclass(frozen=True)
class _Answer:
    """How a feed answered: a row of raw.feeds, and what it says where that is new."""

    row: Row
    contents: FeedContents | None = None
    moved_to: str | None = None


def fetch_feeds(house: House) -> Reports:
    """Asks every followed feed, keeps its bytes, and reads them where they changed: raw.feeds, raw.feed_items."""
    shows = followed_shows(house.settings, house.store)
    followed = {show.feed_id for show in shows}  # a show that moves to where another one is followed stays beside it
    before = {row["feed_id"]: row for row in house.store.select("raw.feeds")}
    resting = {show.feed_id for show in shows if _is_resting(before.get(show.feed_id, {}), house.clock())}
    items = [
        Item(s.feed_id, s.title or hide_secrets(s.url), None, content_id(s.url), False, s)
        for s in take_turns(shows, lambda show: show.url)
        if s.feed_id not in resting
    ]
    rows = {feed_id: before[feed_id] for feed_id in resting}
    moved: list[tuple[Subscription, str]] = []
    is_our_fault = False
    with _FeedReader(len(items)) as reader:

        def ask(item: Item[Subscription]) -> _Answer:
            return _ask(house, reader, item.value, before.get(item.item_id, {}))

        try:
            with Memory(house) as memory:

                def keep(item: Item[Subscription], answer: _Answer) -> None:
                    rows[item.item_id] = answer.row
                    if answer.contents:
                        memory.take(item.item_id, answer.contents)
                    if answer.moved_to and content_id(answer.moved_to) not in followed:
                        moved.append((item.value, answer.moved_to))

                workers = house.settings.web.workers
                reports = work_through(house, "feeds", items, ask, keep, workers=workers, retries_permanent=True)
        except StageFailed:
            is_our_fault = len(items) > 1  # more likely this machine's network than all of theirs
            raise
        finally:
            _note_failed(house, shows, before, rows, is_our_fault)
            move_shows(house, moved)
    merge_notes(reports, None, **Counter(str(row["status"]) for row in rows.values()), rows=len(rows))
    merge_notes(reports, None, not_asked=len(resting), moved=len(moved))
    tell_why(reports, None, "not asked", [_name_reason(rows[feed_id]) for feed_id in sorted(resting)], "raw.feeds")
    incomplete = [_name_reason(row) for row in rows.values() if row["status"] == "fetched" and row["reason"]]
    tell_why(reports, None, "read in part", incomplete, "raw.feeds")
    return reports


def _name_reason(row: Row) -> str:
    return f"{row['show_title'] or row['url']}: {row['reason']}"


def _is_resting(row: Row, now: datetime) -> bool:
    """Whether a feed is left alone this time: its server said that it has ended, or it failed again and again."""
    return row.get("status") == "ended" or bool(row.get("next_try_at") and row["next_try_at"] > now)


def _note_failed(
    house: House, shows: Sequence[Subscription], before: dict[str, Row], rows: dict[str, Row], is_our_fault: bool
) -> None:
    """Writes raw.feeds, with a row for each feed that could not be had or read, and forgets those followed no more."""
    failed = {row["item_id"]: row for row in house.store.select("raw.failures", stage="feeds")}
    for show in shows:
        if show.feed_id not in rows and show.feed_id in failed:
            known = before.get(show.feed_id, {})
            rows[show.feed_id] = _row_of_failed(house, show, known, failed[show.feed_id], is_our_fault)
    gone = set(before) - {show.feed_id for show in shows}
    scope = {"feed_id": sorted(gone | set(rows))}  # of a show that a stopped run did not come to, the row stays
    forgotten = Change("raw.failures", [], {"stage": "feeds", "item_id": sorted(gone)})
    house.store.apply([Change("raw.feeds", list(rows.values()), scope), forgotten])


def _row_of_failed(house: House, show: Subscription, before: Row, failure: Row, is_our_fault: bool) -> Row:
    """A feed that could not be had or read: what is known of it stays, with the reason and when it is asked again."""
    now = house.clock()
    status = STATUS_OF.get(failure["error"], "unreachable")
    known = before or {
        "feed_id": show.feed_id,
        "url": hide_secrets(show.url),
        "origin": show.origin,
        "show_title": show.title,
        "followed_at": now,
    }
    count = (known.get("failures_count") or 0) + (0 if is_our_fault else 1)
    again = None if status == "ended" else next_try(count, now, show.feed_id)
    reason = failure["reason"]
    if status == "ended":
        reason += ". It is not asked any more: `brief feeds remove` it, or `brief feeds add` it again if it is back"
    elif again and again > now:
        reason += f". It failed {count} times in a row, and is asked again from {again:%Y-%m-%d %H:%M} UTC"
    marks = {"status": status, "reason": reason, "failures_count": count, "next_try_at": again, "checked_at": now}
    return {**known, **marks}


def _ask(house: House, reader: "_FeedReader", show: Subscription, before: Row) -> _Answer:
    """One feed's answer. A kept body is read again only when it changed, or when the reader did."""
    body_file = house.settings.data / before["body_path"] if before.get("body_path") else None
    kept = body_file.read_bytes() if body_file and body_file.exists() else None
    with step("fetching"):
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
    answered = {
        "url": hide_secrets(got.moved_to or show.url),
        "moved_to": hide_secrets(got.moved_to) if got.moved_to else before.get("moved_to"),
        "failures_count": 0,
        "next_try_at": None,
        "checked_at": now,
        "followed_at": before.get("followed_at") or now,
        "first_read_at": before.get("first_read_at") or now,
    }
    if kept and digest == before["body_sha256"] and before["reader_version"] == READER_VERSION:
        validators = {"etag": got.etag or before["etag"], "last_modified": got.last_modified or before["last_modified"]}
        return _Answer({**before, **validators, **answered, "status": "unchanged", "reason": None}, None, got.moved_to)
    first_page = reader.read(body, show.feed_id, got.url, now)
    contents, pages_count, lack = _follow_pages(house, reader, show, first_page, got, before)
    path = Path("feeds") / f"{show.feed_id}-{digest[:16]}.xml"
    write_whole(house.settings.data / path, body)
    if body_file and body_file != house.settings.data / path:
        body_file.unlink(missing_ok=True)
    row = {
        **answered,
        **_describe(contents),
        "feed_id": show.feed_id,
        "origin": show.origin,
        "show_title": contents.title or show.title,
        "status": "fetched",
        "reason": lack,
        "etag": got.etag,
        "last_modified": got.last_modified,
        "body_sha256": digest,
        "body_path": str(path),
        "reader_version": INCOMPLETE if lack else READER_VERSION,
        "pages_count": pages_count,
        "fetched_at": now,
    }
    return _Answer(row, contents, got.moved_to)


def _describe(contents: FeedContents) -> Row:
    """What a feed holds, in numbers."""
    return {
        "items_count": len(contents.episodes) + len(contents.skipped),
        "episodes_count": len(contents.episodes),
        "skipped_count": len(contents.skipped),
        "skipped_reasons": dict(Counter(item.reason for item in contents.skipped)),
        "repairs": list(contents.repairs),
        "newest_published_at": max((e.published_at for e in contents.episodes), default=None),
    }


def _follow_pages(
    house: House, reader: "_FeedReader", show: Subscription, contents: FeedContents, got: Fetched, before: Row
) -> tuple[FeedContents, int, str | None]:
    """The feed with its further pages (RFC 5005), how many pages that are, and why one is missing.

    Once all were read, a page that holds something known ends the search: what lies behind it is known too.
    """
    if not contents.next_url:
        return contents, 1, None
    known = {r["episode_id"] for r in house.store.select("raw.feed_items", ("episode_id",), feed_id=show.feed_id)}
    was_complete = before.get("reader_version") == READER_VERSION
    pages, seen = [contents], {show.url, got.url}
    url: str | None = contents.next_url
    while url and url not in seen:
        is_met = any(episode.episode_id in known for episode in pages[-1].episodes)
        if was_complete and is_met:
            break
        if len(pages) >= house.settings.web.pages:
            return _bind(pages), len(pages), f"only the first {len(pages)} pages were read ([web] pages)"
        seen.add(url)
        try:
            with step("fetching"):
                page = house.web.fetch(url, house.settings.web.feed_bytes)
            pages.append(reader.read(page.body or b"", show.feed_id, page.url, house.clock()))
        except BriefError as failure:
            return _bind(pages), len(pages), f"page {len(pages) + 1} could not be had: {failure}"
        url = pages[-1].next_url
    return _bind(pages), len(pages), None


def _bind(pages: Sequence[FeedContents]) -> FeedContents:
    """The pages of a feed as one, each episode once."""
    episodes = {episode.episode_id: episode for page in reversed(pages) for episode in reversed(page.episodes)}
    skipped = tuple(item for page in pages for item in page.skipped)
    repairs = tuple(dict.fromkeys(repair for page in pages for repair in page.repairs))
    return replace(pages[0], episodes=tuple(episodes.values())[::-1], skipped=skipped, repairs=repairs)


class _FeedReader:
    """Reads feeds, in other processes where there are many: in this one only one thread at a time can."""

    def __init__(self, shows_count: int) -> None:
        is_many = shows_count >= MANY_SHOWS  # no process is started before the first feed that changed
        self._pool = ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) if is_many else None

    def __enter__(self) -> "_FeedReader":
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def read(self, body: bytes, feed_id: str, url: str, now: datetime) -> FeedContents:
        with step("reading"):
            if self._pool:
                with suppress(BrokenProcessPool):  # a reader was killed: the rest is read here
                    return self._pool.submit(read_feed, body, feed_id, url, now).result()
            return read_feed(body, feed_id, url, now)
