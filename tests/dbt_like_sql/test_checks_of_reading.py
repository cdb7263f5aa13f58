"""What is promised of chunks, insights and vectors: the rows that break each promise are named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from dbt_like_sql.bench import before
from dbt_like_sql.promises import Promises

Change = Callable[[Promises], Promises]
CHUNKS, INSIGHTS, VECTORS = "raw.chunks", "raw.insights", "raw.embeddings"
NAN, INFINITE = float("nan"), float("inf")

BROKEN: list[tuple[str, Change, list[tuple[str, str]]]] = [
    (
        "chunks_of_their_transcript",
        lambda world: world.edit(CHUNKS, 0, char_end=12),
        [("read", "chunk 1 begins before the one before it ends")],
    ),
    (
        "chunks_of_their_transcript",
        lambda world: world.edit(CHUNKS, 1, char_end=22),
        [("read", "chunk 1 is the characters 11 to 22 of 21")],
    ),
    (
        "chunks_of_their_transcript",
        lambda world: world.edit(CHUNKS, 0, char_start=-1),
        [("read", "chunk 0 is the characters -1 to 10 of 21")],
    ),
    (
        "chunks_of_their_transcript",
        lambda world: world.edit(CHUNKS, 1, char_end=11),
        [("read", "chunk 1 is the characters 11 to 11 of 21")],
    ),
    (
        "chunks_of_their_transcript",
        lambda world: world.drop("raw.segments", 2),
        [("heard", "chunk 0 is of no transcript")],
    ),
    (
        "chunks_of_their_transcript",
        lambda world: world.edit("raw.adverts", 0, char_end=30),
        [("read", "advert 0 is the characters 11 to 30 of 21")],
    ),
    (
        "chunks_of_their_transcript",
        lambda world: world.put("raw.adverts", episode_id="lost", char_end=3),
        [("lost", "advert 0 is of no transcript")],
    ),
    (
        "no_insight_in_an_advert",
        lambda world: world.edit(INSIGHTS, 0, chunk_id="c2"),
        [("i1", "it rests on what is marked: a promo code")],
    ),
    (
        "no_insight_in_an_advert",  # a mark without a reason is a mark
        lambda world: world.edit(INSIGHTS, 0, chunk_id="c2").edit(CHUNKS, 1, sponsor_reason=None),
        [("i1", "it rests on what is marked: no reason is noted")],
    ),
    (
        "insights_of_their_chunk",
        lambda world: world.edit(INSIGHTS, 0, chunk_id="gone"),
        [("i1", "its chunk is not there")],
    ),
    (
        "insights_of_their_chunk",  # a chunk of another episode
        lambda world: world.edit(INSIGHTS, 0, chunk_id="c3"),
        [("i1", "its chunk is not there")],
    ),
    (
        "insights_of_their_chunk",
        lambda world: world.edit(INSIGHTS, 0, char_start=10),
        [("i1", "its quote does not begin in its chunk")],
    ),
    ("insights_of_their_chunk", lambda world: world.drop(INSIGHTS, 1), [("heard", "0 insights of 1")]),
    (
        "insights_of_their_chunk",
        lambda world: world.drop("raw.extractions", 1),
        [("heard", "1 insights, and insights were never looked for in it")],
    ),
    (
        "insights_within_the_episode",
        lambda world: world.edit(INSIGHTS, 0, quote_start_seconds=None),
        [("i1", "an end and no beginning")],
    ),
    (
        "insights_within_the_episode",
        lambda world: world.edit(INSIGHTS, 0, quote_end_seconds=INFINITE),
        [("i1", "a time that is none")],
    ),
    (
        "insights_within_the_episode",
        lambda world: world.edit(INSIGHTS, 0, quote_start_seconds=-2.0),
        [("i1", "said at -2.0 s")],
    ),
    (
        "insights_within_the_episode",
        lambda world: world.edit(INSIGHTS, 0, quote_end_seconds=1.0),
        [("i1", "begins at 2.0 s, ends at 1.0 s")],
    ),
    (
        "insights_within_the_episode",
        lambda world: world.edit(INSIGHTS, 0, quote_end_seconds=790.0),
        [("i1", "said at 790.0 s of 600.0 s")],
    ),
    (
        "insights_within_the_episode",
        lambda world: world.edit(INSIGHTS, 1, quote_end_seconds=32.5),
        [("i2", "said at 32.5 s of 30.0 s")],
    ),
    (
        "vectors_are_sound",
        lambda world: world.edit(VECTORS, 3, vector=[NAN, 0.8]),
        [("text i1", "a number of its vector is none")],
    ),
    (
        "vectors_are_sound",
        lambda world: world.edit(VECTORS, 3, vector=np.array([NAN, 0.8], np.float32)),
        [("text i1", "a number of its vector is none")],
    ),
    (
        "vectors_are_sound",
        lambda world: world.edit(VECTORS, 3, vector=[0.6, INFINITE]),
        [("text i1", "a number of its vector is none")],
    ),
    (
        "vectors_are_sound",
        lambda world: world.edit(VECTORS, 3, vector=[0.6, 0.9]),
        [("text i1", "its vector is 1.082 long, not 1")],
    ),
    (
        "vectors_are_sound",
        lambda world: world.edit(VECTORS, 3, vector=[1.0, 0.0, 0.0]),
        [("text i1", "3 numbers, where the others of m have 2")],
    ),
    (
        "vectors_are_sound",  # the odd one is the odd one also where it was written first
        lambda world: world.edit(VECTORS, 0, vector=[1.0]),
        [("text c1", "1 numbers, where the others of m have 2")],
    ),
    (
        "vectors_are_sound",
        lambda world: world.edit(VECTORS, 3, vector=[]),
        [("text i1", "0 numbers, where the others of m have 2")],
    ),
    ("vectors_of_one_model", lambda world: world.drop(VECTORS, 3), [("i1", "no vector of m")]),
    ("vectors_of_one_model", lambda world: world.drop(VECTORS, 0), [("read", "a chunk without vector of m")]),
    ("vectors_of_one_model", lambda world: world.edit(VECTORS, 3, model="other"), [("i1", "no vector of m")]),
    (
        "vectors_of_one_model",
        lambda world: world.edit(INSIGHTS, 1, text_hash="unknown").edit(INSIGHTS, 0, text_hash="unknown"),
        [("i1", "no vector of m"), ("i2", "no vector of m")],
    ),
]
KEPT: list[tuple[str, Change]] = [
    ("chunks_of_their_transcript", lambda world: world.edit(CHUNKS, 0, char_end=11)),
    ("insights_of_their_chunk", lambda world: world.edit(INSIGHTS, 0, char_start=9)),
    ("insights_within_the_episode", lambda world: world.edit(INSIGHTS, 0, quote_end_seconds=780.0)),
    ("insights_within_the_episode", lambda world: world.edit(INSIGHTS, 1, quote_end_seconds=32.0)),
    (
        "insights_within_the_episode",
        lambda world: world.edit(INSIGHTS, 0, quote_start_seconds=None, quote_end_seconds=None),
    ),
    ("vectors_are_sound", lambda world: world.edit(VECTORS, 3, vector=[0.6003, 0.8])),
    ("vectors_of_one_model", lambda world: world.put(VECTORS, text_hash="text i1", model="before", vector=[1.0])),
]


@pytest.mark.parametrize(("name", "change", "named"), BROKEN)
def test_what_breaks_a_promise_is_named(name: str, change: Change, named: list[tuple[str, str]]) -> None:
    assert change(Promises()).broken(name) == named


@pytest.mark.parametrize(("name", "change"), KEPT)
def test_what_is_just_within_a_promise_keeps_it(name: str, change: Change) -> None:
    assert change(Promises()).broken(name) == []


@pytest.mark.parametrize(("name", "change"), [case[:2] for case in BROKEN])
def test_a_broken_promise_of_another_day_is_not_named(name: str, change: Change) -> None:
    assert change(Promises()).broken(name, before(3)) == []
