"""What an operator does with runs: chooses days in the dialog, launches, and watches until it is over."""

from __future__ import annotations

import re

from ui.browser import DagsterPage

LINEAGE, JOB = "/asset-groups", "/locations/brief_pipeline.definitions/jobs/daily_brief/partitions"
DIALOG = "[role=dialog]"
DAYS_FIELD = f"{DIALOG} input[type=text]"
ENDS = ("Success", "Succeeded", "Failure", "Failed", "Canceled")
RUN_SECONDS = 600  # forty on two cores of their own; beside a test suite, ten times that


def launch_day(page: DagsterPage, day: str) -> str:
    """Launches a day of all assets from the lineage page. Gives the start of the run's id."""
    page.open(LINEAGE)
    page.click("Materialize all")
    _choose_days(page, day)
    page.click("Launch 1 run", within=DIALOG)
    return _follow(page, r"Launched run (\w+)")


def launch_days(page: DagsterPage, first: str, last: str) -> str:
    """Launches a range of days of the daily job. Gives the backfill's id."""
    page.open(JOB)
    page.click("Materialize")
    _choose_days(page, f"[{first}...{last}]")
    page.click("Launch backfill", within=DIALOG)
    return _follow(page, r"Created backfill (\w+)")


def _choose_days(page: DagsterPage, days: str) -> None:
    """The dialog offers the last 90 days until one asks for all: the demo's are older."""
    page.await_text("Partition selection", selector=DIALOG)
    page.await_still(DAYS_FIELD)
    if "Show all partitions" in page.read(DIALOG):
        page.click("Show all partitions", within=DIALOG)
        page.await_still(DAYS_FIELD)
    page.type(days, DAYS_FIELD)


def _follow(page: DagsterPage, toast: str) -> str:
    """Goes to the page of what was launched, by the note that says so."""
    launched = page.until(lambda: re.search(toast, page.read()), f"a note {toast!r}")
    page.click("View", selector="a, button")
    page.until(lambda: launched[1] in page.driver.current_url, f"the page of {launched[1]}")
    return str(launched[1])


def await_end(page: DagsterPage, launched: str) -> str:
    """How the run or the backfill ended whose page is open, in the page's word."""
    return page.until(lambda: _read_end(page.read(), launched), f"an end of {launched}", RUN_SECONDS)


def _read_end(text: str, launched: str) -> str | None:
    """A backfill's status stands below the word Status, a run's below its id."""
    lines = text.splitlines()
    heading = "Status" if "Status" in lines else launched
    status = lines[lines.index(heading) + 1] if heading in lines[:-1] else ""
    return status if status in ENDS else None
