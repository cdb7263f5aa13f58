"""One question to a model: its tries, its time, and what it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic

from pydantic import ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from brief_pipeline.engines.llm.answer import Answer, Call, Limits, Message, Meter, Shape
from brief_pipeline.engines.llm.faults import (
    Overdue,
    dislikes_format,
    explain,
    may_pass,
    name_outcome,
    read_retry_after,
    say_briefly,
)
from brief_pipeline.engines.llm.library import OLLAMA, import_litellm, provider_of
from brief_pipeline.engines.llm.reply import Reply, find_json, read_reply

if TYPE_CHECKING:
    from brief_pipeline.engines.llm.client import LitellmLlm

LONGEST_PAUSE_SECONDS = 60.0  # a server that asks for more is not waited for: the next run tries again
UNLIMITED_ANSWER_TOKENS = 4096  # assumed of an answer without a limit, where its price is weighed


class Question(Generic[Shape]):
    """One question on its way to an answer: its tries, its time, what it takes."""

    def __init__(self, llm: LitellmLlm, shape: type[Shape], limits: Limits, meter: Meter, key: str) -> None:
        self.llm, self.shape, self.limits, self.meter, self.key = llm, shape, limits, meter, key
        self.started = time.monotonic()
        self.is_reshape = False
        self._seconds = 0.0
        self.calls = self.tokens_in = self.tokens_out = 0
        self.cost_usd = 0.0
        self.is_priced = True

    def complete(self, messages: list[Message]) -> Reply:
        """One completion, tried again while the fault may pass and there is time."""
        litellm = import_litellm()
        trying = Retrying(
            retry=retry_if_exception(self._is_worth_a_try),
            stop=stop_after_attempt(self.llm.attempts),
            wait=self._pause,
            reraise=True,
        )
        tries = 0

        def attempt() -> Reply:
            nonlocal tries
            tries += 1
            return self._try(messages)

        try:
            return trying(attempt)
        except (*litellm.exceptions.LITELLM_EXCEPTION_TYPES, Overdue) as failed:
            raise explain(failed, self.llm.model, tries, self.llm.api_key) from failed

    def problem_of(self, reply: Reply) -> str:
        """What is wrong with a reply, in words for the model; nothing where it is in shape. The meter is told."""
        problem = ""
        try:
            self.shape.model_validate_json(find_json(reply.text))
        except ValidationError as wrong:
            first = wrong.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the whole"
            problem = f"{wrong.error_count()} fault(s), the first in {place}: {first['msg']}"
            if reply.is_cut_off:
                problem = "it was cut off, as it was too long. Give fewer and shorter items"
        outcome = "answered" if not problem else "cut off" if reply.is_cut_off else "malformed"
        took = (reply.tokens_in, reply.tokens_out, reply.cost_usd, self._seconds)
        self.meter.note(Call(self.llm.model, self.key, outcome, *took, reason=problem or None, is_reshape=self.is_reshape))
        self.calls += 1
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out
        self.cost_usd += reply.cost_usd or 0.0
        self.is_priced = self.is_priced and reply.cost_usd is not None
        return problem

    def answer(self, reply: Reply) -> Answer[Shape]:
        value = self.shape.model_validate_json(find_json(reply.text))
        cost = self.cost_usd if self.is_priced else None
        return Answer(value, self.tokens_in + self.tokens_out, cost, self.calls, time.monotonic() - self.started)

    @property
    def _left(self) -> float:
        return self.started + self.limits.deadline_seconds - time.monotonic()

    def _is_worth_a_try(self, error: BaseException) -> bool:
        if self.llm.takes_format and dislikes_format(error):
            self.llm.takes_format = False
            return True
        asked = read_retry_after(error, time.time())
        return may_pass(error) and self._left > 0 and (asked is None or asked <= LONGEST_PAUSE_SECONDS)

    def _pause(self, state: RetryCallState) -> float:
        """As long as the server asks for, in bounds, else longer each time."""
        error = state.outcome.exception() if state.outcome else None
        asked = read_retry_after(error, time.time()) if error else None
        usual = wait_random_exponential(multiplier=self.llm.pause_seconds, max=LONGEST_PAUSE_SECONDS / 2)(state)
        wanted = usual if asked is None else max(usual, asked)
        return max(0.0, min(wanted, LONGEST_PAUSE_SECONDS, self._left))

    def _try(self, messages: list[Message]) -> Reply:
        tokens_in = sum(self.llm.count_tokens(message["content"]) for message in messages)
        self.meter.allow(self.llm.facts(), tokens_in, self.limits.answer_tokens or UNLIMITED_ANSWER_TOKENS)
        began = time.monotonic()
        try:
            reply = read_reply(_within(self._left, lambda: self._send(messages)))
        except (*import_litellm().exceptions.LITELLM_EXCEPTION_TYPES, Overdue) as failed:
            said = say_briefly(failed, self.llm.api_key)
            self.meter.note(
                Call(
                    self.llm.model,
                    self.key,
                    name_outcome(failed),
                    seconds=time.monotonic() - began,
                    reason=said,
                    is_reshape=self.is_reshape,
                )
            )
            raise
        self._seconds = time.monotonic() - began
        if not (reply.tokens_in or reply.tokens_out):  # a server that does not count
            return Reply(reply.text, tokens_in, self.llm.count_tokens(reply.text), reply.cost_usd, reply.is_cut_off)
        return reply

    def _send(self, messages: list[Message]) -> Any:
        llm, more = self.llm, dict[str, Any]()
        if llm.takes_format:
            more["response_format"] = self.shape
        if self.limits.answer_tokens:
            more["max_tokens"] = self.limits.answer_tokens
        if self.limits.context_tokens and provider_of(llm.model) in OLLAMA:
            more["num_ctx"] = (
                self.limits.context_tokens
            )  # its default is 2,048 to 4,096, and it drops what is over without a word
        return import_litellm().completion(
            model=llm.model,
            messages=messages,
            api_base=llm.api_base,
            api_key=llm.api_key,
            timeout=min(llm.timeout_seconds, max(0.1, self._left)),
            num_retries=0,
            max_retries=0,
            drop_params=True,
            **more,
        )


def _within(seconds: float, work: Callable[[], Any]) -> Any:
    """What `work` gives, if it does so in time: a server that sends a byte a minute keeps every other time-out waiting."""
    done: list[tuple[Any, BaseException | None]] = []

    def run() -> None:
        try:
            done.append((work(), None))
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits, and raised there
            done.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if not done:
        raise Overdue("timed out: the time for one question, [llm] deadline_seconds, is over")
    result, error = done[0]
    if error is not None:
        raise error
    return result
