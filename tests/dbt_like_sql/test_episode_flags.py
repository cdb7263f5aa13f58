"""What is measured of each episode, and what is flagged: on hand-made rows of its stages."""

from __future__ import annotations

from typing import Any

import pytest
from dbt_like_sql.bench import Bench
from dbt_like_sql.stages_of_an_episode import EPISODE, advert, extraction, failure, health, segments, transcript


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener()
    return made


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
