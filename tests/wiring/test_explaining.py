from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from dbt_like_sql.bench import DAY, Bench, before
from rich.console import Console

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import ListenerSettings
from brief_pipeline.terminal import show_why
from brief_pipeline.wiring.explaining import explain, find_insight
from brief_pipeline.wiring.house import House

MODELS = ("unique_insights", "related_insights", "candidates", "choices", "top_insights")
HOSTILE = "[red]not markup[/red] \x1b]0;title\x07\x1b[31m\x9b2J \u202eesrever\u2066 :smile:"


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def house(bench: Bench, make_house: Callable[..., House]) -> House:
    """Over the bench's store, with two listeners."""
    return make_house(store=bench.store, listeners={"anna": ListenerSettings()}, interests=["trams"])


def show(house: House, insight_id: str, listener: str | None = None) -> str:
    console = Console(file=io.StringIO(), width=400, force_terminal=True, color_system=None)
    console.print(show_why(explain(house, insight_id, listener)), highlight=False)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def make_day(bench: Bench) -> None:
    """Ten insights on two days, two listeners: repeats, a follow-up, relations, interests, dislikes, feedback, weights."""
    for name, show, day, score in (
        ("repeated", "A", before(1), 0.9),
        ("story", "B", before(1), 0.8),
        ("repeats", "B", DAY, 0.7),
        ("goes on", "C", DAY, 0.95),
        ("voice one", "A", DAY, 0.9),
        ("voice two", "D", DAY, 0.6),
        ("second of A", "A", DAY, 0.85),
        ("third of A", "A", DAY, 0.8),
        ("weak one", "E", DAY, 0.05),
        ("plain", "E", DAY, 0.75),
    ):
        bench.insight(name, show, day, score, quote_match="exact")
    bench.listener("me", before(1), DAY)
    bench.listener("anna", before(1), DAY, interests=["trams"])
    bench.pair("repeats", "repeated", "same", 0.9, reason="all its words are there")
    bench.pair("goes on", "story", "follow_up", 0.7, reason="a new number", conflict="a number")
    bench.group("voice one", "voice two")
    bench.pair("voice one", "second of A", "other", 0.6)
    bench.match("goes on", "anna", interest=0.8, interest_text="trams", interest_cosine=0.55)
    bench.match("plain", "anna", dislike=0.5, dislike_text="cars", feedback=-0.5, feedback_of="story", feedback_cosine=0.4)
    given = {"verdict": "not_useful", "about_on": before(1), "given_at": f"{DAY}"}
    bench.add("raw.feedback", listener="anna", insight_id="story", **given)
    bench.add("raw.listener_shows", listener="anna", published_on=DAY, feed_id="feed C", weight=1.5)
    bench.add(
        "raw.relations",
        insight_id="goes on",
        published_on=DAY,
        related_id="repeated",
        related_on=before(1),
        position=1,
        cosine=0.6,
        relation="contradicts",
        score=0.95,
        question="Do they pay?",
        decided_by="judge",
        reason="opposite answers",
    )
    bench.run(*MODELS, days=(before(1), DAY))


def test_every_score_of_every_candidate_is_the_sum_of_its_stored_parts(bench: Bench, house: House) -> None:
    make_day(bench)
    for row in bench.store.select("model.unique_insights"):
        why = explain(house, row["insight_id"])
        assert why.defects == ()
        assert bool(why.places) == (row["status"] != "seen")
        for place in why.places:
            assert place.total == pytest.approx(place.score, abs=2e-6)
            assert all(part.points is not None and part.measure is not None for part in place.parts)


def test_each_measure_times_one_weight_gives_its_points_wherever_it_counts(bench: Bench, house: House) -> None:
    make_day(bench)
    places = [place for name in bench.days for place in explain(house, name).places]
    weights: dict[str, set[float]] = {}
    for part in (part for place in places for part in place.parts):
        if part.measure and part.points is not None:
            weights.setdefault(part.name, set()).add(round(part.points / part.measure, 6))
    assert set(weights) == {"value", "interest", "evidence", "novelty", "corroboration", "feedback", "dislike"}
    assert all(len(found) == 1 for found in weights.values())


def test_a_follow_up_is_explained_from_both_sides(bench: Bench, house: House) -> None:
    make_day(bench)
    shown = show(house, "goes on", "anna")
    assert "Follow-up of story (B, 9 March 2026): claim story" in shown
    assert "score 0.80; decided by test; follows up what was said on 9 Mar 2026: a new number" in shown
    assert "follow-up 0.80; contradicts 0.10; differs: a number; verdict follow-up" in shown
    assert "trams (cosine 0.55)" in shown
    assert "x 1.50, the weight of its show" in shown
    assert "contradicts: repeated (A, 9 March 2026): claim repeated" in shown
    assert "both answer: Do they pay?" in shown
    assert [link.to.insight_id for link in explain(house, "repeated").related] == ["goes on"]


def test_a_repeat_names_what_stands_for_it_and_where_that_was_told(bench: Bench, house: House) -> None:
    make_day(bench)
    shown = show(house, "repeats", "me")
    assert "Seen: it says again repeated (A, 9 March 2026): claim repeated" in shown
    assert "No brief draws on it: says again what was said on 9 Mar 2026: all its words are there." in shown
    assert "told to me on 9 March 2026, place 1, as repeated" in shown
    assert "anna" not in shown


