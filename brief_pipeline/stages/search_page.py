"""The search page, and a page of a few words, set as HTML: no script, nothing fetched from elsewhere, content escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from brief_pipeline.stages.brief import format_clock, format_day
from brief_pipeline.stages.hit import MOST_CHARACTERS, WAYS, Hit, Question


def render_search(question: Question, hits: Sequence[Hit] | None) -> str:
    """The form, and what was found; None: nothing was asked yet."""
    template = _environment().get_template("search.html.j2")
    return template.render(question=question, hits=hits, ways=WAYS, most=MOST_CHARACTERS)


def render_message(title: str, text: str) -> str:
    """A page that says one thing."""
    return _environment().get_template("message.html.j2").render(title=title, text=text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("brief_pipeline", "stages/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"clock": format_clock, "day": format_day}
    return environment
