"""What other shows said that is near: on hand-made pairs."""

from __future__ import annotations

import pytest
from dbt_like_sql.bench import DAY, Bench, before


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.insight("own", "Own")
    return made


def related(bench: Bench) -> list[tuple[int, str]]:
    """Position and id of what is related to "own"."""
    days = tuple(sorted({*bench.days.values(), DAY}))
    bench.run("unique_insights", days=days)
    rows = bench.run("related_insights")
    return sorted((row["position"], row["related_id"]) for row in rows if row["insight_id"] == "own")


@pytest.mark.parametrize(("cosine", "expected"), [(0.45, [(1, "near")]), (0.449, [])])
def test_what_is_below_the_floor_is_not_related(bench: Bench, cosine: float, expected: list[tuple[int, str]]) -> None:
    bench.insight("near", "B", before(400))
    bench.pair("own", "near", cosine)
    assert related(bench) == expected


def test_the_own_show_is_never_related(bench: Bench) -> None:
    bench.insight("same episode", "Own")
    bench.insight("earlier episode", "Own", before(3))
    bench.insight("other show", "B")
    for name in ("same episode", "earlier episode", "other show"):
        bench.pair("own", name, 0.6)
    assert related(bench) == [(1, "other show")]


def test_at_most_two_of_a_show_the_nearest(bench: Bench) -> None:
    for n, cosine in enumerate((0.50, 0.65, 0.60, 0.55)):
        bench.insight(f"b{n}", "B", before(n))
        bench.pair("own", f"b{n}", cosine)
    bench.insight("c", "C")
    bench.pair("own", "c", 0.46)
    assert related(bench) == [(1, "b1"), (2, "b2"), (3, "c")]


def test_at_most_ten_and_ties_go_to_the_lower_id(bench: Bench) -> None:
    names = [f"n{n:02}" for n in range(13)]
    for name in names:
        bench.insight(name, name)
        bench.pair("own", name, 0.6)
    assert related(bench) == list(enumerate(names[:10], start=1))


def test_repeats_are_neither_shown_nor_given_relations(bench: Bench) -> None:
    bench.insight("first", "B", before(5))
    bench.insight("again", "C", before(2))
    bench.insight("own again", "D", score=0.1)
    bench.pair("first", "again", 0.9)
    bench.pair("own", "own again", 0.9)
    for name, cosine in (("first", 0.6), ("again", 0.7)):
        bench.pair("own", name, cosine)
        bench.pair("own again", name, cosine)
    assert related(bench) == [(1, "first")]
    assert {row["insight_id"] for row in bench.rows_of("related_insights")} == {"own"}


def test_a_contradiction_is_related(bench: Bench) -> None:
    bench.insight("against", "B", before(2))
    bench.pair("own", "against", 0.9, "negation")
    assert related(bench) == [(1, "against")]


def test_what_has_gone_since_is_left_out(bench: Bench) -> None:
    bench.insight("gone", "B", before(2))
    bench.pair("own", "gone", 0.6)
    assert related(bench) == [(1, "gone")]
    bench.store.replace("raw.insights", [], insight_id="gone")
    assert related(bench) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    made = []
    for number in (0, seed):
        bench = Bench(number)
        for n in range(12):
            bench.insight(f"{n:02}", f"show {n % 4}")
        for n in range(12):
            bench.pair(f"{n:02}", f"{(n * 5 + 2) % 12:02}", 0.5 + n % 2 / 10)
        bench.run("unique_insights", "related_insights")
        made.append(sorted(map(str, bench.rows_of("related_insights"))))
    assert made[0] == made[1] != []


def test_a_day_without_insights_has_no_rows() -> None:
    assert Bench().run("unique_insights", "related_insights") == []
