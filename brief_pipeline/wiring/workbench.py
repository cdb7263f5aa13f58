"""How every stage works through its items: what is done is not done again, what fails is a row, and the rest goes on."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar

from structlog.typing import FilteringBoundLogger

from brief_pipeline.errors import CapReached, PassingFailure, PermanentFailure, StageFailed
from brief_pipeline.records import StageReport
from brief_pipeline.stages.brief import escape_markdown
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.logs import hide_in_text, open_log
from brief_pipeline.wiring.timing import DECIMALS, on_day, step

Value = TypeVar("Value")
Outcome = TypeVar("Outcome")
Reports = dict[date | None, StageReport]
Row = dict[str, Any]

SHOWN_REASONS = 3
LONGEST_REASON = 300  # characters of one, where it is shown beside others; raw.failures has it whole
WHY = "why"  # the note of a report that says so in Markdown, a line a reason


@dataclass(frozen=True)
class Item(Generic[Value]):
    """Something a stage has to do. `input_hash`: what it would be made from. `is_done`: it was made from that already."""

    item_id: str
    label: str
    published_on: date | None
    input_hash: str
    is_done: bool
    value: Value


@dataclass
class _Tally:
    counts: dict[date | None, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: list[tuple[date | None, str, str]] = field(default_factory=list)  # the day, what became of an item, why
    is_capped: bool = False

    def count(self, item: "Item[Any]", kind: str, reason: str | None = None) -> None:
        self.counts[item.published_on][kind] += 1
        if reason is not None:
            self.reasons.append((item.published_on, kind, f"{item.label}: {reason}"))

    def total(self, kind: str) -> int:
        return sum(counter[kind] for counter in self.counts.values())

    def reports(self) -> Reports:
        reports = {
            day: StageReport(counter["done"], counter["reused"], counter["failed"], counter["skipped"])
            for day, counter in self.counts.items()
        }
        for day in reports:
            for kind, words in (("failed", "failed"), ("skipped", "not tried again"), ("stopped", "stopped on the way")):
                reasons = [why for when, what, why in self.reasons if (when, what) == (day, kind)]
                tell_why(reports, day, words, reasons)
        return reports


def work_through(
    house: House,
    stage: str,
    items: Sequence[Item[Value]],
    do: Callable[[Item[Value]], Outcome],
    keep: Callable[[Item[Value], Outcome], PassingFailure | None],
    *,
    workers: int = 1,
    may_all_fail: bool = False,
    retries_permanent: bool = False,
) -> Reports:
    """Does what is not done yet; says how it went, by day. `do` may run in a thread, `keep` in this one.

    A PermanentFailure or PassingFailure of `do` becomes a row of raw.failures, which goes when the item succeeds. An item
    that failed for good is left alone until its input changes. `keep` may give back what stopped an item on its way: what
    was made of it is kept and counts as done, and the failure is a row. Raises StageFailed when every item failed, unless
    others can stand in for the stage (`may_all_fail`) or a cap stopped some: that is as the settings want it. Anything else
    that is raised is a defect and stops the run.
    """
    failures = {row["item_id"]: row for row in house.store.select("raw.failures", stage=stage)}
    log, tally = open_log(house.settings).bind(stage=stage), _Tally()
    waiting = list(_leave_out(items, {} if retries_permanent else failures, tally, log))
    house.progress.begin(stage, len(waiting))
    for item, made in _outcomes(house, stage, waiting, do, workers):
        known = failures.get(item.item_id)
        stopped = made.error or _keep(house, stage, item, made.outcome, keep, known)
        if stopped:
            _note_failure(house, stage, item, stopped, known, log.bind(seconds=made.seconds, is_kept=made.error is None))
        else:
            log.info("item done", **_name(item), seconds=made.seconds)
        tally.is_capped = tally.is_capped or isinstance(made.error, CapReached)
        if made.error is None:
            tally.count(item, "done")
        if stopped:
            tally.count(item, "failed" if made.error else "stopped", str(stopped))
        house.progress.item_done(stage)
    _finish(house, stage, tally, len(items), may_all_fail)
    return tally.reports()


def _leave_out(
    items: Sequence[Item[Value]], failures: Mapping[str, Row], tally: _Tally, log: FilteringBoundLogger
) -> Iterator[Item[Value]]:
    """The items that are to be done: not done yet, and not known to fail again."""
    for item in items:
        known = failures.get(item.item_id)
        if item.is_done:
            tally.count(item, "reused")
        elif known and _is_hopeless(item, known):
            tally.count(item, "skipped", known["reason"])
            log.info("item skipped", **_name(item), reason=known["reason"])
        else:
            yield item


def _keep(
    house: House,
    stage: str,
    item: Item[Value],
    outcome: Outcome,
    keep: Callable[[Item[Value], Outcome], PassingFailure | None],
    known: Row | None,
) -> PassingFailure | None:
    """Keeps what was made of an item, and forgets that it failed before. What stopped it on its way, if anything."""
    with on_day(item.published_on), step("writing"):
        stopped = keep(item, outcome)
        if known and not stopped:
            house.store.apply([Change("raw.failures", [], {"stage": stage, "item_id": item.item_id})])
    return stopped


def input_hashes(house: House, table: str, days: Sequence[date]) -> dict[str, str]:
    """What each episode's rows of a table were made from."""
    rows = house.store.select(table, ("episode_id", "input_hash"), published_on=list(days))
    return {row["episode_id"]: row["input_hash"] for row in rows}


