"""When a piece of work on the web must be over, whatever the server does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from brief_pipeline.errors import Unreachable


class Deadline:
    """Runs out after so many seconds. Time that is spent waiting for a turn is given back."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """The seconds that are left; raises Unreachable when none are."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unreachable(f"no whole answer within {self._seconds:g} s, the limit for all of it: left for the next run")
        return left

    def give_back(self, seconds: float) -> None:
        """Puts the end off."""
        self._ends += seconds


# A context variable, since a connection outlives the request that it is read for, and httpcore's own limits are per read:
# a server that sends a byte now and then keeps within them for ever.
_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def ending_within(seconds: float) -> Iterator[Deadline]:
    """Whatever this thread reads from the web inside the block ends within so many seconds."""
    deadline = Deadline(seconds)
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


def seconds_left(at_most: float | None = None) -> float | None:
    """The limit for the next wait: `at_most`, or what the deadline leaves. Raises Unreachable once it has passed."""
    deadline = _current.get()
    if deadline is None:
        return at_most
    left = deadline.left()
    return left if at_most is None else min(left, at_most)


def give_back(seconds: float) -> None:
    """Puts the deadline off by what was spent waiting for a turn."""
    deadline = _current.get()
    if deadline:
        deadline.give_back(seconds)
