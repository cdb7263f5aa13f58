"""Insights in a language model's words, each resting on words of the transcript."""

import time

from brief_pipeline.errors import LlmUnusable
from brief_pipeline.records import Chunk
from brief_pipeline.stages.insight import insights_wanted
from brief_pipeline.stages.prompt import InsightsReply, build_messages, group_passages
from brief_pipeline.wiring.grounding import Extraction, Reading, ground
from brief_pipeline.wiring.house import House


def ask_for_insights(house: House, reading: Reading) -> Extraction:
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
    insights, dropped = ground(reading, proposals, "llm", house.llm.name)
    spent = time.monotonic() - started
    return Extraction(insights, len(proposals), dropped, spent, calls, tokens, cost if is_priced else None)
