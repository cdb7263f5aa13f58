from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from wiring.test_listeners import add_insights

from brief_pipeline.engines.subscribers import Links, SqlSubscribers, open_subscribers
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.records import Subscriber, Wishes
from brief_pipeline.wiring.feedback import give_feedback
from brief_pipeline.wiring.house import House, find_subscribers
from brief_pipeline.wiring.listeners import find_listener, write_listeners
from brief_pipeline.wiring.signing_up import take_in_subscribers

MakeHouse = Callable[..., House]
DAY = date(2026, 5, 4)
MORNING_AFTER = datetime(2026, 5, 5, 5, tzinfo=UTC)
WISHES = Wishes(("Night buses",), ("Sport",), 6, "Europe/Paris")
INSIGHT = "0123456789abcdef"


@pytest.fixture
def signed_up(tmp_path: Path) -> Iterator[SqlSubscribers]:
    subscribers = open_subscribers(None, tmp_path / "subscribers.sqlite")
    yield subscribers
    subscribers.close()


def confirm(subscribers: SqlSubscribers, name: str, at: datetime = MORNING_AFTER) -> Subscriber:
    address = f"{name}@example.org"
    person = subscribers.confirm(subscribers.sign_up(address, address, WISHES, at).token, at)
    assert person
    return person


def links_of(subscribers: SqlSubscribers, person: Subscriber) -> Links:
    links = subscribers.make_links(person.subscriber_id, MORNING_AFTER)
    assert links
    return links


def listeners_of(house: House, day: date) -> list[str]:
    write_listeners(house, [day])
    rows = house.store.select("raw.listeners", published_on=day)
    assert [row["position"] for row in rows] == list(range(len(rows)))
    return [row["listener"] for row in rows]


def test_who_confirmed_is_a_listener_beside_those_of_the_settings(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up, interests=["Bread"])
    signed_up.sign_up("new@example.org", "new@example.org", WISHES, MORNING_AFTER)  # not confirmed
    ben = confirm(signed_up, "ben", MORNING_AFTER - timedelta(days=3))
    ann = confirm(signed_up, "ann")
    reports = take_in_subscribers(house)
    assert (reports[None].notes["rows"], reports[None].notes["confirmed"]) == (2, 2)
    assert listeners_of(house, DAY) == ["me", ben.listener, ann.listener]
    [row] = house.store.select("raw.listeners", listener=ann.listener)
    assert (row["interests"], row["dislikes"]) == (["Night buses"], ["Sport"])


def test_no_address_comes_into_the_warehouse(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up)
    confirm(signed_up, "ann")
    reports = take_in_subscribers(house)
    write_listeners(house, [DAY])
    assert "ann@" not in str(reports)
    assert b"ann@" not in house.settings.database.read_bytes()


def test_a_subscriber_gets_briefs_from_the_next_one_on(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up)
    ann = confirm(signed_up, "ann")
    take_in_subscribers(house)
    by_day = [ann.listener in listeners_of(house, DAY + timedelta(days=days)) for days in (-1, 0, 1)]
    assert by_day == [False, True, True]  # the brief of a day is made on the next one


def test_who_unsubscribed_is_no_listener_from_then_on(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up)
    ann = confirm(signed_up, "ann", MORNING_AFTER - timedelta(days=3))
    signed_up.unsubscribe(links_of(signed_up, ann).unsubscribe, MORNING_AFTER)
    take_in_subscribers(house)
    by_day = [ann.listener in listeners_of(house, DAY + timedelta(days=days)) for days in (-2, -1, 0, 1)]
    assert by_day == [True, True, False, False]  # what was made before stays as it was when it is made again


def test_who_is_deleted_leaves_the_table(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up)
    ann, ben = confirm(signed_up, "ann"), confirm(signed_up, "ben")
    take_in_subscribers(house)
    signed_up.delete(ann.subscriber_id)
    take_in_subscribers(house)
    take_in_subscribers(house)
    assert [row["listener"] for row in house.store.select("raw.subscribers")] == [ben.listener]


def test_without_subscribers_the_table_is_empty(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    confirm(signed_up, "ann")
    take_in_subscribers(make_house(subscribers=signed_up))
    house = make_house()
    take_in_subscribers(house)
    assert house.store.select("raw.subscribers") == []


def test_when_the_database_cannot_be_had_the_known_ones_stay(
    make_house: MakeHouse, signed_up: SqlSubscribers, tmp_path: Path
) -> None:
    confirm(signed_up, "ann")
    take_in_subscribers(make_house(subscribers=signed_up))
    (broken := tmp_path / "broken.sqlite").mkdir()
    house = make_house(subscribers=SqlSubscribers(None, broken))
    reports = take_in_subscribers(house)
    assert reports[None].failed == 1
    assert [row["stage"] for row in house.store.select("raw.failures")] == ["subscribers"]
    assert len(listeners_of(house, DAY)) == 2
    take_in_subscribers(make_house(subscribers=signed_up))
    assert house.store.select("raw.failures") == []


def test_feedback_is_taken_over_once(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up)
    add_insights(house, **{INSIGHT: "Rye bread rises slowly"})
    ann = confirm(signed_up, "ann")
    token = links_of(signed_up, ann).feedback
    signed_up.give_feedback(token, INSIGHT, "useful", MORNING_AFTER)
    signed_up.give_feedback(token, "f" * 16, "useful", MORNING_AFTER)  # no such insight
    notes = take_in_subscribers(house)[None].notes
    assert (notes["feedback"], notes["unknown_insights"]) == (1, 1)
    [row] = house.store.select("raw.feedback")
    assert (row["listener"], row["insight_id"], row["verdict"], row["about_on"]) == (ann.listener, INSIGHT, "useful", DAY)
    assert row["given_at"] == MORNING_AFTER
    assert signed_up.list_feedback() == []
    assert take_in_subscribers(house)[None].notes["feedback"] == 0
    assert len(house.store.select("raw.feedback")) == 1


def test_the_operator_names_a_subscriber_as_any_listener(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up)
    add_insights(house, **{INSIGHT: "Rye bread rises slowly"})
    ann = confirm(signed_up, "ann")
    take_in_subscribers(house)
    assert find_listener(house, ann.listener) == ann.listener
    assert give_feedback(house, INSIGHT, "known", ann.listener).listener == ann.listener
    with pytest.raises(SettingsInvalid, match="No listener is called"):
        find_listener(house, "subscriber-nobody")


def test_a_house_has_subscribers_once_somebody_could_sign_up(make_house: MakeHouse) -> None:
    settings = make_house().settings
    assert find_subscribers(settings) is None
    open_subscribers(None, settings.subscribers_file).close()
    assert find_subscribers(settings)
