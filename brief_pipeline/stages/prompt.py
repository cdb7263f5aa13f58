"""What a language model is asked, and the shape of its answers.

The texts are files in prompts/. Whatever others wrote or said stands fenced and named as data, so that what a guest says
does not steer the model: the fence's key is a hash of what it holds, which that can't foresee.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from jinja2 import Environment, StrictUndefined
from pydantic import AfterValidator, BaseModel

from brief_pipeline.records import Insight, Proposal
from brief_pipeline.stages.passage import Passage, one_line

PROMPT_FILES = ("propose.md", "judge.md", "repair.md", "examples.json")
KEY_LENGTH = 20  # hex digits of a fence
EVIDENCE_WORDS = 120  # shown around a quote, half on each side
REFUSED_KINDS = ("summary", "biography", "platitude", "sponsor", "question", "other")

Message = dict[str, str]


def _read(name: str) -> str:
    return files("brief_pipeline").joinpath("stages", "prompts", name).read_text(encoding="utf-8")


def hash_prompts(names: Sequence[str] = PROMPT_FILES) -> str:
    """Eight hex digits that change with any word of the prompts."""
    return hashlib.sha256("\x1f".join(_read(name) for name in names).encode()).hexdigest()[:8]


PROMPT_VERSION = f"insights-2-{hash_prompts()}"  # a text cannot change without it


def _check_text(text: str) -> str:
    if not text.strip():
        raise ValueError("it should not be empty")
    return text


def _check_share(value: float) -> float:
    if not 0 <= value <= 1:
        raise ValueError("it should be from 0 to 1")
    return value


# Checked here and not in the schema: some providers refuse schemas that name bounds or lengths.
Text = Annotated[str, AfterValidator(_check_text)]
Share = Annotated[float, AfterValidator(_check_share)]


class ProposedInsight(BaseModel):
    """One insight as the model gives it."""

    claim: Text
    explanation: str = ""
    quote: str = ""  # without one it is dropped like one whose quote does not stand there
    speaker: str | None = None
    value: Share


class InsightsReply(BaseModel):
    """The model's whole answer."""

    insights: list[ProposedInsight]

    def to_proposals(self, near: int | None = None) -> list[Proposal]:
        """The answer as proposals; `near` is the character of the transcript to look for quotes around."""
        return [
            Proposal(one_line(i.claim), one_line(i.explanation), one_line(i.quote), i.value, near) for i in self.insights
        ]


class MendedQuote(BaseModel):
    """Words of the transcript for a numbered claim, or null."""

    number: int
    quote: str | None


class MendedQuotes(BaseModel):
    """The answer to a repair."""

    quotes: list[MendedQuote]


class Judgement(BaseModel):
    """What the judge says of a numbered item."""

    number: int
    why: str = ""
    supported: Literal["yes", "partly", "no"]
    stands_alone: bool
    kind: Literal["insight", "summary", "biography", "platitude", "sponsor", "question", "other"]
    value: Share

    @property
    def refusal(self) -> str | None:
        """Why the item is dropped, in words for the table; None: it is kept."""
        if self.supported != "yes":
            return "judged: not supported by its quote" if self.supported == "no" else "judged: only partly supported"
        if self.kind != "insight":
            return f"judged: {self.kind}, not an insight"
        return None if self.stands_alone else "judged: does not stand alone"


class JudgementsReply(BaseModel):
    """The judge's whole answer."""

    judgements: list[Judgement]


def propose_messages(about: str, passage: Passage, wanted: int) -> list[Message]:
    """The messages that ask for the insights of a passage, at most `wanted`. `about`: see describe_episode."""
    data = f"{about}\n\nTranscript:\n\n{passage.text}"
    ask = f"Give at most {wanted} insights, the best of the passage; give none where there is none."
    return write_messages("propose.md", InsightsReply, ask, data)


def judge_messages(about: str, items: Sequence[tuple[int, Insight, str]]) -> list[Message]:
    """The messages that ask for judgements of numbered insights, each with its evidence (Talk.around)."""
    shown = (
        f"Item {number}\nClaim: {insight.claim}\nExplanation: {insight.explanation or '(none)'}\nEvidence:\n{evidence}"
        for number, insight, evidence in items
    )
    ask = f"Judge items {', '.join(str(number) for number, *_ in items)}."
    return write_messages("judge.md", JudgementsReply, ask, "\n\n".join((about, *shown)))


def repair_messages(about: str, passage: Passage, misquoted: Sequence[tuple[int, Proposal]]) -> list[Message]:
    """The messages that ask for the exact words under numbered claims of a passage."""
    claims = (f"Claim {n}: {p.claim} {p.explanation}\nQuoted, not found: {p.quote}" for n, p in misquoted)
    data = "\n\n".join((about, *claims, f"Transcript:\n\n{passage.text}"))
    return write_messages("repair.md", MendedQuotes, f"Give the words for {len(misquoted)} claims.", data)


def describe_episode(show: str, title: str, people: Sequence[str] = ()) -> str:
    """What is said of an episode above its words, on a line each."""
    named = [("Show", show), ("Episode", title), ("People", ", ".join(people))]
    return "\n".join(f"{name}: {one_line(text)}" for name, text in named if text)


def fence(data: str) -> tuple[str, str, str]:
    """A key that the data does not hold, and the lines before and after it. The same data has the same key."""
    key = hashlib.sha256(data.encode(errors="replace")).hexdigest()[:KEY_LENGTH]
    while key in data:
        key = hashlib.sha256(key.encode()).hexdigest()[:KEY_LENGTH]
    return key, f"<data {key}>", f"</data {key}>"


def write_messages(prompt: str, shape: type[BaseModel], ask: str, data: str) -> list[Message]:
    """A prompt file as the system's message, and what is asked of fenced data as the user's."""
    key, opening, closing = fence(data)
    asked = f"KEY is {key}. {ask}\n\n{opening}\n{data}\n{closing}\n\n{ask} Answer with the JSON object alone."
    return [{"role": "system", "content": system_prompt(prompt, shape)}, {"role": "user", "content": asked}]


@cache
def system_prompt(prompt: str, shape: type[BaseModel]) -> str:
    """The text of a prompt file with the schema (and the examples) in it: the same for every episode."""
    environment = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    schema = json.dumps(shape.model_json_schema(), separators=(",", ":"))
    return environment.from_string(_read(prompt)).render(schema=schema, examples=json.loads(_read("examples.json")))
