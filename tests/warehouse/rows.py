"""Rows that fit their tables, for the tests of the store."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

SQL = Path(__file__).parents[2] / "dbt_like_sql"
DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 6, 15, tzinfo=UTC)


def make_episode(episode_id: str = "e1", **other: Any) -> dict[str, Any]:
    return {"episode_id": episode_id, "feed_id": "f1", "published_on": DAY, "published_at": NOW, **other}


def make_failure(item_id: str, stage: str = "audio", **other: Any) -> dict[str, Any]:
    return {
        "stage": stage,
        "item_id": item_id,
        "error": "Unreachable",
        "reason": "no answer",
        "is_retryable": True,
        "attempts_count": 1,
        "input_hash": "h",
        "first_failed_at": NOW,
        "last_failed_at": NOW,
        **other,
    }


def make_insight(insight_id: str, **other: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("episode_id", "feed_id", "chunk_id", "claim", "explanation", "quote", "method", "model"), "x")
    numbers = {"char_start": 0, "char_end": 1, "score": 0.5}
    return {"insight_id": insight_id, **texts, **numbers, "published_on": DAY, "text_hash": insight_id, **other}


def copy_sql(to: Path) -> Path:
    for path in SQL.rglob("*.sql"):
        copy = to / "sql" / path.relative_to(SQL)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    return to / "sql"


def let_others_in(path: Path) -> None:
    """Opens the folders above a path to every user: those of a test are its user's alone."""
    for parent in path.parents:
        if parent == Path(tempfile.gettempdir()):
            return
        parent.chmod(0o755)
