"""A language model, through litellm: one question, one answer of the shape that was asked for."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from brief_pipeline.errors import LlmRefused, LlmUnusable, Unreachable

Shape = TypeVar("Shape", bound=BaseModel)
Message = dict[str, str]

PASSING = frozenset({408, 409, 425, 429})  # beside every 5xx
KEY_REFUSED = frozenset({401, 402, 403})
TOO_LARGE = 413
SHOWN_CHARS = 200  # of what a provider says


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
        pause_seconds: float = 1.0,
        folder: Path | None = None,
    ) -> None:
        self.model = model
        self.api_base = api_base
        self.api_key = api_key
        self.timeout_seconds = timeout_seconds
        self.attempts = attempts
        self.pause_seconds = pause_seconds
        self.folder = folder  # where answers are remembered, so that none is paid for twice; None: nowhere

    @property
    def name(self) -> str:
        return self.model

    def ask(self, messages: Sequence[Message], shape: type[Shape]) -> Answer[Shape]:
        """An answer of the shape. A question answered before is answered from memory, at no cost."""
        if self.folder is None:
            return self._ask(messages, shape)
        import diskcache

        asked = json.dumps([self.model, list(messages), shape.model_json_schema()], sort_keys=True)
        key = hashlib.sha256(asked.encode(errors="replace")).hexdigest()
        with diskcache.Cache(str(self.folder), eviction_policy="none") as remembered:
            known = remembered.get(key)
            if known is not None:
                return Answer(shape.model_validate_json(known), 0, 0.0, 0, 0.0)
            answer = self._ask(messages, shape)
            remembered.set(key, answer.value.model_dump_json())
            return answer

    def _ask(self, messages: Sequence[Message], shape: type[Shape]) -> Answer[Shape]:
        """A fresh answer. A reply that is not of the shape is sent back once, with what is wrong with it."""
        started = time.monotonic()
        talk, tokens, cost = list(messages), 0, 0.0
        unpriced = False
        for calls in (1, 2):
            text, used, price = _read_reply(self._complete(talk, shape))
            tokens, unpriced = tokens + used, unpriced or price is None
            cost += price or 0.0
            try:
                value = shape.model_validate_json(find_json(text))
            except ValidationError as wrong:
                first = wrong.errors()[0]
                place = ".".join(map(str, first["loc"])) or "the whole"
                problem = f"{wrong.error_count()} fault(s), the first in {place}: {first['msg']}"
                if calls == 2:
                    raise LlmUnusable(f"{self.model} did not answer in the shape that was asked for ({problem})") from wrong
                talk += [
                    {"role": "assistant", "content": text or "(nothing)"},
                    {"role": "user", "content": f"That is not valid: {problem}. Answer again, with the JSON object alone."},
                ]
            else:
                return Answer(value, tokens, None if unpriced else cost, calls, time.monotonic() - started)
        raise AssertionError("the second try returns or raises")

    def _complete(self, messages: list[Message], shape: type[BaseModel]) -> Any:
        """One completion, tried again while the fault may pass."""
        litellm = _import_litellm()
        trying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(self.attempts),
            wait=wait_random_exponential(multiplier=self.pause_seconds, max=30),
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
        except tuple(litellm.exceptions.LITELLM_EXCEPTION_TYPES) as failed:
            raise self._explain(failed) from failed

    def _explain(self, failed: Exception) -> Unreachable | LlmRefused:
        """What a failure means for whoever set the model up, and the setting to change."""
        said = " ".join(str(failed).split())[:SHOWN_CHARS]
        if self.api_key:
            said = said.replace(self.api_key, "***")
        if _may_pass(failed):
            return Unreachable(
                f"{self.model} gave no answer in {self.attempts} tries ({said}). "
                "Is [llm] api_base right, and the server running? The next run tries again."
            )
        if _lacks_key(failed) or getattr(failed, "status_code", None) in KEY_REFUSED:
            return LlmRefused(
                f"{self.model} refuses the key ({said}). Set [llm] api_key in brief.toml, or the provider's own variable; "
                "a server of your own that asks for none takes any text."
            )
        if "ContextWindow" in type(failed).__name__ or getattr(failed, "status_code", None) == TOO_LARGE:
            return LlmRefused(f"{self.model} can't read that much at once ({said}). Set a smaller [llm] passage_words.")
        return LlmRefused(
            f"{self.model} cannot be asked ({said}). Is [llm] model in brief.toml a name litellm knows "
            '("ollama/llama3.1", "gpt-5-mini" ...)?'
        )


def _import_litellm() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import asks the network for a price list
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True  # what goes wrong is said by the exceptions, once
    return litellm


def _may_pass(error: BaseException) -> bool:
    """Whether another try may do better: no answer, "too many", "overloaded", or a fault of the server."""
    status = getattr(error, "status_code", None)
    return isinstance(status, int) and (status in PASSING or status >= 500) and not _lacks_key(error)


def _lacks_key(error: BaseException) -> bool:
    """Whether litellm found no key at all; for some providers it calls that a fault of the server."""
    return "Missing credentials" in str(error)


def _read_reply(reply: Any) -> tuple[str, int, float | None]:
    """Text, tokens and price (where known) of a completion."""
    text = reply.choices[0].message.content if reply.choices else None
    usage = getattr(reply, "usage", None)
    return text or "", int(usage.total_tokens or 0) if usage else 0, reply._hidden_params.get("response_cost")


def find_json(text: str) -> str:
    """The JSON object in a reply, without the thoughts, the Markdown fence and the words that models like to put around it.

    >>> find_json("<think>An {object}?</think> Here it is: ```json {} ``` Anything else?")
    '{}'
    """
    text = text.rpartition("</think>")[2]
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text
