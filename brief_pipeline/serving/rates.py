"""How often strangers may do something: by where they come from, and by the address that they name."""

from __future__ import annotations

import math
import time
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

SIGN_UPS = parse("10 per hour")  # forms from one client
MAILS_TO_ONE = parse("3 per day")  # confirmations to one address: nobody's mailbox is filled from here
MAILS_IN_ALL = parse("300 per hour")  # confirmations to all: what a flood from many clients can do to the sender's name
LINKS = parse("120 per minute")  # pages of links, from one client
IPV6_SITE_BITS = 64  # one client may have all addresses of such a network


class Rates:
    """Counts in the memory of this process: a restart forgets."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def may(self, limit: RateLimitItem, *who: str) -> bool:
        """Whether it may be done once more, which is then counted."""
        return self._limiter.hit(limit, *who)

    def seconds_left(self, limit: RateLimitItem, *who: str) -> int:
        """How long until it may be done again."""
        return max(1, math.ceil(self._limiter.get_window_stats(limit, *who).reset_time - time.time()))


def name_client(request: Request) -> str:
    """Where a request comes from: the server has put in what its trusted proxies say."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(int(address) >> (128 - IPV6_SITE_BITS)) if not address.ipv4_mapped else str(address.ipv4_mapped)
    return host


def hide(key: str) -> str:
    """An address as it may lie in memory for long: a hash."""
    return sha256(key.encode()).hexdigest()
