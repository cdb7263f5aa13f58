"""Which vectors lie nearest to which, exactly, and a varied choice among good ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 256  # queries a block: against a million corpus rows the cosines of one block take 1 GB

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


def nearest(queries: Floats, corpus: Floats, k: int, floor: float) -> tuple[Indices, Indices, Floats]:
    """For each query its (at most) k nearest corpus rows with a cosine of `floor` or more.

    `queries` (n x d) and `corpus` (m x d) are unit rows. Gives three arrays of one length: query index, corpus index,
    cosine; sorted by query, then by descending cosine, ties by corpus index. Exact: a product of matrices in
    blocks of BLOCK_ROWS queries, so memory is bounded by BLOCK_ROWS x m.

    >>> rows = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], dtype=np.float32)
    >>> which, found, cosine = nearest(rows[:1], rows, k=2, floor=0.5)
    >>> which.tolist(), found.tolist(), [f"{c:.2f}" for c in cosine]
    ([0, 0], [0, 1], ['1.00', '0.60'])
    """
    if k < 1 or len(queries) == 0 or len(corpus) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    corpus = np.ascontiguousarray(corpus, dtype=np.float32)
    parts = []
    for start in range(0, len(queries), BLOCK_ROWS):
        block = np.asarray(queries[start : start + BLOCK_ROWS], dtype=np.float32)
        rows, columns, cosines = _best_of_block(block @ corpus.T, k, floor)
        parts.append((rows + start, columns, cosines))
    which, found, cosine = (np.concatenate(column) for column in zip(*parts, strict=True))
    return which, found, cosine


def _best_of_block(cosines: Floats, k: int, floor: float) -> tuple[Indices, Indices, Floats]:
    """The k best cells of each row that reach the floor."""
    if k < cosines.shape[1]:
        # The k-th best value of each row is a second floor; cells that tie with it are kept here and cut by rank below.
        kth = np.partition(cosines, -k, axis=1)[:, -k]
        rows, columns = np.nonzero((cosines >= floor) & (cosines >= kth[:, None]))
    else:
        rows, columns = np.nonzero(cosines >= floor)
    values = cosines[rows, columns]
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    first_of_row = np.searchsorted(rows, rows, side="left")
    keep = np.arange(len(rows)) - first_of_row < k
    return rows[keep].astype(np.int64), columns[keep].astype(np.int64), values[keep]


def keep_diverse(relevance: NDArray[np.floating], vectors: Floats, lam: float, k: int, max_cosine: float = 1.0) -> list[int]:
    """The indices of up to k items that are relevant and unlike each other, best first.

    Maximal marginal relevance (Carbonell and Goldstein 1998): each step takes the item with the highest
    lam x relevance - (1 - lam) x (highest cosine to those taken). `vectors` are unit rows, one for each
    relevance. Items closer than `max_cosine` to one already taken are left out. Ties go to the lower index.

    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    >>> keep_diverse(np.array([0.9, 0.8, 0.5]), vectors, lam=0.5, k=2)
    [0, 2]
    """
    chosen: list[int] = []
    values = np.asarray(relevance, dtype=np.float64)
    is_open = np.ones(len(values), dtype=bool)
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
    return chosen
