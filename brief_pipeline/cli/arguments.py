"""What several commands take, and how it is read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.records import FIRST_DAY
from brief_pipeline.settings import Settings, read_settings

InsightId = Annotated[str, typer.Argument(help="The insight's id, or its first characters: 6 or more.")]
Listener = Annotated[str | None, typer.Option(help="One of those in brief.toml.")]
Verdict = Annotated[str, typer.Argument(help="useful, not-useful, known, or forget what was said before.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")]
Demo = Annotated[bool, typer.Option("--demo", help="Of the bundled sample instead of your own shows.")]


def settings_of(of_demo: bool) -> Settings:
    """Your settings, or those of the bundled sample."""
    if not of_demo:
        return read_settings()
    from brief_pipeline.wiring.demo import read_demo_settings

    return read_demo_settings()


def need_shows(settings: Settings) -> None:
    """Raises SettingsInvalid where no show is followed."""
    from brief_pipeline.wiring.following import named_shows

    if not named_shows(settings):
        raise SettingsInvalid("No show is followed yet. Add one: brief feeds add URL, or brief feeds import FILE.opml.")


def read_day(text: str) -> date:
    """A day as people type it. Raises SettingsInvalid for what is no day, or not over yet."""
    from brief_pipeline.wiring.partitions import last_whole_day

    last = last_whole_day(datetime.now(UTC))
    if text == "yesterday":
        return last
    try:
        day = date.fromisoformat(text)
    except ValueError as wrong:
        raise SettingsInvalid(f"{text!r} is no day: write it as {last.isoformat()}, or yesterday.") from wrong
    if not FIRST_DAY <= day <= last:
        raise SettingsInvalid(f"{day} is out of range: days go from {FIRST_DAY} to {last}, the last that is over in UTC.")
    return day
