"""Asking a URL: redirects are followed hop by hop, and what the server answers is told apart."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from brief_pipeline.engines.web.connections import PORTS, Connections, host_of
from brief_pipeline.engines.web.host_limit import LONGEST_RETRY_AFTER_SECONDS, HostLimit
from brief_pipeline.engines.web.public_address import read_address
from brief_pipeline.errors import Gone, NotThere, Unreachable

MOST_REDIRECTS = 20  # tracking prefixes are chained, five of them have been seen before one audio file; browsers stop at 20
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECTS = frozenset({301, 308})  # RFC 9110, 15.4.2 and 15.4.9: use the new address from now on
REFUSED_FOR_GOOD = frozenset({401, 402, 403, 451})  # 404 is not: a new episode's file may still be on its way
GONE = 410
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, *range(500, 600)})  # in this run; other answers wait for the next one
HOST_NAME = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63})*\.?", re.ASCII)  # 63: RFC 1035, 2.3.4; an underscore is seen in the wild
WHAT_ADDRESSES_ARE = "it must begin with http:// or https:// and name a host"
LONGEST_SCHEME = 20  # characters shown of what is no address
LONGEST_REASON = 200  # characters of what a library says of an answer: it may quote all of it


class Unanswered(Unreachable):
    """An answer that may be better in a moment. `pauses`: whether to leave the server alone for a while before."""

    def __init__(self, reason: str, pauses: bool = True) -> None:
        super().__init__(reason)
        self.pauses = pauses


@dataclass(frozen=True)
class Answer:
    """A response with its body still to come. `moved_to`: where permanent redirects lead, up to the first other one."""

    response: httpx.Response
    url: httpx.URL
    moved_to: str | None


class Asker:
    """Asks for URLs, politely: with a name, a few at a time, and no sooner than a host wants."""

    def __init__(
        self, connections: Connections, hosts: HostLimit, headers: Mapping[bytes, bytes], timeout_seconds: float
    ) -> None:
        self._connections = connections
        self._hosts = hosts
        self._headers = headers
        self._timeout = httpx.Timeout(timeout_seconds).as_dict()

    @contextmanager
    def ask(self, url: str, headers: Mapping[str, str], fine: tuple[int, ...]) -> Iterator[Answer]:
        """The answer at the end of the redirects, once its status is one to go on with; it is closed after the block.

        Raises Unanswered for what may pass in a moment, Unreachable for what may by the next run, Gone and NotThere for
        what is refused for good or cannot be asked, AddressRefused for a hop into a private network. What is raised in
        the block while the body is read is told apart in the same way.
        """
        here, moved_to, has_moved = _read_url(url), None, True
        cookies = httpx.Cookies()  # some walls set one and redirect to themselves; no other request gets to see them
        try:
            for _ in range(MOST_REDIRECTS + 1):
                with self._hosts.turn(host_of(here)), closing(self._send(here, headers, cookies)) as response:
                    there = _next_url(response, here)
                    if there is None:
                        self._judge(response, fine)
                        yield Answer(response, here, moved_to)
                        return
                    cookies.extract_cookies(response)
                    has_moved = has_moved and response.status_code in PERMANENT_REDIRECTS
                    moved_to = str(there) if has_moved else moved_to
                    here = there
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.ProxyError) as broken:
            said = f"{type(broken).__name__}: {broken}".removesuffix(": ")[:LONGEST_REASON]
            raise Unanswered(f"no whole answer ({said})") from broken
        raise NotThere(f"the address redirects in a circle, or through more than {MOST_REDIRECTS} others")

    def _send(self, url: httpx.URL, headers: Mapping[str, str], cookies: httpx.Cookies) -> httpx.Response:
        everything = {b"Host": url.netloc, **self._headers}  # httpx's own Host header fails for the name of an emoji
        request = httpx.Request("GET", url, headers=everything, cookies=cookies, extensions={"timeout": self._timeout})
        request.headers.update(headers)
        if url.userinfo:
            login = b64encode(f"{url.username}:{url.password}".encode()).decode()
            request.headers["Authorization"] = f"Basic {login}"  # RFC 7617
        return self._connections.send(request)

    def _judge(self, response: httpx.Response, fine: tuple[int, ...]) -> None:
        """Raises what an answer's status means, unless it is fine; a host that asks for time gets it from all of us."""
        said = f"the server answered {response.status_code} {response.reason_phrase}".strip()[:LONGEST_REASON]
        if response.status_code == GONE:
            raise Gone(said)
        if response.status_code in REFUSED_FOR_GOOD:
            raise NotThere(said)
        if response.status_code in WORTH_ANOTHER_TRY:
            seconds = _retry_after(response)
            if seconds is not None:
                self._hosts.hold_back(host_of(response.url), seconds)
            if seconds is not None and seconds > LONGEST_RETRY_AFTER_SECONDS:
                raise Unreachable(f"{said}, and asks to come back in {seconds:.0f} s: left for the next run")
            raise Unanswered(said, pauses=seconds is None)
        if response.status_code not in fine:
            raise Unreachable(said)


def _read_url(url: str) -> httpx.URL:
    """The URL to ask. What is wrong with it is not quoted: a piece of a password may stand where a port should."""
    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as invalid:
        raise NotThere(f"not an address to fetch from: {WHAT_ADDRESSES_ARE}") from invalid
    if read.scheme not in PORTS or not _has_host(read):
        named = f" (but with {read.scheme[:LONGEST_SCHEME]}:)" if read.scheme and read.scheme not in PORTS else ""
        raise NotThere(f"not an address to fetch from: {WHAT_ADDRESSES_ARE}{named}")
    return read


def _has_host(url: httpx.URL) -> bool:
    try:
        host = host_of(url)
    except UnicodeError:  # httpx does not look into the brackets of an IPv6 address
        return False
    return bool(HOST_NAME.fullmatch(host)) or read_address(host) is not None


def _next_url(response: httpx.Response, here: httpx.URL) -> httpx.URL | None:
    """Where an answer redirects to, if it does. A login goes along to the same place, and nowhere else.

    Raises NotThere where that is no address of the web, and Unreachable where it cannot be read.
    """
    location = response.headers.get("Location", "").strip()
    if response.status_code not in REDIRECTS or not location:
        return None
    try:
        there = here.join(location)
        if there.scheme in PORTS and not there.raw_host:  # https:///path: browsers take it for the same host, too
            there = there.copy_with(host=host_of(here))
    except (httpx.InvalidURL, UnicodeError, ValueError) as invalid:
        raise Unreachable("the server redirects to what is no address") from invalid
    if there.scheme not in PORTS:
        raise NotThere(f"the server redirects to {there.scheme[:LONGEST_SCHEME]}:, and only http and https are followed")
    if not _has_host(there):
        raise Unreachable("the server redirects to what is no address")
    if not there.userinfo and _is_same_place(here, there):
        there = there.copy_with(userinfo=here.userinfo)
    return there


def _is_same_place(here: httpx.URL, there: httpx.URL) -> bool:
    """Whether a URL leads to the same server as another, or to the same one made secure."""
    ports = [(url.scheme, url.port or PORTS[url.scheme]) for url in (here, there)]
    return here.raw_host == there.raw_host and (ports[0] == ports[1] or ports == [("http", 80), ("https", 443)])


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of a Retry-After header, given as a number or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()) if value else None
    except (ValueError, TypeError, OverflowError):
        return None
