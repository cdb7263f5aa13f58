"""What an asset shows of itself in the Dagster UI: its table, its columns, what a run did, whether its checks hold."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from brief_pipeline.errors import BriefError
from brief_pipeline.settings import home_folder
from brief_pipeline.warehouse.models import Check, Column, Model, Table, read_models, read_sources
from brief_pipeline.wiring.workbench import Reports

Row = Mapping[str, Any]

OWNERS = ["team:brief"]


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
    """Whether a model's rows keep what its contract promises."""
    for check in model.checks:
        broken = _count_broken(check, rows)
        yield dg.AssetCheckResult(passed=broken == 0, check_name=check.name, metadata={"rows": len(rows), "broken": broken})


def _count_broken(check: Check, rows: Sequence[Row]) -> int:
    if check.kind == "at_most":
        counts: Counter[date] = Counter(row["published_on"] for row in rows)
        return sum(count > check.limit for count in counts.values())
    if check.kind == "unique":
        keys = Counter(tuple(row[name] for name in check.columns) for row in rows)
        return sum(count - 1 for count in keys.values())
    if check.kind == "not_null":
        return sum(any(row[name] is None for name in check.columns) for row in rows)
    return sum(row[check.columns[0]] not in check.values for row in rows)
