"""Who else said it and what others said of it, as a brief shows them: on hand-made insights."""

from __future__ import annotations

import pytest
from dbt_like_sql.bench import DAY, Bench, before


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener("me", *(before(days) for days in range(6)))
    return made


# --- voices


def test_a_voice_is_said_with_its_show_and_where_to_play_it(bench: Bench) -> None:
    bench.insight("own", "A", before(2), score=0.9)
    bench.insight("voice", "B", before(1), quote_start_seconds=754.9)
    bench.pair("own", "voice", "same")
    bench.run("unique_insights", days=(before(2), before(1)))
    [row] = bench.items(DAY)
    assert row["voices"] == [
        {
            "insight_id": "voice",
            "claim": "claim voice",
            "show_title": "B",
            "episode": "title B 2026-03-09",
            "published_on": "2026-03-09",
            "play_url": "https://a.example/B.mp3#t=754",
        }
    ]


def test_the_first_of_each_other_show_in_words_of_its_own_is_a_voice(bench: Bench) -> None:
    bench.insight("own", "A", score=0.9)
    for name, show in (("a2", "A"), ("c1", "C"), ("b2", "B"), ("b1", "B"), ("re-run", "D")):
        bench.insight(name, show, **({"text_hash": "text own"} if name == "re-run" else {}))
    bench.group("own", "a2", "c1", "b2", "b1", "re-run")
    [row] = bench.items()
    assert [voice["claim"] for voice in row["voices"]] == ["claim b1", "claim c1"]
    assert row["reasons"][0] == "3 shows said it"


def test_of_shows_that_say_word_for_word_the_same_only_the_first_is_a_voice(bench: Bench) -> None:
    bench.insight("own", "A", before(1), score=0.9)
    bench.insight("first", "C", before(1), text_hash="text of all")
    bench.insight("again", "B", text_hash="text of all")
    bench.insight("in other words", "D")
    bench.group("own", "first")
    bench.pair("own", "again", "same")
    bench.pair("own", "in other words", "same")
    bench.run("unique_insights", days=(before(1),))
    [row] = bench.items(DAY)
    assert [voice["claim"] for voice in row["voices"]] == ["claim first", "claim in other words"]
    assert row["reasons"][0] == "3 shows said it"


def test_who_said_it_after_the_day_is_no_voice_of_that_day(bench: Bench) -> None:
    bench.insight("own", day=before(1))
    bench.insight("later", "B")
    bench.pair("own", "later", "same")
    once = bench.items(before(1))
    bench.items(DAY)
    assert bench.items(before(1)) == once
    assert once[0]["voices"] == []


# --- what others said of it


def test_related_insights_come_with_their_relation_and_show_in_their_order(bench: Bench) -> None:
    bench.insight("own")
    bench.insight("one", "B", before(40), quote_start_seconds=3.0)
    bench.insight("two", "C", before(50), quote_start_seconds=None)
    bench.relation("own", "one", 2)
    bench.relation("own", "two", 1, "contradicts", question="how many?")
    [row] = bench.items(before(50), before(40), DAY)
    assert row["related"] == [
        {
            "insight_id": "two",
            "relation": "contradicts",
            "question": "how many?",
            "claim": "claim two",
            "show_title": "C",
            "episode": "title C 2026-01-19",
            "published_on": "2026-01-19",
            "play_url": "https://a.example/C.mp3",
        },
        {
            "insight_id": "one",
            "relation": "related",
            "question": None,
            "claim": "claim one",
            "show_title": "B",
            "episode": "title B 2026-01-29",
            "published_on": "2026-01-29",
            "play_url": "https://a.example/B.mp3#t=3",
        },
    ]


def test_a_show_that_a_listener_muted_has_no_say_in_their_brief(bench: Bench) -> None:
    bench.listener("ana")
    bench.insight("own")
    bench.insight("muted", "B", before(40))
    bench.insight("heard", "C", before(40))
    bench.relation("own", "muted", 1)
    bench.relation("own", "heard", 2)
    for show, weight in (("B", 0.0), ("C", 0.5)):
        bench.add("raw.listener_shows", listener="ana", published_on=DAY, feed_id=f"feed {show}", weight=weight)
    bench.items(before(40), DAY)
    said = {row["listener"]: [other["claim"] for other in row["related"]] for row in bench.rows_of("brief_items")}
    assert said == {"me": ["claim muted", "claim heard"], "ana": ["claim heard"]}


def test_what_came_out_later_is_not_among_them(bench: Bench) -> None:
    bench.insight("own", day=before(1))
    bench.insight("later", "B")
    bench.relation("own", "later", None)
    bench.relation("later", "own", 1)
    bench.items(DAY)
    assert [row["related"] for row in bench.items(before(1))] == [[]]


def test_an_insight_of_a_few_days_ago_keeps_its_own_days_list(bench: Bench) -> None:
    bench.insight("own", day=before(2))
    bench.insight("near", "B", before(9))
    bench.relation("own", "near", 1)
    bench.run("unique_insights", "related_insights", days=(before(9), before(2)))
    [row] = bench.items(DAY)
    assert [other["claim"] for other in row["related"]] == ["claim near"]


def test_quotes_and_other_scripts_survive_in_related_and_voices(bench: Bench) -> None:
    claim = 'Sie sagte: "é" \\ 播客 🎙\n</script>'
    bench.insight("own", score=0.9)
    bench.insight("near", "B", claim=claim)
    bench.group("own", "near")
    bench.relation("own", "near", 1)
    [row] = bench.items()
    assert row["related"][0]["claim"] == row["voices"][0]["claim"] == claim
