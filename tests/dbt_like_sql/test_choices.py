"""What becomes of each candidate, and why: on hand-made ones, which score 0.535 where a test says nothing else."""

from __future__ import annotations

import pytest
from dbt_like_sql.bench import DAY, Bench, before
from dbt_like_sql.choosing import best_first, choose, list_outcomes, list_told, rules, weigh


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.listener("me", *(before(days) for days in range(6)))
    return made


def test_ten_candidates_and_what_becomes_of_each(bench: Bench) -> None:
    best_first(bench, ("story", "fact"), day=before(2))
    best_first(bench, ("first", "second", "third", "fourth", "like second", "third of A", "last"), "ABACDAE")
    for name, show in (("fact again", "F"), ("story goes on", "G"), ("muted", "H")):
        bench.insight(name, show, score=0.95)
    bench.insight("weak", "I", score=0.0)
    bench.match("weak", interest=0.1)
    weigh(bench, "H", 0.0)
    rules(bench, look_back_days=1)
    bench.pair("fact", "fact again", "same", 0.9)
    bench.pair("story", "story goes on", "follow_up", 0.7)
    bench.pair("second", "like second", "other", 0.75)
    bench.pair("first", "fourth", "other", 0.6)
    rows = choose(bench, before(2), DAY)
    names = ("rank", "outcome", "status", "of_insight_id", "novelty")
    more = ("score", "gain", "nearest_id", "nearest_cosine", "reason")
    assert {name: tuple(row[column] for column in (*names, *more)) for name, row in rows.items()} == {
        "first": (1, "told", "new", None, 1.0, 0.655, 0.655, None, None, None),
        "story goes on": (2, "told", "follow_up", "story", 0.7, 0.64, 0.64, None, None, None),
        "second": (3, "told", "new", None, 1.0, 0.64, 0.64, None, None, None),
        "third": (4, "told", "new", None, 1.0, 0.625, 0.625, None, None, None),
        "last": (5, "told", "new", None, 1.0, 0.565, 0.565, None, None, None),
        "fourth": (None, "outranked", "new", None, 1.0, 0.61, None, "first", 0.6, "5 others are worth more"),
        "like second": (
            *(None, "like another", "new", None, 1.0, 0.595, None),
            *("second", 0.75, "the same thought as one that is told"),
        ),
        "third of A": (None, "show is full", "new", None, 1.0, 0.58, None, None, None, "2 of its show are told"),
        "muted": (None, "muted", "new", None, 1.0, 0.0, None, None, None, "its show is muted"),
        "weak": (None, "weak", "new", None, 1.0, 0.225, None, None, None, "score under 0.40"),
        "fact again": (None, "seen", "seen", "fact", 0.0, 0.57, None, None, None, "says again what was told on 8 Mar 2026"),
        "fact": (None, "seen", "seen", "fact", 0.0, 0.54, None, None, None, "told on 8 Mar 2026"),
        "story": (None, "seen", "seen", "story", 0.0, 0.555, None, "story goes on", 0.7, "told on 8 Mar 2026"),
    }


# --- the score


@pytest.mark.parametrize(
    ("match", "more"),
    [({}, 0), ({"interest": 1.0}, 0.2), ({"feedback": 0.5}, 0.15), ({"feedback": -0.4}, -0.12), ({"dislike": 0.5}, -0.2)],
)
def test_each_match_has_its_weight_in_the_score(bench: Bench, match: dict[str, float], more: float) -> None:
    bench.insight("own", score=0.5)
    bench.match("own", **match)
    assert choose(bench)["own"]["score"] == pytest.approx(0.3 * 0.5 + 0.4 * 0.5 + 0.1 * 0.85 + 0.1 * 1 + more)


def test_value_evidence_novelty_and_corroboration_have_theirs(bench: Bench) -> None:
    bench.insight("old", "O", before(40))
    bench.insight("own", "A", score=0.8, speaker="Ana")
    bench.insight("voice", "B", score=0.1)
    bench.insight("bare", "C", score=0.8, quote_start_seconds=None)
    bench.group("own", "voice")
    rules(bench, look_back_days=60)
    bench.pair("old", "bare", "follow_up")
    rows = choose(bench, before(40), DAY)
    assert rows["own"]["score"] == pytest.approx(0.3 * 0.8 + 0.4 * 0.5 + 0.1 * 1.0 + 0.1 * 1.0 + 0.1 / 3, abs=1e-6)
    assert rows["bare"]["score"] == pytest.approx(0.3 * 0.8 + 0.4 * 0.5 + 0.1 * 0.55 + 0.1 * 0.7)


