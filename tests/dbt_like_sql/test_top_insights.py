"""A listener's brief with what each place rests on: on hand-made insights."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before

ORDER = ("unique_insights", "candidates", "choices", "top_insights")


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener("me", *(before(days) for days in range(6)))
    return made


def top(bench: Bench, *days: date) -> list[dict[str, Any]]:
    """The rows of the last day, the days made one after the other."""
    for day in days or (DAY,):
        rows = bench.run(*ORDER, days=(day,))
    return rows


def reasons(bench: Bench, *days: date) -> dict[str, list[str]]:
    return {row["insight_id"]: row["reasons"] for row in top(bench, *days)}


def test_ten_insights_and_the_fives_of_two_listeners() -> None:
    bench = Bench()
    bench.listener("ana", DAY, before(3), interests=["Trams. "])
    bench.listener("bo")
    bench.insight("old", "A", before(3), score=0.6)
    bench.match("old", "ana", before(3), interest=0.9)
    for n, show in enumerate("ABCDEFGHI"):
        bench.insight(f"{n}{show}", show, score=0.9 - n / 10)
    bench.pair("old", "0A", "follow_up")
    bench.pair("old", "1B", "same")
    for name, interest in (("0A", 0.5), ("7H", 1.0), ("8I", 0.9)):
        bench.match(name, "ana", interest=interest, interest_text="Trams. ", dislike=0.1 if name == "0A" else 0.0)
    top(bench, before(3), DAY)
    names = (
        "listener",
        "rank",
        "insight_id",
        "said_on",
        "score",
        "status",
        "of_insight_id",
        "of_on",
        "is_of_told",
        "voices",
    )
    rows = bench.store.select("main.top_insights", published_on=DAY)
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("ana", 1, "7H", DAY, 0.645, "new", None, None, False, 0),
        ("ana", 2, "0A", DAY, 0.585, "follow_up", "old", before(3), True, 0),
        ("ana", 3, "8I", DAY, 0.575, "new", None, None, False, 0),
        ("bo", 1, "0A", DAY, 0.625, "follow_up", "old", before(3), False, 0),
        ("bo", 2, "2C", DAY, 0.595, "new", None, None, False, 0),
        ("bo", 3, "3D", DAY, 0.565, "new", None, None, False, 0),
        ("bo", 4, "4E", DAY, 0.535, "new", None, None, False, 0),
        ("bo", 5, "old", before(3), 0.598333, "new", None, None, False, 1),
    ]
    assert {(row["listener"], row["insight_id"]): row["reasons"] for row in (*rows[:4], rows[-1])} == {
        ("ana", "7H"): ["you care about: Trams", "new since 10 Mar 2026", "value 0.20"],
        ("ana", "0A"): ["you care about: Trams", "follows up what you were told on 7 Mar 2026", "value 0.90"],
        ("ana", "8I"): ["you care about: Trams", "new since 10 Mar 2026", "value 0.10"],
        ("bo", "0A"): ["follows up what was said on 7 Mar 2026", "value 0.90"],
        ("bo", "old"): ["two shows said it", "new since 7 Mar 2026", "value 0.60"],
    }


def test_a_place_comes_with_all_that_it_rests_on(bench: Bench) -> None:
    bench.insight("own", "A", score=0.8, speaker="Ana")
    bench.insight("voice", "B")
    bench.group("own", "voice")
    bench.match("own", interest=0.7, interest_text="trams", dislike=0.2, feedback=0.3)
    bench.add("raw.listener_shows", listener="me", published_on=DAY, feed_id="feed A", weight=1.5)
    [row] = top(bench)
    names = (
        "value",
        "evidence",
        "novelty",
        "corroboration",
        "interest",
        "interest_text",
        "dislike",
        "feedback",
        "show_weight",
    )
    assert [row[name] for name in names] == [0.8, 1.0, 1.0, 0.333333, 0.7, "trams", 0.2, 0.3, 1.5]
    parts = 0.3 * 0.8 + 0.4 * 0.7 + 0.1 * 1 + 0.1 * 1 + 0.1 / 3 + 0.3 * 0.3 - 0.4 * 0.2
    assert row["score"] == pytest.approx(1.5 * parts, abs=1e-6)


def test_only_what_was_picked_is_told(bench: Bench) -> None:
    for name in "abcdefg":
        bench.insight(name, name, score=0.0 if name == "g" else 0.5)
    assert [(row["rank"], row["insight_id"]) for row in top(bench)] == list(enumerate("fedcb", start=1))


def test_what_was_a_candidate_on_several_days_comes_once_with_what_it_rests_on_that_day(bench: Bench) -> None:
    for name in "abcdef":
        bench.insight(name, name, before(1))
    bench.match("a", day=before(1), interest=0.4)
    bench.match("a", interest=0.6)
    rows = top(bench, before(1), DAY)
    assert [(row["rank"], row["insight_id"], row["interest"]) for row in rows] == [(1, "a", 0.6)]


# --- the reasons


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({"interest": 0.25, "interest_text": "trams"}, "you care about: trams"),
        ({"interest": 0.24, "interest_text": "trams"}, None),
        ({"interest": None, "interest_text": None}, None),
        ({"feedback": 0.15}, "like what you found useful"),
        ({"feedback": 0.14}, None),
    ],
)
def test_an_interest_or_feedback_is_a_reason_where_it_is_near_enough(bench: Bench, match: Any, said: str | None) -> None:
    bench.insight("own", score=0.9)
    bench.match("own", **match)
    assert reasons(bench)["own"] == [*([said] if said else []), "new since 10 Mar 2026", "value 0.90"]


def test_a_weight_over_one_is_a_reason_and_one_under_it_is_none(bench: Bench) -> None:
    for show, weight in (("A", 1.1), ("B", 0.9)):
        bench.insight(show, show)
        bench.add("raw.listener_shows", listener="me", published_on=DAY, feed_id=f"feed {show}", weight=weight)
    said = reasons(bench)
    assert said["A"][0] == "a show that you gave more weight"
    assert said["B"] == ["new since 10 Mar 2026", "value 0.50"]


@pytest.mark.parametrize(("shows", "said"), [("", None), ("B", "two shows said it"), ("BC", "3 shows said it")])
def test_those_who_said_it_are_counted_with_its_own_show(bench: Bench, shows: str, said: str | None) -> None:
    bench.insight("own", score=0.9)
    for show in shows:
        bench.insight(show, show)
    bench.group("own", *shows)
    assert (reasons(bench)["own"][0] == said) == bool(said)
    assert len(reasons(bench)["own"]) == 2 + bool(said)


def test_what_came_out_a_few_days_ago_is_new_since_then(bench: Bench) -> None:
    bench.insight("own", day=before(3))
    bench.run("unique_insights", days=(before(3),))
    [row] = top(bench)
    assert (row["said_on"], row["published_on"], row["reasons"][0]) == (before(3), DAY, "new since 7 Mar 2026")


def test_a_day_without_insights_has_no_rows(bench: Bench) -> None:
    assert top(bench) == []
