"""From the day's insights to the brief on disk."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.stages.brief import Brief, render_html, render_json, render_markdown
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import each_day, step
from brief_pipeline.wiring.workbench import Reports, merge_notes, tell_why

Row = dict[str, Any]

RENDERERS = {"markdown": (".md", render_markdown), "html": (".html", render_html), "json": (".json", render_json)}


def write_briefs(house: House, days: Sequence[date]) -> Reports:
    """The brief of each day and listener as Markdown, HTML and JSON: raw.briefs, data/briefs/.

    The first listener's lie in that folder itself, those of the others in folders of their names.
    """
    reports: Reports = {}
    for day in each_day(days):
        listeners = house.store.select("raw.listeners", ("listener", "position"), published_on=day)
        with step("reading"):
            briefs = read_briefs(house, day, [row["listener"] for row in listeners])
        with step("writing"):
            rows = [
                _write_brief(house, briefs[row["listener"]], Path("briefs") / (row["listener"] if row["position"] else ""))
                for row in listeners
            ]
            house.store.replace("raw.briefs", rows, published_on=day)
        told = sum(len(brief.items) for brief in briefs.values())
        problems = max((brief.problems for brief in briefs.values()), key=len, default=())
        paths = {f"path_{row['listener']}" if place else "path": row["html_path"] for place, row in enumerate(rows)}
        merge_notes(reports, day, rows=len(rows), told=told, problems=len(problems), **paths)
        tell_why(reports, day, "could not be done", problems, "main.episode_health")
    return reports


def _write_brief(house: House, brief: Brief, folder: Path) -> Row:
    row: Row = {"listener": brief.listener, "published_on": brief.day, "insights_count": len(brief.items)}
    for kind, (suffix, render) in RENDERERS.items():
        path = folder / f"{brief.day.isoformat()}{suffix}"
        body = render(brief).encode()
        write_whole(house.settings.data / path, body)
        row[f"{kind}_path"] = str(path)
        if kind == "json":
            row["json_sha256"] = sha256(body).hexdigest()
    return row


def read_brief(house: House, day: date, listener: str) -> Brief:
    """All that a listener's brief of a day says."""
    return read_briefs(house, day, [listener])[listener]


def read_briefs(house: House, day: date, listeners: Sequence[str]) -> dict[str, Brief]:
    """All that the briefs of a day say, by listener: what was looked at is the same for all."""
    items: dict[str, list[Row]] = {listener: [] for listener in listeners}
    rows = house.store.select("main.brief_items", published_on=day, listener=listeners)
    for row in sorted(rows, key=lambda row: row["rank"]):
        items[row["listener"]].append(row)
    health = house.store.select("main.episode_health", published_on=day)
    looked = house.store.select("raw.feed_days", published_on=day)
    problems = [f"{row['show_title']}: {row['title']}: {row['reason']}" for row in health if row["reason"]]
    problems += [f"{row['show_title']}: {row['reason']}" for row in looked if row["status"] == "never read"]
    read = [row for row in health if row["status"] != "stopped"]
    hours = sum(row["hours"] or 0.0 for row in read)
    return {
        listener: Brief(day, listener, told, len(looked), len(read), hours, sorted(problems))
        for listener, told in items.items()
    }
