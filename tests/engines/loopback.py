"""A web server on loopback that answers as it is told to, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer. `cut`: hang up after so many bytes of the body. `pause`: seconds before each piece of `piece` bytes."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    wait: float = 0.0
    pause: float = 0.0
    piece: int = 1 << 16


class Loopback:
    """What answers: a list of replies, one after another (the last one again and again), or a function of the request."""

    def __init__(self, answer: list[Reply] | Callable[[Asked], Reply]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.url = ""

    def reply_to(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if callable(self.answer):
            return self.answer(asked)
        return self.answer[min(len(self.asked), len(self.answer)) - 1]


@contextmanager
def serve(answer: list[Reply] | Callable[[Asked], Reply]) -> Iterator[Loopback]:
    """Serves on a free port until the block ends."""
    loopback = Loopback(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None: ...

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = loopback.reply_to(Asked(self.path, headers, self.rfile.read(length)))
            time.sleep(reply.wait)
            try:
                self._send(reply)
            except ConnectionError:  # the test's client has hung up
                self.close_connection = True

        do_POST = do_HEAD = do_GET

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                if value:  # "" leaves a header out
                    self.send_header(name, value)
            self.end_headers()
            body = reply.body if reply.cut is None else reply.body[: reply.cut]
            for start in range(0, len(body), reply.piece):
                time.sleep(reply.pause)
                self.wfile.write(body[start : start + reply.piece])
            self.close_connection = reply.cut is not None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    loopback.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield loopback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> int:
    """A port that nothing listens on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port: int = server.server_address[1]
    server.server_close()
    return port


@contextmanager
def serve_bytes(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serves what is no proper HTTP: `talk` has each connection to itself, its request read. Gives the server's URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client hangs up when it has had enough
            connection.recv(1 << 16)
            talk(connection)

    def accept() -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() does not
        listener.close()
        thread.join()
