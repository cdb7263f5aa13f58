"""What a listener's brief may draw on: on hand-made insights of a few days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before

LONG_AGO = before(60)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener("me", *(before(days) for days in range(6)))
    return made


def run(bench: Bench, *days: date) -> list[dict[str, Any]]:
    """The candidates of the last day, the days made in order."""
    for day in days or (DAY,):
        rows = bench.run("unique_insights", "candidates", days=(day,))
    return rows


def mine(bench: Bench, *days: date) -> dict[str, dict[str, Any]]:
    """Those of the one listener by insight."""
    return {row["insight_id"]: row for row in run(bench, *days)}


def test_ten_candidates_of_two_listeners() -> None:
    bench = Bench()
    bench.listener("ana", interests=["trams"])
    bench.listener("bo")
    for name, show, days in (("d4", "A", 4), ("d3", "A", 3), ("d2", "B", 2), ("again", "C", 0)):
        bench.insight(name, show, before(days))
    for name, show, score in (("own", "A", 0.9), ("next", "B", 0.4), ("bare", "C", 0.2)):
        bench.insight(name, show, score=score, quote_start_seconds=12.7 if name != "bare" else None)
    bench.pair("d3", "again", "same")
    bench.pair("d4", "next", "follow_up")
    bench.match("own", "ana", interest=0.8, interest_text="trams", dislike=0.1, dislike_text="cars")
    bench.match("own", "bo", feedback=-0.4, feedback_of="d2")
    bench.add("raw.listener_shows", listener="bo", published_on=DAY, feed_id="feed B", weight=0.0)
    run(bench, before(4), before(3), before(2), DAY)
    rows = bench.store.select("model.candidates", published_on=DAY)
    names = ("listener", "insight_id", "said_on", "status", "value", "evidence", "voices", "interest", "dislike")
    assert [tuple(row[name] for name in (*names, "feedback", "show_weight")) for row in rows] == [
        ("ana", "bare", DAY, "new", 0.2, 0.55, 0, 0.0, 0.0, 0.0, 1.0),
        ("ana", "d2", before(2), "new", 0.5, 0.85, 0, 0.0, 0.0, 0.0, 1.0),
        ("ana", "d3", before(3), "new", 0.5, 0.85, 1, 0.0, 0.0, 0.0, 1.0),
        ("ana", "next", DAY, "follow_up", 0.4, 0.85, 0, 0.0, 0.0, 0.0, 1.0),
        ("ana", "own", DAY, "new", 0.9, 0.85, 0, 0.8, 0.1, 0.0, 1.0),
        ("bo", "bare", DAY, "new", 0.2, 0.55, 0, 0.5, 0.0, 0.0, 1.0),
        ("bo", "d2", before(2), "new", 0.5, 0.85, 0, 0.5, 0.0, 0.0, 0.0),
        ("bo", "d3", before(3), "new", 0.5, 0.85, 1, 0.5, 0.0, 0.0, 1.0),
        ("bo", "next", DAY, "follow_up", 0.4, 0.85, 0, 0.5, 0.0, 0.0, 0.0),
        ("bo", "own", DAY, "new", 0.9, 0.85, 0, 0.5, 0.0, -0.4, 1.0),
    ]
    own = {row["listener"]: row for row in rows if row["insight_id"] == "own"}
    assert [own["ana"][name] for name in ("feed_id", "interest_text", "dislike_text")] == ["feed A", "trams", "cars"]
    assert [own["bo"][name] for name in ("feedback_of", "interest_text", "dislike_text")] == ["d2", None, None]


# --- which


@pytest.mark.parametrize(("window", "names"), [(None, {"d0", "d1", "d3"}), (0, {"d0"}), (4, {"d0", "d1", "d3", "d4"})])
def test_the_window_is_three_days_or_as_many_as_are_set(bench: Bench, window: int | None, names: set[str]) -> None:
    for days in (5, 4, 3, 1, 0):
        bench.insight(f"d{days}", day=before(days))
    if window is not None:
        bench.add("raw.brief_rules", published_on=DAY, window_days=window, look_back_days=30)
        bench.add("raw.brief_rules", published_on=before(1), window_days=9, look_back_days=30)
    assert set(mine(bench, *map(before, (5, 4, 3, 1, 0)))) == names


def test_a_later_day_that_is_made_already_is_not_drawn_on(bench: Bench) -> None:
    bench.insight("own", day=before(1))
    bench.insight("later")
    assert set(mine(bench, DAY, before(1))) == {"own"}


def test_what_is_seen_or_no_longer_followed_or_gone_is_no_candidate(bench: Bench) -> None:
    for name, show in zip(("kept", "seen", "unfollowed", "gone"), "ABCD", strict=True):
        bench.insight(name, show, before(1), score=0.9 if name == "kept" else 0.5)
    bench.group("kept", "seen")
    assert set(mine(bench, before(1), DAY)) == {"kept", "unfollowed", "gone"}
    bench.store.replace("raw.episodes", [], show_title="C")
    bench.store.replace("raw.insights", [], insight_id="gone")
    assert set(mine(bench, DAY)) == {"kept"}


def test_a_day_without_a_listener_has_no_candidates() -> None:
    bench = Bench()
    bench.insight("own")
    bench.listener("me", before(1))
    assert run(bench) == []


# --- what came late


def see(bench: Bench, show: str, day: date, seen: date, read: date = LONG_AGO, followed: date = LONG_AGO) -> None:
    """An insight of a show's episode of a day that was first seen on another; its feed was read and followed since."""
    bench.insight(f"{show} {day}", show, day)
    row = {
        "url": "",
        "status": "fetched",
        "checked_at": noon(seen),
        "first_read_at": noon(read),
        "followed_at": noon(followed),
    }
    bench.add("raw.feeds", feed_id=f"feed {show}", **row)
    item = {"published_on": day, "published_at": noon(day), "item": {}, "first_seen_at": noon(seen), "seen_at": noon(seen)}
    bench.add("raw.feed_items", episode_id=f"{show} {day}", feed_id=f"feed {show}", **item)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


