"""Which way texts lean."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.likeness_stance import compare_leanings, share_turned


@pytest.mark.parametrize(
    ("early", "late", "more", "good"),
    [
        ("The dam raises rents", "The dam pushes rents up", 1, 0),
        ("The dam will lower the water bills", "The dam will push water bills up", -1, 0),
        ("The pond helps the shops", "The pond hurts the shops", 0, -1),
        ("The pond has not hurt the shops", "The pond helps the shops", 0, 1),
        ("The pond lies in Tessin", "The pond hurts the shops", 0, 0),
    ],
)
def test_two_texts_lean_one_way_or_apart(early: str, late: str, more: int, good: int) -> None:
    assert compare_leanings(early, late) == (more, good)
    assert compare_leanings(late, early) == (more, good)


def test_what_one_denies_and_the_other_affirms_is_turned() -> None:
    assert share_turned("The pond does not hold water", "The pond holds water") == pytest.approx(2 / 3)
    assert share_turned("The pond holds water", "Water is in the pond") == 0
    assert share_turned("Trains are late", "The pond holds water") == 0
