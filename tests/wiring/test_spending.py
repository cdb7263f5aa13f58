"""Caps, estimates and models that stand in: what stops the asking, what is kept, and that it is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from engines.llm_server import LlmServer, fail
from engines.loopback import Reply, serve
from samples import DAY
from wiring.llm_world import failures, outcomes, rows_of, run

from brief_pipeline.engines.llm import LitellmLlm
from brief_pipeline.records import Chunk, Segment, Transcript
from brief_pipeline.settings import LlmSettings
from brief_pipeline.wiring.asking import ask_for_insights
from brief_pipeline.wiring.grounding import Reading
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metering import EpisodeMeter
from brief_pipeline.wiring.panel import Panel

Build = Callable[..., House]

LINES = 60
LONG = tuple(
    ("Otto", f"Town {n} of the north charges drivers {n} crowns a day, because its streets fill up by the hour of eight.")
    for n in range(1, LINES + 1)
)


def town(n: int) -> dict[str, Any]:
    said = LONG[n - 1][1]
    return {"claim": f"Town {n} charges {n} crowns.", "quote": said, "value": 0.5, "in": said}


def test_a_cap_on_calls_keeps_what_is_done_says_so_and_the_next_run_goes_on(llm_house: Build, llm_server: LlmServer) -> None:
    llm_server.insights["pricing"] = [town(2), town(LINES)]
    capped = {"passage_words": 250, "calls_per_episode": 4}
    house = llm_house(LONG, **capped)
    ran = run(house)
    [row] = rows_of(house, "raw.extractions")
    assert "raise llm.calls_per_episode" in row["stopped_reason"]
    assert row["unread_words_count"] > 300
    assert [r["claim"] for r in rows_of(house, "raw.insights")] == [town(2)["claim"]]
    assert failures(house) == {"Show One: pricing": ("CapReached", True)}
    assert outcomes(house)[-1] == ("judge", "answered")
    assert ran["insights"]["unread_words"] == row["unread_words_count"]

    asked = len(llm_server.models)
    run(house)
    assert len(llm_server.models) == asked
    assert rows_of(house, "raw.extractions")[0]["unread_words_count"] == row["unread_words_count"]

    settings = LlmSettings(model="openai/test", passage_words=250)
    run(replace(house, settings=house.settings.model_copy(update={"llm": settings})))
    [row] = rows_of(house, "raw.extractions")
    assert (row["stopped_reason"], row["unread_words_count"], failures(house)) == (None, 0, {})
    assert len(rows_of(house, "raw.insights")) == 2


def test_a_cap_on_tokens_stops_the_episode_with_its_setting(llm_house: Build, llm_server: LlmServer) -> None:
    house = llm_house(tokens_per_episode=1000)
    run(house)
    assert set(failures(house)) == {"Show One: pricing", "Show Two: harbours"}
    reasons = {row["reason"] for row in house.store.select("raw.failures")}
    assert all("raise llm.tokens_per_episode" in reason for reason in reasons)
    assert llm_server.models == []
    assert rows_of(house, "raw.extractions") == []


def test_the_cap_on_usd_holds_over_the_run_and_no_day_is_lost(llm_house: Build, llm_server: LlmServer) -> None:
    house = llm_house(LONG, model="openai/gpt-4o-mini", passage_words=250, answer_tokens=256, usd_per_run=0.0015)
    llm_server.took = (1500, 250)
    llm_server.insights["pricing"] = [town(2), town(LINES)]
    run(house)
    spent = sum(row["cost_usd"] for row in house.store.select("raw.llm_calls"))
    assert 0.0005 < spent <= 0.0015
    assert {error for error, _ in failures(house).values()} == {"CapReached"}
    reasons = [row["reason"] for row in house.store.select("raw.failures")]
    assert all("raise llm.usd_per_run" in reason for reason in reasons)
    assert all(row["price_note"] is None for row in house.store.select("raw.llm_calls"))


def test_a_run_that_may_spend_nothing_fails_no_stage(llm_house: Build, llm_server: LlmServer) -> None:
    house = llm_house(model="openai/gpt-4o-mini", usd_per_run=0)
    run(house)
    assert llm_server.models == []
    assert set(failures(house).values()) == {("CapReached", True)}


def test_a_price_of_ones_own_is_counted_and_capped(llm_house: Build, llm_server: LlmServer) -> None:
    house = llm_house(usd_per_million_in=10.0, usd_per_million_out=100.0)
    run(house)
    assert [row["cost_usd"] for row in rows_of(house, "raw.llm_calls")] == [pytest.approx(0.003)] * 2
    assert rows_of(house, "raw.extractions")[0]["cost_usd"] == pytest.approx(0.006)


def test_the_spend_is_estimated_before_the_first_call(llm_house: Build, llm_server: LlmServer) -> None:
    said: list[tuple[int, str]] = []

    class Listening:
        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *told: said.append((len(llm_server.models), str(told))) if name == "end" else None

    house = replace(llm_house(), progress=Listening())  # type: ignore[arg-type]
    ran = run(house)
    shown = ran["insights"]
    assert (shown["estimated_calls"], shown["estimated_usd"], shown["cost_usd"]) == (4, "no price known", "no price known")
    assert shown["estimated_tokens"] > 3000
    assert any(calls == 0 and "about 4 calls" in text and "no price known" in text for calls, text in said)


def test_a_model_that_gives_up_is_replaced_and_the_insight_names_its_writer(llm_house: Build, llm_server: LlmServer) -> None:
    llm_server.refuses["test"] = fail(401, "bad key")
    house = llm_house(fallbacks=["openai/backup"])
    run(house)
    [insight] = rows_of(house, "raw.insights")
    assert insight["model"] == "openai/backup"
    [row] = rows_of(house, "raw.extractions")
    assert row["model"] == "openai/backup"
    assert "stood in for openai/test: openai/test refuses the key" in row["fallback_reason"]
    assert Counter(llm_server.models)["test"] == 1, "a model that refused is asked again in the same run"
    assert run(house)["insights"]["reused"] == 2


def test_the_offline_extractor_stands_in_as_the_last_and_says_so(llm_house: Build, llm_server: LlmServer) -> None:
    llm_server.refuses["test"] = fail(500)
    house = llm_house(fallbacks=["extract"])
    run(house)
    assert {row["method"] for row in rows_of(house, "raw.insights")} == {"extract"}
    [row] = rows_of(house, "raw.extractions")
    assert (row["method"], row["stopped_reason"]) == ("extract", None)
    assert "stood in for openai/test: openai/test gave no answer" in row["fallback_reason"]
    assert isinstance(house.llm, LitellmLlm)
    assert Counter(llm_server.models)["test"] == house.llm.attempts, "the second episode waits for a model known to be gone"
    assert failures(house) == {}


def test_a_model_that_goes_away_half_way_keeps_what_was_read(llm_house: Build, llm_server: LlmServer) -> None:
    house = llm_house(LONG, passage_words=250)
    llm_server.insights["pricing"] = [town(2)]
    real = llm_server.reply_to

    def reply(asked: Any) -> Reply:
        is_late = len(llm_server.asked["propose"]) >= 2 and b"You read" in asked.body and b"pricing" in asked.body
        return fail(503) if is_late else real(asked)

    assert isinstance(house.llm, LitellmLlm)
    with serve(reply) as failing:
        house.llm.api_base = f"{failing.url}/v1"
        run(house)
    [row] = rows_of(house, "raw.extractions")
    assert "gave no answer" in row["stopped_reason"]
    assert row["unread_words_count"] > 300
    assert len(rows_of(house, "raw.insights")) == 1
    assert failures(house) == {"Show One: pricing": ("Unreachable", True)}


WORDS = "the price of a day in town rises because every driver who leaves makes room for one who waits"


def test_forty_thousand_words_are_all_read_on_a_small_context_within_the_default_caps(
    llm_house: Build, llm_server: LlmServer
) -> None:
    lines = [f"Street {n}: {WORDS}." for n in range(40_000 // 20 + 20)]
    transcript = Transcript(
        "e", "vtt", "en", tuple(Segment(n * 8.0, n * 8.0 + 8, "Otto", line) for n, line in enumerate(lines))
    )
    llm_server.insights["Long"] = [
        {"claim": f"Street {n} fills up.", "quote": lines[n], "value": 0.5, "in": lines[n]} for n in range(0, len(lines), 40)
    ]
    house = llm_house(context_tokens=8_192)
    assert house.llm
    reading = _read(transcript, "Long")
    panel = Panel(house.llm, house.settings.llm)
    meter = EpisodeMeter(panel.ledger, "e", DAY, house.clock)
    made = ask_for_insights(house, reading, panel, meter)
    assert (made.stopped, made.unread_words) == (None, 0)
    sent = " ".join(m[1]["content"] for m in llm_server.asked["propose"])
    assert all(line in sent for line in lines)
    assert len(meter.rows) <= 20
    assert 20 < len(made.insights) <= 60
    count = house.llm.count_tokens
    assert max(sum(count(m["content"]) for m in asked) for asked in llm_server.asked["propose"]) < 8_192 * 0.8
    assert max(sum(count(m["content"]) for m in asked) for asked in llm_server.asked["judge"]) < 8_192 * 0.8


def _read(transcript: Transcript, title: str) -> Reading:
    episode = {"episode_id": "e", "show_title": "Show", "title": title, "description": "", "people": []}
    text, chunks, start = transcript.text, [], 0
    step = 8 * (len(transcript.segments[0].text) + 1)
    while start < len(text):
        end = len(text) if start + step >= len(text) else text.rindex(".", start, start + step) + 1
        chunk = Chunk(f"c{start}", "e", len(chunks), start, end, None, None, ("Otto",), text[start:end])
        chunks.append({name: getattr(chunk, name) for name in Chunk.__dataclass_fields__})
        start = end + 1
    return Reading(episode, transcript, chunks)
