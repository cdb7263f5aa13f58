"""The checks of an asset: what it promises of its rows, which of them break it, and what a broken promise says and stops."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import dagster as dg

from brief_pipeline.stages.explanation import SHORT_ID
from brief_pipeline.warehouse.checks import SqlCheck, find_broken, promise_keys, read_checks
from brief_pipeline.warehouse.contract import Promise, list_broken, measure_share, read_contract
from brief_pipeline.warehouse.models import Model, Table
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metadata import sql_folder
from brief_pipeline.wiring.quoting import find_misquoted

Row = Mapping[str, Any]

NAMED_ROWS = 20  # of those that break a check, in its metadata: a person reads no more
TOLD_ROWS = 3  # in a line of the command's output, where the metadata holds the others

VERBATIM = Promise(
    name="quotes_are_verbatim",
    asset="insights",
    said="Each quote stands in its transcript letter for letter, at the second and by the speaker that it is told with.",
    is_blocking=True,
    why="no quote, no insight: what was not said must never be told as said.",
    cure="Delete the episode's row in raw.extractions (duckdb data/brief.duckdb) and run the day again: it is read anew.",
)
IN_PYTHON: dict[str, Callable[[House, Sequence[date]], list[dict[str, Any]]]] = {VERBATIM.name: find_misquoted}


@dataclass(frozen=True)
class Verdict:
    """Whether a promise holds, and of which rows it does not."""

    promise: Promise
    broken: Sequence[Row]
    named: Sequence[str]  # the first of them, for people
    passed: bool
    notes: Mapping[str, float]

    @property
    def in_words(self) -> str:
        """What is broken, by which rows, and what to do."""
        return f"{self.promise.said} Not so: {_list(self.named, len(self.broken), TOLD_ROWS)}. {self.promise.cure}"


@cache
def _load_checks() -> tuple[SqlCheck, ...]:
    return read_checks(sql_folder())


def list_promises(asset: str, tables: Sequence[Table] = (), is_daily: bool = True) -> tuple[Promise, ...]:
    """What an asset promises of its rows. `tables`: the raw ones that it writes, whose keys are unique."""
    own: tuple[Promise, ...] = tuple(check for check in (*_load_checks(), VERBATIM) if check.asset == asset)
    return (promise_keys(asset, tables, is_daily), *own) if tables else own


def list_contract(model: Model) -> list[Promise]:
    """What the header of a SQL model promises."""
    return [promise for promise, _ in read_contract(model)]


def list_unplaced(assets: Sequence[str]) -> list[str]:
    """The checks of assets that do not exist: they would never run."""
    return [check.name for check in _load_checks() if check.asset not in assets]


def specify(promise: Promise) -> dg.AssetCheckSpec:
    """A promise as the Dagster UI shows it."""
    severity = "It stops what comes after it" if promise.is_blocking else "It only warns"
    return dg.AssetCheckSpec(
        promise.name,
        asset=promise.asset,
        description=f"{promise.said}\n\n{severity}: {promise.why}",
        blocking=promise.is_blocking,
    )


def check_rows(house: House, promises: Sequence[Promise], days: Sequence[date]) -> list[Verdict]:
    """Whether each promise holds on some days, and which rows break it."""
    found = [(promise, _find(house, promise, days)) for promise in promises]
    return [_judge(house, promise, broken, is_kept=not broken) for promise, broken in found]


def check_contract(house: House, model: Model, rows: Sequence[Row]) -> list[Verdict]:
    """Whether a model's rows keep what its header promises, and which do not."""
    verdicts = []
    for promise, check in read_contract(model):
        broken = list_broken(check, rows)
        share = measure_share(check, rows, len(broken))
        is_kept = not broken if share is None else share <= check.limit
        notes = {"rows": len(rows)} | ({} if share is None else {"share": round(share, 3), "at most": check.limit})
        verdicts.append(_judge(house, promise, broken, is_kept, **notes))
    return verdicts


