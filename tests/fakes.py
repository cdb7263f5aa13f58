"""Hand-written stand-ins for the engines: they do what they say, quickly, and count how often they were asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from brief_pipeline.engines.llm import FREE, Answer, Call, Meter, ModelFacts
from brief_pipeline.engines.web import Downloaded, Fetched
from brief_pipeline.engines.whisper import Heard
from brief_pipeline.errors import BriefError, Unreachable
from brief_pipeline.records import Segment
from brief_pipeline.stages.claim_marks import score_sentence
from brief_pipeline.stages.compare_prompt import CompareReply
from brief_pipeline.stages.prompt import InsightsReply

DIMENSIONS = 64


@dataclass
class FakeWeb:
    """A web of pages held in memory. A page that is an exception is raised."""

    pages: Mapping[str, bytes | BriefError]
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        body = self._page(url)
        tag = hashlib.sha256(body).hexdigest()[:8]
        if etag == tag:
            return Fetched(url, 304, None, tag)
        return Fetched(url, 200, body, tag)

    def download(self, url: str, path: Path, most_bytes: int) -> Downloaded:
        body = self._page(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return Downloaded(path, len(body), hashlib.sha256(body).hexdigest(), "audio/mpeg")

    def _page(self, url: str) -> bytes:
        self.asked.append(url)
        page = self.pages.get(url, Unreachable("the server answered 404 Not Found"))
        if isinstance(page, BriefError):
            raise page
        return page


class FakeDecoder:
    """Every file is ten seconds long."""

    def measure(self, path: Path) -> float:
        return 10.0


@dataclass
class FakeTranscriber:
    """Hears what it was told to hear, and something else where it listens with care."""

    segments: tuple[Segment, ...] = ()
    careful_segments: tuple[Segment, ...] | None = None
    speech: tuple[tuple[float, float], ...] = ()
    asked: list[Path] = field(default_factory=list)
    name: str = "faster-whisper:fake"

    def transcribe(
        self,
        path: Path,
        language: str | None = None,
        report: Callable[[float], None] | None = None,
        careful: bool = False,
    ) -> Heard:
        self.asked.append(path)
        if report:
            report(10.0)
        heard = self.careful_segments if careful and self.careful_segments is not None else self.segments
        return Heard(language or "en", heard, 10.0, self.speech)


@dataclass
class FakeEmbedder:
    """Vectors of words: texts that share words are near each other."""

    asked: list[str] = field(default_factory=list)
    name: str = "fake-words"

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                place = int(hashlib.sha256(word.strip(".,!?").encode()).hexdigest(), 16) % DIMENSIONS
                vectors[row, place] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=vectors, where=lengths > 0)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


@dataclass
class FakeGrader:
    """Takes every candidate to stand alone, and its marks for what it claims."""

    asked: list[str] = field(default_factory=list)
    name: str = "fake-grades"

    def grade(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        claims = [min(2.0, max(0.0, score_sentence(text.partition(" | ")[0]))) for text in texts]
        return np.array([(2.0, claim) for claim in claims], np.float32).reshape(-1, 2)


@dataclass
class FakeLlm:
    """Proposes what it was given, one reply a question; an exception is raised. Its judge likes everything."""

    replies: list[dict[str, Any] | BriefError]
    asked: list[Sequence[dict[str, str]]] = field(default_factory=list)  # the questions for insights
    name: str = "fake/model"
    value: float = 0.9  # the judge's
    pairs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  # relations, by the two claims; else related
    compared: list[Sequence[dict[str, str]]] = field(default_factory=list)  # the questions for relations

    def ask(self, messages: Sequence[dict[str, str]], shape: Any, limits: Any = None, meter: Meter = FREE) -> Answer[Any]:
        meter.allow(self.facts(), 90, 10)
        if shape is CompareReply:
            self.compared.append(messages)
            meter.note(Call(self.name, "prompt", "answered", 90, 10, 0.001, 0.1))
            return Answer(shape.model_validate(answer_pairs(messages[-1]["content"], self.pairs)), 100, 0.001, 1, 0.1)
        if shape is not InsightsReply:
            meter.note(Call(self.name, "prompt", "answered", cost_usd=0.0))
            numbers = [int(number) for number in re.findall(r"^Item (\d+)$", messages[-1]["content"], re.M)]
            passed = {"supported": "yes", "stands_alone": True, "kind": "insight", "value": self.value}
            judgements = [{"number": number, **passed} for number in numbers]
            return Answer(shape.model_validate({"judgements": judgements, "quotes": []}), 0, 0.0, 1, 0.1)
        self.asked.append(messages)
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        if isinstance(reply, BriefError):
            raise reply
        meter.note(Call(self.name, "prompt", "answered", 90, 10, 0.001, 0.1))
        return Answer(shape.model_validate(reply), 100, 0.001, 1, 0.1)

    def facts(self) -> ModelFacts:
        return ModelFacts(self.name)

    def count_tokens(self, text: str) -> int:
        return len(text.split()) * 4 // 3

    def as_model(self, name: str) -> FakeLlm:
        return self


def answer_pairs(asked: str, known: Mapping[tuple[str, str], dict[str, Any] | None]) -> dict[str, Any]:
    """An answer to a question for relations: each pair's by its two claims, else related; what is None is left out."""
    shown = re.findall(r"^Pair (\d+)\nFIRST.*\nClaim: (.*)\n(?:.*\n){2}SECOND.*\nClaim: (.*)$", asked, re.M)
    said = [(int(number), known.get((first, second), {"relation": "related"})) for number, first, second in shown]
    return {"pairs": [{"number": number, **answer} for number, answer in said if answer is not None]}
