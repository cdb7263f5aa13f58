"""What an asset shows of itself in the Dagster UI: its table, its columns, what a run did, how long it took, and why."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
from structlog.typing import FilteringBoundLogger

from brief_pipeline.errors import BriefError, first_line
from brief_pipeline.records import StageReport
from brief_pipeline.settings import Settings, home_folder
from brief_pipeline.warehouse.models import Column, Model, Table, read_models, read_sources
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.logs import open_log, said_of_all
from brief_pipeline.wiring.partitions import days_of
from brief_pipeline.wiring.plots import draw_plots
from brief_pipeline.wiring.previews import PREVIEW, show_first_rows
from brief_pipeline.wiring.timing import DECIMALS, Day, current_stopwatch, stage_timed
from brief_pipeline.wiring.workbench import WHY, Reports

OWNERS = ["team:brief"]
TABLE_NAME = "dagster/table_name"
IN_MARKDOWN = frozenset((WHY, PREVIEW))  # notes of a report


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
    return {TABLE_NAME: name, "dagster/column_schema": dg.TableSchema(columns=schema)}


@contextmanager
def stage_run(context: dg.AssetExecutionContext) -> Iterator[None]:
    """A stage's work in a run: measured, logged, and shown with its first rows and plots when it is done.

    One of our own errors ends the step in words, anything else with its traceback, here and in the log.
    """
    house: House = context.resources.house
    asset, days, log = context.asset_key.to_user_string(), _list_days(context), open_log(house.settings)
    run = {"run_id": context.run_id, "job": context.run.job_name, "stage": asset}
    with said_of_all(**run), stage_timed() as watch:
        log.info("stage began", **_name_days(days))
        try:
            yield
            seconds = watch.share_out(days)
            for day, shown in _show_days(house, _table_of(context), asset, days, log).items():
                _add(context, day, {**_name_seconds(seconds[day], watch.list_steps(day)), **shown})
        except BriefError as failed:
            log.error("stage failed", reason=str(failed), error=type(failed).__name__, seconds=_round(watch.seconds))
            raise dg.Failure(description=str(failed), allow_retries=False) from failed
        except Exception as defect:
            log.error("stage broke", reason=first_line(defect), seconds=_round(watch.seconds), exc_info=defect)
            raise
        except BaseException as stop:  # somebody ended the run
            log.warning("stage stopped", reason=type(stop).__name__, seconds=_round(watch.seconds))
            raise
        log.info("stage done", seconds=_round(watch.seconds))


def failures_in_words() -> AbstractContextManager[None]:
    """What `stage_run` gives, in the asset that runs now."""
    return stage_run(dg.AssetExecutionContext.get())


def report_run(context: dg.AssetExecutionContext, reports: Reports) -> dg.MaterializeResult[Any]:
    """A run's result: what was done and why not more, by day where there are days."""
    settings: Settings = context.resources.house.settings
    log = open_log(settings)
    seconds = current_stopwatch().share_out(reports)
    for day, report in reports.items():
        counts = {"done": report.done, "reused": report.reused, "failed": report.failed, "skipped": report.skipped}
        said = {**(counts if any(counts.values()) else {}), **report.notes}
        log.info("day done", day=day, seconds=seconds[day], **{key: said[key] for key in said if key not in IN_MARKDOWN})
        rows = said.pop("rows", 0)
        shown = {key: _show_note(settings, key, value) for key, value in said.items()}
        _add(context, day, {"dagster/partition_row_count" if day else "dagster/row_count": rows, **shown})
    return dg.MaterializeResult()


def _show_note(settings: Settings, key: str, value: float | int | str) -> Any:
    if key in IN_MARKDOWN:
        return dg.MetadataValue.md(str(value))
    return link_file(settings, str(value)) if key.split("_")[0] == "path" else value


def link_file(settings: Settings, path: str) -> dg.MetadataValue[Any]:
    """Leads to a file below the data folder: where it lies, as long as no page is served."""
    return dg.MetadataValue.path(settings.data / path)


def report_rows(context: dg.AssetExecutionContext, counts: Mapping[date, int]) -> None:
    """Says how many rows each day has, where that is all there is to say."""
    report_run(context, {day: StageReport(notes={"rows": count}) for day, count in counts.items()})


def _show_days(
    house: House, table: str, asset: str, days: Sequence[Day], log: FilteringBoundLogger
) -> dict[Day, dict[str, Any]]:
    """What a person sees of each day's rows: the first of them; of the last day, whose event is the latest, plots too."""
    shown: dict[Day, dict[str, Any]] = {day: {} for day in days}
    try:
        for day, preview in show_first_rows(house, table, days).items():
            shown[day] = {PREVIEW: dg.MetadataValue.md(preview)}
        if last := days[-1]:
            plots = draw_plots(house, asset, last)
            shown[last] |= {name: dg.MetadataValue.md(plot) for name, plot in plots.items()}
    except Exception as problem:  # the work is done and kept: what is only looked at must not undo it
        log.error("preview left out", reason=first_line(problem), exc_info=problem)
        shown[days[-1]] |= {"left out": f"the first rows or plots: {first_line(problem)}"}
    return shown


def _name_seconds(seconds: float, steps: Mapping[str, float]) -> dict[str, float]:
    return {"seconds": seconds, **{f"seconds_{name.replace(' ', '_')}": took for name, took in steps.items()}}


def _add(context: dg.AssetExecutionContext, day: Day, metadata: Mapping[str, Any]) -> None:
    context.add_asset_metadata(metadata, partition_key=day.isoformat() if day else None)


def _list_days(context: dg.AssetExecutionContext) -> list[Day]:
    return [*days_of(context)] if context.assets_def.partitions_def else [None]


def _name_days(days: Sequence[Day]) -> dict[str, Any]:
    return {"days": len(days), "first_day": days[0], "last_day": days[-1]} if days[0] else {}


def _table_of(context: dg.AssetExecutionContext) -> str:
    return str(context.assets_def.metadata_by_key[context.asset_key].get(TABLE_NAME, ""))


def _round(seconds: float) -> float:
    return round(seconds, DECIMALS)
