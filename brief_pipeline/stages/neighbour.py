"""Which vectors lie nearest to which, exactly, and a varied choice among good ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

QUERY_ROWS = 256  # of a block
CORPUS_ROWS = 16_384  # of a block: its cosines take 16 MB, whatever the size of the corpus
SLACK = 1e-5  # a product of float32 matrices is off by up to 1e-6, by other last bits on another machine
SCORED_AT_ONCE = 4096  # pairs whose cosine is taken in float64: 25 MB at 384 numbers a vector

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Pairs = tuple[Indices, Indices, Floats]
Codes = tuple[Indices, Indices]


def nearest(queries: Floats, corpus: Floats, k: int, floor: float, apart: Codes | None = None) -> Pairs:
    """For each query its (at most) k nearest corpus rows with a cosine of `floor` or more.

    `queries` (n x d) and `corpus` (m x d) are unit rows. `apart`: a code a query and a code a corpus row (n and m integers);
    rows with the query's own code are left out. Gives three arrays of one length: query index, corpus index,
    cosine; sorted by query, then by descending cosine, ties by corpus index. Exact: products of matrices, block by block,
    choose the candidates, and each one's cosine is then taken in float64, so that the last bits of one machine's matrix
    product decide no tie. Memory hangs on n x k, not on m.

    >>> rows = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], dtype=np.float32)
    >>> which, found, cosine = nearest(rows[:1], rows, k=2, floor=0.5)
    >>> which.tolist(), found.tolist(), [f"{c:.2f}" for c in cosine]
    ([0, 0], [0, 1], ['1.00', '0.60'])
    """
    if k < 1 or len(queries) == 0 or len(corpus) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    parts = []
    for start in range(0, len(queries), QUERY_ROWS):
        block = np.asarray(queries[start : start + QUERY_ROWS], dtype=np.float32)
        own = (apart[0][start : start + QUERY_ROWS], apart[1]) if apart else None
        rows, columns = _find_candidates(block, corpus, k, floor, own)
        rows, columns, cosines = _rank(rows, columns, _score(block, corpus, rows, columns), k, floor)
        parts.append((rows + start, columns, cosines))
    which, found, cosine = (np.concatenate(column) for column in zip(*parts, strict=True))
    return which, found, cosine


def _find_candidates(queries: Floats, corpus: Floats, k: int, floor: float, apart: Codes | None) -> tuple[Indices, Indices]:
    """The cells among which each query's k best are for certain: those within SLACK of the k-th best, and of the floor."""
    rows, columns = np.empty(0, np.int64), np.empty(0, np.int64)
    values = np.empty(0, np.float32)
    bars = np.full(len(queries), floor - SLACK, dtype=np.float32)  # what a query's cell must reach: rises as more are found
    for start in range(0, len(corpus), CORPUS_ROWS):
        block = np.asarray(corpus[start : start + CORPUS_ROWS], dtype=np.float32)
        cosines = queries @ block.T
        if apart:
            cosines[apart[0][:, None] == apart[1][None, start : start + CORPUS_ROWS]] = -np.inf
        bars = _raise_crowded(bars, cosines, k)
        new_rows, new_columns = np.nonzero(cosines >= bars[:, None])
        values = np.concatenate([values, cosines[new_rows, new_columns]])
        rows, columns = np.concatenate([rows, new_rows]), np.concatenate([columns, new_columns + start])
        bars = _raise_bars(bars, rows, values, k)
        keep = values >= bars[rows]
        rows, columns, values = rows[keep], columns[keep], values[keep]
    return rows, columns


def _raise_crowded(bars: Floats, cosines: Floats, k: int) -> Floats:
    """For each query with more than k cells over its bar in this block: its k-th best of them, less the slack."""
    crowded = np.flatnonzero(np.count_nonzero(cosines >= bars[:, None], axis=1) > k)
    if len(crowded) == 0:
        return bars
    raised = bars.copy()
    raised[crowded] = np.maximum(bars[crowded], np.partition(cosines[crowded], -k, axis=1)[:, -k] - np.float32(SLACK))
    return raised


def _raise_bars(bars: Floats, rows: Indices, values: Floats, k: int) -> Floats:
    """For each query with k candidates or more: its k-th best cosine, less the slack."""
    counts = np.bincount(rows, minlength=len(bars))
    order = np.lexsort((-values, rows))
    full = np.flatnonzero(counts >= k)
    kth = (np.cumsum(counts) - counts)[full] + k - 1
    raised = bars.copy()
    raised[full] = np.maximum(bars[full], values[order[kth]] - np.float32(SLACK))
    return raised


def _score(queries: Floats, corpus: Floats, rows: Indices, columns: Indices) -> Floats:
    """The cosine of each pair, summed in float64 and rounded once."""
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), SCORED_AT_ONCE):
        pairs = slice(start, start + SCORED_AT_ONCE)
        left, right = np.asarray(queries[rows[pairs]], np.float64), np.asarray(corpus[columns[pairs]], np.float64)
        cosines[pairs] = np.einsum("ij,ij->i", left, right)
    return cosines


def _rank(rows: Indices, columns: Indices, cosines: Floats, k: int, floor: float) -> Pairs:
    """The k best pairs of each row that reach the floor, best first."""
    order = np.lexsort((columns, -cosines, rows))
    order = order[cosines[order] >= floor]
    rows, columns, cosines = rows[order], columns[order], cosines[order]
    keep = np.arange(len(rows)) - np.searchsorted(rows, rows, side="left") < k
    return rows[keep], columns[keep], cosines[keep]


def keep_diverse(
    relevance: NDArray[np.floating],
    vectors: Floats,
    lam: float,
    k: int,
    max_cosine: float = 1.0,
    groups: Sequence[Hashable] = (),
    most_of_group: int = 0,
) -> list[int]:
    """The indices of up to k items that are relevant and unlike each other, best first.

    Maximal marginal relevance (Carbonell and Goldstein 1998): each step takes the item with the highest
    lam x relevance - (1 - lam) x (highest cosine to those taken). `vectors` are unit rows, one for each
    relevance. Items closer than `max_cosine` to one already taken are left out, and so are those of a
    group (one a row) that `most_of_group` are taken of. Ties go to the lower index.

    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    >>> keep_diverse(np.array([0.9, 0.8, 0.5]), vectors, lam=0.5, k=2)
    [0, 2]
    """
    chosen: list[int] = []
    values = np.asarray(relevance, dtype=np.float64)
    is_open = np.ones(len(values), dtype=bool)
    taken: Counter[Hashable] = Counter()
    closest = np.full(len(values), -1.0)
    while len(chosen) < k and is_open.any():
        penalty = np.maximum(closest, 0.0) if chosen else 0.0
        gain = np.where(is_open, lam * values - (1 - lam) * penalty, -np.inf)
        best = int(np.argmax(gain))
        chosen.append(best)
        closest = np.maximum(closest, vectors @ vectors[best])
        is_open[best] = False
        if max_cosine < 1.0:
            is_open &= closest <= max_cosine
        if groups:
            taken[groups[best]] += 1
            if taken[groups[best]] >= most_of_group:
                is_open &= [group != groups[best] for group in groups]
    return chosen
