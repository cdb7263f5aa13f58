"""The schedule: every morning, the brief of the day before, and of the days before that which were missed.

Not declarative automation: AutomationCondition.on_cron would ask for the newest partition alone, so that what was missed
while the machine was off stays missed, and on_missing starts a run for each day where a range is one run in day order.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import dagster as dg

from brief_pipeline.errors import BriefError, StoreBusy
from brief_pipeline.settings import ScheduleSettings, read_settings
from brief_pipeline.wiring.asked import days_of, read_going, request
from brief_pipeline.wiring.automation import daily_brief, open_for_a_tick
from brief_pipeline.wiring.due import find_missed_days, is_outdated, list_stretches
from brief_pipeline.wiring.following import named_shows
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import last_whole_day
from brief_pipeline.wiring.runs import end_dead_runs

BRIEF_TAKES = timedelta(hours=2)  # the brief is late when it is not there so long after its hour
COUNTS_SINCE = timedelta(hours=12)  # before that: what was made the evening before is the brief of another day
NO_SHOWS = "No show is followed yet: brief feeds add URL, or brief feeds import FILE.opml."


def build_every_morning(
    schedule: ScheduleSettings, open_house: Callable[[], House] = open_for_a_tick
) -> dg.ScheduleDefinition:
    """The schedule at its hour. `open_house`: what a tick looks at; a test puts its own there."""

    @dg.schedule(
        job=daily_brief,
        name="every_morning",
        cron_schedule=f"{schedule.minute} {schedule.hour} * * *",
        execution_timezone=schedule.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if schedule.enabled else dg.DefaultScheduleStatus.STOPPED,
        description=(
            f"Yesterday's brief (the UTC day), at {schedule.hour:02}:{schedule.minute:02} {schedule.time_zone}, and those "
            f"of up to {schedule.catch_up_days} days before it that were missed. Switch on the sensor new_episodes too: "
            "it has read what turns up late."
        ),
    )
    def every_morning(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        try:
            yield from _ask_for_briefs(context, open_house())
        except BriefError as problem:  # brief.toml is wrong, or the database is held: the next morning makes up for it
            yield dg.SkipReason(str(problem))

    return every_morning


def _ask_for_briefs(context: dg.ScheduleEvaluationContext, house: House) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """A run for the day that is due, and one for each stretch of missed days before it; in a row they are one run."""
    schedule, morning = house.settings.schedule, context.scheduled_execution_time
    if is_outdated(schedule, morning, house.clock()):
        yield dg.SkipReason("The next morning has come since: it asks for what this one would have.")
        return
    if not named_shows(house.settings):
        yield dg.SkipReason(NO_SHOWS)
        return
    due = last_whole_day(morning)
    end_dead_runs(context.instance)
    made = days_of(read_going(context.instance), "brief")
    waiting = [day for day in (*_find_missed(context, house, due), due) if day not in made]
    if not waiting:
        yield dg.SkipReason(f"A run is at the brief of {due} already.")
    for stretch in list_stretches(waiting):
        yield request(f"briefs of {stretch[0]} to {stretch[-1]}", days=stretch)


def _find_missed(context: dg.ScheduleEvaluationContext, house: House, due: date) -> Sequence[date]:
    """The days that were missed. Where the database cannot be had now, none: the run waits for it longer than a tick can."""
    try:
        return find_missed_days(house.store, due, house.settings.schedule.catch_up_days)
    except StoreBusy as busy:
        context.log.warning(f"Missed days are left to the next morning: {busy}")
        return []


def build_freshness(schedule: ScheduleSettings) -> dg.FreshnessPolicy:
    """The brief is fresh when it was made by its hour and the time that it takes."""
    minutes = schedule.hour * 60 + schedule.minute + int(BRIEF_TAKES.total_seconds()) // 60
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"{minutes % 60} {minutes // 60 % 24} * * *",
        lower_bound_delta=COUNTS_SINCE,
        timezone=schedule.time_zone,
    )


every_morning = build_every_morning(read_settings().schedule)
BRIEF_FRESHNESS = build_freshness(read_settings().schedule)
