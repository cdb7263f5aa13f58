"""What the language models of a run have taken: held to the caps, and a row a call."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from brief_pipeline.engines.llm import Call, ModelFacts
from brief_pipeline.errors import CapReached
from brief_pipeline.settings import LlmSettings
from brief_pipeline.stages.prompt import PROMPT_VERSION
from brief_pipeline.stages.spend import Caps, Price, Spend, find_stop
from brief_pipeline.warehouse.store import Store

Row = dict[str, Any]

NO_PRICE = "no price known"
COUNTED = frozenset(
    {"answered", "malformed", "cut off", "timed out"}
)  # the others are not billed, and are held by llm.attempts


def read_spent(store: Store, days: Sequence[date], since: datetime | None) -> float:
    """USD that calls for the days have cost since a moment (a run's beginning): what another stage of the run has spent."""
    if since is None:
        return 0.0
    rows = store.select("raw.llm_calls", ("asked_at", "cost_usd"), published_on=list(days))
    return sum(row["cost_usd"] or 0.0 for row in rows if row["asked_at"] >= since)


class Ledger:
    """The money of one run, over all its episodes. `spent_usd`: what the run has spent before (read_spent)."""

    def __init__(self, settings: LlmSettings, spent_usd: float = 0.0) -> None:
        self.caps = Caps(settings.calls_per_episode, settings.tokens_per_episode, settings.usd_per_run)
        self.usd = spent_usd
        self._own_price: Price | None = None
        if settings.usd_per_million_in is not None or settings.usd_per_million_out is not None:
            self._own_price = Price((settings.usd_per_million_in or 0.0) / 1e6, (settings.usd_per_million_out or 0.0) / 1e6)

    def price_of(self, model: ModelFacts) -> Price | None:
        """What a model costs, if anybody says so."""
        if model.usd_per_token_in is None or model.usd_per_token_out is None:
            return self._own_price
        return Price(model.usd_per_token_in, model.usd_per_token_out)


class EpisodeMeter:
    """The calls of one episode. `reserve` is kept back for what has to be done after them."""

    def __init__(
        self,
        ledger: Ledger,
        episode_id: str,
        published_on: date | None,
        clock: Callable[[], datetime],
        prompt_version: str = PROMPT_VERSION,
    ) -> None:
        self.ledger = ledger
        self.purpose = "propose"
        self.reserve = Spend()
        self.counted = (
            Spend()
        )  # what the caps hold: also answers from memory, so that a second run stops where the first did
        self.paid = Spend()
        self.rows: list[Row] = []
        self._about = {"episode_id": episode_id, "published_on": published_on, "prompt_version": prompt_version}
        self._clock = clock
        self._prices: dict[str, Price | None] = {}

    def allow(self, model: ModelFacts, tokens_in: int, tokens_out: int) -> None:
        """Raises CapReached where the call, and what is kept back, would cross a cap."""
        price = self._prices[model.name] = self.ledger.price_of(model)
        if stop := self.why_not(Spend(1, tokens_in, tokens_out, price.of(tokens_in, tokens_out) if price else None)):
            raise CapReached(f"{model.name}: {stop}")

    def why_not(self, coming: Spend) -> str | None:
        """The cap that would be crossed, in words."""
        known = [replace(spend, usd=spend.usd or 0.0) for spend in (coming, self.reserve)]  # no price known: not held by it
        return find_stop(self.ledger.caps, self.counted, self.ledger.usd, known[0] + known[1])

    def note(self, call: Call) -> None:
        """Keeps a call as a row."""
        price = self._prices.get(call.model)
        cost = call.cost_usd
        if cost is None and price is not None:
            cost = price.of(call.tokens_in, call.tokens_out)
        took = Spend(int(call.outcome in COUNTED), call.tokens_in, call.tokens_out, cost)
        self.counted += took
        if not call.is_cached:
            self.paid += took
            self.ledger.usd += cost or 0.0
        self.rows.append(
            {
                **self._about,
                "call_id": uuid4().hex[:16],
                "purpose": "reshape" if call.is_reshape else self.purpose,
                "model": call.model,
                "prompt_hash": call.prompt_hash,
                "tokens_in_count": 0 if call.is_cached else call.tokens_in,
                "tokens_out_count": 0 if call.is_cached else call.tokens_out,
                "cost_usd": cost,
                "price_note": NO_PRICE if cost is None else None,
                "seconds_spent": call.seconds,
                "is_cached": call.is_cached,
                "outcome": call.outcome,
                "reason": call.reason,
                "asked_at": self._clock(),
            }
        )
