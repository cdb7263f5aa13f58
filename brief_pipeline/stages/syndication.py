"""The feeds of the briefs: Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from brief_pipeline.stages.brief import Brief, open_templates, shorten, show_text
from brief_pipeline.stages.page import DESCRIPTION_CHARACTERS, INDEX, Site
from brief_pipeline.stages.site_path import JSON_FEED, brief_page

NEWEST = 30  # briefs in a feed
JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
NOWHERE = "brief_pipeline"  # what ids are made of where the site's address is not known

Entry = Mapping[str, Any]


def render_atom(briefs: Iterable[Brief], site: Site) -> str:
    """The newest briefs as an Atom feed. `briefs`: the newest first."""
    entries = [_tell_entry(brief, site) for brief in briefs][:NEWEST]
    updated = max((entry["at"] for entry in entries), default="1970-01-01T00:00:00+00:00")
    template = open_templates(True).get_template("feed.xml.j2")
    return template.render(entries=entries, updated=updated, feed_id=_name("", site), site_title=site.title, url=site.url)


def render_json_feed(briefs: Iterable[Brief], site: Site) -> str:
    """The newest briefs as a JSON Feed. `briefs`: the newest first."""
    items = [
        {
            "id": entry["id"],
            "title": show_text(entry["title"]),
            "summary": show_text(entry["summary"]),
            "content_html": entry["html"],
            "date_published": entry["at"],
            **({"url": entry["url"]} if entry["url"] else {}),
        }
        for entry in [_tell_entry(brief, site) for brief in briefs][:NEWEST]
    ]
    here = {"home_page_url": f"{site.url}/{INDEX}", "feed_url": f"{site.url}/{JSON_FEED}"} if site.url else {}
    content = {"version": JSON_FEED_VERSION, "title": show_text(site.title), "language": "en", **here, "items": items}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _tell_entry(brief: Brief, site: Site) -> Entry:
    path = brief_page(brief.day)
    claims = " ".join(item["claim"] for item in brief.items) or brief.scanned
    return {
        "id": _name(path, site),
        "title": brief.title,
        "url": f"{site.url}/{path}" if site.url else "",
        "at": datetime.combine(brief.day + timedelta(days=1), time(), UTC).isoformat(),  # the day is over by then
        "summary": shorten(claims, DESCRIPTION_CHARACTERS),
        "html": str(open_templates(True).get_template("entry.html.j2").render(brief=brief, url=site.url)),
    }


def _name(path: str, site: Site) -> str:
    """An id that stays, whatever becomes of the page (RFC 4287, 4.2.6)."""
    return uuid5(NAMESPACE_URL, f"{site.url or NOWHERE}/{path}").urn
