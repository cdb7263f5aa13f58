"""What a language model is asked of pairs of insights, and what its answer is taken for.

The model has to name the question that both insights answer before it may call them the same, in agreement or in
contradiction: insights on one topic that answer different questions are what such labels go wrong on. The rules here hold
whatever it says, so that neither a slip of its own nor a sentence in an insight can merge what differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator

from brief_pipeline.stages.claim_phrases import STOP_WORDS
from brief_pipeline.stages.likeness_veto import find_veto
from brief_pipeline.stages.passage import one_line
from brief_pipeline.stages.prompt import Message, hash_prompts, write_messages
from brief_pipeline.stages.spend import TOKEN_MARGIN, Room

COMPARE_FILE = "compare.md"
COMPARE_VERSION = (
    f"compare-1-{hash_prompts((COMPARE_FILE,))}"  # its own: another word here leaves extraction's answers valid
)

COMPARE_PROMPT_TOKENS = 1_450  # of compare.md with its schema; a test holds it to that
TOKENS_PER_RULING = 110
PAIRS_AT_ONCE = 8  # more in one question, and the model begins to skim
SHOWN_WORDS = 120  # of each of claim, explanation and quote; insights have under 60 in all, what is longer is cut

QUESTION_WORDS = range(4, 41)
COPIED = 0.9  # share of words in common, in their order, from which a question is a claim with another stop
STEM = 4  # letters by which "ship" and "shipping" are one word
BOTH_ANSWER = frozenset({"same", "agrees", "contradicts"})  # nothing without the question that both answer
WITH_QUESTION = BOTH_ANSWER | {"follow_up", "extends"}
_NOTHING = frozenset({"", "none", "null", "n/a"})
_WORD = re.compile(r"\w[\w'-]*")

Veto = Callable[[str, str, str, str], str | None]  # of claim and explanation, of the earlier and the later
Relation = Literal["same", "follow_up", "contradicts", "agrees", "extends", "related", "unrelated"]


def _tidy_relation(said: object) -> object:
    return re.sub(r"[\s-]+", "_", said.strip().lower()) if isinstance(said, str) else said


class PairReply(BaseModel):
    """What the model says of a numbered pair."""

    number: int
    question: str | None = None
    why: str = ""
    relation: Annotated[Relation, BeforeValidator(_tidy_relation)]


class CompareReply(BaseModel):
    """The model's whole answer."""

    pairs: list[PairReply]

    def by_number(self) -> dict[int, PairReply]:
        """The answers by number, without those that contradict each other."""
        found: dict[int, PairReply] = {}
        disputed = set()
        for reply in self.pairs:
            if found.setdefault(reply.number, reply).relation != reply.relation:
                disputed.add(reply.number)
        return {number: reply for number, reply in found.items() if number not in disputed}


@dataclass(frozen=True)
class Side:
    """One of two insights, as it is shown."""

    show: str
    said_on: date
    claim: str
    explanation: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Ruling:
    """What two insights are to each other, by a language model's word and the rules."""

    relation: Relation
    question: str | None  # that both answer
    reason: str
    model: str


def compare_messages(pairs: Sequence[tuple[int, str]]) -> list[Message]:
    """The messages that ask for the relations of numbered pairs, each as show_pair shows it."""
    shown = (f"Pair {number}\n{text}" for number, text in pairs)
    ask = f"Compare pairs {', '.join(str(number) for number, _ in pairs)}."
    return write_messages(COMPARE_FILE, CompareReply, ask, "\n\n".join(shown))


def show_pair(earlier: Side, later: Side) -> str:
    """Two insights, on a line each thing: no text of theirs can look like the lines around it."""
    lines = []
    for name, side in (("FIRST", earlier), ("SECOND", later)):
        lines.append(f"{name}, said on {side.said_on.isoformat()} in {_show(side.show)}")
        lines += [f"Claim: {_show(side.claim)}", f"Explanation: {_show(side.explanation) or '(none)'}"]
        lines.append(f"Quote: {_show(side.quote) or '(none)'}")
    return "\n".join(lines)


def _show(text: str) -> str:
    words = one_line(text).split(" ")
    return " ".join(words) if len(words) <= SHOWN_WORDS else f"{' '.join(words[:SHOWN_WORDS])} [cut]"


def cut_batches(tokens: Sequence[int], room: Room, most: int = PAIRS_AT_ONCE) -> list[range]:
    """Which pairs go into one question, by the tokens of each: as many as the context holds and the answer has room for.

    >>> cut_batches([300] * 5, Room(context=4_096, answer=819, passage=0))
    [range(0, 4), range(4, 5)]
    """
    space = (room.context - room.answer) / TOKEN_MARGIN - COMPARE_PROMPT_TOKENS
    most = max(1, min(most, room.answer // TOKENS_PER_RULING))
    batches, start, used = [], 0, 0
    for place, size in enumerate(tokens):
        if place > start and (place - start == most or used + size > space):
            batches.append(range(start, place))
            start, used = place, 0
        used += size
    return [*batches, range(start, len(tokens))] if tokens else []


def settle(reply: PairReply, earlier: Side, later: Side, model: str, find_veto: Veto = find_veto) -> Ruling:
    """What a reply is taken for. `find_veto` says what forbids that two claims with their explanations are one.

    Over whole insights a bare find_conflict would forbid too much: 163 of 210 far rewrites of one insight, find_veto 10.

    >>> ada, ivo = Side("A", date(2026, 5, 1), "Trams pay."), Side("B", date(2026, 5, 2), "Trams lose money.")
    >>> settle(PairReply(number=1, relation="contradicts", question="Do trams pay for themselves?"), ada, ivo, "m").relation
    'contradicts'
    >>> settle(PairReply(number=1, relation="contradicts"), ada, ivo, "m").reason
    'the model said contradicts, without a question that both answer'
    """
    relation, why = reply.relation, one_line(reply.why)
    question, fault = _read_question(reply.question, earlier, later)
    if relation in BOTH_ANSWER and question is None:
        return Ruling("related", None, f"the model said {relation}, {fault}", model)
    if relation == "same" and (conflict := find_veto(earlier.claim, earlier.explanation, later.claim, later.explanation)):
        return Ruling("related", None, f"the model said same, but they differ ({conflict})", model)
    return Ruling(relation, question if relation in WITH_QUESTION else None, why or f"the model said {relation}", model)


def _read_question(said: str | None, earlier: Side, later: Side) -> tuple[str | None, str]:
    """The question, or what is wrong with it."""
    question = one_line(said or "")
    words = _WORD.findall(question.lower())
    if question.strip("\"'.").lower() in _NOTHING:
        return None, "without a question that both answer"
    if not question.endswith("?") or question.count("?") > 1 or len(words) not in QUESTION_WORDS:
        return None, "without a full question"
    if any(SequenceMatcher(None, words, _WORD.findall(side.claim.lower())).ratio() >= COPIED for side in (earlier, later)):
        return None, "with a claim for a question"
    if not _stems(question) & (_stems(f"{earlier.claim} {earlier.explanation} {later.claim} {later.explanation}")):
        return None, "with a question about something else"
    return question, ""


def _stems(text: str) -> set[str]:
    """The first letters of the words that carry meaning."""
    return {word[:STEM] for word in _WORD.findall(text.lower()) if word not in STOP_WORDS}
