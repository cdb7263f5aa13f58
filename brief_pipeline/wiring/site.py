"""The pages of the site: data/site/."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import date
from functools import partial
from typing import Any

from brief_pipeline.engines.page_folder import PageTree, build_pages
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
from brief_pipeline.stages.site_path import ATOM, JSON_FEED, episode_page, insight_page
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
            briefs = _add_pages(rows, tree, site)
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


def _add_pages(rows: PageRows, tree: PageTree, site: Site) -> list[Brief]:
    """Adds every page that changed, and takes the others over. Gives the briefs, the oldest first."""
    shows = list(rows.read("shows"))
    paid = [show for show in shows if site.url and is_for_subscribers(show["url"] or "")]
    private, titles = {show["feed_id"] for show in paid}, {show["show_title"] for show in paid}
    look = content_id(describe_look(site), *sorted(private))
    standing = _add_many(rows, tree, site, look, "insights", insight_page, partial(lay_out_insight, private=private))
    _add_many(rows, tree, site, look, "episodes", episode_page, partial(lay_out_episode, private=private))
    briefs = [(row, link_to_pages(brief, standing, titles)) for row, brief in _read_briefs(rows)]
    for page in _lay_out_few(shows, briefs, standing):
        input_hash = content_id(page.input_hash, look)
        if not tree.keep(page.path, input_hash):
            tree.write(page.path, input_hash, render_page(page, site).encode())
    return [brief for _, brief in briefs]


def _add_many(
    rows: PageRows,
    tree: PageTree,
    site: Site,
    look: str,
    name: str,
    path_of: Callable[[str], str],
    lay_out: Callable[[Row], Page],
) -> set[str]:
    """Adds a page for each row of a SELECT. Gives the ids of the rows."""
    hashes = {key: content_id(row_hash, look) for key, row_hash in rows.hash_rows(name).items()}
    changed = [key for key, input_hash in hashes.items() if not tree.keep(path_of(key), input_hash)]
    for row in rows.read(name, changed) if changed else ():
        page = lay_out(row)
        tree.write(page.path, hashes[next(iter(row.values()))], render_page(page, site).encode())
    return set(hashes)


def _lay_out_few(shows: Sequence[Row], briefs: Sequence[tuple[Row, Brief]], standing: Set[str]) -> Iterator[Page]:
    """The pages of which there are few enough to look at each."""
    days = {brief.day for _, brief in briefs}
    for show in shows:
        yield lay_out_show(show, standing, days)
    yield lay_out_shows(shows)
    for row, brief in briefs:
        yield lay_out_brief(brief, row["before_on"], row["after_on"])
    told = [brief for _, brief in briefs]
    yield lay_out_archive(told)
    if briefs:
        row, brief = briefs[-1]
        yield lay_out_brief(brief, row["before_on"], None, is_today=True)
    else:
        yield lay_out_archive(told, is_today=True)


def _read_briefs(rows: PageRows) -> Iterator[tuple[Row, Brief]]:
    """The briefs of the first listener, the oldest first, each with its row."""
    items: dict[date, list[Row]] = defaultdict(list)
    for item in rows.read("brief_items"):
        items[item["published_on"]].append(item)
    for row in rows.read("briefs"):
        day = row["published_on"]
        counts = row["shows"], row["episodes"], row["hours"]
        yield row, Brief(day, row["listener"], items[day], *counts, row["problems"])


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
