"""Where the commands write: what was asked for to the standard output, everything else beside it."""

from __future__ import annotations

from rich.console import Console

out = Console()
err = Console(stderr=True)


def complain(problem: str) -> None:
    """A line that says what is wrong."""
    err.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)


def note(said: str) -> None:
    """A line beside what was asked for."""
    err.print(said, markup=False, highlight=False, soft_wrap=True)
