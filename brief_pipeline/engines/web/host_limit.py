"""Politeness: few requests to one host at a time, and none before the time that it asked for."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from brief_pipeline.engines.web.deadline import give_back, seconds_left
from brief_pipeline.errors import Unreachable

LONGEST_RETRY_AFTER_SECONDS = 30.0  # a host that asks for more is left for the next run


class HostLimit:
    """Gives out turns, at most `per_host` at a time to one host. Threads of one process share it."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._changed = threading.Condition()
        self._busy: Counter[str] = Counter()
        self._held_until: dict[str, float] = {}  # time.monotonic()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Waits for a turn with a host, and holds it for the block.

        Waiting behind other requests does not count against the deadline, each of them has its own; waiting because the
        host asked for it does. Raises Unreachable when that is longer than the deadline leaves, or than is patient.
        """
        with self._changed:
            while not self._may_ask(host):
                pass
            self._busy[host] += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy[host] -= 1
                self._busy += Counter()  # drops the zeros
                self._changed.notify_all()

    def hold_back(self, host: str, seconds: float) -> None:
        """Keeps every request to a host back for so long: it answered with Retry-After."""
        with self._changed:
            self._held_until[host] = max(self._held_until.get(host, 0.0), time.monotonic() + seconds)
            self._changed.notify_all()  # who waits for a turn may not want to wait so long

    def _may_ask(self, host: str) -> bool:
        """Whether a turn is free; otherwise waits until that may have changed."""
        now = time.monotonic()
        held = self._held_until.get(host, 0.0) - now
        if held > min(LONGEST_RETRY_AFTER_SECONDS, seconds_left() or LONGEST_RETRY_AFTER_SECONDS):
            raise Unreachable(f"{host} asked to come back in {held:.0f} s: left for the next run")
        if held > 0:
            self._changed.wait(held)
            return False
        if self._busy[host] >= self._per_host:
            self._changed.wait()
            give_back(time.monotonic() - now)
            return False
        return True
