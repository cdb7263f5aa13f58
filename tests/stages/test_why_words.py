from __future__ import annotations

from dataclasses import replace
from datetime import date

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
    make_said,
    make_top,
    make_traces,
)

from brief_pipeline.stages.why import build_explanation
from brief_pipeline.stages.why_words import (
    name_place,
    tell_fate,
    tell_group,
    tell_novelty,
    tell_others,
    tell_relation,
    tell_source,
    tell_sum,
    tell_worth,
)


def test_an_insight_is_shown_with_how_its_quote_was_found_and_who_gave_its_value() -> None:
    why = build_explanation(make_traces(extraction={"prompt_version": "3", "fallback_reason": "the first model is gone"}))
    assert tell_source(why) == "Otto, at 1:15, Show One: Pricing (4 May 2026)"
    worth, evidence = tell_worth(why)
    assert worth == "value 0.80: given by extract-2 (extract, prompts 3); it stood in: the first model is gone"
    assert "evidence 1.00: quote found by its words" in evidence
    assert "transcript from publisher:vtt; not doubted; speaker known" in evidence


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    traces = make_traces(episode=None, transcript=None, own=None)
    unknown = replace(traces, insight={**traces.insight, "speaker": None, "quote_start_seconds": None, "quote_match": None})
    why = build_explanation(unknown)
    assert tell_source(why) == "Speaker unknown, a show that is no longer followed: - (4 May 2026)"
    assert tell_worth(why)[1] == (
        "evidence -: how its quote was found is not known; its second is not known; "
        "transcript from an unknown source; not doubted; speaker not known"
    )


def test_a_follow_up_names_what_it_follows_with_all_the_signs_of_the_pair() -> None:
    own = make_own(
        status="follow_up", of_insight_id=OLD, of_published_on=EARLIER, of_score=0.9, decided_by="rules-7", reason="why"
    )
    why = build_explanation(make_traces(own=own, pairs=[make_pair(OWN, OLD, conflict="a number", question="How many?")]))
    assert tell_novelty(why.novelty) == [
        "Follow-up of b2b2b2b2 (Show Two, 1 May 2026): Night buses lose money.",
        "  score 0.90; decided by rules-7; why",
        "  the pair: cosine 0.80; words in common 0.40; same 0.20; follow-up 0.90; contradicts 0.10; differs: a number; "
        "verdict follow-up; both answer: How many?",
    ]


def test_a_group_names_all_that_say_it_and_where_the_one_that_stands_for_it_was_told() -> None:
    group = [{"insight_id": OTHER, "published_on": DAY}, {"insight_id": OLD, "published_on": EARLIER}]
    own = make_own(status="seen", group_id=OLD, of_insight_id=OLD)
    why = build_explanation(make_traces(own=own, group=group, told=[make_top(OLD, published_on=EARLIER, rank=2)]))
    assert tell_group(why) == [
        "b2b2b2b2 (Show Two, 1 May 2026): Night buses lose money. (stands for all)",
        "c3c3c3c3 (Show Two, 4 May 2026): Trams pay for themselves.",
        "told to me on 1 May 2026, place 2, as b2b2b2b2",
    ]
    assert tell_group(build_explanation(make_traces())) == []


def test_what_was_not_told_says_why_and_what_the_last_told_one_had() -> None:
    other = make_choice(insight_id=OTHER, score=0.7, gain=0.6, rank=5, outcome="told")
    traces = make_traces(
        candidates=[make_candidate()], choices=[make_choice(), other], told=[make_top(OTHER, rank=5, score=0.7)]
    )
    why = build_explanation(traces)
    assert tell_fate(why.places[0], why) == ["5 others are worth more."]
    assert tell_others(why.places[0]) == [
        "the last told, place 5: score 0.700, gain 0.600",
        "  c3c3c3c3 (Show Two, 4 May 2026): Trams pay for themselves.",
    ]


def test_where_its_show_is_full_those_of_its_show_are_named() -> None:
    said = {OTHER: make_said(OTHER, "Trams pay.", feed_id="feed one"), OLD: make_said(OLD, "No.", EARLIER)}
    full = make_choice(outcome="show is full", reason="2 of its show are told")
    tops = [make_top(OLD, rank=2, score=0.6), make_top(OTHER, rank=1, score=0.7)]
    place = build_explanation(make_traces(said=said, candidates=[make_candidate()], choices=[full], told=tops)).places[0]
    assert tell_others(place)[2:] == ["told of its show, place 1: score 0.700, c3c3c3c3 (Show Two, 4 May 2026): Trams pay."]


