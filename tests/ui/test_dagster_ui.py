"""What its operators do in the Dagster UI, done for real: the demo's pipeline in a headless Chromium, on loopback.

One browser and one UI for all, in the order of a first morning: look at the graph, launch a day, backfill a week, read
what each asset says of itself. Some three minutes on two cores.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import Any

import dagster as dg
import httpx
import pytest
from ui.browser import HEIGHT, WIDTH, Box, DagsterPage
from ui.launching import LINEAGE, await_end, launch_day, launch_days

from brief_pipeline.definitions import defs

GROUPS = ["discovery", "listening", "reading", "comparing", "telling"]  # the order of the work
ASSETS = dict(sorted((spec.key.to_user_string(), spec) for spec in defs.resolve_all_asset_specs()))
CHECKS = sorted((key.asset_key.to_user_string(), key.name) for key in defs.resolve_asset_graph().asset_check_keys)
DAY, WEEK = "2026-03-03", ("2026-02-27", "2026-03-05")  # of the demo, whose episodes are of three days
PAGES = {"/overview": "Timeline", "/jobs": "daily_brief", "/automation": "every_morning", "/assets": "unique_insights"}
PICTURE_SIZE, MARGIN = (2600, 1900), 24  # in pixels, of the lineage for the README
LATEST = """query($asset: [String!]!) { assetOrError(assetKey: {path: $asset}) { ... on Asset {
    assetMaterializations(limit: 1) { metadataEntries { label } } } } }"""


@pytest.fixture(scope="module")
def day_ended(page: DagsterPage) -> str:
    """How the run of a day ended that was launched with the mouse."""
    launched = launch_day(page, DAY)
    ended = await_end(page, launched)
    page.shoot("run")
    return ended


@pytest.fixture(scope="module")
def week_ended(page: DagsterPage, day_ended: str) -> str:
    """How the backfill of a week ended that was launched with the mouse, once the day was over. Its page is left open."""
    launched = launch_days(page, *WEEK)
    ended = await_end(page, launched)
    page.shoot("backfill")
    return ended


def test_the_lineage_shows_the_groups_in_the_order_of_the_work(page: DagsterPage) -> None:
    page.open(LINEAGE)
    groups = sorted({spec.group_name or "" for spec in ASSETS.values()})
    boxes = page.until(lambda: _measure_all(page, groups), f"the groups {groups}")
    page.shoot("groups")
    in_order = sorted(boxes, key=lambda name: boxes[name].left)
    assert in_order[: len(GROUPS)] == GROUPS
    assert all(boxes[before].right < boxes[after].left for before, after in pairwise(in_order))


def test_the_whole_graph_can_be_read(page: DagsterPage) -> None:
    page.open(LINEAGE)
    page.until(lambda: _measure_all(page, GROUPS), "the groups")
    page.click_icon("settings")
    page.click("Expand all groups", selector="a, [role=menuitem]")
    page.until(lambda: _measure_all(page, list(ASSETS)), "all assets")
    page.driver.set_window_size(*PICTURE_SIZE)
    page.open(LINEAGE)  # which remembers that all is shown, and now fits it into the larger window
    page.until(lambda: _measure_all(page, list(ASSETS)), "all assets")
    page.await_still("foreignObject")
    boxes = _measure_all(page, list(ASSETS))
    page.hide_around("zoom_in")
    page.shoot("lineage", _surround(list(boxes.values())))
    page.driver.set_window_size(WIDTH, HEIGHT)
    assert not [pair for pair in combinations(boxes, 2) if _overlap(*(boxes[name] for name in pair))]


def test_a_day_launched_with_the_mouse_becomes_a_brief(page: DagsterPage, day_ended: str) -> None:
    assert day_ended == "Success"
    page.open("/assets/brief?view=overview")
    page.await_text("Latest materialization", DAY)


def test_a_week_launched_with_the_mouse_is_one_run_of_all_its_days(page: DagsterPage, week_ended: str) -> None:
    assert week_ended == "Succeeded"
    assert re.search(r"100% completed\s+7\s+0\s+7\s+0", page.read())  # of 7 days none in progress, 7 done, none failed
    page.click("Runs", selector="[role=tab], a[title=Runs], button[title=Runs]")
    runs = page.await_text("Manually launched", "Success")
    page.shoot("backfill_runs")
    assert runs.count("Manually launched") == 1


@pytest.mark.parametrize("asset", ASSETS)
def test_an_assets_page_says_what_it_is_and_what_was_done(page: DagsterPage, week_ended: str, asset: str) -> None:
    spec = ASSETS[asset]
    columns: dg.TableSchema = spec.metadata["dagster/column_schema"]
    page.open(f"/assets/{asset}?view=overview")
    labels = _list_labels(page, asset)
    shown = page.await_text("Latest materialization", "Columns", "Definition", *labels)
    page.shoot(f"asset_{asset}")
    said = _on_one_line(shown)
    assert spec.description
    assert _on_one_line(spec.description.splitlines()[0]) in said
    assert labels
    assert columns.columns
    for column in columns.columns:
        assert column.description, column.name
        assert _on_one_line(f"{column.name} {column.type} {column.description}") in said
    assert "No metadata entries" not in shown


@pytest.mark.parametrize("asset", sorted({asset for asset, _ in CHECKS}))
def test_an_assets_checks_are_there_and_hold(page: DagsterPage, week_ended: str, asset: str) -> None:
    names = sorted(name for of, name in CHECKS if of == asset)
    page.open(f"/assets/{asset}?view=checks")
    shown = page.await_text(f"Checks ({len(names)})", "Latest execution", "Passed")
    page.shoot(f"checks_{asset}")
    titles = page.driver.execute_script("return [...document.querySelectorAll('[title]')].map(e => e.title)")
    assert [name for name in names if name not in titles] == []
    assert shown.count("Succeeded") == len(names)


def test_nothing_is_asked_of_another_host_and_no_page_breaks(page: DagsterPage, week_ended: str) -> None:
    for path, shown in PAGES.items():
        page.open(path)
        page.await_text(shown)
    page.shoot("catalog")
    assert page.list_hosts() == {"127.0.0.1"}
    assert page.list_errors() == []


def _on_one_line(text: str) -> str:
    """The words as they are read: where lines break, and what Markdown's marks do, is the page's business."""
    return " ".join(text.replace("`", "").split())


def _measure_all(page: DagsterPage, names: list[str]) -> dict[str, Box]:
    """Where the graph shows these; nothing until it shows all."""
    boxes = page.measure("foreignObject > div", names) | page.measure("foreignObject div", names)
    return boxes if len(boxes) == len(names) else {}


def _surround(boxes: list[Box]) -> Box:
    lows = (min(box.left for box in boxes), min(box.top for box in boxes))
    highs = (max(box.right for box in boxes), max(box.bottom for box in boxes))
    return Box(lows[0] - MARGIN, lows[1] - MARGIN, highs[0] + MARGIN, highs[1] + MARGIN)


def _overlap(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def _list_labels(page: DagsterPage, asset: str) -> list[str]:
    """The names under which the newest materialisation tells of itself. Dagster shows some of its own elsewhere."""
    asked = {"query": LATEST, "variables": {"asset": [asset]}}
    answer: Any = httpx.post(f"{page.url}/graphql", json=asked, timeout=60).json()
    (latest,) = answer["data"]["assetOrError"]["assetMaterializations"]
    labels = [entry["label"] for entry in latest["metadataEntries"]]
    return [label for label in labels if not label.startswith("dagster/") or label == "dagster/partition_row_count"]
