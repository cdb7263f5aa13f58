from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from brief_pipeline.engines.subscribers import SqlSubscribers, open_subscribers
from brief_pipeline.engines.subscribers.links import LIVES
from brief_pipeline.engines.subscribers.store import FEEDBACK_WAITING, PENDING_DAYS, UNSUBSCRIBED_DAYS
from brief_pipeline.errors import SettingsInvalid, StoreUnreadable, Unreachable
from brief_pipeline.records import Subscriber, Wishes

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)
BUSES = Wishes(("Night buses",), (), 6, "Europe/Paris")
BREAD = Wishes(("Rye bread",), ("Sport",), 8, "UTC")
SECOND = timedelta(seconds=1)
POSTGRES = os.environ.get("TEST_POSTGRES_URL")  # a URL of an empty database


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason="no PostgreSQL"))])
def subscribers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlSubscribers]:
    opened = open_subscribers(POSTGRES if request.param == "postgres" else None, tmp_path / "subscribers.sqlite")
    for one in opened.list_subscribers():
        opened.delete(one.subscriber_id)
    yield opened
    opened.close()


def sign_up(subscribers: SqlSubscribers, name: str = "ann", wishes: Wishes = BUSES, now: datetime = NOW) -> str:
    return subscribers.sign_up(f"{name}@example.org", f"{name}@example.org", wishes, now).token


def confirmed(subscribers: SqlSubscribers, name: str = "ann", now: datetime = NOW) -> Subscriber:
    who = subscribers.confirm(sign_up(subscribers, name, now=now), now)
    assert who
    return who


def test_who_signs_up_waits_for_the_confirmation(subscribers: SqlSubscribers) -> None:
    token = sign_up(subscribers)
    assert [one.state for one in subscribers.list_subscribers()] == ["pending"]
    link = subscribers.find_link(token, "confirm", NOW)
    assert link
    assert (link.wishes, link.is_used) == (BUSES, False)
    who = subscribers.confirm(token, NOW + SECOND)
    assert who
    assert (who.state, who.confirmed_at, who.wishes) == ("confirmed", NOW + SECOND, BUSES)


def test_looking_at_a_link_changes_nothing(subscribers: SqlSubscribers) -> None:
    token = sign_up(subscribers)
    for _ in range(3):
        assert subscribers.find_link(token, "confirm", NOW)
    assert [one.state for one in subscribers.list_subscribers()] == ["pending"]


def test_confirming_twice_changes_nothing(subscribers: SqlSubscribers) -> None:
    token = sign_up(subscribers)
    first = subscribers.confirm(token, NOW)
    assert first
    manage = subscribers.make_manage_token(first.subscriber_id, NOW)
    subscribers.change(manage, BREAD, NOW)
    second = subscribers.confirm(token, NOW + SECOND)
    assert second
    assert (second.confirmed_at, second.wishes) == (NOW, BREAD)
    assert subscribers.find_link(token, "confirm", NOW).is_used  # type: ignore[union-attr]


def test_a_confirmation_expires(subscribers: SqlSubscribers) -> None:
    token = sign_up(subscribers)
    late = NOW + LIVES["confirm"]
    assert subscribers.confirm(token, late) is None
    assert subscribers.find_link(token, "confirm", late) is None
    assert subscribers.confirm(token, late - SECOND)


def test_a_stranger_cannot_change_what_another_asked_for(subscribers: SqlSubscribers) -> None:
    own = sign_up(subscribers, wishes=BUSES)
    sign_up(subscribers, wishes=BREAD)  # by whoever typed the address
    who = subscribers.confirm(own, NOW)
    assert who
    assert who.wishes == BUSES
    sign_up(subscribers, wishes=BREAD)
    assert [(one.state, one.wishes) for one in subscribers.list_subscribers()] == [("confirmed", BUSES)]


def test_an_address_that_is_known_takes_new_wishes_once_confirmed(subscribers: SqlSubscribers) -> None:
    before = confirmed(subscribers)
    after = subscribers.confirm(sign_up(subscribers, wishes=BREAD), NOW + SECOND)
    assert after
    assert (after.subscriber_id, after.wishes, after.confirmed_at) == (before.subscriber_id, BREAD, NOW)


