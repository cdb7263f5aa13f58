"""An asset for each SQL file of dbt_like_sql/: its own text says what it depends on, its contract becomes its checks."""

import dagster as dg

from brief_pipeline.warehouse.models import Model
from brief_pipeline.wiring.assets import WRITTEN_BY
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metadata import OWNERS, describe_table, failures_in_words, load_models, run_checks
from brief_pipeline.wiring.partitions import DAYS, ONE_RUN, days_of

GROUPS = {"model": "comparing", "main": "telling"}


def _dependencies(model: Model) -> list[dg.AssetDep]:
    """The assets a model reads. One that looks back at its own table depends on its day before, and so runs in day order."""
    names = {WRITTEN_BY.get(table, table.split(".")[1]) for table in model.reads if table != model.name}
    upstream = [dg.AssetDep(name) for name in sorted(name for name in names if name)]
    if model.name not in model.reads:
        return upstream
    day_before = dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
    return [*upstream, dg.AssetDep(model.table, partition_mapping=day_before)]


def build_sql_asset(model: Model) -> dg.AssetsDefinition:
    """The asset that runs one SQL file, day by day in order."""

    @dg.asset(
        name=model.table,
        group_name=GROUPS[model.schema],
        deps=_dependencies(model),
        partitions_def=DAYS,
        backfill_policy=ONE_RUN,
        kinds={"sql", "duckdb"},
        owners=OWNERS,
        description=f"{model.description}\n\n```sql\n{model.sql}\n```",
        metadata=describe_table(model.name, model.columns),
        check_specs=[dg.AssetCheckSpec(check.name, asset=model.table) for check in model.checks],
    )
    # with checks, Dagster reads the annotation of what comes back, and knows the bare class only
    def asset(context: dg.AssetExecutionContext, house: dg.ResourceParam[House]) -> dg.MaterializeResult:  # type: ignore[type-arg]
        days = days_of(context)
        with failures_in_words():
            counts = {day: house.store.materialise(model, day) for day in days}
            rows = house.store.select(model.name, published_on=days)
        for day, count in counts.items():
            context.add_asset_metadata({"dagster/partition_row_count": count}, partition_key=day.isoformat())
        return dg.MaterializeResult(check_results=list(run_checks(model, rows)))

    return asset


SQL_ASSETS = [build_sql_asset(model) for model in load_models()]
