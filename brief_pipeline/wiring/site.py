"""The pages of the site: data/site/."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from brief_pipeline.engines.page_folder import build_pages
from brief_pipeline.records import StageReport, content_id
from brief_pipeline.settings import Settings
from brief_pipeline.stages.address import is_for_subscribers
from brief_pipeline.stages.brief import Brief
from brief_pipeline.stages.page import (
    ICON,
    Page,
    Site,
    describe_look,
    lay_out_archive,
    lay_out_brief,
    lay_out_episode,
    lay_out_insight,
    lay_out_show,
    lay_out_shows,
    link_to_pages,
    name_stylesheet,
    read_icon,
    read_stylesheet,
    render_page,
)
from brief_pipeline.stages.site_path import ATOM, JSON_FEED
from brief_pipeline.stages.sitemap import ROBOTS, render_robots, render_sitemaps
from brief_pipeline.stages.syndication import render_atom, render_json_feed
from brief_pipeline.warehouse.models import Column
from brief_pipeline.warehouse.pages import PageRows, open_page_rows
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import step
from brief_pipeline.wiring.workbench import Reports

Row = dict[str, Any]

TABLE = "site.pages"  # no table, but the list of the pages beside their tree
COLUMNS = (
    Column("path", "VARCHAR", "where the page is, below data/site/"),
    Column("input_hash", "VARCHAR", "hash of what it was made from: the same is not made again"),
)


def publish_site(house: House) -> Reports:
    """Builds the pages as the tables are now, and puts them in place of those before at once."""
    site = describe_site(house.settings)
    with build_pages(house.settings.data / "site") as tree:
        with step("copying"), open_page_rows(house.store, house.settings.data / "site.trees") as rows, step("pages"):
            look, briefs = describe_look(site), []
            for page in _lay_out(rows, site, briefs):
                input_hash = content_id(page.input_hash, look)
                if not tree.keep(page.path, input_hash):
                    tree.write(page.path, input_hash, render_page(page, site).encode())
        for path, text in _list_files(list(tree.hashes), briefs, site).items():
            if not tree.keep(path, input_hash := content_id(text)):
                tree.write(path, input_hash, text.encode())
    notes: dict[str, float | int | str] = {
        "rows": len(tree.hashes),
        "pages": sum(path.endswith(".html") for path in tree.hashes),
        "written": len(tree.written),
        "kept": len(tree.hashes) - len(tree.written),
        "path": "site/index.html",
        "url": f"{site.url}/" if site.url else "",
    }
    return {None: StageReport(notes={name: value for name, value in notes.items() if value != ""})}


def describe_site(settings: Settings) -> Site:
    """What all pages have in common, by the settings."""
    has_sign_up = settings.site.served and settings.serve.sign_up and settings.mail.host is not None
    return Site(settings.site.title, settings.site.url, settings.site.served, has_sign_up)


def _lay_out(rows: PageRows, site: Site, briefs: list[Brief]) -> Iterator[Page]:
    """Every page. Fills in the briefs, the oldest first."""
    shows = list(rows.read("shows"))
    paid = [show for show in shows if site.url and is_for_subscribers(show["url"] or "")]
    private = {show["feed_id"] for show in paid}
    around = list(rows.read("briefs"))
    days = {row["published_on"] for row in around}
    standing = set()
    for row in rows.read("insights"):
        standing.add(row["insight_id"])
        yield lay_out_insight(row, days, private)
    for row in rows.read("episodes"):
        yield lay_out_episode(row, standing, private)
    for show in shows:
        yield lay_out_show(show, standing, days)
    yield lay_out_shows(shows)
    titles = {show["show_title"] for show in paid}
    items = _read_items(rows)
    for row in around:
        day = row["published_on"]
        told = Brief(day, row["listener"], items[day], row["shows"], row["episodes"], row["hours"], row["problems"])
        briefs.append(link_to_pages(told, standing, titles))
        yield lay_out_brief(briefs[-1], row["before_on"], row["after_on"])
    yield lay_out_archive(briefs)
    yield (
        lay_out_brief(briefs[-1], around[-1]["before_on"], None, is_today=True)
        if briefs
        else lay_out_archive(briefs, is_today=True)
    )


def _read_items(rows: PageRows) -> dict[date, list[Row]]:
    items: dict[date, list[Row]] = defaultdict(list)
    for item in rows.read("brief_items"):
        items[item["published_on"]].append(item)
    return items


def _list_files(pages: Sequence[str], briefs: Sequence[Brief], site: Site) -> dict[str, str]:
    """What lies beside the pages, by its path."""
    newest_first = list(reversed(briefs))
    return {
        ATOM: render_atom(newest_first, site),
        JSON_FEED: render_json_feed(newest_first, site),
        ROBOTS: render_robots(site),
        **render_sitemaps(sorted(pages), site),
        name_stylesheet(): read_stylesheet(),
        ICON: read_icon(),
    }
