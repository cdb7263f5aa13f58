"""A range of days, run in slices, oldest first: planned with what it will take, stopped and gone on with as one likes.

A slice is one Dagster run over days in a row, as the UI shows it. What is done is read from the tables and from Dagster's
events, so nothing is remembered beside them: the same command again does what is left.

No backfill mails anybody: its runs carry BACKFILL_TAG, and the asset that will mail leaves those alone (as it has to leave
backfills from the UI, which Dagster tags "dagster/backfill").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import dagster as dg
from dagster._core.storage.tags import MAX_RETRIES_TAG

from brief_pipeline.stages.estimate import Estimate, Slice, cut_slices
from brief_pipeline.wiring.automation import ask_feeds, due_brief
from brief_pipeline.wiring.estimating import estimate_range, find_known
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import BACKFILL_TAG
from brief_pipeline.wiring.runs import Ran, run_days, run_job

TAGS = {BACKFILL_TAG: "yes", MAX_RETRIES_TAG: "0"}  # the daemon starts no failed slice again: this command splits it
# Days that fail one after the other: from here on it is not about the days. A model is missing, a key is refused, the disk
# is full; to go on would download a year of audio to fail at it.
MOST_FAILED_DAYS = 3


@dataclass(frozen=True)
class Plan:
    """What a backfill will do. `waiting`: each day that is not done, with the reason."""

    days: Sequence[date]
    waiting: Mapping[date, str]
    slices: Sequence[Slice]
    estimate: Estimate


@dataclass(frozen=True)
class SliceRan:
    """How a slice went, or a day of one that failed and was split."""

    days: Slice
    ran: Ran


def ask_all_feeds(house: House, instance: dg.DagsterInstance) -> Ran:
    """Asks the feeds, so that the plan knows the episodes of the range."""
    return run_job(house, ask_feeds.name, instance, TAGS)


def plan_backfill(house: House, instance: dg.DagsterInstance, days: Sequence[date], again: bool = False) -> Plan:
    """What there is to do of the days, and what it will take. `again`: also the days that are done."""
    waiting = find_waiting(house, instance, days)
    todo = [day for day in days if again or day in waiting]
    slices = cut_slices(todo, house.settings.backfill.days_per_run)
    return Plan(tuple(days), waiting, slices, estimate_range(house, slices))


def run_slices(house: House, instance: dg.DagsterInstance, slices: Sequence[Slice]) -> Iterator[SliceRan]:
    """Runs slice after slice, oldest first, and gives each as it ends.

    A slice that fails is run again day by day, which finds again what it did: so one day that cannot be done (its only
    episode is in a language that nobody reads) does not hold up the others of its slice. Such a day is passed over, and the
    days after it are told without it. That costs them the knowledge of what it would have said first, and no more: when it
    is done later, nothing is told twice, since a day that is filled in knows what was told after it. To stop at it would
    keep a range from ever coming to its end. But after three days with episodes that failed in a row nothing more is
    started.
    """
    failed_in_a_row = 0
    for days in slices:
        ran = run_slice(house, days, instance)
        if ran.succeeded or ran.was_stopped or len(days) == 1:
            parts: Iterator[SliceRan] = iter([SliceRan(days, ran)])
        else:
            parts = (SliceRan((day,), run_slice(house, (day,), instance)) for day in days)
        known = find_known(house, days)
        for part in parts:
            yield part
            if part.ran.was_stopped:
                return
            if not part.ran.succeeded:
                failed_in_a_row += 1
            elif any(known.get(day) for day in part.days):
                failed_in_a_row = 0
            if failed_in_a_row == MOST_FAILED_DAYS:
                return


def run_slice(house: House, days: Slice, instance: dg.DagsterInstance) -> Ran:
    """Runs the pipeline over days in a row as one Dagster run of a backfill, without asking the feeds again."""
    return run_days(house, days, instance, job=due_brief.name, tags=TAGS)


def find_waiting(house: House, instance: dg.DagsterInstance, days: Sequence[date]) -> dict[date, str]:
    """The days that are not done, each with the reason. That settings changed since is no reason: ask for it (`again`)."""
    looks = (_find_unmade, _find_unlooked, _find_unread, _find_failed)
    reasons = [look(house, days) for look in looks]
    reasons.insert(0, _find_unrecorded(instance, days))
    return {day: why for day in days if (why := next((found[day] for found in reasons if day in found), None))}


def _find_unrecorded(instance: dg.DagsterInstance, days: Sequence[date]) -> dict[date, str]:
    """Days without Dagster's event that their brief was made: never run, or stopped on the way."""
    made = instance.get_materialized_partitions(dg.AssetKey("brief"))
    return {day: "no run of it came to its end" for day in days if day.isoformat() not in made}


