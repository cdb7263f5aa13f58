"""The five of the day: on hand-made scores."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from dbt_like_sql.bench import DAY, Bench, before

SAME, THOUGHT = 0.9, 0.76


@pytest.fixture
def bench() -> Bench:
    return Bench()


def top(bench: Bench, *days: date) -> list[dict[str, Any]]:
    """The rows of the last day, the days run in order."""
    for day in days or (DAY,):
        rows = bench.run("unique_insights", "top_insights", days=(day,))
    return rows


def names(rows: list[dict[str, Any]]) -> list[str]:
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["insight_id"] for row in rows]


def interest(bench: Bench, insight_id: str, cosine: float, text: str = "cities") -> None:
    bench.add("raw.interest_matches", insight_id=insight_id, published_on=DAY, interest=text, cosine=cosine)


# --- the score


def test_a_score_is_the_weighted_sum_of_its_four_parts(bench: Bench) -> None:
    bench.insight("own", "A", score=0.8)
    for n, show in enumerate("BCDE"):
        bench.insight(f"voice {n}", show, score=0.1)
        bench.pair("own", f"voice {n}", SAME)
    interest(bench, "own", 0.6)
    interest(bench, "own", 0.2, "cooking")
    [row] = top(bench)
    assert row["score"] == pytest.approx(0.50 * 0.8 + 0.30 * 0.6 + 0.15 * 1 + 0.05 * 1)
    assert (row["value"], row["interest"], row["interest_text"]) == (0.8, 0.6, "cities")
    assert (row["voices"], row["corroboration"], row["is_playable"]) == (4, 1.0, True)


def test_a_score_without_interests_voices_and_times_is_half_its_value(bench: Bench) -> None:
    bench.insight("bare", score=0.8, quote_start_seconds=None)
    [row] = top(bench)
    assert (row["score"], row["interest"], row["interest_text"], row["voices"]) == (0.4, 0.0, None, 0)
    assert row["is_playable"] is False


def test_an_interest_that_is_far_away_counts_but_is_no_reason_and_a_negative_one_costs_nothing(bench: Bench) -> None:
    bench.insight("far", "A")
    bench.insight("opposite", "B")
    interest(bench, "far", 0.29)
    interest(bench, "opposite", -0.2)
    rows = {row["insight_id"]: row for row in top(bench)}
    assert (rows["far"]["interest"], rows["far"]["interest_text"]) == (0.29, None)
    assert (rows["opposite"]["interest"], rows["opposite"]["score"]) == (0.0, 0.3)


def test_of_two_equally_near_interests_the_first_by_name_is_the_reason(bench: Bench) -> None:
    bench.insight("own")
    for text in ("work", "cities", "trams"):
        interest(bench, "own", 0.5, text)
    assert top(bench)[0]["interest_text"] == "cities"


def test_only_other_shows_in_words_of_their_own_are_voices(bench: Bench) -> None:
    bench.insight("own", "A", score=0.9)
    bench.insight("own show", "A", score=0.2)
    bench.insight("other show", "B", score=0.2)
    bench.insight("other show again", "B", score=0.1)
    bench.insight("against", "C", score=0.2)
    bench.insight("re-run", "D", score=0.2, text_hash="text own")
    for name in ("own show", "other show", "other show again", "re-run"):
        bench.pair("own", name, SAME)
    bench.pair("own", "against", SAME, "negation")
    first = top(bench)[0]
    assert (first["insight_id"], first["voices"], first["corroboration"]) == ("own", 1, pytest.approx(1 / 3))


# --- who is in


def test_the_best_five_in_order_at_most_two_of_a_show(bench: Bench) -> None:
    for n, show in enumerate("AAABBBCD"):
        bench.insight(f"{n}{show}", show, score=0.9 - n / 10)
    assert names(top(bench)) == ["0A", "1A", "3B", "4B", "6C"]


def test_fewer_than_five_are_not_filled_up(bench: Bench) -> None:
    for n in range(4):
        bench.insight(f"{n}", "A", score=n / 10)
    assert names(top(bench)) == ["3", "2"]


def test_ties_go_to_the_higher_id(bench: Bench) -> None:
    for name in "bdacfe":
        bench.insight(name, f"show {name}")
    assert names(top(bench)) == ["f", "e", "d", "c", "b"]


def test_one_of_a_thought_is_enough(bench: Bench) -> None:
    bench.insight("best", "A", score=0.9)
    bench.insight("alike", "B", score=0.8)
    bench.insight("other", "C", score=0.1)
    bench.pair("best", "alike", THOUGHT)
    bench.pair("best", "other", 0.74)
    assert names(top(bench)) == ["best", "other"]


def test_only_what_is_told_keeps_a_like_thought_out(bench: Bench) -> None:
    for name, score in (("a", 0.9), ("b", 0.8), ("c", 0.7)):
        bench.insight(name, name, score=score)
    bench.pair("a", "b", THOUGHT)
    bench.pair("b", "c", THOUGHT)
    assert names(top(bench)) == ["a", "c"]


def test_a_third_of_its_show_keeps_no_like_thought_of_another_show_out(bench: Bench) -> None:
    for n in range(3):
        bench.insight(f"a{n}", "A", score=0.9 - n / 10)
    bench.insight("b", "B", score=0.1)
    bench.pair("a2", "b", THOUGHT)
    assert names(top(bench)) == ["a0", "a1", "b"]


def test_repeats_are_out_and_follow_ups_are_in(bench: Bench) -> None:
    bench.insight("old", "O", before(3))
    for name in ("repeat", "follow", "new"):
        bench.insight(name, name)
    bench.pair("old", "repeat", SAME)
    bench.pair("old", "follow", 0.8, "number: 4 against 5")
    rows = top(bench, before(3), DAY)
    assert {row["insight_id"]: row["status"] for row in rows} == {"follow": "follow_up", "new": "new"}


def test_what_a_brief_told_is_out_for_ever(bench: Bench) -> None:
    bench.insight("told", "O", before(900))
    bench.insight("again", "A")
    bench.insight("against", "B")
    bench.pair("told", "again", SAME)
    bench.pair("told", "against", SAME, "negation")
    assert names(top(bench, before(900), DAY)) == ["against"]


def test_what_was_said_long_ago_but_never_told_may_be_told(bench: Bench) -> None:
    for n in range(3):
        bench.insight(f"old {n}", "O", before(900), score=0.9 - n / 10)
    bench.insight("again", "A")
    bench.pair("old 2", "again", SAME)
    assert names(top(bench, before(900), DAY)) == ["again"]


# --- the reasons


def test_the_reasons_are_said_in_words(bench: Bench) -> None:
    bench.insight("old", "O", before(3))
    bench.insight("follow", "A", score=0.9)
    bench.insight("new", "B", score=0.856)
    for n, show in enumerate("CD"):
        bench.insight(f"voice {n}", show, score=0.1)
        bench.pair("new", f"voice {n}", SAME)
    bench.pair("old", "follow", 0.8)
    interest(bench, "new", 0.5)
    rows = {row["insight_id"]: row["reasons"] for row in top(bench, before(3), DAY)}
    assert rows["follow"] == ["follows up what was said on 7 Mar 2026", "value 0.90"]
    said = ["you care about: cities", "said by 2 other shows too", "not said in the 30 days before", "value 0.86"]
    assert rows["new"] == said


def test_one_voice_is_one_show(bench: Bench) -> None:
    bench.insight("own", "A", score=0.9)
    bench.insight("voice", "B", score=0.1)
    bench.pair("own", "voice", SAME)
    assert top(bench)[0]["reasons"][0] == "said by 1 other show too"


# --- again


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_and_of_days_changes_nothing(seed: int) -> None:
    days = (before(1), DAY)
    made = []
    for number in (0, seed):
        bench = Bench(number)
        for n in range(14):
            bench.insight(f"{n:02}", f"show {n % 5}", days[n % 2], score=(n % 3) / 10)
            interest(bench, f"{n:02}", 0.4, "trams" if n % 2 else "cities")
        for n in range(14):
            bench.pair(f"{n:02}", f"{(n * 3 + 1) % 14:02}", (SAME, THOUGHT, 0.5)[n % 3])
        order = days if number == 0 else (*reversed(days), *days)
        top(bench, *order)
        made.append([bench.rows_of("top_insights", day) for day in days])
    assert made[0] == made[1]
    assert all(len(rows) >= 2 for rows in made[0])


def test_a_day_without_insights_has_no_rows(bench: Bench) -> None:
    assert top(bench) == []
