"""The pages of the site: rows of dbt_like_sql/pages/ in, HTML out."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from typing import Any

from markupsafe import Markup

from brief_pipeline.stages.brief import RELATED_SHOWN, RELATION_WORDS, Brief, format_day, open_templates, shorten
from brief_pipeline.stages.site_path import ARCHIVE, SHOWS, brief_page, episode_page, insight_page, show_page

LOOK_VERSION = 1  # raise it where this room changes what pages show and the templates stay: all are rendered anew
MOST = 5  # insights of a brief
TOLD_SHOWN = 20  # on the page of a show
DESCRIPTION_CHARACTERS = 200  # what a preview shows of a text
INDEX = "index.html"
ICON = "icon.svg"

Row = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """What all pages have in common."""

    title: str
    url: str = ""  # the address of its root; "": not known, then nothing links to a page in full
    has_search: bool = False  # served beside the pages
    has_sign_up: bool = False


@dataclass(frozen=True)
class Page:
    """A page to be rendered: `values` are all that it is made from, beside the site."""

    path: str
    template: str
    heading: str
    description: str
    values: Mapping[str, Any]
    kind: str = "website"  # as previews call it: website | article

    @property
    def input_hash(self) -> str:
        """Of what it is made from: the same gives the same page, as long as the site and the templates are the same."""
        told = (self.template, self.heading, self.description, self.kind, sorted(self.values.items()))
        return sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def render_page(page: Page, site: Site) -> str:
    """The page as HTML: content escaped, no script, and nothing that is fetched from elsewhere but sound that is played."""
    root = "../" * page.path.count("/")
    about = {
        "heading": shorten(page.heading),
        "description": shorten(page.description, DESCRIPTION_CHARACTERS),
        "kind": page.kind,
        "url": f"{site.url}/{page.path}" if site.url else "",
        "site_title": site.title,
    }
    templates = open_templates(True)
    return templates.get_template(page.template).render(
        **page.values,
        root=root,
        social=Markup(templates.get_template("social.html.j2").render(about)),
        site_title=site.title,
        stylesheet=name_stylesheet(),
        search_url=f"{root}search" if site.has_search else None,
        sign_up_url=f"{root}sign-up" if site.has_sign_up else None,
        relations=RELATION_WORDS,
        shown=RELATED_SHOWN,
        most=MOST,
        latest=TOLD_SHOWN,
    )


def describe_look(site: Site) -> str:
    """A hash of all that shows on every page: where it differs, every page is rendered anew."""
    environment = open_templates(True)
    assert environment.loader is not None
    sources = [environment.loader.get_source(environment, name)[0] for name in environment.list_templates()]
    return sha256(repr((LOOK_VERSION, site, sources)).encode()).hexdigest()[:32]


@cache
def read_stylesheet() -> str:
    """The style of all pages."""
    environment = open_templates(True)
    assert environment.loader is not None
    return environment.loader.get_source(environment, "style.css")[0]


def name_stylesheet() -> str:
    """Its file: named by what is in it, so that no browser shows a new page in an old style."""
    return f"style-{sha256(read_stylesheet().encode()).hexdigest()[:8]}.css"


def read_icon() -> str:
    """The site's icon, as SVG."""
    environment = open_templates(True)
    assert environment.loader is not None
    return environment.loader.get_source(environment, ICON)[0]


def lay_out_insight(row: Row, private: Collection[str]) -> Page:
    """The page of an insight. `private`: feeds whose audio is not for everyone."""
    insight = {
        **point_to_audio(row, private),
        "voices": [point_to_audio(voice, private) for voice in row["voices"]],
    }
    said = f"{row['explanation']} {row['speaker'] or ''} {row['show_title'] or ''}"
    return Page(insight_page(row["insight_id"]), "insight.html.j2", row["claim"], said, {"insight": insight}, "article")


def lay_out_episode(row: Row, private: Collection[str]) -> Page:
    """The page of an episode."""
    place = {name: row[name] for name in ("feed_id", "audio_url")}
    insights = [point_to_audio({**item, **place}, private) for item in row["insights"]]
    episode = {**point_to_audio(row, private), "insights": insights}
    heading = row["title"] or "An episode without a title"
    said = f"{row['show_title'] or ''}, {format_day(row['published_on'])}: what was said that is worth knowing."
    return Page(episode_page(row["episode_id"]), "episode.html.j2", heading, said, {"episode": episode}, "article")


