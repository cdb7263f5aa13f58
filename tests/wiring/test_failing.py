"""What could not be done, as a table, and tried again by Dagster's own runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from conftest import default_pages
from samples import DAY, HOST, make_feed, make_item, make_vtt

from brief_pipeline.errors import AudioUnreadable, Gone, SettingsInvalid, Unreachable
from brief_pipeline.wiring.failing import list_failures, retry_failures
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import run_days

MakeHouse = Callable[..., House]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as one:
        yield one


@pytest.fixture
def pages() -> dict[str, Any]:
    """An episode that reads, one whose audio is no audio, one whose server is away, and a feed that is away."""
    items = [make_item(name, transcript=name == "pricing") for name in ("pricing", "page", "away")]
    return default_pages() | {
        f"{HOST}/one.xml": make_feed("Show One", *items),
        f"{HOST}/one/page.mp3": AudioUnreadable("it begins with <!doctype html>"),
        f"{HOST}/one/away.mp3": Unreachable("no whole answer"),
        f"{HOST}/two.xml": Unreachable("no whole answer"),
    }


@pytest.fixture
def house(make_house: MakeHouse, pages: dict[str, Any], instance: dg.DagsterInstance) -> House:
    house = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    assert run_days(house, [DAY], instance).succeeded
    return house


def told(house: House) -> list[tuple[str, str, bool, int]]:
    return [(f.stage, f.item, f.is_retryable, f.attempts) for f in list_failures(house)]


def test_failures_come_in_the_order_of_the_work_with_their_reasons(house: House) -> None:
    assert [(stage, item) for stage, item, *_ in told(house)] == [
        ("feeds", f"{HOST}/two.xml"),
        ("audio", "Show One: away"),
        ("audio", "Show One: page"),
        ("transcripts", "Show One: away"),
        ("transcripts", "Show One: page"),
    ]
    [page] = [f for f in list_failures(house, "audio") if not f.is_retryable]
    assert (page.error, page.day, page.reason) == ("AudioUnreadable", DAY, "it begins with <!doctype html>")
    with pytest.raises(SettingsInvalid, match="'video' is no stage whose items can fail: name one of feeds"):
        list_failures(house, "video")


def test_what_failed_for_good_is_tried_again_and_what_works_now_is_in_the_brief_and_in_the_lineage(
    house: House, pages: dict[str, Any], instance: dg.DagsterInstance
) -> None:
    pages[f"{HOST}/one.xml"] = make_feed("Show One", *(make_item(name) for name in ("pricing", "page", "away")))
    pages[f"{HOST}/one/page.vtt"] = make_vtt(tuple((who, line.replace("Cities", "Ports")) for who, line in make_talk()))
    pages[f"{HOST}/two.xml"] = make_feed("Show Two")
    runs_before = {run.run_id for run in instance.get_runs()}
    retried, problems = retry_failures(house, instance, list_failures(house))
    assert problems == []
    outcomes = {(one.failure.stage, one.failure.item): one.outcome for one in retried}
    assert outcomes[("feeds", f"{HOST}/two.xml")] == "done"
    assert outcomes[("transcripts", "Show One: page")] == outcomes[("audio", "Show One: page")] == "done"
    assert [f.stage for f in list_failures(house) if f.item == "Show One: page"] == []
    assert outcomes[("transcripts", "Show One: away")] == "failed again"
    jobs = [run.job_name for run in instance.get_runs() if run.run_id not in runs_before]
    assert sorted(jobs) == ["ask_feeds", "due_brief"]
    assert len(house.store.select("raw.extractions", published_on=DAY)) == 2


def make_talk() -> tuple[tuple[str, str], ...]:
    from samples import TALK

    return TALK


def test_a_retry_counts_on_from_the_tries_before_and_knows_since_when(
    house: House, pages: dict[str, Any], instance: dg.DagsterInstance
) -> None:
    later = replace(house, clock=lambda: house.clock() + timedelta(days=2))
    before = {f.item: f for f in list_failures(house, "audio")}
    retried, _ = retry_failures(later, instance, list_failures(house, "audio"))
    assert [(one.outcome, one.reason) for one in retried] == [
        ("failed again", "no whole answer"),
        ("failed again", "it begins with <!doctype html>"),
    ]
    after = {f.item: f for f in list_failures(house, "audio")}
    assert {item: f.attempts for item, f in after.items()} == {"Show One: away": 2, "Show One: page": 2}
    assert {item: f.since for item, f in after.items()} == {item: f.since for item, f in before.items()}
    assert not after["Show One: page"].is_retryable  # for good again


def test_a_feed_that_has_ended_is_asked_again(make_house: MakeHouse, instance: dg.DagsterInstance) -> None:
    pages: dict[str, Any] = default_pages() | {f"{HOST}/two.xml": Gone("the server says that it is gone (410)")}
    house = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    run_days(house, [DAY], instance)
    pages[f"{HOST}/two.xml"] = make_feed("Show Two")
    retried, problems = retry_failures(house, instance, list_failures(house))
    assert ([one.outcome for one in retried], problems) == (["done"], [])
    assert {row["status"] for row in house.store.select("raw.feeds")} == {"unchanged", "fetched"}


def test_an_episode_whose_show_is_followed_no_more_was_not_tried(
    make_house: MakeHouse, house: House, pages: dict[str, Any], instance: dg.DagsterInstance
) -> None:
    failures = list_failures(house, "audio")
    pages[f"{HOST}/three.xml"] = make_feed("Show Three")
    house.store.replace("raw.episodes", [], published_on=DAY)
    other = make_house(pages, feeds=[f"{HOST}/three.xml"])
    retry_failures(other, instance, [f for f in list_failures(house) if f.stage == "feeds"])
    retried, _ = retry_failures(other, instance, failures)
    assert {one.outcome for one in retried} == {"not tried"}
    assert [f.is_retryable for f in list_failures(other, "audio")] == [f.is_retryable for f in failures]
