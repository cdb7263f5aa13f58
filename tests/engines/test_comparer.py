"""The comparer of insights, word by word. Slow to load: one for the module."""

from __future__ import annotations

import numpy as np
import pytest

from brief_pipeline.engines.minilm.comparer import LAYERS, LOOKS, POOLED, POOLS, MiniLmComparer

POND = ("Farm ponds in Brenham doubled the fish catch.", "Herons left once the reeds were cut.")
AGAIN = ("In Brenham twice as many fish are caught since farms have ponds.", "With the reeds gone the herons stayed away.")
TRAINS = ("Night trains lose money on every berth.", "")


@pytest.fixture(scope="module")
def comparer() -> MiniLmComparer:
    return MiniLmComparer()


def test_a_row_a_pair(comparer: MiniLmComparer) -> None:
    rows = comparer.align([(POND, AGAIN), (POND, TRAINS)])
    assert rows.shape == (2, len(LAYERS) * LOOKS + len(POOLED) * POOLS)
    assert np.isfinite(rows).all()


def test_the_same_words_match_whole(comparer: MiniLmComparer) -> None:
    (row,) = comparer.align([(POND, POND)])
    assert np.allclose(row[: len(LAYERS) * LOOKS], 1, atol=0.01)


def test_a_rewrite_matches_better_than_another_subject(comparer: MiniLmComparer) -> None:
    rewrite, stranger = comparer.align([(POND, AGAIN), (POND, TRAINS)])
    assert rewrite.mean() > stranger.mean() + 0.1


def test_nothing_to_compare_needs_no_model() -> None:
    untouched = MiniLmComparer()
    assert untouched.align([]).shape[0] == 0
    assert untouched._loaded is None


def test_an_empty_explanation_or_text_breaks_nothing(comparer: MiniLmComparer) -> None:
    assert np.isfinite(comparer.align([(TRAINS, ("", "")), (("?", ""), TRAINS)])).all()
