"""What is promised of pairs, relations, choices and briefs: the rows that break each promise are named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dbt_like_sql.bench import DAY, before
from dbt_like_sql.promises import CHECKS, Promises
from dbt_like_sql.test_checks_of_listening import BROKEN as OF_LISTENING
from dbt_like_sql.test_checks_of_reading import BROKEN as OF_READING

Change = Callable[[Promises], Promises]
PAIRS, GROUPS, RELATIONS, UNIQUE = "raw.insight_pairs", "raw.insight_groups", "raw.relations", "model.unique_insights"
CHOICES, CANDIDATES, TOP, ITEMS = "model.choices", "model.candidates", "main.top_insights", "main.brief_items"
MATCHES, BRIEFS, HEALTH = "raw.listener_matches", "raw.briefs", "main.episode_health"
INFINITE = float("inf")


def tell_before(world: Promises, insight: str) -> Promises:
    """The same listener was told this the day before."""
    return world.put(TOP, listener="me", published_on=before(1), insight_id=insight, rank=1)


BROKEN: list[tuple[str, Change, list[tuple[str, str]]]] = [
    (
        "pairs_exist",
        lambda world: world.edit(PAIRS, 2, insight_id="gone"),
        [("gone", "it is not an insight of that day")],
    ),
    ("pairs_exist", lambda world: world.edit(PAIRS, 2, other_id="i1"), [("i1", "it is paired with itself")]),
    ("pairs_exist", lambda world: world.edit(PAIRS, 2, other_id="gone"), [("i1", "the other one, gone, is not there")]),
    ("pairs_exist", lambda world: world.edit(PAIRS, 2, cosine=INFINITE), [("i1", "its likeness is inf")]),
    ("pairs_exist", lambda world: world.edit(PAIRS, 2, cosine=1.2), [("i1", "its likeness is 1.2")]),
    (
        "pairs_exist",
        lambda world: world.edit(PAIRS, 2, other_feed_id="A"),
        [("i1", "the other one, i0, is of another day, episode or feed than noted")],
    ),
    (
        "pairs_exist",
        lambda world: world.drop(GROUPS, 1),
        [("i1", "alone in its group")],
    ),
    (
        "pairs_exist",
        lambda world: world.put(GROUPS, insight_id="i0", group_id="i1"),
        [("i0", "grouped, and no insight of that day")],
    ),
    (
        "relations_of_other_shows",
        lambda world: world.edit(RELATIONS, 0, insight_id="gone"),
        [("gone", "it is not an insight of that day")],
    ),
    (
        "relations_of_other_shows",
        lambda world: world.edit(RELATIONS, 0, related_id="gone"),
        [("i1", "what is related to it, gone, is not there")],
    ),
    (
        "relations_of_other_shows",
        lambda world: world.edit(RELATIONS, 0, related_id="i2", related_on=DAY),
        [("i1", "what is related to it, i2, is of the same show")],
    ),
    (
        "relations_of_other_shows",
        lambda world: world.edit(RELATIONS, 0, related_on=before(2)),
        [("i1", f"what is related to it, i0, came out on {before(1)}")],
    ),
    (
        "relations_of_other_shows",  # only what came out later has no place
        lambda world: world.edit(RELATIONS, 0, position=None),
        [("i1", f"what is related to it, i0, came out on {before(1)}")],
    ),
    (
        "repeats_of_what_was_said",
        lambda world: world.edit(UNIQUE, 1, of_insight_id="gone"),
        [("i2", "what it repeats or follows up, gone, is not there")],
    ),
    (
        "repeats_of_what_was_said",
        lambda world: world.edit(UNIQUE, 1, of_insight_id=None),
        [("i2", "what it repeats or follows up, nothing, is not there")],
    ),
    (
        "repeats_of_what_was_said",
        lambda world: world.put("raw.insights", insight_id="later", published_on=before(-1)).edit(
            UNIQUE, 1, of_insight_id="later"
        ),
        [("i2", "what it repeats or follows up was said later")],
    ),
    ("repeats_of_what_was_said", lambda world: world.edit(UNIQUE, 1, of_insight_id="i2"), [("i2", "it repeats itself")]),
    ("repeats_of_what_was_said", lambda world: world.drop(UNIQUE, 0), [("i1", "it was not weighed")]),
    (
        "matches_of_a_listener",
        lambda world: world.edit(MATCHES, 0, listener="nobody"),
        [("i1", "no listener of that day")],
    ),
    (
        "matches_of_a_listener",
        lambda world: world.edit(MATCHES, 0, insight_id="gone"),
        [("gone", "the insight is not there")],
    ),
    (
        "matches_of_a_listener",
        lambda world: world.edit(MATCHES, 0, interest=1.5),
        [("i1", "interest 1.5, dislike 0.0, feedback 0.0")],
    ),
    (
        "matches_of_a_listener",
        lambda world: world.edit(MATCHES, 0, dislike=-0.5, feedback=-1.5),
        [("i1", "interest 0.5, dislike -0.5, feedback -1.5")],
    ),
    (
        "matches_of_a_listener",
        lambda world: world.edit(MATCHES, 0, interest=INFINITE),
        [("i1", "interest inf, dislike 0.0, feedback 0.0")],
    ),
    (
        "five_or_the_reason",
        lambda world: world.drop(CHOICES, 1),
        [("i2", "1 told, and this one was not weighed")],
    ),
    (
        "five_or_the_reason",
        lambda world: world.edit(CHOICES, 1, rank=2),
        [("i2", "1 told, and this one was picked and is not in the brief")],
    ),
    (
        "five_or_the_reason",
        lambda world: world.edit(CHOICES, 1, outcome="outranked"),
        [("i2", "1 told, and this one was left out for five others")],
    ),
    (
        "five_or_the_reason",
        lambda world: world.edit(CHOICES, 1, reason=None),
        [("i2", "1 told, and this one says no reason")],
    ),
    (
        "five_or_the_reason",
        lambda world: world.drop(TOP),
        [("i1", "0 told, and this one was picked and is not in the brief")],
    ),
    ("five_or_the_reason", lambda world: world.edit(TOP, 0, rank=2), [("me", "its places go up to 2, and 1 are told")]),
    ("none_told_twice", lambda world: tell_before(world, "i1"), [("i1", f"told on {before(1)} too")]),
    (
        "none_told_twice",
        lambda world: tell_before(world, "i2"),
        [("i1", f"the same as i2, told on {before(1)} too")],
    ),
    (
        "none_told_twice",  # the pair is known from the other side alone: it was filled in later
        lambda world: tell_before(world.drop(PAIRS, 0), "i2"),
        [("i1", f"the same as i2, told on {before(1)} too")],
    ),
    (
        "none_told_twice",
        lambda world: world.put(TOP, listener="me", insight_id="i2", rank=2),
        [("i1", f"the same as i2, told on {DAY} too"), ("i2", f"the same as i1, told on {DAY} too")],
    ),
    ("items_of_the_top_insights", lambda world: world.drop(ITEMS), [("i1", "chosen and not shown")]),
    ("items_of_the_top_insights", lambda world: world.drop(TOP), [("i1", "shown and not chosen")]),
    ("items_of_the_top_insights", lambda world: world.edit(ITEMS, 0, rank=2), [("i1", "shown at 2, chosen for 1")]),
    ("brief_of_each_listener", lambda world: world.drop(BRIEFS), [("me", "no brief was written")]),
    (
        "brief_of_each_listener",
        lambda world: world.drop(BRIEFS).drop(TOP).edit("raw.listeners", 0, listener="new"),
        [("new", "no brief was written")],
    ),
    (
        "brief_of_each_listener",
        lambda world: world.edit(BRIEFS, 0, insights_count=2),
        [("me", "the brief tells 2, chosen were 1")],
    ),
    ("brief_of_each_listener", lambda world: world.drop(TOP), [("me", "the brief tells 1, chosen were 0")]),
    (
        "no_episode_lost",
        lambda world: world.edit(HEALTH, 0, status="stopped"),
        [("read", "not read, and no stage says why")],
    ),
    (
        "no_episode_lost",
        lambda world: world.drop(HEALTH, 1),
        [("heard", "not looked at")],
    ),
]
KEPT: list[tuple[str, Change]] = [
    ("pairs_exist", lambda world: world.edit(PAIRS, 2, cosine=1.0005)),
    (
        "relations_of_other_shows",
        lambda world: world.edit("raw.insights", 2, published_on=before(-1)).edit(
            RELATIONS, 0, related_on=before(-1), position=None
        ),
    ),
    ("repeats_of_what_was_said", lambda world: world.drop(UNIQUE, 1).drop("raw.episodes", 1)),
    ("five_or_the_reason", lambda world: world.edit(CHOICES, 1, outcome="weak", reason="its score is low")),
    (
        "none_told_twice",
        lambda world: world.put(TOP, listener="you", published_on=before(1), insight_id="i1", rank=1),
    ),
    ("none_told_twice", lambda world: tell_before(world, "i0")),
    ("brief_of_each_listener", lambda world: world.drop(TOP).edit(BRIEFS, 0, insights_count=0)),
    ("no_episode_lost", lambda world: world.edit(HEALTH, 0, status="stopped", stopped_at="audio")),
]


def test_each_check_is_seen_broken() -> None:
    assert {name for name, *_ in (*OF_LISTENING, *OF_READING, *BROKEN)} == set(CHECKS)


def test_of_five_that_are_told_the_others_need_no_reason() -> None:
    world = Promises().edit(CHOICES, 1, outcome="outranked")
    for rank in range(2, 6):
        world.put(TOP, listener="me", insight_id=f"other {rank}", rank=rank)
    assert world.broken("five_or_the_reason") == []


@pytest.mark.parametrize(("name", "change", "named"), BROKEN)
def test_what_breaks_a_promise_is_named(name: str, change: Change, named: list[tuple[str, str]]) -> None:
    assert change(Promises()).broken(name) == named


@pytest.mark.parametrize(("name", "change"), KEPT)
def test_what_is_just_within_a_promise_keeps_it(name: str, change: Change) -> None:
    assert change(Promises()).broken(name) == []


@pytest.mark.parametrize(("name", "change"), [case[:2] for case in BROKEN])
def test_a_broken_promise_of_another_day_is_not_named(name: str, change: Change) -> None:
    assert change(Promises()).broken(name, before(3)) == []
