"""The shows a listener follows: data/subscriptions.opml, changed by commands; those in brief.toml are changed by hand."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.errors import FeedUnreadable, SettingsInvalid
from brief_pipeline.records import Subscription
from brief_pipeline.settings import Settings
from brief_pipeline.stages.address import hide_secrets
from brief_pipeline.stages.feed import read_feed
from brief_pipeline.stages.subscription import find_feed_links, read_opml, write_opml
from brief_pipeline.wiring.discovery import followed_shows, read_subscriptions
from brief_pipeline.wiring.house import House, build_house

TITLE = "Podcasts followed by brief_pipeline"


def follow(settings: Settings, url: str, *, is_checked: bool = True) -> Subscription:
    """Adds a show, after asking its feed, or the feed that the page at this URL links to. Raises BriefError."""
    wanted = _look_up(build_house(settings), url.strip()) if is_checked else Subscription(url.strip())
    if any(known.url == wanted.url for known in followed_shows(settings)):
        raise SettingsInvalid(f"{wanted.title or hide_secrets(wanted.url)} is followed already.")
    _write(settings, [*read_subscriptions(settings), wanted])
    return wanted


def unfollow(settings: Settings, show: str) -> Subscription:
    """Removes a show, named by its URL or title. Raises SettingsInvalid."""
    titles = {
        row["feed_id"]: row["show_title"]
        for row in build_house(settings).store.select("raw.feeds", ("feed_id", "show_title"))
    }
    shows = [s if s.title else replace(s, title=titles.get(s.feed_id)) for s in followed_shows(settings)]
    found = [s for s in shows if show in (s.url, s.title)] or [s for s in shows if show.lower() in (s.title or "").lower()]
    if len(found) != 1:
        known = ", ".join(sorted(s.title or hide_secrets(s.url) for s in (found or shows))) or "none"
        raise SettingsInvalid(f"{show!r} names {len(found)} shows. Followed: {known}.")
    if found[0].origin == "brief.toml":
        raise SettingsInvalid(f"{found[0].title or show} is named in brief.toml: take it out of `feeds` there.")
    _write(settings, [s for s in read_subscriptions(settings) if s.url != found[0].url])
    return found[0]


def list_shows(settings: Settings) -> list[dict[str, Any]]:
    """A row a followed show, with how its feed answered last."""
    known = {row["feed_id"]: row for row in build_house(settings).store.select("raw.feeds")}
    return [_describe(show, known.get(show.feed_id, {})) for show in followed_shows(settings)]


def import_opml(settings: Settings, file: Path) -> tuple[int, int]:
    """Follows every show of an OPML file. Gives how many are new, and how many were followed already."""
    try:
        found = read_opml(file.read_bytes(), settings.subscriptions_file.name)
    except OSError as unread:
        raise SettingsInvalid(f"{file} cannot be read: {unread.strerror}.") from unread
    known = {show.url for show in followed_shows(settings)}
    new = [show for show in found if show.url not in known]
    _write(settings, [*read_subscriptions(settings), *new])
    return len(new), len(found) - len(new)


def export_opml(settings: Settings, file: Path) -> int:
    """Writes every followed show to an OPML file. Gives their number."""
    shows = followed_shows(settings)
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


def _write(settings: Settings, shows: list[Subscription]) -> None:
    write_whole(settings.subscriptions_file, write_opml(shows, TITLE))


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
