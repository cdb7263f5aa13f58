"""All that a brief shows: on hand-made insights."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before

ORDER = ("unique_insights", "related_insights", "top_insights", "brief_items")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def items(bench: Bench, *days: date) -> list[dict[str, Any]]:
    for day in days or (DAY,):
        rows = bench.run(*ORDER, days=(day,))
    return rows


def test_an_item_is_the_insight_with_its_episode(bench: Bench) -> None:
    bench.episode("A 2026-03-10", "A", link="https://a.example/page")
    bench.insight("own", score=0.8, speaker="Ana")
    [row] = items(bench)
    assert {name: row[name] for name in ("claim", "explanation", "quote", "speaker", "method", "status")} == {
        "claim": "claim own",
        "explanation": "explanation own",
        "quote": "quote own",
        "speaker": "Ana",
        "method": "extract",
        "status": "new",
    }
    assert (row["show_title"], row["episode"], row["episode_link"]) == ("A", "title A 2026-03-10", "https://a.example/page")
    assert (row["published_at"], row["start_seconds"], row["score"]) == (datetime(2026, 3, 10, 6, tzinfo=UTC), 12.7, 0.45)
    assert row["reasons"] == ["not said in the 30 days before", "value 0.80"]
    assert (row["earlier_claim"], row["earlier_on"], row["related"]) == (None, None, [])


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
    assert items(bench)[0]["play_url"] == play_url


def test_an_episode_without_audio_or_page_has_no_link(bench: Bench) -> None:
    bench.episode("A 2026-03-10", "A", audio_url=None)
    bench.insight("own")
    assert items(bench)[0]["play_url"] is None


def test_a_follow_up_says_what_was_said_before(bench: Bench) -> None:
    bench.insight("old", "O", before(3))
    bench.insight("own")
    bench.pair("old", "own", 0.9, "number: 4 against 7")
    [row] = items(bench, before(3), DAY)
    assert (row["status"], row["earlier_claim"], row["earlier_on"]) == ("follow_up", "claim old", before(3))
    assert row["reasons"][0] == "follows up what was said on 7 Mar 2026 (number: 4 against 7)"


def test_related_insights_come_with_their_show_nearest_first(bench: Bench) -> None:
    bench.insight("own")
    bench.insight("near", "B", before(40), quote_start_seconds=3.0)
    bench.insight("nearer", "C", before(50), quote_start_seconds=None)
    bench.pair("own", "near", 0.5)
    bench.pair("own", "nearer", 0.6)
    [row] = items(bench, before(50), before(40), DAY)
    assert row["related"] == [
        {
            "claim": "claim nearer",
            "show_title": "C",
            "episode": "title C 2026-01-19",
            "published_on": "2026-01-19",
            "play_url": "https://a.example/C.mp3",
        },
        {
            "claim": "claim near",
            "show_title": "B",
            "episode": "title B 2026-01-29",
            "published_on": "2026-01-29",
            "play_url": "https://a.example/B.mp3#t=3",
        },
    ]


def test_quotes_and_other_scripts_survive_in_related(bench: Bench) -> None:
    claim = 'Sie sagte: "é" \\ 播客 🎙\n</script>'
    bench.insight("own")
    bench.insight("near", "B", claim=claim)
    bench.pair("own", "near", 0.5)
    rows = {row["insight_id"]: row for row in items(bench)}
    assert rows["own"]["related"][0]["claim"] == claim
    assert rows["near"]["related"][0]["claim"] == "claim own"


def test_items_are_the_top_insights_in_rank(bench: Bench) -> None:
    for n in range(7):
        bench.insight(f"{n}", f"show {n}", score=n / 10)
    rows = items(bench)
    assert [(row["rank"], row["insight_id"]) for row in rows] == [(1, "6"), (2, "5"), (3, "4"), (4, "3"), (5, "2")]


def test_a_show_that_is_no_longer_followed_leaves_no_gap(bench: Bench) -> None:
    for n in range(3):
        bench.insight(f"{n}", f"show {n}", score=n / 10)
    items(bench)
    bench.store.replace("raw.episodes", [], show_title="show 1")
    assert [(row["rank"], row["insight_id"]) for row in items(bench)] == [(1, "2"), (2, "0")]


def test_running_a_day_twice_gives_the_same_rows(bench: Bench) -> None:
    for n in range(6):
        bench.insight(f"{n}", f"show {n}", score=n / 10)
        if n:
            bench.pair(f"{n}", f"{n - 1}", 0.5)
    assert items(bench) == items(bench)


def test_a_day_without_insights_has_no_items(bench: Bench) -> None:
    bench.insight("yesterday", day=before(1))
    items(bench, before(1), DAY)
    assert bench.rows_of("brief_items") == []
    assert len(bench.rows_of("brief_items", before(1))) == 1
