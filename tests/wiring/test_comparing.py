"""What the insights of a day are to those near them: the same whatever days are run together, and by whose word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fakes import FakeEmbedder, FakeLlm
from wiring.near_world import DAY, LATER, NEXT, Told, add, aim, make_days, pairs_of, read

from brief_pipeline.engines.minilm.comparer import Texts
from brief_pipeline.settings import LlmSettings
from brief_pipeline.stages.likeness import TRAINED_ON, Likeness, Said, weigh
from brief_pipeline.wiring.comparing import ASKED_OF_OTHER_SHOWS, RULES, pair_insights
from brief_pipeline.wiring.house import House

MakeHouse = Callable[..., House]

ALL = [DAY, NEXT, LATER]
TABLES = ("raw.insight_pairs", "raw.insight_groups")
QUESTION = "Does a toll lower the traffic of a town?"
LOWERS, RAISES = "A toll lowers the traffic of a town.", "With a toll the streets of a town fill up."


class FakeComparer:
    """Sees nothing in any pair, and keeps the claims it was asked about."""

    name = "fake-align"

    def __init__(self) -> None:
        self.asked: list[list[tuple[str, str]]] = []

    def align(self, pairs: Sequence[tuple[Texts, Texts]]) -> np.ndarray:
        self.asked.append([(left[0], right[0]) for left, right in pairs])
        return np.zeros((len(pairs), 1), np.float32)


@pytest.fixture
def make_two(make_house: MakeHouse, tmp_path: Any) -> Callable[[], tuple[House, House]]:
    """Two houses with a store each."""

    def make() -> tuple[House, House]:
        one = make_house()
        store = type(one.store)(tmp_path / "other.duckdb", one.store.sql_folder)
        return one, replace(one, store=store)

    return make


def ask(house: House, pairs: dict[tuple[str, str], dict[str, Any]], **settings: Any) -> tuple[House, FakeLlm]:
    llm = FakeLlm([], pairs=pairs)
    chosen = LlmSettings(model=llm.name, **settings)
    return replace(house, llm=llm, settings=house.settings.model_copy(update={"llm": chosen})), llm


def told_so_far(house: House, day: Any) -> list[Any]:
    """The pairs of a day with those up to it."""
    rows = house.store.select("raw.insight_pairs", published_on=day)
    return sorted(tuple(row.items()) for row in rows if row["other_published_on"] <= day)


@pytest.mark.parametrize("seed", [3, 4])
def test_day_by_day_and_all_at_once_decide_the_same(make_two: Callable[[], tuple[House, House]], seed: int) -> None:
    daily, at_once = make_two()
    told = make_days(seed)
    add(at_once, *told)
    pair_insights(at_once, ALL)
    for day in ALL:
        add(daily, *[one for one in told if one.day == day])
        pair_insights(daily, [day])
    assert all(told_so_far(daily, day) == told_so_far(at_once, day) for day in ALL)
    assert read(daily, "raw.insight_groups") == read(at_once, "raw.insight_groups") != []


def test_a_second_run_changes_nothing(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, *make_days(seed=3))
    pair_insights(house, ALL)
    first = [read(house, table) for table in TABLES]
    pair_insights(house, ALL[::-1])
    assert [read(house, table) for table in TABLES] == first


def test_a_day_filled_in_late_has_pairs_with_later_days_the_earlier_first(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("later", aim(0), NEXT, "two"))
    pair_insights(house, [NEXT])
    add(house, Told("late", aim(3)))
    pair_insights(house, [DAY])
    pair = pairs_of(house)["late", "later"]
    assert (pair["other_published_on"], pair["verdict"]) == (NEXT, "same")
    assert ("later", "late") not in pairs_of(house)


def test_what_says_the_same_on_one_day_is_a_group_and_what_was_said_before_joins_none(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("a", aim(0)), Told("b", aim(4), show="two"), Told("c", aim(60), show="three"))
    add(house, Told("next", aim(2), NEXT, "four"))
    pair_insights(house, [DAY, NEXT])
    groups = house.store.select("raw.insight_groups")
    assert [(row["insight_id"], row["published_on"], row["group_id"]) for row in groups] == [
        ("a", DAY, "a"),
        ("b", DAY, "a"),
    ]
    assert pairs_of(house)["next", "a"]["verdict"] == "same"


def test_groups_do_not_chain(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("a", aim(0)), Told("b", aim(15), show="two"), Told("c", aim(30), show="three"))
    pair_insights(house, [DAY])
    verdicts = {pair: row["verdict"] for pair, row in pairs_of(house).items()}
    assert (verdicts["a", "b"], verdicts["b", "c"], verdicts["a", "c"]) == ("same", "same", "other")
    assert [row["insight_id"] for row in house.store.select("raw.insight_groups")] == ["a", "b"]


def test_identical_texts_are_the_same_and_say_why(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("a", aim(0), claim=LOWERS), Told("b", aim(0), NEXT, "two", LOWERS))
    pair_insights(house, [DAY, NEXT])
    pair = pairs_of(house)["b", "a"]
    assert (pair["verdict"], pair["decided_by"], pair["same_score"], pair["word_overlap"]) == ("same", RULES, 1.0, 1.0)
    assert pair["reason"]


def test_a_pair_that_is_near_but_not_alike_is_kept_without_a_verdict(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("a", aim(0)), Told("b", aim(61), show="two"))
    pair_insights(house, [DAY])
    pair = pairs_of(house)["a", "b"]
    assert [pair[name] for name in ("verdict", "decided_by", "same_score", "reason")] == [None] * 4
    assert pair["cosine"] == pytest.approx(np.cos(np.radians(61)), abs=1e-5)


def test_under_another_embedding_model_the_comparer_is_not_asked(make_house: MakeHouse) -> None:
    comparer = FakeComparer()
    house = make_house(comparer=comparer, embedder=FakeEmbedder(name="another-model"))
    add(house, Told("a", aim(0)), Told("b", aim(1), show="two"))
    pair_insights(house, [DAY])
    assert pairs_of(house)["a", "b"]["verdict"] == "same"
    assert comparer.asked == []


def test_of_the_packaged_models_vectors_the_close_pairs_are_compared_and_later_days_apart(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, bool]] = []

    def weigh_as_of_another_model(pairs: Sequence[tuple[Said, Said]], model: str, rows: Any = None) -> list[Likeness]:
        calls.append((len(pairs), rows is not None))
        return weigh(pairs, "another-model")

    monkeypatch.setattr("brief_pipeline.wiring.comparing.weigh", weigh_as_of_another_model)
    comparer = FakeComparer()
    house = make_house(comparer=comparer, embedder=FakeEmbedder(name=TRAINED_ON))
    add(house, Told("a", aim(0)), Told("b", aim(1), show="two"), Told("far", aim(50), show="three"))
    add(house, Told("next", aim(2), NEXT, "four"))
    pair_insights(house, [DAY])
    same_day, later = comparer.asked
    assert same_day == [("What a says of it.", "What b says of it.")]
    assert {second for _, second in later} == {"What next says of it."}
    assert calls == [(3, False), (1, True), (3, False), (2, True)]


def test_a_language_models_ruling_stands_over_the_rules_with_its_question(make_house: MakeHouse) -> None:
    against = {"relation": "contradicts", "question": QUESTION, "why": "up against down"}
    house, _ = ask(make_house(), {(LOWERS, RAISES): against})
    add(house, Told("a", aim(0), claim=LOWERS), Told("b", aim(30), NEXT, "two", RAISES))
    pair_insights(house, [DAY])
    pair_insights(house, [NEXT])
    pair = pairs_of(house)["b", "a"]
    assert [pair[name] for name in ("verdict", "decided_by", "question", "reason")] == [
        "contradicts",
        "fake/model",
        QUESTION,
        "up against down",
    ]


def test_a_language_model_parts_what_the_rules_would_merge(make_house: MakeHouse) -> None:
    house, _ = ask(make_house(), {})
    add(house, Told("a", aim(0), claim=LOWERS), Told("b", aim(1), show="two", claim=RAISES))
    pair_insights(house, [DAY])
    assert pairs_of(house)["a", "b"]["verdict"] == "other"
    assert house.store.select("raw.insight_groups") == []


def test_a_language_model_merges_other_words_but_nothing_that_differs(make_house: MakeHouse) -> None:
    many, few = "A toll lowers the traffic by 40 percent.", "A toll lowers the traffic by 70 percent."
    other = "Once drivers pay, a town has less traffic."
    same = {"relation": "same", "question": QUESTION}
    house, _ = ask(make_house(), {(many, few): same, (LOWERS, other): same})
    add(house, Told("a", aim(0), claim=many), Told("b", aim(1), show="two", claim=few))
    add(house, Told("c", aim(90), show="one", claim=LOWERS), Told("d", aim(120), show="two", claim=other))
    pair_insights(house, [DAY])
    verdicts = {pair: row["verdict"] for pair, row in pairs_of(house).items()}
    assert (verdicts["a", "b"], verdicts["c", "d"]) == ("other", "same")
    assert [row["insight_id"] for row in house.store.select("raw.insight_groups")] == ["c", "d"]


def test_pairs_with_later_days_take_no_question_from_those_before(make_house: MakeHouse) -> None:
    house, _ = ask(make_house(), {}, pairs_per_day=1)
    add(house, Told("a", aim(0), claim=LOWERS), Told("b", aim(30), show="two", claim=RAISES))
    add(house, Told("next", aim(0), NEXT, "three", LOWERS))
    pair_insights(house, [DAY])
    pairs = pairs_of(house, published_on=DAY)
    assert pairs["a", "b"]["decided_by"] == "fake/model"
    assert pairs["a", "next"]["decided_by"] == RULES


def test_a_second_run_pays_for_no_pair_again(make_house: MakeHouse) -> None:
    house, llm = ask(make_house(), {})
    add(house, *make_days(seed=3, a_day=10))
    pair_insights(house, ALL)
    first, questions = read(house, "raw.insight_pairs"), len(llm.compared)
    assert questions > 0
    pair_insights(house, ALL)
    assert (read(house, "raw.insight_pairs"), len(llm.compared)) == (first, questions)


def test_an_insight_is_asked_about_with_a_few_of_other_shows_and_none_of_its_own(make_house: MakeHouse) -> None:
    house, llm = ask(make_house(), {})
    strangers = [Told(f"s{n}", aim(25 + n), DAY, f"show{n}") for n in range(9)]
    add(house, Told("own", aim(22)), *strangers, Told("new", aim(0), NEXT))
    pair_insights(house, [NEXT])
    ruled = {other for (_, other), row in pairs_of(house).items() if row["decided_by"] == llm.name}
    assert ruled == {f"s{n}" for n in range(ASKED_OF_OTHER_SHOWS)}


def test_a_day_without_insights_leaves_no_rows_and_takes_away_old_ones(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("a", aim(0)), Told("b", aim(1), show="two"))
    pair_insights(house, [DAY])
    house.store.replace("raw.insights", [], published_on=DAY)
    notes = pair_insights(house, [DAY, NEXT])
    assert [read(house, table) for table in TABLES] == [[], []]
    assert [notes[day].notes["rows"] for day in (DAY, NEXT)] == [0, 0]


def test_a_run_tells_how_many_were_compared_weighed_and_the_same(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("a", aim(0)), Told("b", aim(1), show="two"), Told("c", aim(61), show="two"))
    notes = pair_insights(house, [DAY])[DAY].notes
    expected = {"compared_with": 3, "rows": 6, "weighed": 2, "same": 1, "groups": 1, "more_alike_than_weighed": 0}
    assert notes == expected
