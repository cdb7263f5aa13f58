from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import ListenerSettings
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.feedback import give_feedback
from brief_pipeline.wiring.house import House

DAY = date(2026, 5, 4)
IDS = ("aaaaaa1111111111", "aaaaaa2222222222", "bbbbbb3333333333")


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    """Three insights, of whom anna and ben may have an opinion."""
    house = make_house(listeners={"anna": ListenerSettings(), "ben": ListenerSettings(interests=["Bread"])})
    rows = [
        {
            "insight_id": insight_id,
            "episode_id": "episode",
            "feed_id": "feed",
            "published_on": DAY,
            "chunk_id": "chunk",
            "claim": f"claim {insight_id[:6]}",
            "explanation": "",
            "quote": "quote",
            "char_start": 0,
            "char_end": 1,
            "method": "extract",
            "model": "test",
            "score": 0.5,
            "text_hash": insight_id,
        }
        for insight_id in IDS
    ]
    house.store.apply([Change("raw.insights", rows)])
    return house


def tell(house: House, insight_id: str, listener: str, day: date) -> None:
    row = {"listener": listener, "published_on": day, "rank": 1, "insight_id": insight_id, "score": 0.5}
    house.store.apply([Change("main.top_insights", [row])])


def kept(house: House) -> list[tuple[Any, ...]]:
    rows = house.store.select("raw.feedback")
    return sorted((row["listener"], row["insight_id"], row["verdict"], row["about_on"]) for row in rows)


def test_a_verdict_is_about_the_day_whose_brief_told_it(house: House) -> None:
    tell(house, IDS[0], "ben", DAY + timedelta(days=1))
    tell(house, IDS[0], "anna", DAY + timedelta(days=2))
    given = give_feedback(house, IDS[0], "useful", "anna")
    assert kept(house) == [("anna", IDS[0], "useful", DAY + timedelta(days=2))]
    assert (given.claim, given.verdict, given.before) == ("claim aaaaaa", "useful", None)


def test_what_was_not_told_is_about_its_own_day(house: House) -> None:
    give_feedback(house, IDS[2], "known", "ben")
    assert kept(house) == [("ben", IDS[2], "known", DAY)]


def test_the_first_listener_is_meant_where_none_is_named(house: House) -> None:
    assert give_feedback(house, IDS[0], "useful").listener == "anna"


def test_a_second_verdict_takes_the_place_of_the_first(house: House) -> None:
    give_feedback(house, IDS[0], "useful", "anna")
    give_feedback(house, IDS[0], "useful", "ben")
    given = give_feedback(house, IDS[0], "Not-Useful", "anna")
    assert given.before == "useful"
    assert kept(house) == [("anna", IDS[0], "not_useful", DAY), ("ben", IDS[0], "useful", DAY)]


def test_a_verdict_can_be_taken_back(house: House) -> None:
    give_feedback(house, IDS[0], "not useful", "anna")
    given = give_feedback(house, IDS[0], "forget", "anna")
    assert (given.before, kept(house)) == ("not_useful", [])
    assert give_feedback(house, IDS[0], "forget", "anna").before is None


def test_an_insight_goes_by_the_beginning_of_its_id(house: House) -> None:
    assert give_feedback(house, " BBBBBB ", "useful").insight_id == IDS[2]
    assert give_feedback(house, "aaaaaa2", "useful").insight_id == IDS[1]


@pytest.mark.parametrize(
    ("insight_id", "verdict", "listener", "said"),
    [
        ("aaaaaa", "useful", "anna", "'aaaaaa' begins 2 insights' ids: give more characters of one of aaaaaa1111111111"),
        ("bbbbb", "useful", "anna", "'bbbbb' is too short for an insight's id: give at least 6 characters of it"),
        ("cccccc", "useful", "anna", "No insight's id begins with 'cccccc': brief show lists the ids"),
        ("bbbbbb33333333334", "useful", "anna", "No insight's id begins with 'bbbbbb33333333334'"),
        ("", "useful", "anna", "'' is too short for an insight's id"),
        (IDS[0], "useful", "carl", "No listener is called 'carl': there is anna, ben. Name another one in brief.toml"),
        (IDS[0], "useful", "me", "No listener is called 'me': there is anna, ben."),
        (IDS[0], "great", "anna", "'great' is no verdict. Say one of: useful, not-useful, known, forget."),
    ],
)
def test_what_is_not_clear_is_said_with_its_cure(
    house: House, insight_id: str, verdict: str, listener: str, said: str
) -> None:
    with pytest.raises(SettingsInvalid) as wrong:
        give_feedback(house, insight_id, verdict, listener)
    assert str(wrong.value).startswith(said)
    assert kept(house) == []
