"""Addresses that can be shown: a feed's URL may hold a subscriber's secret."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain, zip_longest
from typing import TypeVar
from urllib.parse import urlsplit

Thing = TypeVar("Thing")

HIDDEN = "***"
# A path segment of 16 or more letters and digits, with both among them, is more likely a key than a word.
_KEY = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{16,}")

# Hosts that give each paying listener an address of their own.
_PAID_HOSTS = ("patreon.com", "supportingcast.fm", "supercast.com", "memberful.com", "supercast.tech", "private.fm")


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


def is_for_subscribers(feed_url: str) -> bool:
    """Whether a feed's address, as `hide_secrets` shows it, is one that each subscriber of a paid show has their own of.

    >>> is_for_subscribers("https://www.patreon.com/rss/show?***"), is_for_subscribers("https://host.example/feed.xml")
    (True, False)
    """
    return feed_url.endswith(f"?{HIDDEN}") or "/private/" in feed_url or _host_of(feed_url).endswith(_PAID_HOSTS)


def take_turns(things: Iterable[Thing], url_of: Callable[[Thing], str]) -> list[Thing]:
    """The things with those of one host apart: a host is asked by few at a time, and the others need not wait for it.

    >>> take_turns(["http://a/1", "http://a/2", "http://a/3", "http://b/1"], str)
    ['http://a/1', 'http://b/1', 'http://a/2', 'http://a/3']
    """
    by_host: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        by_host[_host_of(url_of(thing))].append(thing)
    nothing = object()
    rounds = chain.from_iterable(zip_longest(*by_host.values(), fillvalue=nothing))
    return [thing for thing in rounds if thing is not nothing]  # type: ignore[misc]


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
