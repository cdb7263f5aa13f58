"""From what an extractor proposes to insights: each with words that stand in the transcript, outside of adverts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from brief_pipeline.records import Insight, Proposal, Transcript, content_id
from brief_pipeline.stages.evidence import TranscriptIndex, unsupported

Row = dict[str, Any]

SURROUNDINGS_CHARS = 1_500  # where a claim's names and numbers must occur: the quote, and about a minute of talk around it


@dataclass(frozen=True)
class Reading:
    """An episode's text, ready to be extracted from."""

    episode: Row
    transcript: Transcript
    chunks: list[Row]

    @cached_property
    def marked(self) -> list[tuple[int, int]]:
        """The characters that no insight may rest on: adverts and the like."""
        return [(chunk["char_start"], chunk["char_end"]) for chunk in self.chunks if chunk["is_sponsor"]]

    def is_marked(self, first: int, last: int) -> bool:
        return any(start < last and first < end for start, end in self.marked)


@dataclass(frozen=True)
class Extraction:
    """What an extractor made of an episode."""

    insights: tuple[Insight, ...]
    proposed: int
    dropped: Counter[str]
    seconds: float
    calls: int = 0
    tokens: int = 0
    cost_usd: float | None = 0.0
    candidates: int = 0  # spans weighed, or insights the model gave


def ground(
    reading: Reading, proposals: Sequence[Proposal], method: str, model: str
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
        if home is None or reading.is_marked(found.char_start, found.char_end):
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
