"""The schedule: what it asks for at a morning, evaluated as Dagster's daemon does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import dagster as dg
import pytest
from samples import DAY
from wiring.daemon import Daemon

from brief_pipeline.settings import ScheduleSettings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.asked import read_days
from brief_pipeline.wiring.automation import daily_brief, late_episodes, open_for_a_tick
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.mornings import build_every_morning, build_freshness
from brief_pipeline.wiring.partitions import DAILY_TAG
from brief_pipeline.wiring.runs import PROCESS_TAG, open_instance

MakeHouse = Callable[..., House]
MORNING = datetime.combine(DAY, time(6, 15), UTC) + timedelta(days=9)
DUE = DAY + timedelta(days=8)


@pytest.fixture
def house(make_house: MakeHouse) -> House:
    return make_house(clock=lambda: MORNING + timedelta(minutes=1))


@pytest.fixture
def daemon(house: House) -> Iterator[Daemon]:
    with open_instance(house.settings) as instance:
        yield Daemon(house, instance)


def make_briefs(house: House, *days: date) -> None:
    paths = {"markdown_path": "", "html_path": "", "json_path": "", "json_sha256": ""}
    house.store.replace(
        "raw.briefs", [{"listener": "me", "published_on": day, "insights_count": 0, **paths} for day in days]
    )


def start_run(daemon: Daemon, job: str, *days: date, **more: str) -> None:
    tags = {"dagster/partition": str(days[0])} if days else {}
    daemon.instance.add_run(dg.DagsterRun(job, status=dg.DagsterRunStatus.STARTED, tags={**tags, **more}))


def days_asked(requests: list[dg.RunRequest]) -> list[list[date]]:
    return [list(read_days(request.tags)) for request in requests]


def test_the_first_morning_asks_for_the_last_whole_day(daemon: Daemon) -> None:
    [request] = daemon.morning(MORNING)
    assert request.partition_key == str(DUE)
    assert request.tags[DAILY_TAG] == "yes"
    assert request.tags["dagster/schedule_name"] == "every_morning"


def test_missed_days_come_with_it_in_stretches_and_each_is_one_run(daemon: Daemon, house: House) -> None:
    made = [DAY, *(DAY + timedelta(days=number) for number in (3, 4, 5))]
    make_briefs(house, *made)
    requests = daemon.morning(MORNING)
    assert days_asked(requests) == [
        [DAY + timedelta(days=number) for number in (1, 2)],
        [DAY + timedelta(days=number) for number in (6, 7, 8)],
    ]
    assert len({request.run_key for request in requests}) == 2


def test_days_further_back_than_the_settings_say_are_not_made_up_for(make_house: MakeHouse) -> None:
    house = make_house(clock=lambda: MORNING, schedule=ScheduleSettings(catch_up_days=2))
    make_briefs(house, DAY)
    with open_instance(house.settings) as instance:
        assert days_asked(Daemon(house, instance).morning(MORNING)) == [[DUE - timedelta(days=n) for n in (2, 1, 0)]]


def test_a_range_that_is_asked_for_is_run_as_one(daemon: Daemon, house: House) -> None:
    make_briefs(house, DUE - timedelta(days=2))
    daemon.carry_out(daemon.morning(MORNING))
    [carried] = daemon.carried
    assert (carried.days, carried.succeeded) == ([DUE - timedelta(days=1), DUE], True)
    assert {row["published_on"] for row in house.store.select("raw.briefs")} == {DUE - timedelta(days=n) for n in (2, 1, 0)}


def test_a_morning_that_the_next_has_overtaken_asks_for_nothing(daemon: Daemon) -> None:
    assert daemon.morning(MORNING - timedelta(days=1)) == []
    assert daemon.skipped == "The next morning has come since: it asks for what this one would have."


def test_what_a_run_is_at_is_not_asked_for_again(daemon: Daemon) -> None:
    start_run(daemon, daily_brief.name, DUE)
    assert daemon.morning(MORNING) == []
    assert daemon.skipped == f"A run is at the brief of {DUE} already."


def test_a_run_that_makes_no_brief_or_is_dead_stops_no_morning(daemon: Daemon) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    start_run(daemon, late_episodes.name, DUE)
    start_run(daemon, daily_brief.name, DUE, **{PROCESS_TAG: str(gone.pid)})
    assert days_asked(daemon.morning(MORNING)) == [[DUE]]


def test_without_shows_nothing_is_asked_for(daemon: Daemon, house: House, make_house: MakeHouse) -> None:
    daemon.house = make_house(clock=house.clock)
    daemon.house.settings.feeds.clear()
    assert daemon.morning(MORNING) == []
    assert "brief feeds add" in (daemon.skipped or "")


def test_a_database_that_is_held_leaves_missed_days_to_the_next_morning(daemon: Daemon, house: House) -> None:
    make_briefs(house, DAY)
    holder = hold(house.store.path)
    try:
        object.__setattr__(house, "store", Store(house.store.path, house.store.sql_folder, patience_seconds=0.2))
        assert days_asked(daemon.morning(MORNING)) == [[DUE]]
    finally:
        holder.kill()
        holder.wait()
    assert len(days_asked(daemon.morning(MORNING))[0]) == 8


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that has the database open."""
    code = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_wrong_settings_skip_the_tick_in_our_words(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "brief.toml").write_text("[schedule]\nhour = 25\n")  # while the daemon was running
    schedule = build_every_morning(ScheduleSettings(), open_for_a_tick)
    told = schedule.evaluate_tick(dg.build_schedule_context(daemon.instance, MORNING))
    assert told.run_requests == []
    assert "schedule.hour: input should be less than or equal to 23" in (told.skip_message or "")


def test_wrong_settings_stop_the_import_of_the_definitions_in_our_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brief.toml").write_text('[schedule]\ntime_zone = "Mars"\n')
    monkeypatch.setenv("BRIEF_CONFIG", str(tmp_path / "brief.toml"))
    importing = [sys.executable, "-c", "import brief_pipeline.definitions"]
    told = subprocess.run(importing, capture_output=True, text=True, timeout=120)
    assert told.stderr.strip().splitlines()[-1].startswith("brief_pipeline.errors.SettingsInvalid: Settings are wrong")
    assert "'Mars' is no time zone" in told.stderr.splitlines()[-1]


def test_hour_time_zone_and_whether_it_runs_are_settings() -> None:
    schedule = build_every_morning(ScheduleSettings(hour=21, minute=5, time_zone="Europe/Paris", enabled=True))
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("5 21 * * *", "Europe/Paris")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert build_every_morning(ScheduleSettings()).default_status is dg.DefaultScheduleStatus.STOPPED


@pytest.mark.parametrize(("hour", "deadline"), [(6, "15 8 * * *"), (23, "15 1 * * *")])
def test_the_brief_is_fresh_by_two_hours_after_its_hour(hour: int, deadline: str) -> None:
    policy = build_freshness(ScheduleSettings(hour=hour, time_zone="Europe/Paris"))
    assert (policy.deadline_cron, policy.timezone) == (deadline, "Europe/Paris")  # type: ignore[attr-defined]
