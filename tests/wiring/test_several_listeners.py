"""Two listeners with interests of their own, from the feeds to their briefs on disk and on the screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from conftest import default_pages
from fakes import FakeEmbedder
from samples import DAY, HOST, make_feed, make_item, make_vtt
from typer.testing import CliRunner, Result

from brief_pipeline.cli import app
from brief_pipeline.settings import read_settings
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import Ran, run_days

NEXT = DAY + timedelta(days=1)
BREAD = (
    ("Ines", "Welcome back to the bakery, everybody."),
    ("Paul", "Bakers who let rye dough rest for 20 hours sell twice as much bread, because the crust keeps for a week."),
    ("Ines", "And what did the ovens cost?"),
    ("Paul", "Small bakeries should never buy frozen dough, because customers who taste it once do not come back."),
    ("Paul", "A second oven pays for itself within 14 months, because the queue in the morning gets shorter."),
)
SETTINGS = """
interests = ["Cities that charge drivers at rush hour"]
[listeners.anna]
interests = ["Bakeries should never buy frozen dough"]
[listeners.anna.weights]
"show one" = 0
"""

Build = Callable[[str], House]


@pytest.fixture
def build(make_house: Callable[..., House], tmp_path: Path) -> Build:
    """Builds a house that follows a show on traffic and one on bread, by a brief.toml."""

    def make(text: str = SETTINGS) -> House:
        (tmp_path / "brief.toml").write_text(text)
        settings = read_settings()
        own = {name: getattr(settings, name) for name in ("interests", "dislikes", "weights", "listeners")}
        pages = default_pages() | {
            f"{HOST}/two.xml": make_feed("Show Two", make_item("rye", show="two")),
            f"{HOST}/two/rye.vtt": make_vtt(BREAD),
        }
        return make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"], **own)

    return make


def run(house: House, *days: Any) -> Ran:
    with dg.DagsterInstance.ephemeral() as instance:
        ran = run_days(house, days or [DAY], instance)
    assert ran.succeeded, ran.problems
    return ran


def read_json(house: House, path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((house.settings.data / path).read_text())
    return content


def list_shows(brief: dict[str, Any]) -> list[str]:
    return [item["show_title"] for item in brief["insights"]]


def brief(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_each_listener_has_a_brief_of_their_own_in_a_place_of_its_own(build: Build) -> None:
    house = build(SETTINGS)
    run(house)
    files = {str(path.relative_to(house.settings.data)) for path in house.settings.data.glob("briefs/**/*.*")}
    kinds = ("html", "json", "md")
    assert files == {f"briefs/{folder}{DAY}.{kind}" for folder in ("", "anna/") for kind in kinds}
    mine, hers = read_json(house, f"briefs/{DAY}.json"), read_json(house, f"briefs/anna/{DAY}.json")
    assert (mine["listener"], hers["listener"]) == ("me", "anna")
    assert list_shows(mine)[0] == "Show One"
    assert set(list_shows(hers)) == {"Show Two"}
    rows = {row["listener"]: row for row in house.store.select("raw.briefs", published_on=DAY)}
    assert {name: row["json_path"] for name, row in rows.items()} == {
        "me": f"briefs/{DAY}.json",
        "anna": f"briefs/anna/{DAY}.json",
    }
    assert rows["anna"]["insights_count"] == len(hers["insights"])


def test_a_brief_says_to_whom_it_gives_which_reason(build: Build) -> None:
    house = build(SETTINGS)
    run(house)
    page = (house.settings.data / f"briefs/anna/{DAY}.html").read_text()
    assert "you care about: Bakeries should never buy frozen dough" in page
    assert "you care about: Cities" not in page


def test_a_muted_show_tells_its_listener_nothing_and_the_other_what_it_has(build: Build) -> None:
    house = build(SETTINGS)
    run(house)
    choices = house.store.select("model.choices", published_on=DAY)
    feeds = {row["feed_id"]: row["show_title"] for row in house.store.select("raw.feeds")}
    hers = {row["outcome"] for row in choices if row["listener"] == "anna" and feeds[row["feed_id"]] == "Show One"}
    assert hers == {"muted"}
    assert "Show One" in list_shows(read_json(house, f"briefs/{DAY}.json"))


def test_of_what_nobody_asked_for_a_brief_tells_one_at_most(build: Build) -> None:
    house = build(SETTINGS)
    run(house)
    for listener in ("me", "anna"):
        told = house.store.select("main.top_insights", published_on=DAY, listener=listener)
        assert sum(row["interest"] < 0.25 for row in told) <= 1


def test_a_listener_who_joins_costs_no_episode_anew_and_changes_no_brief_of_the_others(build: Build) -> None:
    house = build(SETTINGS.partition("[listeners")[0])
    run(house)
    before = read_json(house, f"briefs/{DAY}.json")
    embedder = FakeEmbedder()
    joined = build(SETTINGS)
    run(joined_house := House(**{**vars(joined), "embedder": embedder}))
    assert set(embedder.asked) == {"Cities that charge drivers at rush hour", "Bakeries should never buy frozen dough"}
    assert read_json(joined_house, f"briefs/{DAY}.json") == before
    assert list_shows(read_json(joined_house, f"briefs/anna/{DAY}.json"))


def test_neither_is_told_anything_twice_and_the_second_run_changes_nothing(build: Build) -> None:
    house = build(SETTINGS)
    run(house, DAY, NEXT)
    told = house.store.select("main.top_insights")
    assert len({(row["listener"], row["insight_id"]) for row in told}) == len(told)
    files = {path: path.read_bytes() for path in house.settings.data.glob("briefs/**/*.*")}
    run(house, DAY, NEXT)
    assert {path: path.read_bytes() for path in house.settings.data.glob("briefs/**/*.*")} == files
    assert house.store.select("main.top_insights") == told


def test_where_only_others_are_named_the_first_of_them_has_the_plain_folder(build: Build) -> None:
    house = build("[listeners.zoe]\ninterests = ['Cities and drivers']\n[listeners.anna]\ninterests = ['Rye bread']\n")
    run(house)
    assert read_json(house, f"briefs/{DAY}.json")["listener"] == "anna"
    assert read_json(house, f"briefs/zoe/{DAY}.json")["listener"] == "zoe"


# --- on the screen


def test_show_and_why_speak_of_the_listener_that_is_named(build: Build) -> None:
    house = build(SETTINGS)
    run(house)
    mine, hers = brief("show"), brief("show", "--listener", "Anna")
    assert (mine.exit_code, hers.exit_code) == (0, 0)
    assert "Show One: pricing" in mine.output
    assert "Show Two: rye" in hers.output
    assert "Show One" not in hers.output
    shown = json.loads(brief("show", str(DAY), "--listener", "anna", "--json").output)
    assert shown == read_json(house, f"briefs/anna/{DAY}.json")
    why = json.loads(brief("why", shown["insights"][0]["insight_id"], "--listener", "anna", "--json").output)
    assert {place["listener"] for place in why["places"]} == {"anna"}
    assert why["defects"] == []


def test_a_listener_that_is_not_there_is_said_with_those_that_are(build: Build) -> None:
    run(build(SETTINGS))
    wrong = brief("show", "--listener", "carl").exception
    assert str(wrong).startswith("No listener is called 'carl': there is me, anna.")


def test_what_one_listener_says_of_an_insight_is_not_held_against_the_other(build: Build) -> None:
    house = build(SETTINGS)
    run(house)
    insight_id = read_json(house, f"briefs/anna/{DAY}.json")["insights"][0]["insight_id"]
    assert brief("feedback", insight_id, "not-useful", "--listener", "anna").output.startswith("anna: not useful: ")
    run(house, NEXT)
    about = {"published_on": NEXT, "feedback_of": insight_id}
    assert {row["listener"] for row in house.store.select("model.candidates", **about)} == {"anna"}
    assert all(row["feedback"] == 0 for row in house.store.select("model.candidates", published_on=NEXT, listener="me"))