@pytest.mark.parametrize("seen", [0, 1, 3])
def test_what_was_first_seen_within_the_window_is_drawn_on_though_it_came_out_before_it(bench: Bench, seen: int) -> None:
    see(bench, "A", before(6), before(seen))
    assert set(mine(bench, before(6), DAY)) == {f"A {before(6)}"}


@pytest.mark.parametrize("seen", [-1, 4])
def test_what_was_first_seen_after_the_day_or_before_the_window_is_not(bench: Bench, seen: int) -> None:
    see(bench, "A", before(6), before(seen))
    assert mine(bench, before(6), DAY) == {}


def test_each_brief_since_it_was_first_seen_draws_on_it_and_none_before_however_often_it_is_made(bench: Bench) -> None:
    see(bench, "A", before(9), before(4))
    bench.listener("me", before(9))
    days = (before(9), *(before(back) for back in (5, 4, 1, 0)))
    drawn = [[bool(mine(bench, day)) for day in days] for _ in range(2)]
    assert drawn == [[True, False, True, True, False]] * 2


def test_what_is_seen_on_the_morning_after_is_on_time(bench: Bench) -> None:
    see(bench, "A", before(4), before(3))
    assert mine(bench, before(4), DAY) == {}


@pytest.mark.parametrize(("came", "is_late"), [(14, True), (15, False)])
def test_what_came_out_more_than_two_weeks_before_is_an_archive(bench: Bench, came: int, is_late: bool) -> None:
    see(bench, "A", before(came), DAY)
    assert bool(mine(bench, before(came), DAY)) == is_late


def test_what_stood_in_its_feed_at_the_first_reading_is_late_only_if_its_show_was_followed_before(bench: Bench) -> None:
    see(bench, "archive", before(6), before(1), read=before(1), followed=before(1))
    see(bench, "no answer", before(6), before(1), read=before(1), followed=before(6))
    assert set(mine(bench, before(6), DAY)) == {f"no answer {before(6)}"}


# --- who else says it


def test_other_shows_in_words_of_their_own_are_voices_and_three_count_in_full(bench: Bench) -> None:
    bench.insight("own", "A", score=0.9)
    for name, show in (("own show", "A"), ("b1", "B"), ("b2", "B"), ("c", "C"), ("re-run", "D")):
        bench.insight(name, show, **({"text_hash": "text own"} if name == "re-run" else {}))
    bench.group("own", "own show", "b1", "b2", "c", "re-run")
    row = mine(bench)["own"]
    assert (row["voices"], row["corroboration"]) == (2, 0.666667)


