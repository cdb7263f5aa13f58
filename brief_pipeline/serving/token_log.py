"""Keeps the tokens of links out of the server's log."""

from __future__ import annotations

import logging
import re

ROOMS = ("confirm", "subscription", "unsubscribe", "feedback")
_TOKEN = re.compile(rf"(/(?:{'|'.join(ROOMS)})/)[^\s/?\"]+")
ACCESS_LOG = "uvicorn.access"


class TokenFilter(logging.Filter):
    """Takes tokens out of the lines of a log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(hide_tokens(one) if isinstance(one, str) else one for one in record.args)
        record.msg = hide_tokens(record.msg) if isinstance(record.msg, str) else record.msg
        return True


def hide_tokens(text: str) -> str:
    """A text with paths, without the tokens in them.

    >>> hide_tokens("GET /confirm/5f0cQ?x=1 HTTP/1.1"), hide_tokens("/feedback/5f0cQ/1a2b/useful")
    ('GET /confirm/…?x=1 HTTP/1.1', '/feedback/…/1a2b/useful')
    """
    return _TOKEN.sub(r"\1…", text)


def keep_tokens_out_of_logs() -> None:
    """Has the server's access log go through the filter, once."""
    log = logging.getLogger(ACCESS_LOG)
    if not any(isinstance(one, TokenFilter) for one in log.filters):
        log.addFilter(TokenFilter())
