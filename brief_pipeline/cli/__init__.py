"""The command `brief`. Each command calls one function of a room below, and shows what comes back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import typer

from brief_pipeline.cli import feeds, subscribers
from brief_pipeline.cli.consoles import complain
from brief_pipeline.cli.finding import related, search
from brief_pipeline.cli.operating import doctor, export, failures, ui
from brief_pipeline.cli.reading import feedback, show, why
from brief_pipeline.cli.running import backfill, demo, run
from brief_pipeline.cli.sending import deliveries, send
from brief_pipeline.cli.serving import serve
from brief_pipeline.cli.workplace import STOPPED
from brief_pipeline.errors import BriefError

app = typer.Typer(
    help="A daily podcast brief: the five insights most worth knowing, each with the words it rests on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
MAKING: tuple[Callable[..., None], ...] = (demo, run, backfill, show, search, why, related, feedback)
OPERATING: tuple[Callable[..., None], ...] = (doctor, failures, deliveries, send, export, serve, ui)

for command in MAKING:
    app.command()(command)
app.add_typer(feeds.app, name="feeds")
app.add_typer(subscribers.app, name="subscribers")
for command in OPERATING:
    app.command()(command)


def main() -> None:
    """Runs the command line: what a person can cause ends in one clear line, not in a traceback."""
    try:
        app()
    except BriefError as problem:
        complain(str(problem))
        sys.exit(1)
    except BrokenPipeError:  # `brief failures | head`: who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of it once more at its end
        sys.exit(1)
    except OSError as problem:  # a folder that may not be written to, a full disk
        complain(f"{problem.filename or 'a file'}: {problem.strerror or problem}")
        sys.exit(1)
    except KeyboardInterrupt:
        complain("Stopped.")
        sys.exit(STOPPED)
