"""From chunks to insights, each with words that stand in the transcript."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from brief_pipeline.errors import LlmRefused, LlmUnusable, PassingFailure, Unreachable
from brief_pipeline.records import content_id
from brief_pipeline.stages.insight import EXTRACTOR_VERSION
from brief_pipeline.stages.prompt import PROMPT_VERSION
from brief_pipeline.stages.spend import Spend
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.asking import ask_for_insights
from brief_pipeline.wiring.excerpting import extract_sentences
from brief_pipeline.wiring.grounding import Extraction, Reading
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listening import transcript_of
from brief_pipeline.wiring.metering import NO_PRICE, EpisodeMeter
from brief_pipeline.wiring.panel import Panel
from brief_pipeline.wiring.timing import step
from brief_pipeline.wiring.workbench import Item, Reports, count_reasons, input_hashes, merge_notes, tell_why, work_through

Row = dict[str, Any]
Value = tuple[Row, Row]  # the episode and its transcript


def extract_insights(house: House, days: Sequence[date]) -> Reports:
    """The insights of each episode, each with words of its transcript: raw.insights, raw.extractions, raw.llm_calls."""
    items = _list_items(house, days)
    waiting = [item for item in items if not item.is_done]
    panel = Panel(house.llm, house.settings.llm) if house.llm and waiting else None
    estimates = _estimate(house, panel, waiting) if panel else {}

    def extract(item: Item[Value]) -> Extraction:
        episode, row = item.value
        chunks = house.store.select("raw.chunks", episode_id=item.item_id)
        reading = Reading(episode, transcript_of(house, row), sorted(chunks, key=lambda chunk: chunk["position"]))
        with step("asking" if panel else "extracting"):
            return _ask(house, panel, reading, item) if panel else extract_sentences(house, reading)

    def keep(item: Item[Value], extraction: Extraction) -> PassingFailure | None:
        _keep_extraction(house, item, extraction)
        return extraction.stopped

    reports = work_through(house, "insights", items, extract, keep)
    for day in days:
        rows = house.store.select("raw.extractions", published_on=day)
        merge_notes(reports, day, **_describe_day(house, rows), **estimates.get(day, {}))
        dropped = sum((Counter(row["dropped_reasons"]) for row in rows), Counter[str]())
        tell_why(reports, day, "dropped", count_reasons(dropped), "raw.extractions")
        stood_in = Counter(row["fallback_reason"] for row in rows if row["fallback_reason"])
        tell_why(reports, day, "stood in for", count_reasons(stood_in), "raw.extractions")
    return reports


def _name_extractor(house: House) -> tuple[str, str]:
    return ("llm", house.llm.name) if house.llm else ("extract", EXTRACTOR_VERSION)


def _list_items(house: House, days: Sequence[date]) -> list[Item[Value]]:
    """The episodes with a transcript. One that was stopped on the way is not done."""
    llm = house.settings.llm
    version = (PROMPT_VERSION, llm.judge, llm.judge_model) if house.llm else (house.embedder.name, house.grader.name)
    cut = input_hashes(house, "raw.chunks", days)
    rows = house.store.select("raw.extractions", ("episode_id", "input_hash", "stopped_reason"), published_on=list(days))
    made = {row["episode_id"]: row["input_hash"] for row in rows if row["stopped_reason"] is None}
    episodes = {row["episode_id"]: row for row in house.store.select("raw.episodes", published_on=list(days))}
    items = []
    for row in house.store.select("raw.transcripts", published_on=list(days)):
        key = content_id(cut.get(row["episode_id"]), *_name_extractor(house), *version)
        episode = episodes[row["episode_id"]]
        label = f"{episode['show_title']}: {episode['title']}"
        is_done = made.get(row["episode_id"]) == key
        items.append(Item(row["episode_id"], label, row["published_on"], key, is_done, (episode, row)))
    return items


def _estimate(house: House, panel: Panel, waiting: Sequence[Item[Value]]) -> dict[date | None, dict[str, int | float | str]]:
    """What the waiting episodes will take, by day; said before the first call. Answers from memory make it less."""
    by_day: dict[date | None, Spend] = {}
    for item in waiting:
        spend = panel.estimate(item.value[1]["words_count"] or 0)
        by_day[item.published_on] = by_day.get(item.published_on, Spend()) + spend
    total = sum(by_day.values(), Spend())
    house.progress.end("insights", f"{len(waiting)} to read with {panel.writers[0].name}: about {total.in_words()}")
    return {
        day: {
            "estimated_calls": spend.calls,
            "estimated_tokens": spend.tokens,
            "estimated_usd": NO_PRICE if spend.usd is None else round(spend.usd, 6),
        }
        for day, spend in by_day.items()
    }


def _ask(house: House, panel: Panel, reading: Reading, item: Item[Value]) -> Extraction:
    """Asks the models. Where all gave up and `llm.fallbacks` ends in "extract", the extractor stands in and says so."""
    meter = EpisodeMeter(panel.ledger, item.item_id, item.published_on, house.clock)
    try:
        return ask_for_insights(house, reading, panel, meter)
    except (Unreachable, LlmRefused, LlmUnusable) as given_up:
        if not panel.ends_offline:
            raise
        extracted = extract_sentences(house, reading)
        return replace(
            extracted,
            method="extract",
            model=EXTRACTOR_VERSION,
            calls=meter.counted.calls,
            tokens=meter.paid.tokens,
            cost_usd=meter.paid.usd,
            fallback_reason=f"the offline extractor stood in for {panel.writers[0].name}: {given_up}",
        )
    finally:
        if meter.rows:
            house.store.apply([Change("raw.llm_calls", meter.rows)])


def _describe_day(house: House, rows: Sequence[Row]) -> dict[str, int | float | str]:
    """What the day's extractions come to."""
    method, model = _name_extractor(house)
    unpriced = any(row["cost_usd"] is None for row in rows)
    return {
        "rows": sum(row["grounded_count"] for row in rows),
        "dropped": sum(row["proposed_count"] - row["grounded_count"] for row in rows),
        "method": method,
        "model": model,
        "calls": sum(row["calls_count"] for row in rows),
        "tokens": sum(row["tokens_count"] for row in rows),
        "cost_usd": NO_PRICE if unpriced else sum(row["cost_usd"] for row in rows),
        "stopped": sum(row["stopped_reason"] is not None for row in rows),
        "stood_in": sum(row["fallback_reason"] is not None for row in rows),
        "unread_words": sum(row["unread_words_count"] or 0 for row in rows),
    }


