"""The search page, and a page of a few words, set as HTML: no script, nothing fetched from elsewhere, content escaped."""

from __future__ import annotations

from collections.abc import Sequence

from brief_pipeline.stages.brief import open_templates
from brief_pipeline.stages.hit import MOST_CHARACTERS, WAYS, Hit, Question


def render_search(question: Question, hits: Sequence[Hit] | None) -> str:
    """The form, and what was found; None: nothing was asked yet."""
    template = open_templates(True).get_template("search.html.j2")
    known = {"ways": WAYS, "most": MOST_CHARACTERS, "search_url": "/search", "here": "Search"}
    return template.render(question=question, hits=hits, **known)


def render_message(title: str, text: str) -> str:
    """A page that says one thing."""
    return open_templates(True).get_template("message.html.j2").render(title=title, text=text, search_url="/search")
