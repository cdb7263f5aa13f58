"""The doctor on houses that are well, and on houses that are not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import NOW, default_pages
from fakes import FakeEmbedder, FakeLlm
from samples import HOST

from brief_pipeline.engines.llm import Answer
from brief_pipeline.errors import LlmRefused, ModelUnavailable, Unreachable
from brief_pipeline.settings import AudioSettings, Settings, read_settings
from brief_pipeline.wiring import doctor
from brief_pipeline.wiring.discovery import fetch_feeds
from brief_pipeline.wiring.doctor import examine, examine_house
from brief_pipeline.wiring.finding import Finding
from brief_pipeline.wiring.house import House

MakeHouse = Callable[..., House]


def found(house: House, what: str, is_asking: bool = False) -> list[Finding]:
    return [finding for finding in examine_house(house, is_asking) if finding.what == what]


def test_a_fresh_house_is_well_and_what_is_not_there_yet_is_a_note_with_what_to_do(make_house: MakeHouse) -> None:
    findings = examine_house(make_house())
    assert [finding for finding in findings if finding.is_well is False] == []
    assert {f.what for f in findings} >= {
        "settings",
        "clock",
        "data folder",
        "database",
        "Dagster storage",
        "daemon",
        "schedule",
    }
    assert all(finding.cure for finding in findings if finding.is_well is None and finding.what != "LLM")


def test_wrong_settings_are_the_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIEF_WHISPER__MODLE", "small")
    [finding] = examine(read_settings)
    assert (finding.what, finding.is_well) == ("settings", False)
    assert "whisper.modle" in finding.found


def test_settings_are_told_by_name_and_place_without_their_values(
    make_house: MakeHouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(os.environ["BRIEF_CONFIG"]).write_text('[whisper]\nmodel = "tiny"\n[llm]\napi_key = "sk-secret"\n')
    monkeypatch.setenv("BRIEF_WHISPER__MODEL", "base")
    monkeypatch.setenv("BRIEF_FEDS", "[]")
    findings = found(make_house(), "settings")
    said = " ".join(finding.found for finding in findings)
    assert "llm.api_key, whisper.model" in said
    assert "it goes before the file for whisper.model" in said
    assert "sk-secret" not in said
    assert [f.found for f in findings if f.is_well is False] == ["BRIEF_FEDS in the environment is no setting"]


def test_a_clock_that_was_set_back_is_wrong(make_house: MakeHouse) -> None:
    house = make_house()
    fetch_feeds(house)
    assert [f.is_well for f in found(house, "clock")] == [True]
    past = replace(house, clock=lambda: NOW - timedelta(days=400))
    assert [f.is_well for f in found(past, "clock")] == [True, False]


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(("free", "is_well"), [(2 * doctor.GIB, True), (doctor.GIB, False)])
def test_free_space_is_held_against_what_a_day_needs(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch, free: int, is_well: bool
) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: Disk(free, 0, free))
    assert [f.is_well for f in found(make_house(audio=AudioSettings()), "data folder")] == [is_well]


def test_a_model_that_cannot_be_loaded_is_wrong_and_the_rest_is_looked_at(make_house: MakeHouse) -> None:
    class NoEmbedder(FakeEmbedder):
        def count_tokens(self, texts: Any) -> list[int]:
            raise ModelUnavailable("the embedding model 'x' cannot be loaded: set [embedding] model")

    findings = examine_house(make_house(embedder=NoEmbedder()))
    [wrong] = [finding for finding in findings if finding.is_well is False]
    assert (wrong.what, "set [embedding] model" in wrong.found) == ("embedding", True)
    assert "daemon" in {finding.what for finding in findings}


def test_feeds_are_told_from_the_last_time_and_asked_only_when_asked_to(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = default_pages() | {f"{HOST}/two.xml": Unreachable("no whole answer")}
    house = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    fetch_feeds(house)
    asked = len(house.web.asked)  # type: ignore[attr-defined]
    [broken] = found(house, "feed")
    assert (broken.is_well, "no whole answer" in broken.found) == (False, True)
    assert len(house.web.asked) == asked  # type: ignore[attr-defined]
    pages[f"{HOST}/two.xml"] = b"<html>no feed</html>"
    [broken] = found(house, "feed", is_asking=True)
    assert broken.found.startswith(f"{HOST}/two.xml: ")
    assert [f.found for f in found(house, "feeds", is_asking=True)] == ["1 of 2 answer with a feed"]


class Obliging(FakeLlm):
    def ask(self, messages: Any, shape: Any, *_: Any, **__: Any) -> Answer[Any]:
        self.asked.append(messages)
        if self.replies:
            raise LlmRefused("fake/model refuses the key")
        return Answer(shape(ok=True), 12, 0.0001, 1, 0.4)


def test_a_language_model_is_asked_only_when_asked_to(make_house: MakeHouse) -> None:
    llm = Obliging([])
    house = make_house(llm=llm)
    assert [f.is_well for f in found(house, "LLM")] == [None]
    assert llm.asked == []
    assert [f.found for f in found(house, "LLM", is_asking=True)] == [
        "fake/model answered in 0.4 s (12 tokens, 0.000100 USD)"
    ]
    refusing = make_house(llm=Obliging([{}]))
    assert [(f.is_well, f.found) for f in found(refusing, "LLM", is_asking=True)] == [(False, "fake/model refuses the key")]


def test_an_old_snapshot_is_wrong(make_house: MakeHouse) -> None:
    house = replace(make_house(), clock=lambda: datetime.now(UTC))
    page, copy = house.settings.data / "briefs/x.json", house.settings.published_database
    house.store.replace("raw.briefs", [brief_row("briefs/x.json")])
    for path, hours in ((page, 2), (copy, 30)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        os.utime(path, (time.time() - hours * 3600,) * 2)
    assert [f.is_well for f in found(house, "snapshot")] == [False]
    os.utime(copy)
    assert [f.is_well for f in found(house, "snapshot")] == [True]


def brief_row(path: str) -> dict[str, Any]:
    row = {"listener": "me", "published_on": NOW.date(), "insights_count": 1, "json_sha256": ""}
    return row | {"markdown_path": path, "html_path": path, "json_path": path}


def test_a_schedule_that_is_on_without_a_daemon_is_wrong(make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {f.is_well for f in found(make_house(), "schedule")} == {None}
    monkeypatch.setattr("brief_pipeline.wiring.instance_health._is_on", lambda *_: True)
    on = {finding.found: finding.is_well for finding in found(make_house(), "schedule")}
    assert on["every_morning is on, but no daemon is there to run it"] is False
    assert set(on.values()) == {False}
