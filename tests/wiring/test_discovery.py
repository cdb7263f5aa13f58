"""What becomes of feeds that move, end, come in pages, fail again and again, or tell of one episode twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from conftest import NOW
from fakes import FakeWeb
from samples import DAY, HOST, make_feed, make_item

from brief_pipeline.engines.web import Fetched
from brief_pipeline.errors import FeedUnreadable, Gone, StageFailed, Unreachable
from brief_pipeline.records import content_id
from brief_pipeline.settings import EpisodeSettings
from brief_pipeline.wiring.discovery import MANY_SHOWS, fetch_feeds
from brief_pipeline.wiring.episodes import episodes_of, find_episodes
from brief_pipeline.wiring.following import change_subscriptions, followed_shows
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.subscriptions import follow, list_shows

MakeHouse = Callable[..., House]
ONE = f"{HOST}/one.xml"


@dataclass
class MovingWeb(FakeWeb):
    """A web on which one address redirects for good to another."""

    old: str = ONE
    new: str = f"{HOST}/new/one.xml"

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        got = super().fetch(self.new if url == self.old else url, most_bytes, etag, last_modified)
        return replace(got, url=self.new, moved_to=self.new) if url == self.old else got


def at(house: House, moment: datetime) -> House:
    return replace(house, clock=lambda: moment)


def titles(house: House, **asked: Any) -> list[str]:
    find_episodes(house, [DAY], **asked)
    return [episode.title for episode in episodes_of(house, [DAY])]


def next_page(feed: bytes, url: str) -> bytes:
    link = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="{url}"/>'
    return feed.replace(b"<link>", link.encode() + b"<link>", 1)


def test_a_show_that_moved_for_good_is_asked_at_its_new_address_and_keeps_its_episodes(make_house: MakeHouse) -> None:
    web = MovingWeb({f"{HOST}/new/one.xml": make_feed("Show One", make_item("pricing"))})
    house = make_house(feeds=["https://other.example/feed"], web=web)
    house = replace(house, settings=house.settings.model_copy(update={"feeds": []}))
    follow_unchecked(house, ONE)
    fetch_feeds(house)
    web.asked.clear()
    fetch_feeds(house)
    [show] = followed_shows(house.settings, house.store)
    assert (show.url, show.feed_id) == (web.new, content_id(ONE))
    assert web.new in house.settings.subscriptions_file.read_text()
    assert web.asked == [web.new]
    assert [row["episode_id"] for row in house.store.select("raw.feed_items")] == [content_id(content_id(ONE), "pricing")]
    assert [row["status"] for row in house.store.select("raw.feeds")] == ["unchanged"]


def follow_unchecked(house: House, url: str) -> None:
    follow(house.settings, url, is_checked=False)


def test_a_show_of_brief_toml_that_moved_is_asked_at_its_new_address_too(make_house: MakeHouse) -> None:
    web = MovingWeb({f"{HOST}/new/one.xml": make_feed("Show One", make_item("pricing"))})
    house = make_house(web=web)
    fetch_feeds(house)
    web.asked.clear()
    fetch_feeds(house)
    assert web.asked == [web.new]
    assert [show.feed_id for show in followed_shows(house.settings, house.store)] == [content_id(ONE)]


def test_a_show_followed_at_its_old_and_at_its_new_address_is_one(make_house: MakeHouse) -> None:
    web = MovingWeb({f"{HOST}/new/one.xml": make_feed("Show One", make_item("pricing"))})
    house = make_house(web=web, feeds=[ONE])
    fetch_feeds(house)
    both = replace(house, settings=house.settings.model_copy(update={"feeds": [ONE, web.new]}))
    assert [show.feed_id for show in followed_shows(both.settings, both.store)] == [content_id(ONE)]


def test_a_show_that_moves_to_where_another_one_is_followed_leaves_that_one_its_history(make_house: MakeHouse) -> None:
    web = MovingWeb(
        {f"{HOST}/new/one.xml": make_feed("A Show About Cities", long_item("a", "Tolls", "https://a.example/a.mp3"))}
    )
    house = make_house(web=web, feeds=[web.new])
    fetch_feeds(house)
    both = replace(house, settings=house.settings.model_copy(update={"feeds": [ONE, web.new]}))
    fetch_feeds(both)
    fetch_feeds(both)
    assert {show.feed_id for show in followed_shows(both.settings, both.store)} == {content_id(ONE), content_id(web.new)}
    assert titles(both) == ["Tolls"]


def test_a_feed_that_is_gone_ends_with_a_row_and_is_asked_no_more(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = {ONE: Gone("the server answered 410 Gone"), f"{HOST}/two.xml": make_feed("Two", make_item("b"))}
    house = make_house(pages, feeds=[ONE, f"{HOST}/two.xml"])
    fetch_feeds(house)
    fetch_feeds(house)
    assert house.web.asked.count(ONE) == 1  # type: ignore[attr-defined]
    [row] = [row for row in house.store.select("raw.feeds") if row["status"] == "ended"]
    assert "410" in row["reason"]
    assert "brief feeds add" in row["reason"]


def test_a_feed_that_ended_is_asked_again_when_it_is_added_again(make_house: MakeHouse) -> None:
    house = make_house({ONE: Gone("the server answered 410 Gone"), f"{HOST}/two.xml": make_feed("Two", make_item("b"))})
    house = replace(house, settings=house.settings.model_copy(update={"feeds": [f"{HOST}/two.xml"]}))
    follow_unchecked(house, ONE)
    fetch_feeds(house)
    follow_unchecked(house, ONE)
    fetch_feeds(house)
    assert house.web.asked.count(ONE) == 2  # type: ignore[attr-defined]


def test_a_feed_that_fails_again_and_again_is_asked_less_often_but_for_ever(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = {ONE: Unreachable("no answer"), f"{HOST}/two.xml": make_feed("Two", make_item("b"))}
    house = make_house(pages, feeds=[ONE, f"{HOST}/two.xml"])
    asked = []
    for day in range(60):
        before = house.web.asked.count(ONE)  # type: ignore[attr-defined]
        fetch_feeds(at(house, NOW + timedelta(days=day)))
        asked += [day] * (house.web.asked.count(ONE) - before)  # type: ignore[attr-defined]
    gaps = [b - a for a, b in pairwise(asked)]
    assert gaps[:3] == [1, 1, 1]
    assert gaps[:5] == sorted(gaps[:5])
    assert all(5 <= gap <= 7 for gap in gaps[6:])
    [row] = [row for row in house.store.select("raw.feeds") if row["feed_id"] == content_id(ONE)]
    assert "asked again from" in row["reason"]


def test_a_day_without_a_network_counts_against_no_feed(make_house: MakeHouse) -> None:
    house = make_house({}, feeds=[ONE, f"{HOST}/two.xml"])
    for day in range(5):
        with pytest.raises(StageFailed):
            fetch_feeds(at(house, NOW + timedelta(days=day)))
    assert house.web.asked.count(ONE) == 5  # type: ignore[attr-defined]


def test_the_pages_of_a_feed_are_followed_to_the_end_and_later_only_to_what_is_known(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = {
        ONE: next_page(make_feed("Show", make_item("d"), make_item("c")), f"{HOST}/p2"),
        f"{HOST}/p2": next_page(make_feed("Show", make_item("b")), f"{HOST}/p3"),
        f"{HOST}/p3": next_page(make_feed("Show", make_item("a")), ONE),
    }
    house = make_house(pages)
    fetch_feeds(house)
    assert [row["episode_id"] for row in house.store.select("raw.feed_items")] == [
        content_id(content_id(ONE), name) for name in "dcba"
    ]
    assert house.store.select("raw.feeds")[0]["pages_count"] == 3
    pages[ONE] = next_page(make_feed("Show", make_item("e"), make_item("d")), f"{HOST}/p2")
    house.web.asked.clear()  # type: ignore[attr-defined]
    fetch_feeds(house)
    assert house.web.asked == [ONE]  # type: ignore[attr-defined]


def test_a_page_that_failed_is_asked_for_again(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = {
        ONE: next_page(make_feed("Show", make_item("b")), f"{HOST}/p2"),
        f"{HOST}/p2": Unreachable("no answer"),
    }
    house = make_house(pages)
    fetch_feeds(house)
    assert "page 2 could not be had: no answer" in house.store.select("raw.feeds")[0]["reason"]
    pages[f"{HOST}/p2"] = make_feed("Show", make_item("a"))
    fetch_feeds(house)
    assert len(house.store.select("raw.feed_items")) == 2
    assert house.store.select("raw.feeds")[0]["reason"] is None


def test_an_edited_episode_with_a_new_guid_and_host_is_still_the_one_it_was(make_house: MakeHouse) -> None:
    audio = "2026-05-04-what-cities-charge.mp3"
    before = long_item("old-guid", "What cities charge", f"https://old.example/media/{audio}")
    after = long_item("new-guid", "What cities charge drivers", f"https://new.example/files/{audio}")
    pages: dict[str, Any] = {ONE: make_feed("Show", before)}
    house = make_house(pages)
    fetch_feeds(house)
    pages[ONE] = make_feed("Show", after)
    fetch_feeds(house)
    find_episodes(house, [DAY])
    [episode] = episodes_of(house, [DAY])
    assert episode.episode_id == content_id(content_id(ONE), "old-guid")
    assert (episode.title, episode.audio_url) == ("What cities charge drivers", f"https://new.example/files/{audio}")
    assert [row["copies_count"] for row in house.store.select("raw.feed_days", published_on=DAY)] == [1]


def long_item(guid: str, title: str, url: str) -> str:
    return (
        f"<item><title>{title}</title><guid>{guid}</guid><pubDate>Mon, 04 May 2026 09:00:00 GMT</pubDate>"
        f'<enclosure url="{url}" type="audio/mpeg" length="41234567"/>'
        '<itunes:duration xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">2741</itunes:duration></item>'
    )


def test_the_public_and_the_premium_copy_of_an_episode_are_one(make_house: MakeHouse) -> None:
    premium = f"{HOST}/premium.xml"
    pages: dict[str, Any] = {
        ONE: make_feed(
            "Show About Cities", long_item("a", "What cities charge drivers", "https://cdn.example/public/a.mp3")
        ),
        premium: make_feed(
            "Show About Cities (Premium)", long_item("z9", "What cities charge drivers", "https://pay.example/key/z.mp3")
        ),
    }
    house = make_house(pages, feeds=[ONE, premium])
    fetch_feeds(house)
    assert titles(house) == ["What cities charge drivers"]
    alone = replace(house, settings=house.settings.model_copy(update={"feeds": [premium]}))
    house.store.replace("raw.episodes", [], published_on=DAY)
    fetch_feeds(alone)
    assert titles(alone) == ["What cities charge drivers"]


def test_rules_for_all_shows_and_for_one_keep_episodes_out_with_a_reason(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = {
        ONE: make_feed("Show One", make_item("Rerun: parking"), make_item("Pricing")),
        f"{HOST}/two.xml": make_feed("Show Two", make_item("Rerun: tolls", show="two")),
    }
    rules = {
        "episodes": EpisodeSettings(title_excludes=["rerun"]),
        "shows": {"show two": EpisodeSettings(title_excludes=[])},
    }
    house = make_house(pages, feeds=[ONE, f"{HOST}/two.xml"], **rules)
    fetch_feeds(house)
    assert sorted(titles(house)) == ["Pricing", "Rerun: tolls"]
    [day] = [row for row in house.store.select("raw.feed_days") if row["refused"]]
    assert [(count, "rerun" in reason.lower()) for reason, count in day["refused"].items()] == [(1, True)]


def test_a_daily_run_reaches_no_further_back_than_the_setting_and_a_backfill_does(make_house: MakeHouse) -> None:
    old = DAY - timedelta(days=30)
    house = make_house({ONE: make_feed("Show One", make_item("archive", day=old))})
    fetch_feeds(house)
    find_episodes(house, [old], is_backfill=False)
    assert episodes_of(house, [old]) == []
    assert "30" not in str(house.store.select("raw.episodes"))
    [day] = house.store.select("raw.feed_days", published_on=old)
    assert day["status"] == "none that day"
    find_episodes(house, [old], is_backfill=True)
    assert [episode.title for episode in episodes_of(house, [old])] == ["archive"]


def test_a_run_that_is_stopped_midway_forgets_no_feed_that_it_did_not_come_to(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = {f"{HOST}/{n}.xml": make_feed(f"Show {n}", make_item(n)) for n in ("one", "two")}
    house = make_house(pages, feeds=list(pages), web=Stopped(pages))
    fetch_feeds(house)
    before = {row["feed_id"]: row["followed_at"] for row in house.store.select("raw.feeds")}
    house.web.is_stopped = True  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        fetch_feeds(at(house, NOW + timedelta(days=1)))
    assert {row["feed_id"]: row["followed_at"] for row in house.store.select("raw.feeds")} == before
    assert len(before) == 2


@dataclass
class Stopped(FakeWeb):
    """A web on which somebody presses Ctrl-C."""

    is_stopped: bool = False

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        if self.is_stopped:
            raise KeyboardInterrupt
        return super().fetch(url, most_bytes, etag, last_modified)


def test_many_feeds_are_read_in_other_processes_with_the_same_result(make_house: MakeHouse) -> None:
    urls = [f"{HOST}/feed-{i}.xml" for i in range(MANY_SHOWS + 1)]
    pages: dict[str, Any] = {url: make_feed(f"Show number {i}", make_item(f"e{i}")) for i, url in enumerate(urls)}
    pages[urls[3]] = b"<html>not here</html>"
    house = make_house(pages, feeds=urls)
    fetch_feeds(house)
    rows = house.store.select("raw.feeds")
    assert sorted(row["status"] for row in rows) == ["fetched"] * MANY_SHOWS + ["unreadable"]
    assert len(house.store.select("raw.feed_items")) == MANY_SHOWS
    [failure] = house.store.select("raw.failures")
    assert failure["error"] == FeedUnreadable.__name__


def test_a_secret_in_an_address_is_neither_listed_nor_in_the_table_of_feeds(make_house: MakeHouse) -> None:
    secret = "https://pay.example/rss?auth=s3cr3t-k3y"
    web = MovingWeb({"https://pay.example/new?auth=s3cr3t-k3y": make_feed("Paid", make_item("a"))}, old=secret)
    web.new = "https://pay.example/new?auth=s3cr3t-k3y"
    house = make_house(web=web, feeds=[secret])
    fetch_feeds(house)
    assert "s3cr3t" not in str(house.store.select("raw.feeds"))
    assert "s3cr3t" not in str(list_shows(house.settings))


def test_commands_that_change_the_list_of_shows_at_once_lose_none(make_house: MakeHouse) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from brief_pipeline.records import Subscription

    house = make_house()

    def add(number: int) -> None:
        with change_subscriptions(house.settings) as shows:
            shows.append(Subscription(f"{HOST}/{number}.xml"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(20)))
    assert len(followed_shows(house.settings, house.store)) == 21
