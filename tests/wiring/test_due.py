"""What is due, by the tables alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from samples import DAY, HOST

from brief_pipeline.records import content_id
from brief_pipeline.settings import ScheduleSettings
from brief_pipeline.wiring.due import (
    find_due_day,
    find_feeds_due,
    find_late_days,
    find_missed_days,
    find_passed_days,
    find_unread,
    is_outdated,
    list_late_episodes,
)
from brief_pipeline.wiring.house import House

MakeHouse = Callable[..., House]
ONE = content_id(f"{HOST}/one.xml")


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def at(number: float) -> datetime:
    """A moment, in days since the first day's midnight."""
    return datetime.combine(DAY, time(), UTC) + timedelta(days=number)


class Tables:
    """Takes down what feeds showed and who looked."""

    def __init__(self, house: House) -> None:
        self.store = house.store

    def feed(self, feed_id: str = ONE, read: float = -30, followed: float = -30, asked: float = 0) -> None:
        row = {"feed_id": feed_id, "url": f"{HOST}/one.xml", "status": "fetched", "checked_at": at(asked)}
        marks = {"first_read_at": at(read), "followed_at": at(followed)}
        self.store.replace("raw.feeds", [{**row, **marks}], feed_id=feed_id)

    def item(self, number: int, seen: float, feed_id: str = ONE, **other: object) -> str:
        name = f"of {number} seen {seen}"
        row = {"episode_id": name, "feed_id": feed_id, "published_on": day(number), "published_at": at(number), "item": {}}
        self.store.replace(
            "raw.feed_items", [{**row, "first_seen_at": at(seen), "seen_at": at(seen), **other}], episode_id=name
        )
        return name

    def looked(self, number: int, when: float, feed_id: str = ONE) -> None:
        row = {"feed_id": feed_id, "published_on": day(number), "status": "none that day", "episodes_count": 0}
        scope = {"feed_id": feed_id, "published_on": day(number)}
        self.store.replace("raw.feed_days", [{**row, "looked_at": at(when)}], **scope)

    def briefs(self, *numbers: int) -> None:
        paths = {"markdown_path": "", "html_path": "", "json_path": "", "json_sha256": ""}
        rows = [{"listener": "me", "published_on": day(number), "insights_count": 0, **paths} for number in numbers]
        self.store.replace("raw.briefs", rows)


@pytest.fixture
def house(make_house: MakeHouse) -> House:
    return make_house(clock=lambda: at(10.5))


@pytest.fixture
def tables(house: House) -> Tables:
    made = Tables(house)
    made.feed()
    return made


# --- mornings


@pytest.mark.parametrize(
    ("zone", "now", "due"),
    [
        ("UTC", "2026-05-04 06:15", date(2026, 5, 3)),
        ("UTC", "2026-05-04 06:14", date(2026, 5, 2)),
        ("America/Los_Angeles", "2026-05-04 13:14", date(2026, 5, 2)),
        ("America/Los_Angeles", "2026-05-04 13:15", date(2026, 5, 3)),
        ("Pacific/Auckland", "2026-05-03 18:15", date(2026, 5, 2)),  # there it is the 4th
    ],
)
def test_the_due_day_is_the_last_whole_utc_day_of_the_last_morning(zone: str, now: str, due: date) -> None:
    schedule = ScheduleSettings(hour=6, minute=15, time_zone=zone)
    assert find_due_day(schedule, datetime.fromisoformat(f"{now}+00:00")) == due


@pytest.mark.parametrize(("now", "outdated"), [("2026-03-29 04:14", False), ("2026-03-29 04:15", True)])
def test_the_next_morning_comes_at_the_same_hour_where_clocks_change(now: str, outdated: bool) -> None:
    schedule = ScheduleSettings(time_zone="Europe/Paris")
    morning = datetime.fromisoformat("2026-03-28 05:15+00:00")  # 06:15 in Paris, the next one 23 hours later
    assert is_outdated(schedule, morning, datetime.fromisoformat(f"{now}+00:00")) is outdated


# --- days without a brief


def test_missed_days_have_no_brief_since_the_first_one_and_are_not_too_old(house: House, tables: Tables) -> None:
    assert find_missed_days(house.store, day(9), 14) == []
    tables.briefs(2, 3, 6)
    assert find_missed_days(house.store, day(9), 14) == [day(4), day(5), day(7), day(8)]
    assert find_missed_days(house.store, day(9), 2) == [day(7), day(8)]
    assert find_missed_days(house.store, day(9), 0) == []


# --- days with episodes that nobody read


