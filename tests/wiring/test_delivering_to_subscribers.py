"""Briefs sent to those who signed up: to who is confirmed at that moment, and never in the way of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from engines.mail_server import MailServer, serve_mail
from wiring.site_world import World
from wiring.test_delivering import DAY, TABLE
from wiring.test_signing_up import confirm

from brief_pipeline.engines.mail import SmtpMailer
from brief_pipeline.engines.subscribers import SqlSubscribers, open_subscribers
from brief_pipeline.errors import Unreachable
from brief_pipeline.settings import MailSettings
from brief_pipeline.wiring.delivering import Sending, deliver_due, send_briefs
from brief_pipeline.wiring.house import House

MakeHouse = Callable[..., House]
EARLIER = datetime(2026, 5, 4, 5, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with serve_mail() as server:
        yield server


@pytest.fixture
def signed_up(tmp_path: Path) -> Iterator[SqlSubscribers]:
    subscribers = open_subscribers(None, tmp_path / "subscribers.sqlite")
    yield subscribers
    subscribers.close()


@pytest.fixture
def house(make_house: MakeHouse, server: MailServer, signed_up: SqlSubscribers) -> House:
    """Told a brief to "me", "anna" and Ben, who signed up."""
    mail = MailSettings(host="127.0.0.1", port=server.port, security="none", sender="Brief <brief@example.org>")
    mailer = SmtpMailer("127.0.0.1", server.port, "none", timeout_seconds=5)
    made = make_house(mail=mail, mail_to="me@example.org", mailer=mailer, subscribers=signed_up)
    World(days=2, last=DAY).write(made.store)
    ben = confirm(signed_up, "ben", EARLIER)
    [brief] = made.store.select("raw.briefs", listener="me", published_on=DAY)
    items = made.store.select("main.brief_items", listener="me", published_on=DAY)
    made.store.replace("raw.briefs", [{**brief, "listener": ben.listener}], listener=ben.listener)
    made.store.replace("main.brief_items", [{**one, "listener": ben.listener} for one in items], listener=ben.listener)
    return made


def test_a_subscriber_gets_theirs_with_links_of_their_own(house: House, server: MailServer) -> None:
    send_briefs(house, Sending(DAY))
    [mail] = server.mails("ben@example.org")
    assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8080/unsubscribe/")  # no [site] url: this machine's
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [own] = server.mails("me@example.org")
    assert own["List-Unsubscribe"] is None


def test_while_their_database_is_away_the_others_get_theirs(house: House, server: MailServer, tmp_path: Path) -> None:
    (away := tmp_path / "away.sqlite").mkdir()
    deliver_due(replace(house, subscribers=SqlSubscribers(None, away)), [DAY], None, is_backfill=False)
    assert [to for to, _ in server.taken] == ["me@example.org"]
    deliver_due(house, [DAY], None, is_backfill=False)
    assert sorted(to for to, _ in server.taken) == ["ben@example.org", "me@example.org"]


def test_a_database_that_goes_away_on_the_way_is_a_failure_of_one_brief(
    house: House, server: MailServer, signed_up: SqlSubscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unreachable("The subscribers' database cannot be used now.")

    with monkeypatch.context() as patch:
        patch.setattr(signed_up, "make_links", away)
        rows = send_briefs(house, Sending(DAY))
    assert sorted(row["status"] for row in rows) == ["failed", "sent"]
    send_briefs(house, Sending(DAY))
    assert {row["status"] for row in house.store.select(TABLE)} == {"sent"}
    assert len(server.mails("ben@example.org")) == 1


def test_who_unsubscribes_while_it_is_sent_gets_none(
    house: House, server: MailServer, signed_up: SqlSubscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ben] = signed_up.list_subscribers()
    links = signed_up.make_links(ben.subscriber_id, EARLIER)
    assert links
    listed = signed_up.list_subscribers

    def list_and_lose(*states: str) -> object:
        found = listed(*states)
        signed_up.unsubscribe(links.unsubscribe, EARLIER)  # after the list was made, before the mail is
        return found

    monkeypatch.setattr(signed_up, "list_subscribers", list_and_lose)
    send_briefs(house, Sending(DAY))
    assert server.mails("ben@example.org") == []
