from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from brief_pipeline.stages.back_off import WAITS, next_try

FAILED_AT = datetime(2026, 5, 4, 6, 40, tzinfo=UTC)  # late in a run that started at six
FEEDS = [f"feed-{number}" for number in range(500)]
RUN_AT = FAILED_AT.replace(minute=0)
DAY = timedelta(days=1)


def count_runs_waited(failures_count: int, feed_id: str, start: datetime = RUN_AT) -> int:
    """The daily run, counted from the one that failed, that asks the feed again."""
    due = next_try(failures_count, FAILED_AT, feed_id)
    return next(days for days in range(1, 30) if start + days * DAY >= due)


def test_the_next_run_asks_again_after_a_first_failure() -> None:
    assert next_try(1, FAILED_AT, "feed") == FAILED_AT


def test_a_second_failure_in_a_row_waits_for_hours() -> None:
    assert timedelta(hours=3) <= next_try(2, FAILED_AT, "feed") - FAILED_AT <= timedelta(hours=6)


@pytest.mark.parametrize(("failures_count", "runs"), [(1, {1}), (2, {1}), (3, {1}), (4, {2}), (5, {3, 4}), (6, {5, 6, 7})])
def test_waits_are_met_by_daily_runs_and_grow(failures_count: int, runs: set[int]) -> None:
    assert {count_runs_waited(failures_count, feed_id) for feed_id in FEEDS} == runs


def test_a_day_is_met_when_clocks_go_forward() -> None:
    an_hour_early = RUN_AT - timedelta(hours=1)
    assert {count_runs_waited(3, feed_id, an_hour_early) for feed_id in FEEDS} == {1}


def test_feeds_of_a_dead_host_do_not_come_back_at_once() -> None:
    moments = [next_try(9, FAILED_AT, feed_id) for feed_id in FEEDS]
    days = [count_runs_waited(9, feed_id) for feed_id in FEEDS]
    assert len(set(moments)) > 400
    assert all(days.count(day) > 100 for day in (5, 6, 7))


def test_a_feed_is_never_given_up() -> None:
    assert max(next_try(1_000_000, FAILED_AT, feed_id) for feed_id in FEEDS) <= FAILED_AT + 7 * DAY
    assert max(longest for _, longest in WAITS.values()) == 7 * DAY


def test_the_same_question_has_the_same_answer_and_another_feed_another() -> None:
    assert next_try(6, FAILED_AT, "a") == next_try(6, FAILED_AT, "a")
    assert next_try(6, FAILED_AT, "a") != next_try(6, FAILED_AT, "b")


def test_what_has_not_failed_is_asked_now() -> None:
    assert next_try(0, FAILED_AT, "feed") == FAILED_AT
