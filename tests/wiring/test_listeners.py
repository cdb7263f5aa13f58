from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from fakes import FakeEmbedder
from samples import HOST

from brief_pipeline.records import content_id
from brief_pipeline.settings import BriefSettings, ListenerSettings
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.episodes import name_feeds
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listeners import match_listeners, write_listeners

MakeHouse = Callable[..., House]
DAY = date(2026, 5, 4)
NEXT = DAY + timedelta(days=1)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ONE = content_id(f"{HOST}/one.xml")


def add_feed(house: House, feed_id: str, title: str, url: str) -> None:
    row = {"feed_id": feed_id, "url": url, "show_title": title, "status": "fetched", "checked_at": NOON}
    house.store.replace("raw.feeds", [row], feed_id=feed_id)


def add_insights(house: House, day: date = DAY, status: str = "new", **claims: str) -> None:
    """Insights of a day that stand for themselves, with their vectors."""
    vectors = house.embedder.embed(list(claims.values()))
    insights = [
        {
            "insight_id": name,
            "episode_id": "episode",
            "feed_id": ONE,
            "published_on": day,
            "chunk_id": "chunk",
            "claim": claim,
            "explanation": "",
            "quote": claim,
            "char_start": 0,
            "char_end": 1,
            "method": "extract",
            "model": "test",
            "score": 0.5,
            "text_hash": f"hash of {name}",
        }
        for name, claim in claims.items()
    ]
    unique = [
        {"insight_id": name, "published_on": day, "status": status, "group_id": name, "evidence": 0.5} for name in claims
    ]
    embeddings = [
        {"text_hash": f"hash of {name}", "model": house.embedder.name, "vector": vector}
        for name, vector in zip(claims, vectors, strict=True)
    ]
    house.store.apply(
        [Change("raw.insights", insights), Change("model.unique_insights", unique), Change("raw.embeddings", embeddings)]
    )


def rate(house: House, insight_id: str, verdict: str, listener: str = "me", about_on: date = DAY) -> None:
    row = {"listener": listener, "insight_id": insight_id, "verdict": verdict, "about_on": about_on, "given_at": NOON}
    house.store.apply([Change("raw.feedback", [row])])


def matches(house: House, day: date = DAY, listener: str = "me") -> dict[str, dict[str, Any]]:
    write_listeners(house, [day])
    match_listeners(house, [day])
    rows = house.store.select("raw.listener_matches", published_on=day, listener=listener)
    assert len({row["insight_id"] for row in rows}) == len(rows)
    return {row["insight_id"]: row for row in rows}


def test_each_day_has_its_listeners_and_rules(make_house: MakeHouse) -> None:
    anna = ListenerSettings(interests=[" Night  buses ", "Night buses", ""], dislikes=["Sport"])
    house = make_house(listeners={"anna": anna}, interests=["Bread"], brief=BriefSettings(window_days=5))
    reports = write_listeners(house, [DAY, NEXT])
    rows = house.store.select("raw.listeners", published_on=NEXT)
    assert [(row["listener"], row["position"], row["interests"], row["dislikes"]) for row in rows] == [
        ("me", 0, ["Bread"], []),
        ("anna", 1, ["Night buses"], ["Sport"]),
    ]
    assert [row["window_days"] for row in house.store.select("raw.brief_rules", published_on=DAY)] == [5]
    assert reports[DAY].notes["rows"] == 2


def test_writing_twice_changes_nothing_and_who_left_is_gone(make_house: MakeHouse) -> None:
    house = make_house(listeners={"anna": ListenerSettings(interests=["Bread"])})
    write_listeners(house, [DAY, NEXT])
    write_listeners(house, [DAY, NEXT])
    write_listeners(make_house(), [DAY])
    listeners = [[row["listener"] for row in house.store.select("raw.listeners", published_on=day)] for day in (DAY, NEXT)]
    assert listeners == [["me"], ["anna"]]


