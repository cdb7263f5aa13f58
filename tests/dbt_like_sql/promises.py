"""A day whose rows keep every promise, and what to change of them so that one is broken."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dbt_like_sql.bench import DAY, SQL, Bench, before

from brief_pipeline.warehouse.checks import find_broken, read_checks
from brief_pipeline.warehouse.store import Change

CHECKS = {check.name: check for check in read_checks(SQL)}
NEEDED: dict[str, Any] = {
    "VARCHAR": "x",
    "INTEGER": 0,
    "BIGINT": 0,
    "DOUBLE": 0.0,
    "BOOLEAN": False,
    "DATE": DAY,
    "TIMESTAMP WITH TIME ZONE": datetime(2026, 3, 10, 6, tzinfo=UTC),
    "JSON": {},
    "VARCHAR[]": [],
    "FLOAT[]": [],
}


class Promises(Bench):
    """Two episodes of show A, one with a transcript and one heard, an older one of show B, and one brief of one insight."""

    def __init__(self) -> None:
        super().__init__()
        self._dated: set[str] = set()
        self._needed: dict[str, dict[str, Any]] = {}
        self._find_needed()
        self._discover()
        self._listen()
        self._read()
        self._compare()
        self._tell()

    def put(self, table: str, **row: Any) -> Promises:
        """A row, with something in each column that must have a value and is not named."""
        day = {"published_on": DAY} if table in self._dated else {}
        self.add(table, **{**self._needed.get(table, {}), **day, **row})
        return self

    def edit(self, table: str, place: int, **changes: Any) -> Promises:
        """Changes the n-th row of a table."""
        self.rows[table][place].update(changes)
        return self

    def drop(self, table: str, place: int = 0) -> Promises:
        """Leaves out the n-th row of a table."""
        del self.rows[table][place]
        return self

    def broken(self, check: str, *days: date) -> list[tuple[str, str]]:
        """What the rows that break a promise are about, and their faults."""
        self.store.apply([Change(table, rows) for table, rows in self.rows.items()])
        rows = find_broken(self.store, CHECKS[check], days or (DAY,))
        names = ("insight_id", "episode_id", "listener", "feed_id", "text_hash")
        return [(next(row[name] for name in names if row.get(name)), row["fault"]) for row in rows]

    def _find_needed(self) -> None:
        columns = self.store.query(
            "SELECT schema_name || '.' || table_name AS name, column_name, data_type, is_nullable FROM duckdb_columns()"
        )
        self._dated |= {row["name"] for row in columns if row["column_name"] == "published_on"}
        for row in columns:
            if not row["is_nullable"]:
                self._needed.setdefault(row["name"], {})[row["column_name"]] = NEEDED[row["data_type"]]

    def _discover(self) -> None:
        for show, episodes in (("A", 2), ("B", 0)):
            self.put("raw.feeds", feed_id=show, show_title=f"Show {show}")
            self.put("raw.feed_days", feed_id=show, status="x", episodes_count=episodes)
        for episode, show, day in (("read", "A", DAY), ("heard", "A", DAY), ("old", "B", before(1))):
            self.put("raw.feed_items", episode_id=episode, feed_id=show, published_on=day)
            self.put("raw.episodes", episode_id=episode, feed_id=show, published_on=day)
        self.put("raw.feed_items", episode_id="copy", feed_id="B", same_as="read")

    def _listen(self) -> None:
        self.put("raw.transcript_files", episode_id="read")
        self.put("raw.audio", episode_id="heard", duration_seconds=30.0)
        self.put("raw.transcripts", episode_id="read", source="publisher:vtt", segments_count=2, duration_seconds=600.0)
        self.put(
            "raw.transcripts",
            episode_id="heard",
            source="faster-whisper:tiny",
            segments_count=1,
            duration_seconds=30.0,
            speech_seconds=20.0,
        )
        for episode, position, start, end in (("read", 0, 0.0, 10.0), ("read", 1, 10.0, 20.0), ("heard", 0, 1.0, 19.0)):
            times = {"start_seconds": start, "end_seconds": end}
            self.put("raw.segments", episode_id=episode, position=position, text="0123456789", **times)

    def _read(self) -> None:
        for chunk, episode, position, start, end in (
            ("c1", "read", 0, 0, 10),
            ("c2", "read", 1, 11, 21),
            ("c3", "heard", 0, 0, 10),
        ):
            span = {"char_start": start, "char_end": end, "text_hash": f"text {chunk}"}
            self.put("raw.chunks", chunk_id=chunk, episode_id=episode, position=position, **span)
        self.edit("raw.chunks", 1, is_sponsor=True, sponsor_reason="a promo code")
        self.put("raw.adverts", episode_id="read", position=0, char_start=11, char_end=21)
        for episode in ("read", "heard"):
            self.put("raw.extractions", episode_id=episode, grounded_count=1)
        for insight, episode, show, chunk, day in (
            ("i1", "read", "A", "c1", DAY),
            ("i2", "heard", "A", "c3", DAY),
            ("i0", "old", "B", "c0", before(1)),
        ):
            where = {"episode_id": episode, "feed_id": show, "chunk_id": chunk, "published_on": day}
            times = {"char_start": 2, "char_end": 5, "quote_start_seconds": 2.0, "quote_end_seconds": 5.0}
            self.put("raw.insights", insight_id=insight, text_hash=f"text {insight}", **where, **times)
        for name in ("c1", "c2", "c3", "i1", "i2", "i0"):
            self.put("raw.embeddings", text_hash=f"text {name}", model="m", vector=[0.6, 0.8])

    def _compare(self) -> None:
        for one, other in (("i1", "i2"), ("i2", "i1")):
            where = {"other_episode_id": "heard" if other == "i2" else "read", "other_feed_id": "A"}
            self.put(
                "raw.insight_pairs",
                insight_id=one,
                other_id=other,
                other_published_on=DAY,
                verdict="same",
                cosine=0.9,
                **where,
            )
            self.put("raw.insight_groups", insight_id=one, group_id="i1")
        where = {"other_episode_id": "old", "other_feed_id": "B", "other_published_on": before(1)}
        self.put("raw.insight_pairs", insight_id="i1", other_id="i0", verdict="other", cosine=0.6, **where)
        self.put("model.unique_insights", insight_id="i1", status="new")
        self.put("model.unique_insights", insight_id="i2", status="seen", of_insight_id="i1", of_published_on=DAY)
        self.put("raw.relations", insight_id="i1", related_id="i0", related_on=before(1), position=1)

    def _tell(self) -> None:
        self.put("raw.listeners", listener="me")
        self.put("raw.listener_matches", listener="me", insight_id="i1", interest=0.5)
        for insight, outcome, rank in (("i1", "told", 1), ("i2", "like another", None)):
            self.put("model.candidates", listener="me", insight_id=insight)
            about = {"outcome": outcome, "rank": rank, "reason": "in words"}
            self.put("model.choices", listener="me", insight_id=insight, **about)
        for table in ("main.top_insights", "main.brief_items"):
            self.put(table, listener="me", insight_id="i1", rank=1)
        for episode, status in (("read", "told"), ("heard", "read")):
            self.put("main.episode_health", episode_id=episode, status=status)
        self.put("raw.briefs", listener="me", insights_count=1)
