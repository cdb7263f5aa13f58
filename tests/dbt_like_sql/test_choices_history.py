"""What a listener was told or knew, and what that makes of each candidate: on hand-made days."""

from __future__ import annotations

from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before
from dbt_like_sql.choosing import SHOWS, best_first, choose, list_outcomes, list_told, weigh


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener("me", *(before(days) for days in range(6)))
    return made


# --- what was told before or later


def test_what_was_told_is_not_told_again(bench: Bench) -> None:
    bench.insight("own", "A", before(1))
    assert list_outcomes(choose(bench, before(1), DAY)) == {"own": "seen"}


def test_what_was_outranked_is_told_a_day_later(bench: Bench) -> None:
    best_first(bench, "abcdef", day=before(1))
    assert list_told(choose(bench, before(1), DAY)) == ["f"]


def test_what_says_what_was_told_is_seen_however_long_ago_that_was(bench: Bench) -> None:
    bench.listener("me", before(900))
    bench.insight("told", "O", before(900))
    for name, verdict in (("again", "same"), ("against", "contradicts"), ("next", "follow_up")):
        bench.insight(name, name)
        bench.pair("told", name, verdict)
    rows = choose(bench, before(900), DAY)
    assert list_told(rows) == ["against", "next"]
    assert rows["again"]["reason"] == "says again what was told on 22 Sep 2023"
    assert [rows["next"][name] for name in ("status", "of_insight_id", "of_on", "is_of_told", "novelty")] == [
        *("follow_up", "told", before(900), True, 0.7)
    ]


NEARLY = {"verdict": "other", "cosine": 0.63, "same_score": 0.3}


def test_of_one_episode_a_thought_nearly_the_same_is_seen_a_day_later(bench: Bench) -> None:
    bench.insight("told", day=before(1), score=0.9)
    bench.insight("again", day=before(1), score=0.8)
    bench.pair("told", "again", **NEARLY)
    assert list_outcomes(choose(bench, before(1))) == {"told": "told", "again": "like another"}
    again = choose(bench, DAY)["again"]
    assert (again["outcome"], again["of_insight_id"]) == ("seen", "told")
    assert again["reason"] == "much like what its episode said in what was told on 9 Mar 2026"


@pytest.mark.parametrize(
    "differs", [{"cosine": 0.59}, {"same_score": 0.24}, {"conflict": "number: 17 against 11"}, {"verdict": "contradicts"}]
)
def test_less_likeness_or_a_difference_keeps_neither_of_them_out(bench: Bench, differs: dict[str, Any]) -> None:
    for name in ("one", "two"):
        bench.insight(name)
    bench.pair("one", "two", **{**NEARLY, **differs})
    assert set(list_outcomes(choose(bench)).values()) == {"told"}


def test_of_two_episodes_such_a_likeness_keeps_neither_of_them_out(bench: Bench) -> None:
    bench.insight("one", "A")
    bench.insight("two", "B")
    bench.pair("one", "two", **NEARLY)
    assert set(list_outcomes(choose(bench)).values()) == {"told"}


def test_what_was_said_long_ago_and_never_told_may_be_told(bench: Bench) -> None:
    bench.insight("old", "O", before(900))
    bench.insight("again", "A")
    bench.pair("old", "again", "same")
    assert list_told(choose(bench, before(900), DAY)) == ["again"]


def test_a_follow_up_names_the_day_it_was_told_and_to_who_was_not_told_the_day_it_was_said(
    bench: Bench,
) -> None:
    bench.listener("ana")
    bench.insight("old", "O", before(4))
    bench.insight("own", "A")
    bench.pair("old", "own", "follow_up")
    bench.run("unique_insights", days=(before(4),))
    choose(bench, before(2), DAY)
    names = ("listener", "status", "of_on", "is_of_told")
    rows = [row for row in bench.rows_of("choices") if row["insight_id"] == "own"]
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("ana", "follow_up", before(4), False),
        ("me", "follow_up", before(2), True),
    ]


def test_a_late_day_does_not_tell_what_a_later_brief_told(bench: Bench) -> None:
    bench.insight("late", "A", before(1), score=0.9)
    bench.insight("own", "B")
    bench.pair("late", "own", "same", late=True)
    assert list_told(choose(bench, DAY)) == ["own"]
    rows = choose(bench, before(1))
    assert [rows["late"][name] for name in ("outcome", "of_insight_id", "of_on", "is_of_told", "reason")] == [
        *("seen", "own", DAY, True, "says again what was told on 10 Mar 2026")
    ]


def test_a_day_run_again_says_the_same_of_what_the_next_day_told(bench: Bench) -> None:
    best_first(bench, "abcdef", day=before(1))
    once = choose(bench, before(1))
    assert once["f"]["outcome"] == "outranked"
    assert list_told(choose(bench, DAY)) == ["f"]
    assert choose(bench, before(1)) == once


