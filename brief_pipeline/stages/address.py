"""Addresses that can be shown: a feed's URL may hold a subscriber's secret."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

HIDDEN = "***"
# A path segment of 16 or more letters and digits, with both among them, is more likely a key than a word.
_KEY = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}")


def hide_secrets(url: str) -> str:
    """The URL without its user, password, query and what looks like a key in its path.

    >>> hide_secrets("https://me:pw@host.example/feeds/a8f3c1d2e4b5a6f7/rss?auth=1")
    'https://host.example/feeds/***/rss?***'
    >>> hide_secrets("https://host.example/a-show-with-a-long-name/feed.xml")
    'https://host.example/a-show-with-a-long-name/feed.xml'
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    path = "/".join(HIDDEN if _KEY.fullmatch(segment) else segment for segment in parts.path.split("/"))
    return f"{parts.scheme}://{host}{port}{path}{'?' + HIDDEN if parts.query else ''}"