def _find_unmade(house: House, days: Sequence[date]) -> dict[date, str]:
    """Days without a brief, or with one from before something that it rests on."""
    among = {"published_on": list(days)}
    made: dict[date, datetime] = {}
    for row in house.store.select("raw.briefs", ("published_on", "json_path"), **among):
        page = house.settings.data / row["json_path"]
        written = datetime.fromtimestamp(page.stat().st_mtime, UTC) if page.exists() else datetime.min.replace(tzinfo=UTC)
        made[row["published_on"]] = min(written, made.get(row["published_on"], written))
    newest: dict[date, datetime] = {}
    for table in ("raw.transcripts", "raw.extractions"):
        for row in house.store.select(table, ("published_on", "made_at"), **among):
            newest[row["published_on"]] = max(row["made_at"], newest.get(row["published_on"], row["made_at"]))
    stale = {
        day: "what it rests on is newer than its brief"
        for day in days
        if day in newest and newest[day] > made.get(day, newest[day])
    }
    return {day: "it has no brief" for day in days if day not in made} | stale


def _find_unlooked(house: House, days: Sequence[date]) -> dict[date, str]:
    """Days that have episodes which turned up after the day was looked at, or of a show that was not followed then."""
    columns = ("feed_id", "published_on", "looked_at")
    rows = house.store.select("raw.feed_days", columns, published_on=list(days))
    looked = {(row["feed_id"], row["published_on"]): row["looked_at"] for row in rows}
    followed = [row["feed_id"] for row in house.store.select("raw.feeds", ("feed_id",))]
    columns = ("feed_id", "published_on", "first_seen_at")
    seen = house.store.select("raw.feed_items", columns, published_on=list(days), feed_id=followed, same_as=None)
    late: dict[date, int] = {}
    for row in seen:
        at = looked.get((row["feed_id"], row["published_on"]))
        if at is None or row["first_seen_at"] > at:
            late[row["published_on"]] = late.get(row["published_on"], 0) + 1
    return {day: f"{number} turned up after it was looked at" for day, number in late.items()}


def _find_unread(house: House, days: Sequence[date]) -> dict[date, str]:
    """Days with episodes that were let through, or would be by a backfill, and that nobody has read."""
    failed = {row["item_id"] for row in house.store.select("raw.failures", ("item_id",), published_on=list(days))}
    settled = find_read(house, days) | failed
    waiting = {
        day: sum(episode.episode_id not in settled for episode in episodes)
        for day, episodes in find_known(house, days).items()
    }
    return {day: f"{number} not read" for day, number in waiting.items() if number}


def _find_failed(house: House, days: Sequence[date]) -> dict[date, str]:
    """Days with failures that may pass. One on the way to an episode that was read all the same counts no more."""
    columns = ("item_id", "published_on")
    rows = house.store.select("raw.failures", columns, published_on=list(days), is_retryable=True)
    read = find_read(house, days)
    found = [row["published_on"] for row in rows if row["item_id"] not in read]
    return {day: f"{found.count(day)} failed, and may work now" for day in set(found)}


def find_read(house: House, days: Sequence[date]) -> set[str]:
    """The episodes of the days that were read to their end, by id."""
    rows = house.store.select("raw.extractions", ("episode_id",), published_on=list(days), stopped_reason=None)
    return {row["episode_id"] for row in rows}


def list_spans(days: Sequence[date], waiting: Mapping[date, str]) -> list[tuple[date, date, int, str | None]]:
    """The days as spans of one state: first, last, how many, and why they are not done (None: they are).

    >>> from datetime import date
    >>> may = [date(2026, 5, n) for n in (1, 2, 3)]
    >>> [(span[2], span[3]) for span in list_spans(may, {may[2]: "it has no brief"})]
    [(2, None), (1, 'it has no brief')]
    """
    spans: list[tuple[date, date, int, str | None]] = []
    for day in days:
        why = waiting.get(day)
        if spans and spans[-1][3] == why:
            first, _, number, _ = spans[-1]
            spans[-1] = (first, day, number + 1, why)
        else:
            spans.append((day, day, 1, why))
    return spans
