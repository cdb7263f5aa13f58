"""The rule that says which of several runs goes first, tried on random schedules."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from brief_pipeline.wiring.run_order import DAYS, HISTORY, OWN_STAGES, Run, find_one_before

TELLING = ("insight_pairs", "choices", "brief")
STAGES = (*sorted(OWN_STAGES), *TELLING)
REACH_DAYS = 30


def make_run(name: str, first: int, last: int, **changes: object) -> Run:
    days = tuple(f"2026-03-{day:02}" for day in range(first, last + 1))
    return replace(Run(name, "elsewhere 1", days, STAGES, "episodes"), **changes)  # type: ignore[arg-type]


def test_a_day_is_for_one_run_at_a_time_and_other_days_go_on() -> None:
    own = make_run("own", 3, 3, wants=DAYS, since=2.0)
    holder = make_run("holder", 1, 3, holds=DAYS)
    assert find_one_before(own, [holder], REACH_DAYS) == holder
    assert find_one_before(own, [make_run("other", 1, 2, holds=DAYS)], REACH_DAYS) is None


def test_for_a_day_runs_queue_as_they_came() -> None:
    own = make_run("own", 3, 3, wants=DAYS, since=2.0)
    assert find_one_before(own, [make_run("earlier", 2, 4, wants=DAYS, since=1.0)], REACH_DAYS)
    assert find_one_before(own, [make_run("later", 2, 4, wants=DAYS, since=3.0)], REACH_DAYS) is None
    assert find_one_before(own, [make_run("elsewhere", 4, 5, wants=DAYS, since=1.0)], REACH_DAYS) is None


def test_the_history_is_for_one_run_at_a_time_whatever_its_days() -> None:
    own = make_run("own", 3, 3, wants=HISTORY)
    assert find_one_before(own, [make_run("holder", 9, 9, holds=HISTORY)], REACH_DAYS)
    assert find_one_before(own, [make_run("holder", 9, 9, holds=DAYS)], REACH_DAYS) is None


def test_runs_about_earlier_days_tell_first_where_they_are_near_and_still_have_to() -> None:
    own = make_run("own", 3, 3, wants=HISTORY)
    before = make_run("before", 1, 2, holds=DAYS)
    assert find_one_before(own, [before], REACH_DAYS) == before
    assert find_one_before(before, [own], REACH_DAYS) is None
    assert find_one_before(own, [before], REACH_DAYS, is_courteous=False) is None
    assert find_one_before(own, [replace(before, left=("audio",))], REACH_DAYS) is None
    assert find_one_before(own, [before], reach_days=0) is None


@pytest.mark.parametrize("seed", range(300))
def test_no_schedule_comes_to_a_stand_or_gives_a_thing_to_two(seed: int) -> None:
    """Runs on random days with random assets in random order; some die on the way."""
    chance = random.Random(seed)
    runs: dict[str, Run] = {}
    for number in range(chance.randint(2, 7)):
        first = chance.randint(1, 6)
        run = make_run(f"run-{number}", first, chance.randint(first, 7))
        stages = chance.sample(STAGES, chance.randint(1, len(STAGES)))
        runs[run.run_id] = replace(run, left=tuple(stages if chance.random() < 0.5 else sorted(stages, key=STAGES.index)))
    for step in range(10_000):
        if not runs:
            return
        moved = False
        for name in chance.sample(sorted(runs), len(runs)):
            now = advance(runs[name], [other for other in runs.values() if other.run_id != name], step)
            moved = moved or now != runs[name]
            if now is None or chance.random() < 0.01:
                del runs[name]
                moved = True
            else:
                runs[name] = now
            assert_alone(list(runs.values()))
        assert moved, f"nobody can go on: {list(runs.values())}"
    raise AssertionError("it does not end")


def advance(run: Run, others: list[Run], step: int) -> Run | None:
    """What a run is after its next move, as RunTurns makes it: asks for a stage, comes in, is done; None: it is over."""
    if not run.left:
        return None
    stage = run.left[0]
    needs = DAYS if stage in OWN_STAGES else HISTORY
    if run.holds in (needs, HISTORY):
        return replace(run, left=run.left[1:], at=stage)
    if not run.wants:
        run = replace(run, wants=needs, holds="", since=float(step), at=stage)
    before = find_one_before(run, others, REACH_DAYS)
    return run if before else replace(run, holds=run.wants, wants="")


def assert_alone(runs: list[Run]) -> None:
    assert sum(run.holds == HISTORY for run in runs) <= 1
    held = [day for run in runs if run.holds for day in run.days]
    assert len(held) == len(set(held))
