"""The job that removes what is no longer kept, and its schedule: half a day from the morning, when nothing is being made."""

import dagster as dg

from brief_pipeline.errors import BriefError
from brief_pipeline.settings import ScheduleSettings, read_settings
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.logs import open_log
from brief_pipeline.wiring.retaining import clear_out

AFTER_THE_MORNING_HOURS = 12


def clear_out_and_tell(house: House, instance: dg.DagsterInstance) -> dict[str, float | int | str]:
    """Removes what [retention] no longer keeps, and logs what went."""
    notes = clear_out(house, instance)
    open_log(house.settings).info("cleared out", **notes)
    return notes


@dg.op(description="Removes what [retention] no longer keeps: logs, audio, runs, backups, what was left by kills.")
def remove_what_is_not_kept(context: dg.OpExecutionContext, house: dg.ResourceParam[House]) -> None:
    try:
        notes = clear_out_and_tell(house, context.instance)
    except BriefError as problem:
        raise dg.Failure(description=str(problem), allow_retries=False) from problem
    context.add_output_metadata(notes or {"removed": "nothing"})


@dg.job(name="clear_out", description="What piles up and is not kept for ever. The tables, transcripts and briefs stay.")
def clear_out_job() -> None:
    remove_what_is_not_kept()


def build_every_evening(schedule: ScheduleSettings) -> dg.ScheduleDefinition:
    """The schedule that clears out, by the hour of the morning."""
    hour = (schedule.hour + AFTER_THE_MORNING_HOURS) % 24
    return dg.ScheduleDefinition(
        name="every_evening",
        job=clear_out_job,
        cron_schedule=f"{schedule.minute} {hour} * * *",
        execution_timezone=schedule.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if schedule.enabled else dg.DefaultScheduleStatus.STOPPED,
        description=f"Removes what [retention] no longer keeps, at {hour:02}:{schedule.minute:02} {schedule.time_zone}.",
    )


every_evening = build_every_evening(read_settings().schedule)
