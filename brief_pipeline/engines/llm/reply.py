"""A completion, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    """The text of a completion and what it took. `cost_usd` is None where no price is known."""

    text: str
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    is_cut_off: bool  # the model stopped because there was no room for more


def read_reply(completion: Any) -> Reply:
    """Text, tokens and price (where known) of a completion."""
    choice = completion.choices[0] if completion.choices else None
    usage = getattr(completion, "usage", None)
    return Reply(
        (choice.message.content if choice else None) or "",
        int(getattr(usage, "prompt_tokens", 0) or 0),
        int(getattr(usage, "completion_tokens", 0) or 0),
        completion._hidden_params.get("response_cost"),
        bool(choice and choice.finish_reason == "length"),
    )


def find_json(text: str) -> str:
    """The JSON object in a reply, without the thoughts, the Markdown fence and the words that models like to put around it.

    >>> find_json("<think>An {object}?</think> Here it is: ```json {} ``` Anything else?")
    '{}'
    """
    text = text.rpartition("</think>")[2]
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text