def merge_notes(reports: Reports, day: date | None, **notes: float | int | str) -> None:
    """Adds what else is worth saying of a day to its report."""
    known = reports.get(day, StageReport())
    reports[day] = replace(known, notes={**known.notes, **notes})


def tell_why(reports: Reports, day: date | None, what: str, reasons: Sequence[str], where: str = "raw.failures") -> None:
    """Adds to a day's report why something was not done: the first reasons, and how many more there are.

    `what` became of it: "failed", "kept out" ... `where` all of them are found.
    """
    if not reasons:
        return
    shown = [escape_markdown(_shorten(hide_in_text(reason))) for reason in reasons[:SHOWN_REASONS]]
    lines = [f"- {what}: {reason}" for reason in shown]
    if more := len(reasons) - len(shown):
        lines.append(f"- {what}: {more} more, in {where}")
    known = reports.get(day, StageReport()).notes.get(WHY)
    merge_notes(reports, day, **{WHY: "\n".join([str(known), *lines] if known else lines)})


def count_reasons(reasons: Mapping[str, int]) -> list[str]:
    """Reasons with how often each holds, the most frequent first.

    >>> count_reasons({"a trailer": 1, "shorter than 60 s": 4})
    ['4: shorter than 60 s', '1: a trailer']
    """
    return [f"{count}: {reason}" for reason, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])) if count]


def _shorten(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]} …"


def _is_hopeless(item: Item[Any], failure: dict[str, Any]) -> bool:
    return not failure["is_retryable"] and failure["input_hash"] == item.input_hash


def _name(item: Item[Any]) -> dict[str, Any]:
    return {"day": item.published_on, "item": item.label, "item_id": item.item_id}


@dataclass(frozen=True)
class _Made:
    """What came of an item: an outcome or an error."""

    outcome: Any
    error: Exception | None
    seconds: float


def _outcomes(
    house: House, stage: str, items: Sequence[Item[Value]], do: Callable[[Item[Value]], Outcome], workers: int
) -> Iterator[tuple[Item[Value], _Made]]:
    def attempt(item: Item[Value]) -> _Made:
        house.progress.item(stage, item.label)
        began = time.monotonic()
        outcome: Any = None
        error: Exception | None = None
        try:
            with on_day(item.published_on):
                outcome = do(item)
        except (PermanentFailure, PassingFailure) as failure:
            error = failure
        except Exception as defect:
            defect.add_note(f"It happened in stage {stage}, at {item.label} ({item.item_id}).")
            raise
        return _Made(outcome, error, round(time.monotonic() - began, DECIMALS))

    with _mapper(workers) as spread:
        yield from zip(items, spread(attempt, items), strict=True)


@contextmanager
def _mapper(workers: int) -> Iterator[Callable[..., Iterator[Any]]]:
    if workers == 1:
        yield map
        return
    here = copy_context()  # what is bound for the log, and the stopwatch, hold in the threads too
    with ThreadPoolExecutor(workers) as pool:
        yield lambda do, items: pool.map(lambda item: here.copy().run(do, item), items)


def _note_failure(
    house: House, stage: str, item: Item[Any], error: Exception, earlier: Row | None, log: FilteringBoundLogger
) -> None:
    now = house.clock()
    row: Row = {
        "stage": stage,
        "item_id": item.item_id,
        "item_label": item.label,
        "published_on": item.published_on,
        "error": next(kind.__name__ for kind in type(error).__mro__ if not kind.__name__.startswith("_")),
        "reason": str(error),
        "is_retryable": isinstance(error, PassingFailure),
        "attempts_count": (earlier["attempts_count"] if earlier else 0) + 1,
        "input_hash": item.input_hash,
        "first_failed_at": earlier["first_failed_at"] if earlier else now,
        "last_failed_at": now,
    }
    house.store.replace("raw.failures", [row], stage=stage, item_id=item.item_id)
    told = {name: row[name] for name in ("reason", "error", "is_retryable", "attempts_count")}
    log.warning("item failed", **_name(item), **told)


def _finish(house: House, stage: str, tally: _Tally, items: int, may_all_fail: bool) -> None:
    failed = tally.total("failed") + tally.total("skipped")
    said = [f"{tally.total(kind)} {word}" for kind, word in (("done", "done"), ("reused", "as before")) if tally.total(kind)]
    house.progress.end(stage, ", ".join(said + ([f"{failed} failed"] if failed else [])) or "nothing to do")
    if items and failed == items and not may_all_fail and not tally.is_capped:
        shown = "; ".join(reason for _, _, reason in tally.reasons[:SHOWN_REASONS])
        more = f"; and {failed - SHOWN_REASONS} more, in raw.failures" if failed > SHOWN_REASONS else ""
        raise StageFailed(f"{stage}: all {items} failed. {shown}{more}")
