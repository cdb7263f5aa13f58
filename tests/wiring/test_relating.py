"""What is read with each insight of a day: of other shows, near, varied, on the pages of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeLlm
from wiring.near_world import DAY, LATER, NEXT, Told, add, aim, decide, make_days, read, relate

from brief_pipeline.engines.vector_index import UsearchIndex
from brief_pipeline.settings import BriefSettings, LlmSettings, NeighbourSettings
from brief_pipeline.stages.relation import MOST, MOST_OF_A_SHOW
from brief_pipeline.wiring.comparing import RULES, pair_insights
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.relating import relate_insights

MakeHouse = Callable[..., House]

ALL = [DAY, NEXT, LATER]
LOWERS, RAISES = "A toll lowers the traffic of a town.", "With a toll the streets of a town fill up."
AROUND = ((40, 0), (-40, 0), (0, 45), (0, -45))  # near what is at (0, 0), and none near another
QUESTION = "Does a toll lower the traffic of a town?"


def list_of(house: House, name: str) -> list[str]:
    """The related list of an insight of the day, the first to read first."""
    rows = [row for row in house.store.select("raw.relations", insight_id=name) if row["position"]]
    assert sorted(row["position"] for row in rows) == list(range(1, len(rows) + 1))
    return [row["related_id"] for row in sorted(rows, key=lambda row: row["position"])]


def page_of(house: House, name: str) -> dict[str, Any]:
    return {row["related_id"]: row for row in house.store.select("main.related_insights", insight_id=name)}


@pytest.mark.parametrize("seed", [3, 4])
def test_day_by_day_and_all_at_once_give_the_same_lists(make_house: MakeHouse, tmp_path: Path, seed: int) -> None:
    daily, told = make_house(), make_days(seed)
    at_once = replace(daily, store=type(daily.store)(tmp_path / "other.duckdb", daily.store.sql_folder))
    add(at_once, *told)
    decide(at_once, ALL)
    for day in ALL:
        add(daily, *[one for one in told if one.day == day])
        decide(daily, [day])
    lists = {one.name: list_of(daily, one.name) for one in told}
    assert {one.name: list_of(at_once, one.name) for one in told} == lists
    assert sum(map(len, lists.values())) > len(told)
    assert read(daily, "model.unique_insights") == read(at_once, "model.unique_insights")


def test_lists_hold_no_own_show_and_few_of_a_show_and_no_more_than_ten(make_house: MakeHouse) -> None:
    house, told = make_house(), make_days(seed=5, a_day=60)
    add(house, *told)
    decide(house, ALL)
    shows = {one.name: one.show for one in told}
    for one in told:
        heard = [shows[name] for name in list_of(house, one.name)]
        assert one.show not in heard
        assert len(heard) <= MOST
        assert max(Counter(heard).values(), default=0) <= MOST_OF_A_SHOW


def test_a_new_insight_stands_on_the_pages_of_the_older_ones(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("old", aim(0)), Told("new", aim(40), NEXT, "two"))
    decide(house, [DAY])
    decide(house, [NEXT])
    assert (page_of(house, "new")["old"]["position"], page_of(house, "new")["old"]["related_on"]) == (1, DAY)
    assert (page_of(house, "old")["new"]["position"], page_of(house, "old")["new"]["related_on"]) == (None, NEXT)


def test_a_day_filled_in_late_stands_on_both_pages_and_takes_no_place_from_earlier_ones(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("before", aim(45), DAY, "three"), *[Told(f"l{n}", aim(n), LATER, f"show{n}") for n in range(12)])
    decide(house, [DAY])
    decide(house, [LATER])
    add(house, Told("late", aim(1, 30), NEXT, "two"))
    decide(house, [NEXT])
    assert list_of(house, "late") == ["before"]
    later = {name for name, row in page_of(house, "late").items() if row["position"] is None}
    assert len(later) > 0
    assert all("late" in page_of(house, name) for name in later)


def test_what_was_seen_before_is_on_no_page_and_has_none(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("first", aim(0)), Told("again", aim(2), NEXT, "two"), Told("new", aim(40), NEXT, "three"))
    decide(house, [DAY, NEXT])
    statuses = {row["insight_id"]: row["status"] for row in house.store.select("model.unique_insights")}
    assert statuses == {"first": "new", "again": "seen", "new": "new"}
    assert (list_of(house, "again"), list_of(house, "new")) == ([], ["first"])


def test_what_comes_of_a_show_no_longer_followed_is_on_no_list(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("gone", aim(30), DAY, "two"), Told("kept", aim(-40), DAY, "three"), Told("new", aim(0), NEXT))
    decide(house, [DAY])
    house.store.replace("raw.episodes", [], feed_id="two")
    decide(house, [NEXT])
    assert list_of(house, "new") == ["kept"]


def test_an_insight_of_a_show_no_longer_followed_still_counts_as_said(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("gone", aim(0), DAY, "two"), Told("again", aim(2), NEXT, "one"))
    decide(house, [DAY])
    house.store.replace("raw.episodes", [], feed_id="two")
    decide(house, [NEXT])
    [row] = house.store.select("model.unique_insights", published_on=NEXT)
    assert (row["status"], row["of_insight_id"]) == ("seen", "gone")


def test_a_relation_says_who_decided_it_and_why(make_house: MakeHouse) -> None:
    llm = FakeLlm([], pairs={(LOWERS, RAISES): {"relation": "contradicts", "question": QUESTION, "why": "up against down"}})
    house = make_house(llm=llm, settings=make_house().settings.model_copy(update={"llm": LlmSettings(model=llm.name)}))
    add(house, Told("old", aim(0), claim=LOWERS), Told("new", aim(30), NEXT, "two", RAISES))
    decide(house, [DAY, NEXT])
    row = page_of(house, "old")["new"]
    assert [row[name] for name in ("relation", "question", "decided_by", "reason")] == [
        "contradicts",
        QUESTION,
        llm.name,
        "up against down",
    ]
    assert page_of(house, "new")["old"]["relation"] == "contradicts"


def test_what_said_the_same_before_the_look_back_agrees(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("first", aim(0), DAY - timedelta(days=90)), Told("again", aim(2), DAY, "two"))
    decide(house, [DAY - timedelta(days=90), DAY])
    row = page_of(house, "again")["first"]
    assert (row["relation"], row["score"], row["decided_by"]) == ("agrees", 1.0, RULES)


def test_hundreds_of_the_own_show_and_of_later_days_leave_the_list_as_it_is(make_house: MakeHouse) -> None:
    house = make_house(brief=BriefSettings(window_days=0))
    old = DAY - timedelta(days=50)
    add(house, Told("new", aim(0)), *[Told(f"s{n}", aim(*at), old, f"show{n}") for n, at in enumerate(AROUND)])
    decide(house, [old, DAY])
    alone = list_of(house, "new")
    assert len(alone) == len(AROUND)
    add(house, *[Told(f"own{n:03}", aim(n / 25), old, "one") for n in range(300)])
    add(house, *[Told(f"later{n:03}", aim(n / 25), LATER, "two") for n in range(300)])
    pair_insights(house, [DAY])
    relate(house, [DAY])
    assert list_of(house, "new") == alone


def test_the_index_gives_the_same_lists(make_house: MakeHouse, tmp_path: Path) -> None:
    pytest.importorskip("usearch")
    exact = make_house()
    add(exact, *make_days(seed=6))
    decide(exact, ALL)
    expected = [read(exact, table) for table in ("raw.insight_pairs", "raw.relations", "main.related_insights")]
    index = UsearchIndex(tmp_path / "index", exact.embedder.name)
    decide(make_house(index=index, neighbours=NeighbourSettings(index="usearch", index_from=1)), ALL)
    assert [read(exact, table) for table in ("raw.insight_pairs", "raw.relations", "main.related_insights")] == expected
    assert index.folder.exists()


def test_a_day_with_nothing_or_one_insight_has_no_lists(make_house: MakeHouse) -> None:
    house = make_house()
    decide(house, [DAY])
    add(house, Told("lone", aim(0)))
    decide(house, [DAY])
    assert read(house, "raw.relations") == read(house, "main.related_insights") == []


def test_an_insight_without_a_vector_of_the_model_in_force_is_left_out(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("old", aim(0)), Told("new", aim(30), NEXT, "two"))
    decide(house, [DAY, NEXT])
    house.store.replace("raw.embeddings", [], text_hash="old")
    relate_insights(house, [NEXT])
    assert read(house, "raw.relations", published_on=NEXT) == []
