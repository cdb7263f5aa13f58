"""The web, through httpx: bodies with conditional GET, and files that land whole and resume where they were cut."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BufferedRandom
from pathlib import Path
from typing import Protocol, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from brief_pipeline.errors import NotThere, PermanentFailure, TooLarge, Unreachable

Result = TypeVar("Result")

PRODUCT = "brief_pipeline/0.1"
LONGEST_RETRY_AFTER_SECONDS = 30.0  # a server that asks for more is left for the next run
REFUSED_FOR_GOOD = frozenset({401, 402, 403, 410, 451})  # 404 is not: a new episode's file may still be on its way
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, *range(500, 600)})  # in this run; other answers wait for the next one
SLOWEST_BYTES_PER_SECOND = 1024  # a server that drips never runs into a time-out, and would hold the day up for weeks
LOOPBACK = ("all://localhost", "all://127.0.0.1", "all://[::1]")  # never through a proxy


@dataclass(frozen=True)
class Fetched:
    """A body and what came with it. `body` is None when the server says that nothing changed (304)."""

    url: str  # after redirects
    status: int
    body: bytes | None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None


@dataclass(frozen=True)
class Downloaded:
    """A file that landed whole."""

    path: Path
    bytes: int
    sha256: str
    content_type: str | None


class Web(Protocol):
    """What the house needs of the web. Both raise Unreachable, NotThere or TooLarge."""

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched: ...

    def download(self, url: str, path: Path, most_bytes: int) -> Downloaded: ...


class HttpWeb:
    """The web over HTTP, with retries for what passes and the server's Retry-After kept."""

    def __init__(
        self,
        contact: str = "",
        timeout_seconds: float = 30.0,
        attempts: int = 3,
        connect_to: Mapping[str, str] | None = None,
        pause_seconds: float = 0.5,
    ) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs each URL, and a feed's may hold a subscriber's secret
        self.timeout_seconds = timeout_seconds
        self.attempts = attempts
        self._back_off = wait_random_exponential(multiplier=pause_seconds, max=10)
        # a transport of our own makes httpx forget the proxies of the environment: only where it is needed
        self._client = httpx.Client(
            headers={
                b"User-Agent": f"{PRODUCT} (podcast brief; {' '.join(contact.split()) or 'self-hosted'})".encode(),
                b"Accept-Encoding": b"gzip, deflate",  # others, where installed, unpack to a million times their size
            },
            timeout=timeout_seconds,
            follow_redirects=True,
            transport=_Rerouted(dict(connect_to)) if connect_to else None,
            mounts={} if connect_to else dict.fromkeys(LOOPBACK),
        )

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """The body at a URL, or word that it is still the one with this ETag or Last-Modified (RFC 9110, 13)."""
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value and value.isascii()}

        def once() -> Fetched:
            with self._answer(url, headers, (200, 203, *((304,) if headers else ()))) as response:
                is_new = response.status_code != 304
                return Fetched(
                    url=str(response.url),
                    status=response.status_code,
                    body=b"".join(self._blocks(response, most_bytes)) if is_new else None,
                    etag=response.headers.get("ETag"),
                    last_modified=response.headers.get("Last-Modified"),
                    content_type=response.headers.get("Content-Type"),
                )

        return self._persist(once)

    def download(self, url: str, path: Path, most_bytes: int) -> Downloaded:
        """Streams a URL into a file, which grows beside its place and moves there when whole; what a cut left is resumed."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part-{hashlib.sha256(url.encode()).hexdigest()[:8]}")

        def once() -> Downloaded:
            with _locked(part) as file:
                try:
                    content_type = self._fill(url, file, part, most_bytes)
                except PermanentFailure:  # nobody will come back for the rest
                    _note_of(part).unlink(missing_ok=True)
                    part.unlink()
                    raise
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = os.fstat(file.fileno()).st_size
                os.fsync(file.fileno())
                _note_of(part).unlink(missing_ok=True)
                os.replace(part, path)
            return Downloaded(path, size, digest, content_type)

        return self._persist(once)

    def _fill(self, url: str, file: BufferedRandom, part: Path, most_bytes: int) -> str | None:
        """Adds what is missing of a URL's bytes to a file, checks their number, and gives their content type."""
        note, have = _note_of(part), os.fstat(file.fileno()).st_size
        validator = note.read_text() if have and note.exists() else ""
        headers = {"Accept-Encoding": "identity"}
        if validator:
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        with self._answer(url, headers, (200, 203, 206, *((416,) if validator else ()))) as response:
            start = have if validator and _continues(response, have, validator) else 0
            if not start:
                file.truncate(0)
                note.write_text(_strong_validator(response))
            if response.status_code in (200, 203) or _first_byte(response) == start:
                for block in self._blocks(response, most_bytes - start):
                    file.write(block)
                file.flush()
                _check_length(response, start, os.fstat(file.fileno()).st_size)
                content_type: str | None = response.headers.get("Content-Type")
                return content_type
        if validator:
            return self._fill(url, file, part, most_bytes)  # what we had begins another file: from the start, once
        raise _Unanswered("the server sent a piece that was not asked for")

    def _blocks(self, response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
        """The body as it comes, decoded. Raises TooLarge past the limit, and gives up on a server that only drips."""
        too_large = TooLarge(f"larger than {most_bytes / 2**20:.3g} MiB; the limits are web.*_bytes in brief.toml")
        stated, total, started = response.headers.get("Content-Length", ""), 0, time.monotonic()
        if stated.isdecimal() and int(stated) > most_bytes:
            raise too_large
        for block in response.iter_bytes():
            total, seconds = total + len(block), time.monotonic() - started
            if total > most_bytes:
                raise too_large
            if seconds > self.timeout_seconds and total < seconds * SLOWEST_BYTES_PER_SECOND:
                raise _Unanswered(f"too slow: {total} bytes in {seconds:.0f} s")
            yield block

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str], fine: tuple[int, ...]) -> Iterator[httpx.Response]:
        """The open response, once its status is one to go on with."""
        try:
            with self._client.stream("GET", url, headers=dict(headers)) as response:
                said = f"the server answered {response.status_code} {response.reason_phrase}".strip()
                if response.status_code in REFUSED_FOR_GOOD:
                    raise NotThere(said)
                if response.status_code in WORTH_ANOTHER_TRY:
                    raise _Unanswered(said, _retry_after(response))
                if response.status_code not in fine:
                    raise Unreachable(said)
                yield response
        except httpx.TooManyRedirects as loop:
            raise NotThere("the address redirects in a circle") from loop
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as invalid:  # the last: a host name of 64 letters
            raise NotThere(f"not an address to fetch from ({invalid}): it must begin with http:// or https://") from invalid
        except (httpx.TransportError, httpx.DecodingError) as broken:
            said = f"{type(broken).__name__}: {broken}".removesuffix(": ")
            raise _Unanswered(f"no whole answer ({said})") from broken

    def _persist(self, once: Callable[[], Result]) -> Result:
        """Tries again what may pass, after the time the server asks for, else with back-off and jitter."""
        passing, enough = retry_if_exception_type(_Unanswered), stop_after_attempt(self.attempts)
        return Retrying(retry=passing, stop=enough, wait=self._pause, reraise=True)(once)

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after_seconds if isinstance(error, _Unanswered) else None
        if asked is None:
            return self._back_off(state)
        if asked > LONGEST_RETRY_AFTER_SECONDS:
            raise Unreachable(f"{error}, and asks to come back in {asked:.0f} s: left for the next run") from error
        return asked