def _keep_extraction(house: House, item: Item[Value], extraction: Extraction) -> None:
    episode, _ = item.value
    key = {"published_on": item.published_on}
    method, model = _name_extractor(house)
    insights = [
        {**asdict(insight), **key, "feed_id": episode["feed_id"], "text_hash": content_id(insight.text)}
        for insight in extraction.insights
    ]
    row = {
        **key,
        "episode_id": item.item_id,
        "method": extraction.method or method,
        "model": extraction.model or model,
        "candidates_count": extraction.candidates,
        "proposed_count": extraction.proposed,
        "grounded_count": len(insights),
        "dropped_reasons": {reason: count for reason, count in extraction.dropped.items() if count},
        "calls_count": extraction.calls,
        "tokens_count": extraction.tokens,
        "cost_usd": extraction.cost_usd,
        "unread_words_count": extraction.unread_words,
        "stopped_reason": str(extraction.stopped) if extraction.stopped else None,
        "fallback_reason": extraction.fallback_reason,
        "prompt_version": PROMPT_VERSION if (extraction.method or method) == "llm" else None,
        "seconds_spent": extraction.seconds,
        "input_hash": item.input_hash,
        "made_at": house.clock(),
    }
    scope = {"episode_id": item.item_id}
    house.store.apply([Change("raw.insights", insights, scope), Change("raw.extractions", [row], scope)])
