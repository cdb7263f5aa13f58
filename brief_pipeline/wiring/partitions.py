"""The partitions: the UTC days on which episodes came out."""

import warnings
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import dagster as dg
from dagster._core.storage.tags import BACKFILL_ID_TAG, SCHEDULE_NAME_TAG

from brief_pipeline.records import FIRST_DAY

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # BackfillPolicy: measured to work, and pinned below 1.14
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC")
BACKFILL_TAG = "brief/backfill"  # of a run that is part of a command-line backfill: it mails nobody
DAILY_TAG = "brief/daily"  # of a command-line run for the day that is due
ONE_RUN = dg.BackfillPolicy.single_run()  # a range of days is one run: one load of each model, days in order


def days_of(context: dg.AssetExecutionContext) -> list[date]:
    """The days of a run, in order."""
    return sorted(date.fromisoformat(key) for key in context.partition_keys)


def is_asked_for(context: dg.AssetExecutionContext) -> bool:
    """Whether somebody asked for these days, as opposed to the daily run that the schedule or `brief run` starts."""
    return not {SCHEDULE_NAME_TAG, DAILY_TAG} & set(context.run.tags)


def is_backfill(context: dg.AssetExecutionContext) -> bool:
    """Whether the run is part of a backfill, of the command line or of the UI."""
    return bool({BACKFILL_TAG, BACKFILL_ID_TAG} & set(context.run.tags))


def began_at(context: dg.AssetExecutionContext) -> datetime | None:
    """When the run began, where the instance knows."""
    record = context.instance.get_run_record_by_id(context.run_id)
    return datetime.fromtimestamp(record.start_time, UTC) if record and record.start_time else None


def last_whole_day(now: datetime) -> date:
    """The last day that is over in UTC: the one a daily run is about."""
    return now.astimezone(UTC).date() - timedelta(days=1)


def days_between(first: date, last: date) -> Sequence[date]:
    """The days from the first to the last, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