def test_a_token_is_good_for_its_purpose_alone(subscribers: SqlSubscribers) -> None:
    who = confirmed(subscribers)
    links = subscribers.make_links(who.subscriber_id, NOW)
    assert links
    opens = {
        (name, purpose): subscribers.find_link(token, purpose, NOW) is not None
        for name, token in (("manage", links.manage), ("unsubscribe", links.unsubscribe), ("feedback", links.feedback))
        for purpose in LIVES
    }
    assert {pair for pair, is_good in opens.items() if is_good} == {
        ("manage", "manage"),
        ("manage", "unsubscribe"),
        ("unsubscribe", "unsubscribe"),
        ("feedback", "feedback"),
    }
    assert subscribers.change(links.unsubscribe, BREAD, NOW) is None
    assert subscribers.find_link("no such token", "manage", NOW) is None


def test_only_hashes_of_tokens_are_kept(subscribers: SqlSubscribers, tmp_path: Path) -> None:
    token = sign_up(subscribers)
    who = subscribers.confirm(token, NOW)
    assert who
    links = subscribers.make_links(who.subscriber_id, NOW)
    assert links
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [one for one in (token, links.manage, links.unsubscribe, links.feedback) if one.encode() in kept]
    assert len({token, links.manage, links.unsubscribe, links.feedback}) == 4
    assert token not in repr(links)


def test_who_unsubscribed_gets_no_links_for_a_mail(subscribers: SqlSubscribers) -> None:
    who = confirmed(subscribers)
    links = subscribers.make_links(who.subscriber_id, NOW)
    assert links
    gone = subscribers.unsubscribe(links.unsubscribe, NOW)
    assert gone
    assert (gone.state, gone.unsubscribed_at) == ("unsubscribed", NOW)
    assert subscribers.make_links(who.subscriber_id, NOW) is None
    assert subscribers.change(links.manage, BREAD, NOW) is None
    again = subscribers.unsubscribe(links.unsubscribe, NOW + SECOND)
    assert again
    assert again.unsubscribed_at == NOW


def test_an_old_mail_still_unsubscribes(subscribers: SqlSubscribers) -> None:
    links = subscribers.make_links(confirmed(subscribers).subscriber_id, NOW)
    assert links
    a_year_on = NOW + timedelta(days=400)
    subscribers.forget_old(a_year_on)
    assert subscribers.find_link(links.manage, "manage", a_year_on) is None
    assert subscribers.unsubscribe(links.unsubscribe, a_year_on)


def test_unsubscribing_voids_a_confirmation_on_its_way(subscribers: SqlSubscribers) -> None:
    links = subscribers.make_links(confirmed(subscribers).subscriber_id, NOW)
    assert links
    on_its_way = sign_up(subscribers, wishes=BREAD)
    subscribers.unsubscribe(links.unsubscribe, NOW)
    assert subscribers.confirm(on_its_way, NOW) is None
    back = subscribers.confirm(sign_up(subscribers), NOW + SECOND)
    assert back
    assert (back.state, back.confirmed_at, back.unsubscribed_at) == ("confirmed", NOW + SECOND, None)


def test_many_sign_ups_of_one_address_at_once_are_one_person(subscribers: SqlSubscribers) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: sign_up(subscribers), range(24)))
        ids = {who.subscriber_id for who in pool.map(lambda token: subscribers.confirm(token, NOW), tokens) if who}
    assert len(set(tokens)) == 24
    assert len(ids) == len(subscribers.list_subscribers()) == 1


def test_two_processes_making_the_file_at_once_both_have_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_subscribers(None, tmp_path / "new.sqlite"), range(4)))
    confirmed(opened[0])
    assert [len(one.list_subscribers()) for one in opened] == [1, 1, 1, 1]


