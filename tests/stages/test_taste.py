from __future__ import annotations

import numpy as np
import pytest

from brief_pipeline.stages.taste import (
    Match,
    find_best,
    learn_verdicts,
    list_phrases,
    match_sentence,
    weigh_dislike,
    weigh_interest,
)


def near(*nearness: float) -> Match:
    return Match(np.array(nearness), np.array(nearness), np.zeros(len(nearness), np.int64))


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Ferries; harbours: cranes and the tides", ["Ferries", "harbours", "cranes", "the tides"]),
        ("TCP/IP, C++ and the Go compiler.", ["TCP/IP", "C++", "the Go compiler"]),
        ("Go, Rust", ["Go", "Rust"]),
        ("Salt - and how it is made - in the alps", ["Salt", "in the alps"]),
        ("What works, and what doesn't", []),  # neither part names a subject
        ("Rock and roll", ["Rock", "roll"]),
        ("Bread (rye, spelt) in the U.S. today", ["Bread", "rye", "spelt", "in the U.S. today"]),
        ("Bread. Salt! Why dough does not rise", ["Bread", "Salt", "Why dough does not rise"]),
        ("面包，盐", ["面包", "盐"]),
        ("Night-time trains", []),
        ("  ", []),
    ],
)
def test_a_sentence_of_several_subjects_is_cut_into_them(sentence: str, parts: list[str]) -> None:
    whole = " ".join(sentence.split())
    assert list_phrases(sentence) == [whole, *parts]


@pytest.mark.parametrize(
    ("sentence", "phrases"),
    [
        ("Bread, but not its price", ["Bread"]),
        ("Bread and salt, except in winter, and ovens", ["Bread and salt, and ovens", "Bread", "salt", "ovens"]),
        ("Trams rather than cars", ["Trams"]),
        ("Ships (not cruises) that carry grain", ["Ships that carry grain"]),
        ("Not cars", ["Not cars"]),
        ("Why trams do not run at night", ["Why trams do not run at night"]),
        ("Except for that", ["Except for that"]),
    ],
)
def test_what_a_sentence_takes_back_is_left_out(sentence: str, phrases: list[str]) -> None:
    assert list_phrases(sentence) == phrases


def test_an_insight_matches_by_the_nearest_part() -> None:
    phrases = ["tides, cranes", "tides", "cranes"]
    match = match_sentence(phrases, np.array([[0.30, 0.1, 0.50], [0.45, 0.1, 0.46], [0.1, 0.2, 0.1]]), ["", "", ""])
    assert match.cosine.tolist() == [0.50, 0.45, 0.2]  # a part counts for less than the whole, so the second keeps to that
    assert 0.8 < match.strength[0] < 0.9
    assert match.strength[2] == 0


def test_strength_stays_between_nought_and_one() -> None:
    match = match_sentence(["tides"], np.array([[-0.3], [0.99]]), ["", ""])
    assert match.strength.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("phrases", "text", "is_named"),
    [
        (["boats and Zarnik", "boats", "Zarnik"], "The boats that Zarnik built rust.", True),
        (
            ["boats and Zarnik", "boats", "Zarnik"],
            "Zarnik built them.",
            True,
        ),  # capital by choice: a name on the listener's side
        (["Zarnik"], "Nobody asked Zarnik, they say.", True),
        (["Zarnik"], "zarnik", False),
        (["Boats"], "Boats rust.", False),  # each has its capital from its place
        (["eQX"], "eQX rusts.", True),
        (["boats, C++", "boats", "C++"], "Written in C++, it sank.", True),
        (["boats, Ark", "boats", "Ark"], "An Arkwright sank.", False),
        (["old boats", "old boats"], "They like old boats.", False),
        (["The Council Of Old Boats"], "So said The Council Of Old Boats.", False),  # too long for a name
    ],
)
def test_a_name_that_is_said_counts_though_its_vector_is_far(phrases: list[str], text: str, is_named: bool) -> None:
    match = match_sentence(phrases, np.full((1, len(phrases)), 0.05), [text])
    assert bool(match.strength[0] > 0.5) is is_named


def test_of_several_sentences_the_nearest_explains() -> None:
    best = find_best([near(0.1, 0.6, 0.3), near(0.4, 0.2, 0.3)])
    assert best is not None
    assert best.which.tolist() == [1, 0, 0]  # the first of two as near
    assert best.nearness.tolist() == [0.4, 0.6, 0.3]
    assert find_best([]) is None


def test_a_neighbour_of_a_wanted_subject_is_not_punished() -> None:
    dislike = near(0.5, 0.5, 0.5)
    assert weigh_dislike(dislike, near(0.7, 0.5, 0.1)).tolist() == [0, 0.5, 1]
    assert weigh_dislike(dislike, None).tolist() == [1, 1, 1]


TWO_SUBJECTS = np.array(  # of six insights, three of ships (0-2) and three of bread (3-5), as near as talk of one subject is
    [[1.0 if i == j else 0.42 if i // 3 == j // 3 else 0.05 for j in range(6)] for i in range(6)]
)


def learn(rated: list[int], verdicts: list[int]) -> list[float]:
    lesson = learn_verdicts(TWO_SUBJECTS[:, rated], TWO_SUBJECTS[np.ix_(rated, rated)], verdicts)
    assert lesson is not None
    return lesson.value.round(3).tolist()


def test_one_verdict_goes_less_far_than_two_on_a_subject() -> None:
    one, two = learn([0], [-1]), learn([0, 1], [-1, -1])
    assert -0.4 < one[2] < -0.2
    assert two[2] < -0.6
    assert one[3:] == two[3:] == [0, 0, 0]


def test_useful_and_not_useful_each_speak_for_their_own_subject() -> None:
    value = learn([0, 1, 3, 4], [1, 1, -1, -1])
    assert value[2] > 0.6
    assert value[5] < -0.6


def test_verdicts_that_differ_on_one_subject_cancel_out() -> None:
    assert learn([0, 1], [1, -1])[2] == 0


def test_verdicts_on_different_subjects_do_not_add_up() -> None:
    assert learn([0, 3], [-1, -1])[2] == learn([0], [-1])[2]


def test_what_was_rated_itself_has_its_verdict() -> None:
    assert learn([0], [1])[0] == 1


def test_the_nearest_verdict_of_the_sign_explains() -> None:
    cosines = np.array([[0.5, 0.45, 0.44], [0.1, 0.2, 0.0]])
    between = np.array([[1.0, 0.1, 0.1], [0.1, 1.0, 0.4], [0.1, 0.4, 1.0]])
    lesson = learn_verdicts(cosines, between, [1, -1, -1])
    assert lesson is not None
    assert lesson.which.tolist() == [1, 0]  # two against outweigh one for; where nothing is said any one will do
    assert lesson.cosine[0] == 0.45
    assert lesson.value[0] < 0


def test_no_verdicts_teach_nothing() -> None:
    assert learn_verdicts(np.zeros((4, 0)), np.zeros((0, 0)), []) is None


def test_verdicts_against_a_subject_take_its_interest_away() -> None:
    lesson = learn_verdicts(TWO_SUBJECTS[:, [0, 1, 3]], TWO_SUBJECTS[np.ix_([0, 1, 3], [0, 1, 3])], [-1, -1, 1])
    strength = weigh_interest(near(*[0.5] * 6), lesson)
    assert strength[2] < 0.4
    assert strength[5] == 1  # what they are for adds none
    assert weigh_interest(near(0.5), None).tolist() == [1]
