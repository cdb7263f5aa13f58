"""What the order of days and rows changes, and what it does not: promises, on made-up worlds.

1. Days one by one and as one range, model by model, give the same rows, and so do rows that come in another order.
2. A day that is run again changes nothing, whatever was made since.
3. A day that is filled in later tells nothing that another brief told, and changes no other day.
4. A later day that is run again after that may tell what the filled-in day left over. Nothing is told twice then either, and
   run again until they stand, the days stand.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from itertools import combinations, product

import pytest
from dbt_like_sql.bench import Bench
from dbt_like_sql.world import DAYS, LISTENERS, World

SEEDS = (1, 2)
BRIEFS = ("top_insights", "brief_items")


@pytest.fixture(params=SEEDS, scope="module")
def world(request: pytest.FixtureRequest) -> World:
    """All days made forwards, one by one. What runs them again leaves them as they are, or fails."""
    made = World(request.param)
    made.make(*DAYS)
    return made


def shuffled(world: World) -> list[date]:
    return random.Random(world.seed).sample(DAYS, len(DAYS))


def list_told_twice(world: World) -> list[tuple[str, ...]]:
    """What a listener was told twice, and what they were told in two ways."""
    found: list[tuple[str, ...]] = []
    for listener, told in world.told().items():
        found += [(listener, name) for name, count in Counter(told).items() if count > 1]
        same = {pair for pair, (verdict, _) in world.pairs.items() if verdict == "same"}
        found += [(listener, *pair) for pair in combinations(sorted(told), 2) if pair in same]
    return found


def test_a_world_has_all_that_can_become_of_a_candidate(world: World) -> None:
    rows = [row for day in DAYS for row in world.bench.rows_of("choices", day)]
    outcomes = {row["outcome"] for row in rows}
    assert outcomes == {"told", "seen", "muted", "weak", "like another", "off your subjects", "show is full", "outranked"}
    assert {row["status"] for row in rows} == {"new", "follow_up", "seen"}
    assert any(row["is_of_told"] and row["status"] == "follow_up" and row["rank"] for row in rows)


def test_a_brief_keeps_its_rules(world: World) -> None:
    assert list_told_twice(world) == []
    for day, listener in product(DAYS, LISTENERS):
        rows = [row for row in world.bench.rows_of("top_insights", day) if row["listener"] == listener]
        shows = Counter(world.insights[row["insight_id"]][0] for row in rows)
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) <= 5
        assert max(shows.values(), default=0) <= 2
        assert sum(row["interest"] < 0.25 for row in rows) <= 1
        for row in rows:
            assert row["score"] >= 0.40
            assert row["show_weight"] > 0
            assert day - timedelta(days=3) <= row["said_on"] <= day


def test_who_is_left_out_is_left_out_for_what_is_told(world: World) -> None:
    for day, listener in product(DAYS, LISTENERS):
        rows = [row for row in world.bench.rows_of("choices", day) if row["listener"] == listener]
        told = {row["insight_id"]: row for row in rows if row["rank"]}
        for row in rows:
            of_its_show = sum(other["feed_id"] == row["feed_id"] for other in told.values())
            if row["outcome"] == "outranked":
                assert len(told) == 5
                assert row["score"] >= 0.40
            if row["outcome"] == "off your subjects":
                assert min(other["interest_points"] for other in told.values()) < 0.25 * 0.40
                assert row["interest_points"] < 0.25 * 0.40
            if row["outcome"] == "show is full":
                assert of_its_show == 2
            if row["outcome"] == "like another":
                assert row["nearest_id"] in told
            assert (row["reason"] is None) == (row["outcome"] == "told")


def test_one_range_gives_what_the_days_one_by_one_give_and_so_do_rows_in_another_order(world: World) -> None:
    other = World(world.seed, Bench(seed=7))
    other.make(*DAYS, together=True)
    assert other.tables() == world.tables()


@pytest.mark.parametrize("together", [False, True])
def test_days_that_are_run_again_in_any_order_change_nothing(world: World, together: bool) -> None:
    once = world.tables()
    world.make(*shuffled(world), together=together)
    assert world.tables() == once


@pytest.mark.parametrize(("seed", "gap"), [(1, 1), (2, 3), (3, 0)])
def test_a_day_that_is_filled_in_later_tells_nothing_twice_and_changes_no_other_day(seed: int, gap: int) -> None:
    world = World(seed)
    others = [day for day in DAYS if day != DAYS[gap]]
    world.make(*others)
    once = world.tables(*others)
    world.make(DAYS[gap])
    assert world.tables(*others) == once
    assert world.bench.rows_of("top_insights", DAYS[gap])
    assert list_told_twice(world) == []
    late = world.tables(DAYS[gap])
    world.make(DAYS[gap])
    assert world.tables(DAYS[gap]) == late


@pytest.mark.parametrize(("seed", "gap"), [(1, 1), (2, 3)])
def test_days_that_are_run_again_after_one_was_filled_in_tell_nothing_twice_and_come_to_stand(seed: int, gap: int) -> None:
    world = World(seed)
    world.make(*(day for day in DAYS if day != DAYS[gap]), DAYS[gap])
    for _ in range(3):
        world.make(*DAYS)
        assert list_told_twice(world) == []
    once = world.tables()
    world.make(*shuffled(world))
    assert world.tables() == once


def test_days_made_backwards_tell_nothing_twice_and_stand() -> None:
    world = World(4)
    world.make(*reversed(DAYS))
    assert list_told_twice(world) == []
    assert len(world.tables(models=BRIEFS)["top_insights"]) > 20
