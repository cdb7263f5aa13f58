"""What makes briefs: demo, run, backfill."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from brief_pipeline.cli.arguments import AsJson, need_shows, read_day
from brief_pipeline.cli.consoles import complain, note, out
from brief_pipeline.cli.reading import print_brief
from brief_pipeline.cli.workplace import STOPPED, Workplace, complain_each, open_workplace
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import Settings, read_settings
from brief_pipeline.terminal import show_table

if TYPE_CHECKING:
    from brief_pipeline.wiring.backfilling import Plan, SliceRan


def demo(
    serve: Annotated[bool, typer.Option(help="Keep serving the sample afterwards, so that its play links work.")] = False,
) -> None:
    """Run the whole pipeline over the bundled sample: five shows that do not exist, three days.

    Needs no network, no account and no key. What it makes is in data/demo-run/, apart from your own.
    """
    from brief_pipeline.wiring.demo import DAYS, open_demo
    from brief_pipeline.wiring.runs import run_days

    with open_demo() as settings:
        with open_workplace(settings) as place:
            ran = place.do(lambda: run_days(place.house, DAYS, place.instance))
        complain_each(ran.problems)
        if not ran.succeeded:
            raise typer.Exit(STOPPED if ran.was_stopped else 1)
        print_brief(settings, DAYS[-1])
        note(f"\nMade in {settings.data}: brief.duckdb, briefs/, site/, dagster/. See it in the Dagster UI: brief ui --demo")
        if serve:
            typer.confirm("Serving the sample's audio. Press Enter to stop.", default=True, err=True)


def run(
    day: Annotated[str, typer.Option(help="The day of publication, UTC: 2026-11-22, or yesterday.")] = "yesterday",
) -> None:
    """Make the brief of a day: fetch the feeds, read the day's episodes, pick the five.

    Running it again does nothing twice: what was fetched, transcribed, embedded or extracted is found again.
    """
    from brief_pipeline.wiring.runs import run_days, run_due

    settings = read_settings()
    wanted = read_day(day)
    need_shows(settings)
    work = run_due if day == "yesterday" else lambda house, due, instance: run_days(house, [due], instance)
    with open_workplace(settings) as place:
        ran = place.do(lambda: work(place.house, wanted, place.instance))
    complain_each(ran.problems)
    if not ran.succeeded:
        note(f"No brief of {wanted} was made: the run stopped. See brief failures, and brief ui.")
        raise typer.Exit(STOPPED if ran.was_stopped else 1)
    print_brief(settings, wanted)


def backfill(
    first: Annotated[str, typer.Option("--from", help="The first day, UTC: 2026-11-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day, UTC: 2026-11-22, or yesterday.")] = "yesterday",
    again: Annotated[bool, typer.Option("--again", help="Also the days that are done: after a change of settings.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a language model is paid for.")] = False,
    status: Annotated[bool, typer.Option("--status", help="Only say which days are done, and why others are not.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the briefs of a range of days, oldest first, in runs of so many days as backfill.days_per_run says.

    It says what there is to do and how long that will take. It can be stopped (Ctrl-C) and run again: days that are done
    are left alone. --json belongs to --status.
    """
    from brief_pipeline.wiring.backfilling import ask_all_feeds, plan_backfill
    from brief_pipeline.wiring.partitions import days_between

    settings = read_settings()
    days = days_between(read_day(first), read_day(last))
    if not days:
        raise SettingsInvalid(f"--from {first} is after --to {last}.")
    need_shows(settings)
    with open_workplace(settings) as place:
        if status:
            _print_status(place, days, as_json)
            return
        asked = place.do(lambda: ask_all_feeds(place.house, place.instance))
        complain_each(asked.problems)
        if not asked.succeeded:
            raise typer.Exit(STOPPED if asked.was_stopped else 1)
        plan = plan_backfill(place.house, place.instance, days, again)
        _tell_plan(plan)
        _ask_leave(plan, yes)
        parts = place.do(lambda: _run(place, plan))
    _list_briefs(settings, days)
    _tell_end(plan, parts, place.stop.is_asked)


def _run(place: Workplace, plan: Plan) -> list[SliceRan]:
    """Runs the slices, with a line as each ends."""
    from brief_pipeline.stages.estimate_words import tell_days, tell_time
    from brief_pipeline.wiring.backfilling import run_slices
    from brief_pipeline.wiring.pacing import RangeProgress

    def show(share: float, left: float) -> None:
        place.progress.show_range(share, tell_time(left))

    progress = RangeProgress(place.house.progress, plan.estimate, show)
    parts = []
    for part in run_slices(replace(place.house, progress=progress), place.instance, plan.slices):
        parts.append(part)
        if part.days in plan.slices:
            progress.slice_done()
        complain_each(part.ran.problems)
        if part.ran.succeeded:
            note(f"{tell_days(part.days)}: done.")
        elif not part.ran.was_stopped:
            complain(f"{tell_days(part.days)}: failed.")
    return parts


def _tell_plan(plan: Plan) -> None:
    from brief_pipeline.stages.estimate_words import tell_estimate

    if done := len(plan.days) - len(plan.waiting):
        note(f"{done} of {len(plan.days)} days are done{'' if plan.slices else ': --again runs them all the same'}.")
    if not plan.slices:
        raise typer.Exit(0)
    for line in tell_estimate(plan.estimate):
        note(line)


def _ask_leave(plan: Plan, yes: bool) -> None:
    """Asks before money is spent. Raises SettingsInvalid where nobody can answer."""
    cost = plan.estimate.cost
    if cost is None or cost.is_free or yes:
        return
    if not sys.stdin.isatty():
        raise SettingsInvalid(f"{cost.model} may cost money, and nobody is there to ask: add --yes to go on all the same.")
    if not typer.confirm("Start?", default=False, err=True):
        note("Nothing was started.")
        raise typer.Exit(1)


def _tell_end(plan: Plan, parts: Sequence[SliceRan], is_stopped: bool) -> None:
    """What came of it, and how to go on. Leaves with the exit status."""
    done = sum(len(part.days) for part in parts if part.ran.succeeded)
    todo = sum(map(len, plan.slices))
    if done == todo:
        note(f"All {todo} days are done.")
        return
    cure = f"brief backfill --from {plan.days[0]} --to {plan.days[-1]}"
    why = "stopped" if is_stopped else "some failed: see above, and brief failures"
    complain(f"{done} of {todo} days were done ({why}). To go on, run it again: {cure}")
    raise typer.Exit(STOPPED if is_stopped else 1)


def _print_status(place: Workplace, days: Sequence[date], as_json: bool) -> None:
    from brief_pipeline.wiring.backfilling import find_waiting, list_spans

    spans = list_spans(days, find_waiting(place.house, place.instance, days))
    if as_json:
        keys = ("first", "last", "days", "waiting_because")
        out.print_json(json.dumps([dict(zip(keys, span, strict=True)) for span in spans], default=str))
        return
    rows = [(first, last, count, why or "done") for first, last, count, why in spans]
    out.print(show_table("", ("from", "to", "days", "state"), rows))


def _list_briefs(settings: Settings, days: Sequence[date]) -> None:
    from brief_pipeline.wiring.house import build_house

    made = build_house(settings).store.select("raw.briefs", published_on=list(days))
    rows = [(row["published_on"], row["insights_count"], row["html_path"]) for row in made if row["insights_count"]]
    out.print(show_table("Briefs with something to tell", ("day", "insights", "page, in the data folder"), sorted(rows)))