def report_checks(
    house: House, result: dg.MaterializeResult[Any], verdicts: Sequence[Verdict], days: Sequence[date] = ()
) -> Iterator[dg.MaterializeResult[Any]]:
    """Gives a run's result with its checks; then ends the step, in words, where a promise that blocks is broken.

    In that order: what was written is kept and shown, and what comes after it in the run is not made.
    """
    checks = [_to_result(verdict) for verdict in verdicts]
    yield dg.MaterializeResult(asset_key=result.asset_key, metadata=result.metadata, check_results=checks)
    broken = [verdict for verdict in verdicts if not verdict.passed]
    for verdict in broken:
        if not verdict.promise.is_blocking:
            house.progress.end(verdict.promise.asset, f"warning: {verdict.in_words}")
    if blocking := [verdict for verdict in broken if verdict.promise.is_blocking]:
        told = " ".join(verdict.in_words for verdict in blocking)
        kept = "What was written is kept, and what comes after it was not made."
        raise dg.Failure(description=f"{blocking[0].promise.asset}: {told} {kept}{_say_again(days)}", allow_retries=False)


def _find(house: House, promise: Promise, days: Sequence[date]) -> Sequence[Row]:
    if isinstance(promise, SqlCheck):
        return find_broken(house.store, promise, days)
    return IN_PYTHON[promise.name](house, days)


def _judge(house: House, promise: Promise, broken: Sequence[Row], is_kept: bool, **notes: float) -> Verdict:
    return Verdict(promise, broken, _name_rows(house, broken[:NAMED_ROWS]), is_kept, notes)


def _to_result(verdict: Verdict) -> dg.AssetCheckResult:
    promise, count = verdict.promise, len(verdict.broken)
    metadata: dict[str, Any] = {**verdict.notes, "broken": count}
    if count:
        metadata["which"] = _list(verdict.named, count, NAMED_ROWS)
    if not verdict.passed:
        metadata["what to do"] = promise.cure
    return dg.AssetCheckResult(
        passed=verdict.passed,
        check_name=promise.name,
        severity=dg.AssetCheckSeverity.ERROR if promise.is_blocking else dg.AssetCheckSeverity.WARN,
        description=promise.said if verdict.passed else verdict.in_words,
        metadata=metadata,
    )


def _list(named: Sequence[str], count: int, most: int) -> str:
    shown = named[:most]
    return "; ".join(shown) + (f" ... and {count - len(shown)} more" if count > len(shown) else "")


def _say_again(days: Sequence[date]) -> str:
    if not days:
        return ""
    first, last = min(days), max(days)
    return f" Again: brief run --day {first}" if first == last else f" Again: brief backfill --from {first} --to {last}"


def _name_rows(house: House, rows: Sequence[Row]) -> list[str]:
    """What each row is about, for people: show and title, the listener, the day; and what is wrong with it."""
    titles = _read_titles(house, rows)
    return [_name(row, titles) for row in rows]


def _name(row: Row, titles: Mapping[str, str]) -> str:
    about = ": ".join(str(row[key]) for key in ("show_title", "title") if row.get(key))
    about = about or titles.get(row.get("insight_id") or "") or titles.get(row.get("episode_id") or "") or ""
    parts = [about, *(str(row[key]) for key in ("listener", "published_on") if row.get(key) and "fault" in row)]
    if row.get("insight_id"):
        parts.append(f"insight {row['insight_id'][:SHORT_ID]}")
    elif row.get("episode_id") and not about:
        parts.append(f"episode {row['episode_id']}")
    who = ", ".join(filter(None, parts))
    return ": ".join(filter(None, (who, row.get("fault")))) or str(next(iter(row.values()), ""))


def _read_titles(house: House, rows: Sequence[Row]) -> dict[str, str]:
    """Show and title by the ids of the insights and episodes that rows are about."""
    insights = sorted({row["insight_id"] for row in rows if row.get("insight_id")})
    homes = house.store.select("raw.insights", ("insight_id", "episode_id"), insight_id=insights) if insights else []
    episodes = {row["episode_id"] for row in (*rows, *homes) if row.get("episode_id")}
    about = ("episode_id", "show_title", "title")
    found = house.store.select("raw.episodes", about, episode_id=sorted(episodes)) if episodes else []
    titles = {row["episode_id"]: f"{row['show_title']}: {row['title']}" for row in found}
    return titles | {row["insight_id"]: titles[row["episode_id"]] for row in homes if row["episode_id"] in titles}
