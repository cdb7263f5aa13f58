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


def sort_plainly(queries: Floats, corpus: Floats, k: int, floor: float) -> list[tuple[int, int]]:
    pairs = []
    for i, row in enumerate((queries.astype(np.float64) @ corpus.T.astype(np.float64)).tolist()):
        best = sorted(range(len(row)), key=lambda j, row=row: (-row[j], j))[:k]  # type: ignore[misc]
        pairs += [(i, j) for j in best if row[j] >= floor]
    return pairs


@pytest.mark.parametrize("corpus_rows", [1, 7, 1024])
@pytest.mark.parametrize("query_rows", [1, 7, 1024])
@pytest.mark.parametrize(("k", "floor"), [(4, 0.2), (1, -1.0), (49, -1.0), (50, -1.0), (80, 0.0)])
def test_blocks_find_what_plain_sorting_finds(
    monkeypatch: pytest.MonkeyPatch, query_rows: int, corpus_rows: int, k: int, floor: float
) -> None:
    monkeypatch.setattr(neighbour, "QUERY_ROWS", query_rows)
    monkeypatch.setattr(neighbour, "CORPUS_ROWS", corpus_rows)
    queries, corpus = make_rows(30), make_rows(50, seed=8)
    expected = sort_plainly(queries, corpus, k, floor)
    which, found, cosine = nearest(queries, corpus, k, floor)
    assert list(zip(which.tolist(), found.tolist(), strict=True)) == expected
    assert cosine.tolist() == pytest.approx([float(queries[i] @ corpus[j]) for i, j in expected], abs=1e-6)


def test_copies_in_other_blocks_tie_and_the_lowest_index_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbour, "CORPUS_ROWS", 97)
    corpus = make_rows(1000, width=384)
    copies = [3, 96, 97, 500, 501, 999]
    corpus[copies] = corpus[500]
    _, found, cosine = nearest(make_rows(40, width=384, seed=9), corpus, k=1000, floor=-1.0)
    for row, values in zip(found.reshape(40, 1000).tolist(), cosine.reshape(40, 1000), strict=True):
        at = row.index(3)
        assert row[at : at + 6] == copies
        assert len(set(values[at : at + 6].tolist())) == 1


def test_a_cosine_of_exactly_the_floor_counts() -> None:
    rows = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]], dtype=np.float32)
    assert nearest(rows[:1], rows, k=2, floor=0.5)[1].tolist() == [0, 1]
    assert nearest(rows[:1], rows, k=2, floor=0.5000002)[1].tolist() == [0]


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


@pytest.mark.parametrize(("query_rows", "corpus_rows"), [(1, 1), (7, 13), (1024, 1024)])
@pytest.mark.parametrize(("k", "floor"), [(3, 0.1), (50, -1.0)])
def test_apart_leaves_out_rows_of_the_querys_own_code_and_no_others(
    monkeypatch: pytest.MonkeyPatch, query_rows: int, corpus_rows: int, k: int, floor: float
) -> None:
    monkeypatch.setattr(neighbour, "QUERY_ROWS", query_rows)
    monkeypatch.setattr(neighbour, "CORPUS_ROWS", corpus_rows)
    queries, corpus = make_rows(30), make_rows(60, seed=8)
    own, codes = np.arange(30) % 5, np.arange(60) % 7
    which, found, _ = nearest(queries, corpus, k, floor, (own, codes))
    expected = [(i, j) for i, j in sort_plainly(queries, corpus, 60, floor) if own[i] != codes[j]]
    firsts = [pair for i in range(30) for pair in [pair for pair in expected if pair[0] == i][:k]]
    assert list(zip(which.tolist(), found.tolist(), strict=True)) == firsts


def test_hundreds_of_the_own_code_crowd_no_other_out() -> None:
    query = make_rows(1, width=384)
    near, far = np.repeat(query, 500, axis=0), make_rows(20, width=384, seed=9)
    _, found, cosine = nearest(query, np.concatenate([near, far]), 5, -1.0, (np.zeros(1, int), np.repeat([0, 1], [500, 20])))
    assert len(found) == 5
    assert found.min() >= 500
    assert cosine[0] == pytest.approx(float((far @ query[0]).max()), abs=1e-6)


def test_where_all_are_of_the_own_code_nothing_is_found() -> None:
    rows = make_rows(4)
    assert len(nearest(rows, rows, 3, -1.0, (np.zeros(4, int), np.zeros(4, int)))[0]) == 0


def test_of_a_group_no_more_are_taken_than_allowed() -> None:
    rows = make_rows(6)
    values, groups = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]), ["a", "a", "a", "b", "a", "b"]
    assert keep_diverse(values, rows, 1.0, 6, groups=groups, most_of_group=2) == [0, 1, 3, 5]
    assert keep_diverse(values, rows, 1.0, 6, groups=groups, most_of_group=1) == [0, 3]
    assert keep_diverse(values, rows, 1.0, 6) == [0, 1, 2, 3, 4, 5]
