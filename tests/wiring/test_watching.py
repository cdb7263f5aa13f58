"""The sensor: what it asks for at a tick, evaluated as Dagster's daemon does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
from conftest import default_pages
from samples import DAY, HOST, make_feed, make_item, make_vtt
from wiring.daemon import Daemon
from wiring.test_mornings import days_asked, hold, start_run

from brief_pipeline.settings import ScheduleSettings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.asked import ASKED_TAG
from brief_pipeline.wiring.automation import ask_feeds, daily_brief, late_episodes
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import DAILY_TAG
from brief_pipeline.wiring.runs import open_instance
from brief_pipeline.wiring.watching import NOTHING_NEW, build_new_episodes

MakeHouse = Callable[..., House]
NEXT = DAY + timedelta(days=1)


class Clock:
    """Says what it is told to."""

    def __init__(self) -> None:
        self.now = datetime(DAY.year, DAY.month, DAY.day, 6, 20, tzinfo=UTC) + timedelta(days=1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def pages() -> dict[str, bytes]:
    return default_pages()


@pytest.fixture
def daemon(make_house: MakeHouse, pages: dict[str, bytes]) -> Iterator[Daemon]:
    """On the first morning, with an hour between two looks at the feeds."""
    house = make_house(pages, clock=Clock())
    with open_instance(house.settings) as instance:
        yield Daemon(house, instance)


def wait(daemon: Daemon, **time: float) -> None:
    daemon.house.clock.now += timedelta(**time)  # type: ignore[attr-defined]


def jobs_asked(requests: list[dg.RunRequest]) -> list[str | None]:
    return [request.job_name for request in requests]


def test_without_a_database_it_asks_the_feeds(daemon: Daemon) -> None:
    [request] = daemon.look()
    assert request.job_name == ask_feeds.name
    assert request.tags[DAILY_TAG] == "yes"
    daemon.carry_out([request])
    assert daemon.look() == []
    assert daemon.skipped == NOTHING_NEW


def test_feeds_are_asked_again_when_their_time_has_come(daemon: Daemon) -> None:
    daemon.carry_out(daemon.look())
    wait(daemon, minutes=59)
    assert daemon.look() == []
    wait(daemon, minutes=1)
    assert jobs_asked(daemon.look()) == [ask_feeds.name]


def test_feeds_that_a_run_is_asking_are_left_alone(daemon: Daemon) -> None:
    start_run(daemon, daily_brief.name, DAY)
    assert daemon.look() == []


def test_an_episode_that_turns_up_late_has_its_day_read_again_once(daemon: Daemon, pages: dict[str, bytes]) -> None:
    daemon.carry_out(daemon.morning(daemon.house.clock()))
    pages[f"{HOST}/one.xml"] = make_feed("Show One", make_item("pricing"), make_item("late"))
    pages[f"{HOST}/one/late.vtt"] = make_vtt()
    wait(daemon, hours=1)
    daemon.carry_out(daemon.look())
    wait(daemon, minutes=1)
    [request] = daemon.look()
    assert (request.job_name, request.partition_key) == (late_episodes.name, str(DAY))
    daemon.carry_out([request])
    assert {row["title"] for row in daemon.house.store.select("raw.episodes")} == {"pricing", "late"}
    assert len({row["episode_id"] for row in daemon.house.store.select("raw.insights")}) == 2
    assert daemon.look() == []


def see_late(daemon: Daemon, *days: date) -> None:
    """Days that were looked at, and an episode of each that was first seen a minute ago."""
    store, now = daemon.house.store, daemon.house.clock()
    for day in days:
        looked = {"feed_id": "one", "published_on": day, "status": "none that day", "episodes_count": 0}
        store.replace("raw.feed_days", [{**looked, "looked_at": now - timedelta(hours=2)}], published_on=day)
        item = {"episode_id": f"of {day}", "feed_id": "one", "published_on": day, "published_at": now, "item": {}}
        seen = {"first_seen_at": now - timedelta(minutes=1), "seen_at": now}
        store.replace("raw.feed_items", [{**item, **seen}], published_on=day)


def test_late_days_in_a_row_are_one_run_and_those_that_a_run_is_at_wait(daemon: Daemon) -> None:
    daemon.carry_out(daemon.look())
    see_late(daemon, *(DAY - timedelta(days=number) for number in (9, 5, 4, 3, 0)))
    start_run(daemon, daily_brief.name, DAY - timedelta(days=4))
    assert days_asked(daemon.look()) == [[DAY - timedelta(days=number)] for number in (9, 5, 3, 0)]
    for run in daemon.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        daemon.instance.report_run_failed(run)
    stretches = days_asked(daemon.look())
    assert [len(days) for days in stretches] == [1, 3, 1]


def test_what_fails_is_asked_for_again_later_and_three_times_a_day(daemon: Daemon) -> None:
    daemon.carry_out(daemon.look())
    daemon.house.clock.now = datetime.now(UTC)  # type: ignore[attr-defined]  # the instance's own clock stamps the runs
    day = daemon.house.clock().date() - timedelta(days=2)
    keys = set()
    object.__setattr__(daemon.house, "settings", daemon.house.settings.model_copy(update={"schedule": NO_POLLS}))
    see_late(daemon, day)
    for minutes in (0, 16, 125):
        wait(daemon, minutes=minutes)
        [request] = daemon.look()
        keys.add(request.run_key)
        fail(daemon, request)
        assert daemon.look() == []
        assert "Asked for" in (daemon.skipped or "")
    wait(daemon, hours=3)
    assert daemon.look() == []
    wait(daemon, hours=20)
    [request] = daemon.look()
    assert len({*keys, request.run_key}) == 4


NO_POLLS = ScheduleSettings(poll_minutes=0)


def fail(daemon: Daemon, request: dg.RunRequest) -> None:
    """A run for the request that fails at once."""
    run = daemon.instance.add_run(
        dg.DagsterRun(late_episodes.name, status=dg.DagsterRunStatus.STARTED, tags=dict(request.tags))
    )
    assert ASKED_TAG in run.tags
    daemon.instance.report_run_failed(run)


def test_a_day_that_nobody_looked_at_is_left_to_its_morning_for_an_hour(daemon: Daemon, pages: dict[str, bytes]) -> None:
    daemon.carry_out(daemon.morning(daemon.house.clock()))
    pages[f"{HOST}/one.xml"] = make_feed("Show One", make_item("next", NEXT))
    wait(daemon, hours=12)
    daemon.carry_out(daemon.look())
    wait(daemon, hours=12, minutes=30)  # the next morning has come, and its run was not started, or has failed
    daemon.carry_out(daemon.look())
    assert daemon.look() == []
    wait(daemon, minutes=30)
    assert days_asked(daemon.look()) == [[NEXT]]


def test_a_database_that_is_held_is_named_and_the_next_tick_looks_again(daemon: Daemon) -> None:
    daemon.carry_out(daemon.look())
    wait(daemon, hours=1)
    store = daemon.house.store
    holder = hold(store.path)
    try:
        object.__setattr__(daemon.house, "store", Store(store.path, store.sql_folder, patience_seconds=0.2))
        assert daemon.look() == []
        assert f"is held by process {holder.pid}" in (daemon.skipped or "")
    finally:
        holder.kill()
        holder.wait()
    assert jobs_asked(daemon.look()) == [ask_feeds.name]


def test_it_runs_by_default_only_where_the_settings_say_so() -> None:
    assert build_new_episodes(ScheduleSettings(enabled=True)).default_status is dg.DefaultSensorStatus.RUNNING
    assert build_new_episodes(ScheduleSettings()).default_status is dg.DefaultSensorStatus.STOPPED
