"""What the instance was asked for already: the runs on their way, and how often one and the same thing was tried."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from brief_pipeline.wiring.automation import ask_feeds, daily_brief, due_brief, late_episodes, send_briefs
from brief_pipeline.wiring.partitions import DAILY_TAG, days_between

ASKED_TAG = "brief/asked"  # of a run: what it was asked for, the same for each try
GOING = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
# The assets, of those that are asked after here, that each job makes.
MADE_BY = {
    daily_brief.name: ("feeds", "episodes", "brief", "deliveries"),
    ask_feeds.name: ("feeds",),
    due_brief.name: ("episodes", "brief", "deliveries"),
    late_episodes.name: ("episodes",),
    send_briefs.name: ("deliveries",),
}
A_DAY = timedelta(days=1)
# After a try, the wait before the next: most of what passes (a restart, a host that is down) passes in minutes. What was not
# done in three tries waits for a person, or for the next day.
WAITS = (timedelta(minutes=15), timedelta(hours=2))


def read_going(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    """The runs that are queued or under way, whoever asked for them: a schedule, a sensor, a backfill, a person."""
    return instance.get_runs(filters=dg.RunsFilter(statuses=list(GOING)))


def makes(run: dg.DagsterRun, asset: str) -> bool:
    """Whether a run makes an asset. One that names no assets makes all those of its job."""
    if run.asset_selection is None:
        return asset in MADE_BY.get(run.job_name, ())
    return dg.AssetKey(asset) in run.asset_selection


def days_of(runs: Iterable[dg.DagsterRun], asset: str) -> set[date]:
    """The days whose asset the runs make."""
    return {day for run in runs if makes(run, asset) for day in read_days(run.tags)}


def read_days(tags: Mapping[str, str]) -> Sequence[date]:
    """The days that a run is about, by its tags."""
    one = tags.get(PARTITION_NAME_TAG)
    first, last = tags.get(ASSET_PARTITION_RANGE_START_TAG, one), tags.get(ASSET_PARTITION_RANGE_END_TAG, one)
    return days_between(date.fromisoformat(first), date.fromisoformat(last)) if first and last else []


def tags_of_days(days: Sequence[date]) -> dict[str, str]:
    """The tags that make a run one of a stretch of days; of a single day, Dagster sets them by its partition key."""
    if len(days) < 2:
        return {}
    return {
        ASSET_PARTITION_RANGE_START_TAG: days[0].isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: days[-1].isoformat(),
    }


def request(what: str, job: str | None = None, days: Sequence[date] = (), number: int = 1) -> dg.RunRequest:
    """The request for a run that is due, not asked for by a person: all its days are one run. `number`: which try it is."""
    return dg.RunRequest(
        run_key=f"{what}, try {number}",
        job_name=job,
        partition_key=days[0].isoformat() if len(days) == 1 else None,
        tags={DAILY_TAG: "yes", ASKED_TAG: what, **tags_of_days(days)},
    )


class Tries:
    """Asks for things, each again only some time after it was asked for last, and not more than so often a day."""

    def __init__(self, instance: dg.DagsterInstance, now: datetime) -> None:
        self._instance = instance
        self._now = now

    def ask(self, what: str, job: str, days: Sequence[date] = ()) -> dg.RunRequest | dg.SkipReason:
        """The request for a thing, or when it will be asked for again. `what`: the same for each try at the same thing."""
        records = self._instance.get_run_records(filters=dg.RunsFilter(tags={ASKED_TAG: what}))
        ready_at = find_next_try([_ended_at(record) for record in records], self._now)
        if ready_at > self._now:
            return dg.SkipReason(
                f"Asked for {len(records)} times already, and not done: {what}. Again from {ready_at:%Y-%m-%d %H:%M} UTC."
            )
        return request(what, job, days, number=len(records) + 1)


def find_next_try(ends: Sequence[datetime], now: datetime) -> datetime:
    """The moment from which a thing may be tried again whose tries ended at these moments.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    >>> for ends in ([], [noon], [noon] * 2, [noon] * 3):
    ...     print(find_next_try(ends, noon).isoformat(" ", "minutes"))
    2026-05-04 12:00+00:00
    2026-05-04 12:15+00:00
    2026-05-04 14:00+00:00
    2026-05-05 12:00+00:00
    """
    recent = sorted(end for end in ends if end > now - A_DAY)
    if not recent:
        return now
    return recent[-1] + WAITS[len(recent) - 1] if len(recent) <= len(WAITS) else recent[0] + A_DAY


def _ended_at(record: dg.RunRecord) -> datetime:
    if record.end_time:
        return datetime.fromtimestamp(record.end_time, UTC)
    return record.create_timestamp.astimezone(UTC)
