"""A language model, through litellm: one question, one answer of the shape that was asked for."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from brief_pipeline.errors import LlmRefused, LlmUnusable, Unreachable

Shape = TypeVar("Shape", bound=BaseModel)
Message = dict[str, str]


@dataclass(frozen=True)
class Answer(Generic[Shape]):
    """An answer and what it cost. `cost_usd` is None where no price is known."""

    value: Shape
    tokens: int
    cost_usd: float | None
    calls: int
    seconds: float


class Llm(Protocol):
    """What the house needs of a language model."""

    @property
    def name(self) -> str: ...

    def ask(self, messages: Sequence[Message], shape: type[Shape]) -> Answer[Shape]:
        """An answer of the shape. Raises LlmRefused (key, model name), Unreachable (after retries), LlmUnusable."""
        ...


class LitellmLlm:
    """Any model that litellm speaks to: local (ollama/...) or hosted."""

    def __init__(
        self,
        model: str,
        api_base: str | None = None,
        api_key: str | None = None,
        timeout_seconds: float = 120.0,
        attempts: int = 4,
    ) -> None:
        self.model = model
        self.api_base = api_base
        self.api_key = api_key
        self.timeout_seconds = timeout_seconds
        self.attempts = attempts

    @property
    def name(self) -> str:
        return self.model

    def ask(self, messages: Sequence[Message], shape: type[Shape]) -> Answer[Shape]:
        """An answer of the shape. A reply that is not of the shape is sent back once, with what is wrong with it."""
        started = time.monotonic()
        talk, tokens, cost = list(messages), 0, 0.0
        unpriced = False
        for calls in (1, 2):
            reply = self._complete(talk, shape)
            text, used, price = _read_reply(reply)
            tokens, unpriced = tokens + used, unpriced or price is None
            cost += price or 0.0
            try:
                value = shape.model_validate_json(_strip_fence(text))
            except ValidationError as wrong:
                problem = f"{len(wrong.errors())} fault(s), the first: {wrong.errors()[0]['msg']}"
                if calls == 2:
                    raise LlmUnusable(f"{self.model} did not answer in the shape that was asked for ({problem})") from wrong
                talk += [
                    {"role": "assistant", "content": text},
                    {"role": "user", "content": f"That is not valid: {problem}. Answer again, with the JSON object alone."},
                ]
            else:
                return Answer(value, tokens, None if unpriced else cost, calls, time.monotonic() - started)
        raise AssertionError("the second try returns or raises")

    def _complete(self, messages: list[Message], shape: type[BaseModel]) -> Any:
        """One completion, tried again while the fault may pass."""
        litellm = _import_litellm()
        passing = (
            litellm.exceptions.RateLimitError,
            litellm.exceptions.Timeout,
            litellm.exceptions.APIConnectionError,
            litellm.exceptions.InternalServerError,
            litellm.exceptions.ServiceUnavailableError,
        )
        trying = Retrying(
            retry=retry_if_exception_type(passing),
            stop=stop_after_attempt(self.attempts),
            wait=wait_random_exponential(multiplier=1, max=30),
            reraise=True,
        )
        try:
            return trying(
                litellm.completion,
                model=self.model,
                messages=messages,
                response_format=shape,
                api_base=self.api_base,
                api_key=self.api_key,
                timeout=self.timeout_seconds,
                num_retries=0,
                max_retries=0,
                drop_params=True,
            )
        except passing as unanswered:
            raise Unreachable(
                f"{self.model} gave no answer in {self.attempts} tries ({type(unanswered).__name__}: {_short(unanswered)}). "
                "Is [llm] api_base right, and the server running? The next run tries again."
            ) from unanswered
        except (litellm.exceptions.AuthenticationError, litellm.exceptions.PermissionDeniedError) as refused:
            raise LlmRefused(
                f"{self.model} refuses the key ({_short(refused)}). "
                "Set [llm] api_key in brief.toml, or the provider's own variable."
            ) from refused
        except (
            litellm.exceptions.BadRequestError,
            litellm.exceptions.NotFoundError,
            litellm.exceptions.APIError,
        ) as refused:
            raise LlmRefused(
                f"{self.model} cannot be asked ({_short(refused)}). Is [llm] model in brief.toml a name litellm knows "
                '("ollama/llama3.1", "gpt-5-mini" ...)?'
            ) from refused


def _import_litellm() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import asks the network for a price list
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    return litellm


def _read_reply(reply: Any) -> tuple[str, int, float | None]:
    """Text, tokens and price of a completion."""
    litellm = _import_litellm()
    text = reply.choices[0].message.content or ""
    used = int((getattr(reply, "usage", None) and reply.usage.total_tokens) or 0)
    try:
        price = float(litellm.completion_cost(completion_response=reply))
    except Exception as unknown:  # litellm raises a bare Exception for a model without a price
        if "isn't mapped" not in str(unknown) and "not mapped" not in str(unknown):
            raise
        price = None
    return text, used, price


def _strip_fence(text: str) -> str:
    """A JSON text without the Markdown fence that models like to put around it."""
    text = text.strip()
    if text.startswith("```"):
        text = text.split("\n", 1)[-1].rsplit("```", 1)[0]
    return text


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
