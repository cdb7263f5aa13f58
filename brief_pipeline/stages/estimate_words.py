"""An estimate in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from brief_pipeline.stages.estimate import Cost, Estimate, count

LEAST_SHOWN_USD = 0.005  # less is shown as less than a cent


def tell_time(seconds: float) -> str:
    """About how long, as people say it.

    >>> [tell_time(n) for n in (8, 100, 3000, 4000, 40_000, 400_000)]
    ['less than a minute', '2 min', '50 min', '1 h 10 min', '11 h', '4.6 days']
    """
    minutes = seconds / 60
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes:.0f} min"
    if minutes < 10 * 60:
        tens = round(minutes / 10)
        return f"{tens // 6} h {tens % 6 * 10} min" if tens % 6 else f"{tens // 6} h"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 60 / 24:.1f} days"


def tell_estimate(estimate: Estimate) -> list[str]:
    """The estimate for people, a line a matter."""
    whole = estimate.whole
    days, runs = count(whole.days, "day"), count(len(estimate.slices), "run")
    lines = [f"{days} to do, in {runs}; {count(whole.episodes, 'episode')} known there."]
    if whole.listened:
        unstated = f" ({whole.unstated} without a stated length: an hour each is assumed)" if whole.unstated else ""
        hours = f"{whole.listened_seconds / 3600:.1f} hours of audio"
        rest = "" if whole.read == whole.listened else "; the rest has a transcript, or its publisher offers one"
        lines.append(f"{count(whole.listened, 'episode')} to listen to, {hours}{unstated}{rest}.")
    stages = estimate.stages_of(whole)
    parts = [f"{tell_time(estimate.seconds - stages['transcripts'] - stages['insights'])} for all else"]
    if whole.read:
        parts.insert(0, f"{tell_time(stages['insights'])} of extracting ({estimate.reading.source})")
    if whole.listened:
        parts.insert(0, f"{tell_time(stages['transcripts'])} of listening ({estimate.listening.source})")
    lines.append(f"Time: about {tell_time(estimate.seconds)}: {', '.join(parts)}.")
    if estimate.cost:
        lines.append(tell_cost(estimate.cost, len(estimate.slices)))
    return lines


def tell_cost(cost: Cost, runs: int) -> str:
    """What a language model will cost, or that nobody knows, and what holds it.

    >>> from brief_pipeline.stages.spend import Spend
    >>> tell_cost(Cost("gpt-5-mini", Spend(9, 90_000, 9_000, 0.0405), 12, 1.0), 2)[:66]
    'Cost: about 0.04 USD with gpt-5-mini (99,000 tokens, measured here'
    >>> tell_cost(Cost("acme/model", Spend(9, 90_000, 9_000, None), 0, 1.0), 2)[:49]
    'Cost: unknown: no price of acme/model is known (9'
    """
    source = f"measured here on {count(cost.measured_on, 'episode')}" if cost.measured_on else "by what is usual"
    tokens = f"{cost.spend.tokens:,} tokens, {source}"
    if cost.spend.usd is None:
        return (
            f"Cost: unknown: no price of {cost.model} is known ({tokens}). Set llm.usd_per_million_in and "
            "usd_per_million_out in brief.toml: 0 for a model of your own."
        )
    if cost.is_free:
        return f"Cost: none: {cost.model} is free by its price ({tokens})."
    shown = f"about {cost.spend.usd:.2f}" if cost.spend.usd >= LEAST_SHOWN_USD else "less than 0.01"
    cap = f"llm.usd_per_run holds {'the run' if runs == 1 else f'each of the {runs} runs'} to {cost.usd_per_run:.2f}"
    if cost.spend.usd > runs * cost.usd_per_run:
        cap += ", and so will stop it early: raise that, or run this again after it until all is read"
    return f"Cost: {shown} USD with {cost.model} ({tokens}); {cap}."


def tell_days(days: Sequence[date]) -> str:
    """
    >>> tell_days([date(2026, 5, 1)]), tell_days([date(2026, 5, 1), date(2026, 5, 2)])
    ('2026-05-01', '2026-05-01 to 2026-05-02')
    """
    return f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
