"""Discovery and download against servers that misbehave on purpose: each leaves its row, in bounded time and memory.

The time limits are those of the settings given here; that they are kept is shown by the run ending at all.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from samples import make_feed, make_item
from wiring import bad_world

from brief_pipeline.wiring.house import House

ROOT = Path(__file__).parents[2]
SPEECH = (ROOT / "data" / "demo" / "last-tram-home" / "three-in-the-morning.mp3").read_bytes()
MEMORY_LIMIT_MIB = 500
WEB = {
    "timeout_seconds": 2,
    "fetch_seconds": 40,
    "download_seconds": 4,
    "attempts": 2,
    "workers": 8,
    "contact": "me@a.example",
}
NOTES = "What was said about the price of waiting. " * 400
BOMB = gzip.compress(bytes(20_000_000)) * 60  # 1.2 GB of zeros in 1.2 MB: a member of gzip after the other
ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]><rss version='2.0'><channel><title>&j;</title><item><title>&j;</title><guid>x</guid></item></channel></rss>"
).encode()

Answer = Callable[[BaseHTTPRequestHandler], None]


def say(
    handler: BaseHTTPRequestHandler, body: bytes = b"", status: int = 200, sent: int | None = None, **headers: str
) -> None:
    """An answer; `sent`: hang up after so many bytes of the body."""
    handler.send_response(status)
    for name, value in ({"Content_Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body[:sent])
    if sent is not None:
        handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b"<")
        handler.wfile.flush()
        time.sleep(0.2)


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(30)


def want_user_agent(handler: BaseHTTPRequestHandler) -> None:
    is_polite = "me@a.example" in handler.headers.get("User-Agent", "")
    say(handler, feed("agent"), 200 if is_polite else 403)


def busy_once(asked: list[str], handler: BaseHTTPRequestHandler) -> None:
    asked.append("busy")
    say(handler, feed("busy"), 429 if len(asked) == 1 else 200, Retry_After="1")


def feed(name: str, *items: str) -> bytes:
    return make_feed(f"Show {name}", *(items or [make_item(f"only-{name}", audio=False)]))


def big_feed(items: int, notes: str) -> bytes:
    told = (
        make_item(f"item {n}", transcript=False).replace(
            "</item>", f"<description><![CDATA[<p>{notes} {n}</p>]]></description></item>"
        )
        for n in range(items)
    )
    return make_feed("Show with an archive", *told).replace(b"Mon, 04 May 2026", b"Mon, 05 May 2025")


def make_video(path: Path) -> bytes:
    with av.open(str(path), "w") as video:
        stream = video.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 64
        for _ in range(10):
            video.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        video.mux(stream.encode(None))
    return path.read_bytes()


def spoken(name: str, size: int = 1000, seconds: int = 0) -> str:
    item = make_item(name, transcript=False).replace("https://shows.example/one", f"http://{name}.example")
    stated = f'<d:duration xmlns:d="http://www.itunes.com/dtds/podcast-1.0.dtd">{seconds}</d:duration>' if seconds else ""
    return item.replace('length="1000"', f'length="{size}"').replace("</item>", f"{stated}</item>")


def make_world(folder: Path, port: int) -> dict[str, Answer]:
    """host -> how it answers."""
    files = [spoken(n) for n in ("page", "nothing", "video", "huge-file", "dripping", "fine", "behind-trackers", "jump")]
    files.append(spoken("cut-file", size=len(SPEECH), seconds=181))
    moved = f"http://new.example:{port}/feed.xml"
    return {
        "files": partial(say, body=feed("files", *files)),
        "slow": drip,
        "silent": hang,
        "cut": partial(say, body=feed("cut"), sent=200),
        "short": partial(say, body=feed("short"), Content_Length="100000", sent=10_000),
        "agent": want_user_agent,
        "busy": partial(busy_once, []),
        "later": partial(say, status=429, Retry_After="7200"),
        "loop": partial(say, status=302, Location="/again"),
        "metadata": partial(say, status=302, Location="http://169.254.169.254/latest/meta-data/"),
        "home": partial(say, status=302, Location=f"http://127.0.0.1:{port}/feed.xml"),
        "bomb": partial(say, body=BOMB, Content_Encoding="gzip"),
        "claims": partial(say, body=b"<rss>", Content_Length="5000000000", sent=5),
        "entities": partial(say, body=ENTITIES),
        "big": partial(say, body=big_feed(2_900, NOTES)),
        "many": partial(say, body=big_feed(20_000, "Short notes.")),
        "gone": partial(say, status=410),
        "old": partial(say, status=301, Location=moved),
        "new": partial(say, body=feed("moved")),
        "page": partial(say, body=b"<!doctype html><title>Not found</title>", Content_Type="audio/mpeg"),
        "nothing": say,
        "video": partial(say, body=make_video(folder / "video.mp4"), Content_Type="audio/mpeg"),
        "huge-file": partial(say, body=b"ID3", Content_Length="5000000000", sent=3),
        "dripping": drip,
        "fine": partial(say, body=SPEECH),
        "behind-trackers": partial(say, status=302, Location=f"http://tracker.example:{port}/a"),
        "tracker": partial(say, status=307, Location=f"http://fine.example:{port}/a.mp3"),
        "jump": partial(say, status=302, Location="file:///etc/passwd"),
        "cut-file": partial(say, body=SPEECH[: len(SPEECH) // 3]),
    }


@contextmanager
def serve(folder: Path) -> Iterator[tuple[int, dict[str, Answer]]]:
    world: dict[str, Answer] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None: ...

        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0].removesuffix(".example")
            with suppress(OSError):
                world[host](self)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    world |= make_world(folder, server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, world
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The run, in a process of its own: its house and its peak memory in MiB."""
    folder = tmp_path_factory.mktemp("world")
    with serve(folder) as (port, world):
        hosts = {f"{host}.example:{p}": f"127.0.0.1:{port}" for host in world for p in (80, port)}
        shows = [host for host in world if host not in ("new", "tracker")][:18]
        given = {"feeds": [f"http://{host}.example/feed.xml" for host in shows], "web": {**WEB, "connect_to": hosts}}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "BRIEF_CONFIG": str(folder / "brief.toml")}
        command = [sys.executable, bad_world.__file__, str(folder / "data"), json.dumps(given)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=400)
        assert done.returncode == 0, done.stderr
        yield {"house": bad_world.build(folder / "data", given), "memory": int(done.stdout)}


