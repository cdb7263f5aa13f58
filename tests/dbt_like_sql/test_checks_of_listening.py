"""What is promised of feeds, episodes and transcripts: the rows that break each promise are named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dbt_like_sql.bench import DAY, before
from dbt_like_sql.promises import CHECKS, Promises

Change = Callable[[Promises], Promises]
SEGMENTS, TRANSCRIPTS = "raw.segments", "raw.transcripts"
INFINITE = float("inf")

BROKEN: list[tuple[str, Change, list[tuple[str, str]]]] = [
    (
        "copies_of_an_item",
        lambda world: world.edit("raw.feed_items", 3, same_as="gone"),
        [("copy", "a copy of gone, which no feed ever showed")],
    ),
    (
        "copies_of_an_item",
        lambda world: world.edit("raw.feed_items", 3, same_as="copy"),
        [("copy", "a copy of copy, which is itself")],
    ),
    ("episodes_of_a_feed", lambda world: world.drop("raw.feed_items"), [("read", "no feed ever showed it")]),
    (
        "episodes_of_a_feed",
        lambda world: world.edit("raw.feed_items", 0, feed_id="B"),
        [("read", "it stands in another feed")],
    ),
    (
        "episodes_of_a_feed",
        lambda world: world.edit("raw.feed_items", 0, published_on=before(1)),
        [("read", f"it was first seen under {before(1)}, and stands under {DAY}")],
    ),
    ("every_show_looked_at", lambda world: world.drop("raw.feed_days", 1), [("B", "Show B: not looked at")]),
    (
        "every_show_looked_at",
        lambda world: world.edit("raw.feed_days", 0, episodes_count=3),
        [("A", "Show A: 3 episodes noted, 2 there")],
    ),
    (
        "transcripts_of_an_episode",
        lambda world: (
            world.put("raw.transcript_files", episode_id="lost")
            .put("raw.audio", episode_id="lost")
            .put(TRANSCRIPTS, episode_id="lost")
        ),
        [("lost", f"its {what} is kept, and no feed ever showed it") for what in ("audio", "transcript", "transcript file")],
    ),
    ("segments_of_their_transcript", lambda world: world.drop(SEGMENTS, 1), [("read", "1 segments of 2")]),
    ("segments_of_their_transcript", lambda world: world.drop(SEGMENTS, 2), [("heard", "0 segments of 1")]),
    (
        "segments_of_their_transcript",
        lambda world: world.drop(TRANSCRIPTS, 0),
        [("read", "2 segments of no transcript")],
    ),
    (
        "segments_of_their_transcript",
        lambda world: world.edit(SEGMENTS, 1, position=2),
        [("read", "its segments are not numbered 0 to 1")],
    ),
    (
        "segments_of_their_transcript",
        lambda world: world.edit(SEGMENTS, 1, position=0),
        [("read", "its segments are not numbered 0 to 1")],
    ),
    (
        "segments_within_the_episode",
        lambda world: world.edit(SEGMENTS, 0, start_seconds=None),
        [("read", "segment 0 has an end and no start")],
    ),
    (
        "segments_within_the_episode",
        lambda world: world.edit(SEGMENTS, 1, end_seconds=INFINITE),
        [("read", "segment 1 has a time that is none")],
    ),
    (
        "segments_within_the_episode",
        lambda world: world.edit(SEGMENTS, 0, start_seconds=-1.0),
        [("read", "segment 0 starts at -1.0 s")],
    ),
    (
        "segments_within_the_episode",
        lambda world: world.edit(SEGMENTS, 1, end_seconds=9.0),
        [("read", "segment 1 ends before it starts, at 9.0 s")],
    ),
    (
        "segments_within_the_episode",  # 600 s, and a publisher's may be 180 s over
        lambda world: world.edit(SEGMENTS, 1, end_seconds=781.0),
        [("read", "segment 1 ends at 781.0 s, past the end")],
    ),
    (
        "segments_within_the_episode",  # 30 s, and what was heard may be 2 s over
        lambda world: world.edit(SEGMENTS, 2, end_seconds=32.5),
        [("heard", "segment 0 ends at 32.5 s, past the end")],
    ),
    (
        "speech_has_words",
        lambda world: world.edit(SEGMENTS, 2, end_seconds=17.0),
        [("heard", "words for 16 of 20 seconds of speech")],
    ),
    (
        "speech_has_words",
        lambda world: world.drop(SEGMENTS, 2),
        [("heard", "words for 0 of 20 seconds of speech")],
    ),
    (
        "speech_has_words",  # what overlaps counts once
        lambda world: world.edit(SEGMENTS, 2, end_seconds=11.0).put(
            SEGMENTS, episode_id="heard", position=1, start_seconds=1.0, end_seconds=12.0
        ),
        [("heard", "words for 11 of 20 seconds of speech")],
    ),
]
KEPT: list[tuple[str, Change]] = [
    ("segments_within_the_episode", lambda world: world.edit(SEGMENTS, 1, end_seconds=780.0)),
    ("segments_within_the_episode", lambda world: world.edit(SEGMENTS, 2, end_seconds=32.0)),
    ("segments_within_the_episode", lambda world: world.edit(SEGMENTS, 0, start_seconds=None, end_seconds=None)),
    ("segments_within_the_episode", lambda world: world.edit(TRANSCRIPTS, 0, duration_seconds=None)),
    ("speech_has_words", lambda world: world.edit(SEGMENTS, 2, end_seconds=18.0)),
    ("speech_has_words", lambda world: world.edit(TRANSCRIPTS, 1, speech_seconds=4.9).drop(SEGMENTS, 2)),
]


@pytest.mark.parametrize("name", CHECKS)
def test_rows_that_keep_every_promise_break_none(name: str) -> None:
    assert Promises().broken(name, DAY, before(2)) == ([] if name != "every_show_looked_at" else NOBODY_LOOKED)


NOBODY_LOOKED = [("A", "Show A: not looked at"), ("B", "Show B: not looked at")]  # on the second day, which has no rows


@pytest.mark.parametrize("name", CHECKS)
def test_a_database_without_rows_breaks_no_promise(name: str) -> None:
    world = Promises()
    world.rows.clear()
    assert world.broken(name) == []


@pytest.mark.parametrize(("name", "change", "named"), BROKEN)
def test_what_breaks_a_promise_is_named(name: str, change: Change, named: list[tuple[str, str]]) -> None:
    assert change(Promises()).broken(name) == named


@pytest.mark.parametrize(("name", "change"), KEPT)
def test_what_is_just_within_a_promise_keeps_it(name: str, change: Change) -> None:
    assert change(Promises()).broken(name) == []


@pytest.mark.parametrize(("name", "change"), [case[:2] for case in BROKEN if CHECKS[case[0]].is_of_days])
def test_a_broken_promise_of_another_day_is_not_named(name: str, change: Change) -> None:
    told = change(Promises()).broken(name, before(3))
    assert [fault for _, fault in told if not fault.endswith("not looked at")] == []
