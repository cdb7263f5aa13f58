"""Nearest rows and varied choices."""

from __future__ import annotations

import numpy as np
import pytest

from brief_pipeline.stages import neighbour
from brief_pipeline.stages.neighbour import Floats, keep_diverse, nearest


def make_rows(count: int, width: int = 16, seed: int = 7) -> Floats:
    rows = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@pytest.mark.parametrize("block_rows", [1, 7, 1024])
def test_blocks_find_what_plain_sorting_finds(monkeypatch: pytest.MonkeyPatch, block_rows: int) -> None:
    monkeypatch.setattr(neighbour, "BLOCK_ROWS", block_rows)
    queries, corpus = make_rows(30), make_rows(50, seed=8)
    expected = []
    for i, row in enumerate((queries @ corpus.T).tolist()):
        best = sorted(range(50), key=lambda j, row=row: (-row[j], j))[:4]  # type: ignore[misc]
        expected += [(i, j) for j in best if row[j] >= 0.2]
    which, found, cosine = nearest(queries, corpus, k=4, floor=0.2)
    assert list(zip(which.tolist(), found.tolist(), strict=True)) == expected
    assert cosine.tolist() == pytest.approx([float(queries[i] @ corpus[j]) for i, j in expected], abs=1e-5)


def test_ties_go_to_the_lower_corpus_index() -> None:
    row = make_rows(1)
    _, found, _ = nearest(row, np.repeat(row, 6, axis=0), k=3, floor=0.5)
    assert found.tolist() == [0, 1, 2]


def test_the_answer_is_float32_even_of_float64_rows() -> None:
    rows = make_rows(3).astype(np.float64)
    assert nearest(rows, rows, k=1, floor=0.0)[2].dtype == np.float32  # type: ignore[arg-type]


@pytest.mark.parametrize(("queries", "corpus", "k"), [(0, 3, 2), (3, 0, 2), (3, 3, 0)])
def test_nothing_to_compare_gives_three_empty_arrays(queries: int, corpus: int, k: int) -> None:
    answer = nearest(make_rows(queries), make_rows(corpus), k=k, floor=0.0)
    assert [len(part) for part in answer] == [0, 0, 0]


def test_nothing_over_the_floor_gives_nothing() -> None:
    rows = np.eye(4, dtype=np.float32)
    which, _, _ = nearest(rows[:2], rows[2:], k=2, floor=0.1)
    assert len(which) == 0


def test_a_copy_of_a_better_item_is_passed_over() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert keep_diverse(np.array([0.9, 0.89, 0.4]), rows, lam=0.5, k=2) == [0, 2]
    assert keep_diverse(np.array([0.9, 0.89, 0.4]), rows, lam=1.0, k=2) == [0, 1]


def test_items_too_alike_are_left_out_even_when_few_remain() -> None:
    rows = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    assert keep_diverse(np.array([0.9, 0.8, 0.1]), rows, lam=0.9, k=3, max_cosine=0.65) == [0, 2]


def test_no_items_give_no_choice() -> None:
    assert keep_diverse(np.empty(0), np.empty((0, 2), dtype=np.float32), lam=0.7, k=3) == []
