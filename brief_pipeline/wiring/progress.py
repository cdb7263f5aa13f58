"""How far a stage is: told to the terminal, to the run's log in the Dagster UI, to several, or to nobody."""

import logging
import time
from typing import Protocol


class Progress(Protocol):
    """Is told what a stage is doing."""

    def begin(self, stage: str, items: int) -> None: ...

    def item(self, stage: str, label: str) -> None:
        """Work on an item begins."""
        ...

    def part(self, stage: str, share: float) -> None:
        """The item under way is this far, 0 to 1."""
        ...

    def item_done(self, stage: str) -> None: ...

    def end(self, stage: str, said: str) -> None: ...


class SilentProgress:
    """Tells nobody."""

    def begin(self, stage: str, items: int) -> None: ...

    def item(self, stage: str, label: str) -> None: ...

    def part(self, stage: str, share: float) -> None: ...

    def item_done(self, stage: str) -> None: ...

    def end(self, stage: str, said: str) -> None: ...


class SeveralProgress:
    """Tells several, one after the other."""

    def __init__(self, *told: Progress) -> None:
        self._told = told

    def begin(self, stage: str, items: int) -> None:
        for one in self._told:
            one.begin(stage, items)

    def item(self, stage: str, label: str) -> None:
        for one in self._told:
            one.item(stage, label)

    def part(self, stage: str, share: float) -> None:
        for one in self._told:
            one.part(stage, share)

    def item_done(self, stage: str) -> None:
        for one in self._told:
            one.item_done(stage)

    def end(self, stage: str, said: str) -> None:
        for one in self._told:
            one.end(stage, said)


class LoggedProgress:
    """Tells the run's log which item a stage is at, and how long it will still take."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._items = self._done = 0
        self._started = 0.0

    def begin(self, stage: str, items: int) -> None:
        self._items, self._done, self._started = items, 0, time.monotonic()

    def item(self, stage: str, label: str) -> None:
        spent = time.monotonic() - self._started
        left = f", about {spent / self._done * (self._items - self._done):.0f} s left" if self._done else ""
        self._log.info(f"{stage} {self._done + 1}/{self._items}: {label}{left}")

    def part(self, stage: str, share: float) -> None: ...

    def item_done(self, stage: str) -> None:
        self._done += 1

    def end(self, stage: str, said: str) -> None:
        self._log.info(f"{stage}: {said}")
