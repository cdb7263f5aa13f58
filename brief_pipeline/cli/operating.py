"""What its operator needs beside the runs: doctor, failures, export, ui."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brief_pipeline.cli.arguments import AsJson, Demo, settings_of
from brief_pipeline.cli.consoles import note, out
from brief_pipeline.cli.workplace import STOPPED, complain_each, open_workplace
from brief_pipeline.terminal import show_table

if TYPE_CHECKING:
    from brief_pipeline.wiring.failing import Failure, Retried


def doctor(
    ask: Annotated[bool, typer.Option("--ask", help="Also ask each feed and the language model, now.")] = False,
    as_json: AsJson = False,
    of_demo: Demo = False,
) -> None:
    """Check settings, disk, models, feeds, database and the Dagster instance, and say what to do about what is wrong."""
    from brief_pipeline.wiring.doctor import examine

    findings = examine(lambda: settings_of(of_demo), ask)
    if as_json:
        out.print_json(json.dumps([asdict(finding) for finding in findings], default=str))
    else:
        marks = {True: "ok", False: "WRONG", None: "note"}
        rows = [(marks[f.is_well], f.what, f.found, f.cure) for f in findings]
        out.print(show_table("", ("", "what", "found", "what to do"), rows))
    raise typer.Exit(1 if any(f.is_well is False for f in findings) else 0)


def failures(
    retry: Annotated[bool, typer.Option("--retry", help="Try them again, also those that failed for good.")] = False,
    stage: Annotated[str | None, typer.Option(help="Only those of a stage: feeds, audio, transcripts ...")] = None,
    as_json: AsJson = False,
    of_demo: Demo = False,
) -> None:
    """Show what could not be done, and why. A failure goes when the item succeeds."""
    from brief_pipeline.wiring.failing import list_failures, retry_failures
    from brief_pipeline.wiring.house import build_house

    settings = settings_of(of_demo)
    found = list_failures(build_house(settings), stage)
    if not retry or not found:
        _print_failures(found, as_json)
        return
    with open_workplace(settings) as place:
        retried, problems = place.do(lambda: retry_failures(place.house, place.instance, found))
    complain_each(problems)
    _print_retried(retried, as_json)
    if place.stop.is_asked:
        raise typer.Exit(STOPPED)
    raise typer.Exit(0 if not problems and all(one.outcome == "done" for one in retried) else 1)


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write the files, one a table, with a manifest.json.")],
    table: Annotated[list[str] | None, typer.Option(help="Only this table; give it again for another one.")] = None,
    in_full: Annotated[bool, typer.Option("--in-full", help="With addresses that may hold a subscriber's secret.")] = False,
    of_demo: Demo = False,
) -> None:
    """Write the tables as Parquet, for other tools."""
    from brief_pipeline.wiring.exporting import export_tables
    from brief_pipeline.wiring.house import build_house

    written = export_tables(build_house(settings_of(of_demo)), folder, table or (), in_full=in_full)
    rows = [(one.table, one.rows, one.path) for one in written]
    out.print(show_table("", ("table", "rows", "file"), rows))


def ui(
    port: Annotated[int, typer.Option(help="Where to listen, on this machine only.")] = 3000,
    of_demo: Demo = False,
) -> None:
    """Open the Dagster UI on the same instance: lineage, runs, schedules, backfills. Ctrl-C stops it."""
    from brief_pipeline.wiring.webserver import serve_ui

    raise typer.Exit(serve_ui(port, of_demo))


def _print_failures(found: Sequence[Failure], as_json: bool) -> None:
    if as_json:
        out.print_json(json.dumps([asdict(failure) for failure in found], default=str))
        return
    if not found:
        out.print("Nothing failed.")
        return
    columns = ("what", "why", "tries", "again")
    rows = [
        (
            f"{f.item}\n{f.stage}{f', {f.day}' if f.day else ''}",
            f.reason,
            f"{f.attempts} since {f.since:%Y-%m-%d}",
            "next run" if f.is_retryable else "no",
        )
        for f in found
    ]
    out.print(show_table("", columns, rows))
    for_good = sum(not failure.is_retryable for failure in found)
    note(f"{len(found)} failed, {for_good} of them for good: brief failures --retry tries all of them again.")


def _print_retried(retried: Sequence[Retried], as_json: bool) -> None:
    if as_json:
        told = [{**asdict(one.failure), "outcome": one.outcome, "now": one.reason} for one in retried]
        out.print_json(json.dumps(told, default=str))
        return
    rows = [(one.failure.stage, one.failure.day, one.failure.item, one.outcome, one.reason) for one in retried]
    out.print(show_table("", ("stage", "day", "item", "now", "reason"), rows))
