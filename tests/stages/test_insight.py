"""Finding an episode's candidates, and choosing its insights."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from fakes import FakeGrader

from brief_pipeline.records import Proposal, Sentence
from brief_pipeline.stages.candidate import claims_graded, find_candidates
from brief_pipeline.stages.insight import SCORE_FLOOR, choose_insights, insights_wanted
from brief_pipeline.stages.neighbour import Floats

WATER = "Most farms fail because water costs more than the crop earns."
WATER_WHY = "Growers pay for every litre, and a dry year doubles the price of it."
SOLAR = "Solar panels will become the cheapest roof that farmers can buy."
SOLAR_WHY = "Companies sell panels for less than tiles, so every barn should carry them."
TALK = "Yeah, I was like, wow, that was so cool."

Turns = list[tuple[str, list[str]]]


def make_episode(turns: Turns) -> tuple[str, list[Sentence]]:
    """A transcript's text and its sentences, one space between them."""
    text, sentences = "", []
    for number, (speaker, spoken) in enumerate(turns):
        for words in spoken:
            start = len(text) + bool(text)
            text = f"{text} {words}".strip()
            sentences.append(Sentence(words, start, len(text), None, None, speaker, number))
    return text, sentences


def make_vectors(count: int) -> Floats:
    """All sentences at right angles to each other, so that likeness decides nothing."""
    return np.eye(count, dtype=np.float32)


def propose(
    turns: Turns, wanted: int = 5, marked: tuple[int, ...] = (), vectors: Floats | None = None
) -> tuple[Proposal, ...]:
    text, sentences = make_episode(turns)
    return choose(text, sentences, wanted, marked, vectors)


def choose(
    text: str, sentences: list[Sentence], wanted: int, marked: tuple[int, ...] = (), vectors: Floats | None = None
) -> tuple[Proposal, ...]:
    rows = make_vectors(len(sentences)) if vectors is None else vectors
    candidates = find_candidates(sentences, rows, [i in marked for i in range(len(sentences))], 30)
    grades = FakeGrader().grade([candidate.text for candidate in candidates])
    return choose_insights(text, sentences, rows, candidates, grades, wanted)


def test_a_claim_is_proposed_with_its_explanation_and_exact_quote() -> None:
    turns: Turns = [("Ada", [TALK, f"And so, you know, {WATER[0].lower()}{WATER[1:]}", WATER_WHY, "Okay."])]
    text, sentences = make_episode(turns)
    (insight,) = propose(turns)
    assert (insight.claim, insight.explanation) == (WATER, WATER_WHY)
    assert insight.quote == text[sentences[1].start : sentences[2].end]
    assert insight.char_hint == sentences[1].start


def test_the_quote_keeps_the_spacing_of_the_transcript() -> None:
    text = f"{WATER}\n  {WATER_WHY}"
    cut = text.index(WATER_WHY)
    sentences = [
        Sentence(WATER, 0, len(WATER), None, None, "Ada", 0),
        Sentence(WATER_WHY, cut, len(text), None, None, "Ada", 0),
    ]
    (insight,) = choose(text, sentences, 3)
    assert insight.quote == text


def test_pure_chatter_gives_none() -> None:
    chatter = [
        "Welcome to the show, everyone.",
        "Thanks, it's great to be here with you guys today.",
        TALK,
        "I had a beer with my dad, haha.",
    ]
    assert propose([("Ada", chatter), ("Ben", chatter)] * 5) == ()


def test_a_stretch_never_crosses_a_turn() -> None:
    both = f"{WATER} {WATER_WHY}"
    assert [insight.quote for insight in propose([("Ada", [WATER, WATER_WHY])])] == [both]
    assert all(both not in insight.quote for insight in propose([("Ada", [WATER]), ("Ben", [WATER_WHY])]))


@pytest.mark.parametrize("marked", [(0,), (1,), (0, 1)])
def test_adverts_are_in_no_insight(marked: tuple[int, ...]) -> None:
    turns: Turns = [("Ada", [WATER, WATER_WHY, SOLAR, SOLAR_WHY])]
    for insight in propose(turns, marked=marked):
        for i in marked:
            assert (WATER, WATER_WHY)[i] not in insight.quote


def test_chosen_stretches_never_overlap() -> None:
    text, sentences = make_episode([("Ada", [WATER, WATER_WHY, SOLAR, SOLAR_WHY, WATER, SOLAR])])
    found = choose(text, sentences, 6)
    spans = sorted((insight.char_hint or 0, (insight.char_hint or 0) + len(insight.quote)) for insight in found)
    assert len(spans) > 1
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_two_that_say_the_same_are_told_once() -> None:
    turns: Turns = [("Ada", [WATER, WATER_WHY]), ("Ben", [SOLAR, SOLAR_WHY]), ("Ada", [WATER, WATER_WHY])]
    vectors = make_vectors(4)[[0, 1, 2, 3, 0, 1]]
    assert sorted(insight.claim for insight in propose(turns, vectors=vectors)) == [WATER, SOLAR]