def test_a_day_is_late_when_an_episode_was_first_seen_after_the_look(house: House, tables: Tables) -> None:
    for number in (5, 6, 7):
        tables.looked(number, 8)
    tables.item(5, seen=7.9)
    tables.item(6, seen=8.1)
    tables.item(6, seen=8.2)
    tables.item(7, seen=9, same_as="another")
    assert find_late_days(house.store, [day(5), day(6), day(7)]) == {day(6): at(8.2)}
    tables.looked(6, 8.3)
    assert find_late_days(house.store, [day(6)]) == {}


def test_two_that_appear_between_two_looks_are_both_late(house: House, tables: Tables) -> None:
    for number in (5, 7):
        tables.looked(number, 8)
        tables.item(number, seen=9)
    assert [list(unread.days) for unread in find_unread(house, day(9), day(9))] == [[day(5)], [day(7)]]


def test_the_look_that_counts_is_the_one_at_its_own_feed(house: House, tables: Tables) -> None:
    tables.feed("new", read=9, followed=9)
    tables.looked(5, 6)
    tables.item(5, seen=9, feed_id="new")  # the archive of a show that is followed since
    assert find_late_days(house.store, [day(5)]) == {}
    tables.looked(5, 6, "new")
    assert find_late_days(house.store, [day(5)]) == {day(5): at(9)}


def test_a_day_that_nobody_looked_at_is_passed_when_it_has_episodes(house: House, tables: Tables) -> None:
    days = [day(number) for number in range(10)]
    tables.item(2, seen=9)
    tables.item(4, seen=9)
    tables.item(6, seen=9, feed_id="followed no more")
    assert find_passed_days(house.store, days) == {}  # there was no brief yet
    tables.briefs(3)
    assert find_passed_days(house.store, days) == {day(4): at(9)}
    tables.looked(4, 9)
    assert find_passed_days(house.store, days) == {}


def test_an_archive_makes_no_day_due_and_what_came_out_since_does(house: House, tables: Tables) -> None:
    tables.briefs(0)
    tables.feed("new", read=8, followed=6)  # for two days it did not answer
    tables.item(5, seen=8, feed_id="new")
    assert find_passed_days(house.store, [day(5), day(6)]) == {}
    tables.item(6, seen=8, feed_id="new")
    assert find_passed_days(house.store, [day(5), day(6)]) == {day(6): at(8)}


def test_a_week_that_nobody_looked_at_is_one_stretch_but_for_what_a_run_is_at(house: House, tables: Tables) -> None:
    tables.briefs(0)
    for number in range(2, 9):
        tables.item(number, seen=10)
    assert [unread.days for unread in find_unread(house, day(9), day(9))] == [tuple(map(day, range(2, 9)))]
    assert [unread.days for unread in find_unread(house, day(9), day(7))] == [tuple(map(day, range(2, 8)))]
    going = {day(2), day(5)}
    assert [len(unread.days) for unread in find_unread(house, day(9), day(9), going)] == [2, 3]


def test_what_is_older_than_two_weeks_is_left_alone(house: House, tables: Tables) -> None:
    for number in (-6, -5):
        tables.looked(number, 0)
        tables.item(number, seen=9)
    assert [unread.days for unread in find_unread(house, day(9), day(9))] == [(day(-5),)]


# --- what the briefs draw on late


@pytest.mark.parametrize(("number", "is_late"), [(9, False), (8, False), (7, True), (-5, True), (-6, False)])
def test_an_episode_is_late_from_two_days_to_two_weeks(house: House, tables: Tables, number: int, is_late: bool) -> None:
    name = tables.item(number, seen=9.5)
    assert list_late_episodes(house.store, [day(8), day(9)]) == ([name] if is_late else [])
    assert list_late_episodes(house.store, [day(7), day(8)]) == []


# --- feeds


def test_feeds_are_due_some_time_after_they_were_asked(make_house: MakeHouse) -> None:
    house = make_house(schedule=ScheduleSettings(poll_minutes=60))
    tables = Tables(house)
    tables.feed(asked=3)
    assert find_feeds_due(house.settings, house.store, at(3) + timedelta(minutes=59)) is None
    due = find_feeds_due(house.settings, house.store, at(3) + timedelta(minutes=60))
    assert due is not None
    assert find_feeds_due(house.settings, house.store, at(9)) == due  # the same till they are asked
    tables.feed(asked=9)
    assert find_feeds_due(house.settings, house.store, at(9)) is None


def test_a_show_that_was_never_asked_is_due_at_once_unless_nothing_is_polled(make_house: MakeHouse) -> None:
    house = make_house()
    assert find_feeds_due(house.settings, house.store, at(0))
    house = make_house(schedule=ScheduleSettings(poll_minutes=0))
    assert find_feeds_due(house.settings, house.store, at(0)) is None
