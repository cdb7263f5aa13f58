"""From chunks to insights, each with words that stand in the transcript."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from typing import Any

from brief_pipeline.errors import LanguageUnread, LlmUnusable
from brief_pipeline.records import Chunk, Insight, Proposal, Transcript, content_id
from brief_pipeline.stages.evidence import TranscriptIndex, unsupported
from brief_pipeline.stages.insight import EXTRACTOR_VERSION, insights_wanted, propose_insights
from brief_pipeline.stages.prompt import PROMPT_VERSION, InsightsReply, build_messages, group_passages
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listening import transcript_of
from brief_pipeline.wiring.workbench import Item, Reports, input_hashes, merge_notes, work_through

Row = dict[str, Any]

EXTRACTED_LANGUAGES = frozenset({"en", ""})  # "": nobody says which, so it is tried
SURROUNDINGS_CHARS = 1_500  # where a claim's names and numbers must occur: the quote, and about a minute of talk around it


@dataclass(frozen=True)
class _Extraction:
    """What an extractor made of an episode."""

    insights: tuple[Insight, ...]
    proposed: int
    dropped: Counter[str]
    seconds: float
    calls: int = 0
    tokens: int = 0
    cost_usd: float | None = 0.0


@dataclass(frozen=True)
class _Reading:
    """An episode's text, ready to be extracted from."""

    episode: Row
    transcript: Transcript
    chunks: list[Row]

    @cached_property
    def marked(self) -> list[tuple[int, int]]:
        """The characters that no insight may rest on: adverts and the like."""
        return [(chunk["char_start"], chunk["char_end"]) for chunk in self.chunks if chunk["is_sponsor"]]


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

    def extract(item: Item[tuple[Row, Row]]) -> _Extraction:
        episode, row = item.value
        chunks = house.store.select("raw.chunks", episode_id=item.item_id)
        reading = _Reading(episode, transcript_of(house, row), sorted(chunks, key=lambda chunk: chunk["position"]))
        return _extract_with_llm(house, reading) if house.llm else _extract_sentences(house, reading)

    def keep(item: Item[tuple[Row, Row]], extraction: _Extraction) -> None:
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


def _extract_sentences(house: House, reading: _Reading) -> _Extraction:
    """Insights in the speakers' own sentences, without a language model."""
    language = (reading.transcript.language or "").partition("-")[0]
    if language not in EXTRACTED_LANGUAGES:
        raise LanguageUnread(
            f"it is in {language!r}, and without a language model insights are extracted from English only: "
            'set [llm] model in brief.toml (such as "ollama/llama3.1")'
        )
    started = time.monotonic()
    sentences = split_sentences(reading.transcript)
    is_marked = [_is_inside(sentence.start, sentence.end, reading.marked) for sentence in sentences]
    vectors = house.embedder.embed([sentence.text for sentence in sentences])
    text = reading.transcript.text
    names = [name for name in (reading.episode["show_title"], *(reading.episode["people"] or ())) if name]
    proposals = propose_insights(text, sentences, vectors, is_marked, insights_wanted(len(text.split())), names)
    insights, dropped = _ground(reading, proposals, "extract", EXTRACTOR_VERSION)
    return _Extraction(insights, len(proposals), dropped, time.monotonic() - started)


def _is_inside(first: int, last: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < last and first < end for start, end in spans)


def _extract_with_llm(house: House, reading: _Reading) -> _Extraction:
    """Insights in a language model's words, each resting on words of the transcript."""
    assert house.llm is not None
    started = time.monotonic()
    talk = [
        Chunk(**{key: chunk[key] for key in Chunk.__dataclass_fields__})
        for chunk in reading.chunks
        if not chunk["is_sponsor"]
    ]
    passages = group_passages(talk, house.settings.llm.passage_words)
    most = house.settings.llm.calls_per_episode
    if len(passages) > most:
        raise LlmUnusable(
            f"{len(passages)} calls would be needed, more than llm.calls_per_episode = {most}: "
            "raise that limit or llm.passage_words in brief.toml"
        )
    proposals, calls, tokens, cost = [], 0, 0, 0.0
    is_priced = True
    for done, passage in enumerate(passages):
        house.progress.part("insights", done / len(passages))
        wanted = insights_wanted(sum(len(chunk.text.split()) for chunk in passage))
        answer = house.llm.ask(
            build_messages(reading.episode["show_title"], reading.episode["title"], passage, wanted), InsightsReply
        )
        proposals += answer.value.to_proposals(near=passage[0].char_start)
        calls, tokens = calls + answer.calls, tokens + answer.tokens
        is_priced = is_priced and answer.cost_usd is not None
        cost += answer.cost_usd or 0.0
    insights, dropped = _ground(reading, proposals, "llm", house.llm.name)
    spent = time.monotonic() - started
    return _Extraction(insights, len(proposals), dropped, spent, calls, tokens, cost if is_priced else None)


def _ground(
    reading: _Reading, proposals: Sequence[Proposal], method: str, model: str
) -> tuple[tuple[Insight, ...], Counter[str]]:
    """The proposals whose quote stands in the transcript, outside what is marked, with their names and numbers near it."""
    index, text = TranscriptIndex(reading.transcript), reading.transcript.text
    about = " ".join(str(reading.episode[key] or "") for key in ("show_title", "title", "description", "people"))
    insights: dict[str, Insight] = {}
    dropped: Counter[str] = Counter()
    for proposal in proposals:
        found = index.find(proposal.quote, proposal.char_hint)
        if found is None:
            dropped["its quote is not in the transcript"] += 1
            continue
        home = next((chunk for chunk in reading.chunks if chunk["char_start"] <= found.char_start < chunk["char_end"]), None)
        if home is None or _is_inside(found.char_start, found.char_end, reading.marked):
            dropped["its quote is in an advert"] += 1
            continue
        around = text[max(0, found.char_start - SURROUNDINGS_CHARS) : found.char_end + SURROUNDINGS_CHARS]
        if unsupported(f"{proposal.claim} {proposal.explanation}", f"{around} {about}"):
            dropped["a name or number that was not said"] += 1
            continue
        insight_id = content_id(reading.episode["episode_id"], proposal.claim, found.char_start, found.char_end)
        insights[insight_id] = Insight(
            insight_id=insight_id,
            episode_id=reading.episode["episode_id"],
            chunk_id=home["chunk_id"],
            claim=proposal.claim,
            explanation=proposal.explanation,
            quote=found.quote,
            char_start=found.char_start,
            char_end=found.char_end,
            quote_start_seconds=found.start_seconds,
            quote_end_seconds=found.end_seconds,
            speaker=found.speaker,
            method=method,
            model=model,
            score=proposal.score,
        )
    return tuple(insights.values()), dropped


def _keep_extraction(house: House, item: Item[tuple[Row, Row]], extraction: _Extraction, method: str, model: str) -> None:
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
