"""Any model that litellm speaks to, its answers remembered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from brief_pipeline.engines.llm.answer import FREE, NO_LIMITS, Answer, Call, Limits, Message, Meter, ModelFacts, Shape
from brief_pipeline.engines.llm.library import count_tokens, provider_of, read_facts
from brief_pipeline.engines.llm.question import Question
from brief_pipeline.errors import LlmUnusable


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
        self.takes_format = True  # until the server says that it does not know structured output
        self._facts: ModelFacts | None = None

    @property
    def name(self) -> str:
        return self.model

    def facts(self) -> ModelFacts:
        """What litellm knows of the model."""
        if self._facts is None:
            self._facts = read_facts(self.model)
        return self._facts

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, roughly where the model has a tokenizer of its own."""
        return count_tokens(self.model, text)

    def as_model(self, name: str) -> LitellmLlm:
        """Another model. Address and key go with it only where it is of the same provider, else that provider's own hold."""
        is_same = provider_of(name) == provider_of(self.model)
        return LitellmLlm(
            name,
            self.api_base if is_same else None,
            self.api_key if is_same else None,
            self.timeout_seconds,
            self.attempts,
            self.pause_seconds,
            self.folder,
        )

    def ask(
        self, messages: Sequence[Message], shape: type[Shape], limits: Limits = NO_LIMITS, meter: Meter = FREE
    ) -> Answer[Shape]:
        """An answer of the shape. A question answered before is answered from memory, at no cost."""
        messages = [{name: _drop_halves(text) for name, text in message.items()} for message in messages]
        asked = json.dumps([self.model, messages, shape.model_json_schema()], sort_keys=True)
        key = hashlib.sha256(asked.encode()).hexdigest()
        if self.folder is None:
            return self._ask(messages, shape, limits, meter, key)[0]
        import diskcache

        with diskcache.Cache(str(self.folder), eviction_policy="none") as remembered:
            known = remembered.get(f"answer-2:{key}")
        if known is not None:
            told = json.loads(known)
            tokens_in, tokens_out = told["tokens"]
            meter.note(Call(self.model, key, "answered", tokens_in, tokens_out, cost_usd=0.0, is_cached=True))
            return Answer(shape.model_validate_json(told["answer"]), 0, 0.0, 0, 0.0)
        answer, tokens = self._ask(messages, shape, limits, meter, key)
        with diskcache.Cache(str(self.folder), eviction_policy="none") as remembered:
            remembered.set(f"answer-2:{key}", json.dumps({"answer": answer.value.model_dump_json(), "tokens": tokens}))
        return answer

    def _ask(
        self, messages: Sequence[Message], shape: type[Shape], limits: Limits, meter: Meter, key: str
    ) -> tuple[Answer[Shape], tuple[int, int]]:
        """A fresh answer. A reply that is not of the shape is sent back once, with what is wrong with it."""
        asking = Question(self, shape, limits, meter, key)
        talk = list(messages)
        reply = asking.complete(talk)
        problem = asking.problem_of(reply)
        if problem:
            talk += [
                {"role": "assistant", "content": reply.text or "(nothing)"},
                {"role": "user", "content": f"That is not valid: {problem}. Answer again, with the JSON object alone."},
            ]
            asking.is_reshape = True
            reply = asking.complete(talk)
            problem = asking.problem_of(reply)
        if problem:
            raise LlmUnusable(f"{self.model} did not answer in the shape that was asked for ({problem})")
        return asking.answer(reply), (asking.tokens_in, asking.tokens_out)


def _drop_halves(text: str) -> str:
    """The text without lone surrogates, which cannot be sent as UTF-8."""
    return text.encode(errors="replace").decode()
