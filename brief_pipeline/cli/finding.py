"""What is looked for: search, related."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from brief_pipeline.cli.arguments import AsJson, Demo, InsightId, settings_of
from brief_pipeline.cli.consoles import note, out
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.terminal import show_hits, show_related

BUILDING = "Building the search index of what was published last ..."


def search(
    words: Annotated[list[str], typer.Argument(help="What to look for.")],
    by: Annotated[str, typer.Option(help="words, meaning, or both.")] = "both",
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many at most.")] = 10,
    show: Annotated[str, typer.Option(help="Only of shows whose title holds this.")] = "",
    since: Annotated[str | None, typer.Option(help="Only from this day on: 2026-11-22.")] = None,
    as_json: AsJson = False,
    of_demo: Demo = False,
) -> None:
    """Search the insights of all days, by words and by meaning."""
    from brief_pipeline.serving.search import needs_index, open_search, pick_way
    from brief_pipeline.stages.hit import Question, clean_words, render_hits_json

    question = Question(clean_words(" ".join(words)), pick_way(by), limit, clean_words(show), _read_since(since))
    if not question.words:
        raise SettingsInvalid("There is nothing to look for: brief search WORDS.")
    settings = settings_of(of_demo)
    if needs_index(settings):
        note(BUILDING)
    hits = open_search(settings).find(question)
    if as_json:
        typer.echo(render_hits_json(question, hits, settings.site.url), nl=False)
    else:
        out.print(show_hits(hits), highlight=False)


def related(insight_id: InsightId, as_json: AsJson = False, of_demo: Demo = False) -> None:
    """Show what other shows said that is worth reading with an insight: what agrees, adds to it, contradicts it."""
    from brief_pipeline.stages.why import render_related_json
    from brief_pipeline.wiring.explaining import explain
    from brief_pipeline.wiring.house import build_house

    explanation = explain(build_house(settings_of(of_demo)), insight_id)
    if as_json:
        typer.echo(render_related_json(explanation), nl=False)
    else:
        out.print(show_related(explanation), highlight=False)


def _read_since(text: str | None) -> date | None:
    """A day in the past or not: of what comes there is nothing yet. Raises SettingsInvalid."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise SettingsInvalid(f"{text!r} is no day: write it as 2026-11-22.") from wrong
