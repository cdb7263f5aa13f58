"""What is due: days without a brief, days with episodes that nobody read yet, feeds that were not asked for a while.

All of it stands in the tables. Nothing is remembered beside them, so nothing is lost when a tick dies, when two episodes
appear between two looks, or when the machine was off for a week.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from brief_pipeline.records import content_id
from brief_pipeline.settings import ScheduleSettings, Settings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.episodes import FIRST_LOOK
from brief_pipeline.wiring.following import followed_shows
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import days_between, last_whole_day

Row = dict[str, Any]

# What came out so long before it was first seen is late: what came out yesterday and is seen this morning is on time. What
# came out longer before is an archive: two weeks outlast a holiday, of whoever publishes or of the machine. Both stand in
# model/candidates.sql too.
LATE_FROM_DAYS, LATE_DAYS = 2, 14


@dataclass(frozen=True)
class Unread:
    """Days in a row with episodes that nobody read yet. `seen_at`: when the newest of those episodes was first seen."""

    days: tuple[date, ...]
    seen_at: datetime

    def __str__(self) -> str:
        return f"{self.days[0]} to {self.days[-1]}, first seen up to {self.seen_at:%Y-%m-%d %H:%M:%S}"


def find_due_day(schedule: ScheduleSettings, now: datetime) -> date:
    """The day that the last morning was about.

    >>> from datetime import UTC
    >>> at_six = ScheduleSettings(hour=6, minute=15)
    >>> [find_due_day(at_six, datetime(2026, 5, 4, hour, tzinfo=UTC)).isoformat() for hour in (6, 7)]
    ['2026-05-02', '2026-05-03']
    """
    here = now.astimezone(ZoneInfo(schedule.time_zone))
    morning = here.replace(hour=schedule.hour, minute=schedule.minute, second=0, microsecond=0)
    return last_whole_day(morning if morning <= here else morning - timedelta(days=1))


def is_outdated(schedule: ScheduleSettings, morning: datetime, now: datetime) -> bool:
    """Whether the next morning has come since: it asks for all that this one would have.

    >>> from datetime import UTC
    >>> morning = datetime(2026, 5, 4, 6, 15, tzinfo=UTC)
    >>> [is_outdated(ScheduleSettings(), morning, datetime(2026, 5, day, 6, 20, tzinfo=UTC)) for day in (4, 5)]
    [False, True]
    """
    here = morning.astimezone(ZoneInfo(schedule.time_zone))
    return now >= here + timedelta(days=1)  # the same hour of the next day, also where clocks change between


def find_missed_days(store: Store, due: date, catch_up_days: int) -> list[date]:
    """The days before the one that is due that have no brief, though there were briefs before them already."""
    made = {row["published_on"] for row in store.select("raw.briefs", ("published_on",))}
    first = max([due - timedelta(days=catch_up_days), *([min(made)] if made else [due])])
    return [day for day in days_between(first, due) if day < due and day not in made]


def find_late_days(store: Store, days: Sequence[date]) -> dict[date, datetime]:
    """Those of the days that were looked at before one of their episodes stood in its feed, and when the newest did."""
    looked, items = _read_looks(store, days), _read_items(store, days)
    return _newest(item for item in items if (at := looked.get(_place_of(item))) and item["first_seen_at"] > at)


def find_passed_days(store: Store, days: Sequence[date]) -> dict[date, datetime]:
    """Those of the days that nobody looked at though a feed has an episode of them, and when the newest was first seen.

    Only days since the first brief; and what a feed held when its show was first followed makes no day due.
    """
    briefs = store.select("raw.briefs", ("published_on",))
    first = min((row["published_on"] for row in briefs), default=None)
    looked = {day for _, day in _read_looks(store, days)}
    passed = [day for day in days if first and day >= first and day not in looked]
    if not passed:
        return {}
    items, feeds = _read_items(store, passed), _read_feeds(store)
    return _newest(item for item in items if item["feed_id"] in feeds and not _is_archive(item, feeds[item["feed_id"]]))


def find_unread(house: House, last: date, last_passed: date, going: Collection[date] = ()) -> list[Unread]:
    """The days up to the last one with episodes that nobody read yet, in stretches; not those that a run is `going` at.

    A day that nobody looked at at all counts up to `last_passed`: after that, it is still to be looked at in its turn.
    """
    store, catch_up_days = house.store, house.settings.schedule.catch_up_days
    late = find_late_days(store, days_between(last - timedelta(days=LATE_DAYS), last))
    passed = find_passed_days(store, days_between(last_passed - timedelta(days=catch_up_days), last_passed))
    unread = {day: seen_at for day, seen_at in {**passed, **late}.items() if day not in going}
    return [Unread(tuple(days), max(unread[day] for day in days)) for days in list_stretches(sorted(unread))]


def list_late_episodes(store: Store, window: Sequence[date]) -> list[str]:
    """The episodes that came late, on one of some days in a row: the briefs draw on them as if they were of that day.

    What model/candidates.sql says of it, for the stages before that.
    """
    reach = days_between(window[0] - timedelta(days=LATE_DAYS), window[-1])
    about = ("episode_id", "feed_id", "published_on", "first_seen_at")
    items = [
        item
        for item in store.select("raw.feed_items", about, published_on=list(reach))
        if item["first_seen_at"].date() in window
        and LATE_FROM_DAYS <= (item["first_seen_at"].date() - item["published_on"]).days <= LATE_DAYS
    ]
    feeds = _read_feeds(store) if items else {}
    return [i["episode_id"] for i in items if i["feed_id"] in feeds and not _is_archive(i, feeds[i["feed_id"]])]


def list_stretches(days: Sequence[date]) -> list[list[date]]:
    """Days, in their order, as stretches without a gap: each can be one run.

    >>> [[day.day for day in days] for days in list_stretches([date(2026, 5, day) for day in (1, 2, 5, 7, 8)])]
    [[1, 2], [5], [7, 8]]
    """
    stretches: list[list[date]] = []
    for day in days:
        if stretches and day - stretches[-1][-1] == timedelta(days=1):
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return stretches


def find_feeds_due(settings: Settings, store: Store, now: datetime) -> str | None:
    """What the feeds have to be asked for, as a key that stays the same until they were. None: they have not.

    They are due `schedule.poll_minutes` after they were asked last, and at once where a show is new.
    """
    if not settings.schedule.poll_minutes:
        return None
    feeds = store.select("raw.feeds", ("feed_id", "checked_at"))
    known = {feed["feed_id"] for feed in feeds}
    new = sorted({show.feed_id for show in followed_shows(settings, store)} - known)
    asked_at = max((feed["checked_at"] for feed in feeds), default=None)
    if new:
        return f"new shows {content_id(*new)[:12]}"
    if asked_at and asked_at + timedelta(minutes=settings.schedule.poll_minutes) <= now:
        return f"feeds since {asked_at:%Y-%m-%d %H:%M:%S}"
    return None


def _read_looks(store: Store, days: Sequence[date]) -> dict[tuple[str, date], datetime]:
    rows = store.select("raw.feed_days", ("feed_id", "published_on", "looked_at"), published_on=list(days))
    return {_place_of(row): row["looked_at"] for row in rows}


def _read_feeds(store: Store) -> dict[str, Row]:
    return {feed["feed_id"]: feed for feed in store.select("raw.feeds", ("feed_id", "first_read_at", "followed_at"))}


def _read_items(store: Store, days: Sequence[date]) -> list[Row]:
    """The items of the days that are no copies of others: three columns of a long table, without the texts."""
    about = ("feed_id", "published_on", "first_seen_at")
    return store.select("raw.feed_items", about, published_on=list(days), same_as=None)


def _place_of(row: Row) -> tuple[str, date]:
    return row["feed_id"], row["published_on"]


def _is_archive(item: Row, feed: Row) -> bool:
    """Whether it came out before its show was followed, and stood in the feed when that was first read."""
    first_read_at, followed_at = feed["first_read_at"], feed["followed_at"]
    stood_at_first = bool(first_read_at) and item["first_seen_at"] - first_read_at < FIRST_LOOK
    return stood_at_first and not (followed_at and item["published_on"] >= followed_at.date())


def _newest(items: Iterable[Row]) -> dict[date, datetime]:
    newest: dict[date, datetime] = {}
    for item in items:
        day, seen_at = item["published_on"], item["first_seen_at"]
        newest[day] = max(seen_at, newest.get(day, seen_at))
    return newest
