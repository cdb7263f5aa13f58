"""From the form to the mailbox and out again: a real mail server, the real pages, the tables of the bundled sample."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from engines.mail_server import MailServer, serve_mail
from serving.mailbox import find_link
from starlette.applications import Starlette
from starlette.testclient import TestClient
from wiring.replayed import build_replayed, read, recorded

from brief_pipeline.definitions import defs
from brief_pipeline.engines.subscribers import open_subscribers
from brief_pipeline.serving.fresh_mailer import FreshMailer
from brief_pipeline.serving.sign_up import routes
from brief_pipeline.settings import MailSettings, SiteSettings
from brief_pipeline.wiring.demo import DAYS, read_demo_settings
from brief_pipeline.wiring.house import House

ADDRESS = "ann@example.org"
SITE = "https://brief.example.org"
INTEREST = "Grid batteries, heat pumps and power bills"
TOLD = dg.AssetSelection.assets("brief", "deliveries", "subscribers", "listeners", "listener_matches") | (
    dg.AssetSelection.assets("brief").upstream() & dg.AssetSelection.assets("listener_matches").downstream()
)


def morning_after(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 7, tzinfo=UTC) + timedelta(days=1)


class World:
    """The sample's house as its days went by, with sign-up open."""

    def __init__(self, data: Path, mail: MailServer) -> None:
        chosen: dict[str, Any] = {
            "mail": MailSettings(host="127.0.0.1", port=mail.port, security="none", sender="Brief <brief@example.org>"),
            "site": SiteSettings(url=SITE),
        }
        self.mail = mail
        self.settings = read_demo_settings(data_dir=data, **chosen)
        self.now = morning_after(DAYS[0])
        self.subscribers = open_subscribers(None, self.settings.subscribers_file)
        sign_up = routes(self.settings, self.subscribers, FreshMailer(self.settings.mail), lambda: self.now)
        self.app = Starlette(routes=sign_up)
        self.reader = TestClient(self.app, base_url=SITE)
        self.answers = read(recorded() / "answers.pickle")

    @property
    def house(self) -> House:
        return replace(build_replayed(self.settings, self.answers), clock=lambda: self.now)

    def run(self, day: date) -> None:
        """What the morning after a day does once its insights are known."""
        self.now = morning_after(day)
        with dg.DagsterInstance.ephemeral() as instance:
            ran = dg.materialize(
                [asset for asset in defs.assets or () if isinstance(asset, dg.AssetsDefinition)],
                selection=TOLD,
                partition_key=day.isoformat(),
                instance=instance,
                resources={"house": dg.ResourceDefinition.hardcoded_resource(self.house)},
            )
        assert ran.success

    def send(self, path: str, **form: str) -> str:
        page = self.reader.get(path).text
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page))
        answer = self.reader.post(path, data={**hidden, **form})
        assert answer.status_code == 200
        return answer.text

    def briefs(self) -> list[EmailMessage]:
        return [mail for mail in self.mail.mails(ADDRESS) if mail["List-Id"]]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("BRIEF_CONFIG", str(tmp_path / "brief.toml"))
    shutil.copytree(recorded() / "undisturbed", tmp_path / "data", symlinks=True)
    with serve_mail() as mail:
        made = World(tmp_path / "data", mail)
        yield made
        made.subscribers.close()


def test_from_sign_up_to_the_brief_and_out_again(world: World) -> None:
    wishes = {"address": ADDRESS, "interests": INTEREST, "hour": "6", "time_zone": "UTC"}
    world.send("/sign-up", **wishes)
    [asked] = world.mail.mails(ADDRESS)
    world.run(DAYS[0])
    assert world.briefs() == []  # nobody is mailed who did not confirm
    world.send(find_link(asked.get_content()))

    world.run(DAYS[1])
    world.run(DAYS[1])
    [brief] = world.briefs()  # once
    check_letter(brief, world.subscribers.list_subscribers()[0].listener)

    unsubscribe = brief["List-Unsubscribe"].strip("<>").removeprefix(SITE)
    provider = TestClient(world.app, base_url=SITE)
    assert provider.post(unsubscribe, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    world.run(DAYS[2])
    assert len(world.briefs()) == 1


def check_letter(brief: EmailMessage, listener: str) -> None:
    """The mail as Python's own package reads it."""
    assert not brief.defects
    assert (brief.get_content_type(), brief["To"]) == ("multipart/alternative", ADDRESS)
    text, page = brief.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert (text.defects, page.defects) == ([], [])
    assert brief["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert re.fullmatch(rf"<{SITE}/unsubscribe/[\w-]{{43}}>", brief["List-Unsubscribe"])
    assert re.fullmatch(rf"<brief\.{DAYS[1]}\.[0-9a-f]{{16}}@example\.org>", brief["Message-ID"])
    for part in (text, page):
        assert f"{SITE}/unsubscribe/" in part.get_content()
        assert f"{SITE}/subscription/" in part.get_content()


def test_who_unsubscribes_before_the_hour_gets_none(world: World) -> None:
    world.send("/sign-up", address=ADDRESS, interests=INTEREST, hour="23", time_zone="UTC")
    [asked] = world.mail.mails(ADDRESS)
    said = world.send(find_link(asked.get_content()))
    world.run(DAYS[1])
    assert world.briefs() == []  # the brief is made, and its hour has not come
    [manage] = re.findall(r'href="(/subscription/[^"]+)"', said)
    world.send(manage.replace("subscription", "unsubscribe"))
    world.run(DAYS[1])
    assert world.briefs() == []


def test_an_address_is_in_no_file_of_the_pipeline(world: World) -> None:
    world.send("/sign-up", address=ADDRESS, interests=INTEREST, hour="6", time_zone="UTC")
    world.send(find_link(world.mail.mails(ADDRESS)[0].get_content()))
    world.run(DAYS[1])
    assert world.briefs()
    own = set(world.settings.data.glob("subscribers.sqlite*"))
    others = [path for path in world.settings.data.rglob("*") if path.is_file() and path not in own]
    assert len(others) > 10
    assert [path for path in others if ADDRESS.encode() in path.read_bytes()] == []


def test_feedback_by_the_links_of_a_mail_is_learned_from(world: World) -> None:
    world.send("/sign-up", address=ADDRESS, interests=INTEREST, hour="6", time_zone="UTC")
    world.send(find_link(world.mail.mails(ADDRESS)[0].get_content()))
    world.run(DAYS[1])
    text = next(world.briefs()[0].iter_parts()).get_content()
    paths = re.findall(rf"{SITE}(/feedback/\S+/useful)", text)
    world.send(paths[0])
    world.run(DAYS[2])
    [row] = world.house.store.select("raw.feedback")
    assert (row["verdict"], row["about_on"]) == ("useful", DAYS[1])
    matches = world.house.store.select("raw.listener_matches", listener=row["listener"], published_on=DAYS[2])
    assert {match["feedback_of"] for match in matches} == {row["insight_id"]}