def test_the_claim_stands_alone() -> None:
    turns: Turns = [("Ada", ["That's why they never pay for it.", WATER, WATER_WHY])]
    assert [insight.claim for insight in propose(turns)] == [WATER]


def test_an_unheard_word_keeps_a_sentence_out() -> None:
    turns: Turns = [("Ada", [WATER, WATER_WHY.replace("litre", "[unintelligible 00:12:07.10]")])]
    assert all("unintelligible" not in insight.quote for insight in propose(turns))


def test_a_description_has_fewer_points_than_a_claim() -> None:
    described = "Puppet is an older system for orchestrating servers in every company store."
    _, sentences = make_episode(
        [("Ada", [described, "Puppet runs on servers in every one of its stores."]), ("Ben", [WATER, WATER_WHY])]
    )
    found = find_candidates(sentences, make_vectors(4), [False] * 4, 5)
    points = {candidate.claim: candidate.points for candidate in found if candidate.explanation}
    assert points[WATER] > points.get(described, -6.0) + 1


def test_scores_are_comparable_across_episodes() -> None:
    """A good claim scores much the same beside chatter as beside other good claims."""
    beside_chatter = propose([("Ada", [WATER, WATER_WHY]), ("Ben", [TALK] * 8)])
    beside_claims = propose([("Ada", [WATER, WATER_WHY]), ("Ben", [SOLAR, SOLAR_WHY] * 4)])
    one, other = (next(p.score for p in found if p.claim == WATER) for found in (beside_chatter, beside_claims))
    assert abs(one - other) < 0.3
    assert all(SCORE_FLOOR <= p.score <= 1 for p in (*beside_chatter, *beside_claims))


def test_who_asks_the_questions_is_the_host_and_counts_less() -> None:
    asked = "Is water really all that farmers in the valley think of?"
    as_host = propose([("Ada", [WATER, WATER_WHY]), ("Ada", [asked] * 3), ("Ben", [SOLAR, SOLAR_WHY])])
    as_guest = propose([("Ada", [WATER, WATER_WHY]), ("Ben", [asked] * 3), ("Ben", [SOLAR, SOLAR_WHY])])
    scores = [next(p.score for p in found if p.claim == WATER) for found in (as_host, as_guest)]
    assert scores[0] < scores[1]


def test_at_most_as_many_as_wanted_best_first() -> None:
    found = propose([("Ada", [WATER, WATER_WHY]), ("Ben", [SOLAR, SOLAR_WHY])], wanted=2)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert propose([("Ada", [WATER, WATER_WHY]), ("Ben", [SOLAR, SOLAR_WHY])], wanted=1) == found[:1]
    assert propose([("Ada", [WATER, WATER_WHY])], wanted=0) == ()


def test_an_empty_transcript_gives_none() -> None:
    assert find_candidates([], np.empty((0, 384), dtype=np.float32), [], 5) == ()
    assert choose_insights("", [], np.empty((0, 384), dtype=np.float32), (), np.empty((0, 2), np.float32), 5) == ()


def test_lengths_that_differ_are_an_error() -> None:
    _, sentences = make_episode([("Ada", [WATER, WATER_WHY])])
    with pytest.raises(ValueError, match="2 sentences, 1 vectors and 2 marks"):
        find_candidates(sentences, make_vectors(1), [False, False], 5)


@pytest.mark.parametrize(("words", "wanted"), [(0, 5), (500, 5), (10_000, 10), (25_000, 25)])
def test_how_many_are_asked_for_grows_with_the_talk(words: int, wanted: int) -> None:
    assert insights_wanted(words) == wanted


def test_a_claim_is_graded_with_and_without_what_may_explain_it() -> None:
    claim = WATER.replace("crop", "barley that they sell in a good year")
    _, sentences = make_episode([("Ada", [claim, WATER_WHY, "Right?", SOLAR])])
    texts = [candidate.text for candidate in find_candidates(sentences, make_vectors(4), [False] * 4, 1)]
    assert texts == [claim, f"{claim} | {WATER_WHY}"]


def test_grades_decide_over_marks() -> None:
    text, sentences = make_episode([("Ada", [WATER, WATER_WHY]), ("Ben", [SOLAR, SOLAR_WHY])])
    candidates = find_candidates(sentences, make_vectors(4), [False] * 4, 5)
    grades = np.array([(2, 2) if candidate.first == 2 else (0, 0) for candidate in candidates], np.float32)
    assert [p.claim for p in choose_insights(text, sentences, make_vectors(4), candidates, grades, 5)] == [SOLAR]


def test_more_claims_are_graded_in_a_longer_episode() -> None:
    assert claims_graded(500) < claims_graded(10_000) < claims_graded(20_000)
