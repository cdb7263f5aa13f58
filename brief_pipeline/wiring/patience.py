"""Waiting for another run: said in the log, as long as that one works, and given up when it stands still."""

import time
from collections.abc import Callable

from brief_pipeline.engines.turn import is_suspended
from brief_pipeline.errors import StoreBusy

SAID_AFTER_SECONDS = 0.5  # a shorter wait is not worth a line
SAID_EVERY_SECONDS = 60.0
SUSPENDED_SECONDS = 10 * 60.0  # a run that stands still for so long (SIGSTOP, Ctrl-Z) was forgotten, by the look of it

Say = Callable[[str], None]


class Patience:
    """Says what a run waits for, now and then, and ends the wait for one that stands still."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._began = time.monotonic()
        self._said, self._said_at = "", self._began
        self._stands_since: float | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def wait_for(self, words: str, process: str) -> None:
        """One look: who is waited for, and the process that is."""
        now = time.monotonic()
        stands = is_suspended(process)
        self._stands_since = (self._stands_since or now) if stands else None
        if stands:
            number = process.rpartition(" ")[2]
            words += f". Its process {number} is suspended: `kill -CONT {number}` lets it go on, `kill -9 {number}` ends it"
        if self._stands_since and now - self._stands_since > SUSPENDED_SECONDS:
            raise StoreBusy(f"waited for {words}")
        is_news = words != self._said and self.seconds >= SAID_AFTER_SECONDS
        if is_news or (self._said and now - self._said_at >= SAID_EVERY_SECONDS):
            self._say(f"waits for {words}")
            self._said, self._said_at = words, now

    def wait_for_signed(self, signed: str) -> None:
        """One look at the holder of a turn, as it signed it."""
        words, _, process = signed.partition("\n")
        self.wait_for(words or "another run", process)

    def end(self) -> None:
        if self._said:
            self._say(f"goes on after {self.seconds:.0f} s")