def test_where_it_is_off_the_subjects_the_one_that_took_that_place_is_named() -> None:
    off = make_choice(outcome="off your subjects", reason="its match with your interests is under 0.25, and 1 such is told")
    tops = [make_top(OLD, rank=2, score=0.6, interest=0.9), make_top(OTHER, rank=1, score=0.7, interest=0.1)]
    why = build_explanation(make_traces(candidates=[make_candidate()], choices=[off], told=tops))
    assert name_place(why.places[0]) == "me, brief of 4 May 2026: not told: off your subjects"
    assert tell_fate(why.places[0], why) == ["Its match with your interests is under 0.25, and 1 such is told."]
    said = "c3c3c3c3 (Show Two, 4 May 2026): Trams pay for themselves."
    assert tell_others(why.places[0])[2:] == [f"told off the subjects, place 1: interest 0.10, score 0.700, {said}"]


def test_what_was_told_shows_its_gain_and_what_it_is_most_like() -> None:
    choice = make_choice(rank=2, gain=0.4, outcome="told", nearest_id=OTHER, nearest_cosine=0.52, reason=None)
    traces = make_traces(
        candidates=[make_candidate()], choices=[choice], told=[make_top(rank=2, reasons=["two shows said it"])]
    )
    why = build_explanation(traces)
    assert name_place(why.places[0]) == "me, brief of 4 May 2026: told, place 2"
    assert tell_sum(why.places[0])[1:] == [
        "most like, of those told before it: c3c3c3c3 (Show Two, 4 May 2026): Trams pay for themselves.",
        "  cosine 0.52: 0.040 less",
        "gain 0.400: what it was picked by",
        "as the brief says it: two shows said it",
    ]
    assert why.defects == ()


def test_what_a_listener_was_told_before_is_named_beside_what_it_is_to_all() -> None:
    choice = make_choice(status="seen", of_insight_id=OLD, of_on=EARLIER, is_of_told=True, of_score=0.95, outcome="seen")
    traces = make_traces(candidates=[make_candidate()], choices=[choice], pairs=[make_pair(OLD, OWN)])
    why = build_explanation(traces)
    fate = tell_fate(why.places[0], why)
    assert fate[1] == "Seen: it says again b2b2b2b2 (Show Two, 1 May 2026): Night buses lose money., told on 1 May 2026"
    assert fate[2] == "  score 0.95; decided by rules-7; a number"


def test_what_a_later_day_told_is_said_to_be_told_later() -> None:
    choice = make_choice(
        status="new", of_insight_id=OLD, of_on=date(2026, 5, 6), is_of_told=True, of_score=0.9, outcome="seen"
    )
    why = build_explanation(make_traces(candidates=[make_candidate()], choices=[choice]))
    told = tell_fate(why.places[0], why)[1]
    assert told.startswith("The brief that told it on 6 May 2026 is that of a later day: b2b2b2b2 (Show Two, 1 May 2026)")


def test_what_was_told_itself_is_not_said_to_repeat_itself() -> None:
    choice = make_choice(
        status="seen", of_insight_id=OWN, of_on=EARLIER, is_of_told=True, outcome="seen", reason="told on 1 May"
    )
    why = build_explanation(make_traces(candidates=[make_candidate()], choices=[choice]))
    assert tell_fate(why.places[0], why) == ["Told on 1 May."]


def test_a_related_one_is_named_once_with_what_its_label_rests_on() -> None:
    rows = [make_relation(OLD, position=2), make_relation(position=None, cosine=0.9, relation="related"), make_relation()]
    related = build_explanation(make_traces(related=rows)).related
    assert [(link.to.insight_id, link.position) for link in related] == [(OTHER, 1), (OLD, 2)]
    assert tell_relation(related[0]) == [
        "contradicts: c3c3c3c3 (Show Two, 4 May 2026): Trams pay for themselves.",
        "  score 0.95; cosine 0.70; decided by openai/judge; opposite answers; both answer: Do night buses pay?",
    ]


def test_what_is_gone_is_said_to_be_gone() -> None:
    related = build_explanation(make_traces(related=[make_relation()], said={})).related
    assert tell_relation(related[0])[0] == "contradicts: c3c3c3c3, which is gone: its episode was read again since"