def test_a_show_is_weighed_by_its_title_or_its_url(make_house: MakeHouse) -> None:
    house = make_house(weights={"SHOW one ": 2, f"{HOST}/two.xml": 0}, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    add_feed(house, ONE, "Show One", f"{HOST}/one.xml")
    reports = write_listeners(house, [DAY])
    shown = {row["feed_id"]: row["weight"] for row in house.store.select("raw.listener_shows", published_on=DAY)}
    assert shown == {ONE: 2, content_id(f"{HOST}/two.xml"): 0}  # the second was never read: it is known by its URL
    assert "unknown_shows" not in reports[DAY].notes


def test_a_show_that_no_feed_has_is_noted(make_house: MakeHouse) -> None:
    house = make_house(weights={"Nobody's Show": 2, "Another": 0})
    reports = write_listeners(house, [DAY])
    assert reports[DAY].notes["unknown_shows"] == "Another, Nobody's Show"
    assert house.store.select("raw.listener_shows") == []


def test_a_show_that_moved_still_goes_by_its_old_url(make_house: MakeHouse) -> None:
    house = make_house()
    move = {"from_id": ONE, "feed_id": ONE, "url": f"{HOST}/new.xml", "moved_at": NOON}
    house.store.apply([Change("raw.feed_moves", [move])])
    assert name_feeds(house) == {ONE: {f"{HOST}/one.xml", f"{HOST}/new.xml"}}


def test_an_insight_matches_the_interest_and_the_dislike_it_is_near(make_house: MakeHouse) -> None:
    house = make_house(interests=["night buses", "rye bread"], dislikes=["football matches"])
    add_insights(house, bread="Rye bread rises slowly", ball="Football matches last ninety minutes", none="Cells age")
    found = matches(house)
    assert (found["bread"]["interest_text"], found["bread"]["dislike"]) == ("rye bread", 0)
    assert found["bread"]["interest"] > 0.9
    assert found["ball"]["dislike_text"] == "football matches"
    assert found["ball"]["dislike"] > 0.9
    assert found["none"]["interest"] == found["none"]["dislike"] == 0
    assert found["bread"]["interest_cosine"] == round(float(np.sqrt(0.5)), 6)


def test_who_named_nothing_has_no_figures(make_house: MakeHouse) -> None:
    house = make_house()
    add_insights(house, bread="Rye bread rises slowly")
    row = matches(house)["bread"]
    assert [row[name] for name in ("interest", "interest_text", "dislike", "feedback", "feedback_of")] == [None] * 5


def test_the_brief_draws_on_its_window_and_not_on_what_was_seen(make_house: MakeHouse) -> None:
    house = make_house(brief=BriefSettings(window_days=2))
    add_insights(house, DAY, today="Bread")
    add_insights(house, DAY, "seen", again="Bread again")
    add_insights(house, DAY - timedelta(days=2), "follow_up", late="Bread, late")
    add_insights(house, DAY - timedelta(days=3), old="Bread, old")
    add_insights(house, NEXT, tomorrow="Bread, tomorrow")
    assert set(matches(house)) == {"today", "late"}


def test_verdicts_count_from_the_day_after_what_they_are_about(make_house: MakeHouse) -> None:
    house = make_house()
    add_insights(house, rated="Rye bread rises slowly overnight", like="Rye bread rises slowly today", other="Cells age")
    rate(house, "rated", "not_useful")
    assert matches(house, DAY)["like"]["feedback"] is None
    found = matches(house, NEXT)
    assert found["like"]["feedback"] < -0.4
    assert (found["like"]["feedback_of"], found["other"]["feedback"]) == ("rated", 0)


def test_each_listener_has_their_own_verdicts_and_known_is_none(make_house: MakeHouse) -> None:
    house = make_house(listeners={"anna": ListenerSettings(), "ben": ListenerSettings(interests=["Bread"])})
    add_insights(house, rated="Rye bread rises slowly overnight", like="Rye bread rises slowly today")
    rate(house, "rated", "useful", "anna")
    rate(house, "like", "known", "ben")
    assert matches(house, NEXT, "anna")["like"]["feedback"] > 0.4
    assert matches(house, NEXT, "ben")["like"]["feedback"] is None


def test_a_verdict_on_what_is_gone_is_passed_over(make_house: MakeHouse) -> None:
    house = make_house()
    add_insights(house, like="Rye bread rises slowly today")
    rate(house, "gone", "useful")
    assert matches(house, NEXT)["like"]["feedback"] is None


def test_each_sentence_is_embedded_once(make_house: MakeHouse) -> None:
    same = ListenerSettings(interests=["night buses, rye bread"], dislikes=["sport"])
    house = make_house(listeners={"anna": same, "ben": same}, embedder=(embedder := FakeEmbedder()))
    add_insights(house, bread="Rye bread")
    write_listeners(house, [DAY, NEXT])
    embedder.asked.clear()
    match_listeners(house, [DAY, NEXT])
    assert sorted(embedder.asked) == sorted(["night buses, rye bread", "night buses", "rye bread", "sport"])


def test_what_another_model_embedded_is_embedded_anew(make_house: MakeHouse) -> None:
    house = make_house(interests=["rye bread"])
    add_insights(house, bread="Rye bread")
    house = make_house(interests=["rye bread"], embedder=FakeEmbedder(name="another"))
    assert matches(house)["bread"]["interest"] == 1


def test_matching_twice_changes_nothing(make_house: MakeHouse) -> None:
    house = make_house(interests=["rye bread"])
    add_insights(house, bread="Rye bread", cells="Cells age")
    assert matches(house) == matches(house)


def test_a_day_without_insights_has_no_matches(make_house: MakeHouse) -> None:
    house = make_house(interests=["rye bread"])
    write_listeners(house, [DAY])
    assert match_listeners(house, [DAY])[DAY].notes == {"rows": 0, "listeners": 0, "candidates": 0, "verdicts": 0}
