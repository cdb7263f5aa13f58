"""All that a brief shows: on hand-made insights."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from dbt_like_sql.bench import DAY, Bench, before


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener("me", *(before(days) for days in range(6)))
    return made


def test_ten_insights_and_what_two_listeners_read() -> None:
    bench = Bench()
    bench.listener("ana", before(1))
    bench.listener("ana")
    bench.listener("bo")
    for name, show, days in (
        ("old", "A", 1),
        ("own", "B", 0),
        ("voice", "C", 0),
        ("v2", "C", 0),
        ("next", "D", 0),
        ("far", "E", 9),
    ):
        bench.insight(name, show, before(days), score=0.9 if name in ("old", "own", "next") else 0.3)
    for name, show in (("weak", "F"), ("weaker", "G"), ("weakest", "H"), ("later", "I")):
        bench.insight(name, show, before(-1) if name == "later" else DAY, score=0.0)
    bench.group("own", "voice", "v2")
    bench.pair("old", "next", "follow_up", 0.4)
    bench.pair("own", "later", "same")
    bench.relation("own", "far", 1, "contradicts", question="how many?")
    bench.relation("later", "own", 1)
    bench.items(before(9), before(1), DAY, before(-1))
    rows = bench.store.select("main.brief_items", published_on=DAY)
    names = ("listener", "rank", "insight_id", "status", "earlier_claim", "earlier_on", "was_told")
    assert [tuple(row[name] for name in names) for row in rows if row["rank"] < 4] == [
        ("ana", 1, "own", "new", None, None, None),
        ("ana", 2, "next", "follow_up", "claim old", before(1), True),
        ("bo", 1, "own", "new", None, None, None),
        ("bo", 2, "old", "new", None, None, None),
        ("bo", 3, "next", "follow_up", "claim old", before(1), False),
    ]
    for row in (rows[0], rows[2]):
        assert [voice["claim"] for voice in row["voices"]] == ["claim v2"]
        assert [(other["claim"], other["relation"]) for other in row["related"]] == [("claim far", "contradicts")]


def test_an_item_is_the_insight_with_its_episode(bench: Bench) -> None:
    bench.episode("A 2026-03-10", "A", link="https://a.example/page")
    bench.insight("own", score=0.8, speaker="Ana")
    [row] = bench.items()
    assert {name: row[name] for name in ("claim", "explanation", "quote", "speaker", "method", "status")} == {
        "claim": "claim own",
        "explanation": "explanation own",
        "quote": "quote own",
        "speaker": "Ana",
        "method": "extract",
        "status": "new",
    }
    assert (row["show_title"], row["episode"], row["episode_link"]) == ("A", "title A 2026-03-10", "https://a.example/page")
    assert (row["published_at"], row["start_seconds"], row["score"]) == (datetime(2026, 3, 10, 6, tzinfo=UTC), 12.7, 0.64)
    assert row["reasons"] == ["new since 10 Mar 2026", "value 0.80"]
    assert [row[name] for name in ("earlier_claim", "earlier_on", "was_told", "voices", "related")] == [
        None,
        None,
        None,
        [],
        [],
    ]


AUDIO, PAGE = "https://a.example/x.mp3", "https://a.example/page"
PLAY = {
    "the second": (AUDIO, 754.9, f"{AUDIO}#t=754"),
    "the first second": (AUDIO, 0.0, f"{AUDIO}#t=0"),
    "a query": (f"{AUDIO}?a=1&b=2", 5.0, f"{AUDIO}?a=1&b=2#t=5"),
    "an address with a fragment": (f"{AUDIO}#intro", 5.0, f"{AUDIO}#t=5"),
    "no time": (AUDIO, None, AUDIO),
    "no audio": (None, 5.0, PAGE),
    "no audio and no time": (None, None, PAGE),
}


@pytest.mark.parametrize(("audio_url", "seconds", "play_url"), PLAY.values(), ids=PLAY.keys())
def test_the_link_plays_from_the_second_of_the_quote(
    bench: Bench, audio_url: str | None, seconds: float | None, play_url: str
) -> None:
    bench.episode("A 2026-03-10", "A", audio_url=audio_url, link=PAGE)
    bench.insight("own", quote_start_seconds=seconds)
    assert bench.items()[0]["play_url"] == play_url


def test_an_episode_without_audio_or_page_has_no_link(bench: Bench) -> None:
    bench.episode("A 2026-03-10", "A", audio_url=None)
    bench.insight("own")
    assert bench.items()[0]["play_url"] is None


def test_a_follow_up_says_what_its_listener_was_told_before(bench: Bench) -> None:
    bench.insight("old", "O", before(3))
    bench.insight("own")
    bench.pair("old", "own", "follow_up")
    bench.run("unique_insights", days=(before(3),))
    [row] = bench.items(before(2), DAY)
    assert (row["status"], row["earlier_claim"], row["earlier_on"], row["was_told"]) == (
        "follow_up",
        "claim old",
        before(2),
        True,
    )
    assert row["reasons"][0] == "follows up what you were told on 8 Mar 2026"


def test_who_was_not_told_reads_when_it_was_said(bench: Bench) -> None:
    bench.insight("old", "O", before(9))
    bench.insight("own")
    bench.pair("old", "own", "follow_up")
    [row] = bench.items(before(9), DAY)
    assert (row["earlier_claim"], row["earlier_on"], row["was_told"]) == ("claim old", before(9), False)
    assert row["reasons"][0] == "follows up what was said on 1 Mar 2026"


def test_what_a_follow_up_followed_may_be_gone(bench: Bench) -> None:
    bench.insight("old", "O", before(9))
    bench.insight("own")
    bench.pair("old", "own", "follow_up")
    bench.run("unique_insights", days=(before(9), DAY))
    bench.store.replace("raw.insights", [], insight_id="old")
    [row] = bench.run("candidates", "choices", "top_insights", "brief_items")
    assert (row["status"], row["earlier_claim"]) == ("follow_up", None)


def test_items_are_the_top_insights_in_rank(bench: Bench) -> None:
    for n in range(7):
        bench.insight(f"{n}", f"show {n}", score=0.3 + n / 10)
    rows = bench.items()
    assert [(row["rank"], row["insight_id"]) for row in rows] == [(1, "6"), (2, "5"), (3, "4"), (4, "3"), (5, "2")]


def test_a_show_that_is_no_longer_followed_leaves_no_gap(bench: Bench) -> None:
    for n in range(3):
        bench.insight(f"{n}", f"show {n}", score=0.3 + n / 10)
    bench.items()
    bench.store.replace("raw.episodes", [], show_title="show 1")
    assert [(row["rank"], row["insight_id"]) for row in bench.items()] == [(1, "2"), (2, "0")]


def test_running_a_day_twice_gives_the_same_rows(bench: Bench) -> None:
    for n in range(6):
        bench.insight(f"{n}", f"show {n}", score=0.3 + n / 10)
        if n:
            bench.pair(f"{n}", f"{n - 1}", "other", 0.5)
            bench.relation(f"{n}", f"{n - 1}")
    assert bench.items() == bench.items() != []


def test_a_day_without_insights_has_no_items(bench: Bench) -> None:
    bench.insight("yesterday", day=before(1))
    bench.items(before(1), DAY)
    assert bench.rows_of("brief_items") == []
    assert len(bench.rows_of("brief_items", before(1))) == 1
