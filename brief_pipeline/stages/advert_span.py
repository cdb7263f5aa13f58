"""Runs of sentences that belong together, from scores of single ones: where each read begins, and where it ends.

The likeliest sequence of classes (Viterbi, 1967): each run pays for its beginning and its end, less where somebody else
begins to speak, where a phrase opens a read ("brought to you by") or leads back to the talk ("and we're back").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TALK, SPONSOR, PROMOTION, INTRO, OUTRO = range(5)  # the columns of the scores
TRUST = 0.7  # of a sentence's score: neighbours share their context, so their scores are not independent
ENTER = 4.0  # what a run costs to begin ...
LEAVE = 1.0  # ... to end ...
SWITCH = 3.0  # ... and to turn into another kind
TURN_BONUS = 0.5  # what is taken off where the speaker changes
LEAST_END = 1.0  # log odds: the first and last sentence of a run sound like it
CUE_BONUS = 2.0  # ... and where a phrase says so

Floats = NDArray[np.float64]


class Run(NamedTuple):
    """Sentences first..last of one class, and how much likelier that is than talk (log odds, summed)."""

    first: int
    last: int
    kind: int
    worth: float


def find_runs(scores: Floats, turns: Sequence[int], opens: Sequence[bool], returns: Sequence[bool]) -> list[Run]:
    """The runs that are no talk, in order.

    `scores` has a row a sentence: the log odds of each class against talk, -inf where a class can't be. `turns` are the
    sentences' turns, `opens` tells which open a read, `returns` which lead back to the talk.
    """
    path = _likeliest(scores * TRUST, turns, opens, returns)
    return [_trimmed(run, scores) for run in _runs(path, scores)]


def _likeliest(scores: Floats, turns: Sequence[int], opens: Sequence[bool], returns: Sequence[bool]) -> NDArray[np.int64]:
    count, classes = scores.shape
    best = scores[0] - ENTER * (np.arange(classes) != TALK)
    came_from = np.zeros((count, classes), dtype=np.int64)
    for at in range(1, count):
        routes = best[:, None] - _prices(classes, turns[at] != turns[at - 1], opens[at], returns[at] or returns[at - 1])
        came_from[at] = routes.argmax(axis=0)
        best = routes.max(axis=0) + scores[at]
    path = np.zeros(count, dtype=np.int64)
    path[-1] = best.argmax()
    for at in range(count - 1, 0, -1):
        path[at - 1] = came_from[at, path[at]]
    return path


def _prices(classes: int, is_turn: bool, is_open: bool, is_return: bool) -> Floats:
    """What it costs to go from each class (row) to each (column)."""
    bonus = TURN_BONUS * is_turn
    prices = np.full((classes, classes), SWITCH - bonus)
    prices[TALK, :] = ENTER - bonus - CUE_BONUS * is_open
    prices[:, TALK] = LEAVE - bonus - CUE_BONUS * is_return
    np.fill_diagonal(prices, 0.0)
    return prices


def _runs(path: NDArray[np.int64], scores: NDArray[np.floating[Any]]) -> Iterator[Run]:
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    for first, stop in pairwise(edges):
        kind = int(path[first])
        if kind != TALK:
            yield Run(first, stop - 1, kind, float(scores[first:stop, kind].sum()))


def _trimmed(run: Run, scores: Floats) -> Run:
    """The run without what sounds like talk at its ends, taken in only to reach a change of speaker."""
    sounding = np.flatnonzero(scores[run.first : run.last + 1, run.kind] > LEAST_END)
    if not len(sounding):
        return run
    return run._replace(first=run.first + int(sounding[0]), last=run.first + int(sounding[-1]))
