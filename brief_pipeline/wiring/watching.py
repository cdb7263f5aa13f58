"""The sensor: sees new episodes between two mornings, and those that turn up late in their feed, and has them read.

It keeps no cursor. What is due follows from the tables alone (wiring.due), so a tick that dies, two episodes between two
looks or a week without the daemon lose nothing: the next tick sees the same.

Not declarative automation: what is late is a row of raw.feed_items, and AutomationCondition knows of asset events only.
eager() on the days' assets would run each day of its look-back again, mostly for nothing, whenever `feeds`, an asset without
partitions, was made; and on_cron on `feeds` would ask them beside a run that is at it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, timedelta

import dagster as dg

from brief_pipeline.errors import BriefError
from brief_pipeline.settings import ScheduleSettings, read_settings
from brief_pipeline.wiring.asked import Tries, days_of, makes, read_going
from brief_pipeline.wiring.automation import ask_feeds, late_episodes, open_for_a_tick
from brief_pipeline.wiring.due import Unread, find_due_day, find_feeds_due, find_unread
from brief_pipeline.wiring.following import named_shows
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.mornings import NO_SHOWS
from brief_pipeline.wiring.partitions import last_whole_day
from brief_pipeline.wiring.runs import end_dead_runs

TICK_SECONDS = 60
MORNING_TAKES = timedelta(hours=1)  # a day that nobody looked at is left so long to the morning that is about it
NOTHING_NEW = "The feeds were asked, and every episode that they showed was looked at."


def build_new_episodes(schedule: ScheduleSettings, open_house: Callable[[], House] = open_for_a_tick) -> dg.SensorDefinition:
    """The sensor. `open_house`: what a tick looks at; a test puts its own there."""

    @dg.sensor(
        jobs=[ask_feeds, late_episodes],
        name="new_episodes",
        minimum_interval_seconds=TICK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if schedule.enabled else dg.DefaultSensorStatus.STOPPED,
        description=(
            f"Asks the feeds every {schedule.poll_minutes} minutes ([schedule] poll_minutes), and has the days read again "
            "of which an episode turned up late; the next brief draws on it."
        ),
    )
    def new_episodes(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        try:
            house = open_house()
            end_dead_runs(context.instance)
            yield from _look(house, context.instance)
        except BriefError as problem:  # brief.toml is wrong, or the database is held: the next tick looks again
            yield dg.SkipReason(str(problem))

    return new_episodes


def _look(house: House, instance: dg.DagsterInstance) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """The feeds first: only when they have answered is it known what is late."""
    if not named_shows(house.settings):
        yield dg.SkipReason(NO_SHOWS)
        return
    going = read_going(instance)
    tries = Tries(instance, house.clock())
    feeds = find_feeds_due(house.settings, house.store, house.clock())
    is_asking = any(makes(run, "feeds") for run in going)
    asked = [tries.ask(feeds, ask_feeds.name)] if feeds and not is_asking else []
    if not any(isinstance(one, dg.RunRequest) for one in asked):
        asked += [
            tries.ask(f"episodes of {unread}", late_episodes.name, unread.days)
            for unread in _find_unread(house, days_of(going, "episodes"))
        ]
    requests = [one for one in asked if isinstance(one, dg.RunRequest)]
    waiting = [one.skip_message or "" for one in asked if isinstance(one, dg.SkipReason)]
    yield from requests
    if not requests:
        yield dg.SkipReason(" ".join(waiting) or NOTHING_NEW)


def _find_unread(house: House, going: Collection[date]) -> Sequence[Unread]:
    now = house.clock()
    last_passed = find_due_day(house.settings.schedule, now - MORNING_TAKES)
    return find_unread(house, last_whole_day(now), last_passed, going)


new_episodes = build_new_episodes(read_settings().schedule)
