"""The command `brief`. Each command calls one function of a room below, and shows what comes back."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brief_pipeline.errors import BriefError, SettingsInvalid
from brief_pipeline.records import FIRST_DAY
from brief_pipeline.settings import Settings, read_settings
from brief_pipeline.terminal import TerminalProgress, show_brief, show_feedback, show_table, show_why

app = typer.Typer(
    help="A daily podcast brief: the five insights most worth knowing, each with the words it rests on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
feeds_app = typer.Typer(
    help="The shows you follow: data/subscriptions.opml, beside those in brief.toml.", no_args_is_help=True
)
app.add_typer(feeds_app, name="feeds")

out = Console()
err = Console(stderr=True)

InsightId = Annotated[str, typer.Argument(help="The insight's id, or its first characters: 6 or more.")]
Listener = Annotated[str | None, typer.Option(help="One of those in brief.toml.")]
Verdict = Annotated[str, typer.Argument(help="useful, not-useful, known, or forget what was said before.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")]
Demo = Annotated[bool, typer.Option("--demo", help="Of the bundled sample instead of your own shows.")]


def main() -> None:
    """Runs the command line: what a person can cause ends in one clear line, not in a traceback."""
    try:
        app()
    except BriefError as problem:
        _complain(str(problem))
        sys.exit(1)
    except OSError as problem:  # a folder that may not be written to, a full disk
        _complain(f"{problem.filename or 'a file'}: {problem.strerror or problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        _complain("Stopped.")
        sys.exit(130)


@app.command()
def demo(
    serve: Annotated[bool, typer.Option(help="Keep serving the sample afterwards, so that its play links work.")] = False,
) -> None:
    """Run the whole pipeline over the bundled sample: five shows that do not exist, three days.

    Needs no network, no account and no key. What it makes is in data/demo-run/, apart from your own.
    """
    from brief_pipeline.wiring.demo import DAYS, open_demo

    with open_demo() as settings:
        if not _run(settings, DAYS):
            raise typer.Exit(1)
        _show(settings, DAYS[-1])
        err.print(
            f"\nMade in {settings.data}: brief.duckdb, briefs/, dagster/. See it in the Dagster UI: brief ui --demo",
            soft_wrap=True,
        )
        if serve:
            typer.confirm("Serving the sample's audio. Press Enter to stop.", default=True, err=True)


@app.command()
def run(
    day: Annotated[str, typer.Option(help="The day of publication, UTC: 2026-11-22, or yesterday.")] = "yesterday",
) -> None:
    """Make the brief of a day: fetch the feeds, read the day's episodes, pick the five.

    Running it again does nothing twice: what was fetched, transcribed, embedded or extracted is found again.
    """
    settings = read_settings()
    wanted = _read_day(day)
    _need_shows(settings)
    if not _run(settings, [wanted], is_daily=day == "yesterday"):
        err.print(f"No brief of {wanted} was made: the run stopped. What failed is in raw.failures, and in brief ui.")
        raise typer.Exit(1)
    _show(settings, wanted)


@app.command()
def backfill(
    first: Annotated[str, typer.Option("--from", help="The first day, UTC: 2026-11-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day, UTC: 2026-11-22, or yesterday.")] = "yesterday",
) -> None:
    """Make the briefs of a range of days, in one run. It can be stopped and run again: finished episodes are kept."""
    from brief_pipeline.wiring.partitions import days_between

    settings = read_settings()
    days = days_between(_read_day(first), _read_day(last))
    if not days:
        raise SettingsInvalid(f"--from {first} is after --to {last}.")
    _need_shows(settings)
    succeeded = _run(settings, days)
    _list_briefs(settings, days)
    raise typer.Exit(0 if succeeded else 1)


@app.command()
def show(
    day: Annotated[
        str | None, typer.Argument(help="The day: 2026-11-22, or yesterday. Default: the last one there is.")
    ] = None,
    listener: Listener = None,
    as_json: AsJson = False,
    of_demo: Demo = False,
) -> None:
    """Show the brief of a day that was made before."""
    from brief_pipeline.wiring.house import build_house
    from brief_pipeline.wiring.listeners import find_listener

    settings = _settings_of(of_demo)
    whose = find_listener(settings, listener)
    briefs = build_house(settings).store.select("raw.briefs", ("published_on",), listener=whose)
    made = {row["published_on"] for row in briefs}
    if not made:
        raise SettingsInvalid("No brief was made yet: brief run makes yesterday's, brief demo one of the bundled sample.")
    wanted = _read_day(day) if day else max(made)
    if wanted not in made:
        raise SettingsInvalid(f"There is no brief of {wanted}: brief run --day {wanted} makes it.")
    _show(settings, wanted, as_json, whose)


@app.command()
def why(insight_id: InsightId, listener: Listener = None, as_json: AsJson = False, of_demo: Demo = False) -> None:
    """Explain an insight: why it was told or not, each score and label with what it rests on."""
    from brief_pipeline.stages.why import render_why_json
    from brief_pipeline.wiring.explaining import explain
    from brief_pipeline.wiring.house import build_house

    explanation = explain(build_house(_settings_of(of_demo)), insight_id, listener)
    if as_json:
        typer.echo(render_why_json(explanation), nl=False)
    else:
        out.print(show_why(explanation), highlight=False)


@app.command()
def feedback(insight_id: InsightId, verdict: Verdict, listener: Listener = None, of_demo: Demo = False) -> None:
    """Say of an insight that it was useful, was not, or was known to you: the next brief learns from it."""
    from brief_pipeline.wiring.feedback import give_feedback
    from brief_pipeline.wiring.house import build_house

    given = give_feedback(build_house(_settings_of(of_demo)), insight_id, verdict, listener)
    out.print(show_feedback(given.listener, given.verdict, given.claim), soft_wrap=True)


@app.command()
def doctor(of_demo: Demo = False) -> None:
    """Check settings, disk, models, feeds and the Dagster instance, and say what to do about what is wrong."""
    from brief_pipeline.wiring.doctor import examine

    findings = examine(_settings_of(of_demo))
    marks = {True: "ok", False: "WRONG", None: "note"}
    out.print(show_table("", ("", "what", "found"), [(marks[f.is_well], f.what, f.found) for f in findings]))
    raise typer.Exit(1 if any(f.is_well is False for f in findings) else 0)


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Where to listen, on this machine only.")] = 3000,
    of_demo: Demo = False,
) -> None:
    """Open the Dagster UI on the same instance: lineage, runs, schedules, backfills. Ctrl-C stops it."""
    from brief_pipeline.wiring.webserver import serve_ui

    raise typer.Exit(serve_ui(port, of_demo))


@feeds_app.command("add")
def feeds_add(
    url: Annotated[str, typer.Argument(help="The feed's URL, or that of a page which links to it.")],
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Add it without asking it first.")] = False,
) -> None:
    """Follow a show."""
    from brief_pipeline.wiring.subscriptions import follow

    subscription = follow(read_settings(), url, is_checked=not unchecked)
    out.print(f"Following {subscription.title or subscription.url}.", markup=False)


@feeds_app.command("list")
def feeds_list(as_json: AsJson = False) -> None:
    """List the shows you follow, and how their feeds answered last."""
    from brief_pipeline.wiring.subscriptions import list_shows

    rows = list_shows(read_settings())
    if as_json:
        out.print_json(json.dumps(rows, default=str))
        return
    columns = ("show", "url", "status", "episodes", "newest", "reason")
    out.print(show_table("", columns, [[row[column] for column in columns] for row in rows]))


@feeds_app.command("remove")
def feeds_remove(show: Annotated[str, typer.Argument(help="The feed's URL or the show's title.")]) -> None:
    """Stop following a show. What was read of it stays."""
    from brief_pipeline.wiring.subscriptions import unfollow

    gone = unfollow(read_settings(), show)
    out.print(f"No longer following {gone.title or gone.url}.", markup=False)


@feeds_app.command("import")
def feeds_import(file: Annotated[Path, typer.Argument(help="An OPML file, as other podcast apps export it.")]) -> None:
    """Follow every show of an OPML file."""
    from brief_pipeline.wiring.subscriptions import import_opml

    new, known = import_opml(read_settings(), file)
    out.print(f"{new} shows added, {known} were followed already.")


@feeds_app.command("export")
def feeds_export(file: Annotated[Path, typer.Argument(help="Where to write the OPML file.")]) -> None:
    """Write the shows you follow to an OPML file, for other podcast apps."""
    from brief_pipeline.wiring.subscriptions import export_opml

    out.print(f"{export_opml(read_settings(), file)} shows written to {file}.", markup=False)


def _run(settings: Settings, days: Sequence[date], is_daily: bool = False) -> bool:
    from brief_pipeline.wiring.house import build_house
    from brief_pipeline.wiring.runs import open_instance, run_days, run_due

    with open_instance(settings) as instance, TerminalProgress(err) as progress:
        house = build_house(settings, progress)
        ran = run_due(house, days[-1], instance) if is_daily else run_days(house, days, instance)
    for problem in ran.problems:
        _complain(problem)
    return ran.succeeded


def _complain(problem: str) -> None:
    err.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)


def _show(settings: Settings, day: date, as_json: bool = False, listener: str | None = None) -> None:
    from brief_pipeline.stages.brief import render_json
    from brief_pipeline.wiring.house import build_house
    from brief_pipeline.wiring.listeners import find_listener
    from brief_pipeline.wiring.publishing import read_brief

    brief = read_brief(build_house(settings), day, find_listener(settings, listener))
    if as_json:
        typer.echo(render_json(brief), nl=False)
    else:
        out.print(show_brief(brief), highlight=False)


def _list_briefs(settings: Settings, days: Sequence[date]) -> None:
    from brief_pipeline.wiring.house import build_house

    made = build_house(settings).store.select("raw.briefs", published_on=list(days))
    rows = [(row["published_on"], row["insights_count"], row["html_path"]) for row in made if row["insights_count"]]
    out.print(show_table("Briefs with something to tell", ("day", "insights", "page, in the data folder"), sorted(rows)))


def _settings_of(of_demo: bool) -> Settings:
    if not of_demo:
        return read_settings()
    from brief_pipeline.wiring.demo import read_demo_settings

    return read_demo_settings()


def _need_shows(settings: Settings) -> None:
    from brief_pipeline.wiring.following import named_shows

    if not named_shows(settings):
        raise SettingsInvalid("No show is followed yet. Add one: brief feeds add URL, or brief feeds import FILE.opml.")


def _read_day(text: str) -> date:
    """A day as people type it. Raises SettingsInvalid for what is no day, or not over yet."""
    from brief_pipeline.wiring.partitions import last_whole_day

    last = last_whole_day(datetime.now(UTC))
    if text == "yesterday":
        return last
    try:
        day = date.fromisoformat(text)
    except ValueError as wrong:
        raise SettingsInvalid(f"{text!r} is no day: write it as {last.isoformat()}, or yesterday.") from wrong
    if not FIRST_DAY <= day <= last:
        raise SettingsInvalid(f"{day} is out of range: days go from {FIRST_DAY} to {last}, the last that is over in UTC.")
    return day
