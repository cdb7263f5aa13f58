"""Seconds to discover 500 feeds of 300 items from loopback: the first time, and again with nothing changed.

The first time is set against feedparser alone on the same bytes, one feed after another, which only parses.

.venv/bin/python tests/benchmarks/bench_discovery.py [FEEDS] [ITEMS]
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import feedparser

from brief_pipeline.settings import WebSettings, read_settings
from brief_pipeline.wiring.discovery import fetch_feeds
from brief_pipeline.wiring.episodes import find_episodes
from brief_pipeline.wiring.house import build_house

NEWEST = datetime(2026, 5, 4, 9, tzinfo=UTC)
NOTES = "In this episode we ask who pays, what it costs, and what happens when nobody does. " * 12


def make_feed(number: int, items: int) -> bytes:
    """A feed as hosts write them: about 1.7 kB an item."""
    told = "".join(
        f"<item><title>Number {i} of show {number}: what changed</title>"
        f'<guid isPermaLink="false">show-{number}-{i}</guid><link>https://show-{number}.example/{i}</link>'
        f"<pubDate>{format_datetime(NEWEST - timedelta(days=items - 1 - i, minutes=number))}</pubDate>"
        f"<description><![CDATA[<p>{NOTES}</p><p>Part {i}, <a href='https://show-{number}.example/{i}'>more</a>.</p>]]></description>"
        f'<enclosure url="https://cdn.example/{number}/{i}.mp3" length="{40_000_000 + i * 977}" type="audio/mpeg"/>'
        f"<itunes:duration>{2000 + i * 7 % 1800}</itunes:duration><itunes:episode>{i}</itunes:episode>"
        f"<itunes:explicit>false</itunes:explicit><itunes:author>Host {number}</itunes:author></item>"
        for i in reversed(range(items))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
        f"<channel><title>Show {number} of many</title><link>https://show-{number}.example</link>"
        f"<description>About {number}</description><language>en</language>{told}</channel></rss>"
    ).encode()


def serve(feeds: int, items: int) -> None:
    """A web server of the feeds, in a process of its own: it tells its port, and knows ETags."""
    bodies = [make_feed(number, items) for number in range(feeds)]
    tags = [f'"{hashlib.sha256(body).hexdigest()[:16]}"' for body in bodies]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None: ...

        def do_GET(self) -> None:
            number = int(self.path.strip("/").removesuffix(".xml"))
            is_known = self.headers.get("If-None-Match") == tags[number]
            self.send_response(304 if is_known else 200)
            self.send_header("ETag", tags[number])
            self.send_header("Content-Length", "0" if is_known else str(len(bodies[number])))
            self.end_headers()
            if not is_known:
                self.wfile.write(bodies[number])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


@contextmanager
def served(feeds: int, items: int) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, __file__, "serve", str(feeds), str(items)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()


def discover(url: str, feeds: int, data: Path) -> float:
    """Seconds for the assets feeds and episodes."""
    settings = read_settings(
        data_dir=data,
        feeds=[f"{url}/{number}.xml" for number in range(feeds)],
        web=WebSettings(private_addresses=True),
    )
    house = build_house(settings)
    started = time.monotonic()
    fetch_feeds(house)
    find_episodes(house, [NEWEST.date()])
    seconds = time.monotonic() - started
    items, episodes = len(house.store.select("raw.feed_items", ("episode_id",))), len(house.store.select("raw.episodes"))
    print(f"  {items} items known, {episodes} episodes of {NEWEST.date()}")
    return seconds


def main() -> None:
    feeds, items = (int(argument) for argument in (*sys.argv[1:], "500", "300")[:2])
    started = time.monotonic()
    for number in range(max(1, feeds // 20)):
        feedparser.parse(make_feed(number, items))
    bare = (time.monotonic() - started) * feeds / max(1, feeds // 20)
    with served(feeds, items) as url, tempfile.TemporaryDirectory() as folder:
        first = discover(url, feeds, Path(folder))
        again = discover(url, feeds, Path(folder))
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(f"{feeds} feeds of {items} items, {len(make_feed(0, items)) / 1e6:.2f} MB each")
    print(f"first time        {first:6.1f} s")
    print(f"nothing changed   {again:6.1f} s")
    print(f"feedparser alone  {bare:6.1f} s (from a twentieth of the feeds)")
    print(f"ratio, first      {first / bare:6.2f}")
    print(f"peak memory       {peak:6.0f} MiB in the largest of the processes")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
