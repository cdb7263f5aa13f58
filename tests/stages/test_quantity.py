from __future__ import annotations

import pytest

from brief_pipeline.stages.quantity import read_quantities, unsaid_numbers


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("two thirds of them", [{"2/3", "66%", "67%"}]),
        ("three-quarters", [{"3/4", "75%"}]),
        ("a third reason", [{"1/3", "33%", "#3"}]),
        ("a third of them", [{"1/3", "33%"}]),
        ("ten times faster", [{"x10"}]),
        ("one in five", [{"1/5", "20%"}]),
        ("nine out of ten", [{"9/10", "90%"}]),
        ("cut in half", [{"1/2", "50%"}]),
        ("half an hour", [{"1/2"}]),
        ("2½ years", [{"2.5"}]),
        ("half a million", [{"500000"}]),
        ("a couple of thousand", [{"2000"}]),
        ("one and a half million", [{"1500000"}]),
        ("it doubled", [{"x2"}]),
        ("they doubled down", []),
        ("10x and tenfold", [{"x10"}, {"x10"}]),
        ("ten times", [{"10", "x10"}]),
        ("twice", [{"x2"}]),
        ("back in '99", [{"99", "1999", "2099"}]),
        ("the nineties", [{"90s", "1990"}]),
        ("the 1990s", [{"90s", "1990"}]),
        ("the twenty-first of May", [{"#21", "21"}]),
        ("hundred percent", [{"100%"}]),
        ("millions", [{"~1000000"}]),
        ("three to five million", [{"3", "3000000"}, {"5000000"}]),
        ("twenty oh five", [{"20", "2005"}, {"5", "2005"}]),
        ("24/7", [{"24", "7"}]),
        ("nothing at all", []),
    ],
)
def test_a_quantity_in_words_has_a_value(text: str, readings: list[set[str]]) -> None:
    assert [set(found.readings) for found in read_quantities(text)] == readings


def test_a_quantity_stands_where_the_text_has_it() -> None:
    text = "About two thirds of 40 million"
    assert [text[found.start : found.end] for found in read_quantities(text)] == ["two thirds", "40 million"]


@pytest.mark.parametrize(
    ("claim", "surroundings"),
    [
        ("67% left", "two thirds of us left"),
        ("Half left", "50 percent of them left"),
        ("It grew tenfold", "it grew 10x"),
        ("It cost half a million", "500,000 dollars"),
        ("In 1999 it broke", "back in '99"),
        ("In the 1990s it broke", "in the nineties"),
        ("On May 5 it broke", "on the fifth of May"),
        ("Millions use it", "40 million people use it"),
        ("It takes 3 million to 5 million", "three to five million"),
        ("All 100% of it", "a hundred percent"),
        ("It took 20 years", "10 to 20 years"),
        ("It took 10 years", "10 or 20 years"),
        ("It costs $5", "five bucks"),
        ("One of the first, in a second", "nothing said"),
    ],
)
def test_a_number_in_another_dress_is_said(claim: str, surroundings: str) -> None:
    assert unsaid_numbers(claim, surroundings) == ()


@pytest.mark.parametrize(
    ("claim", "surroundings", "unsaid"),
    [
        ("Three quarters left", "two thirds of us left", ("Three quarters",)),
        ("It tripled", "it doubled", ("tripled",)),
        ("It cost 3 billion", "three million", ("3 billion",)),
        ("It cost forty million", "forty thousand", ("forty million",)),
        ("In 2021 it broke", "in 2012", ("2021",)),
        ("40% left", "40 people left", ("40%",)),
        ("It took 40 days", "it took forty hours", ("40 days",)),
        ("It costs €5", "it costs $5", ("5 euros",)),
        ("Thousands came", "in 2014 hundreds came", ("Thousands",)),
        ("In the eighties", "in the nineties", ("eighties",)),
        ("Its fifth year", "its third year", ("fifth",)),
    ],
)
def test_another_number_is_not(claim: str, surroundings: str, unsaid: tuple[str, ...]) -> None:
    assert unsaid_numbers(claim, surroundings) == unsaid
