"""What is read of a published snapshot to search it: who made it when, each insight that stands for itself, its vector.

The snapshot is swapped whole by rename; who reads one here reads it to its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from brief_pipeline.errors import SettingsInvalid, StoreUnreadable
from brief_pipeline.warehouse.models import write_sql
from brief_pipeline.warehouse.opening import NAMED, open_database
from brief_pipeline.warehouse.snapshot import ABOUT
from brief_pipeline.warehouse.vectors import InsightVectors, load_insight_vectors

PATIENCE_SECONDS = 10.0
ROWS_AT_ONCE = 5000
_INSIGHT = (
    "insight_id",
    "published_on",
    "claim",
    "explanation",
    "quote",
    "speaker",
    "quote_start_seconds",
    "feed_id",
    "episode_id",
)


@dataclass(frozen=True)
class Published:
    """A snapshot while it is open."""

    connection: duckdb.DuckDBPyConnection

    @property
    def identity(self) -> tuple[datetime, str, int]:
        """When its tables were as they are, the run that made it, and how many insights it has."""
        about = exp.select("made_at", "run_id").from_(ABOUT.name)
        made_at, run_id = self._one(about)
        (insights,) = self._one(exp.select(exp.Count(this=exp.Star())).from_("raw.insights"))
        return made_at.astimezone(UTC), run_id or "", int(insights)

    def vectors(self, model: str) -> InsightVectors:
        """The vectors of all insights that have one of the model."""
        return load_insight_vectors(self.connection, model)

    def insights(self) -> Iterator[dict[str, Any]]:
        """Each insight that stands for itself (what repeats another does not), the newest first, with show and episode."""
        cursor = self.connection.cursor()
        cursor.execute(f"USE {NAMED}")  # a cursor does not know what its connection uses
        cursor.execute(write_sql(_standing()))
        names = [column[0] for column in cursor.description]
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from (dict(zip(names, row, strict=True)) for row in rows)

    def _one(self, statement: exp.Select) -> tuple[Any, ...]:
        [row] = self.connection.sql(write_sql(statement)).fetchall()
        return tuple(row)


@contextmanager
def open_published(path: Path) -> Iterator[Published]:
    """The snapshot, for reading. Raises SettingsInvalid where there is none, StoreUnreadable for one of another version."""
    if not path.is_file():
        raise SettingsInvalid(f"Nothing is published yet ({path} is missing): brief run makes a brief and publishes it.")
    try:
        with open_database(path, PATIENCE_SECONDS, read_only=True) as connection:
            yield Published(connection)
    except ValueError as error:  # a table or column that is not there
        raise StoreUnreadable(f"{path} was published by another version ({error}): brief run publishes it anew.") from error


def _standing() -> exp.Select:
    insight = [exp.column(name, table="insight") for name in _INSIGHT]
    title = exp.func("coalesce", exp.column("show_title", table="episode"), exp.column("show_title", table="feed"))
    own = exp.and_(_equal("own", "insight", "insight_id"), exp.column("status", table="own").neq("seen"))
    return (
        exp.select(*insight, title.as_("show_title"), exp.column("title", table="episode").as_("episode"))
        .from_(exp.alias_(exp.to_table("raw.insights"), "insight"))
        .join(exp.alias_(exp.to_table("model.unique_insights"), "own"), on=own)
        .join(exp.to_table("raw.episodes").as_("episode"), on=_equal("episode", "insight", "episode_id"), join_type="left")
        .join(exp.to_table("raw.feeds").as_("feed"), on=_equal("feed", "insight", "feed_id"), join_type="left")
        .order_by(exp.column("published_on", table="insight").desc(), exp.column("insight_id", table="insight"))
    )


def _equal(left: str, right: str, column: str) -> exp.Condition:
    return exp.column(column, table=left).eq(exp.column(column, table=right))
