"""Insights near to a question in meaning: every vector is looked at, so nothing is missed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

MOST_AT_ONCE = 32  # questions: 13 MB of scores for 100,000 insights


class Reader(Protocol):
    """What makes a vector of a question."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of texts. Raises ModelUnavailable."""
        ...


@dataclass(eq=False)
class _Ticket:
    text: str
    scores: Floats | None = None
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Meaning:
    """Vectors of insights, by place. It is safe to ask from several threads.

    Questions that come at once are answered together by one of their threads: going through the vectors, and through the
    weights of the model, costs its time in fetching them from memory, and that hardly grows with the number of questions.
    """

    def __init__(self, vectors: Floats, reader: Reader) -> None:
        self._vectors = vectors
        self._reader = reader
        self._waiting: list[_Ticket] = []
        self._queue = threading.Lock()
        self._work = threading.Lock()

    def find(self, text: str, limit: int, allowed: Flags | None = None) -> list[tuple[int, float]]:
        """Places and cosines of the nearest insights, the nearest first. Raises ModelUnavailable."""
        if not self._vectors.size:
            return []
        scores = self._score(text)
        if allowed is not None:
            scores = np.where(allowed, scores, np.float32(-2))
        limit = min(limit, len(scores))
        best = np.argpartition(-scores, limit - 1)[:limit]
        best = best[np.lexsort((best, -scores[best]))]
        return [(int(place), float(scores[place])) for place in best if scores[place] > 0]

    def _score(self, text: str) -> Floats:
        ticket = _Ticket(text)
        with self._queue:
            self._waiting.append(ticket)
        with self._work:
            while not ticket.done.is_set():
                self._answer()
        if ticket.error:
            raise ticket.error
        assert ticket.scores is not None
        return ticket.scores

    def _answer(self) -> None:
        """Answers those that wait, this thread's own among them: who waited longest comes first."""
        with self._queue:
            tickets, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        try:
            scores = self._reader.embed([ticket.text for ticket in tickets]) @ self._vectors.T
            for ticket, row in zip(tickets, scores, strict=True):
                ticket.scores = row
        except Exception as error:  # noqa: BLE001 - each who waits raises it
            for ticket in tickets:
                ticket.error = error
        finally:
            for ticket in tickets:
                ticket.done.set()
