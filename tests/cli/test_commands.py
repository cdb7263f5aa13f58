"""The command line as a person meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

Brief = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = ("dagster", "duckdb", "torch", "numpy", "pandas", "litellm", "httpx")


def yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def test_a_show_is_followed_run_and_shown(brief: Brief, site: str) -> None:
    assert brief("feeds", "add", f"{site}/feed.xml").stdout.strip() == "Following Loopback Show."
    ran = brief("run")
    assert ran.returncode == 0, ran.stderr
    assert "Otto, at 0:16, Loopback Show: pricing" in ran.stdout
    shown = json.loads(brief("show", "--json").stdout)
    assert shown["day"] == yesterday()
    assert f"{site}/pricing.mp3#t=16" in [insight["play_url"] for insight in shown["insights"]]
    insight_id = shown["insights"][0]["insight_id"]
    why = brief("why", insight_id[:8])
    assert f"Why: {insight_id}" in why.stdout
    assert "me, brief of" in why.stdout
    explained = json.loads(brief("why", insight_id, "--listener", "me", "--json").stdout)
    assert (explained["claim"], explained["defects"]) == (shown["insights"][0]["claim"], [])
    assert explained["places"][0]["score"] == shown["insights"][0]["score"]
    assert brief("feedback", insight_id[:8], "not-useful").stdout.startswith("me: not useful: ")
    assert "me: not useful" in brief("why", insight_id).stdout
    assert brief("feedback", insight_id, "forget").stdout.startswith("me: forgotten: ")
    listed = json.loads(brief("feeds", "list", "--json").stdout)
    assert [(row["show"], row["status"], row["episodes"]) for row in listed] == [("Loopback Show", "fetched", 1)]


def test_the_page_of_a_show_leads_to_its_feed(brief: Brief, site: str) -> None:
    assert "Following Loopback Show." in brief("feeds", "add", f"{site}/page.html").stdout
    again = brief("feeds", "add", f"{site}/feed.xml")
    assert (again.returncode, again.stderr.strip()) == (1, "Loopback Show is followed already.")


def test_shows_go_out_and_come_in_as_opml(brief: Brief, site: str, tmp_path: Path) -> None:
    brief("feeds", "add", f"{site}/feed.xml")
    file = str(tmp_path / "mine.opml")
    assert "1 shows written" in brief("feeds", "export", file).stdout
    assert "No longer following Loopback Show." in brief("feeds", "remove", "Loopback Show").stdout
    assert "1 shows added, 0 were followed already." in brief("feeds", "import", file).stdout


def test_an_address_of_this_machine_is_refused_unless_a_setting_opens_it(brief: Brief, site: str) -> None:
    done = brief("feeds", "add", f"{site}/feed.xml", BRIEF_WEB__PRIVATE_ADDRESSES="false")
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "private_addresses = true" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run",), "No show is followed yet"),
        (("run", "--day", "tomorrow"), "'tomorrow' is no day: write it as"),
        (("run", "--day", "2999-01-01"), "is out of range"),
        (("backfill", "--from", "2026-05-04", "--to", "2026-05-01"), "is after --to"),
        (("failures", "--stage", "video"), "'video' is no stage whose items can fail"),
        (("show",), "No brief was made yet"),
        (("why", "abc"), "too short for an insight's id"),
        (("why", "abcdef12"), "No insight's id begins with 'abcdef12'"),
        (("feedback", "abcdef12", "useful"), "No insight's id begins with 'abcdef12'"),
        (("feedback", "abcdef12", "splendid"), "'splendid' is no verdict"),
        (("feeds", "add", "http://127.0.0.1:9/feed.xml"), "no whole answer"),
        (("feeds", "add", "not a url"), "not an address to fetch from"),
        (("feeds", "remove", "Nobody"), "names 0 shows"),
        (("feeds", "import", "nowhere.opml"), "nowhere.opml cannot be read"),
    ],
)
def test_a_mistake_gets_one_clear_line(brief: Brief, arguments: tuple[str, ...], said: str) -> None:
    done = brief(*arguments, BRIEF_WEB__ATTEMPTS="1")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(brief: Brief, tmp_path: Path) -> None:
    (tmp_path / "brief.toml").write_text('[whisper]\nmodle = "small"\n')
    done = brief("feeds", "list")
    assert done.returncode == 1
    assert "whisper.modle: extra inputs are not permitted" in done.stderr


def test_doctor_finds_a_fresh_house_well(brief: Brief) -> None:
    done = brief("doctor")
    assert done.returncode == 0, done.stdout
    assert "all-MiniLM-L6-v2" in done.stdout


@pytest.mark.parametrize(
    "command", ["demo", "run", "backfill", "show", "why", "feedback", "doctor", "failures", "export", "ui", "feeds"]
)
def test_every_command_has_help(brief: Brief, command: str) -> None:
    done = brief(command, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_help_loads_nothing_that_takes_its_time() -> None:
    script = (
        "import sys; sys.argv = ['brief', '--help']\n"
        "from brief_pipeline.cli import app\n"
        "app(standalone_mode=False)\n"
        f"print('loaded', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().endswith("loaded []"), done.stdout + done.stderr
