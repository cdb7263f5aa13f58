"""What two insights are to each other."""

from __future__ import annotations

import numpy as np
import pytest

from brief_pipeline.stages.likeness import TRAINED_ON, Likeness, Said, weigh, worth_comparing
from brief_pipeline.stages.likeness_model import CLASSES, chances, describer
from brief_pipeline.stages.likeness_signs import SIGNS

POND = "Farm ponds in Brenham doubled the fish catch within three years."
WHY = "Herons left once the reeds were cut, and the fry had somewhere to hide."


def said(claim: str, explanation: str = "", cosine: float = 1.0, size: int = 384) -> Said:
    """An insight whose vector has this cosine to that of any made with 1.0."""
    vector = np.zeros(size, np.float32)
    vector[0], vector[1] = cosine, np.sqrt(1 - cosine**2)
    return Said(claim, explanation, vector)


def weigh_one(earlier: Said, later: Said, model: str = TRAINED_ON) -> Likeness:
    (likeness,) = weigh([(earlier, later)], model)
    return likeness


def test_the_same_words_are_the_same() -> None:
    likeness = weigh_one(said(POND, WHY), said(POND.upper(), WHY))
    assert (likeness.verdict, likeness.conflict, likeness.same) == ("same", None, 1.0)


@pytest.mark.parametrize(
    ("other", "conflict"),
    [
        (POND.replace("three", "nine"), "number"),
        (POND.replace("Brenham", "Tessin"), "name"),
        (POND.replace("doubled", "have not doubled"), "negation"),
        (POND.replace("Farm ponds", "Few farm ponds").replace("doubled", "halved"), "antonym"),
    ],
)
def test_what_differs_in_one_word_is_never_the_same(other: str, conflict: str) -> None:
    likeness = weigh_one(said(POND, WHY), said(other, WHY, 0.99))
    assert likeness.verdict != "same"
    assert likeness.conflict is not None
    assert likeness.conflict.startswith(conflict)
    assert likeness.conflict in likeness.reason


def test_another_subject_is_something_else() -> None:
    likeness = weigh_one(said(POND, WHY), said("Night trains lose money on every berth.", "Beds take room.", 0.05))
    assert likeness.verdict == "other"
    assert not worth_comparing(likeness)


def test_chances_are_shares_of_one() -> None:
    likeness = weigh_one(said(POND, WHY), said("In Brenham the catch of fish has doubled thanks to ponds.", "", 0.9))
    assert 0 <= likeness.same + likeness.follow_up + likeness.contradicts <= 1.0001
    assert 0 < likeness.word_overlap <= 1


def test_pairs_keep_their_order_whatever_stands_beside_them() -> None:
    one, two, three = said(POND, WHY), said(POND, "", 0.9), said("Trains are late.", "", 0.1)
    together = weigh([(one, two), (one, three), (two, three)], TRAINED_ON)
    assert together == [weigh_one(one, two), weigh_one(one, three), weigh_one(two, three)]
    assert weigh([], TRAINED_ON) == []


@pytest.mark.parametrize(("cosine", "verdict"), [(0.97, "same"), (0.85, "other")])
def test_vectors_of_an_unknown_model_speak_only_when_very_near(cosine: float, verdict: str) -> None:
    later = said("In Brenham the catch of fish doubled in three years thanks to farm ponds.", "", cosine, 768)
    assert weigh_one(said(POND, "", 1.0, 768), later, "another-model").verdict == verdict


def test_another_language_is_judged_by_cosine_and_figures_alone() -> None:
    one = "Die Teiche in Brenham haben den Fang binnen 3 Jahren verdoppelt."
    assert (
        weigh_one(said(one), said("Binnen 3 Jahren haben Teiche in Brenham den Fang verdoppelt.", "", 0.97)).verdict
        == "same"
    )
    assert weigh_one(said(one), said(one.replace("3", "9"), "", 0.99)).conflict == "number: 3 against 9"


def test_the_weights_fit_the_signs() -> None:
    given = chances(np.zeros((3, len(SIGNS))), None)
    assert given.shape == (3, len(CLASSES))
    assert np.allclose(given.sum(1), 1)
    assert describer().describe([(said(POND), said(POND))]).shape == (1, len(SIGNS))
