"""What is new, what was said before, what goes on with it: on hand-made pairs and groups."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before


@pytest.fixture
def bench() -> Bench:
    return Bench()


def run(bench: Bench, *days: date) -> dict[str, dict[str, Any]]:
    """The rows of the last day by insight."""
    return {row["insight_id"]: row for row in bench.run("unique_insights", days=days or (DAY,))}


def statuses(bench: Bench, *days: date) -> dict[str, tuple[str, str | None]]:
    """Of the last day: insight -> status and of what."""
    return {name: (row["status"], row["of_insight_id"]) for name, row in run(bench, *days).items()}


def rules(bench: Bench, look_back_days: int, day: date = DAY) -> None:
    bench.add("raw.brief_rules", published_on=day, window_days=3, look_back_days=look_back_days)


def test_ten_insights_of_three_days(bench: Bench) -> None:
    for name, show, days, score in (
        *(("story", "A", 9, 0.5), ("fact", "B", 9, 0.5), ("fact again", "C", 4, 0.5)),
        *(
            ("alone", "A", 0, 0.5),
            ("fact once more", "A", 0, 0.9),
            ("like again", "B", 0, 0.5),
            ("story goes on", "C", 0, 0.5),
        ),
        *(("g1", "A", 0, 0.3), ("g2", "B", 0, 0.8), ("g3", "C", 0, 0.2)),
    ):
        bench.insight(name, show, before(days), score)
    bench.pair("fact", "fact again", "same", 0.91)
    bench.pair("fact", "fact once more", "same", 0.93)
    bench.pair("fact again", "like again", "same", 0.88)
    bench.pair("story", "story goes on", "follow_up", 0.8, reason="number: 40 then 70")
    bench.pair("alone", "story", "contradicts", 0.9)
    bench.group("g1", "g2", "g3")
    run(bench, before(9), before(4), DAY)
    rows = [row for day in (before(9), before(4), DAY) for row in bench.rows_of("unique_insights", day)]
    names = ("insight_id", "status", "of_insight_id", "of_published_on", "of_cosine", "of_score", "group_id")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("fact", "new", None, None, None, None, "fact"),
        ("story", "new", None, None, None, None, "story"),
        ("fact again", "seen", "fact", before(9), 0.91, 0.9, "fact"),
        ("alone", "new", None, None, None, None, "alone"),
        ("fact once more", "seen", "fact", before(9), 0.93, 0.9, "fact"),
        ("g1", "seen", "g2", DAY, 0.9, 0.9, "g2"),
        ("g2", "new", None, None, None, None, "g2"),
        ("g3", "seen", "g2", DAY, 0.9, 0.9, "g2"),
        ("like again", "new", None, None, None, None, "like again"),
        ("story goes on", "follow_up", "story", before(9), 0.8, 0.8, "story goes on"),
    ]
    assert {row["insight_id"]: row["reason"] for row in rows if row["reason"]} == {
        "fact again": "says again what was said on 1 Mar 2026",
        "fact once more": "says again what was said on 1 Mar 2026",
        "g1": "said that day by B too, with better evidence or worth more",
        "g3": "said that day by B too, with better evidence or worth more",
        "story goes on": "follows up what was said on 1 Mar 2026: number: 40 then 70",
    }
    assert {row["decided_by"] for row in rows if row["of_insight_id"]} == {"test"}


# --- against earlier days


def test_what_was_said_on_an_earlier_day_is_seen_however_good_it_is(bench: Bench) -> None:
    bench.insight("first", day=before(3), score=0.1, quote_start_seconds=None)
    bench.insight("again", "B", score=0.9, speaker="Ana")
    bench.pair("first", "again", "same")
    assert statuses(bench, before(3), DAY) == {"again": ("seen", "first")}


@pytest.mark.parametrize("verdict", ["contradicts", "other", None])
def test_no_other_verdict_makes_it_less_new_however_near_it_is(bench: Bench, verdict: Any) -> None:
    bench.insight("first", day=before(3))
    bench.insight("own", "B")
    bench.pair("first", "own", verdict, 0.99)
    assert statuses(bench, before(3), DAY) == {"own": ("new", None)}


def test_a_follow_up_of_one_and_repeat_of_another_is_seen(bench: Bench) -> None:
    bench.insight("story", day=before(3))
    bench.insight("first", day=before(2))
    bench.insight("own", "B")
    bench.pair("story", "own", "follow_up", 0.95)
    bench.pair("first", "own", "same", 0.8)
    assert statuses(bench, before(3), before(2), DAY) == {"own": ("seen", "first")}


def test_what_repeats_several_names_the_first_and_what_follows_up_several_the_surest(bench: Bench) -> None:
    for name, days in (("d9", 9), ("d5", 5), ("own", 0), ("next", 0)):
        bench.insight(name, name, before(days))
    bench.pair("d9", "own", "same", 0.86, same_score=0.7)
    bench.pair("d5", "own", "same", 0.95, same_score=0.99)
    bench.pair("d9", "next", "follow_up", 0.9, follow_up_score=0.6)
    bench.pair("d5", "next", "follow_up", 0.7, follow_up_score=0.7)
    assert statuses(bench, before(9), before(5), DAY) == {"own": ("seen", "d9"), "next": ("follow_up", "d5")}


def test_of_two_that_are_as_sure_the_nearer_and_then_the_lower_id_is_named(bench: Bench) -> None:
    for name, days in (("c", 3), ("b", 3), ("a", 3), ("own", 0), ("next", 0)):
        bench.insight(name, name, before(days))
    for name, cosine in (("c", 0.7), ("b", 0.7), ("a", 0.6)):
        bench.pair(name, "own", "same", cosine)
        bench.pair(name, "next", "follow_up", cosine)
    assert statuses(bench, before(3), DAY) == {"own": ("seen", "b"), "next": ("follow_up", "b")}


def test_what_is_like_an_earlier_repeat_only_is_new(bench: Bench) -> None:
    for name, days in (("a", 2), ("b", 1), ("c", 0), ("d", 0)):
        bench.insight(name, name, before(days))
    bench.pair("a", "b", "same")
    bench.pair("b", "c", "same")
    bench.pair("b", "d", "follow_up")
    assert statuses(bench, before(2), before(1), DAY) == {"c": ("new", None), "d": ("new", None)}


@pytest.mark.parametrize(
    ("days", "look_back", "status"), [(30, None, "seen"), (31, None, "new"), (7, 7, "seen"), (8, 7, "new")]
)
def test_the_look_back_ends_after_thirty_days_or_as_many_as_are_set(
    bench: Bench, days: int, look_back: int | None, status: str
) -> None:
    bench.insight("old", day=before(days))
    bench.insight("today")
    bench.pair("old", "today", "same")
    if look_back:
        rules(bench, look_back)
        rules(bench, 99, before(1))
    assert statuses(bench, before(days), DAY)["today"][0] == status


def test_a_repeat_keeps_alive_what_it_repeats(bench: Bench) -> None:
    for name, days in (("first", 50), ("again", 25), ("today", 0), ("next", 0)):
        bench.insight(name, day=before(days))
    bench.pair("first", "again", "same")
    bench.pair("first", "today", "same")
    bench.pair("first", "next", "follow_up")
    assert statuses(bench, before(50), before(25), DAY) == {"today": ("seen", "first"), "next": ("follow_up", "first")}


def test_what_a_day_that_was_made_before_it_said_later_is_nothing_to_an_earlier_day(bench: Bench) -> None:
    bench.insight("late", day=before(3))
    bench.insight("told", "B")
    bench.pair("late", "told", "same", late=True)
    assert statuses(bench, DAY, before(3)) == {"late": ("new", None)}
    assert statuses(bench, DAY) == {"told": ("new", None)}


def test_what_is_gone_is_not_repeated(bench: Bench) -> None:
    bench.insight("gone", day=before(2))
    bench.insight("own", "B")
    bench.pair("gone", "own", "same")
    assert statuses(bench, before(2), DAY) == {"own": ("seen", "gone")}
    bench.store.replace("raw.insights", [], insight_id="gone")
    assert statuses(bench) == {"own": ("new", None)}


# --- on one day


def test_two_of_one_day_in_no_group_stay_two(bench: Bench) -> None:
    for name, show in zip("abc", "ABC", strict=True):
        bench.insight(name, show)
    bench.group("a", "b")
    bench.pair("b", "c", "same")
    assert statuses(bench) == {"a": ("seen", "b"), "b": ("new", None), "c": ("new", None)}


@pytest.mark.parametrize("verdict", ["follow_up", "contradicts"])
def test_two_of_one_story_on_one_day_are_both_new(bench: Bench, verdict: str) -> None:
    bench.insight("a")
    bench.insight("b", "B")
    bench.pair("a", "b", verdict, 0.9)
    assert statuses(bench) == {"a": ("new", None), "b": ("new", None)}


def test_evidence_is_the_sum_of_its_four_parts(bench: Bench) -> None:
    bench.insight("all", "A", speaker="Ana", quote_match="exact")
    bench.insight("run", "B", speaker="Ana", quote_match="run")
    bench.insight("no second", "C", speaker="Ana", quote_start_seconds=None)
    bench.insight("no speaker", "D", quote_match="normalised")
    bench.insight("doubted", "E", speaker="Ana")
    bench.insight("bare", "F", quote_match="run", quote_start_seconds=None)
    for show, doubts in (("A", None), ("E", "half of it missing"), ("F", "half of it missing")):
        row = {"source": "publisher:vtt", "text_sha256": "t", "input_hash": "h", "segments_count": 1, "words_count": 9}
        when = {"published_on": DAY, "made_at": datetime(2026, 3, 11, tzinfo=UTC)}
        bench.add("raw.transcripts", episode_id=f"{show} {DAY}", doubts=doubts, **row, **when)
    assert {name: row["evidence"] for name, row in run(bench).items()} == {
        "all": 1.0,
        "run": 0.85,
        "no second": 0.7,
        "no speaker": 0.85,
        "doubted": 0.8,
        "bare": 0.2,
    }


def test_the_best_evidenced_of_a_group_stands_then_the_best_then_the_higher_id(bench: Bench) -> None:
    bench.insight("e1", "A", score=0.2, speaker="Ana")
    bench.insight("e2", "B", score=0.9)
    bench.insight("s1", "A", score=0.2)
    bench.insight("s2", "B", score=0.3)
    bench.insight("i1", "A")
    bench.insight("i2", "B")
    for letter in "esi":
        bench.group(f"{letter}1", f"{letter}2")
    found = {name for name, (status, _) in statuses(bench).items() if status == "new"}
    assert found == {"e1", "s2", "i2"}


def test_as_well_evidenced_in_another_way_is_no_better(bench: Bench) -> None:
    bench.insight("by run", "A", score=0.9, speaker="Ana", quote_match="run")
    bench.insight("by nobody", "B", score=0.2)
    bench.group("by run", "by nobody")
    assert statuses(bench)["by nobody"] == ("seen", "by run")


def test_who_of_a_group_repeats_an_earlier_day_leaves_the_group(bench: Bench) -> None:
    bench.insight("old", "O", before(5))
    bench.insight("better", "A", score=0.9, speaker="Ana")
    bench.insight("worse", "B", score=0.2)
    bench.insight("worst", "C", score=0.1)
    bench.pair("old", "better", "same")
    bench.group("better", "worse", "worst")
    assert statuses(bench, before(5), DAY) == {"better": ("seen", "old"), "worse": ("new", None), "worst": ("seen", "worse")}


def test_of_a_group_that_follows_up_the_one_that_stands_is_the_follow_up(bench: Bench) -> None:
    bench.insight("old", "O", before(5))
    bench.insight("a", "A", score=0.9)
    bench.insight("b", "B", score=0.2)
    bench.group("a", "b")
    bench.pair("old", "a", "follow_up")
    bench.pair("old", "b", "follow_up")
    assert statuses(bench, before(5), DAY) == {"a": ("follow_up", "old"), "b": ("seen", "a")}


def test_a_show_that_is_no_longer_followed_takes_its_insights_along(bench: Bench) -> None:
    bench.insight("kept", "A", score=0.1)
    bench.insight("gone", "B", score=0.9)
    bench.group("kept", "gone")
    assert statuses(bench)["kept"] == ("seen", "gone")
    bench.store.replace("raw.episodes", [], show_title="B")
    assert statuses(bench) == {"kept": ("new", None)}


def test_a_group_of_another_day_stands_for_none_of_this_day(bench: Bench) -> None:
    bench.insight("a", "A", before(1))
    bench.insight("b", "B", before(1))
    bench.group("a", "b")
    bench.insight("own")
    bench.add("raw.insight_groups", insight_id="own", published_on=DAY, group_id="a")
    assert statuses(bench, before(1), DAY) == {"own": ("new", None)}


def test_a_day_without_insights_has_no_rows(bench: Bench) -> None:
    assert bench.run("unique_insights") == []