def test_the_points_of_each_part_are_stored_and_add_up_to_the_score(bench: Bench) -> None:
    bench.insight("own", score=0.8)
    bench.insight("voice", "B", score=0.1)
    bench.group("own", "voice")
    bench.match("own", interest=0.7, dislike=0.2, feedback=0.3)
    weigh(bench, "A", 1.5)
    row = choose(bench)["own"]
    points = {name.removesuffix("_points"): value for name, value in row.items() if name.endswith("_points")}
    assert points.pop("corroboration") == pytest.approx(0.1 / 3, abs=1e-6)
    others = {"value": 0.24, "interest": 0.28, "evidence": 0.085, "novelty": 0.1, "feedback": 0.09, "dislike": -0.08}
    assert points == pytest.approx(others)
    assert row["score"] == pytest.approx(1.5 * (sum(others.values()) + 0.1 / 3), abs=1e-6)


def test_what_nothing_speaks_against_loses_a_plain_nothing(bench: Bench) -> None:
    bench.insight("own")
    assert str(choose(bench)["own"]["dislike_points"]) == "0.0"


@pytest.mark.parametrize(("weight", "score"), [(1.0, 0.535), (0.5, 0.2675), (2.0, 1.07), (0.0, 0.0)])
def test_the_weight_of_the_show_multiplies_all_of_it(bench: Bench, weight: float, score: float) -> None:
    bench.insight("own")
    weigh(bench, "A", weight)
    assert choose(bench)["own"]["score"] == score


def test_a_score_is_never_below_zero(bench: Bench) -> None:
    bench.insight("own", score=0.0)
    bench.match("own", interest=0.0, dislike=1.0, feedback=-1.0)
    assert choose(bench)["own"]["score"] == 0.0


# --- how many


def test_a_score_of_forty_hundredths_is_enough_and_one_below_is_not(bench: Bench) -> None:
    bench.insight("enough", "A", score=0.05)
    bench.insight("weak", "B", score=0.049)
    assert list_outcomes(choose(bench)) == {"enough": "told", "weak": "weak"}


def test_a_brief_is_not_filled_up(bench: Bench) -> None:
    for name in "abcdefg":
        bench.insight(name, name, score=0.5 if name < "d" else 0.0)
    rows = choose(bench)
    assert list_told(rows) == ["c", "b", "a"]
    assert {outcome for name, outcome in list_outcomes(rows).items() if name > "c"} == {"weak"}


@pytest.mark.parametrize("step", [1, -1])
def test_ties_go_to_the_higher_id_whatever_the_order_of_rows(bench: Bench, step: int) -> None:
    for n in range(9):
        bench.insight(f"{n}", f"show {n // 3}")
    bench.run("unique_insights", "candidates")
    bench.store.replace("model.candidates", bench.rows_of("candidates")[::step], published_on=DAY)
    rows = {row["insight_id"]: row for row in bench.run("choices")}
    assert list_told(rows) == ["8", "7", "5", "4", "2"]
    assert {name for name, row in rows.items() if row["outcome"] == "show is full"} == {"3", "6"}


def test_at_most_two_of_a_show_come_in_also_of_different_days(bench: Bench) -> None:
    best_first(bench, ("d1", "d2"), "AA", before(2))
    best_first(bench, ("a", "b"), "AB")
    choose(bench, before(2), listener="nobody")
    bench.store.replace("model.choices", [], published_on=before(2))
    rows = choose(bench, DAY)
    assert list_told(rows) == ["d1", "a", "b"]
    assert list_outcomes(rows)["d2"] == "show is full"


# --- off the subjects of who named some


def test_of_what_a_listener_did_not_ask_for_only_the_best_is_told(bench: Bench) -> None:
    best_first(bench, ("off", "off too", "on", "off again", "on too"))
    for name in ("off", "off too", "off again", "on", "on too"):
        bench.match(name, interest=0.25 if name.startswith("on") else 0.249)
    rows = choose(bench)
    assert list_told(rows) == ["off", "on", "on too"]
    outside = {name: (row["outcome"], row["reason"]) for name, row in rows.items() if row["rank"] is None}
    said = "its match with your interests is under 0.25, and 1 such is told"
    assert outside == {"off too": ("off your subjects", said), "off again": ("off your subjects", said)}


