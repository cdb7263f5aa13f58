from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner
from wiring.test_signing_up import DAY, INSIGHT, MORNING_AFTER, confirm, links_of

from brief_pipeline.cli import app
from brief_pipeline.engines.subscribers import SqlSubscribers, open_subscribers
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import MailSettings, Settings, SiteSettings
from brief_pipeline.wiring.doctor import examine_house
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listeners import write_listeners
from brief_pipeline.wiring.people import delete_person, export_people, find_person
from brief_pipeline.wiring.signing_up import take_in_subscribers

MakeHouse = Callable[..., House]


@pytest.fixture
def signed_up(settings: Settings) -> Iterator[SqlSubscribers]:
    """Ann confirmed, Ben did not."""
    subscribers = open_subscribers(None, settings.subscribers_file)
    confirm(subscribers, "ann")
    wishes, later = subscribers.list_subscribers()[0].wishes, MORNING_AFTER + timedelta(seconds=1)
    subscribers.sign_up("ben@example.org", "ben@example.org", wishes, later)
    yield subscribers
    subscribers.close()


def test_the_list_masks_addresses(signed_up: SqlSubscribers) -> None:
    shown = CliRunner().invoke(app, ["subscribers", "list"])
    listed = json.loads(CliRunner().invoke(app, ["subscribers", "list", "--json"]).stdout)
    assert (shown.exit_code, [row["state"] for row in listed]) == (0, ["confirmed", "pending"])
    assert "ann@" not in shown.output + str(listed)
    assert listed[0]["address"] == "a…n@example.org"


def test_where_nobody_signed_up_nothing_is_made(settings: Settings) -> None:
    assert "Nobody signed up yet" in CliRunner().invoke(app, ["subscribers", "list"]).stdout
    assert not settings.subscribers_file.exists()


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_export_has_the_addresses_and_is_for_its_owner_alone(
    signed_up: SqlSubscribers, settings: Settings, tmp_path: Path, kind: str
) -> None:
    (path := tmp_path / f"people.{kind}").write_text("an older one")
    path.chmod(0o644)
    assert export_people(settings, path) == 2
    rows = json.loads(path.read_text()) if kind == "json" else list(csv.DictReader(path.open(newline="")))
    assert [row["address"] for row in rows] == ["ann@example.org", "ben@example.org"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(SettingsInvalid, match=r"\.csv or \.json"):
        export_people(settings, tmp_path / "people.txt")


def test_deleting_removes_all_that_is_known(make_house: MakeHouse, signed_up: SqlSubscribers) -> None:
    house = make_house(subscribers=signed_up)
    ann = signed_up.list_subscribers("confirmed")[0]
    signed_up.give_feedback(links_of(signed_up, ann).feedback, INSIGHT, "useful", MORNING_AFTER)
    take_in_subscribers(house)
    write_listeners(house, [DAY])
    (folder := house.settings.data / "briefs" / ann.listener).mkdir(parents=True)
    removed = delete_person(house, "Ann@Example.org")
    assert (removed.listener, removed.rows) == (ann.listener, 2)  # of raw.subscribers and raw.listeners
    assert [row["listener"] for row in house.store.select("raw.listeners")] == ["me"]
    assert house.store.select("raw.subscribers") == []
    assert not folder.exists()
    assert [one.state for one in signed_up.list_subscribers()] == ["pending"]


def test_deleting_asks_first(signed_up: SqlSubscribers) -> None:
    kept = CliRunner().invoke(app, ["subscribers", "delete", "ann@example.org"], input="n\n")
    assert (kept.exit_code, len(signed_up.list_subscribers())) == (1, 2)
    gone = CliRunner().invoke(app, ["subscribers", "delete", "ann@example.org", "--yes"])
    assert (gone.exit_code, len(signed_up.list_subscribers())) == (0, 1)
    assert "ann@" not in kept.stdout + gone.stdout


def test_who_is_not_known_is_not_repeated(signed_up: SqlSubscribers, settings: Settings) -> None:
    with pytest.raises(SettingsInvalid, match="Nobody signed up") as told:
        find_person(settings, "carl@example.org")
    assert "carl" not in str(told.value)


@pytest.mark.parametrize(
    ("changes", "is_well", "said"),
    [
        ({}, None, "[mail] host is not set"),
        ({"mail": MailSettings(host="localhost")}, False, "on this machine alone"),
        ({"mail": MailSettings(host="localhost"), "site": SiteSettings(url="https://b.example.org")}, True, "1 pending"),
    ],
)
def test_doctor_says_whether_people_can_sign_up(
    make_house: MakeHouse, signed_up: SqlSubscribers, changes: dict[str, object], is_well: bool | None, said: str
) -> None:
    [finding] = [one for one in examine_house(make_house(**changes)) if one.what == "sign-up"]
    assert (finding.is_well, said in finding.found) == (is_well, True)
