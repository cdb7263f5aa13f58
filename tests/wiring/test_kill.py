"""kill -9 in the middle of a download and of a transcription, and the run after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from samples import make_feed, make_item
from wiring import killed

SAMPLE = Path(__file__).parents[2] / "data" / "demo" / "last-tram-home"
SOUNDS = {f"/{name}.mp3": (SAMPLE / f"{slug}.mp3").read_bytes() for name, slug in
          (("first", "three-in-the-morning"), ("second", "what-the-charge-changed"))}  # fmt: skip


class Server:
    """Serves two episodes with Range and ETag. `stalls`: the one asked for second stops after half of it."""

    def __init__(self) -> None:
        self.stalls = False
        self.has_stalled = threading.Event()
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""

    def feed(self) -> bytes:
        items = (make_item(n, transcript=False).replace("https://shows.example/one", self.url) for n in ("first", "second"))
        return make_feed("Show", *items)


@contextmanager
def serve() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None: ...

        def do_GET(self) -> None:
            body = SOUNDS.get(self.path) or told.feed()
            wanted = self.headers.get("Range")
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            told.asked.append((self.path, wanted))
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{sha256(body).hexdigest()[:8]}"')
            self.send_header("Content-Length", str(len(body) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.end_headers()
            sounds = list(dict.fromkeys(path for path, _ in told.asked if path in SOUNDS))
            is_cut = told.stalls and self.path in sounds[1:]
            self.wfile.write(body[start : len(body) // 2 if is_cut else None])
            if is_cut:
                self.wfile.flush()
                told.has_stalled.set()
                threading.Event().wait(60)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def start(data: Path, url: str, kind: str) -> subprocess.Popen[str]:
    paths = os.pathsep.join([str(Path(killed.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, killed.__file__, str(data), f"{url}/feed.xml", kind],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def test_killed_in_a_download_it_goes_on_where_it_stood_and_takes_no_half_file_for_whole(tmp_path: Path) -> None:
    with serve() as server:
        server.stalls = True
        process = start(tmp_path, server.url, "download")
        assert server.has_stalled.wait(60)
        [first, second] = dict.fromkeys(path for path, _ in server.asked if path in SOUNDS)
        half = len(SOUNDS[second]) // 2
        while sum(path.stat().st_size for path in tmp_path.rglob("*.part-*") if path.suffix != ".validator") < half:
            pass  # what the server has sent is not on disk yet
        kill(process)
        house = killed.build(tmp_path, f"{server.url}/feed.xml", killed.StuckTranscriber(is_stuck=False))
        assert [row["sha256"] for row in house.store.select("raw.audio")] == [sha256(SOUNDS[first]).hexdigest()]
        assert len(list((tmp_path / "audio").rglob("*.mp3"))) == 1
        server.stalls = False
        server.asked.clear()
        killed.work(house, until_transcripts=False)
        assert [asked for asked in server.asked if asked[0].endswith(".mp3")] == [(second, f"bytes={half}-")]
        rows = {row["sha256"] for row in house.store.select("raw.audio")}
        assert rows == {sha256(body).hexdigest() for body in SOUNDS.values()}
        assert not list(tmp_path.rglob("*.part-*"))


def test_killed_in_a_transcription_it_hears_only_what_was_not_heard_yet(tmp_path: Path) -> None:
    with serve() as server:
        process = start(tmp_path, server.url, "listen")
        assert process.stdout
        assert process.stdout.readline().strip() == "stuck"
        kill(process)
        again = killed.StuckTranscriber(is_stuck=False)
        house = killed.build(tmp_path, f"{server.url}/feed.xml", again)
        [first] = house.store.select("raw.transcripts")
        assert first["segments_count"] == len(house.store.select("raw.segments")) == 1
        killed.work(house, until_transcripts=True)
        assert len(again.asked) == 1
        assert len(house.store.select("raw.transcripts")) == len(house.store.select("raw.segments")) == 2