def test_shows_that_say_word_for_word_the_same_are_one_voice(bench: Bench) -> None:
    bench.insight("own", "A", score=0.9)
    for name, show in (("said", "B"), ("said again", "C"), ("said once more", "D"), ("in other words", "D")):
        bench.insight(name, show, **({} if name == "in other words" else {"text_hash": "text of all"}))
    bench.insight("own again", "A", text_hash="text of one")
    bench.insight("z taken over", "E", text_hash="text of one")
    bench.group("own", "said", "said again", "said once more", "in other words", "own again", "z taken over")
    row = mine(bench)["own"]
    assert (row["voices"], row["corroboration"]) == (2, 0.666667)  # B, and D in its other words


@pytest.mark.parametrize(("shows", "corroboration"), [("", 0), ("B", 0.333333), ("BCD", 1), ("BCDEF", 1)])
def test_corroboration_is_a_third_of_each_of_three_voices(bench: Bench, shows: str, corroboration: float) -> None:
    bench.insight("own", "A", score=0.9)
    for show in shows:
        bench.insight(f"of {show}", show)
    bench.group("own", *(f"of {show}" for show in shows))
    row = mine(bench)["own"]
    assert (row["voices"], row["corroboration"]) == (len(shows), corroboration)


def test_who_says_it_again_later_is_a_voice_up_to_the_day_of_the_brief(bench: Bench) -> None:
    bench.insight("own", "A", before(2))
    bench.insight("next day", "B", before(1))
    bench.insight("today", "C")
    bench.pair("own", "next day", "same")
    bench.pair("own", "today", "same")
    days = (before(2), before(1), DAY)
    run(bench, *days)
    assert [mine(bench, day)["own"]["voices"] for day in days] == [0, 1, 2]


def test_what_it_follows_up_or_contradicts_is_no_voice_of_it(bench: Bench) -> None:
    bench.insight("old", "A", before(1))
    bench.insight("own", "B")
    bench.insight("against", "C")
    bench.pair("old", "own", "follow_up")
    bench.pair("against", "own", "contradicts")
    assert mine(bench, before(1), DAY)["own"]["voices"] == 0


def test_a_show_that_is_no_longer_followed_is_no_voice(bench: Bench) -> None:
    bench.insight("own", "A", before(2))
    bench.insight("voice", "B", before(1))
    bench.pair("own", "voice", "same")
    assert mine(bench, before(2), before(1), DAY)["own"]["voices"] == 1
    bench.store.replace("raw.episodes", [], show_title="B")
    assert mine(bench, DAY)["own"]["voices"] == 0


# --- whose


def test_who_named_no_interest_has_half_a_match_with_all_and_who_named_one_none(bench: Bench) -> None:
    bench.listener("ana", interests=["trams"])
    bench.insight("own")
    bench.insight("other")
    bench.match("own", "me", interest=None, feedback=0.1)
    assert {(row["listener"], row["interest"]) for row in run(bench)} == {("me", 0.5), ("ana", 0.0)}


def test_matches_and_weights_are_those_of_the_day_of_the_brief(bench: Bench) -> None:
    bench.insight("own", day=before(1))
    bench.match("own", day=before(1), interest=0.9, dislike=0.8, feedback=0.7)
    bench.add("raw.listener_shows", listener="me", published_on=before(1), feed_id="feed A", weight=2.0)
    names = ("interest", "dislike", "feedback", "show_weight")
    for day, numbers in ((before(1), [0.9, 0.8, 0.7, 2.0]), (DAY, [0.5, 0, 0, 1])):
        [row] = run(bench, day)
        assert [row[name] for name in names] == numbers


def test_a_show_weighs_for_its_listener_only(bench: Bench) -> None:
    bench.listener("ana")
    bench.insight("own", "A")
    bench.add("raw.listener_shows", listener="ana", published_on=DAY, feed_id="feed A", weight=0.0)
    assert {row["listener"]: row["show_weight"] for row in run(bench)} == {"me": 1.0, "ana": 0.0}
