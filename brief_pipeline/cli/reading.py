"""What was made before: show, why, feedback."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from brief_pipeline.cli.arguments import AsJson, Demo, InsightId, Listener, Verdict, read_day, settings_of
from brief_pipeline.cli.consoles import out
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import Settings
from brief_pipeline.terminal import show_brief, show_feedback, show_why


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

    settings = settings_of(of_demo)
    house = build_house(settings)
    whose = find_listener(house, listener)
    briefs = house.store.select("raw.briefs", ("published_on",), listener=whose)
    made = {row["published_on"] for row in briefs}
    if not made:
        raise SettingsInvalid("No brief was made yet: brief run makes yesterday's, brief demo one of the bundled sample.")
    wanted = read_day(day) if day else max(made)
    if wanted not in made:
        raise SettingsInvalid(f"There is no brief of {wanted}: brief run --day {wanted} makes it.")
    print_brief(settings, wanted, as_json, whose)


def why(insight_id: InsightId, listener: Listener = None, as_json: AsJson = False, of_demo: Demo = False) -> None:
    """Explain an insight: why it was told or not, each score and label with what it rests on."""
    from brief_pipeline.stages.why import render_why_json
    from brief_pipeline.wiring.explaining import explain
    from brief_pipeline.wiring.house import build_house

    explanation = explain(build_house(settings_of(of_demo)), insight_id, listener)
    if as_json:
        typer.echo(render_why_json(explanation), nl=False)
    else:
        out.print(show_why(explanation), highlight=False)


def feedback(insight_id: InsightId, verdict: Verdict, listener: Listener = None, of_demo: Demo = False) -> None:
    """Say of an insight that it was useful, was not, or was known to you: the next brief learns from it."""
    from brief_pipeline.wiring.feedback import give_feedback
    from brief_pipeline.wiring.house import build_house

    given = give_feedback(build_house(settings_of(of_demo)), insight_id, verdict, listener)
    out.print(show_feedback(given.listener, given.verdict, given.claim), soft_wrap=True)


def print_brief(settings: Settings, day: date, as_json: bool = False, listener: str | None = None) -> None:
    """Writes the brief of a day to the standard output."""
    from brief_pipeline.stages.brief import render_json
    from brief_pipeline.wiring.house import build_house
    from brief_pipeline.wiring.listeners import find_listener
    from brief_pipeline.wiring.publishing import read_brief

    house = build_house(settings)
    brief = read_brief(house, day, find_listener(house, listener))
    if as_json:
        typer.echo(render_json(brief), nl=False)
    else:
        out.print(show_brief(brief), highlight=False)
