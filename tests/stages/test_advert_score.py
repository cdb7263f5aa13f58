from __future__ import annotations

import numpy as np

from brief_pipeline.stages.advert_score import CLASSES, score_sentences

FILLER = [f"Caches of kind {k} are hard." for k in range(40)]


def test_the_weights_fit_what_the_model_looks_at() -> None:
    texts = [f"{FILLER[0]} Use code ACME at checkout.", FILLER[1]]
    vectors = np.eye(384)[:2]
    scores = score_sentences(texts, vectors, [0, 0])
    assert scores.shape == (2, len(CLASSES))
    assert not scores[:, 0].any()
    assert scores[0, 1] > scores[1, 1]


def test_a_sentences_score_hangs_on_its_neighbours_and_not_on_what_is_far_away() -> None:
    texts = ["It is the easiest way to sleep.", *FILLER]
    vectors = np.tile(np.eye(384)[:1], (len(texts), 1))
    plain = score_sentences(texts, vectors, [0] * len(texts))
    sold = score_sentences([*texts[:3], "Use promo code ACME at checkout.", *texts[4:]], vectors, [0] * len(texts))
    assert not np.allclose(plain[:3], sold[:3])
    assert np.allclose(plain[-10:], sold[-10:], atol=0.01)
