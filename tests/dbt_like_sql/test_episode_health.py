"""How far each episode came: on hand-made rows of its stages."""

from __future__ import annotations

import pytest
from dbt_like_sql.bench import Bench, before
from dbt_like_sql.stages_of_an_episode import EPISODE, ORDER, chunk, extraction, failure, health, transcript


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener()
    return made


def test_an_episode_in_the_brief_is_told_with_its_counts(bench: Bench) -> None:
    for n in range(3):
        bench.insight(f"{n}", "A", score=0.3 + n / 10)
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
    bench.pair("old", "again", "same")
    extraction(bench)
    bench.run(*ORDER, days=(before(1),))
    row = health(bench)
    assert (row["status"], row["insights_count"], row["told_count"], row["reason"]) == ("read", 1, 0, None)


def test_what_two_briefs_of_the_day_told_counts_once(bench: Bench) -> None:
    bench.listener("ana")
    bench.insight("own", "A")
    extraction(bench)
    row = health(bench)
    assert (row["status"], row["insights_count"], row["told_count"]) == ("told", 1, 1)


def test_what_only_the_next_days_brief_told_is_read(bench: Bench) -> None:
    for n, show in enumerate("AAABBC"):
        bench.insight(f"{n}", show, before(1), score=0.3 + n / 10)
    bench.listener("me", before(1))
    bench.run(*ORDER, days=(before(1),))
    once = bench.rows_of("episode_health", before(1))
    bench.run(*ORDER)
    bench.run(*ORDER, days=(before(1),))
    assert bench.rows_of("episode_health", before(1)) == once
    assert {row["show_title"]: row["told_count"] for row in once} == {"A": 2, "B": 2, "C": 1}


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
    rows = bench.run(*ORDER)
    assert [row["show_title"] for row in rows] == ["A", "B", "C"]
    assert bench.run("episode_health") == rows


def test_a_day_without_episodes_has_no_rows(bench: Bench) -> None:
    assert bench.run(*ORDER) == []
