"""What the command line shows: progress, tables, and the brief, set with rich."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from brief_pipeline.stages.brief import (
    RELATED_SHOWN,
    RELATION_WORDS,
    Brief,
    format_clock,
    format_day,
    name_voices,
    tell_earlier,
)
from brief_pipeline.stages.explanation import SHORT_ID, Explanation, Place, Relation
from brief_pipeline.stages.hit import Hit
from brief_pipeline.stages.why_words import (
    list_parts,
    name_place,
    name_said,
    tell_fate,
    tell_group,
    tell_novelty,
    tell_others,
    tell_relation,
    tell_source,
    tell_sum,
    tell_worth,
)

LABEL_WIDTH = 36
# A terminal acts on these: control characters (colours, titles, cursor), and those that turn the direction of a line.
_ACTED_ON = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


class _TimeLeft(TimeRemainingColumn):
    """What a stage will still take by its pace so far; what a whole range will take is told."""

    def render(self, task: Task) -> Text:
        told = task.fields.get("left")
        return super().render(task) if told is None else Text(told, style="progress.remaining")


class TerminalProgress:
    """A line for the stage under way: which item, how many are left, how long still. A finished stage leaves one line.

    Below it, for a range of days, a line for the whole.
    """

    def __init__(self, console: Console) -> None:
        self._bars = Bars(
            TextColumn("{task.fields[stage]:>16}"),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[unit]}"),
            _TimeLeft(),
            TextColumn("[dim]{task.description}"),
            console=console,
            transient=True,
        )
        self._console = console
        self._task: TaskID | None = None
        self._range: TaskID | None = None
        self._lock = threading.Lock()
        self._whole = 0.0
        self._items = 0

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, stage: str, items: int) -> None:
        with self._lock:
            self._drop()
            self._whole, self._items = 0.0, items
            self._task = self._bars.add_task("", total=items, stage=stage, unit=f"0/{items}")

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
                self._bars.update(self._task, completed=self._whole, unit=f"{self._whole:.0f}/{self._items}")

    def show_range(self, share: float, left: str) -> None:
        """How far a range of days is as a whole, 0 to 1, and how long it will still take, in words."""
        with self._lock:
            if self._range is None:
                self._range = self._bars.add_task("", total=1.0, stage="all days", unit="", left=left)
            self._bars.update(self._range, completed=share, unit=f"{share:.0%}", left=left)

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
        parts += [Padding(_plain(problem, "yellow"), (0, 0, 0, 2)) for problem in brief.problems]
    return Group(*parts)


def _show_item(item: Mapping[str, Any]) -> RenderableType:
    when = f"at {format_clock(item['start_seconds'])}, " if item["start_seconds"] is not None else ""
    who = item["speaker"] or "Speaker unknown"
    source = f"{who}, {when}{item['show_title']}: {item['episode']} ({format_day(item['published_at'].date())})"
    lines = [_plain(item["explanation"])] if item["explanation"] else []
    lines += [_plain(f"“{item['quote']}”", "italic cyan"), _plain(source, "dim")]
    if item["play_url"]:
        lines.append(Text(f"Play: {item['play_url']}", style="dim", overflow="fold"))
    if item["earlier_claim"]:
        lines.append(_plain(f"Follow-up. {tell_earlier(item)}", "dim"))
    if item["voices"]:
        lines.append(_plain(f"Also said by {name_voices(item)}", "dim"))
    lines.append(_plain(f"Why: {'; '.join(item['reasons'])} (brief why {item['insight_id'][:SHORT_ID]})", "dim"))
    for other in item["related"][:RELATED_SHOWN]:
        lines.append(_plain(f"{RELATION_WORDS[other['relation']]} ({other['show_title']}): {other['claim']}", "dim"))
    return Group(_plain(f"{item['rank']}. {item['claim']}", "bold"), Padding(Group(*lines), (0, 0, 0, 3)))


def show_why(why: Explanation) -> RenderableType:
    """Why an insight was told or not, set for a terminal: a section for each thing that was decided of it."""
    parts: list[RenderableType] = [
        Rule(_plain(f"Why: {why.insight_id}", "bold")),
        _plain(why.claim, "bold"),
        _plain(why.explanation),
        _plain(f"“{why.quote}”", "italic cyan"),
        _plain(tell_source(why), "dim"),
        *_plain_lines(tell_worth(why)),
        *_section("New or not", _plain_lines(tell_novelty(why.novelty))),
        *_section("Who says it", _plain_lines(tell_group(why))),
    ]
    for place in why.places:
        lines: list[RenderableType] = [*_plain_lines(tell_fate(place, why)), *_show_score(place)]
        parts += _section(name_place(place), [*lines, *_plain_lines(tell_others(place))])
    opinions = [f"{said.listener}: {said.verdict.replace('_', ' ')}" for said in why.opinions]
    parts += _section("In no brief", _plain_lines([why.untold_reason] if why.untold_reason else []))
    parts += _section("What listeners said of it", _plain_lines(opinions))
    parts += _section("Related", _plain_lines([line for link in why.related for line in tell_relation(link)]))
    parts += _section("What does not fit together", [_plain(defect, "red") for defect in why.defects])
    return Group(*parts)


def show_hits(hits: Sequence[Hit]) -> RenderableType:
    """What a search found, set for a terminal."""
    parts: list[RenderableType] = [_show_hit(number, hit) for number, hit in enumerate(hits, start=1)]
    return Group(*parts) if parts else Text("Nothing found.")


def _show_hit(number: int, hit: Hit) -> RenderableType:
    when = f"at {format_clock(hit.start_seconds)}, " if hit.start_seconds is not None else ""
    told = ": ".join(filter(None, (hit.show_title or "a show no longer followed", hit.episode)))
    source = f"{hit.speaker or 'Speaker unknown'}, {when}{told} ({format_day(hit.published_on)}) {hit.insight_id[:SHORT_ID]}"
    lines = [_plain(hit.explanation)] if hit.explanation else []
    lines += [_plain(f"“{hit.quote}”", "italic cyan"), _plain(source, "dim")]
    return Group(_plain(f"{number}. {hit.claim}", "bold"), Padding(Group(*lines), (0, 0, 1, 3)))


def show_related(why: Explanation) -> RenderableType:
    """What is worth reading with an insight, grouped by how it relates."""
    parts: list[RenderableType] = [
        Rule(_plain(f"Related: {why.insight_id}", "bold")),
        _plain(why.claim, "bold"),
        _plain(tell_source(why), "dim"),
    ]
    for relation, title in RELATION_WORDS.items():
        links = [link for link in why.related if link.relation == relation]
        parts += _section(title, [line for link in links for line in _show_link(link)])
    return Group(*parts) if why.related else Group(*parts, Text(), Text("No other show said anything near to it."))


def _show_link(link: Relation) -> list[RenderableType]:
    answers = [_plain(f"Both answer: {link.question}", "dim")] if link.question else []
    return [_plain(name_said(link.to)), *(Padding(line, (0, 0, 0, 2)) for line in answers)]


def show_feedback(listener: str, verdict: str, claim: str) -> Text:
    """What was noted, in one line."""
    noted = "forgotten" if verdict == "forget" else verdict.replace("_", " ")
    return _plain(f"{listener}: {noted}: {claim}")


def _section(title: str, lines: Sequence[RenderableType]) -> list[RenderableType]:
    return [Text(), _plain(title, "bold"), Padding(Group(*lines), (0, 0, 0, 2), expand=False)] if lines else []


def _show_score(place: Place) -> list[RenderableType]:
    if place.outcome is None:
        return []
    rows = [[_plain(cell).plain for cell in row] for row in list_parts(place.parts)]
    return [show_table("", ("part", "measure", "weight", "points", "because"), rows), *_plain_lines(tell_sum(place))]


def _plain_lines(lines: Sequence[str]) -> list[RenderableType]:
    details = {line: Padding(_plain(line, "dim"), (0, 0, 0, 2), expand=False) for line in lines if line.startswith("  ")}
    return [details.get(line) or _plain(line) for line in lines]


def _plain(text: str, style: str = "") -> Text:
    """Text on one line without what a terminal would act on: a feed may hold escape sequences."""
    return Text(_ACTED_ON.sub("", " ".join(text.split())), style=style)


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
