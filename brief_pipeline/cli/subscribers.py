"""Those who signed up for the brief by mail: subscribers list, export, delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from brief_pipeline.cli.arguments import AsJson
from brief_pipeline.cli.consoles import note, out
from brief_pipeline.settings import read_settings
from brief_pipeline.terminal import show_table

app = typer.Typer(help="Those who signed up for the brief by mail.", no_args_is_help=True)


@app.command("list")
def subscribers_list(as_json: AsJson = False) -> None:
    """List who signed up, with their addresses masked."""
    from brief_pipeline.stages.mail_address import mask
    from brief_pipeline.stages.people_file import describe_person
    from brief_pipeline.wiring.people import list_people

    rows = [{**describe_person(one), "address": mask(one.address)} for one in list_people(read_settings())]
    if as_json:
        out.print_json(json.dumps(rows))
        return
    if not rows:
        out.print("Nobody signed up yet.")
        return
    columns = ("listener", "address", "state", "hour", "time_zone", "confirmed_at")
    out.print(show_table("", columns, [[row[column] for column in columns] for row in rows]))


@app.command("export")
def subscribers_export(
    file: Annotated[Path, typer.Argument(help="Where to write: a name that ends in .csv or .json.")],
) -> None:
    """Write who signed up to a file, with their addresses in full. Only you may read it."""
    from brief_pipeline.wiring.people import export_people

    out.print(f"{export_people(read_settings(), file)} subscribers written to {file}.", markup=False)


@app.command("delete")
def subscribers_delete(
    who: Annotated[str, typer.Argument(help="Their address, or the name that list shows.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all that is known of a subscriber, for good."""
    from brief_pipeline.wiring.house import build_house
    from brief_pipeline.wiring.people import delete_person, find_person

    settings = read_settings()
    _, person = find_person(settings, who)
    if not yes:
        typer.confirm(f"Remove {person.listener} for good, with address, interests, feedback and briefs?", abort=True)
    gone = delete_person(build_house(settings), who)
    out.print(f"{gone.listener} is removed, with {gone.rows} rows of the tables.", markup=False)
    note(
        "The published snapshot forgets their interests with the next run; backups in data/backups/ when they are replaced."
    )
