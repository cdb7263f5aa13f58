"""What the tests of the language model's insights share: an insight of each episode, and looks at what a run left."""

from __future__ import annotations

from typing import Any

import dagster as dg
from samples import DAY

from brief_pipeline.wiring.assets import PYTHON_ASSETS
from brief_pipeline.wiring.house import House

QUOTE = "Cities that charge drivers at rush hour lose 30 percent of their traffic within a year"
WARDENS = "A town of that size earns more from 10 parking wardens than from 100 cameras."
GOOD = {"claim": "Charging drivers takes 30 percent of the traffic away.", "explanation": "", "quote": QUOTE, "value": 0.4}
TOLD = {**GOOD, "claim": "Small towns earn more from 10 parking wardens than from 100 cameras.", "quote": WARDENS}
HARBOURS = {**GOOD, "claim": "Charging ships takes 30 percent of the traffic away."}
HARBOURS["quote"] = QUOTE.replace("Cities", "Harbours").replace("drivers", "ships")
SPONSOR = "This episode is brought to you by Plumbline, use the promo code MIRA at checkout."


def run(house: House, *names: str) -> dict[str, dict[str, Any]]:
    """Materialises assets (the insights) as the run of a day; gives what each shows of itself."""
    with dg.DagsterInstance.ephemeral() as instance:
        ran = dg.materialize(
            PYTHON_ASSETS,
            selection=list(names or ["insights"]),
            partition_key=DAY.isoformat(),
            instance=instance,
            resources={"house": dg.ResourceDefinition.hardcoded_resource(house)},
        )
    events = [event.step_materialization_data.materialization for event in ran.get_asset_materialization_events()]
    return {made.asset_key.to_user_string(): {key: v.value for key, v in made.metadata.items()} for made in events}


def rows_of(house: House, table: str, title: str = "pricing") -> list[dict[str, Any]]:
    [episode] = house.store.select("raw.episodes", title=title)
    return house.store.select(table, episode_id=episode["episode_id"])


def outcomes(house: House, title: str = "pricing") -> list[tuple[str, str]]:
    return [(row["purpose"], row["outcome"]) for row in rows_of(house, "raw.llm_calls", title)]


def failures(house: House) -> dict[str, tuple[str, bool]]:
    rows = house.store.select("raw.failures", stage="insights")
    return {row["item_label"]: (row["error"], row["is_retryable"]) for row in rows}