class _Unanswered(Unreachable):
    """An answer that may be better in a moment."""

    def __init__(self, reason: str, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds


class _Rerouted(httpx.HTTPTransport):
    """Connects elsewhere for the hosts of a table: {"host:port": "host:port"}. Host header and TLS name stay."""

    def __init__(self, connect_to: Mapping[str, str]) -> None:
        super().__init__()
        self._connect_to = connect_to

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = request.url
        port = asked.port or {"http": 80, "https": 443}.get(asked.scheme)
        target = self._connect_to.get(f"{asked.host}:{port}")
        if target is None:
            return super().handle_request(request)
        there = httpx.URL(f"{asked.scheme}://{target}")
        request.url = asked.copy_with(host=there.host, port=there.port)
        request.extensions = {**request.extensions, "sni_hostname": asked.host}
        try:
            return super().handle_request(request)
        finally:
            request.url = asked


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of a Retry-After header, given as a number or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()) if value else None
    except (ValueError, TypeError):
        return None


def _first_byte(response: httpx.Response) -> int:
    """Where the piece in a 206 begins in the whole; -1 where it does not say."""
    stated = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(stated[1]) if stated else -1


def _continues(response: httpx.Response, have: int, validator: str) -> bool:
    """Whether a piece goes on where we stand in the same file: some servers heed Range and forget If-Range."""
    now = _strong_validator(response)
    return response.status_code == 206 and _first_byte(response) == have and now in ("", validator)


def _check_length(response: httpx.Response, start: int, have: int) -> None:
    """Refuses a file that is shorter or longer than the server said: a cut download decodes without any error."""
    length = response.headers.get("Content-Length", "")
    whole = response.headers.get("Content-Range", "").rpartition("/")[2]
    stated = int(whole) if whole.isdecimal() else start + int(length) if length.isdecimal() else have
    if stated != have and not _is_encoded(response):
        raise _Unanswered(f"{have} bytes came of {stated}")


def _strong_validator(response: httpx.Response) -> str:
    """What If-Range may be asked with: a strong ETag, else the date (RFC 9110, 13.1.5). Packed bytes have none."""
    etag: str = response.headers.get("ETag", "")
    found: str = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    return found if found.isascii() and not _is_encoded(response) else ""


def _is_encoded(response: httpx.Response) -> bool:
    encoding: str = response.headers.get("Content-Encoding", "identity")
    return encoding.lower() != "identity"


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.validator")


@contextmanager
def _locked(part: Path) -> Iterator[BufferedRandom]:
    """The part file, held by this process alone: two runs that want the same file don't write into each other's."""
    while True:
        with open(part, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                is_ours = os.path.samestat(os.fstat(file.fileno()), part.stat())
            except FileNotFoundError:  # whoever held it has moved it into place
                is_ours = False
            if is_ours:
                yield file
                return
