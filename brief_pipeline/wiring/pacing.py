"""How far a whole range of days is, and how long it will still take."""

import time
from collections.abc import Callable

from brief_pipeline.stages.estimate import START_SECONDS, Estimate, time_left
from brief_pipeline.wiring.progress import Progress

Show = Callable[[float, float], None]  # is told the share that is done, 0 to 1, and the seconds left


class RangeProgress:
    """Passes on what a stage tells, and shows after each step of it how far the range is by its estimate."""

    def __init__(self, told: Progress, estimate: Estimate, show: Show, clock: Callable[[], float] = time.monotonic) -> None:
        self._told = told
        self._estimate = estimate
        self._show = show
        self._clock = clock
        self._began = clock()
        self._slices_done = 0
        self._stages: dict[str, float] = {}  # of the slice under way: the share of each stage that is done
        self._items = self._items_done = 0

    def slice_done(self) -> None:
        """The slice under way has ended; the next one begins."""
        self._slices_done += 1
        self._stages = {}
        self._tell()

    def begin(self, stage: str, items: int) -> None:
        self._items, self._items_done = items, 0
        self._told.begin(stage, items)
        self._tell()

    def item(self, stage: str, label: str) -> None:
        self._told.item(stage, label)

    def part(self, stage: str, share: float) -> None:
        self._told.part(stage, share)
        self._note(stage, self._items_done + min(share, 1.0))

    def item_done(self, stage: str) -> None:
        self._told.item_done(stage)
        self._items_done += 1
        self._note(stage, self._items_done)

    def end(self, stage: str, said: str) -> None:
        self._told.end(stage, said)

    def _note(self, stage: str, done: float) -> None:
        if self._items:
            self._stages[stage] = done / self._items
        self._tell()

    def _tell(self) -> None:
        whole = self._estimate.seconds
        done = sum(map(self._estimate.seconds_of, self._estimate.slices[: self._slices_done]))
        if done and whole:
            done += START_SECONDS  # the models are loaded by then
        if self._slices_done < len(self._estimate.slices):
            parts = self._estimate.stages_of(self._estimate.slices[self._slices_done])
            done += sum(seconds * self._stages.get(stage, 0.0) for stage, seconds in parts.items())
        self._show(min(1.0, done / whole) if whole else 1.0, time_left(done, whole, self._clock() - self._began))
