"""What is new, what repeats, what follows up: on hand-made pairs."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from dbt_like_sql.bench import DAY, Bench, before

SAME, STORY, FAR = 0.9, 0.78, 0.6


@pytest.fixture
def bench() -> Bench:
    return Bench()


def statuses(bench: Bench, *days: date) -> dict[str, tuple[str, str | None]]:
    """Of the last day: insight -> status and of what."""
    rows = bench.run("unique_insights", days=days or (DAY,))
    return {row["insight_id"]: (row["status"], row["of_insight_id"]) for row in rows}


def test_an_insight_that_nothing_is_near_to_is_new(bench: Bench) -> None:
    bench.insight("lone")
    bench.insight("far")
    bench.pair("lone", "far", FAR)
    assert statuses(bench) == {"lone": ("new", None), "far": ("new", None)}
    [row, _] = bench.rows_of("unique_insights")
    assert (row["of_published_on"], row["of_cosine"], row["reason"]) == (None, None, None)


def test_what_was_said_on_an_earlier_day_is_a_repeat_however_good_it_is(bench: Bench) -> None:
    bench.insight("first", day=before(3), score=0.1)
    bench.insight("again", "B", score=0.9)
    bench.pair("first", "again", SAME)
    assert statuses(bench, before(3), DAY) == {"again": ("repeat", "first")}
    [row] = bench.rows_of("unique_insights")
    assert (row["of_published_on"], row["of_cosine"]) == (before(3), SAME)
    assert row["reason"] == "says again what was said on 7 Mar 2026"


def test_of_two_on_one_day_the_better_one_stands(bench: Bench) -> None:
    bench.insight("worse", "A", score=0.4)
    bench.insight("best", "B", score=0.6)
    bench.pair("worse", "best", SAME)
    assert statuses(bench) == {"worse": ("repeat", "best"), "best": ("new", None)}


def test_of_two_equally_good_ones_the_id_decides(bench: Bench) -> None:
    bench.insight("a", "B")
    bench.insight("b", "A")
    bench.pair("a", "b", SAME)
    assert statuses(bench) == {"a": ("repeat", "b"), "b": ("new", None)}


@pytest.mark.parametrize(
    ("cosine", "conflict"), [(STORY, None), (SAME, "number: 40 against 70"), (STORY, "number: 1 against 2")]
)
def test_the_same_story_with_something_new_is_a_follow_up(bench: Bench, cosine: float, conflict: str | None) -> None:
    bench.insight("first", day=before(3))
    bench.insight("next", "B")
    bench.pair("first", "next", cosine, conflict)
    assert statuses(bench, before(3), DAY) == {"next": ("follow_up", "first")}
    [row] = bench.rows_of("unique_insights")
    assert row["reason"] == "follows up what was said on 7 Mar 2026" + (f" ({conflict})" if conflict else "")


@pytest.mark.parametrize("conflict", ["negation", "antonym: faster/slower", "name: Ana against Bo"])
def test_what_contradicts_is_neither_a_repeat_nor_a_follow_up(bench: Bench, conflict: str) -> None:
    bench.insight("first", day=before(3))
    bench.insight("against", "B")
    bench.insight("other", "C")
    bench.pair("first", "against", 0.99, conflict)
    bench.pair("against", "other", 0.99, conflict)
    assert statuses(bench, before(3), DAY) == {"against": ("new", None), "other": ("new", None)}


def test_two_of_one_story_on_one_day_are_both_new(bench: Bench) -> None:
    bench.insight("a")
    bench.insight("b", "B")
    bench.pair("a", "b", STORY)
    assert statuses(bench) == {"a": ("new", None), "b": ("new", None)}


@pytest.mark.parametrize(("days", "status"), [(30, "repeat"), (31, "new")])
def test_the_look_back_ends_after_thirty_days(bench: Bench, days: int, status: str) -> None:
    bench.insight("old", day=before(days))
    bench.insight("today")
    bench.pair("old", "today", SAME)
    assert statuses(bench, before(days), DAY)["today"][0] == status


def test_a_repeat_keeps_alive_what_it_repeats(bench: Bench) -> None:
    for name, day in (("first", before(50)), ("again", before(25)), ("today", DAY)):
        bench.insight(name, day=day)
    for one, other in (("first", "again"), ("again", "today"), ("first", "today")):
        bench.pair(one, other, SAME)
    assert statuses(bench, before(50), before(25), DAY) == {"today": ("repeat", "first")}


def test_what_is_like_a_repeat_of_the_day_only_is_no_repeat(bench: Bench) -> None:
    for name, score in (("a", 0.9), ("b", 0.8), ("c", 0.7)):
        bench.insight(name, name, score=score)
    bench.pair("a", "b", SAME)
    bench.pair("b", "c", SAME)
    assert statuses(bench) == {"a": ("new", None), "b": ("repeat", "a"), "c": ("new", None)}


def test_a_chain_is_told_apart_link_by_link(bench: Bench) -> None:
    names = [f"{n:02}" for n in range(12)]
    for name in names:
        bench.insight(name, name, score=float(name) / 100)
    for one, other in pairwise(names):
        bench.pair(one, other, SAME)
    found = statuses(bench)
    assert [name for name in names if found[name][0] == "new"] == names[1::2]
    assert all(of is None or found[of][0] == "new" for _, of in found.values())


def test_what_is_like_an_earlier_repeat_only_is_no_repeat(bench: Bench) -> None:
    for name, day in (("a", before(2)), ("b", before(1)), ("c", DAY)):
        bench.insight(name, name, day)
    bench.pair("a", "b", SAME)
    bench.pair("b", "c", SAME)
    assert statuses(bench, before(2), before(1), DAY) == {"c": ("new", None)}


def test_one_that_the_day_repeats_stands_again_where_its_better_fell_to_an_earlier_day(bench: Bench) -> None:
    bench.insight("old", "O", before(5))
    bench.insight("better", "A", score=0.9)
    bench.insight("worse", "B", score=0.2)
    bench.pair("old", "better", SAME)
    bench.pair("better", "worse", SAME)
    assert statuses(bench, before(5), DAY) == {"better": ("repeat", "old"), "worse": ("new", None)}


def test_a_repeat_names_what_was_said_first_and_a_follow_up_what_is_nearest(bench: Bench) -> None:
    for name, day in (("d1", before(9)), ("d2", before(5)), ("repeat", DAY), ("follow", DAY)):
        bench.insight(name, name, day)
    bench.pair("d1", "repeat", 0.86)
    bench.pair("d2", "repeat", 0.95)
    bench.pair("d1", "follow", 0.73)
    bench.pair("d2", "follow", 0.8)
    found = statuses(bench, before(9), before(5), DAY)
    assert found == {"repeat": ("repeat", "d1"), "follow": ("follow_up", "d2")}


def test_an_episode_that_is_gone_takes_its_insights_along(bench: Bench) -> None:
    bench.insight("kept", "A", score=0.1)
    bench.insight("gone", "B", score=0.9)
    bench.pair("kept", "gone", SAME)
    assert statuses(bench)["kept"] == ("repeat", "gone")
    bench.store.replace("raw.episodes", [], show_title="B")
    assert statuses(bench) == {"kept": ("new", None)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_and_days_changes_nothing(seed: int) -> None:
    bench = Bench(seed)
    for n in range(12):
        bench.insight(f"{n:02}", f"show {n % 3}", before(n % 3), score=(n % 4) / 10)
    for n in range(12):
        bench.pair(f"{n:02}", f"{(n * 5 + 3) % 12:02}", (0.86, 0.9, 0.74)[n % 3])
    days = [before(2), before(1), DAY]
    bench.run("unique_insights", days=(*reversed(days), *days))
    once = [bench.rows_of("unique_insights", day) for day in days]
    bench.run("unique_insights", days=tuple(days))
    assert [bench.rows_of("unique_insights", day) for day in days] == once
    in_order = Bench()
    for table in ("raw.episodes", "raw.insights", "raw.insight_pairs"):
        in_order.rows[table] = sorted(bench.store.select(table), key=repr)
    in_order.run("unique_insights", days=tuple(days))
    assert [in_order.rows_of("unique_insights", day) for day in days] == once


def test_a_day_without_insights_has_no_rows(bench: Bench) -> None:
    assert bench.run("unique_insights") == []
