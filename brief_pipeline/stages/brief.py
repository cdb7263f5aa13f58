"""The brief of a day, set as Markdown, HTML, plain text and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from textwrap import fill
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from brief_pipeline.stages.inserted_advert import DRIFT_NOTE, inserts_adverts
from brief_pipeline.stages.site_path import brief_page, episode_page, insight_page, show_page

RELATED_SHOWN = 2
TEXT_WIDTH = 72  # of plain text: a mail's lines have room for the marks of an answer (RFC 3676, 4.2)
TITLE_CHARACTERS = 90  # what a tab shows of a text
RELATION_WORDS = {"agrees": "Agrees", "extends": "Adds to it", "contradicts": "Contradicts", "related": "Related"}
# What no page shows: characters that XML forbids, and those that turn the direction of what follows them.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Brief:
    """All that a brief says: rows of main.brief_items, and what was looked at to find them."""

    day: date
    listener: str
    items: Sequence[Row]
    shows: int  # followed and looked at
    episodes: int
    hours: float
    problems: Sequence[str]  # what could not be done, in words

    @property
    def title(self) -> str:
        return f"Podcast brief of {self.day:%A}, {self.day.day} {self.day:%B %Y}"

    @property
    def scanned(self) -> str:
        """What was looked at, in words."""
        if not self.shows:
            return "No show is followed yet."
        shows = "the one show followed" if self.shows == 1 else f"the {self.shows} shows followed"
        if not self.episodes:
            return f"No episode of {shows} could be read that day." if self.problems else f"No episode of {shows} came out."
        episodes = "1 episode" if self.episodes == 1 else f"{self.episodes} episodes"
        return f"Out of {episodes} of {shows}, {format_hours(self.hours)} of talk."


@dataclass(frozen=True)
class Links:
    """Where a mail leads: pages of the site and of the subscription. Where one is not known it is empty."""

    site: str = ""  # the root of the pages, without a slash at its end
    manage: str = ""
    unsubscribe: str = ""
    feedback: str = ""  # what stands before /<insight_id>/<verdict>

    def to_insight(self, item: Row) -> str:
        """The page of an insight."""
        return f"{self.site}/{insight_page(item['insight_id'])}" if self.site and item.get("insight_id") else ""

    def to_feedback(self, item: Row, verdict: str) -> str:
        """The page on which a reader says of an insight that it was useful, was not, or was known."""
        return f"{self.feedback}/{item['insight_id']}/{verdict}" if self.feedback and item.get("insight_id") else ""


NO_LINKS = Links()


def render_markdown(brief: Brief) -> str:
    """The brief as Markdown. Characters of the content that Markdown would act on are escaped."""
    return open_templates(False).get_template("brief.md.j2").render(brief=brief, shown=RELATED_SHOWN)


def render_html(brief: Brief) -> str:
    """The brief as one HTML page: light and dark, no script, nothing fetched from elsewhere, content escaped."""
    return open_templates(True).get_template("brief.html.j2").render(brief=brief, shown=RELATED_SHOWN, root=None)


def render_text(brief: Brief, links: Links = NO_LINKS) -> str:
    """The brief as plain text in lines of TEXT_WIDTH characters, where words and addresses allow. `links`: of a mail."""
    said = open_templates(False).get_template("brief.txt.j2").render(brief=brief, shown=RELATED_SHOWN, links=links)
    return re.sub(r"\n{3,}", "\n\n", said).strip() + "\n"


def render_json(brief: Brief) -> str:
    """The brief as JSON, with keys in order: the same brief gives the same bytes."""
    content = {
        "day": brief.day.isoformat(),
        "listener": brief.listener,
        "shows": brief.shows,
        "episodes": brief.episodes,
        "hours": round(brief.hours, 3),
        "insights": [{**item, "times_may_drift": may_drift(item)} for item in brief.items],
        "problems": list(brief.problems),
    }
    return json.dumps(content, default=_as_text, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def format_clock(seconds: float | None) -> str:
    """A time in an episode as people write it.

    >>> format_clock(75.4), format_clock(3675), format_clock(None)
    ('1:15', '1:01:15', '')
    """
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def format_hours(hours: float) -> str:
    """A length of talk in words.

    >>> format_hours(0.5), format_hours(2.25)
    ('30 minutes', '2.2 hours')
    """
    return f"{hours * 60:.0f} minutes" if hours < 1 else f"{hours:.1f} hours"


def format_day(day: date) -> str:
    """A day as people write it.

    >>> format_day(date(2026, 3, 4))
    '4 March 2026'
    """
    return f"{day.day} {day:%B %Y}"


def format_month(day: date) -> str:
    """The month of a day.

    >>> format_month(date(2026, 3, 4))
    'March 2026'
    """
    return f"{day:%B %Y}"


def format_weekday(day: date) -> str:
    """A day within its month.

    >>> format_weekday(date(2026, 3, 4))
    'Wednesday, 4 March'
    """
    return f"{day:%A}, {day.day} {day:%B}"


def count_things(count: int, thing: str) -> str:
    """How many there are, in words.

    >>> count_things(1, "episode"), count_things(1200, "insight")
    ('1 episode', '1,200 insights')
    """
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def shorten(text: str, characters: int = TITLE_CHARACTERS) -> str:
    """The beginning of a text, in whole words where there are any.

    >>> shorten("Night buses pay for themselves.", 14), shorten("Night", 14)
    ('Night buses …', 'Night')
    """
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    cut = line[: characters - 1]
    return f"{cut.rpartition(' ')[0] or cut} …"


def tell_earlier(item: Row) -> str:
    """What a follow-up follows up, and when the listener was told that or it was said.

    >>> tell_earlier({"was_told": True, "earlier_on": date(2026, 3, 4), "earlier_claim": "Trams pay."})
    'On 4 March 2026 you were told: Trams pay.'
    """
    how = "you were told" if item["was_told"] else "it was said"
    return f"On {format_day(item['earlier_on'])} {how}: {item['earlier_claim']}"


def name_voices(item: Row) -> str:
    """The other shows that said the same.

    >>> name_voices({"voices": [{"show_title": "Tidewater"}, {"show_title": "The Rota"}]})
    'Tidewater, The Rota'
    """
    return ", ".join(voice["show_title"] or "another show" for voice in item["voices"])


def wrap_text(text: object, first: str = "", rest: str = "") -> str:
    """Text in lines of up to TEXT_WIDTH characters. `first`, `rest`: what stands before the first line and the others.

    >>> print(wrap_text("word " * 20, "1. ", "   "))
    1. word word word word word word word word word word word word word word
       word word word word word word
    """
    line = " ".join(str(show_text(str(text))).split())
    return fill(
        line, TEXT_WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def escape_markdown(text: object) -> str:
    """Text that Markdown shows as it is, on one line.

    >>> escape_markdown("a *b* <c> [d](e)")
    'a \\\\*b\\\\* \\\\<c\\\\> \\\\[d\\\\](e)'
    """
    return re.sub(r"([\\\\`*_\[\]<>#|~])", r"\\\1", " ".join(str(text).split()))


def name_play(item: Row) -> str:
    """What a link that plays says.

    >>> name_play({"start_seconds": 75.4}), name_play({"start_seconds": None})
    ('Play from 1:15', 'Play the episode')
    """
    start = item.get("start_seconds")
    return "Play the episode" if start is None else f"Play from {format_clock(start)}"


def may_drift(item: Row) -> bool:
    """Whether what plays may be some seconds off: its times are known, and the adverts before them change.

    >>> may_drift({"start_seconds": 75.4, "play_url": "https://traffic.megaphone.fm/1.mp3#t=75"})
    True
    """
    return item.get("start_seconds") is not None and inserts_adverts(item["play_url"])


def show_text(value: Any) -> Any:
    """Text as a page may show it: without control characters, which XML forbids, and those that turn its direction.

    >>> show_text("a\\x00b\\u202ec")
    'abc'
    """
    return _UNSHOWN.sub("", value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def open_templates(is_html: bool) -> Environment:
    """The templates with all that they call: what HTML or XML would act on is escaped, or nothing is."""
    environment = Environment(
        loader=PackageLoader("brief_pipeline", "stages/templates"),
        autoescape=is_html,
        undefined=StrictUndefined,
        finalize=show_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"drift_note": DRIFT_NOTE}
    environment.filters |= {"clock": format_clock, "day": format_day, "md": escape_markdown, "web": _only_web}
    environment.filters |= {"earlier": tell_earlier, "voices": name_voices, "relation": RELATION_WORDS.__getitem__}
    environment.filters |= {"play_words": name_play, "drifts": may_drift, "hours": format_hours}
    environment.filters |= {"short": shorten, "count": count_things, "month": format_month, "weekday": format_weekday}
    environment.filters |= {"wrap": wrap_text}
    environment.filters |= {"brief_page": brief_page, "insight_page": insight_page}
    environment.filters |= {"show_page": show_page, "episode_page": episode_page}
    return environment


def _only_web(url: str | None) -> str:
    """An address that may stand in a link: http and https only, without what would end a Markdown link."""
    if not url or not re.match(r"https?://", url, re.I):
        return ""
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")


def _as_text(value: Any) -> str:
    return str(value.isoformat())
