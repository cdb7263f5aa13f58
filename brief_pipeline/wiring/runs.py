"""Runs started from the command line: Dagster runs on the instance that the UI shows."""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
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
from brief_pipeline.wiring.clearing import clear_out_and_tell
from brief_pipeline.wiring.due import find_unread
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import DAILY_TAG
from brief_pipeline.wiring.turns import leave_turns

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

    @property
    def was_stopped(self) -> bool:
        """Whether somebody stopped it, by Ctrl-C or from the UI."""
        return STOPPED in self.problems


def prepare_dagster_home(settings: Settings) -> Path:
    """The folder of the Dagster instance, with its dagster.yaml made from the project's, its storage named in full."""
    home = settings.dagster_home
    config = yaml.safe_load((settings.home / "dagster.yaml").read_text(encoding="utf-8"))
    config["storage"]["sqlite"]["base_dir"] = str(home)
    config["local_artifact_storage"]["config"]["base_dir"] = str(home)
    config["concurrency"]["runs"]["max_concurrent_runs"] = settings.limits.runs
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
        end_dead_runs(instance)
        yield instance
    finally:
        instance.dispose()


def run_due(house: House, day: date, instance: dg.DagsterInstance) -> Ran:
    """Runs the day that is due, and before its brief the days before it that have episodes which nobody read yet.

    First the feeds are asked: what they show only now, this brief or the next ones draw on. At the end, what is no longer
    kept is removed: where cron calls `brief run`, there is no schedule that would.
    """
    asked = run_job(house, ask_feeds.name, instance, {DAILY_TAG: "yes"})
    if not asked.succeeded:
        return asked
    eve = day - timedelta(days=1)
    problems = [
        problem
        for unread in find_unread(house, eve, eve)
        for problem in run_days(house, unread.days, instance, is_daily=True, job=late_episodes.name).problems
    ]
    ran = run_days(house, [day], instance, is_daily=True, job=due_brief.name)
    clear_out_and_tell(house, instance)
    return replace(ran, problems=(*problems, *ran.problems), counts={**asked.counts, **ran.counts})


def run_days(
    house: House,
    days: Sequence[date],
    instance: dg.DagsterInstance,
    is_daily: bool = False,
    job: str = daily_brief.name,
    tags: Mapping[str, str] | None = None,
) -> Ran:
    """Runs a job, the whole pipeline, over days in a row, as one run. `is_daily`: nobody asked for them, they are due."""
    first, last = days[0].isoformat(), days[-1].isoformat()
    told = {**(tags or {}), **({DAILY_TAG: "yes"} if is_daily else {})}
    is_range = first != last
    if is_range:
        told |= {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last}
    return run_job(house, job, instance, told, None if is_range else first)


def run_job(house: House, job: str, instance: dg.DagsterInstance, tags: dict[str, str], partition: str | None = None) -> Ran:
    """Runs a job in this process, as one Dagster run."""
    from brief_pipeline.definitions import defs

    try:
        result = defs.resolve_job_def(job).execute_in_process(
            run_config=QUIET,
            instance=instance,
            partition_key=partition,
            raise_on_error=False,
            tags={PROCESS_TAG: str(os.getpid()), **tags},
            resources={"house": dg.ResourceDefinition.hardcoded_resource(house)},
        )
    finally:
        leave_turns()  # a run that failed did not come to its last stage
    return Ran(result.run_id, result.success, tuple(_problems(result)), _counts(result))


def _problems(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in result.filter_events(lambda event: event.is_step_failure):
        yield tell_failure(event)


def tell_failure(event: dg.DagsterEvent) -> str:
    """What went wrong in a step that failed, or in a run that failed outside of its steps; in our words where it is ours."""
    data = event.step_failure_data if event.is_step_failure else event.job_failure_data
    error = data.error if data else None
    while error is not None and error.cause is not None:
        error = error.cause
    if error is not None and error.cls_name == dg.DagsterExecutionInterruptedError.__name__:
        return STOPPED
    described = event.is_step_failure and event.step_failure_data.user_failure_data
    said = (described.description if described else None) or (error.message.strip() if error else event.message)
    return said or "failed without a word"


def _counts(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    counts = {}
    for event in result.get_asset_materialization_events():
        made = event.step_materialization_data.materialization
        counts[made.asset_key.to_user_string()] = {key: value.value for key, value in made.metadata.items()}
    return counts


def end_dead_runs(instance: dg.DagsterInstance) -> None:
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
