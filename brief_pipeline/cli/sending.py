"""What was sent to whom, and sending it by hand: deliveries, send."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any

import typer

from brief_pipeline.cli.arguments import AsJson, Demo, Listener, read_day, settings_of
from brief_pipeline.cli.consoles import out
from brief_pipeline.terminal import show_table

Day = Annotated[str | None, typer.Option(help="The day of the brief: 2026-11-22, or yesterday.")]
COLUMNS = ("day", "listener", "channel", "status", "tries", "sent", "why")


def deliveries(day: Day = None, as_json: AsJson = False, of_demo: Demo = False) -> None:
    """Show which briefs were sent to whom, and why others were not. Addresses are not kept."""
    from brief_pipeline.wiring.delivering import TABLE
    from brief_pipeline.wiring.house import build_house

    wanted = read_day(day) if day else None
    rows = build_house(settings_of(of_demo)).store.select(TABLE)
    _print([row for row in rows if wanted in (None, row["published_on"])], as_json)


def send(
    day: Day = None,
    listener: Listener = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Also what may have arrived, or was refused; never what is sent."),
    ] = False,
    early: Annotated[bool, typer.Option("--early", help="Also to those whose hour has not come.")] = False,
    as_json: AsJson = False,
    of_demo: Demo = False,
) -> None:
    """Send the brief of a day, by default yesterday's, to those who have not got it. A brief is sent to nobody twice."""
    from brief_pipeline.wiring.delivering import Sending, send_briefs
    from brief_pipeline.wiring.house import build_house
    from brief_pipeline.wiring.listeners import find_listener

    house = build_house(settings_of(of_demo))
    whose = find_listener(house, listener) if listener else None
    rows = send_briefs(house, Sending(read_day(day or "yesterday"), None, whose, again, early))
    _print(rows, as_json)
    raise typer.Exit(1 if any(row["status"] != "sent" for row in rows) else 0)


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    rows = sorted(rows, key=lambda row: (row["published_on"], row["claimed_at"]), reverse=True)
    if as_json:
        out.print_json(json.dumps(rows, default=_as_text))
    elif not rows:
        out.print("Nothing was sent: mail_to, webhook or folder in brief.toml say where a brief goes.")
    else:
        told = [
            (
                r["published_on"],
                r["listener"],
                r["channel"],
                r["status"],
                r["attempts_count"],
                _at(r["sent_at"]),
                r["reason"],
            )
            for r in rows
        ]
        out.print(show_table("", COLUMNS, told))


def _at(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
