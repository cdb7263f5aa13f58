"""What could not be done: raw.failures, read for people, and tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import dagster as dg

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.stages.estimate import cut_slices
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.backfilling import ask_all_feeds, find_read, run_slices
from brief_pipeline.wiring.house import House

Row = dict[str, Any]
Key = tuple[str, str]  # stage and item

FEEDS = "feeds"  # the stage whose items have no day
STAGES = (
    "feeds",
    "subscribers",
    "transcript_files",
    "audio",
    "transcripts",
    "chunks",
    "insights",
)  # that work through items


@dataclass(frozen=True)
class Failure:
    """An item that could not be done."""

    stage: str
    item_id: str
    item: str
    day: date | None
    error: str
    reason: str
    attempts: int
    is_retryable: bool
    since: datetime
    last: datetime

    @property
    def key(self) -> Key:
        return self.stage, self.item_id


@dataclass(frozen=True)
class Retried:
    """What became of a failure: done, failed again, or not tried."""

    failure: Failure
    outcome: str
    reason: str = ""


def list_failures(house: House, stage: str | None = None) -> list[Failure]:
    """The failures, of one stage or of all: by stage in the order of the work, then by day. Raises SettingsInvalid."""
    if stage is not None and stage not in STAGES:
        raise SettingsInvalid(f"{stage!r} is no stage whose items can fail: name one of {', '.join(STAGES)}.")
    rows = house.store.select("raw.failures", **({"stage": stage} if stage else {}))
    return sorted(map(_read, rows), key=_order)


def retry_failures(
    house: House, instance: dg.DagsterInstance, failures: Sequence[Failure]
) -> tuple[list[Retried], list[str]]:
    """Tries them again, also those that failed for good. Gives what became of each, and why runs did not come to an end.

    The feeds are asked; then the days concerned are run to their briefs, oldest first, as a backfill does it. All of it in
    runs of Dagster, so that the lineage stays true. What was done before is found again, so this costs little more than the
    items themselves.
    """
    _lift(house, failures)
    if any(failure.stage == FEEDS for failure in failures):
        asked = ask_all_feeds(house, instance)
        if asked.was_stopped:
            return _compare(house, failures), list(asked.problems)
    slices = cut_slices(sorted({failure.day for failure in failures if failure.day}), house.settings.backfill.days_per_run)
    problems = [problem for part in run_slices(house, instance, slices) for problem in part.ran.problems]
    return _compare(house, failures), problems


def _read(row: Row) -> Failure:
    return Failure(
        stage=row["stage"],
        item_id=row["item_id"],
        item=row["item_label"] or row["item_id"],
        day=row["published_on"],
        error=row["error"],
        reason=row["reason"],
        attempts=row["attempts_count"],
        is_retryable=row["is_retryable"],
        since=row["first_failed_at"],
        last=row["last_failed_at"],
    )


def _order(failure: Failure) -> tuple[int, str, str, str]:
    place = STAGES.index(failure.stage) if failure.stage in STAGES else len(STAGES)
    return place, str(failure.day or ""), failure.item, failure.item_id


def _lift(house: House, failures: Sequence[Failure]) -> None:
    """Lets what failed for good be tried again, and feeds that rest after failures be asked. How often it failed is kept."""
    keys = {failure.key for failure in failures if not failure.is_retryable}
    rows = [row for row in house.store.select("raw.failures") if (row["stage"], row["item_id"]) in keys]
    changes = [
        Change("raw.failures", [{**row, "is_retryable": True}], {"stage": row["stage"], "item_id": row["item_id"]})
        for row in rows
    ]
    feeds = [failure.item_id for failure in failures if failure.stage == FEEDS]
    resting = [
        row for row in house.store.select("raw.feeds", feed_id=feeds) if row["next_try_at"] or row["status"] == "ended"
    ]
    changes += [
        Change("raw.feeds", [{**row, "status": "unreachable", "next_try_at": None}], {"feed_id": row["feed_id"]})
        for row in resting
    ]
    if changes:
        house.store.apply(changes)


def _compare(house: House, failures: Sequence[Failure]) -> list[Retried]:
    """What became of failures, by the rows there are now.

    One that was not tried, because its episode was read another way (its audio could not be had, and then a transcript was
    offered), goes. One that was not tried for another reason is as it was before.
    """
    now = {failure.key: failure for failure in list_failures(house)}
    read = find_read(house, sorted({failure.day for failure in failures if failure.day}))
    untried = [f for f in failures if f.key in now and now[f.key].attempts == f.attempts]
    moot = {f.key for f in untried if f.item_id in read}
    for failure in untried:
        scope = {"stage": failure.stage, "item_id": failure.item_id}
        rows = house.store.select("raw.failures", **scope)
        kept = [] if failure.key in moot else [{**row, "is_retryable": failure.is_retryable} for row in rows]
        house.store.replace("raw.failures", kept, **scope)
    return [_tell(failure, now.get(failure.key), failure.key in moot) for failure in failures]


def _tell(before: Failure, after: Failure | None, is_moot: bool) -> Retried:
    if is_moot:
        return Retried(before, "done", "its episode was read another way")
    if after is None:
        return Retried(before, "done")
    if after.attempts > before.attempts:
        return Retried(before, "failed again", after.reason)
    return Retried(before, "not tried", "the run did not come to it, or its show is not followed any more")
