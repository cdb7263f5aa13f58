"""The way onto the network: a name is looked up once, and connected to only where the answer is public."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from ssl import SSLContext
from typing import Any

import httpcore

from brief_pipeline.engines.web.deadline import seconds_left
from brief_pipeline.engines.web.public_address import Address, is_public, read_address
from brief_pipeline.errors import AddressRefused, NotThere

Target = tuple[str, int]  # host, port
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

OPEN_PRIVATE = "set `[web] private_addresses = true` in brief.toml if it is meant to be fetched from"


class Network(httpcore.NetworkBackend):
    """Connects for httpcore. `connect_to`: where else to connect for a (host, port); the user's choice, so never refused."""

    def __init__(self, private_addresses: bool = False, connect_to: Mapping[Target, Target] | None = None) -> None:
        self._private_addresses = private_addresses
        self._connect_to = connect_to or {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        target = self._connect_to.get((host.lower(), port))
        is_free = self._private_addresses or target is not None
        host, port = target or (host, port)
        if not 0 < port < 2**16:
            raise NotThere(f"{port} is no port: ports go from 1 to 65535")
        started, limit = time.monotonic(), seconds_left(timeout)
        addresses = look_up(host, limit)
        if not is_free:
            addresses = only_public(host, addresses)
        patience = None if limit is None else limit - (time.monotonic() - started)
        return TimedStream(_connect_to_one(addresses, port, patience))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SocketOption] | None = None
    ) -> httpcore.NetworkStream:
        raise AddressRefused("a Unix socket is no address of the web")


class TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline of who reads from it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes, seconds_left(timeout))
        except httpcore.ReadTimeout:
            seconds_left()  # if it is the deadline that has passed, that is the reason to give
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, seconds_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, seconds_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def look_up(host: str, timeout: float | None = None) -> list[Address]:
    """The addresses of a host, in the resolver's order. Raises httpcore.ConnectError, or ConnectTimeout after `timeout` s.

    getaddrinfo(3) takes no limit of time (a resolver that does not answer holds it for 10 s and more, as resolv.conf says),
    so it is asked in a thread, which ends on its own when the resolver gives up.
    """
    spelled = read_address(host)
    if spelled is not None:
        return [spelled]
    answers: queue.SimpleQueue[list[Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = (read_address(str(row[4][0])) for row in rows)
            answers.put([address for address in found if address is not None])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name=f"look up {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        seconds_left()
        raise httpcore.ConnectTimeout(f"the name {host} was not looked up within {timeout:.3g} s") from None
    if isinstance(answer, UnicodeError):  # a label of more than 63 letters
        raise NotThere(f"{host[:80]} is no host name") from answer
    if isinstance(answer, OSError):
        raise httpcore.ConnectError(f"{host}: {answer.strerror or answer}") from answer
    return answer


def only_public(host: str, addresses: Sequence[Address]) -> list[Address]:
    """The public ones of a host's addresses. Raises AddressRefused when there are none."""
    public = [address for address in addresses if is_public(address)]
    if not public:
        where = f" ({addresses[0]})" if addresses and str(addresses[0]) != host else ""
        raise AddressRefused(f"{host}{where} is not on the public internet: {OPEN_PRIVATE}")
    return public


def _connect_to_one(addresses: Sequence[Address], port: int, patience: float | None) -> httpcore.NetworkStream:
    """A connection to the first address that answers; each gets its share of the time, so that a dead one leaves some."""
    ends = None if patience is None else time.monotonic() + patience
    failure: Exception = httpcore.ConnectError("the host has no address")
    for waiting, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        share = None if ends is None else max(0.001, ends - time.monotonic()) / waiting
        try:
            # the address is spelled out: nothing is looked up again (a second answer may differ: DNS rebinding)
            return httpcore.SyncBackend().connect_tcp(str(address), port, share)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            failure = error
    seconds_left()
    raise failure
