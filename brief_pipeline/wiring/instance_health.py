"""Dagster's instance: its versions, its storage, what runs by itself and whether anything is there to run it."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import dagster as dg

from brief_pipeline.wiring.finding import Finding
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import PROCESS_TAG, open_instance

LIBRARIES = ("dagster", "dagster-webserver")
PROBE = "brief/doctor"  # a key of the instance's own storage that this writes to
LONG = timedelta(hours=24)  # a run that takes longer is worth a look
HEARTBEAT = timedelta(minutes=3)  # a daemon that works says so twice a minute
CLOCKWORK = {"schedule": "SCHEDULER", "sensor": "SENSOR"}


def examine_instance(house: House) -> Iterator[Finding]:
    """Each thing that a look at the instance found."""
    yield from _versions()
    with open_instance(house.settings) as instance:
        yield _storage(house, instance)
        yield from _clockwork(instance)
        yield from _runs(instance)


def _versions() -> Iterator[Finding]:
    found = {name: _version_of(name) for name in LIBRARIES}
    said = ", ".join(f"{name} {number or 'is not installed'}" for name, number in found.items())
    is_well = len(set(found.values())) == 1 and None not in found.values()
    yield Finding("Dagster", is_well, said, "" if is_well else "install the two in one version: pip install -e .")


def _version_of(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _storage(house: House, instance: dg.DagsterInstance) -> Finding:
    """Whether the instance keeps what is written to it."""
    home = house.settings.dagster_home
    written = datetime.now(UTC).isoformat()
    try:
        instance.run_storage.set_cursor_values({PROBE: written})
        is_kept = instance.run_storage.get_cursor_values({PROBE}).get(PROBE) == written
    except Exception as error:  # noqa: BLE001 - SQLAlchemy's and SQLite's own, of many kinds: this is the place to tell of any
        return Finding("Dagster storage", False, f"{home}: {error}", "let this user write it, or see that the disk has room")
    runs = instance.get_runs_count()
    named = os.environ.get("DAGSTER_HOME")
    return Finding("Dagster storage", is_kept, f"{named or home}, {runs} runs")


def _clockwork(instance: dg.DagsterInstance) -> Iterator[Finding]:
    """The schedules and sensors, on or off, and whether the daemon that runs them is alive."""
    from brief_pipeline.definitions import defs

    states = {state.instigator_name: state.status.value for state in instance.all_instigator_state()}
    beats = {name: datetime.fromtimestamp(beat.timestamp, UTC) for name, beat in instance.get_daemon_heartbeats().items()}
    is_anything_on = False
    for kind, parts in (("schedule", defs.schedules or []), ("sensor", defs.sensors or [])):
        for part in parts:
            is_on = _is_on(part, states)
            is_anything_on = is_anything_on or is_on
            beat = beats.get(CLOCKWORK[kind])
            is_alive = beat is not None and datetime.now(UTC) - beat < HEARTBEAT
            yield _describe(kind, part.name, is_on, is_alive)
    last = max(beats.values(), default=None)
    said = f"last heard of at {last:%Y-%m-%d %H:%M} UTC" if last else "never heard of"
    is_alive = last is not None and datetime.now(UTC) - last < HEARTBEAT
    yield Finding("daemon", True if is_alive else None, said, "" if is_alive else "it runs as long as brief ui does")


def _is_on(part: Any, states: dict[str, str]) -> bool:
    """As somebody switched it in the UI, else as the code and the settings have it."""
    state = states.get(part.name, "DECLARED_IN_CODE")
    return (part.default_status.value if state == "DECLARED_IN_CODE" else state) == "RUNNING"


def _describe(kind: str, name: str, is_on: bool, is_alive: bool) -> Finding:
    if not is_on:
        return Finding(kind, None, f"{name} is off", "switch it on in the UI, or set [schedule] enabled = true")
    if not is_alive:
        return Finding(kind, False, f"{name} is on, but no daemon is there to run it", "keep brief ui running, as a service")
    return Finding(kind, True, f"{name} is on")


def _runs(instance: dg.DagsterInstance) -> Iterator[Finding]:
    """Runs that seem to go on for ever: those of the command line whose process is gone were ended a moment ago."""
    going = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
    )
    records = instance.get_run_records(filters=going)
    old = [record for record in records if datetime.now(UTC) - record.create_timestamp.replace(tzinfo=UTC) > LONG]
    for record in old:
        run = record.dagster_run
        process = run.tags.get(PROCESS_TAG)
        where = f"process {process}" if process else "started from the UI"
        said = (
            f"{run.job_name} ({run.run_id[:8]}, {where}) has been under way for over {LONG / timedelta(hours=1):.0f} hours"
        )
        yield Finding("run", None, said, "look at it in brief ui; terminate it there if it is dead")
    yield Finding("runs", True, f"{len(records)} under way")
