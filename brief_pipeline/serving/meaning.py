"""Insights near to a question in meaning: a first look at all of them through shortened vectors, the best then in full.

The first look leaves out the directions in which the vectors differ least (principal components), and takes a quarter of the
time; up to FIRST_LOOK_FROM insights there is none.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

FIRST_LOOK_FROM = 20_000  # insights
SHORT = 96  # numbers that a shortened vector has
LOOKED_AT = 2_000  # insights that pass the first look, at least: of real sentences it then misses none of the nearest 50
SAMPLE = 40_000  # vectors that the directions are taken from
MOST_AT_ONCE = 32  # questions: 13 MB of scores for 100,000 insights


def _nothing() -> Floats:
    return np.empty(0, np.float32)


class Reader(Protocol):
    """What makes a vector of a question."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of texts. Raises ModelUnavailable."""
        ...


@dataclass(frozen=True, eq=False)
class Shortened:
    """The vectors in the directions in which they differ most."""

    axes: Floats  # d x SHORT
    vectors: Floats  # n x SHORT


def shorten(vectors: Floats) -> Shortened | None:
    """Shortened vectors for the first look; None where there are too few to need one."""
    if len(vectors) < FIRST_LOOK_FROM or vectors.shape[1] <= SHORT:
        return None
    sample = vectors[:: max(1, len(vectors) // SAMPLE)]
    _, axes = np.linalg.eigh((sample.T @ sample).astype(np.float64))
    widest = np.ascontiguousarray(axes[:, ::-1][:, :SHORT], np.float32)
    return Shortened(widest, vectors @ widest)


@dataclass(eq=False)
class _Ticket:
    text: str
    vector: Floats = field(default_factory=_nothing)
    scores: Floats = field(default_factory=_nothing)  # of all insights: by their shortened vectors where there are such
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Meaning:
    """Vectors of insights, by place. It is safe to ask from several threads.

    Questions that come at once are answered together by one of their threads: going through the vectors, and through the
    weights of the model, costs its time in fetching them from memory, and that hardly grows with the number of questions.
    """

    def __init__(self, vectors: Floats, reader: Reader, shortened: Shortened | None = None) -> None:
        self._vectors = vectors
        self._shortened = shortened
        self._reader = reader
        self._waiting: list[_Ticket] = []
        self._queue = threading.Lock()
        self._work = threading.Lock()

    def find(self, text: str, limit: int, allowed: Flags | None = None) -> list[tuple[int, float]]:
        """Places and cosines of the nearest insights, the nearest first. Raises ModelUnavailable."""
        if not self._vectors.size:
            return []
        ticket = self._ask(text)
        scores = ticket.scores
        if allowed is not None:
            scores = np.where(allowed, scores, np.float32(-2))
        places = _best(scores, max(limit, LOOKED_AT) if self._shortened else limit)
        exact = scores[places]
        if self._shortened:
            places = places[exact > -1]  # those that are allowed
            exact = self._vectors[places] @ ticket.vector
        order = np.lexsort((places, -exact))[:limit]
        return [(int(places[at]), float(exact[at])) for at in order if exact[at] > 0]

    def _ask(self, text: str) -> _Ticket:
        ticket = _Ticket(text)
        with self._queue:
            self._waiting.append(ticket)
        with self._work:
            while not ticket.done.is_set():
                self._answer()
        if ticket.error:
            raise ticket.error
        return ticket

    def _answer(self) -> None:
        """Answers those that wait, this thread's own among them: who waited longest comes first."""
        with self._queue:
            tickets, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        try:
            vectors = self._reader.embed([ticket.text for ticket in tickets])
            for ticket, vector, scores in zip(tickets, vectors, self._score(vectors), strict=True):
                ticket.vector, ticket.scores = vector, scores
        except Exception as error:  # noqa: BLE001 - each who waits raises it
            for ticket in tickets:
                ticket.error = error
        finally:
            for ticket in tickets:
                ticket.done.set()

    def _score(self, vectors: Floats) -> Floats:
        """Of each question the cosine with all insights, or what their shortened vectors make of it."""
        if self._shortened:
            return (self._shortened.vectors @ (vectors @ self._shortened.axes).T).T
        return (self._vectors @ vectors.T).T


def _best(scores: Floats, count: int) -> NDArray[np.int64]:
    """The places of the highest scores, in no order."""
    count = min(count, len(scores))
    return np.argpartition(-scores, count - 1)[:count]
