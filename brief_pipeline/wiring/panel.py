"""The language models of a run: who is asked first, who stands in, and how much they read at once."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

from brief_pipeline.engines.llm import Limits, Llm, Message
from brief_pipeline.errors import LlmRefused, LlmUnusable, PassingFailure, Unreachable
from brief_pipeline.settings import LlmSettings
from brief_pipeline.stages.spend import (
    DEFAULT_CONTEXT_TOKENS,
    Price,
    Room,
    Spend,
    count_judged_at_once,
    divide_context,
    estimate_episode,
    estimate_judging,
)
from brief_pipeline.wiring.metering import EpisodeMeter, Ledger

Shape = TypeVar("Shape", bound=BaseModel)

OFFLINE = "extract"  # the last of llm.fallbacks: no model at all


class Panel:
    """The models of a run, each with those that stand in for it. `spent_usd`: what the run has spent before."""

    def __init__(self, llm: Llm, settings: LlmSettings, spent_usd: float = 0.0) -> None:
        self.settings = settings
        self.ledger = Ledger(settings, spent_usd)
        stand_ins = [llm.as_model(name) for name in settings.fallbacks if name != OFFLINE]
        first_judge = llm.as_model(settings.judge_model) if settings.judge_model else llm
        self.writers: list[Llm] = [llm, *stand_ins]
        self.judges: list[Llm] = [first_judge, *stand_ins] if settings.judge else []
        self.given_up: dict[str, PassingFailure] = {}
        self.room = self._measure_room()
        self.judged_at_once = count_judged_at_once(self.room)

    @property
    def ends_offline(self) -> bool:
        """Whether the offline extractor stands in where every model has given up."""
        return self.settings.fallbacks[-1:] == [OFFLINE]

    def _measure_room(self) -> Room:
        """The context of whoever reads least: what is cut for it fits the others."""
        facts = [llm.facts() for llm in (*self.writers, *self.judges)]
        known = min(fact.context_tokens or DEFAULT_CONTEXT_TOKENS for fact in facts)
        thinks = any(fact.is_reasoning for fact in facts)
        return divide_context(self.settings.context_tokens or known, thinks, self.settings.answer_tokens)

    def price(self, models: Sequence[Llm]) -> Price | None:
        return self.ledger.price_of(models[0].facts()) if models else None

    def estimate(self, words: int) -> Spend:
        """What an episode of so many words will take, if nothing has to be asked twice."""
        prices = self.price(self.writers), self.price(self.judges)
        return estimate_episode(words, self.room, self.settings.passage_words, *prices, is_judged=bool(self.judges))

    def estimate_judging(self, items: int) -> Spend:
        return estimate_judging(items, self.room, self.price(self.judges)) if self.judges else Spend()

    def ask(
        self, models: Sequence[Llm], messages: Sequence[Message], shape: type[Shape], meter: EpisodeMeter
    ) -> tuple[Shape, str]:
        """The answer of the first model that gives one, and its name.

        A model that cannot be reached or refuses is not asked again in this run while another, or none, can stand in. Raises
        Unreachable, LlmRefused or LlmUnusable when none is left, and CapReached at once.
        """
        limits = Limits(self.room.answer, self.room.context, self.settings.deadline_seconds)
        failure: PassingFailure | None = None
        hopeful = [llm for llm in models if llm.name not in self.given_up]
        if not hopeful and self.ends_offline:
            raise self.given_up[models[-1].name]
        for llm in hopeful or models:
            try:
                return llm.ask(messages, shape, limits, meter).value, llm.name
            except LlmUnusable as unusable:
                failure = unusable
            except (Unreachable, LlmRefused) as given_up:
                failure = self.given_up[llm.name] = given_up
        assert failure is not None
        raise failure
