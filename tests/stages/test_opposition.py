"""Look-alike sentences that say different things."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.opposition import find_conflict, word_overlap


@pytest.mark.parametrize(
    ("a", "b", "conflict"),
    [
        ("Dams help farms", "Dams don't help farms", "negation"),
        ("Dams help farms", "Dams don’t help farms", "negation"),
        ("Dams do help farms", "Dams dont help farms", "negation"),
        ("Peru builds dams", "Peru no longer builds dams", "negation"),
        ("The pump scales", "The pump fails to scale", "negation"),
        ("You can farm with rain", "You can farm without rain", "antonym: with/without"),
        ("Water is possible here", "Water is impossible here", "antonym: possible/impossible"),
        ("Rice uses more water", "Rice uses less water", "antonym: more/less"),
        ("Renting is cheaper", "Renting is dearer", "antonym: cheaper/dearer"),
        ("Rates will rise", "Rates will fall", "antonym: rise/fall"),
        ("Farmers always agree", "Farmers never agree", "antonym: always/never"),
        ("The structured notes help", "The unstructured notes help", "antonym: structured/unstructured"),
        ("Rice saves 40% of the water", "Rice saves seventy percent of the water", "number: 40 against 70"),
        ("It began in 2024", "It began in 2025", "number: 2024 against 2025"),
        ("Three of four farms closed", "Six of seven farms closed", "number: 3 against 6"),
        ("Wind is cheaper than coal", "Coal is cheaper than wind", "order: wind/coal"),
        ("Peru stopped the dam", "Chile stopped the dam", "name: Peru against Chile"),
        ("The plan failed in Peru", "The plan failed in Chile", "name: Peru against Chile"),
        ("GPT-4 wrote the plan", "GPT-3 wrote the plan", "name: GPT-4 against GPT-3"),
    ],
)
def test_what_differs_is_named(a: str, b: str, conflict: str) -> None:
    assert find_conflict(a, b) == conflict
    assert find_conflict(b, a) is not None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Dams don't help farms", "Dams do not help farms"),
        ("Peru no longer builds dams", "Peru does not build dams anymore"),
        ("Water is not possible here", "Water is impossible here"),
        ("It isn't cheap", "It is expensive"),
        ("This is unnecessary work", "This is not necessary work"),
        ("The pump fails to scale", "The pump does not scale"),
        ("Wind is cheaper than coal", "Coal is dearer than wind"),
        ("Not only is it cheap, it is clean", "It is cheap and it is clean"),
        ("They won't pay, will they?", "They won't pay"),
        ("It took twenty-five years", "It took 25 years"),
        ("Costs fell by half", "Costs fell by 50%"),
        ("Half a million farms closed", "500,000 farms closed"),
        ("$3M for a dam", "three million dollars for a dam"),
        ("It has 10 to 15 farms", "It has 10 farms"),
        ("One of them works", "Two of them work"),
        ("Farms that save water win", "Growers that save water win"),
        ("Peru sold water to Chile under a treaty", "Brazil wants new trade rules for its steel exports"),
        ("Do not just store water", "Don't just store water"),
        ("You need C++ for the water pumps", "You want C++ for the water pumps"),
        ("The dam of Chavez' village holds", "The dam of Chavez' village still holds"),
        ("", "Water"),
    ],
)
def test_the_same_said_otherwise_is_no_conflict(a: str, b: str) -> None:
    assert find_conflict(a, b) is None
    assert find_conflict(b, a) is None


def test_word_overlap_is_the_share_of_the_shorter_sentence() -> None:
    assert word_overlap("The pond is deep", "A deep pond costs money") == 1.0
    assert word_overlap("The pond is deep", "A deep mine") == 0.5
    assert word_overlap("", "A deep mine") == 0.0


@pytest.mark.parametrize(
    ("fraction", "percent"),
    [("Seven tenths", "70 percent"), ("two thirds", "67%"), ("A quarter", "25%"), ("three-quarters", "75 percent")],
)
def test_a_fraction_agrees_with_its_percentage(fraction: str, percent: str) -> None:
    assert find_conflict(f"{fraction} of the power goes to answers.", f"{percent} of the power goes to answers.") is None
    assert find_conflict(f"{fraction} of the power goes to answers.", "12% of the power goes to answers.") is not None
