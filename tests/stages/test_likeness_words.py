"""Texts taken apart for comparing."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.likeness_words import part, read_amounts, stem


@pytest.mark.parametrize(
    ("forms", "is_one"),
    [
        (("company", "companies", "company's"), True),
        (("plan", "planned", "planning", "plans"), True),
        (("buy", "bought", "buys"), True),
        (("stop", "stopped"), True),
        (("pond", "mine"), False),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...], is_one: bool) -> None:
    assert (len({stem(form) for form in forms}) == 1) == is_one


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("It took 24 months", "time", 729.6),
        ("It took two years", "time", 730.0),
        ("seven in ten of them", "%", 70.0),
        ("seven tenths of them", "%", 70.0),
        ("It cost $45 more", "money", 45.0),
        ("45 dollars more", "money", 45.0),
        ("It ran since 2012 there", "year", 2012.0),
        ("They dug 300 ponds", "pond", 300.0),
    ],
)
def test_an_amount_has_its_unit(text: str, unit: str, value: float) -> None:
    (amount,) = read_amounts(text)
    assert amount.unit == unit
    assert any(abs(found - value) < 0.01 for found in amount.values)


def test_a_denial_reaches_to_the_comma() -> None:
    taken = part("The pond does not hold water, but farms drink.")
    assert {stem("hold"), stem("water")} <= taken.denied
    assert stem("farms") in taken.affirmed
    assert taken.heads == {stem("hold"), stem("water")}


def test_what_no_speaker_means_is_left_out() -> None:
    assert part("So, you know, I mean, ponds hold two million litres").stems == (stem("ponds"), stem("hold"), stem("litres"))