def test_places_are_not_filled_with_what_is_off_the_subjects(bench: Bench) -> None:
    bench.listener("ana", interests=["trams"])
    best_first(bench, "abcdefg")
    assert list_told(choose(bench, listener="ana")) == ["a"]
    assert list_told(choose(bench)) == ["a", "b", "c", "d", "e"]  # who named no interest asked for nothing else


def test_what_is_off_the_subjects_gives_way_to_better_ones_that_are_on_them(bench: Bench) -> None:
    best_first(bench, ("a", "b", "c", "d", "e", "off"))
    bench.match("off", interest=0.2)
    rows = choose(bench)
    assert list_told(rows) == ["a", "b", "c", "d", "e"]
    assert rows["off"]["outcome"] == "outranked"


def test_a_thought_that_is_told_and_a_weak_one_are_said_to_be_that_first(bench: Bench) -> None:
    best_first(bench, ("off", "like off", "weak"))
    for name in ("off", "like off", "weak"):
        bench.match(name, interest=0.0 if name == "weak" else 0.2, dislike=0.5 if name == "weak" else 0.0)
    bench.pair("off", "like off", "same")
    assert list_outcomes(choose(bench)) == {"off": "told", "like off": "like another", "weak": "weak"}


# --- one of a thought


def test_two_that_say_the_same_never_stand_in_one_brief_however_far_apart_they_are(bench: Bench) -> None:
    best_first(bench, "abc")
    bench.pair("a", "b", "same", 0.3)
    rows = choose(bench)
    assert list_told(rows) == ["a", "c"]
    assert (rows["b"]["outcome"], rows["b"]["nearest_id"]) == ("like another", "a")


def test_two_of_two_days_that_say_the_same_never_stand_in_one_brief(bench: Bench) -> None:
    bench.insight("late", "A", before(1))
    bench.insight("own", "B", score=0.9)
    bench.pair("late", "own", "same", late=True)
    bench.run("unique_insights", days=(DAY, before(1)))
    rows = {row["insight_id"]: row for row in bench.run("candidates", "choices")}
    assert list_outcomes(rows) == {"own": "told", "late": "like another"}


@pytest.mark.parametrize(("cosine", "outcome"), [(0.75, "like another"), (0.74, "told")])
def test_of_two_that_are_very_near_one_is_enough(bench: Bench, cosine: float, outcome: str) -> None:
    best_first(bench, "ab")
    bench.pair("a", "b", "contradicts", cosine)
    assert list_outcomes(choose(bench)) == {"a": "told", "b": outcome}


def test_only_what_is_told_keeps_a_like_thought_out(bench: Bench) -> None:
    best_first(bench, "abc")
    bench.pair("a", "b", "other", 0.76)
    bench.pair("b", "c", "other", 0.76)
    assert list_told(choose(bench)) == ["a", "c"]


def test_a_third_of_its_show_keeps_no_like_thought_of_another_show_out(bench: Bench) -> None:
    best_first(bench, ("a1", "a2", "a3", "b"), "AAAB")
    bench.pair("a3", "b", "same")
    assert list_told(choose(bench)) == ["a1", "a2", "b"]


def test_of_two_equal_ones_the_one_unlike_the_first_comes_first(bench: Bench) -> None:
    bench.insight("first", "A", score=0.9)
    bench.insight("like", "B")
    bench.insight("b unlike", "C")
    bench.pair("first", "like", "other", 0.6)
    rows = choose(bench)
    assert list_told(rows) == ["first", "b unlike", "like"]
    assert (rows["like"]["gain"], rows["like"]["nearest_id"], rows["like"]["nearest_cosine"]) == (0.46, "first", 0.6)
    assert (rows["b unlike"]["gain"], rows["b unlike"]["nearest_id"]) == (0.535, None)


def test_likeness_is_to_the_nearest_of_those_before_it_only(bench: Bench) -> None:
    best_first(bench, "abcd")
    for one, other, cosine in (("a", "c", 0.5), ("b", "c", 0.6), ("c", "d", 0.7), ("a", "b", 0.44)):
        bench.pair(one, other, "other", cosine)
    rows = choose(bench)
    assert list_told(rows) == ["a", "b", "d", "c"]
    assert [rows[name]["nearest_id"] for name in "abdc"] == [None, None, None, "d"]
    assert [rows[name]["gain"] for name in "abdc"] == [0.655, 0.64, 0.61, 0.5]


def test_a_day_without_candidates_has_no_choices(bench: Bench) -> None:
    assert choose(bench) == {}
