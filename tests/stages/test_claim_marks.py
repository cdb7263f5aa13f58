"""Marks of a claim and the score of a sentence."""

from __future__ import annotations

import pytest

from brief_pipeline.stages import claim_marks
from brief_pipeline.stages.claim_marks import read_marks, score_sentence
from brief_pipeline.stages.claim_phrases import phrases

CLAIM = "Most farms fail because water costs more than the crop earns."


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Prices fell because demand fell.", "cause"),
        ("It isn't the panels, it's the wiring.", "contrast"),
        ("Solar is cheaper in Chile than coal.", "comparison"),
        ("It took 40 percent of the water.", "quantity"),
        ("The whole point is trust.", "definition"),
        ("You should never water at noon.", "advice"),
        ("Rice will become a luxury.", "prediction"),
        ("We found that shade helps.", "finding"),
        ("It doesn’t matter who owns the well.", "contrast"),  # a typographic apostrophe
    ],
)
def test_each_kind_of_claim_is_marked(text: str, mark: str) -> None:
    assert read_marks(text).claims[mark] > 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Welcome to the show, everyone.", "greeting"),
        ("I wanted to ask about the well.", "show talk"),
        ("The next one is a report on wells.", "reading aloud"),
        ("With our platform you get water today, sign up now.", "pitch"),
        ("My name is Ada and I joined a farm in college.", "biography"),
        ("I went there and she said no.", "story"),
        ("That was hilarious and weird.", "joke"),
    ],
)
def test_each_kind_of_chatter_is_marked(text: str, fault: str) -> None:
    assert read_marks(text).faults[fault] > 0


def test_a_claim_scores_above_a_plain_statement_above_chatter() -> None:
    plain, chatter = "The farm lies near a river in Chile.", "Yeah, I mean, I was like, wow, that was so cool."
    assert score_sentence(CLAIM) > score_sentence(plain) + 1 > score_sentence(chatter) + 3


@pytest.mark.parametrize(
    "worse",
    [
        "Do most farms fail because water costs more than the crop earns?",
        "I know most farms I visited failed because my water cost more than I thought.",
        "Most farms fail because our product was never there, sign up for a free trial.",
        "Ada, most farms fail because water costs more than the crop earns.",
        "Most farms fail because of the -- water costs more than the crop...",
    ],
)
def test_faults_cost_points(worse: str) -> None:
    assert score_sentence(worse, {"ada"}) < score_sentence(CLAIM, {"ada"}) - 0.5


def test_phrases_keep_their_spaces_and_whole_words() -> None:
    pattern = phrases("use the code; as a\n  result; (?:one|\n  two) wells")
    assert pattern.search("because the code ran") is None
    assert pattern.search("asaresult") is None
    assert [hit.group() for hit in pattern.finditer("As a result, use the code of two wells")] == [
        "As a result",
        "use the code",
        "two wells",
    ]


def test_a_long_chain_of_marks_is_bounded() -> None:
    assert score_sentence(" ".join([CLAIM] * 20)) < claim_marks.CLAIMS_CEILING + 1


def test_a_text_without_words_scores_lowest() -> None:
    assert score_sentence("...") == claim_marks.LOWEST_SCORE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CLAIM, True),
        ("Water is dear, [unintelligible 00:12] and scarce.", False),
        ("Thanks for listening, water is scarce.", False),
        ("Thanks to the dam, water is cheap.", True),
        ("This article says water is scarce.", False),
    ],
)
def test_what_may_stand_in_an_insight(text: str, expected: bool) -> None:
    assert claim_marks.is_usable(text) is expected


def test_a_side_clause_is_no_main_clause() -> None:
    assert not claim_marks.has_main_verb("A field of solar panels, where nobody has to mow.")
    assert claim_marks.has_main_verb("If nobody mows, the panels lie in shade.")


def test_quotes_are_whole_or_cut() -> None:
    assert claim_marks.has_cut_quote('She said "water is')
    assert not claim_marks.has_cut_quote("She said “water is scarce”")
