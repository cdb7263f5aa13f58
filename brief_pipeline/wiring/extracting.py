"""From chunks to insights, each with words that stand in the transcript."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from brief_pipeline.records import content_id
from brief_pipeline.stages.insight import EXTRACTOR_VERSION
from brief_pipeline.stages.prompt import PROMPT_VERSION
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.asking import ask_for_insights
from brief_pipeline.wiring.excerpting import extract_sentences
from brief_pipeline.wiring.grounding import Extraction, Reading
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listening import transcript_of
from brief_pipeline.wiring.workbench import Item, Reports, input_hashes, merge_notes, work_through

Row = dict[str, Any]


def extract_insights(house: House, days: Sequence[date]) -> Reports:
    """The insights of each episode, each with words found in its transcript: raw.insights, raw.extractions."""
    method, model = ("llm", house.llm.name) if house.llm else ("extract", EXTRACTOR_VERSION)
    version = PROMPT_VERSION if house.llm else house.embedder.name
    made = input_hashes(house, "raw.extractions", days)
    cut = input_hashes(house, "raw.chunks", days)
    episodes = {row["episode_id"]: row for row in house.store.select("raw.episodes", published_on=list(days))}
    transcripts = house.store.select("raw.transcripts", published_on=list(days))
    items = []
    for row in transcripts:
        key = content_id(cut.get(row["episode_id"]), method, model, version)
        is_done = made.get(row["episode_id"]) == key
        episode = episodes[row["episode_id"]]
        label = f"{episode['show_title']}: {episode['title']}"
        items.append(Item(row["episode_id"], label, row["published_on"], key, is_done, (episode, row)))

    def extract(item: Item[tuple[Row, Row]]) -> Extraction:
        episode, row = item.value
        chunks = house.store.select("raw.chunks", episode_id=item.item_id)
        reading = Reading(episode, transcript_of(house, row), sorted(chunks, key=lambda chunk: chunk["position"]))
        return ask_for_insights(house, reading) if house.llm else extract_sentences(house, reading)

    def keep(item: Item[tuple[Row, Row]], extraction: Extraction) -> None:
        _keep_extraction(house, item, extraction, method, model)

    reports = work_through(house, "insights", items, extract, keep)
    rows = house.store.select("raw.extractions", published_on=list(days))
    for day in days:
        todays = [row for row in rows if row["published_on"] == day]
        dropped = sum(row["proposed_count"] - row["grounded_count"] for row in todays)
        cost = sum(row["cost_usd"] or 0.0 for row in todays)
        merge_notes(
            reports,
            day,
            rows=sum(row["grounded_count"] for row in todays),
            dropped=dropped,
            method=method,
            model=model,
            cost_usd=cost,
        )
    return reports


def _keep_extraction(house: House, item: Item[tuple[Row, Row]], extraction: Extraction, method: str, model: str) -> None:
    episode, _ = item.value
    key = {"published_on": item.published_on}
    insights = [
        {**asdict(insight), **key, "feed_id": episode["feed_id"], "text_hash": content_id(insight.text)}
        for insight in extraction.insights
    ]
    row = {
        **key,
        "episode_id": item.item_id,
        "method": method,
        "model": model,
        "candidates_count": extraction.candidates,
        "proposed_count": extraction.proposed,
        "grounded_count": len(insights),
        "dropped_reasons": dict(extraction.dropped),
        "calls_count": extraction.calls,
        "tokens_count": extraction.tokens,
        "cost_usd": extraction.cost_usd,
        "seconds_spent": extraction.seconds,
        "input_hash": item.input_hash,
        "made_at": house.clock(),
    }
    scope = {"episode_id": item.item_id}
    house.store.apply([Change("raw.insights", insights, scope), Change("raw.extractions", [row], scope)])
