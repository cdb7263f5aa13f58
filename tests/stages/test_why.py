from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from stages.why_rows import (
    DAY,
    EARLIER,
    OLD,
    OTHER,
    OWN,
    make_candidate,
    make_choice,
    make_own,
    make_pair,
    make_relation,
    make_top,
    make_traces,
)

from brief_pipeline.stages.why import PARTS, build_explanation, render_why_json
from brief_pipeline.stages.why_words import list_parts, name_place, tell_others, tell_sum


def test_of_two_rows_of_a_pair_its_own_days_one_is_shown_and_a_weighed_one_first() -> None:
    own = make_own(status="seen", of_insight_id=OLD, group_id=OLD)
    theirs, mine = make_pair(OLD, OWN, cosine=0.81), make_pair(OWN, OLD, cosine=0.82)
    signs = [
        build_explanation(make_traces(own=own, pairs=pairs)).novelty
        for pairs in ([theirs, mine], [make_pair(OWN, OTHER), theirs], [{**mine, "verdict": None}, theirs])
    ]
    assert [novelty and novelty.signs and novelty.signs.cosine for novelty in signs] == [0.82, 0.81, 0.81]


def test_the_parts_of_a_score_add_up_to_it() -> None:
    place = build_explanation(make_traces(candidates=[make_candidate()], choices=[make_choice()])).places[0]
    assert place.total == pytest.approx(0.44) == place.score
    assert tell_sum(place)[0] == "0.440 points x 1.00, the weight of its show: score 0.440"
    rows = {name: (measure, weight, points) for name, measure, weight, points, _ in list_parts(place.parts)}
    assert rows["value"] == ("0.80", "0.30", "+0.240")
    assert rows["dislike"] == ("0.25", "-0.40", "-0.100")
    assert rows["corroboration"] == ("0.00", "", "+0.000")


def test_each_part_says_what_it_comes_from() -> None:
    match = {"listener": "me", "published_on": DAY, "insight_id": OWN, "interest_cosine": 0.5, "feedback_cosine": 0.6}
    feedback = [{"listener": "me", "insight_id": OTHER, "verdict": "not_useful", "about_on": EARLIER}]
    traces = make_traces(candidates=[make_candidate(voices=2)], choices=[make_choice()], matches=[match], feedback=feedback)
    because = {part[0]: part[4] for part in list_parts(build_explanation(traces).places[0].parts)}
    assert because["interest"] == "public transport (cosine 0.50)"
    assert because["feedback"] == "not useful: Trams pay for themselves. (cosine 0.60)"
    assert because["corroboration"] == "2 other shows said it"
    assert because["dislike"] == "cars"


def test_the_weight_of_the_show_counts_and_no_score_is_under_nothing() -> None:
    points = {f"{name}_points": -0.1 for name in PARTS}
    heavy = make_traces(candidates=[make_candidate(show_weight=2.0)], choices=[make_choice(score=0.88)])
    below = make_traces(candidates=[make_candidate()], choices=[make_choice(score=0.0, **points)])
    assert build_explanation(heavy).places[0].total == pytest.approx(0.88)
    assert build_explanation(below).places[0].total == 0
    assert "-0.700 points (counted as 0) x 1.00" in tell_sum(build_explanation(below).places[0])[0]
    assert build_explanation(heavy).defects == build_explanation(below).defects == ()


@pytest.mark.parametrize(
    ("choice", "tops", "said"),
    [
        ({"score": 0.45}, [], "its parts add up to 0.440000, and the stored score is 0.45"),
        ({"score": None}, [], "its parts add up to 0.440000, and the stored score is None"),
        ({"interest_points": None}, [], "the parts of its score are not stored"),
        ({"rank": 1}, [], "main.top_insights is not made from what model.choices holds"),
        ({"rank": 1}, [make_top(rank=2)], "main.top_insights is not made from what model.choices holds"),
        ({}, [make_top()], "main.top_insights is not made from what model.choices holds"),
    ],
)
def test_what_does_not_fit_together_is_said_plainly(choice: dict[str, Any], tops: list[dict[str, Any]], said: str) -> None:
    why = build_explanation(make_traces(candidates=[make_candidate()], choices=[make_choice(**choice)], told=tops))
    assert why.defects == (f"me, 2026-05-04: {said}: brief run --day 2026-05-04 makes it again.",)


def test_a_brief_that_was_not_chosen_since_is_said_to_be_so() -> None:
    why = build_explanation(make_traces(candidates=[make_candidate()]))
    assert name_place(why.places[0]) == "me, brief of 4 May 2026: not told: not chosen yet"
    assert "it was weighed, and the brief was not chosen since" in why.defects[0]
    assert tell_others(why.places[0]) == []


def test_places_stand_by_day_and_listener() -> None:
    briefs = [("me", DAY), ("anna", DAY), ("me", EARLIER)]
    candidates = [make_candidate(listener=who, published_on=day) for who, day in briefs]
    why = build_explanation(make_traces(candidates=candidates))
    assert [(place.listener, place.day) for place in why.places] == [("me", EARLIER), ("anna", DAY), ("me", DAY)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"episode": None}, "its show is no longer followed"),
        ({"own": None}, "not compared yet: brief run --day 2026-05-04"),
        ({"own": make_own(status="seen", reason="says again what was said", group_id=OLD)}, "says again what was said"),
        ({}, "No brief that may draw on it was chosen yet"),
    ],
)
def test_what_no_brief_weighed_says_why(rows: dict[str, Any], said: str) -> None:
    assert said in (build_explanation(make_traces(**rows)).untold_reason or "")


def test_the_json_holds_all_and_is_the_same_each_time() -> None:
    traces = make_traces(candidates=[make_candidate()], choices=[make_choice()], related=[make_relation()])
    content = json.loads(render_why_json(build_explanation(traces)))
    assert content["places"][0]["parts"][0] == {
        "because": None,
        "cosine": None,
        "measure": 0.8,
        "name": "value",
        "points": 0.24,
    }
    assert content["published_on"] == "2026-05-04"
    assert list(content) == sorted(content)
    again = replace(traces, insight=dict(reversed(list(traces.insight.items()))))
    assert render_why_json(build_explanation(again)) == render_why_json(build_explanation(traces))
