"""What the command line shows: progress, tables, and the brief, set with rich."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from brief_pipeline.stages.brief import RELATED_SHOWN, Brief, format_clock, format_day

LABEL_WIDTH = 36


class TerminalProgress:
    """A line for the stage under way: which item, how many are left, how long still. A finished stage leaves one line."""

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.fields[stage]:>16}"),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.description}"),
            console=console,
            transient=True,
        )
        self._console = console
        self._task: TaskID | None = None
        self._lock = threading.Lock()
        self._whole = 0.0

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, stage: str, items: int) -> None:
        with self._lock:
            self._drop()
            self._whole = 0.0
            self._task = self._bars.add_task("", total=items, stage=stage)

    def item(self, stage: str, label: str) -> None:
        if self._task is not None:
            self._bars.update(self._task, description=_shorten(label))

    def part(self, stage: str, share: float) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=self._whole + min(share, 1.0))

    def item_done(self, stage: str) -> None:
        with self._lock:
            if self._task is not None:
                self._whole += 1
                self._bars.update(self._task, completed=self._whole)

    def end(self, stage: str, said: str) -> None:
        with self._lock:
            self._drop()
        self._console.print(Text(f"{stage:>16}  {said}", style="dim"))

    def _drop(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None


def show_brief(brief: Brief) -> RenderableType:
    """The brief, set for a terminal."""
    parts: list[RenderableType] = [Rule(Text(brief.title, style="bold")), Text(brief.scanned, style="dim")]
    for item in brief.items:
        parts += [Text(), _show_item(item)]
    if not brief.items:
        parts += [Text(), Text("Nothing to tell: no episode of that day held an insight that was not told before.")]
    if brief.problems:
        parts += [Text(), Text("What could not be done:", style="bold yellow")]
        parts += [Padding(Text(problem, style="yellow"), (0, 0, 0, 2)) for problem in brief.problems]
    return Group(*parts)


def _show_item(item: Mapping[str, Any]) -> RenderableType:
    when = f"at {format_clock(item['start_seconds'])}, " if item["start_seconds"] is not None else ""
    who = item["speaker"] or "Speaker unknown"
    lines: list[RenderableType] = [Text(f"{item['rank']}. {item['claim']}", style="bold")]
    if item["explanation"]:
        lines.append(Text(item["explanation"]))
    lines.append(Text(f"“{item['quote']}”", style="italic cyan"))
    source = f"{who}, {when}{item['show_title']}: {item['episode']} ({format_day(item['published_at'].date())})"
    lines.append(Text(source, style="dim"))
    if item["play_url"]:
        lines.append(Text(f"Play: {item['play_url']}", style="dim", overflow="fold"))
    if item["earlier_claim"]:
        lines.append(
            Text(f"Follow-up. On {format_day(item['earlier_on'])} it was said: {item['earlier_claim']}", style="dim")
        )
    lines.append(Text(f"Why: {'; '.join(item['reasons'])}", style="dim"))
    for other in item["related"][:RELATED_SHOWN]:
        lines.append(Text(f"Related ({other['show_title']}): {other['claim']}", style="dim"))
    return Group(lines[0], Padding(Group(*lines[1:]), (0, 0, 0, 3)))


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Rows as a table. Cells are text: what looks like markup in a feed's title stays as it is."""
    table = Table(title=title, title_justify="left", show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return table


def _shorten(label: str) -> str:
    text = label if len(label) <= LABEL_WIDTH else f"{label[: LABEL_WIDTH - 1]}…"
    return text.replace("[", "\\[")
