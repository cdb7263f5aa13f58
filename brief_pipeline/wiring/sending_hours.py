"""The schedule that sends a brief to those who want it at an hour of their own, once that hour has come."""

from collections.abc import Callable, Iterator

import dagster as dg

from brief_pipeline.errors import BriefError
from brief_pipeline.settings import ScheduleSettings, read_settings
from brief_pipeline.wiring.asked import days_of, read_going, request
from brief_pipeline.wiring.automation import open_for_a_tick, send_briefs
from brief_pipeline.wiring.delivering import Sending, list_open
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import last_whole_day

QUARTERS = "*/15 * * * *"  # an hour begins at a quarter of ours in every time zone there is


def build_every_quarter(
    schedule: ScheduleSettings, open_house: Callable[[], House] = open_for_a_tick
) -> dg.ScheduleDefinition:
    """The schedule. `open_house`: what a tick looks at; a test puts its own there."""

    @dg.schedule(
        job=send_briefs,
        name="every_quarter",
        cron_schedule=QUARTERS,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if schedule.enabled else dg.DefaultScheduleStatus.STOPPED,
        description=(
            "Sends yesterday's brief to those whose hour has come, and tries again where a server did not answer. Who named "
            "no hour has it as soon as it is made."
        ),
    )
    def every_quarter(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        try:
            house = open_house()
            day = last_whole_day(house.clock())
            if day in days_of(read_going(context.instance), "deliveries"):
                yield dg.SkipReason(f"A run is sending the brief of {day} already.")
            elif waiting := list_open(house, Sending(day)):
                at = context.scheduled_execution_time.strftime("%H:%M")
                yield request(f"the brief of {day}, sent at {at} UTC to {len(waiting)}", days=[day])
            else:
                yield dg.SkipReason(f"Nobody is waiting for the brief of {day}.")
        except BriefError as problem:  # the next quarter makes up for it
            yield dg.SkipReason(str(problem))

    return every_quarter


every_quarter = build_every_quarter(read_settings().schedule)