def test_the_voices_of_a_group_are_named_on_each_of_them(bench: Bench, house: House) -> None:
    make_day(bench)
    for name in ("voice one", "voice two"):
        assert [said.insight_id for said in explain(house, name).group] == ["voice one", "voice two"]
    corroboration = [place.parts[4] for place in explain(house, "voice one", "me").places]
    assert [(part.name, part.because) for part in corroboration] == [("corroboration", "1 other show said it")]


def test_what_counted_against_it_is_named(bench: Bench, house: House) -> None:
    make_day(bench)
    parts = {part.name: part for part in explain(house, "plain", "anna").places[0].parts}
    assert (parts["dislike"].because, parts["feedback"].because) == ("cars", "not useful: claim story")
    assert (parts["dislike"].points or 0) < 0
    assert parts["feedback"].cosine == 0.4
    assert [opinion.verdict for opinion in explain(house, "story").opinions] == ["not_useful"]


def test_what_was_not_told_names_its_reason_and_the_last_that_was(bench: Bench, house: House) -> None:
    make_day(bench)
    weak = explain(house, "weak one", "anna").places[0]
    assert (weak.outcome, weak.reason) == ("weak", "score under 0.40")
    full = [explain(house, name, "me").places[0] for name in ("third of A", "second of A")]
    assert [place.outcome for place in full] == ["told", "show is full"]
    last = full[1].told[-1]
    assert last.gain == next(place.gain for place in explain(house, last.said.insight_id, "me").places if place.day == DAY)
    assert "told of its show, place" in show(house, "second of A", "me")


def test_an_insight_of_a_day_that_no_model_ran_on_is_explained_as_far_as_it_goes(bench: Bench, house: House) -> None:
    bench.insight("fresh")
    bench.run("related_insights")
    why = explain(house, "fresh")
    assert (why.novelty, why.places) == (None, ())
    assert f"The insights of {DAY} were not compared yet" in show(house, "fresh")


def test_a_brief_that_was_changed_by_hand_is_found_out(bench: Bench, house: House) -> None:
    make_day(bench)
    changed = [{**row, "score": 0.99} for row in bench.store.select("model.choices", insight_id="plain", listener="me")]
    bench.store.replace("model.choices", changed, insight_id="plain", listener="me")
    assert any("the stored score is 0.99" in defect for defect in explain(house, "plain").defects)
    assert "What does not fit together" in show(house, "plain")


def test_content_stays_text_on_a_terminal(bench: Bench, house: House) -> None:
    bench.episode("episode", HOSTILE, title=HOSTILE)
    hostile = dict.fromkeys(("claim", "explanation", "quote", "speaker", "model"), HOSTILE)
    bench.insight("nasty", episode_id="episode", score=0.9, **hostile)
    bench.listener("me", DAY)
    bench.match("nasty", interest=0.9, interest_text=HOSTILE)
    bench.run(*MODELS)
    shown = show(house, "nasty")
    assert shown.count("[red]not markup[/red] ]0;title[31m2J esrever :smile:") >= 7
    assert not set("\x1b\x07\x9b\u202e\u2066") & set(shown)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("abcdef12", "abcdef1234567890"),
        ("ABCDEF12", "abcdef1234567890"),
        (" abcdef9 ", "abcdef9000000000"),
        ("short", "short"),
    ],
)
def test_an_insight_is_found_by_its_id_or_its_beginning(bench: Bench, asked: str, found: str) -> None:
    for name in ("abcdef1234567890", "abcdef9000000000", "short"):
        bench.insight(name)
    bench.run("related_insights")
    assert find_insight(bench.store, asked) == found


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("abcdef", "begins 2 insights' ids: give more characters of one of abcdef1234567890, abcdef9000000000."),
        ("abcde", "too short for an insight's id: give at least 6 characters"),
        ("", "too short for an insight's id"),
        ("fedcba98", "No insight's id begins with 'fedcba98': brief show lists"),
        ("abcdef%", "No insight's id begins with 'abcdef%'"),
    ],
)
def test_an_id_that_names_none_or_several_is_refused_with_the_cure(bench: Bench, asked: str, said: str) -> None:
    for name in ("abcdef1234567890", "abcdef9000000000"):
        bench.insight(name)
    bench.run("related_insights")
    with pytest.raises(SettingsInvalid, match="insight") as refused:
        find_insight(bench.store, asked)
    assert said in str(refused.value)


def test_an_insight_that_went_when_its_episode_was_read_again_is_said_to_be_gone(bench: Bench, house: House) -> None:
    bench.insight("abcdef1234567890", score=0.9)
    bench.listener("me", DAY)
    bench.run(*MODELS)
    bench.store.replace("raw.insights", [], published_on=DAY)
    for asked in ("abcdef12", "abcdef1234567890"):
        with pytest.raises(SettingsInvalid, match="its episode was read again since"):
            explain(house, asked)


def test_a_listener_that_is_not_known_is_refused_with_those_that_are(bench: Bench, house: House) -> None:
    bench.insight("known1")
    bench.listener("gone since", DAY - timedelta(days=9))
    bench.run("related_insights")
    with pytest.raises(SettingsInvalid, match="No listener is called 'bob': there is anna, gone since, me"):
        explain(house, "known1", "bob")
    assert explain(house, "known1", " Anna ").places == ()
