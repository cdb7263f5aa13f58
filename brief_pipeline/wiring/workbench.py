"""How every stage works through its items: what is done is not done again, what fails is a row, and the rest goes on."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar

from brief_pipeline.errors import CapReached, PassingFailure, PermanentFailure, StageFailed
from brief_pipeline.records import StageReport
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House

Value = TypeVar("Value")
Outcome = TypeVar("Outcome")
Reports = dict[date | None, StageReport]

SHOWN_REASONS = 3


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
    reasons: list[str] = field(default_factory=list)
    is_capped: bool = False

    def total(self, kind: str) -> int:
        return sum(counter[kind] for counter in self.counts.values())

    def reports(self) -> Reports:
        return {
            day: StageReport(counter["done"], counter["reused"], counter["failed"], counter["skipped"])
            for day, counter in self.counts.items()
        }


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
    tally, waiting = _Tally(), []
    for item in items:
        known = failures.get(item.item_id)
        if item.is_done:
            tally.counts[item.published_on]["reused"] += 1
        elif known and not retries_permanent and _is_hopeless(item, known):
            tally.counts[item.published_on]["skipped"] += 1
            tally.reasons.append(f"{item.label}: {known['reason']}")
        else:
            waiting.append(item)
    house.progress.begin(stage, len(waiting))
    for item, outcome, error in _outcomes(house, stage, waiting, do, workers):
        if error is None:
            if stopped := keep(item, outcome):
                _note_failure(house, stage, item, stopped, failures.get(item.item_id))
            elif item.item_id in failures:
                house.store.apply([Change("raw.failures", [], {"stage": stage, "item_id": item.item_id})])
            tally.counts[item.published_on]["done"] += 1
        else:
            tally.is_capped = tally.is_capped or isinstance(error, CapReached)
            _note_failure(house, stage, item, error, failures.get(item.item_id))
            tally.counts[item.published_on]["failed"] += 1
            tally.reasons.append(f"{item.label}: {error}")
        house.progress.item_done(stage)
    _finish(house, stage, tally, len(items), may_all_fail)
    return tally.reports()


def input_hashes(house: House, table: str, days: Sequence[date]) -> dict[str, str]:
    """What each episode's rows of a table were made from."""
    rows = house.store.select(table, ("episode_id", "input_hash"), published_on=list(days))
    return {row["episode_id"]: row["input_hash"] for row in rows}


def merge_notes(reports: Reports, day: date | None, **notes: float | int | str) -> None:
    """Adds what else is worth saying of a day to its report."""
    known = reports.get(day, StageReport())
    reports[day] = replace(known, notes={**known.notes, **notes})


def _is_hopeless(item: Item[Any], failure: dict[str, Any]) -> bool:
    return not failure["is_retryable"] and failure["input_hash"] == item.input_hash


def _outcomes(
    house: House, stage: str, items: Sequence[Item[Value]], do: Callable[[Item[Value]], Outcome], workers: int
) -> Iterator[tuple[Item[Value], Any, Exception | None]]:
    def attempt(item: Item[Value]) -> tuple[Any, Exception | None]:
        house.progress.item(stage, item.label)
        try:
            return do(item), None
        except (PermanentFailure, PassingFailure) as failure:
            return None, failure

    with _mapper(workers) as spread:
        for item, (outcome, error) in zip(items, spread(attempt, items), strict=True):
            yield item, outcome, error


@contextmanager
def _mapper(workers: int) -> Iterator[Callable[..., Iterator[Any]]]:
    if workers == 1:
        yield map
        return
    with ThreadPoolExecutor(workers) as pool:
        yield pool.map


def _note_failure(house: House, stage: str, item: Item[Any], error: Exception, earlier: dict[str, Any] | None) -> None:
    now = house.clock()
    row = {
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


def _finish(house: House, stage: str, tally: _Tally, items: int, may_all_fail: bool) -> None:
    failed = tally.total("failed") + tally.total("skipped")
    said = [f"{tally.total(kind)} {word}" for kind, word in (("done", "done"), ("reused", "as before")) if tally.total(kind)]
    house.progress.end(stage, ", ".join(said + ([f"{failed} failed"] if failed else [])) or "nothing to do")
    if items and failed == items and not may_all_fail and not tally.is_capped:
        shown = "; ".join(tally.reasons[:SHOWN_REASONS])
        more = f"; and {failed - SHOWN_REASONS} more, in raw.failures" if failed > SHOWN_REASONS else ""
        raise StageFailed(f"{stage}: all {items} failed. {shown}{more}")
