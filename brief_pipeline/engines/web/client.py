"""The engine's front: a body that fits into memory, or a file on disk, from whatever answers at a URL."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from brief_pipeline.engines.web.asking import Answer, Asker, Unanswered
from brief_pipeline.engines.web.connections import Connections
from brief_pipeline.engines.web.deadline import Deadline, ending_within
from brief_pipeline.engines.web.download import Downloaded, Downloader
from brief_pipeline.engines.web.host_limit import HostLimit
from brief_pipeline.engines.web.unpack import ACCEPTED_ENCODINGS, read_blocks
from brief_pipeline.errors import Unreachable

Result = TypeVar("Result")

PRODUCT = "brief_pipeline/0.1"
LONGEST_PAUSE_SECONDS = 10.0  # between two tries, where the server does not name one


@dataclass(frozen=True)
class Fetched:
    """A body and what came with it. `body` is None when the server says that nothing changed (304).

    `url` is the address after all redirects. `moved_to` is the one to ask from now on: where permanent redirects (301, 308)
    lead, up to the first temporary one; None when the first is not permanent, or there is none. Both may hold a login.
    """

    url: str
    status: int
    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None
    moved_to: str | None = None


class Web(Protocol):
    """What the house needs of the web. Both raise Unreachable, NotThere (also Gone and AddressRefused) or TooLarge."""

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched: ...

    def download(self, url: str, path: Path, most_bytes: int) -> Downloaded: ...


class HttpWeb:
    """The web over HTTP, with retries for what passes and the server's Retry-After kept. Threads may share one.

    Only http and https, and only addresses of the public internet unless `private_addresses`; the targets of `connect_to`
    and the environment's proxies are the user's own choice. At most `per_host` requests to one host at a time. Everything
    asked for one call of fetch or download ends within `fetch_seconds` or `download_seconds`, tries and pauses
    included, and only the wait behind our own requests to the same host is not counted.
    """

    def __init__(
        self,
        contact: str = "",
        timeout_seconds: float = 30.0,
        attempts: int = 3,
        connect_to: Mapping[str, str] | None = None,
        pause_seconds: float = 0.5,
        *,
        private_addresses: bool = False,
        per_host: int = 2,
        fetch_seconds: float = 120.0,
        download_seconds: float = 3600.0,
    ) -> None:
        for library in ("httpx", "httpcore"):  # they log URLs and headers, and a feed's may hold a subscriber's secret
            logging.getLogger(library).setLevel(logging.WARNING)
        self.timeout_seconds = timeout_seconds
        self.attempts = attempts
        self.fetch_seconds = fetch_seconds
        self.download_seconds = download_seconds
        self._back_off = wait_random_exponential(multiplier=pause_seconds, max=LONGEST_PAUSE_SECONDS)
        headers = {
            b"User-Agent": f"{PRODUCT} (podcast brief; {' '.join(contact.split()) or 'self-hosted'})".encode(),
            b"Accept": b"*/*",
            b"Accept-Encoding": ACCEPTED_ENCODINGS.encode(),
        }
        self._asker = Asker(Connections(private_addresses, connect_to), HostLimit(per_host), headers, timeout_seconds)
        self._downloader = Downloader(self._asker, timeout_seconds)

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """The body at a URL, or word that it is still the one with this ETag or Last-Modified (RFC 9110, 13)."""
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}

        def once() -> Fetched:
            with self._asker.ask(url, headers, (200, 203, *((304,) if headers else ()))) as answer:
                return self._read(answer, most_bytes)

        with ending_within(self.fetch_seconds) as deadline:
            return self._persist(once, deadline)

    def download(self, url: str, path: Path, most_bytes: int) -> Downloaded:
        """Streams a URL into a file, which grows beside its place and moves there when whole; what a cut left is resumed."""
        with ending_within(self.download_seconds) as deadline:
            return self._persist(lambda: self._downloader.download(url, path, most_bytes), deadline)

    def _read(self, answer: Answer, most_bytes: int) -> Fetched:
        response, body = answer.response, BytesIO()  # which gives its bytes away without a second copy
        for block in read_blocks(response, most_bytes, self.timeout_seconds):  # of a 304, too: the connection is kept so
            body.write(block)
        return Fetched(
            url=str(answer.url),
            status=response.status_code,
            body=None if response.status_code == 304 else body.getvalue(),
            etag=response.headers.get("ETag"),
            last_modified=response.headers.get("Last-Modified"),
            content_type=response.headers.get("Content-Type"),
            moved_to=answer.moved_to,
        )

    def _persist(self, once: Callable[[], Result], deadline: Deadline) -> Result:
        """Tries again what may pass, after the time the server asks for, else with back-off and jitter."""

        def pause(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            waits_its_turn = isinstance(error, Unanswered) and not error.pauses  # the host is held back for all of us
            return 0.0 if waits_its_turn else min(self._back_off(state), deadline.left())

        passing, enough = retry_if_exception_type(Unanswered), stop_after_attempt(self.attempts)
        try:
            return Retrying(retry=passing, stop=enough, wait=pause, reraise=True)(once)
        except Unanswered as last:
            raise Unreachable(str(last)) from last
