from __future__ import annotations

from contextvars import copy_context
from datetime import date
from threading import Thread

from brief_pipeline.wiring.timing import each_day, on_day, stage_timed, step

ONE, TWO = date(2026, 5, 4), date(2026, 5, 5)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_seconds_of_each_step_are_counted_for_their_day() -> None:
    clock = Clock()
    with stage_timed(clock) as watch:
        for day in each_day([ONE, TWO]):
            with step("fetching"):
                clock.now += 3 if day == ONE else 1
            clock.now += 1
    assert watch.list_steps(ONE) == {"fetching": 3.0, "other": 1.0}
    assert watch.list_steps(TWO) == {"fetching": 1.0, "other": 1.0}
    assert watch.seconds == 6.0


def test_a_step_inside_a_step_counts_once() -> None:
    clock = Clock()
    with stage_timed(clock) as watch, on_day(ONE), step("asking"):
        clock.now += 2
        with step("embedding"):
            clock.now += 5
        clock.now += 1
    assert watch.list_steps(ONE) == {"embedding": 5.0, "asking": 3.0, "other": 0.0}


def test_the_wall_time_is_shared_out_by_the_work_on_each_day() -> None:
    clock = Clock()
    with stage_timed(clock) as watch:
        clock.now += 2  # of no day: reading the lists
        for day in each_day([ONE, TWO]):
            clock.now += 6 if day == ONE else 2
        assert watch.share_out([ONE, TWO]) == {ONE: 7.5, TWO: 2.5}


def test_days_that_nothing_was_measured_of_share_alike() -> None:
    clock = Clock()
    with stage_timed(clock) as watch:
        clock.now += 3
        assert watch.share_out([ONE, TWO]) == {ONE: 1.5, TWO: 1.5}
        assert watch.list_steps(ONE) == {}


def test_threads_add_up() -> None:
    clock = Clock()

    def fetch() -> None:
        with on_day(ONE), step("fetching"):
            clock.now += 1

    with stage_timed(clock) as watch:
        for _ in range(3):
            thread = Thread(target=copy_context().run, args=(fetch,))
            thread.start()
            thread.join()
    assert watch.list_steps(ONE)["fetching"] == 3.0


def test_a_step_that_fails_is_counted_and_leaves_nothing_behind() -> None:
    clock = Clock()
    with stage_timed(clock) as watch:
        for day in (ONE, TWO):
            try:
                with on_day(day), step("fetching"):
                    clock.now += 1
                    raise ValueError
            except ValueError:
                pass
    assert [watch.list_steps(day)["fetching"] for day in (ONE, TWO)] == [1.0, 1.0]


def test_outside_of_a_stage_a_step_is_just_done() -> None:
    with step("fetching"):
        done = list(each_day([ONE, TWO]))
    assert done == [ONE, TWO]