def test_of_as_good_ones_too_it_says_the_same(bench: Bench) -> None:
    for name in "abcdef":
        bench.insight(name, name, before(1))
    once = choose(bench, before(1))
    assert list_told(choose(bench, DAY)) == ["a"]
    assert choose(bench, before(1)) == once


def test_what_the_next_day_told_takes_no_place_that_came_free(bench: Bench) -> None:
    best_first(bench, "abcdef", day=before(1))
    choose(bench, before(1), DAY)
    bench.store.replace("raw.insights", [], insight_id="a")
    rows = choose(bench, before(1))
    assert list_told(rows) == ["b", "c", "d", "e"]
    assert (rows["f"]["outcome"], rows["f"]["reason"]) == ("seen", "told on 10 Mar 2026")


def test_a_follow_up_of_what_a_later_brief_told_is_no_follow_up_of_that(bench: Bench) -> None:
    bench.insight("old", "O", before(2), score=0.1)
    best_first(bench, ("own", "a", "b", "c", "d"), day=before(1))
    bench.pair("old", "own", "follow_up")
    bench.run("unique_insights", days=(before(2),))
    once = choose(bench, before(1))
    assert list_told(choose(bench, DAY)) == ["old"]
    assert choose(bench, before(1)) == once
    assert [once["own"][name] for name in ("status", "of_insight_id", "is_of_told")] == ["follow_up", "old", False]


def test_what_is_told_names_the_surest_of_what_it_goes_on_with(bench: Bench) -> None:
    for name, days in (("old", 5), ("older", 4)):
        bench.insight(name, name, before(days))
    bench.insight("own")
    bench.pair("old", "own", "follow_up", follow_up_score=0.6)
    bench.pair("older", "own", "follow_up", follow_up_score=0.9)
    row = choose(bench, before(5), before(4), DAY)["own"]
    assert [row[name] for name in ("of_insight_id", "of_on", "of_score")] == ["older", before(4), 0.9]


# --- several listeners


def test_listeners_have_their_own_fives(bench: Bench) -> None:
    bench.listener("ana", interests=["trams"])
    for name, show in zip("abcdef", SHOWS, strict=False):
        bench.insight(name, show)
        bench.match(name, "ana", interest=0.9 if name in "abc" else 0.1)
    assert list_told(choose(bench)) == ["f", "e", "d", "c", "b"]
    assert list_told(choose(bench, listener="ana")) == ["c", "b", "a"]


def test_what_one_listener_was_told_is_new_to_another(bench: Bench) -> None:
    bench.listener("ana")
    bench.insight("own", day=before(1))
    bench.insight("again", "B", day=before(40))
    choose(bench, before(1), DAY)
    assert {row["listener"]: row["outcome"] for row in bench.rows_of("choices")} == {"me": "seen", "ana": "told"}


def test_a_muted_show_is_muted_for_its_listener_only(bench: Bench) -> None:
    bench.listener("ana")
    bench.insight("own")
    weigh(bench, "A", 0.0, "ana")
    choose(bench)
    assert {row["listener"]: row["outcome"] for row in bench.rows_of("choices")} == {"me": "told", "ana": "muted"}


def test_who_is_told_nothing_has_choices_all_the_same(bench: Bench) -> None:
    bench.insight("own", score=0.0)
    rows = choose(bench)
    assert [rows["own"][name] for name in ("outcome", "rank", "gain", "nearest_id")] == ["weak", None, None, None]


# --- feedback


def test_what_a_listener_knew_and_what_says_the_same_is_seen_from_the_next_day_on(bench: Bench) -> None:
    bench.listener("ana")
    bench.insight("known", "A", before(40))
    bench.insight("again", "B")
    bench.pair("known", "again", "same")
    bench.knew("known", day=before(1))
    row = choose(bench)["again"]
    assert (row["outcome"], row["reason"], row["is_of_told"]) == ("seen", "says again what you knew on 9 Mar 2026", False)
    assert choose(bench, listener="ana")["again"]["outcome"] == "told"


@pytest.mark.parametrize(("days", "outcome"), [(1, "seen"), (0, "told")])
def test_what_they_knew_counts_from_the_next_day_on(bench: Bench, days: int, outcome: str) -> None:
    bench.insight("own", day=before(1))
    bench.knew("own", day=before(days))
    bench.run("unique_insights", days=(before(1),))
    row = choose(bench)["own"]
    assert row["outcome"] == outcome
    assert row["reason"] == ("you knew it on 9 Mar 2026" if outcome == "seen" else None)


def test_what_was_useful_or_not_is_told_no_less_for_that(bench: Bench) -> None:
    bench.insight("own")
    bench.knew("own", day=before(1), verdict="not_useful")
    assert choose(bench)["own"]["outcome"] == "told"


def test_told_and_known_it_was_told(bench: Bench) -> None:
    bench.insight("own", day=before(2))
    bench.knew("own", day=before(2))
    assert choose(bench, before(2), DAY)["own"]["reason"] == "told on 8 Mar 2026"
