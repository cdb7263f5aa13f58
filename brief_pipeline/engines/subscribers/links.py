"""The links of mails: random tokens, how long each is good for, and what is kept of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Literal

from brief_pipeline.records import Subscriber, Wishes

Purpose = Literal["confirm", "manage", "unsubscribe", "feedback"]

TOKEN_BYTES = 32  # 256 bits: none is found by trying
# A mail lies in a mailbox for years, and who wants no more of them finds the last one: that link must work.
LIVES: dict[Purpose, timedelta] = {
    "confirm": timedelta(days=2),
    "manage": timedelta(days=60),
    "unsubscribe": timedelta(days=800),
    "feedback": timedelta(days=60),
}


@dataclass(frozen=True)
class Link:
    """What a token that is good leads to."""

    purpose: Purpose
    subscriber: Subscriber
    wishes: Wishes | None = None  # of a confirmation: what it would put in force
    is_used: bool = False


@dataclass(frozen=True)
class Links:
    """The tokens of one mail."""

    manage: str = field(repr=False)
    unsubscribe: str = field(repr=False)
    feedback: str = field(repr=False)


def make_token() -> str:
    """A new token, fit for an address of a page."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """What is kept of a token. It is random in full, so one round of a plain hash keeps it secret."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()