def test_feedback_waits_until_it_is_taken_and_the_last_word_stands(subscribers: SqlSubscribers) -> None:
    links = subscribers.make_links(confirmed(subscribers).subscriber_id, NOW)
    assert links
    subscribers.give_feedback(links.feedback, "i1", "useful", NOW)
    subscribers.give_feedback(links.feedback, "i1", "known", NOW + SECOND)
    subscribers.give_feedback(links.feedback, "i2", "useful", NOW)
    waiting = subscribers.list_feedback()
    assert [(one.insight_id, one.verdict) for one in waiting] == [("i2", "useful"), ("i1", "known")]
    subscribers.give_feedback(links.feedback, "i1", "not_useful", NOW + 2 * SECOND)  # while it is taken over
    subscribers.settle_feedback(waiting)
    assert [(one.insight_id, one.verdict) for one in subscribers.list_feedback()] == [("i1", "not_useful")]
    assert subscribers.give_feedback(links.manage, "i1", "useful", NOW) is None


def test_feedback_of_one_link_has_an_end(subscribers: SqlSubscribers) -> None:
    links = subscribers.make_links(confirmed(subscribers).subscriber_id, NOW)
    assert links
    for number in range(FEEDBACK_WAITING + 3):
        subscribers.give_feedback(links.feedback, f"i{number}", "useful", NOW)
    assert len(subscribers.list_feedback()) == FEEDBACK_WAITING


def test_addresses_are_forgotten_as_said(subscribers: SqlSubscribers) -> None:
    sign_up(subscribers, "pending")
    confirmed(subscribers, "stays")
    links = subscribers.make_links(confirmed(subscribers, "left").subscriber_id, NOW)
    assert links
    subscribers.unsubscribe(links.unsubscribe, NOW)
    assert subscribers.forget_old(NOW + timedelta(days=PENDING_DAYS)) == 0
    assert subscribers.forget_old(NOW + timedelta(days=PENDING_DAYS) + SECOND) == 1
    assert subscribers.forget_old(NOW + timedelta(days=UNSUBSCRIBED_DAYS) + SECOND) == 1
    assert [one.address for one in subscribers.list_subscribers()] == ["stays@example.org"]


def test_deleting_leaves_nothing_of_a_person(subscribers: SqlSubscribers, tmp_path: Path) -> None:
    who = confirmed(subscribers)
    links = subscribers.make_links(who.subscriber_id, NOW)
    assert links
    subscribers.give_feedback(links.feedback, "i1", "useful", NOW)
    assert subscribers.delete(who.subscriber_id)
    assert not subscribers.delete(who.subscriber_id)
    assert (subscribers.list_subscribers(), subscribers.list_feedback()) == ([], [])
    assert subscribers.unsubscribe(links.unsubscribe, NOW) is None
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ann@example.org" not in kept
    assert b"Night buses" not in kept


def test_a_subscriber_is_found_by_address_id_or_name(subscribers: SqlSubscribers) -> None:
    who = confirmed(subscribers)
    assert [subscribers.find(key) for key in ("ann@example.org", who.subscriber_id, who.listener)] == [who] * 3
    assert subscribers.find("ben@example.org") is None
    assert subscribers.count() == {"confirmed": 1}
    assert "ann@" not in repr(who)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "subscribers.sqlite"
    opened = open_subscribers(None, path)
    confirmed(opened)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3  # with its journal


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (path := tmp_path / "subscribers.sqlite").write_text("not a database at all, but a text that is long enough" * 20)
    with pytest.raises(StoreUnreadable, match=r"subscribers\.sqlite.*not a database"):
        open_subscribers(None, path)


def test_a_newer_schema_is_not_touched(tmp_path: Path) -> None:
    open_subscribers(None, path := tmp_path / "subscribers.sqlite").close()
    with sqlite3.connect(path) as connection:
        connection.execute("update schema_version set version = 99")
    with pytest.raises(StoreUnreadable, match="newer version"):
        open_subscribers(None, path)


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("nonsense", SettingsInvalid, "no address of a database"),
        ("postgresql+nosuch://ann:secret@localhost/x", SettingsInvalid, "driver"),
        ("sqlite://", SettingsInvalid, "names no file"),
        ("postgresql+psycopg://ann:secret@127.0.0.1:1/x?connect_timeout=2", Unreachable, "cannot be used now"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str, error: type[Exception], said: str, tmp_path: Path) -> None:
    if "psycopg" in url:
        pytest.importorskip("psycopg")
    with pytest.raises(error, match=said) as told:
        open_subscribers(url, tmp_path / "unused.sqlite")
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None
