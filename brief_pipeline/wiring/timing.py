"""Where the time of a stage goes: its seconds by day, and by step of the work."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from threading import Lock

Day = date | None

REST = "other"  # what is spent on a day outside of any named step
DECIMALS = 3  # a millisecond: below it is noise


class Stopwatch:
    """The seconds of one stage in one run. What threads do at once is added up."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._began = clock()
        self._lock = Lock()
        self._spent: dict[Day, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    @property
    def seconds(self) -> float:
        """Wall time since the stage began."""
        return self.clock() - self._began

    def add(self, day: Day, name: str, seconds: float) -> None:
        """Counts seconds for a step of a day's work."""
        with self._lock:
            self._spent[day][name] += seconds

    def list_steps(self, day: Day) -> dict[str, float]:
        """The seconds of each step of a day's work, the longest first. Empty where no step has a name."""
        spent = sorted(self._spent.get(day, {}).items(), key=lambda pair: -pair[1])
        is_named = any(name != REST for name, _ in spent)
        return {name: round(seconds, DECIMALS) for name, seconds in spent} if is_named else {}

    def share_out(self, days: Iterable[Day]) -> dict[Day, float]:
        """The wall time of the stage so far, shared out among the days by the work on each."""
        busy = {day: sum(self._spent.get(day, {}).values()) for day in days}
        whole, total = sum(busy.values()), self.seconds
        return {day: round(total * (own / whole if whole else 1 / len(busy)), DECIMALS) for day, own in busy.items()}


@dataclass
class _Span:
    """A step under way. `inner_seconds`: what steps inside of it took; those count for themselves."""

    watch: Stopwatch
    day: Day
    name: str
    outer: "_Span | None"
    began: float
    inner_seconds: float = 0.0

    def end(self) -> None:
        took = self.watch.clock() - self.began
        self.watch.add(self.day, self.name, took - self.inner_seconds)
        if self.outer:
            self.outer.inner_seconds += took


_watch: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)
_span: ContextVar[_Span | None] = ContextVar("span", default=None)


@contextmanager
def stage_timed(clock: Callable[[], float] = time.monotonic) -> Iterator[Stopwatch]:
    """Measures a stage: the steps inside of it are counted."""
    watch, outer, span = Stopwatch(clock), _watch.get(), _span.get()
    _watch.set(watch)
    _span.set(None)
    try:
        yield watch
    finally:
        _watch.set(outer)
        _span.set(span)


def current_stopwatch() -> Stopwatch:
    """The one of the stage under way; outside of a stage one that nobody reads."""
    return _watch.get() or Stopwatch()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Counts what is done inside as a step of this name, of the day that is worked on. What steps inside take is theirs."""
    span = _span.get()
    with _spanned(span.day if span else None, name):
        yield


@contextmanager
def on_day(day: Day) -> Iterator[None]:
    """Counts what is done inside as work on this day."""
    with _spanned(day, REST):
        yield


def each_day(days: Iterable[date]) -> Iterator[date]:
    """The days one by one; what the loop does with each counts as work on it."""
    for day in days:
        outer, span = _span.get(), _begin(day, REST)
        yield day  # no `finally`: a loop that is left by an error ends its stage, and that puts everything back
        if span:
            span.end()
        _span.set(outer)


@contextmanager
def _spanned(day: Day, name: str) -> Iterator[None]:
    outer, span = _span.get(), _begin(day, name)
    try:
        yield
    finally:
        if span:
            span.end()
        _span.set(outer)


def _begin(day: Day, name: str) -> _Span | None:
    watch = _watch.get()
    span = _Span(watch, day, name, _span.get(), watch.clock()) if watch else None
    if span:
        _span.set(span)
    return span
