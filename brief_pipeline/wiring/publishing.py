"""From the day's insights to the brief on disk."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.stages.brief import Brief, render_html, render_json, render_markdown
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.workbench import Reports, merge_notes

RENDERERS = {"markdown": (".md", render_markdown), "html": (".html", render_html), "json": (".json", render_json)}


def write_briefs(house: House, days: Sequence[date]) -> Reports:
    """The brief of each day as Markdown, HTML and JSON: raw.briefs, data/briefs/."""
    reports: Reports = {}
    for day in days:
        brief = read_brief(house, day)
        row: dict[str, Any] = {"published_on": day, "insights_count": len(brief.items)}
        for kind, (suffix, render) in RENDERERS.items():
            path = Path("briefs") / f"{day.isoformat()}{suffix}"
            body = render(brief).encode()
            write_whole(house.settings.data / path, body)
            row[f"{kind}_path"] = str(path)
            if kind == "json":
                row["json_sha256"] = sha256(body).hexdigest()
        house.store.replace("raw.briefs", [row], published_on=day)
        merge_notes(reports, day, rows=len(brief.items), problems=len(brief.problems), path=row["html_path"])
    return reports


def read_brief(house: House, day: date) -> Brief:
    """All that the brief of a day says."""
    items = sorted(house.store.select("main.brief_items", published_on=day), key=lambda row: row["rank"])
    health = house.store.select("main.episode_health", published_on=day)
    looked = house.store.select("raw.feed_days", published_on=day)
    problems = [f"{row['show_title']}: {row['title']}: {row['reason']}" for row in health if row["reason"]]
    problems += [f"{row['show_title']}: {row['reason']}" for row in looked if row["status"] == "never read"]
    read = [row for row in health if row["status"] != "stopped"]
    return Brief(day, items, len(looked), len(read), sum(row["hours"] or 0.0 for row in read), sorted(problems))
