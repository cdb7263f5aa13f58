"""Ctrl-C: a run stops after the item at hand, and what that took is kept. The second one stops at once."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import dagster as dg

from brief_pipeline.wiring.progress import Progress
from brief_pipeline.wiring.runs import PROCESS_TAG

Result = TypeVar("Result")

NOTICE_SECONDS = 0.2  # after which a Ctrl-C is noticed at the latest
UNDER_WAY = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]


class Stop:
    """Whether somebody asked for a stop, and the runs that it is for."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self._asked = threading.Event()

    @property
    def is_asked(self) -> bool:
        return self._asked.is_set()

    def ask(self) -> None:
        self._asked.set()

    def check(self) -> None:
        """Ends the run under way where a stop was asked for: it counts as cancelled, not as failed, so nobody is alerted."""
        if not self.is_asked:
            return
        for run in self._list_runs():
            self.instance.report_run_canceling(run)
        raise dg.DagsterExecutionInterruptedError

    def cancel(self) -> None:
        """Marks the runs of this process as cancelled: it is about to end in the middle of them."""
        for run in self._list_runs():
            self.instance.report_run_canceled(run)

    def _list_runs(self) -> list[dg.DagsterRun]:
        mine = dg.RunsFilter(tags={PROCESS_TAG: str(os.getpid())}, statuses=UNDER_WAY)
        return list(self.instance.get_runs(filters=mine))


class StoppableProgress:
    """Passes on what a stage tells, and ends the run between two items where a stop was asked for."""

    def __init__(self, told: Progress, stop: Stop) -> None:
        self._told = told
        self._stop = stop

    def begin(self, stage: str, items: int) -> None:
        self._stop.check()
        self._told.begin(stage, items)

    def item(self, stage: str, label: str) -> None:
        self._stop.check()
        self._told.item(stage, label)

    def part(self, stage: str, share: float) -> None:
        self._told.part(stage, share)

    def item_done(self, stage: str) -> None:
        self._told.item_done(stage)
        self._stop.check()

    def end(self, stage: str, said: str) -> None:
        self._told.end(stage, said)


def run_stoppable(work: Callable[[], Result], stop: Stop, tell: Callable[[str], None]) -> Result:
    """What `work` gives. The first Ctrl-C (or SIGTERM) has it stop between two items; the second raises KeyboardInterrupt.

    The work is done in a thread: Dagster takes the signals of the main thread and ends a run where it stands, in the middle
    of an hour's transcription. After the KeyboardInterrupt the thread is still at work: the process has to end.
    """
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits, and raised there
            failed.append(error)

    thread = threading.Thread(target=run, name="run", daemon=True)
    with _on_signal(stop, tell):
        thread.start()
        while thread.is_alive():  # the system may hand a signal to any thread: a wait without end in this one would sleep on
            thread.join(NOTICE_SECONDS)
    if failed:
        raise failed[0]
    return done[0]


@contextmanager
def _on_signal(stop: Stop, tell: Callable[[str], None]) -> Iterator[None]:
    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_asked:
            raise KeyboardInterrupt
        stop.ask()
        tell("Stopping after the item at hand. Ctrl-C again stops at once: what that item took is lost then.")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
