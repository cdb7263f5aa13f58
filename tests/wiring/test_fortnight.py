"""A fortnight of the schedule and the sensor, at a test's time, over feeds that grow: nothing is lost, nothing done twice.

Feed two is down for three days; one episode stands in its feed two days after its date and one five days after; two appear
between two looks; and the daemon is off for a day, or for a week. What runs is what the schedule's and the sensor's own
evaluation functions ask for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import date, timedelta

import dagster as dg
import pytest
from samples import DAY
from wiring.daemon import Daemon
from wiring.fortnight_world import AT_ONCE, EPISODES, FIRST, LATE, VERY_LATE, World, open_world

from brief_pipeline.engines.web import HttpWeb
from brief_pipeline.settings import ScheduleSettings, Settings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.automation import daily_brief, late_episodes
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import open_instance

MakeHouse = Callable[..., House]

DAYS = 15  # the fortnight, and a morning to tell what is left
MORNING, AFTER, EVENING = timedelta(hours=6, minutes=15), timedelta(hours=8), timedelta(hours=18)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def live(house: House, world: World, instance: dg.DagsterInstance, days_off: Collection[int] = ()) -> Daemon:
    """Lives through the days: a morning, a look after it, and one in the evening, each till nothing is left to do."""
    daemon = Daemon(house, instance)
    for number in range(DAYS + 1):
        if number in days_off:
            continue
        midnight = FIRST + timedelta(days=number)
        world.now = midnight + MORNING
        daemon.carry_out(daemon.morning(world.now))
        for hour in (AFTER, EVENING):
            world.now = midnight + hour
            look_around(daemon, world)
    return daemon


def look_around(daemon: Daemon, world: World) -> None:
    for _ in range(9):
        if not (requests := daemon.look()):
            return
        daemon.carry_out(requests)
        world.now += timedelta(minutes=1)
    raise AssertionError(f"the sensor asks again and again for {[request.run_key for request in requests]}")


@pytest.fixture
def world() -> Iterator[World]:
    with open_world() as opened:
        yield opened


@pytest.fixture
def house(make_house: MakeHouse, world: World, settings: Settings) -> House:
    return make_house(
        store=Store(settings.database, settings.sql_folder),
        web=HttpWeb(private_addresses=True, attempts=1, timeout_seconds=5),
        feeds=world.feeds,
        clock=lambda: world.now,
        schedule=ScheduleSettings(poll_minutes=300),
    )


@pytest.fixture
def instance(house: House) -> Iterator[dg.DagsterInstance]:
    with open_instance(house.settings) as opened:
        yield opened


def told(house: House) -> dict[int, list[str]]:
    """The claims in the brief files, by day."""
    files = sorted((house.settings.data / "briefs").glob("*.json"))
    return {
        (date.fromisoformat(file.stem) - DAY).days: [item["claim"] for item in json.loads(file.read_text())["insights"]]
        for file in files
    }


def check_that_nothing_is_lost_or_twice(house: House, world: World, daemon: Daemon) -> None:
    assert all(run.succeeded for run in daemon.carried)
    days = {row["title"]: row["published_on"] for row in house.store.select("raw.episodes")}
    assert days == {aired.name: (FIRST + timedelta(hours=aired.hours)).date() for aired in EPISODES}
    assert len(house.store.select("raw.episodes")) == len(EPISODES)  # each in one partition
    claims = Counter(claim for brief in told(house).values() for claim in brief)
    assert claims == Counter(aired.claim for aired in EPISODES)  # each in one brief
    assert Counter(world.fetched(".vtt")) == Counter(f"/{aired.show}/{aired.name}.vtt" for aired in EPISODES)
    made = Counter(day for run in daemon.carried if run.job == daily_brief.name for day in run.days)
    assert made == Counter(day(number) for number in range(-1, DAYS))  # each brief made once


def test_a_fortnight_with_a_day_off(house: House, world: World, instance: dg.DagsterInstance) -> None:
    daemon = live(house, world, instance, days_off=[11])
    check_that_nothing_is_lost_or_twice(house, world, daemon)
    ranges = [run.days for run in daemon.carried if run.job == daily_brief.name and len(run.days) > 1]
    assert ranges == [[day(10), day(11)]]
    read_late = [run.days for run in daemon.carried if run.job == late_episodes.name]
    assert read_late == [[day(4)], [day(3)], [day(5), day(6)]]
    on = {claim: number for number, brief in told(house).items() for claim in brief}
    assert on[LATE.claim] == 6
    assert on[VERY_LATE.claim] == 8
    assert {on[aired.claim] for aired in AT_ONCE} == {10}


def test_a_fortnight_with_a_week_off(house: House, world: World, instance: dg.DagsterInstance) -> None:
    daemon = live(house, world, instance, days_off=range(5, 12))
    check_that_nothing_is_lost_or_twice(house, world, daemon)
    ranges = [run.days for run in daemon.carried if run.job == daily_brief.name and len(run.days) > 1]
    assert ranges == [[day(number) for number in range(4, 12)]]
