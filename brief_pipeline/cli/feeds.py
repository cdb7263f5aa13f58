"""The shows that are followed: feeds add, list, remove, import, export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from brief_pipeline.cli.arguments import AsJson
from brief_pipeline.cli.consoles import out
from brief_pipeline.settings import read_settings
from brief_pipeline.terminal import show_table

app = typer.Typer(help="The shows you follow: data/subscriptions.opml, beside those in brief.toml.", no_args_is_help=True)


@app.command("add")
def feeds_add(
    url: Annotated[str, typer.Argument(help="The feed's URL, or that of a page which links to it.")],
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Add it without asking it first.")] = False,
) -> None:
    """Follow a show."""
    from brief_pipeline.wiring.subscriptions import follow

    subscription = follow(read_settings(), url, is_checked=not unchecked)
    out.print(f"Following {subscription.title or subscription.url}.", markup=False)


@app.command("list")
def feeds_list(as_json: AsJson = False) -> None:
    """List the shows you follow, and how their feeds answered last."""
    from brief_pipeline.wiring.subscriptions import list_shows

    rows = list_shows(read_settings())
    if as_json:
        out.print_json(json.dumps(rows, default=str))
        return
    columns = ("show", "url", "status", "episodes", "newest", "reason")
    out.print(show_table("", columns, [[row[column] for column in columns] for row in rows]))


@app.command("remove")
def feeds_remove(show: Annotated[str, typer.Argument(help="The feed's URL or the show's title.")]) -> None:
    """Stop following a show. What was read of it stays."""
    from brief_pipeline.wiring.subscriptions import unfollow

    gone = unfollow(read_settings(), show)
    out.print(f"No longer following {gone.title or gone.url}.", markup=False)


@app.command("import")
def feeds_import(file: Annotated[Path, typer.Argument(help="An OPML file, as other podcast apps export it.")]) -> None:
    """Follow every show of an OPML file."""
    from brief_pipeline.wiring.subscriptions import import_opml

    new, known = import_opml(read_settings(), file)
    out.print(f"{new} shows added, {known} were followed already.")


@app.command("export")
def feeds_export(file: Annotated[Path, typer.Argument(help="Where to write the OPML file.")]) -> None:
    """Write the shows you follow to an OPML file, for other podcast apps."""
    from brief_pipeline.wiring.subscriptions import export_opml

    out.print(f"{export_opml(read_settings(), file)} shows written to {file}.", markup=False)
