"""The shows a listener follows: data/subscriptions.opml, changed by commands; those in brief.toml are changed by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.errors import FeedUnreadable, SettingsInvalid
from brief_pipeline.records import Subscription
from brief_pipeline.settings import Settings
from brief_pipeline.stages.address import hide_secrets
from brief_pipeline.stages.enclosure import normalise_feed_url
from brief_pipeline.stages.feed import read_feed
from brief_pipeline.stages.subscription import find_feed_links, read_opml, write_opml
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.following import TITLE, change_subscriptions, followed_shows
from brief_pipeline.wiring.house import House, build_house


def follow(settings: Settings, url: str, *, is_checked: bool = True) -> Subscription:
    """Adds a show, after asking its feed, or the feed that the page at this URL links to. Raises BriefError.

    A feed that was given up, because its server said that it had ended, is asked again from now on.
    """
    house = build_house(settings)
    wanted = _look_up(house, url.strip()) if is_checked else Subscription(url.strip())
    with change_subscriptions(settings) as shows:
        followed, address = followed_shows(settings, house.store), normalise_feed_url(wanted.url)
        known = next((show for show in followed if normalise_feed_url(show.url) == address), None)
        if known is None:
            shows.append(wanted)
        elif not _wake(house.store, known.feed_id):
            raise SettingsInvalid(f"{wanted.title or hide_secrets(wanted.url)} is followed already.")
    return wanted


def unfollow(settings: Settings, show: str) -> Subscription:
    """Removes a show, named by its URL or title. Raises SettingsInvalid."""
    store = build_house(settings).store
    titles = {row["feed_id"]: row["show_title"] for row in store.select("raw.feeds", ("feed_id", "show_title"))}
    shows = [s if s.title else replace(s, title=titles.get(s.feed_id)) for s in followed_shows(settings, store)]
    found = [s for s in shows if show in (s.url, s.title)] or [s for s in shows if show.lower() in (s.title or "").lower()]
    if len(found) != 1:
        known = ", ".join(sorted(s.title or hide_secrets(s.url) for s in (found or shows))) or "none"
        raise SettingsInvalid(f"{show!r} names {len(found)} shows. Followed: {known}.")
    if found[0].origin == "brief.toml":
        raise SettingsInvalid(f"{found[0].title or show} is named in brief.toml: take it out of `feeds` there.")
    with change_subscriptions(settings) as kept:
        kept[:] = [s for s in kept if s.url != found[0].url]
    return found[0]


def list_shows(settings: Settings) -> list[dict[str, Any]]:
    """A row a followed show, with how its feed answered last."""
    store = build_house(settings).store
    known = {row["feed_id"]: row for row in store.select("raw.feeds")}
    return [_describe(show, known.get(show.feed_id, {})) for show in followed_shows(settings, store)]


def import_opml(settings: Settings, file: Path) -> tuple[int, int]:
    """Follows every show of an OPML file. Gives how many are new, and how many were followed already."""
    try:
        found = read_opml(file.read_bytes(), settings.subscriptions_file.name)
    except OSError as unread:
        raise SettingsInvalid(f"{file} cannot be read: {unread.strerror}.") from unread
    store = build_house(settings).store
    with change_subscriptions(settings) as shows:
        followed = followed_shows(settings, store)
        moved = {row["from_id"] for row in store.select("raw.feed_moves")}
        known = {normalise_feed_url(show.url) for show in followed}
        new = [show for show in found if show.feed_id not in moved and normalise_feed_url(show.url) not in known]
        shows += new
    return len(new), len(found) - len(new)


def export_opml(settings: Settings, file: Path) -> int:
    """Writes every followed show to an OPML file. Gives their number."""
    shows = followed_shows(settings, build_house(settings).store)
    try:
        write_whole(file, write_opml(shows, TITLE))
    except OSError as unwritten:
        raise SettingsInvalid(f"{file} cannot be written: {unwritten.strerror}.") from unwritten
    return len(shows)


def _look_up(house: House, url: str) -> Subscription:
    """The feed at a URL, or behind the first feed link of the page there."""
    got = house.web.fetch(url, house.settings.web.feed_bytes)
    body = got.body or b""
    try:
        return Subscription(url, read_feed(body, "", got.url, house.clock()).title or None)
    except FeedUnreadable:
        links = find_feed_links(body, got.url)
        if not links:
            raise
        linked = house.web.fetch(links[0], house.settings.web.feed_bytes)
        return Subscription(links[0], read_feed(linked.body or b"", "", linked.url, house.clock()).title or None)


def _wake(store: Store, feed_id: str) -> bool:
    """Has a feed asked again that is resting after failures, or has ended. False where it is not."""
    rows = store.select("raw.feeds", feed_id=feed_id)
    resting = [row for row in rows if row["status"] == "ended" or row["next_try_at"]]
    fresh = [{**row, "status": "unreachable", "failures_count": 0, "next_try_at": None} for row in resting]
    if fresh:
        store.replace("raw.feeds", fresh, feed_id=feed_id)
    return bool(fresh)


def _describe(show: Subscription, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "show": row.get("show_title") or show.title,
        "url": hide_secrets(show.url),
        "origin": show.origin,
        "status": row.get("status", "not asked yet"),
        "episodes": row.get("episodes_count"),
        "newest": row["newest_published_at"].date() if row.get("newest_published_at") else None,
        "reason": row.get("reason"),
    }