def lay_out_show(row: Row, standing: Collection[str], days: Collection[date]) -> Page:
    """The page of a show."""
    told = [item for item in row["told"] if item["insight_id"] in standing and item["told_on"] in days]
    heading = row["show_title"] or "A show without a title"
    said = f"What {heading} said that is worth knowing, episode by episode."
    return Page(show_page(row["feed_id"]), "show.html.j2", heading, said, {"show": {**row, "told": told}})


def lay_out_shows(rows: Iterable[Row]) -> Page:
    """The list of the shows."""
    shows = [
        {
            "feed_id": row["feed_id"],
            "show_title": row["show_title"],
            "is_followed": row["is_followed"],
            "insights_count": row["insights_count"],
            "episodes_count": len(row["episodes"]),
            "newest_on": max((episode["published_on"] for episode in row["episodes"]), default=None),
        }
        for row in sorted(rows, key=lambda row: ((row["show_title"] or "").casefold(), row["feed_id"]))
    ]
    return Page(SHOWS, "shows.html.j2", "Shows", "The shows that are looked at every day.", {"shows": shows})


def lay_out_brief(brief: Brief, before_on: date | None, after_on: date | None, is_today: bool = False) -> Page:
    """The page of a day's brief. `is_today`: the first page of the site, which shows it too."""
    claims = " ".join(item["claim"] for item in brief.items) or brief.scanned
    values = {
        "brief": brief,
        "before_on": before_on,
        "after_on": after_on,
        "here": "Today" if is_today else "",
    }
    path = INDEX if is_today else brief_page(brief.day)
    return Page(path, "brief.html.j2", brief.title, claims, values, "article")


def lay_out_archive(briefs: Sequence[Brief], is_today: bool = False) -> Page:
    """The list of the briefs, the newest first. `is_today`: in place of the first page, as long as there is no brief."""
    days = [
        {
            "day": brief.day,
            "month": f"{brief.day:%Y-%m}",
            "count": len(brief.items),
            "first_claim": brief.items[0]["claim"] if brief.items else "",
        }
        for brief in reversed(briefs)
    ]
    return Page(INDEX if is_today else ARCHIVE, "archive.html.j2", "Archive", "Every brief, by day.", {"days": days})


def link_to_pages(brief: Brief, standing: Collection[str], private: Collection[str]) -> Brief:
    """The brief as the site shows it: it names only insights that have a page, and plays only what is for everyone.

    `private`: the titles of the shows whose audio is not.
    """
    return replace(brief, items=[_link_item(item, standing, private) for item in brief.items])


def _link_item(item: Mapping[str, Any], standing: Collection[str], private: Collection[str]) -> Row:
    def adapt(told: Mapping[str, Any]) -> Row:
        insight_id, is_hidden = told.get("insight_id"), told["show_title"] in private
        return {
            **told,
            "insight_id": insight_id if insight_id in standing else None,
            "play_url": None if is_hidden else told["play_url"],
        }

    return {**adapt(item), "voices": list(map(adapt, item["voices"])), "related": list(map(adapt, item["related"]))}


def point_to_audio(row: Mapping[str, Any], private: Collection[str]) -> Row:
    """The row with where it plays in place of the file's address: from its second, where known (W3C Media Fragments).

    >>> row = {"feed_id": "f", "audio_url": "https://host.example/1.mp3", "start_seconds": 75.5}
    >>> point_to_audio(row, ())["play_url"], point_to_audio(row, {"f"})["play_url"]
    ('https://host.example/1.mp3#t=75', None)
    """
    url, start = row["audio_url"], row.get("start_seconds")
    is_hidden = bool(url) and row["feed_id"] in private
    if url and start is not None:
        url = f"{url.partition('#')[0]}#t={math.floor(start)}"
    told = {name: value for name, value in row.items() if name != "audio_url"}
    return {**told, "play_url": None if is_hidden else url, "is_for_subscribers": is_hidden}
