"""The shows a listener follows, and where those that moved are now."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.records import Subscription, content_id
from brief_pipeline.settings import Settings
from brief_pipeline.stages.subscription import read_opml, write_opml
from brief_pipeline.warehouse.store import Change, Store
from brief_pipeline.wiring.house import House

Row = dict[str, Any]

TITLE = "Podcasts followed by brief_pipeline"


def followed_shows(settings: Settings, store: Store) -> tuple[Subscription, ...]:
    """The shows of data/subscriptions.opml and of brief.toml, each once, where they are now. Raises SettingsInvalid.

    A show that moved keeps the id it was first followed under, and with it everything known of it.
    """
    moves = {row["from_id"]: row for row in store.select("raw.feed_moves")}
    shows = [_find_now(show, moves.get(show.feed_id)) for show in named_shows(settings)]
    return tuple({show.feed_id: show for show in reversed(shows)}.values())[::-1]


def named_shows(settings: Settings) -> tuple[Subscription, ...]:
    """The shows as data/subscriptions.opml and brief.toml name them. Raises SettingsInvalid."""
    named = tuple(Subscription(url.strip(), origin="brief.toml") for url in settings.feeds)
    return tuple({subscription.url: subscription for subscription in (*named, *read_subscriptions(settings))}.values())


def read_subscriptions(settings: Settings) -> tuple[Subscription, ...]:
    """The shows of data/subscriptions.opml, which commands change. Raises SettingsInvalid."""
    file = settings.subscriptions_file
    return read_opml(file.read_bytes(), file.name) if file.exists() else ()


@contextmanager
def change_subscriptions(settings: Settings) -> Iterator[list[Subscription]]:
    """The shows of data/subscriptions.opml as a list to change; it is written back whole. One process at a time."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with open(settings.data / ".subscriptions.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = list(read_subscriptions(settings))
        shows = list(before)
        yield shows
        if shows != before or not settings.subscriptions_file.exists():
            write_whole(settings.subscriptions_file, write_opml(shows, TITLE))


def move_shows(house: House, moved: Sequence[tuple[Subscription, str]]) -> None:
    """Notes where shows moved for good (RFC 9110, 15.4.2 and 15.4.9), and changes data/subscriptions.opml to match.

    brief.toml is the listener's own: a show named there is asked at its new address all the same.
    """
    if not moved:
        return
    known = house.store.select("raw.feed_moves", feed_id=[show.feed_id for show, _ in moved])
    target = {show.feed_id: url for show, url in moved}
    places = {row["from_id"]: row["feed_id"] for row in known}
    places |= {content_id(show.url): show.feed_id for show, _ in moved}
    places |= {content_id(url): show.feed_id for show, url in moved}
    now = house.clock()
    rows = [
        {"from_id": place, "feed_id": feed_id, "url": target[feed_id], "moved_at": now} for place, feed_id in places.items()
    ]
    house.store.apply([Change("raw.feed_moves", rows, {"from_id": sorted(places)})])
    with change_subscriptions(house.settings) as shows:
        for i, show in enumerate(shows):
            if feed_id := places.get(content_id(show.url)):
                shows[i] = replace(show, url=target[feed_id])


def _find_now(show: Subscription, move: Row | None) -> Subscription:
    return replace(show, url=move["url"], known_as=move["feed_id"]) if move else show
