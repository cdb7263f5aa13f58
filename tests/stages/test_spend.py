from __future__ import annotations

import pytest

from brief_pipeline.stages.spend import (
    Caps,
    Price,
    Spend,
    count_judged_at_once,
    divide_context,
    estimate_episode,
    find_stop,
)

CAPS = Caps(calls_per_episode=20, tokens_per_episode=1000, usd_per_run=1.0)


@pytest.mark.parametrize(
    ("episode", "run_usd", "coming", "setting"),
    [
        (Spend(19), 0.0, Spend(1), None),
        (Spend(19), 0.0, Spend(2), "llm.calls_per_episode"),
        (Spend(1, 400, 400), 0.0, Spend(1, 100, 100), None),
        (Spend(1, 400, 400), 0.0, Spend(1, 100, 101), "llm.tokens_per_episode"),
        (Spend(1), 0.9, Spend(1, usd=0.1), None),
        (Spend(1), 0.9, Spend(1, usd=0.11), "llm.usd_per_run"),
        (Spend(1), 5.0, Spend(1, usd=None), None),
        (Spend(1), 5.0, Spend(1, usd=0.0), None),
    ],
)
def test_a_cap_is_named_before_it_is_crossed(episode: Spend, run_usd: float, coming: Spend, setting: str | None) -> None:
    said = find_stop(CAPS, episode, run_usd, coming)
    assert (said is None) == (setting is None)
    assert setting is None or setting in (said or "")


def test_what_has_no_price_stays_without_one_in_a_sum() -> None:
    assert (Spend(1, 2, 3, 0.5) + Spend(1, 2, 3, None)).usd is None
    assert (Spend(1, 2, 3, 0.5) + Spend(1, 2, 3, 0.25)).usd == 0.75


@pytest.mark.parametrize("context", [2_048, 4_096, 8_192, 128_000, 1_000_000])
def test_the_parts_of_a_context_fit_in_it(context: int) -> None:
    room = divide_context(context)
    assert room.answer <= context // 5
    assert count_judged_at_once(room) >= 1
    assert context < 4_096 or room.answer + room.passage + 1_500 <= context


def test_a_reasoning_model_has_room_to_think() -> None:
    assert divide_context(200_000, is_reasoning=True).answer == 4 * divide_context(200_000).answer
    assert divide_context(200_000, True, answer_tokens=500).answer == 500


def test_an_estimate_grows_with_the_words_and_an_empty_episode_costs_nothing() -> None:
    room, price = divide_context(8_192), Price(1e-6, 2e-6)
    one, two = (estimate_episode(words, room, 3_000, price, price) for words in (10_000, 20_000))
    assert one.calls < two.calls
    assert one.usd is not None
    assert two.usd is not None
    assert one.usd < two.usd
    assert estimate_episode(0, room, 3_000, price, price).tokens == 0


def test_without_the_judge_less_is_estimated_and_without_a_price_none() -> None:
    room = divide_context(8_192)
    assert estimate_episode(10_000, room, 3_000, None, None, is_judged=False).calls == 4
    assert estimate_episode(10_000, room, 3_000, None, None).usd is None
