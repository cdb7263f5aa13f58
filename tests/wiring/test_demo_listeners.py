"""Several listeners of the bundled sample, through the real engines: each gets a five of their own, and is learned from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import mean
from typing import Any

import pytest

from brief_pipeline.settings import ListenerSettings
from brief_pipeline.wiring.demo import DAYS, open_demo
from brief_pipeline.wiring.explaining import explain
from brief_pipeline.wiring.feedback import give_feedback
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.runs import open_instance, run_days

POWER, WORK = "Grid batteries, heat pumps and power bills", "The four-day week, night shifts and sleep"
LISTENERS = {
    "power": ListenerSettings(interests=[POWER], dislikes=[WORK]),
    "work": ListenerSettings(interests=[WORK], dislikes=[POWER]),
    "open": ListenerSettings(weights={"Marginal Notes": 0.0}),
}
FEWEST_CANDIDATES = 30
ABOUT_AI = re.compile(r"\bAI\b|\bchips?\b")


def ranks(house: House) -> dict[str, int]:
    """Where each of the last day's candidates stands with the listener who names nothing, by score."""
    rows = house.store.select("model.choices", listener="open", published_on=DAYS[-1])
    rows.sort(key=lambda row: (row["status"] == "seen", -row["score"], row["insight_id"]))
    return {row["insight_id"]: place for place, row in enumerate(rows, 1)}


def told(house: House, listener: str) -> set[str]:
    return {row["insight_id"] for row in house.store.select("main.top_insights", listener=listener, published_on=DAYS[-1])}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The demo with its listeners; then three thumbs-down on AI, and the last day again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIEF_CONFIG", str(tmp_path_factory.mktemp("config") / "brief.toml"))
        with open_demo(data_dir=tmp_path_factory.mktemp("demo"), interests=[], listeners=LISTENERS) as settings:
            house = build_house(settings)
            with open_instance(settings) as instance:
                assert run_days(house, DAYS, instance).succeeded
                fives = {name: told(house, name) for name in LISTENERS}
                before = ranks(house), fives["open"]
                claims = {row["insight_id"]: row["claim"] for row in house.store.select("raw.insights")}
                about = {insight_id for insight_id, claim in claims.items() if ABOUT_AI.search(claim)}
                old = house.store.select("raw.insights", ("insight_id",), published_on=DAYS[0])
                thumbed = sorted(row["insight_id"] for row in old if row["insight_id"] in about)[:3]
                for insight_id in thumbed:
                    give_feedback(house, insight_id, "not-useful", "open")
                assert run_days(house, DAYS[-1:], instance).succeeded
            yield {"house": house, "fives": fives, "before": before, "about": about - set(thumbed), "thumbed": thumbed}


def test_opposite_interests_share_at_most_one_of_five(world: dict[str, Any]) -> None:
    candidates = world["house"].store.select("model.candidates", listener="power", published_on=DAYS[-1])
    assert len(candidates) >= FEWEST_CANDIDATES
    power, work = world["fives"]["power"], world["fives"]["work"]
    assert len(power) >= 3
    assert len(work) >= 3
    assert len(power & work) <= 1


def test_three_thumbs_down_on_a_subject_move_the_next_five_away_from_it(world: dict[str, Any]) -> None:
    assert len(world["thumbed"]) == 3
    ranks_before, five_before = world["before"]
    ranks_after, five_after = ranks(world["house"]), told(world["house"], "open")
    about = sorted(world["about"] & ranks_before.keys() & ranks_after.keys())
    assert len(five_after & world["about"]) < len(five_before & world["about"])
    assert mean(ranks_after[one] for one in about) > mean(ranks_before[one] for one in about)


def test_what_one_listener_says_moves_no_one_elses_five(world: dict[str, Any]) -> None:
    for name in ("power", "work"):
        assert told(world["house"], name) == world["fives"][name]


def test_a_muted_show_is_told_to_those_who_did_not_mute_it_only(world: dict[str, Any]) -> None:
    muted = world["house"].store.select("model.choices", listener="open", outcome="muted")
    assert muted
    assert {row["score"] for row in muted} == {0.0}
    assert not world["house"].store.select("model.choices", listener="power", outcome="muted")


def test_each_listener_has_files_and_each_place_can_be_explained(world: dict[str, Any]) -> None:
    house = world["house"]
    for listener, folder in (("open", "."), ("power", "power"), ("work", "work")):
        assert (house.settings.data / "briefs" / folder / f"{DAYS[-1]}.html").is_file()
        for insight_id in told(house, listener):
            why = explain(house, insight_id, listener)
            assert why.defects == ()
            assert [place.day for place in why.places if place.rank] == [DAYS[-1]]
