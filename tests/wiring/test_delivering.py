"""Briefs sent to people: each to each once, against a real mail server, a real webhook and a real folder."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from engines.loopback import Reply, serve
from engines.mail_server import MailServer, serve_mail
from pydantic import SecretStr
from wiring.site_world import World

from brief_pipeline.engines.mail import SmtpMailer
from brief_pipeline.settings import ListenerSettings, MailSettings, SiteSettings
from brief_pipeline.wiring.delivering import TABLE, Sending, deliver_due, list_open, send_briefs
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.recipients import list_recipients

MakeHouse = Callable[..., House]
DAY = date(2026, 5, 4)  # the last that is over at NOW
ANNA = ListenerSettings(mail_to="anna@example.org")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with serve_mail() as server:
        yield server


@pytest.fixture
def make(make_house: MakeHouse, server: MailServer) -> MakeHouse:
    """Builds a house that has told a brief to "me" and to "anna"."""

    def make(**changes: Any) -> House:
        mail = MailSettings(
            host="127.0.0.1", port=server.port, security="none", sender="Brief <brief@example.org>", attempts=2
        )
        known = {"mail": mail, "mail_to": "me@example.org", "listeners": {"anna": ANNA}}
        mailer = SmtpMailer("127.0.0.1", server.port, "none", timeout_seconds=5)
        house = make_house(**{**known, "mailer": mailer, **changes})
        World(days=2, last=DAY).write(house.store)
        return house

    return make


def status_of(house: House) -> dict[tuple[str, str], str]:
    return {(row["listener"], row["channel"]): row["status"] for row in house.store.select(TABLE)}


def test_each_gets_their_brief_once_however_often_it_is_run(make: MakeHouse, server: MailServer) -> None:
    house = make()
    reports = deliver_due(house, [DAY], "run-1", is_backfill=False)
    assert (reports[DAY].notes["rows"], reports[DAY].notes["sent"]) == (2, 2)
    for run in ("run-2", "run-3"):
        deliver_due(house, [DAY], run, is_backfill=False)
    assert sorted(to for to, _ in server.taken) == ["anna@example.org", "me@example.org"]
    [mail] = server.mails("me@example.org")
    assert mail["Subject"].startswith("Podcast brief, 4 May: Claim 0")
    [row] = house.store.select(TABLE, listener="me")
    assert (row["status"], row["attempts_count"], row["run_id"]) == ("sent", 1, "run-1")
    assert row["message_id"] == mail["Message-ID"]


def test_no_address_is_kept_or_reported(make: MakeHouse) -> None:
    house = make()
    reports = deliver_due(house, [DAY], None, is_backfill=False)
    assert "example.org" not in str(reports)
    assert b"me@example.org" not in house.settings.database.read_bytes()
    assert (house.settings.data / "deliveries.key").stat().st_mode & 0o077 == 0


def test_a_backfill_and_a_day_of_the_past_send_nothing_unless_told(make: MakeHouse, server: MailServer) -> None:
    house = make()
    before = DAY - timedelta(days=1)
    assert deliver_due(house, [DAY], None, is_backfill=True)[DAY].notes["rows"] == 0
    assert "not_sent" in deliver_due(house, [before], None, is_backfill=False)[before].notes
    assert not server.taken
    send_briefs(house, Sending(before))
    assert len(server.taken) == 2


def test_a_refused_address_is_a_row_and_the_others_get_theirs(make: MakeHouse, server: MailServer) -> None:
    house = make()
    server.answers["me@example.org"] = "550 No such user me@example.org"
    reports = deliver_due(house, [DAY], None, is_backfill=False)
    assert status_of(house) == {("me", "mail"): "refused", ("anna", "mail"): "sent"}
    assert "recipient" in str(reports[DAY].notes)
    server.answers.clear()
    deliver_due(house, [DAY], None, is_backfill=False)
    assert len(server.taken) == 1  # for good is for good ...
    send_briefs(house, Sending(DAY, again=True))
    assert len(server.taken) == 2  # ... unless a person says otherwise


def test_a_server_that_is_busy_is_tried_again_within_the_run_and_in_the_next(make: MakeHouse, server: MailServer) -> None:
    house, said = make(listeners={}), ["451 later", "451 later", "451 later"]
    server.at_data = lambda _: said.pop() if said else None
    deliver_due(house, [DAY], None, is_backfill=False)
    assert (status_of(house), len(said)) == ({("me", "mail"): "failed"}, 1)  # two tries a run
    deliver_due(house, [DAY], None, is_backfill=False)
    [row] = house.store.select(TABLE)
    assert (row["status"], row["attempts_count"], len(server.taken)) == ("sent", 2, 1)


def test_a_server_that_is_down_is_given_up_soon_and_the_rest_wait(make: MakeHouse, server: MailServer) -> None:
    many = {f"l{n}": ListenerSettings(mail_to=f"l{n}@example.org") for n in range(6)}
    house = make(mail_to=None, interests=["x"], listeners=many)
    house.store.replace("raw.briefs", [brief_row(name) for name in many], listener=list(many))
    server.at_data = lambda _: "451 later"
    deliver_due(house, [DAY], None, is_backfill=False)
    assert list(status_of(house).values()) == ["failed"] * 3
    server.at_data = lambda _: None
    deliver_due(house, [DAY], None, is_backfill=False)
    assert list(status_of(house).values()) == ["sent"] * 6


def test_what_a_dead_process_was_sending_is_uncertain_and_not_sent_again(make: MakeHouse, server: MailServer) -> None:
    house = make(listeners={})
    deliver_due(house, [DAY], None, is_backfill=False)
    [row] = house.store.select(TABLE)
    house.store.replace(TABLE, [{**row, "status": "sending", "sent_at": None}], listener="me")
    reports = deliver_due(house, [DAY], None, is_backfill=False)
    [row] = house.store.select(TABLE)
    assert (row["status"], len(server.taken)) == ("uncertain", 1)
    assert "brief send --again" in row["reason"]
    assert reports[DAY].notes["uncertain"] == 1


def test_two_runs_at_once_send_once(make: MakeHouse, server: MailServer) -> None:
    house = make()
    threads = [Thread(target=send_briefs, args=(house, Sending(DAY))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(to for to, _ in server.taken) == ["anna@example.org", "me@example.org"]


def test_a_channel_and_a_folder_get_theirs_once(make: MakeHouse, tmp_path: Path) -> None:
    with serve([Reply(200), Reply(200)]) as channel:
        places = {"webhook": SecretStr(f"{channel.url}/hook"), "folder": str(tmp_path / "shelf")}
        house = make(mail_to=None, listeners={}, site=SiteSettings(url="https://brief.example.org"), **places)
        for _ in range(2):
            deliver_due(house, [DAY], None, is_backfill=False)
        assert len(channel.asked) == 1
    text = json.loads(channel.asked[0].body)["text"]
    assert "<https://brief.example.org/insights/" in text
    assert {path.name for path in (tmp_path / "shelf").iterdir()} == {f"{DAY}.md", f"{DAY}.html", f"{DAY}.json"}
    assert status_of(house) == {("me", "webhook"): "sent", ("me", "folder"): "sent"}


def test_two_listeners_with_one_folder_have_each_their_files(make: MakeHouse, tmp_path: Path) -> None:
    shelf = str(tmp_path / "shelf")
    house = make(mail_to=None, folder=shelf, listeners={"anna": ListenerSettings(folder=shelf)})
    deliver_due(house, [DAY], None, is_backfill=False)
    pages = [(tmp_path / "shelf" / name / f"{DAY}.md").read_text() for name in ("", "anna")]
    assert ["Claim 0" in page for page in pages] == [True, False]


def test_a_channel_that_is_gone_is_refused_without_naming_its_address(make: MakeHouse) -> None:
    with serve([Reply(404)]) as channel:
        house = make(mail_to=None, listeners={}, webhook=SecretStr(f"{channel.url}/s3cret"))
        deliver_due(house, [DAY], None, is_backfill=False)
    [row] = house.store.select(TABLE)
    assert row["status"] == "refused"
    assert "s3cret" not in row["reason"]


def test_a_channel_whose_answer_is_lost_is_not_sent_it_again(make: MakeHouse) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asked: list[bytes] = []

        def hang_up() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(65536))

        hearing = Thread(target=hang_up)
        hearing.start()
        house = make(mail_to=None, listeners={}, webhook=SecretStr(f"http://127.0.0.1:{listening.getsockname()[1]}/"))
        for _ in range(2):
            deliver_due(house, [DAY], None, is_backfill=False)
        listening.shutdown(socket.SHUT_RDWR)
    hearing.join()
    assert (status_of(house), len(asked)) == ({("me", "webhook"): "uncertain"}, 1)


def test_without_a_mail_server_it_is_said_and_tried_again_once_there_is_one(make: MakeHouse, server: MailServer) -> None:
    house = make(listeners={})
    deliver_due(replace(house, mailer=None), [DAY], None, is_backfill=False)
    [row] = house.store.select(TABLE)
    assert (row["status"], "[mail] host" in row["reason"]) == ("failed", True)
    deliver_due(house, [DAY], None, is_backfill=False)
    assert len(server.taken) == 1


def test_who_has_no_brief_of_that_day_is_sent_none(make: MakeHouse) -> None:
    house = make(listeners={"ben": ListenerSettings(mail_to="ben@example.org")})
    assert [one.listener for one in list_recipients(house, DAY)] == ["me", "ben"]
    assert [one.listener for one in list_open(house, Sending(DAY))] == ["me"]


def brief_row(listener: str) -> dict[str, Any]:
    paths = {f"{kind}_path": "x" for kind in ("markdown", "html", "json")}
    return {"listener": listener, "published_on": DAY, "insights_count": 0, "json_sha256": "0", **paths}
