"""What only one of two insights says keeps them two, and what is merely said otherwise does not."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.likeness_denial import find_denials
from brief_pipeline.stages.likeness_gap import are_copies, find_gap, find_odd_denial


@pytest.mark.parametrize(
    ("earlier", "later", "gap"),
    [
        ("Ponds fill in nine months", "It takes a while until ponds are full", "number: nine"),
        ("Eight out of ten ponds dried out", "Eight out of twelve ponds fell dry", "number: Eight out of ten"),
        ("Two thirds of the farms have wells", "A third of the farms have wells", "number: Two thirds"),
        ("Farms under ten acres need no well", "Farms smaller than twelve acres need no well", "number: ten"),
        ("The dam will open in 2031", "We will see the dam open before 2031", "number: before 2031"),
        ("The mill at Orrin has closed", "The mill was closed", "name: Orrin"),
        (
            "Ponds made these farms rich",
            "Nobody has shown that ponds made these farms rich",
            "denial: nobody has shown that",
        ),
        ("Ponds made these farms rich", "It's a myth that ponds made these farms rich", "denial: myth"),
        ("Ponds made these farms rich", "These farms hardly got rich by ponds", "denial: hardly"),
        ("Ponds made these farms rich", "Ponds failed to make these farms rich", "denial: failed to"),
        ("The town banned wells for good", "The town will have wells for good", "denial: banned"),
        ("Wells run on wind and not on coal", "Wells run on wind and on coal", "denial: rather than"),
        ("Farms run their wells without pumps", "Farms run their wells with pumps", "denial: without"),
        ("The pond did not dry out", "The heron did not come, and the pond is dry", "denial: not"),
        ("Pumps do not help ponds", "It is not true that pumps do not help ponds", "denial: not true"),
        ("Wells cost three times as much as ponds", "Wells pay for themselves after three", "number: three times"),
        ("A 20-minute flood fills the pond by a third", "A flood fills the pond by a third", "number: 20"),
        ("Two-year pumps are sold here", "Ponds are sold here", "number: Two"),
    ],
)
def test_what_only_one_says_keeps_them_two(earlier: str, later: str, gap: str) -> None:
    assert find_gap(earlier, "", later, "") == gap
    assert find_gap(later, "", earlier, "") is not None


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("The ponds have not dried out", "The ponds never dried out"),
        ("The ponds are not about fish", "Ponds are there for water, and not for the fish"),
        ("Small wells pay and big ones do not", "If you want a well to pay, dig it small, big ones won't do it"),
        ("The town banned new wells", "New wells are no longer dug in the town"),
        ("Wells run on wind rather than coal", "Wells run on wind"),
        ("Ponds matter more than wells", "No well matters as much as a pond"),
        ("Pumps here went from 31 minutes to 22", "Pumps here got nine minutes quicker"),
        ("Herons fish between five and eight", "Herons fish for three hours"),
        ("Two thirds of the farms have wells", "Two in three farms have wells"),
        ("Water use was 41 percent lower", "They used two fifths less water"),
        ("The mill never paid, I kid you not", "The mill never did pay"),
        ("Water use fell by a third, so they pay for a ten-mile pipe", "They now use a third less water"),
    ],
)
def test_what_is_said_otherwise_leaves_no_gap(earlier: str, later: str) -> None:
    assert find_gap(earlier, "", later, "") is None
    assert find_gap(later, "", earlier, "") is None


def test_an_explanation_may_hold_what_the_other_claims() -> None:
    assert find_gap("Orrin's pond fills in nine months", "", "The pond fills fast", "At Orrin it took nine months.") is None


def test_one_denial_answers_one_and_no_more() -> None:
    assert find_gap("Ponds do not pay", "", "Ponds do not pay, and ponds do not last", "") == "denial: not"


def test_of_two_copies_one_may_begin_later_but_not_deny() -> None:
    copy = "ponds that were dug by hand fill in the first wet winter and herons come back to them in spring"
    assert are_copies(f"So {copy}", copy)
    assert find_odd_denial(f"So {copy}", "", copy, "") is None
    assert are_copies(f"It is false that {copy}", copy)
    assert find_odd_denial(f"It is false that {copy}", "", copy, "") == "negation: false"


@pytest.mark.parametrize(
    "said",
    ["Herons get a little better at fishing, but not by very much", "Most call it a pond, but it really was not"],
)
def test_a_denial_without_a_word_of_its_own_is_answered_by_the_same(said: str) -> None:
    assert find_gap(said, "", said, "") is None
    assert find_odd_denial(said, "They try.", f"So {said}", "") is None


def test_a_denial_speaks_of_its_own_clause() -> None:
    [denial] = find_denials("In spring, the herons never come to ponds, and farms sell fish")
    assert (denial.before, denial.after) == ({"heron"}, {"com", "pond"})
