"""What is asked of a language model, what comes back, and who is told of each call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

Shape = TypeVar("Shape", bound=BaseModel)
Message = dict[str, str]


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model without asking it. None: not known."""

    name: str
    context_tokens: int | None = None  # what it reads at once
    usd_per_token_in: float | None = None
    usd_per_token_out: float | None = None
    is_reasoning: bool = False  # thinks in tokens that count as answer


@dataclass(frozen=True)
class Limits:
    """How much one question may take."""

    answer_tokens: int | None = None  # None: as much as the model likes
    context_tokens: int | None = None  # told to servers that cut a longer prompt without a word (Ollama's num_ctx)
    deadline_seconds: float = 600.0  # all tries and pauses of the question together


@dataclass(frozen=True)
class Call:
    """One try at one question, as it went."""

    model: str
    prompt_hash: str
    outcome: str  # answered, malformed, cut off, rate limited, timed out, server error, unreachable or refused
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None  # None: no price known
    seconds: float = 0.0
    reason: str | None = None  # what was wrong
    is_cached: bool = False  # answered from memory; tokens are those of the answer when it was paid for
    is_reshape: bool = False  # a second try at a reply that was not in shape


@dataclass(frozen=True)
class Answer(Generic[Shape]):
    """An answer and what it cost. `cost_usd` is None where no price is known."""

    value: Shape
    tokens: int
    cost_usd: float | None
    calls: int
    seconds: float


class Meter(Protocol):
    """Allows calls and is told of each, also of those that fail."""

    def allow(self, model: ModelFacts, tokens_in: int, tokens_out: int) -> None:
        """Returns if a call of so many tokens may be made; raises what is to stop the work, if not."""
        ...

    def note(self, call: Call) -> None: ...


class Unmetered:
    """Allows everything and remembers nothing."""

    def allow(self, model: ModelFacts, tokens_in: int, tokens_out: int) -> None: ...

    def note(self, call: Call) -> None: ...


FREE = Unmetered()
NO_LIMITS = Limits()


class Llm(Protocol):
    """What the house needs of a language model."""

    @property
    def name(self) -> str: ...

    def ask(
        self, messages: Sequence[Message], shape: type[Shape], limits: Limits = NO_LIMITS, meter: Meter = FREE
    ) -> Answer[Shape]:
        """An answer of the shape. Raises LlmRefused (key, model name), Unreachable (after retries), LlmUnusable."""
        ...

    def facts(self) -> ModelFacts:
        """What is known of the model; asks nobody."""
        ...

    def count_tokens(self, text: str) -> int: ...

    def as_model(self, name: str) -> Llm:
        """Another model, asked in the same way."""
        ...
