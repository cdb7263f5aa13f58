"""What others read over the web: serve."""

from __future__ import annotations

from typing import Annotated

import typer

from brief_pipeline.cli.arguments import Demo, settings_of
from brief_pipeline.cli.consoles import note


def serve(
    host: Annotated[str | None, typer.Option(help="The address to serve on. Default: [serve] host of brief.toml.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: [serve] port; 0: any free one.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    of_demo: Demo = False,
) -> None:
    """Serve the published pages and search on the web, until Ctrl-C. Runs go on meanwhile, undisturbed."""
    from brief_pipeline.serving.server import serve as run

    settings = settings_of(of_demo)
    run(
        settings,
        settings.serve.host if host is None else host,
        settings.serve.port if port is None else port,
        workers,
        lambda address: note(f"Serving on {address} (Ctrl-C ends it)"),
    )
