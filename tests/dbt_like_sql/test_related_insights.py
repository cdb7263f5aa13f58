"""What stands on whose page: on hand-made relations."""

from __future__ import annotations

from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    for name, show, days in (("own", "A", 0), ("next", "B", 0), ("old", "C", 9), ("older", "D", 40), ("later", "E", -2)):
        made.insight(name, show, before(days))
    return made


def on_page(bench: Bench, insight_id: str) -> list[tuple[Any, ...]]:
    rows = [row for row in bench.run("related_insights") if row["insight_id"] == insight_id]
    return [(row["position"], row["related_id"], row["relation"]) for row in rows]


def test_ten_rows_of_six_relations(bench: Bench) -> None:
    bench.relation("own", "old", 1, "agrees", cosine=0.7, score=0.9, reason="one number", question="how many?")
    bench.relation("own", "next", 2, "contradicts", cosine=0.6)
    bench.relation("own", "older", 3, cosine=0.5)
    bench.relation("next", "own", 1, "contradicts", cosine=0.6)
    bench.relation("next", "older", 2, "extends", cosine=0.55)
    bench.relation("next", "later", None, cosine=0.8)
    bench.run("related_insights")
    names = ("insight_id", "related_id", "related_on", "position", "cosine", "relation")
    assert [tuple(row[name] for name in names) for row in bench.store.select("main.related_insights")] == [
        ("later", "next", DAY, None, 0.8, "related"),
        ("next", "own", DAY, 1, 0.6, "contradicts"),
        ("next", "older", before(40), 2, 0.55, "extends"),
        ("next", "later", before(-2), None, 0.8, "related"),
        ("old", "own", DAY, None, 0.7, "agrees"),
        ("older", "next", DAY, None, 0.55, "extends"),
        ("older", "own", DAY, None, 0.5, "related"),
        ("own", "old", before(9), 1, 0.7, "agrees"),
        ("own", "next", DAY, 2, 0.6, "contradicts"),
        ("own", "older", before(40), 3, 0.5, "related"),
    ]


def test_a_relation_stands_on_both_pages_with_all_that_is_known_of_it(bench: Bench) -> None:
    known = {"score": 0.9, "reason": "one number", "question": "how many?", "decided_by": "judge"}
    bench.relation("own", "old", 1, "agrees", **known)
    for row in bench.run("related_insights"):
        assert {name: row[name] for name in known} == known
        assert row["published_on"] == DAY


def test_the_list_of_each_of_two_of_the_day_is_its_own(bench: Bench) -> None:
    bench.relation("own", "next", 4)
    bench.relation("next", "own", 2)
    assert on_page(bench, "own") == [(4, "next", "related")]
    assert on_page(bench, "next") == [(2, "own", "related")]


def test_what_only_one_of_two_of_the_day_lists_stands_on_the_others_page_without_a_place(bench: Bench) -> None:
    bench.relation("own", "next", 4)
    assert on_page(bench, "own") == [(4, "next", "related")]
    assert on_page(bench, "next") == [(None, "own", "related")]


def test_relations_of_another_day_are_not_this_days(bench: Bench) -> None:
    bench.relation("old", "older", 1)
    bench.run("related_insights", days=(before(9), DAY))
    assert bench.rows_of("related_insights") == []
    assert len(bench.rows_of("related_insights", before(9))) == 2


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    made = []
    for number in (0, seed):
        bench = Bench(number)
        for n in range(8):
            bench.insight(f"{n}", f"show {n}")
        for n in range(24):
            bench.relation(f"{n % 8}", f"{(n % 8 + n // 8 + 1) % 8}", n // 8 + 1, cosine=0.5 + n % 2 / 10)
        bench.run("related_insights")
        made.append(bench.store.select("main.related_insights"))
    assert made[0] == made[1] != []


def test_a_day_without_relations_has_no_rows(bench: Bench) -> None:
    assert bench.run("related_insights") == []
