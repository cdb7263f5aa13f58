"""An asset for each SQL file of dbt_like_sql/: its own text says what it depends on, its contract becomes its checks."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import dagster as dg

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.lineage import Source, trace_columns
from brief_pipeline.warehouse.models import Model
from brief_pipeline.wiring.assets import PYTHON_ASSETS, TABLES, WRITTEN_BY, tables_of
from brief_pipeline.wiring.checks import (
    check_contract,
    check_rows,
    list_contract,
    list_promises,
    list_unplaced,
    report_checks,
    specify,
)
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metadata import OWNERS, describe_table, failures_in_words, load_models
from brief_pipeline.wiring.partitions import DAYS, ONE_RUN, days_of
from brief_pipeline.wiring.turns import take_stage

MODELS = load_models()
# What says the same and what is related is compared for all; what is chosen for a listener is telling.
COMPARING = frozenset(("unique_insights", "related_insights"))


def _writer_of(table: str) -> str | None:
    """The asset that writes a table, where it is one."""
    return WRITTEN_BY.get(table, table.split(".")[1])


def _dependencies(model: Model) -> list[dg.AssetDep]:
    """The assets a model reads. One that looks back at its own table depends on its day before, and so runs in day order."""
    names = {_writer_of(table) for table in model.reads if table != model.name}
    upstream = [dg.AssetDep(name) for name in sorted(name for name in names if name)]
    if model.name not in model.reads:
        return upstream
    day_before = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    return [*upstream, dg.AssetDep(model.table, partition_mapping=day_before)]


@cache  # some 10 to 100 ms a model: not when the definitions are imported, and once a process
def describe_lineage(model: Model) -> dict[str, Any]:
    """What a run says of where the model's columns come from.

    Twice: under Dagster's own key, which its API and Dagster+ read and the open-source page hides, and as a table to read.
    """
    traced = trace_columns(model, (*TABLES.values(), *MODELS))
    deps = {
        column: [dg.TableColumnDep(dg.AssetKey(asset), name) for asset, name in _name_assets(sources)]
        for column, sources in traced.items()
    }
    lineage = dg.TableColumnLineage({column: found for column, found in deps.items() if found})
    rows = [f"| {column.name} | {_tell_sources(traced.get(column.name))} |" for column in model.columns]
    text = "\n".join(("| column | comes from |", "|---|---|", *rows))
    return {"dagster/column_lineage": lineage, "column lineage": dg.MetadataValue.md(text)}


def _name_assets(sources: Sequence[Source]) -> list[tuple[str, str]]:
    """The sources by asset, without those that no one asset writes. Two tables of one asset may have a column in common."""
    return sorted({(asset, column) for table, column in sources if (asset := _writer_of(table))})


def _tell_sources(sources: Sequence[Source] | None) -> str:
    """The sources for people: each table, leading to its asset's page, with its columns."""
    if sources is None:
        return "(not traced)"
    columns: dict[str, list[str]] = {}
    for table, column in sources:
        columns.setdefault(table, []).append(column)
    links = {table: f"[{table}](/assets/{asset})" if (asset := _writer_of(table)) else table for table in columns}
    return "; ".join(f"{links[table]}: {', '.join(names)}" for table, names in columns.items()) or "(the day, or a constant)"


def build_sql_asset(model: Model) -> dg.AssetsDefinition:
    """The asset that runs one SQL file, day by day in order."""
    promises = list_promises(model.table, tables_of(model.table))

    @dg.asset(
        name=model.table,
        group_name="comparing" if model.table in COMPARING else "telling",
        deps=_dependencies(model),
        partitions_def=DAYS,
        backfill_policy=ONE_RUN,
        kinds={"sql", "duckdb"},
        owners=OWNERS,
        description=f"{model.description}\n\n```sql\n{model.sql}\n```",
        metadata=describe_table(model.name, model.columns),
        check_specs=[specify(promise) for promise in (*list_contract(model), *promises)],
    )
    def asset(context: dg.AssetExecutionContext, house: dg.ResourceParam[House]) -> Iterator[dg.MaterializeResult[Any]]:
        days = days_of(context)
        with failures_in_words(), take_stage(context):
            counts = {day: house.store.materialise(model, day) for day in days}
            rows = house.store.select(model.name, published_on=days)
            verdicts = [*check_contract(house, model, rows), *check_rows(house, promises, days)]
        for day, count in counts.items():
            context.add_asset_metadata({"dagster/partition_row_count": count}, partition_key=day.isoformat())
        # with the last day only, whose event is the latest: a month's backfill need not keep the same text thirty times
        context.add_asset_metadata(describe_lineage(model), partition_key=days[-1].isoformat())
        yield from report_checks(house, dg.MaterializeResult(), verdicts, days)

    return asset


SQL_ASSETS = [build_sql_asset(model) for model in MODELS]

if lost := list_unplaced([asset.key.to_user_string() for asset in (*PYTHON_ASSETS, *SQL_ASSETS)]):
    raise SettingsInvalid(f"dbt_like_sql/checks: {lost[0]}.sql is of an asset that there is not: it would never run.")
