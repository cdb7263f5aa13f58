"""The web, through httpx: bodies with conditional GET, and files that land whole and resume where they were cut."""

from __future__ import annotations

import fcntl
import hashlib
import os
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

from brief_pipeline.errors import NotThere, TooLarge, Unreachable

Result = TypeVar("Result")

PRODUCT = "brief_pipeline/0.1"
LONGEST_RETRY_AFTER_SECONDS = 30.0  # a server that asks for more is left for the next run
REFUSED_FOR_GOOD = frozenset({401, 402, 403, 410, 451})  # 404 is not: a new episode's file may still be on its way
BLOCK_BYTES = 256 * 1024


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
    ) -> None:
        self.attempts = attempts
        self._client = httpx.Client(
            headers={"User-Agent": f"{PRODUCT} (podcast brief; {contact or 'self-hosted'})"},
            timeout=timeout_seconds,
            follow_redirects=True,
            transport=_Rerouted(dict(connect_to or {})),
        )

    def fetch(self, url: str, most_bytes: int, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """The body at a URL, or word that it is still the one with this ETag or Last-Modified (RFC 9110, 13)."""
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}

        def once() -> Fetched:
            with self._answer(url, headers) as response:
                body = (
                    None if response.status_code == 304 else b"".join(_limited(response.iter_bytes(BLOCK_BYTES), most_bytes))
                )
                return Fetched(
                    url=str(response.url),
                    status=response.status_code,
                    body=body,
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
                content_type = self._fill(url, file, part, most_bytes)
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                size = os.fstat(file.fileno()).st_size
                os.fsync(file.fileno())
                os.replace(part, path)
                _note_of(part).unlink(missing_ok=True)
            return Downloaded(path, size, digest, content_type)

        return self._persist(once)

    def _fill(self, url: str, file: BufferedRandom, part: Path, most_bytes: int) -> str | None:
        """Adds what is missing of a URL's bytes to a file, checks their number, and gives their content type."""
        note, have = _note_of(part), os.fstat(file.fileno()).st_size
        validator = note.read_text() if have and note.exists() else ""
        headers = {"Accept-Encoding": "identity"}
        if validator:
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        with self._answer(url, headers, also_fine=(416,)) as response:
            if response.status_code == 416:  # what we have is not the beginning of what is there now
                file.truncate(0)
                raise Unreachable(f"the server has no bytes after {have}; the download starts again")
            resumed = response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            if not resumed:
                file.truncate(0)
            file.seek(0, os.SEEK_END)
            note.write_text(_strong_validator(response))
            room = most_bytes - (have if resumed else 0)
            for block in _limited(response.iter_bytes(BLOCK_BYTES), room):
                file.write(block)
            file.flush()
            _check_length(response, os.fstat(file.fileno()).st_size)
            content_type: str | None = response.headers.get("Content-Type")
            return content_type

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str], also_fine: tuple[int, ...] = ()) -> Iterator[httpx.Response]:
        """The open response, once its status is one to go on with."""
        try:
            with self._client.stream("GET", url, headers=dict(headers)) as response:
                if response.status_code in REFUSED_FOR_GOOD:
                    raise NotThere(f"the server answered {_status(response)}")
                if response.status_code not in (200, 206, 304, *also_fine):
                    raise _Unanswered(f"the server answered {_status(response)}", _retry_after(response))
                yield response
        except httpx.TooManyRedirects as loop:
            raise NotThere("the address redirects in a circle") from loop
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as invalid:
            raise NotThere(
                f"not an address that can be fetched ({invalid}): it must begin with http:// or https://"
            ) from invalid
        except (httpx.TransportError, httpx.DecodingError) as broken:
            raise _Unanswered(f"no whole answer ({_describe(broken)})") from broken

    def _persist(self, once: Callable[[], Result]) -> Result:
        """Tries again what may pass, after the time the server asks for, else with back-off and jitter."""
        trying = Retrying(
            retry=retry_if_exception_type(_Unanswered), stop=stop_after_attempt(self.attempts), wait=_pause, reraise=True
        )
        return trying(once)


class _Unanswered(Unreachable):
    """An answer that may be better in a moment."""

    def __init__(self, reason: str, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.after_seconds = after_seconds


class _Rerouted(httpx.HTTPTransport):
    """Connects elsewhere for the hosts of a table: {"host:port": "host:port"}."""

    def __init__(self, connect_to: Mapping[str, str]) -> None:
        super().__init__()
        self._connect_to = connect_to

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = request.url
        port = asked.port or {"http": 80, "https": 443}.get(asked.scheme)
        target = self._connect_to.get(f"{asked.host}:{port}")
        if target is None:
            return super().handle_request(request)
        host, _, other_port = target.rpartition(":")
        request.url = asked.copy_with(host=host, port=int(other_port))
        try:
            return super().handle_request(request)
        finally:
            request.url = asked


_back_off = wait_random_exponential(multiplier=0.5, max=10)


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after_seconds if isinstance(error, _Unanswered) else None
    if asked is None:
        return _back_off(state)
    if asked > LONGEST_RETRY_AFTER_SECONDS:
        raise Unreachable(f"{error}, and asks to come back in {asked:.0f} s: left for the next run") from error
    return asked


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of a Retry-After header, given as a number or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()) if value else None
    except (ValueError, TypeError):
        return None


def _limited(blocks: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > most_bytes:
            raise TooLarge(f"larger than {most_bytes / 2**20:.0f} MiB; the limits are web.*_bytes in brief.toml")
        yield block


def _check_length(response: httpx.Response, have: int) -> None:
    """Refuses a file that is shorter or longer than the server said: a cut download decodes without any error."""
    stated = response.headers.get("Content-Range", "").rpartition("/")[2] or response.headers.get("Content-Length", "")
    if stated.isdigit() and int(stated) != have and not response.headers.get("Content-Encoding"):
        raise _Unanswered(f"{have} bytes came of {stated}")


def _strong_validator(response: httpx.Response) -> str:
    """What If-Range may be asked with: a strong ETag, else the date (RFC 9110, 13.1.5)."""
    etag: str = response.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")


def _note_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.validator")


@contextmanager
def _locked(part: Path) -> Iterator[BufferedRandom]:
    """The part file, held by this process alone: two runs that want the same file don't write into each other's."""
    while True:
        with open(part, "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if part.exists() and os.path.samestat(os.fstat(file.fileno()), part.stat()):
                yield file
                return


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
