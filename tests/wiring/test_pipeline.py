"""The whole graph, run by Dagster on fakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import dagster as dg
import pytest
from conftest import default_pages
from fakes import FakeLlm, FakeTranscriber
from samples import DAY, HOST, TALK, make_feed, make_item, make_vtt

from brief_pipeline.errors import FeedUnreadable, LlmRefused, ModelUnavailable, Unreachable
from brief_pipeline.records import Segment
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import Ran, run_days

MakeHouse = Callable[..., House]


def run(house: House, *days: date) -> Ran:
    with dg.DagsterInstance.ephemeral() as instance:
        return run_days(house, days or [DAY], instance)


def test_an_episode_becomes_a_brief_with_a_quote_and_its_second(make_house: MakeHouse) -> None:
    house = make_house(interests=["What cities charge drivers"])
    ran = run(house)
    assert ran.succeeded, ran.problems
    [first, *_] = house.store.select("main.brief_items", published_on=DAY)
    text = " ".join(line for _, line in TALK)
    assert first["quote"] in text
    assert first["speaker"] == "Otto"
    assert first["play_url"] == f"{HOST}/one/pricing.mp3#t={int(first['start_seconds'])}"
    assert (house.settings.data / f"briefs/{DAY}.html").read_text().count("<article>") == len(
        house.store.select("main.top_insights", published_on=DAY)
    )


def test_nothing_is_extracted_from_the_sponsor_read(make_house: MakeHouse) -> None:
    house = make_house()
    run(house)
    quotes = [row["quote"] for row in house.store.select("raw.insights")]
    assert quotes
    assert not any("Plumbline" in quote for quote in quotes)


def test_audio_is_fetched_only_where_no_transcript_speaks(make_house: MakeHouse) -> None:
    pages = default_pages() | {
        f"{HOST}/one.xml": make_feed("Show One", make_item("pricing"), make_item("spoken", transcript=False)),
        f"{HOST}/one/spoken.mp3": b"sound",
    }
    heard = (
        Segment(0.0, 9.5, None, "Buses that run at night pay for themselves, because shops stay open for their riders."),
    )
    house = make_house(pages, transcriber=FakeTranscriber(heard))
    assert run(house).succeeded
    assert [row["audio_url"] for row in house.store.select("raw.audio")] == [f"{HOST}/one/spoken.mp3"]
    assert {row["source"] for row in house.store.select("raw.transcripts")} == {"publisher:vtt", "faster-whisper:fake"}


def test_a_second_run_does_no_work_again_and_changes_no_table(make_house: MakeHouse) -> None:
    house = make_house()
    run(house)
    before = snapshot(house)
    asked = len(house.web.asked), len(house.embedder.asked)  # type: ignore[attr-defined]
    ran = run(house)
    assert ran.counts["transcript_files"]["done"] == 0
    assert ran.counts["insights"]["reused"] == 1
    assert (len(house.web.asked) - asked[0], len(house.embedder.asked) - asked[1]) == (1, 0)  # type: ignore[attr-defined]
    assert snapshot(house) == before


def snapshot(house: House) -> dict[str, Any]:
    """Every table's rows, without the columns that say when something was looked at, and the brief's bytes."""
    tables = [
        row["name"]
        for row in house.store.query("select table_schema || '.' || table_name as name from information_schema.tables")
    ]
    rows = {
        name: sorted(
            str({k: v for k, v in row.items() if k not in ("checked_at", "looked_at", "status")})
            for row in house.store.select(name)
        )
        for name in tables
    }
    files = {p.name: p.read_bytes() for p in (house.settings.data / "briefs").iterdir()}
    return {**rows, **files}


def test_one_broken_feed_of_three_leaves_a_row_and_the_others_reach_the_brief(make_house: MakeHouse) -> None:
    other = tuple((speaker, line.replace("Cities", "Harbours").replace("drivers", "ships")) for speaker, line in TALK)
    pages = default_pages() | {
        f"{HOST}/two.xml": b"<html><body>Not a feed</body></html>",
        f"{HOST}/three.xml": make_feed("Show Three", make_item("harbours", show="three")),
        f"{HOST}/three/harbours.vtt": make_vtt(other),
    }
    house = make_house(pages, feeds=[f"{HOST}/{name}.xml" for name in ("one", "two", "three")])
    assert run(house).succeeded
    [failure] = house.store.select("raw.failures")
    assert (failure["stage"], failure["error"], failure["is_retryable"]) == ("feeds", FeedUnreadable.__name__, False)
    assert {row["show_title"] for row in house.store.select("raw.episodes")} == {"Show One", "Show Three"}
    assert house.store.select("main.brief_items", published_on=DAY)
    assert {row["status"] for row in house.store.select("raw.feeds")} == {"fetched", "unreadable"}
    [looked] = house.store.select("raw.feed_days", status="never read")
    assert looked["reason"] == failure["reason"]


def test_a_failure_goes_when_its_feed_is_mended(make_house: MakeHouse) -> None:
    pages = default_pages() | {f"{HOST}/two.xml": b"<html>Not a feed</html>"}
    house = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    run(house)
    assert len(house.store.select("raw.failures")) == 1
    pages[f"{HOST}/two.xml"] = make_feed("Show Two", make_item("late", show="two", transcript=False, audio=False))
    run(house)
    assert house.store.select("raw.failures", stage="feeds") == []


def test_a_day_without_episodes_has_an_empty_brief_and_a_row_that_says_why(make_house: MakeHouse) -> None:
    house = make_house()
    day = DAY - timedelta(days=1)
    assert run(house, day).succeeded
    [row] = house.store.select("raw.feed_days", published_on=day)
    assert (row["status"], row["reason"]) == ("none that day", f"its newest episode is of {DAY}")
    assert house.store.select("raw.briefs")[0]["insights_count"] == 0


def test_all_feeds_unreachable_stops_the_run_and_makes_no_brief(make_house: MakeHouse) -> None:
    house = make_house({f"{HOST}/one.xml": Unreachable("no whole answer (ConnectError)")})
    ran = run(house)
    assert not ran.succeeded
    assert "feeds: all 1 failed" in ran.problems[0]
    assert house.store.select("raw.briefs") == []
    assert house.store.select("raw.feeds")[0]["status"] == "unreachable"


def test_a_feed_that_goes_away_keeps_its_known_episodes(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = default_pages() | {f"{HOST}/two.xml": make_feed("Show Two")}
    house = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    run(house)
    pages[f"{HOST}/one.xml"] = Unreachable("no whole answer")
    assert run(house).succeeded
    assert [row["title"] for row in house.store.select("raw.episodes")] == ["pricing"]


def test_an_episode_that_left_the_window_of_its_feed_stays(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = default_pages()
    house = make_house(pages)
    run(house)
    pages[f"{HOST}/one.xml"] = make_feed("Show One", make_item("newer", DAY + timedelta(days=1)))
    assert run(house).succeeded
    assert [row["title"] for row in house.store.select("raw.episodes")] == ["pricing"]


def test_an_episode_redated_by_its_feed_stays_in_its_first_partition(make_house: MakeHouse) -> None:
    pages: dict[str, Any] = default_pages()
    house = make_house(pages)
    run(house)
    pages[f"{HOST}/one.xml"] = make_feed("Show One", make_item("pricing", DAY + timedelta(days=3)))
    run(house, DAY, *(DAY + timedelta(days=n) for n in (1, 2, 3)))
    assert [row["published_on"] for row in house.store.select("raw.episodes")] == [DAY]


def test_a_missing_speech_model_is_a_row_and_the_day_goes_on(make_house: MakeHouse) -> None:
    class NoModel(FakeTranscriber):
        def transcribe(self, *_: Any, **__: Any) -> Any:
            raise ModelUnavailable("the speech model 'small' cannot be loaded: [whisper] model")

    pages = default_pages() | {
        f"{HOST}/one.xml": make_feed("Show One", make_item("pricing"), make_item("spoken", transcript=False)),
        f"{HOST}/one/spoken.mp3": b"sound",
    }
    house = make_house(pages, transcriber=NoModel())
    assert run(house).succeeded
    [failure] = house.store.select("raw.failures")
    assert (failure["stage"], failure["error"], failure["is_retryable"]) == ("transcripts", "ModelUnavailable", True)
    [stopped] = house.store.select("main.episode_health", status="stopped")
    assert "[whisper] model" in stopped["reason"]
    assert "[whisper] model" in (house.settings.data / f"briefs/{DAY}.md").read_text().replace("\\", "")


def test_an_unreadable_transcript_sends_the_episode_to_its_audio(make_house: MakeHouse) -> None:
    pages = default_pages() | {
        f"{HOST}/one/pricing.vtt": b"<html><h1>404 Not Found</h1></html>",
        f"{HOST}/one/pricing.mp3": b"sound",
    }
    heard = (
        Segment(0.0, 9.5, None, "Buses that run at night pay for themselves, because shops stay open for their riders."),
    )
    house = make_house(pages, transcriber=FakeTranscriber(heard))
    assert run(house).succeeded
    assert [row["source"] for row in house.store.select("raw.transcripts")] == ["faster-whisper:fake"]
    assert [row["stage"] for row in house.store.select("raw.failures")] == ["transcript_files"]


QUOTE = "Cities that charge drivers at rush hour lose 30 percent of their traffic within a year"


def test_an_llm_insight_rests_on_words_of_the_transcript(make_house: MakeHouse) -> None:
    good = {
        "claim": "Charging drivers takes 30 percent of the traffic away.",
        "explanation": "",
        "quote": QUOTE.upper(),
        "value": 0.9,
    }
    invented = {**good, "quote": "Nobody ever said these exact words in this episode at all"}
    foreign = {**good, "claim": "In Zanzibar charging drivers takes 77 percent of the traffic away."}
    sponsor = {**good, "quote": "This episode is brought to you by Plumbline, use the promo code MIRA at checkout."}
    house = make_house(llm=FakeLlm([{"insights": [good, invented, foreign, sponsor]}]))
    assert run(house).succeeded
    [insight] = house.store.select("raw.insights")
    assert (insight["quote"], insight["method"], insight["model"]) == (QUOTE, "llm", "fake/model")
    [row] = house.store.select("raw.extractions")
    assert (row["proposed_count"], row["grounded_count"], row["cost_usd"]) == (4, 1, 0.001)
    assert sum(row["dropped_reasons"].values()) == 3


def test_a_refused_key_is_the_episodes_failure_row(make_house: MakeHouse) -> None:
    house = make_house(llm=FakeLlm([LlmRefused("fake/model refuses the key")]))
    ran = run(house)
    assert not ran.succeeded
    assert "refuses the key" in ran.problems[0]
    [failure] = house.store.select("raw.failures")
    assert (failure["stage"], failure["item_label"]) == ("insights", "Show One: pricing")


def test_a_range_of_days_is_one_run_and_tells_nothing_twice(make_house: MakeHouse) -> None:
    later = DAY + timedelta(days=1)
    pages = default_pages() | {
        f"{HOST}/two.xml": make_feed("Show Two", make_item("again", later, show="two")),
        f"{HOST}/two/again.vtt": make_vtt(),
    }
    house = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    ran = run(house, DAY, later)
    assert ran.succeeded
    assert house.store.select("main.top_insights", published_on=DAY)
    assert house.store.select("main.top_insights", published_on=later) == []
    assert {row["status"] for row in house.store.select("model.unique_insights", published_on=later)} == {"seen"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_days_of_a_range_can_also_be_run_one_by_one(make_house: MakeHouse, order: tuple[int, int]) -> None:
    house = make_house()
    for offset in order:
        assert run(house, DAY + timedelta(days=offset)).succeeded
    assert {row["published_on"] for row in house.store.select("raw.briefs")} == {DAY, DAY + timedelta(days=1)}


def test_what_was_read_of_a_show_that_is_followed_no_more_stays(make_house: MakeHouse) -> None:
    pages = default_pages() | {f"{HOST}/two.xml": make_feed("Show Two", make_item("late", show="two", transcript=False))}
    both = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
    run(both)
    told = both.store.select("main.top_insights")
    assert run(make_house(pages, feeds=[f"{HOST}/two.xml"])).succeeded
    assert [row["show_title"] for row in both.store.select("raw.feeds")] == ["Show Two"]
    assert both.store.select("main.top_insights") == told


def test_a_language_that_the_extractor_does_not_read_is_said_and_an_llm_reads_it(make_house: MakeHouse) -> None:
    pages = default_pages() | {
        f"{HOST}/two.xml": make_feed("Show Two", make_item("bahn", show="two"), language="de-AT"),
        f"{HOST}/two/bahn.vtt": make_vtt(),
    }
    feeds = [f"{HOST}/one.xml", f"{HOST}/two.xml"]
    house = make_house(pages, feeds=feeds)
    assert run(house).succeeded
    [failure] = house.store.select("raw.failures")
    assert (failure["error"], failure["item_label"]) == ("LanguageUnread", "Show Two: bahn")
    assert "it is in 'de'" in failure["reason"]
    assert run(make_house(pages, feeds=feeds, llm=FakeLlm([{"insights": []}]))).succeeded
    assert house.store.select("raw.failures") == []


MARKS = [{"startTime": 0, "title": "Hello"}, {"startTime": 48, "title": "Sponsor"}, {"startTime": 56, "title": "Bye"}]
CHAPTERS = json.dumps({"chapters": MARKS}).encode()


@pytest.mark.parametrize(
    ("body", "reason"), [(CHAPTERS, None), (Unreachable("the server answered 404"), "the server answered 404")]
)
def test_the_publishers_chapters_mark_adverts_and_are_not_needed(
    make_house: MakeHouse, body: bytes | Unreachable, reason: str | None
) -> None:
    offer = f'<podcast:chapters url="{HOST}/one/chapters.json" type="application/json+chapters"/></item>'
    feed = make_feed("Show One", make_item("pricing").replace("</item>", offer))
    house = make_house(default_pages() | {f"{HOST}/one.xml": feed, f"{HOST}/one/chapters.json": body})
    assert run(house).succeeded
    assert house.store.select("raw.transcripts")[0]["chapters_reason"] == reason
    marked = [row["sponsor_reason"] for row in house.store.select("raw.chunks", is_sponsor=True)]
    assert ("sponsor: chapter “Sponsor”" in marked) == (reason is None)
