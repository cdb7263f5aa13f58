"""From what an extractor proposes to insights: each with words that stand in the transcript, outside of adverts."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from brief_pipeline.errors import PassingFailure
from brief_pipeline.records import Evidence, Insight, Proposal, Transcript, content_id
from brief_pipeline.stages.evidence import TranscriptIndex
from brief_pipeline.stages.name import unsaid_names
from brief_pipeline.stages.quantity import unsaid_numbers
from brief_pipeline.stages.sentence import count_words

Row = dict[str, Any]

SURROUNDINGS_CHARS = (
    1_500  # where a claim's names and numbers must occur: the quote, and about a minute and a half of talk on each side
)
QUOTE_WORDS = 4  # fewer say nothing that a claim could rest on: "yes", "it depends"

# Why a proposal is dropped: the keys of raw.extractions.dropped_reasons
NOT_IN_TRANSCRIPT = "its quote is not in the transcript"
TOO_SHORT = "its quote is too short to rest on"
IN_ADVERT = "its quote is in an advert"
UNSAID_NAME = "a name that was not said"
UNSAID_NUMBER = "a number that was not said"
PROPOSED_TWICE = "the same insight twice"

_LOWER_CASE = re.compile(r"(?<![\w'’-])[a-zà-öø-ÿ]+(?![\w'’-])")


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

    @cached_property
    def index(self) -> TranscriptIndex:
        """Where quotes are looked up: it takes half a second to make for a long episode, so once."""
        return TranscriptIndex(self.transcript)

    @cached_property
    def about(self) -> str:
        """What the feed says of the episode, and the names of who speaks: names and numbers that need not be said."""
        said = [str(self.episode[key] or "") for key in ("show_title", "title", "description")]
        named = [*(self.episode["people"] or ()), *(s.speaker for s in self.transcript.segments if s.speaker)]
        return "\n".join([*said, *dict.fromkeys(named)])

    @cached_property
    def ordinary_words(self) -> frozenset[str]:
        """The words that stand in lower case: at the start of a sentence they are no names."""
        return frozenset(_LOWER_CASE.findall(self.transcript.text))

    def chunk_at(self, char: int) -> Row | None:
        return next((chunk for chunk in self.chunks if chunk["char_start"] <= char < chunk["char_end"]), None)

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
    method: str | None = None  # llm or extract; None: the one in force
    model: str | None = None  # who wrote the insights; None: the one in force
    unread_words: int = 0  # words of talk outside adverts that were not read
    stopped: PassingFailure | None = None  # what stopped it before its end; what was made so far is kept
    fallback_reason: str | None = None  # why another model, or none, stood in for the first


class Dropped(Counter[str]):
    """How many proposals were dropped for which reason, and what it was each time: the name, the number, the quote."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, list[str]] = {}

    def add(self, reason: str, word: str) -> None:
        self[reason] += 1
        self.words.setdefault(reason, []).append(word)


def ground(reading: Reading, proposals: Sequence[Proposal], method: str, model: str) -> tuple[tuple[Insight, ...], Dropped]:
    """The proposals whose quote stands in the transcript, outside what is marked, with their names and numbers near it."""
    insights: dict[str, Insight] = {}
    dropped = Dropped()
    for proposal in proposals:
        found = reading.index.find(proposal.quote, proposal.char_hint)
        if refusal := _why_not(reading, proposal, found):
            dropped.add(*refusal)
            continue
        assert found is not None
        insight = _to_insight(reading, proposal, found, method, model)
        if insight.insight_id in insights:
            dropped.add(PROPOSED_TWICE, proposal.claim)
        else:
            insights[insight.insight_id] = insight
    return tuple(insights.values()), dropped


def _why_not(reading: Reading, proposal: Proposal, found: Evidence | None) -> tuple[str, str] | None:
    """The reason to drop a proposal, and the words it is for; None if it stands."""
    if found is None:
        return NOT_IN_TRANSCRIPT, proposal.quote
    if count_words(found.quote) < QUOTE_WORDS:
        return TOO_SHORT, found.quote
    if reading.is_marked(found.char_start, found.char_end) or reading.chunk_at(found.char_start) is None:
        return IN_ADVERT, found.quote
    text = reading.transcript.text
    around = text[max(0, found.char_start - SURROUNDINGS_CHARS) : found.char_end + SURROUNDINGS_CHARS]
    around = f"{around}\n{reading.about}"
    for said in (proposal.claim, proposal.explanation):  # apart: the second's first word is capitalised for being the first
        if numbers := unsaid_numbers(said, around):
            return UNSAID_NUMBER, numbers[0]
        if names := unsaid_names(said, around, reading.ordinary_words):
            return UNSAID_NAME, names[0]
    return None


def _to_insight(reading: Reading, proposal: Proposal, found: Evidence, method: str, model: str) -> Insight:
    episode_id = reading.episode["episode_id"]
    home = reading.chunk_at(found.char_start)
    assert home is not None
    return Insight(
        insight_id=content_id(episode_id, proposal.claim, found.char_start, found.char_end),
        episode_id=episode_id,
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
        quote_match=found.match,
    )
