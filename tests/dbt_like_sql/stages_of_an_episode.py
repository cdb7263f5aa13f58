"""Hand-made rows of an episode's stages, and the row of its health that comes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dbt_like_sql.bench import DAY, Bench

NOW = datetime(2026, 3, 11, 6, tzinfo=UTC)
EPISODE = "A 2026-03-10"
ORDER = ("unique_insights", "candidates", "choices", "top_insights", "episode_health")


def health(bench: Bench) -> dict[str, Any]:
    [row] = bench.run(*ORDER)
    return row


def transcript(bench: Bench, episode_id: str = EPISODE, **other: Any) -> None:
    row = {"segments_count": 10, "words_count": 900, "last_second": 1790.0, "duration_seconds": 1800.0}
    keys = {"source": "publisher:vtt", "text_sha256": "t", "input_hash": "h", "made_at": NOW}
    bench.add("raw.transcripts", episode_id=episode_id, published_on=DAY, **{**row, **keys, **other})


def extraction(bench: Bench, episode_id: str = EPISODE, proposed: int = 5, grounded: int = 3, **other: Any) -> None:
    row = {"method": "extract", "model": "test", "dropped_reasons": {}, "calls_count": 0, "tokens_count": 0, **other}
    counts = {"proposed_count": proposed, "grounded_count": grounded, "seconds_spent": 0.1}
    keys = {"input_hash": "h", "made_at": NOW}
    bench.add("raw.extractions", episode_id=episode_id, published_on=DAY, **row, **counts, **keys)


def failure(
    bench: Bench, stage: str, reason: str, minute: int = 0, item_id: str = EPISODE, error: str = "Unreachable"
) -> None:
    when = NOW.replace(minute=minute)
    row = {"error": error, "is_retryable": True, "attempts_count": 1, "input_hash": "h"}
    times = {"first_failed_at": when, "last_failed_at": when}
    bench.add("raw.failures", stage=stage, item_id=item_id, published_on=DAY, reason=reason, **row, **times)


def segments(bench: Bench, *spans: tuple[float | None, float | None, str]) -> None:
    for position, (start, end, text) in enumerate(spans):
        row = {"start_seconds": start, "end_seconds": end, "text": text}
        bench.add("raw.segments", episode_id=EPISODE, published_on=DAY, position=position, **row)


def advert(bench: Bench, position: int, seconds: float | None, words: int) -> None:
    span = {"char_start": 0, "char_end": 9, "start_seconds": 0.0 if seconds else None, "end_seconds": seconds}
    row = {"kind": "sponsor", "reason": "offer code", "words_count": words, **span}
    bench.add("raw.adverts", episode_id=EPISODE, published_on=DAY, position=position, **row)


def chunk(bench: Bench, name: str, is_sponsor: bool) -> None:
    row = {"position": 0, "char_start": 0, "char_end": 1, "text": "x", "text_hash": "t", "input_hash": "h"}
    bench.add("raw.chunks", chunk_id=name, episode_id=EPISODE, published_on=DAY, is_sponsor=is_sponsor, **row)
