"""What a failed call means: whether another try may do better, and which setting to change."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from brief_pipeline.errors import LlmRefused, LlmUnusable, PassingFailure, Unreachable

PASSING = frozenset({408, 409, 425, 429})  # beside every 5xx
KEY_REFUSED = frozenset({401, 402, 403})
TOO_LARGE = 413
TIMED_OUT, TOO_MANY = 408, 429
SHORTEST_SECRET = 6  # what is shorter is a placeholder, for a server that asks for no key: "x", "none"
SHOWN_CHARS = 200  # of what a provider says


class Overdue(Exception):
    """The time for a question is over."""

    status_code = TIMED_OUT


def may_pass(error: BaseException) -> bool:
    """Whether another try may do better: no answer, "too many", "overloaded", or a fault of the server."""
    status = getattr(error, "status_code", None)
    return isinstance(status, int) and (status in PASSING or status >= 500) and not _lacks_key(error)


def name_outcome(error: BaseException) -> str:
    """One or two words for how a call failed: for the table of calls."""
    status = getattr(error, "status_code", None)
    if not may_pass(error):
        return "refused"
    if status == TOO_MANY:
        return "rate limited"
    if status == TIMED_OUT or "timed out" in str(error).lower():
        return "timed out"
    if any(word in str(error).lower() for word in ("connection error", "disconnected", "apiconnectionerror", "peer closed")):
        return "unreachable"
    return "server error"


def dislikes_format(error: BaseException) -> bool:
    """Whether the server does not know structured output: it is then asked without."""
    said = str(error).lower()
    return getattr(error, "status_code", None) in (400, 422) and any(
        word in said for word in ("response_format", "json_schema", "json schema", "structured output")
    )


def read_retry_after(error: BaseException, now: float) -> float | None:
    """Seconds to wait as the server asks for (RFC 9110, 10.2.3: seconds or a date). `now`: Unix time."""
    response: Any = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or getattr(error, "litellm_response_headers", None) or {}
    asked = str(headers.get("retry-after") or "").strip()
    try:
        seconds = float(asked) if asked.replace(".", "", 1).isdigit() else parsedate_to_datetime(asked).timestamp() - now
    except (ValueError, TypeError):
        return None
    return max(0.0, seconds)


def say_briefly(error: BaseException, secret: str | None) -> str:
    """What a provider says, on one line, without the key."""
    said = " ".join(str(error).split())
    if secret and len(secret) >= SHORTEST_SECRET:
        said = said.replace(secret, "***")
    return said[:SHOWN_CHARS]


def explain(error: BaseException, model: str, tries: int, secret: str | None) -> PassingFailure:
    """What a failure means for whoever set the model up, and the setting to change."""
    said, status, kind = say_briefly(error, secret), getattr(error, "status_code", None), type(error).__name__
    if may_pass(error):
        return Unreachable(
            f"{model} gave no answer in {tries} tries ({said}). "
            "Is [llm] api_base right, and the server running? The next run tries again."
        )
    if _lacks_key(error) or status in KEY_REFUSED:
        return LlmRefused(
            f"{model} refuses the key ({said}). Set [llm] api_key in brief.toml, or the provider's own variable; "
            "a server of your own that asks for none takes any text."
        )
    if "ContextWindow" in kind or status == TOO_LARGE:
        return LlmUnusable(
            f"{model} can't read that much at once ({said}). Set [llm] context_tokens to what it reads, "
            "or a smaller [llm] passage_words."
        )
    if "ContentPolicy" in kind:
        return LlmUnusable(f"{model} will not read this passage ({said}). Another model may: [llm] fallbacks.")
    return LlmRefused(
        f"{model} cannot be asked ({said}). Is [llm] model in brief.toml a name litellm knows "
        '("ollama/llama3.1", "gpt-5-mini" ...)?'
    )


def _lacks_key(error: BaseException) -> bool:
    """Whether litellm found no key at all; for some providers it calls that a fault of the server."""
    return "Missing credentials" in str(error)
