"""litellm, quiet and offline, and what its lists know of models."""

from __future__ import annotations

import os
from typing import Any

from brief_pipeline.engines.llm.answer import ModelFacts

OLLAMA = frozenset({"ollama", "ollama_chat"})


def import_litellm() -> Any:
    """The library, told to ask the network for nothing but completions, and to print nothing."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import asks the network for a price list
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True  # what goes wrong is said by the exceptions, once
    litellm.disable_hf_tokenizer_download = True  # else counting the tokens of a Llama 3 goes to a hub
    return litellm


def provider_of(model: str) -> str:
    """The provider that a model's name begins with.

    >>> provider_of("ollama/llama3.1"), provider_of("gpt-5-mini")
    ('ollama', '')
    """
    first, slash, _ = model.partition("/")
    return first if slash else ""


def read_facts(model: str) -> ModelFacts:
    """What litellm's own list says of a model. An Ollama server is not asked: the list, or nothing."""
    litellm = import_litellm()
    if provider_of(model) in OLLAMA:  # for these get_model_info asks the server
        known = litellm.model_cost.get(model) or {}
    else:
        try:
            known = litellm.get_model_info(model)
        except Exception:  # noqa: BLE001 - of several kinds, some of them plain Exception: it is not in the list
            known = litellm.model_cost.get(model) or {}
    price_in, price_out = known.get("input_cost_per_token"), known.get("output_cost_per_token")
    return ModelFacts(
        model,
        known.get("max_input_tokens") or known.get("max_tokens"),
        None if price_in is None else float(price_in),
        None if price_out is None else float(price_out),
        bool(known.get("supports_reasoning")),
    )


def count_tokens(model: str, text: str) -> int:
    """Tokens of a text by the tokenizer that ships with litellm: for models with another one, an estimate."""
    return int(import_litellm().token_counter(model=model, text=text))
