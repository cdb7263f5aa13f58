"""What an asset shows of itself in the Dagster UI: its table, its columns, what a run did, whether its checks hold."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from brief_pipeline.errors import BriefError
from brief_pipeline.settings import home_folder
from brief_pipeline.warehouse.models import Check, Column, Model, Table, read_models, read_sources
from brief_pipeline.wiring.workbench import Reports

Row = Mapping[str, Any]

OWNERS = ["team:brief"]
NAMED_ROWS = 20  # of those that break a check, in its metadata: a person reads no more


def sql_folder() -> Path:
    """The folder of the SQL files."""
    return home_folder() / "dbt_like_sql"


def load_tables() -> dict[str, Table]:
    """The raw tables by name."""
    return {table.name: table for table in read_sources(sql_folder())}


def load_models() -> tuple[Model, ...]:
    """The SQL models, each after what it reads."""
    return read_models(sql_folder())


def describe_table(name: str, columns: Sequence[Column]) -> dict[str, Any]:
    """An asset's lasting metadata: the table's name and column schema."""
    schema = [dg.TableColumn(column.name, column.type, column.description) for column in columns]
    return {"dagster/table_name": name, "dagster/column_schema": dg.TableSchema(columns=schema)}


@contextmanager
def failures_in_words() -> Iterator[None]:
    """Ends the step with what went wrong in words, instead of a traceback, where it is one of our own errors."""
    try:
        yield
    except BriefError as failed:
        raise dg.Failure(description=str(failed), allow_retries=False) from failed


def report_run(context: dg.AssetExecutionContext, reports: Reports) -> dg.MaterializeResult[Any]:
    """A run's result: what was done, by day where there are days."""
    for day, report in reports.items():
        counts = {"done": report.done, "reused": report.reused, "failed": report.failed, "skipped": report.skipped}
        metadata = {**(counts if any(counts.values()) else {}), **report.notes}
        rows = metadata.pop("rows", None)
        if day is None:
            return dg.MaterializeResult(metadata={**metadata, "dagster/row_count": rows or 0})
        if rows is not None:
            metadata["dagster/partition_row_count"] = rows
        context.add_asset_metadata(metadata, partition_key=day.isoformat())
    return dg.MaterializeResult()


def run_checks(model: Model, rows: Sequence[Row]) -> Iterator[dg.AssetCheckResult]:
    """Whether a model's rows keep what its contract promises, and which do not."""
    for check in model.checks:
        broken = _list_broken(check, rows)
        share = _measure_share(check, rows, len(broken))
        metadata: dict[str, Any] = {"rows": len(rows), "broken": len(broken)}
        if broken:
            metadata["which"] = _name_rows(broken)
        if share is not None:
            metadata |= {"share": round(share, 3), "at most": check.limit}
        yield dg.AssetCheckResult(
            passed=not broken if share is None else share <= check.limit,
            check_name=check.name,
            severity=dg.AssetCheckSeverity.WARN if check.is_warning else dg.AssetCheckSeverity.ERROR,
            metadata=metadata,
        )


def _measure_share(check: Check, rows: Sequence[Row], broken: int) -> float | None:
    """What a check on a whole compares with its limit; None where each row counts for itself."""
    if check.kind == "share":
        return broken / len(rows) if rows else 0.0
    if check.kind == "ratio":
        part, whole = (sum(row[name] or 0 for row in rows) for name in check.columns)
        return part / whole if whole else 0.0
    return None


def _list_broken(check: Check, rows: Sequence[Row]) -> list[Row]:
    """The rows that a promise does not hold for; of several with one key, or over a limit, all but as many as may be."""
    if check.kind in ("at_most", "unique"):
        names, most = (check.columns, 1) if check.kind == "unique" else (("published_on", *check.columns), check.limit)
        keys: Counter[Any] = Counter()
        broken = []
        for row in rows:
            key = tuple(row[name] for name in names)
            keys[key] += 1
            if keys[key] > most:
                broken.append(row)
        return broken
    return [row for row in rows if _is_broken(check, row)]


def _is_broken(check: Check, row: Row) -> bool:
    values = [row[name] for name in check.columns]
    if check.kind == "not_null":
        return any(value is None for value in values)
    if check.kind == "zero":
        return any(values)
    if check.kind == "at_least":
        return values[0] is not None and values[0] < check.limit
    if check.kind == "share":
        return check.values[0] in (values[0] or ())
    if check.kind == "ratio":
        return bool(values[0])
    return values[0] not in check.values


def _name_rows(rows: Sequence[Row]) -> str:
    """The rows that a check is about, for people: by show and title where they have them."""
    named = [": ".join(str(row[key]) for key in ("show_title", "title") if row.get(key)) for row in rows[:NAMED_ROWS]]
    named = [name or str(next(iter(row.values()), "")) for name, row in zip(named, rows, strict=False)]
    return "; ".join(named) + (f" ... and {len(rows) - NAMED_ROWS} more" if len(rows) > NAMED_ROWS else "")
