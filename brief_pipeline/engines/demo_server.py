"""The bundled sample, served by HTTP on loopback as its publishers would."""

from __future__ import annotations

import functools
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

HOST = "127.0.0.1"
PORT = 8807  # the port that the sample's own addresses name
POLL_SECONDS = 0.05  # how long a server takes to notice that it is to end


class _QuietFiles(SimpleHTTPRequestHandler):
    """Files of a folder, with Last-Modified and 304, and without a line to the terminal for each request."""

    extensions_map = {  # noqa: RUF012 - declared as an instance variable in the standard library's types
        **SimpleHTTPRequestHandler.extensions_map,
        ".mp3": "audio/mpeg",
        ".vtt": "text/vtt",
        ".srt": "application/x-subrip",
        ".xml": "application/rss+xml",
    }

    def log_message(self, format: str, *args: Any) -> None: ...

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Also answers "these bytes", as players ask to jump and downloads to resume (RFC 9110, 14)."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not asked or not path.is_file() or int(asked[2] or asked[1]) < int(asked[1]):
            return super().send_head()
        changed = self.date_time_string(path.stat().st_mtime)
        if self.headers.get("If-Range", changed) != changed:
            return super().send_head()
        body, start = path.read_bytes(), int(asked[1])
        if start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        piece = body[start : int(asked[2]) + 1 if asked[2] else None]
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {start}-{start + len(piece) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(piece)))
        self.send_header("Last-Modified", changed)
        self.end_headers()
        return BytesIO(piece)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of a reader who hangs up in the middle, as players do."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve_folder(folder: Path, port: int = PORT) -> Iterator[str]:
    """Serves a folder on loopback, on the port asked for or, where that is taken, on a free one. Gives "host:port"."""
    handler = functools.partial(_QuietFiles, directory=str(folder))
    try:
        server = _Server((HOST, port), handler)
    except OSError:
        server = _Server((HOST, 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield f"{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
