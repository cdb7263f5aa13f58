"""How far each episode came: on hand-made rows of its stages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before

NOW = datetime(2026, 3, 11, 6, tzinfo=UTC)
EPISODE = "A 2026-03-10"


@pytest.fixture
def bench() -> Bench:
    return Bench()


def health(bench: Bench) -> dict[str, Any]:
    [row] = bench.run("unique_insights", "top_insights", "episode_health")
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


def test_an_episode_in_the_brief_is_told_with_its_counts(bench: Bench) -> None:
    for n in range(3):
        bench.insight(f"{n}", "A", score=n / 10)
    transcript(bench)
    extraction(bench)
    for n in range(5):
        chunk(bench, f"{n}", is_sponsor=n == 0)
    row = health(bench)
    assert (row["status"], row["show_title"], row["title"]) == ("told", "A", f"title {EPISODE}")
    assert row["transcript_source"] == "publisher:vtt"
    assert (row["chunks_count"], row["sponsor_chunks_count"], row["insights_count"], row["told_count"]) == (5, 1, 3, 2)
    assert (row["words_count"], row["hours"], row["dropped_count"]) == (900, 0.5, 2)
    assert (row["stopped_at"], row["reason"]) == (None, None)


def test_an_episode_whose_insights_were_not_picked_is_read(bench: Bench) -> None:
    bench.insight("old", "O", before(1))
    bench.insight("again", "A")
    bench.pair("old", "again", 0.9)
    extraction(bench)
    bench.run("unique_insights", "top_insights", days=(before(1),))
    row = health(bench)
    assert (row["status"], row["insights_count"], row["told_count"], row["reason"]) == ("read", 1, 0, None)


def test_an_episode_read_without_finding_anything_is_nothing(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    transcript(bench)
    extraction(bench, proposed=2, grounded=0)
    row = health(bench)
    assert (row["status"], row["insights_count"], row["dropped_count"], row["reason"]) == ("nothing", 0, 2, None)


def test_an_episode_that_failed_is_stopped_with_its_last_reason(bench: Bench) -> None:
    bench.episode(EPISODE, "A", duration_seconds=3600.0)
    failure(bench, "transcripts", "no transcript and no audio", minute=3)
    failure(bench, "transcript_files", "404", minute=1)
    failure(bench, "audio", "no answer", minute=2)
    failure(bench, "audio", "of another episode", minute=9, item_id="other")
    row = health(bench)
    assert (row["status"], row["stopped_at"], row["reason"]) == ("stopped", "transcripts", "no transcript and no audio")
    assert (row["chunks_count"], row["insights_count"], row["dropped_count"], row["hours"]) == (0, 0, None, 1.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_stage_and_reason_of_failures_of_one_moment_belong_together(seed: int) -> None:
    bench = Bench(seed)
    bench.episode(EPISODE, "A")
    for stage in ("audio", "chunks", "transcripts", "insights"):
        failure(bench, stage, f"reason of {stage}")
    row = health(bench)
    assert (row["stopped_at"], row["reason"]) == ("transcripts", "reason of transcripts")


def test_an_episode_that_no_stage_came_to_says_so(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    transcript(bench)
    row = health(bench)
    assert (row["status"], row["stopped_at"]) == ("stopped", None)
    assert row["reason"].startswith("not read yet")


def test_an_episode_read_after_a_stage_failed_keeps_the_failure_in_sight(bench: Bench) -> None:
    bench.insight("own", "A")
    extraction(bench)
    failure(bench, "transcript_files", "404")
    row = health(bench)
    assert (row["status"], row["stopped_at"], row["reason"]) == ("told", "transcript_files", "404")


LENGTHS = [(1800.0, 1790.0, 3600.0, 0.5), (None, 1800.0, 3600.0, 0.5), (None, None, 3600.0, 1.0), (None, None, None, None)]


@pytest.mark.parametrize(("decoded", "last", "stated", "hours"), LENGTHS)
def test_the_length_is_the_surest_that_is_known(
    bench: Bench, decoded: float | None, last: float | None, stated: float | None, hours: float | None
) -> None:
    bench.episode(EPISODE, "A", duration_seconds=stated)
    transcript(bench, duration_seconds=decoded, last_second=last)
    assert health(bench)["hours"] == hours


def test_each_episode_of_the_day_has_one_row_and_other_days_none(bench: Bench) -> None:
    for n, show in enumerate("CAB"):
        bench.insight(f"{n}", show)
    bench.insight("yesterday", "D", before(1))
    rows = bench.run("unique_insights", "top_insights", "episode_health")
    assert [row["show_title"] for row in rows] == ["A", "B", "C"]
    assert bench.run("episode_health") == rows


def test_a_day_without_episodes_has_no_rows(bench: Bench) -> None:
    assert bench.run("unique_insights", "top_insights", "episode_health") == []


# --- what it measures


def test_speech_is_covered_by_what_was_heard_and_overlaps_count_once(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    transcript(bench, segments_count=3, duration_seconds=100.0, speech_seconds=40.0)
    segments(bench, (0, 10, "a"), (5, 15, "b"), (20, 35, "c"))
    assert health(bench)["speech_coverage"] == 0.75


@pytest.mark.parametrize(
    ("spans", "coverage"),
    [
        ([(0, 50, "a"), (50, 90, "b")], 0.9),  # of the length, where nobody listened
        ([(0, 80, "a"), (80, 140, "b")], 1.0),  # feeds lie about the length
        ([(None, None, "a"), (None, None, "b")], None),
        ([(0, 50, "a"), (None, None, "b")], None),  # of a half nothing is known
    ],
)
def test_coverage_is_unknown_without_times(
    bench: Bench, spans: list[tuple[float | None, float | None, str]], coverage: float | None
) -> None:
    bench.episode(EPISODE, "A")
    transcript(bench, segments_count=2, duration_seconds=100.0)
    segments(bench, *spans)
    assert health(bench)["speech_coverage"] == coverage


def test_segments_faster_than_anybody_speaks_are_counted(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    transcript(bench, segments_count=4)
    segments(bench, (0, 1, "x" * 40), (1, 2, "x" * 41), (2, 2, "no time at all"), (3, 9, "slow"))
    assert health(bench)["fast_segments_count"] == 2


def test_adverts_are_summed(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    advert(bench, 0, 30.0, 80)
    advert(bench, 1, 12.5, 40)
    row = health(bench)
    assert (row["adverts_count"], row["advert_seconds"], row["advert_words_count"]) == (2, 42.5, 120)


def test_adverts_without_times_have_no_length(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    advert(bench, 0, None, 80)
    assert health(bench)["advert_seconds"] is None


def test_what_the_extraction_did_and_cost_is_there(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    reasons = {"a name that was not said": 2}
    spent = {"calls_count": 4, "tokens_count": 900, "cost_usd": 0.02, "candidates_count": 12, "unread_words_count": 7}
    extraction(bench, **{"dropped_reasons": reasons, **spent})
    row = health(bench)
    assert {name: row[name] for name in spent} == spent
    assert (row["proposed_count"], row["grounded_count"], row["dropped_reasons"]) == (5, 3, reasons)


def quote(bench: Bench, **other: Any) -> None:
    bench.insight(
        "own", "A", **{"quote": "slow code", "char_start": 12, "char_end": 21, "quote_start_seconds": 5.0, **other}
    )
    segments(bench, (0, 5, "Caches hide"), (5, 9, "slow code."), (9, 12, "slow code"))


@pytest.mark.parametrize(
    ("other", "misquoted"),
    [
        ({}, 0),
        ({"quote": "Slow code"}, 1),
        ({"char_start": 11}, 1),
        ({"quote_start_seconds": 2.0}, 1),
        ({"quote_start_seconds": 10.5}, 1),
        ({"quote_start_seconds": None}, 1),
        ({"quote_start_seconds": 7.5}, 0),  # a word's own time
        ({"char_start": 23, "char_end": 32, "quote_start_seconds": 9.0}, 0),
        ({"char_start": 900, "char_end": 909}, 1),
    ],
)
def test_a_quote_that_is_not_in_the_segments_at_its_second_is_counted(
    bench: Bench, other: dict[str, Any], misquoted: int
) -> None:
    quote(bench, **other)
    assert health(bench)["misquoted_count"] == misquoted


def test_quotes_are_counted_in_characters_not_in_bytes(bench: Bench) -> None:
    bench.insight("own", "A", quote="naïve", char_start=6, char_end=11, quote_start_seconds=3.0)
    segments(bench, (0, 3, "Él 😀é"), (3, 5, "naïve"))
    assert health(bench)["misquoted_count"] == 0


# --- flags


def test_nothing_against_it_is_an_empty_list(bench: Bench) -> None:
    bench.insight("own", "A", quote="slow", char_start=0, char_end=4, quote_start_seconds=0.0)
    transcript(bench, words_count=5_000, segments_count=1, language="en-gb")
    segments(bench, (0, 1790, "slow"))
    extraction(bench, proposed=1, grounded=1)
    assert health(bench)["flags"] == []


FLAGGED: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({"language": "de"}, {}, ["not_english"]),
    ({"words_count": 150, "duration_seconds": 60.0}, {}, ["short_text"]),
    ({"words_count": 900, "duration_seconds": 3600.0}, {}, ["short_text"]),
    ({}, {"proposed": 5, "grounded": 2}, ["many_dropped"]),
    ({}, {"proposed": 2, "grounded": 0}, []),
    ({}, {"stopped_reason": "llm.usd_per_run = 1 is reached"}, ["cap_reached"]),
    ({}, {"fallback_reason": "the first is gone"}, ["stand_in"]),
    ({}, {"calls_count": 2, "cost_usd": None}, ["no_price"]),
]


@pytest.mark.parametrize(("of_transcript", "of_extraction", "flags"), FLAGGED)
def test_what_speaks_against_an_episode_is_flagged(
    bench: Bench, of_transcript: dict[str, Any], of_extraction: dict[str, Any], flags: list[str]
) -> None:
    bench.insight("own", "A", quote="slow", char_start=0, char_end=4, quote_start_seconds=None)
    segments(bench, (None, None, "slow code"))
    transcript(bench, **{"words_count": 5_000, "segments_count": 0, **of_transcript})
    extraction(bench, **{"proposed": 1, "grounded": 1, "cost_usd": 0.0, **of_extraction})
    assert health(bench)["flags"] == flags


def test_flags_stand_in_a_fixed_order(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    transcript(bench, words_count=100, segments_count=4, language="fr", duration_seconds=100.0)
    segments(bench, *((n, n + 1, "x" * 50) for n in range(4)))
    advert(bench, 0, 5.0, 60)
    extraction(bench, proposed=4, grounded=0)
    assert health(bench)["flags"] == [
        "not_english",
        "short_text",
        "low_coverage",
        "fast_captions",
        "too_much_advert",
        "zero_insights",
        "many_dropped",
    ]


def test_an_episode_without_a_transcript_is_flagged_and_no_more_is_known(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    row = health(bench)
    assert (row["flags"], row["speech_coverage"], row["fast_segments_count"]) == (["no_transcript"], None, None)


def test_a_transcript_without_times_that_was_not_read_is_flagged(bench: Bench) -> None:
    bench.episode(EPISODE, "A")
    transcript(bench, segments_count=1)
    segments(bench, (None, None, "slow code"))
    assert health(bench)["flags"] == ["no_times", "short_text", "not_read"]


@pytest.mark.parametrize(("error", "flag"), [("CapReached", "cap_reached"), ("Unreachable", "stopped_early")])
def test_a_cap_is_told_from_what_else_stops_an_extraction(bench: Bench, error: str, flag: str) -> None:
    bench.episode(EPISODE, "A")
    extraction(bench, proposed=0, grounded=0, stopped_reason="it stopped")
    failure(bench, "insights", "it stopped", error=error)
    assert health(bench)["flags"] == ["no_transcript", "zero_insights", flag]
