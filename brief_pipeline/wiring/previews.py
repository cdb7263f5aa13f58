"""The first rows that a run wrote of each day, as a Markdown table: what matters of them, cut short, without secrets."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from brief_pipeline.stages.brief import escape_markdown
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.logs import hide_in_text
from brief_pipeline.wiring.timing import Day

Row = Mapping[str, Any]

PREVIEW = "preview"  # the note, or metadata, that holds it
ROWS = 8
LONGEST_CELL = 70  # characters

# What is shown of each table. A name with an id stands for what it names: an episode's title, an insight's claim.
COLUMNS: dict[str, tuple[str, ...]] = {
    "raw.feeds": ("show_title", "status", "episodes_count", "newest_published_at", "reason"),
    "raw.episodes": ("show_title", "title", "published_at", "duration_seconds", "kind"),
    "raw.transcript_files": ("episode_id", "format", "bytes"),
    "raw.audio": ("episode_id", "duration_seconds", "bytes", "length_note"),
    "raw.transcripts": ("episode_id", "source", "words_count", "duration_seconds", "seconds_spent", "doubts"),
    "raw.chunks": ("episode_id", "start_seconds", "is_sponsor", "text"),
    "raw.insights": ("claim", "speaker", "quote_start_seconds", "score", "method"),
    "raw.insight_pairs": ("insight_id", "other_id", "cosine", "verdict"),
    "raw.relations": ("insight_id", "related_id", "relation", "cosine"),
    "raw.listeners": ("listener", "interests", "dislikes"),
    "raw.listener_matches": ("listener", "insight_id", "interest", "interest_text"),
    "raw.briefs": ("listener", "insights_count", "html_path"),
    "model.unique_insights": ("insight_id", "status", "of_insight_id", "reason", "evidence"),
    "model.candidates": ("listener", "insight_id", "value", "interest", "evidence", "status"),
    "model.choices": ("listener", "rank", "insight_id", "score", "outcome", "reason"),
    "main.top_insights": ("listener", "rank", "insight_id", "score", "reasons"),
    "main.related_insights": ("insight_id", "related_id", "relation", "cosine"),
    "main.brief_items": ("listener", "rank", "claim", "speaker", "show_title", "episode"),
    "main.episode_health": ("show_title", "title", "status", "flags", "insights_count", "reason"),
}
# Which rows come first, where it is not those that were written first.
ORDER: dict[str, Callable[[Row], Any]] = {
    "raw.insights": lambda row: -row["score"],
    "raw.insight_pairs": lambda row: -row["cosine"],
    "raw.relations": lambda row: -row["cosine"],
    "main.related_insights": lambda row: -row["cosine"],
    "model.choices": lambda row: (row["rank"] is None, row["rank"] or 0, -row["score"]),
    "main.top_insights": lambda row: (row["rank"], row["listener"]),
    "main.brief_items": lambda row: (row["rank"], row["listener"]),
}
NAMES_KEPT = 20_000  # some MiB
_names: dict[str, str] = {}  # ids are hashes of what they name: one that is known stays right
INSIGHTS = frozenset(("insight_id", "other_id", "related_id", "of_insight_id"))


def show_first_rows(house: House, table: str, days: Sequence[Day]) -> dict[Day, str]:
    """A Markdown table of the first rows of each day, where it has any. [None]: of a table without days."""
    if table not in COLUMNS:  # vectors, say: nothing to read
        return {}
    columns = COLUMNS[table]
    is_whole = list(days) == [None]
    scope = {} if is_whole else {"published_on": list(days)}
    wanted = columns if is_whole else (*columns, "published_on")
    found: dict[Day, list[Row]] = defaultdict(list)
    for row in house.store.select(table, tuple(dict.fromkeys(wanted)), **scope):
        found[None if is_whole else row["published_on"]].append(row)
    order = ORDER.get(table, lambda _: 0)
    shown = {day: sorted(rows, key=order)[:ROWS] for day, rows in found.items()}
    names = _read_names(house, [row for rows in shown.values() for row in rows])
    return {day: draw_table(columns, rows, names, len(found[day])) for day, rows in shown.items()}


def draw_table(
    columns: Sequence[str], rows: Sequence[Row], names: Mapping[str, str] = MappingProxyType({}), count: int = 0
) -> str:
    """The rows as a Markdown table. `names`: what ids stand for. `count`: how many rows there are, if these are not all."""
    head = [_name_column(column) for column in columns]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join(_show(row[column], names) for column in columns)} |" for row in rows]
    return "\n".join(lines) + (f"\n\n{len(rows)} of {count} rows." if count > len(rows) else "")


def _name_column(column: str) -> str:
    """The column's name for people.

    >>> [_name_column(name) for name in ("episode_id", "of_insight_id", "words_count", "start_seconds")]
    ['episode', 'of insight', 'words', 'start seconds']
    """
    return column.removesuffix("_id").removesuffix("_count").replace("_", " ")


def _show(value: Any, names: Mapping[str, str]) -> str:
    """A cell: short, on one line, and text where it looks like Markdown."""
    if isinstance(value, str):
        value = names.get(value, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    text = " ".join(hide_in_text(str(value)).split())
    return escape_markdown(text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…")


def _read_names(house: House, rows: Sequence[Row]) -> dict[str, str]:
    """What the ids in some rows stand for: episodes' titles, insights' claims. One read serves the stages of a run."""
    episodes = {row["episode_id"] for row in rows if row.get("episode_id")}
    insights = {row[column] for row in rows for column in INSIGHTS & row.keys() if row[column]}
    if len(_names) > NAMES_KEPT:
        _names.clear()
    if unknown := sorted(episodes - _names.keys()):
        told = house.store.select("raw.episodes", ("episode_id", "show_title", "title"), episode_id=unknown)
        _names.update({row["episode_id"]: f"{row['show_title']}: {row['title']}" for row in told})
    if unknown := sorted(insights - _names.keys()):
        told = house.store.select("raw.insights", ("insight_id", "claim"), insight_id=unknown)
        _names.update({row["insight_id"]: row["claim"] for row in told})
    return _names