def test_memory_stays_small(run: dict[str, Any]) -> None:
    assert run["memory"] < MEMORY_LIMIT_MIB


@pytest.mark.parametrize(
    ("host", "status", "reason"),
    [
        ("files", "fetched", ""),
        ("slow", "unreachable", "slow"),
        ("silent", "unreachable", "no whole answer"),
        ("cut", "unreachable", "no whole answer"),
        ("short", "unreachable", "no whole answer"),
        ("agent", "fetched", ""),
        ("busy", "fetched", ""),
        ("later", "unreachable", "asks to come back in"),
        ("loop", "unreachable", "redirect"),
        ("metadata", "unreachable", "169.254.169.254"),
        ("home", "unreachable", "127.0.0.1"),
        ("bomb", "unreachable", "larger than 50 MiB"),
        ("claims", "unreachable", "larger than 50 MiB"),
        ("entities", "fetched", ""),
        ("big", "fetched", ""),
        ("many", "fetched", ""),
        ("gone", "ended", "410"),
        ("old", "fetched", ""),
    ],
)
def test_each_feed_leaves_the_right_row(run: dict[str, Any], host: str, status: str, reason: str) -> None:
    house: House = run["house"]
    rows = [
        row
        for row in house.store.select("raw.feeds")
        if f"//{host}." in row["url"] or (host, "//new.") == ("old", row["url"][5:11])
    ]
    assert [(row["status"], reason in (row["reason"] or "")) for row in rows] == [(status, True)]


def test_large_feeds_are_read_whole_and_bombs_are_not_expanded(run: dict[str, Any]) -> None:
    house: House = run["house"]
    counts = {row["url"]: row["items_count"] for row in house.store.select("raw.feeds")}
    assert counts["http://big.example/feed.xml"] == 2_900
    assert counts["http://many.example/feed.xml"] == 20_000
    [title] = [row["show_title"] for row in house.store.select("raw.feeds") if "entities" in row["url"]]
    assert len(title) < 100


@pytest.mark.parametrize(
    ("name", "error", "reason"),
    [
        ("page", "AudioUnreadable", "<!doctype html>"),
        ("nothing", "Unreachable", "empty"),
        ("video", "AudioUnreadable", "no audio"),
        ("huge-file", "TooLarge", "larger than"),
        ("dripping", "Unreachable", "4 s"),
        ("jump", "NotThere", "file"),
        ("cut-file", "Unreachable", "1 of 3 minutes"),
    ],
)
def test_each_file_that_is_no_whole_audio_leaves_a_row(run: dict[str, Any], name: str, error: str, reason: str) -> None:
    house: House = run["house"]
    rows = [row for row in house.store.select("raw.failures", stage="audio") if row["item_label"].endswith(f": {name}")]
    assert [(row["error"], reason in row["reason"]) for row in rows] == [(error, True)], rows


def test_whole_audio_lands_also_from_behind_trackers_and_nothing_half_is_left(run: dict[str, Any]) -> None:
    house: House = run["house"]
    assert sorted(row["audio_url"] for row in house.store.select("raw.audio")) == [
        "http://behind-trackers.example/behind-trackers.mp3",
        "http://fine.example/fine.mp3",
    ]
    assert len(list((house.settings.data / "audio").rglob("*.mp3"))) == 2
