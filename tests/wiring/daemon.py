"""What Dagster's daemon does, in this process: evaluates the schedule and the sensor, and runs what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import dagster as dg
from dagster._core.storage.tags import RUN_KEY_TAG

from brief_pipeline.definitions import defs
from brief_pipeline.wiring.asked import read_days
from brief_pipeline.wiring.automation import daily_brief
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.mornings import build_every_morning
from brief_pipeline.wiring.runs import QUIET
from brief_pipeline.wiring.watching import build_new_episodes

REPOSITORY = defs.get_repository_def()


@dataclass(frozen=True)
class Carried:
    """A run that was asked for and carried out."""

    at: datetime
    job: str
    days: Sequence[date]
    succeeded: bool


@dataclass
class Daemon:
    """A daemon at the house's time. `skipped`: what the last tick said where it asked for nothing."""

    house: House
    instance: dg.DagsterInstance
    carried: list[Carried] = field(default_factory=list)
    skipped: str | None = None

    def morning(self, scheduled: datetime) -> list[dg.RunRequest]:
        """What the schedule asks for at a morning."""
        schedule = build_every_morning(self.house.settings.schedule, lambda: self.house)
        context = dg.build_schedule_context(self.instance, scheduled, repository_def=REPOSITORY)
        told = schedule.evaluate_tick(context)
        self.skipped = told.skip_message
        return list(told.run_requests or ())

    def look(self) -> list[dg.RunRequest]:
        """What the sensor asks for now."""
        sensor = build_new_episodes(self.house.settings.schedule, lambda: self.house)
        with dg.build_sensor_context(self.instance, repository_def=REPOSITORY, sensor_name=sensor.name) as context:
            told = sensor.evaluate_tick(context)
        self.skipped = told.skip_message
        return list(told.run_requests or ())

    def carry_out(self, requests: Sequence[dg.RunRequest]) -> None:
        """Runs what was asked for, one after the other; what has run under its key before is not run again."""
        for request in requests:
            tags = {**request.tags, **({RUN_KEY_TAG: request.run_key} if request.run_key else {})}
            if request.run_key and self.instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: request.run_key})):
                continue
            job = defs.resolve_job_def(request.job_name or daily_brief.name)
            with dg.DagsterInstance.ephemeral() as quick:  # to keep each event of the runs would take most of the time
                result = job.execute_in_process(
                    run_config=QUIET,
                    instance=quick,
                    partition_key=request.partition_key,
                    raise_on_error=False,
                    tags=tags,
                    resources={"house": dg.ResourceDefinition.hardcoded_resource(self.house)},
                )
            status = dg.DagsterRunStatus.SUCCESS if result.success else dg.DagsterRunStatus.FAILURE
            self.instance.add_run(dg.DagsterRun(job.name, run_id=result.run_id, status=status, tags=tags))
            self.carried.append(Carried(self.house.clock(), job.name, read_days(tags), result.success))
