"""Runs started from the command line: Dagster runs on the instance that the UI shows."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.settings import Settings
from brief_pipeline.wiring.automation import ask_feeds, daily_brief, due_brief, late_episodes
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import DAILY_TAG

PROCESS_TAG = "brief/process"  # the process that a command-line run lives in, so that a dead one is noticed
STOPPED = "Stopped. What was finished is kept; run it again to go on."
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    run_id: str
    succeeded: bool
    problems: tuple[str, ...]  # a line for each step that failed
    counts: dict[str, dict[str, Any]]  # asset -> metadata of its last day


def prepare_dagster_home(settings: Settings) -> Path:
    """The folder of the Dagster instance, with its dagster.yaml made from the project's, its storage named in full."""
    home = settings.dagster_home
    config = yaml.safe_load((settings.home / "dagster.yaml").read_text(encoding="utf-8"))
    config["storage"]["sqlite"]["base_dir"] = str(home)
    config["local_artifact_storage"]["config"]["base_dir"] = str(home)
    body = yaml.safe_dump(config, sort_keys=False).encode()
    file = home / "dagster.yaml"
    if not file.exists() or file.read_bytes() != body:
        write_whole(file, body)
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance, its storage made by one process alone: several that make it at once break it."""
    home = prepare_dagster_home(settings)
    os.environ["DAGSTER_HOME"] = str(home)
    with open(home / ".initialising", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        instance = dg.DagsterInstance.get()
        instance.get_runs(limit=1)
        instance.get_latest_materialization_event(dg.AssetKey("brief"))
        instance.all_instigator_state()
    try:
        _end_dead_runs(instance)
        yield instance
    finally:
        instance.dispose()


def run_due(house: House, day: date, instance: dg.DagsterInstance) -> Ran:
    """Runs the day that is due, and before its brief what turned up late of the days that this draws on too.

    First the feeds are asked: an episode of the window's first day that they show only now has no other brief to be in.
    """
    asked = run_job(house, ask_feeds.name, instance, {DAILY_TAG: "yes"})
    if not asked.succeeded:
        return asked
    problems = [
        problem
        for late in find_late_days(house, day)
        for problem in run_days(house, [late], instance, is_daily=True, job=late_episodes.name).problems
    ]
    ran = run_days(house, [day], instance, is_daily=True, job=due_brief.name)
    return replace(ran, problems=(*problems, *ran.problems), counts={**asked.counts, **ran.counts})


def find_late_days(house: House, day: date) -> list[date]:
    """The days of the brief's window that were looked at before one of their episodes stood in its feed."""
    window = [day - timedelta(days=back) for back in range(house.settings.brief.window_days, 0, -1)]
    days = house.store.select("raw.feed_days", ("feed_id", "published_on", "looked_at"), published_on=window)
    looked = {(row["feed_id"], row["published_on"]): row["looked_at"] for row in days}
    about = ("feed_id", "published_on", "first_seen_at")
    items = house.store.select("raw.feed_items", about, published_on=window, same_as=None)
    late = {
        item["published_on"]
        for item in items
        if (place := (item["feed_id"], item["published_on"])) in looked and item["first_seen_at"] > looked[place]
    }
    return sorted(late)


def run_days(
    house: House, days: Sequence[date], instance: dg.DagsterInstance, is_daily: bool = False, job: str = daily_brief.name
) -> Ran:
    """Runs a job, the whole pipeline, over days in a row, as one run. `is_daily`: nobody asked for them, they are due."""
    first, last = days[0].isoformat(), days[-1].isoformat()
    tags = {DAILY_TAG: "yes"} if is_daily else {}
    is_range = first != last
    if is_range:
        tags |= {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}
    return run_job(house, job, instance, tags, None if is_range else first)


def run_job(house: House, job: str, instance: dg.DagsterInstance, tags: dict[str, str], partition: str | None = None) -> Ran:
    """Runs a job in this process, as one Dagster run."""
    from brief_pipeline.definitions import defs

    result = defs.resolve_job_def(job).execute_in_process(
        run_config=QUIET,
        instance=instance,
        partition_key=partition,
        raise_on_error=False,
        tags={PROCESS_TAG: str(os.getpid()), **tags},
        resources={"house": dg.ResourceDefinition.hardcoded_resource(house)},
    )
    return Ran(result.run_id, result.success, tuple(_problems(result)), _counts(result))


def _problems(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in result.filter_events(lambda event: event.is_step_failure):
        data = event.step_failure_data
        error = data.error
        while error is not None and error.cause is not None:
            error = error.cause
        if error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
            yield STOPPED
            continue
        described = data.user_failure_data.description if data.user_failure_data else None
        yield described or (error.message.strip() if error else "failed without a word")


def _counts(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    counts = {}
    for event in result.get_asset_materialization_events():
        made = event.step_materialization_data.materialization
        counts[made.asset_key.to_user_string()] = {key: value.value for key, value in made.metadata.items()}
    return counts


def _end_dead_runs(instance: dg.DagsterInstance) -> None:
    """Marks runs as failed whose process is gone: a killed one would stay STARTED for ever."""
    going = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    for run in instance.get_runs(filters=going):
        process = run.tags.get(PROCESS_TAG)
        if process and not _is_alive(int(process)):
            instance.report_run_failed(
                run, "The process of this run is gone (killed, or the machine stopped). Run it again."
            )


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
