"""Where the commands that run the pipeline do so: the house, the Dagster instance, progress on the terminal, and Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from brief_pipeline.cli.consoles import complain, err, note
from brief_pipeline.settings import Settings
from brief_pipeline.terminal import TerminalProgress

if TYPE_CHECKING:
    from brief_pipeline.wiring.house import House
    from brief_pipeline.wiring.stopping import Stop

Result = TypeVar("Result")

STOPPED = 130  # the exit status that a shell expects of who ends by Ctrl-C


class Workplace:
    """The house and the Dagster instance, for as long as a command works."""

    def __init__(self, house: House, stop: Stop, progress: TerminalProgress) -> None:
        self.house = house
        self.instance = stop.instance
        self.stop = stop
        self.progress = progress

    def do(self, work: Callable[[], Result]) -> Result:
        """What the work gives, with its progress shown. Ctrl-C stops it after the item at hand, a second one at once."""
        from brief_pipeline.wiring.stopping import run_stoppable

        try:
            with self.progress:
                return run_stoppable(work, self.stop, note)
        except KeyboardInterrupt:
            self.stop.cancel()
            complain("Stopped at once. What was finished before is kept; run it again to go on.")
            sys.stdout.flush()
            os._exit(STOPPED)  # the work goes on in its thread, and would hold up any other end


@contextmanager
def open_workplace(settings: Settings) -> Iterator[Workplace]:
    """The workplace of one command."""
    from brief_pipeline.wiring.house import build_house
    from brief_pipeline.wiring.runs import open_instance
    from brief_pipeline.wiring.stopping import Stop, StoppableProgress

    with open_instance(settings) as instance:
        progress, stop = TerminalProgress(err), Stop(instance)
        yield Workplace(build_house(settings, StoppableProgress(progress, stop)), stop, progress)


def complain_each(problems: Sequence[str]) -> None:
    """A line for each problem, once."""
    for problem in dict.fromkeys(problems):
        complain(problem)
