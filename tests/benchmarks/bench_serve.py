"""`brief serve` under load from the two cores it runs on, while a process writes to the pipeline's tables and publishes.

.venv/bin/python tests/benchmarks/bench_serve.py                        100,000 insights; 200 pages and 50 searches a second
.venv/bin/python tests/benchmarks/bench_serve.py --count 20000 --seconds 10
.venv/bin/python tests/benchmarks/bench_serve.py --folder FOLDER        keeps what was made there, and uses it the next time

The load is open-loop: each request has its time, and its wait counts from then, also where the server is behind. All of it
(server, load, writer) shares two cores. Half of the searches are new questions, half come back. Beside the figures: the same
pages from Starlette's StaticFiles, the same questions from DuckDB (every insight with any of the words; exact cosines).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy is imported, as brief serve has it

import duckdb
import numpy as np
import pandas as pd
from bench_neighbour import make_vectors

from brief_pipeline.engines.minilm.query import QueryReader
from brief_pipeline.warehouse.snapshot import publish
from brief_pipeline.warehouse.store import Change, Store

ROOT = Path(__file__).parents[2]
SQL = ROOT / "dbt_like_sql"
MODEL, FIRST_DAY, SHOWS, EPISODES, PAGES = "all-MiniLM-L6-v2", date(2024, 1, 1), 200, 8000, 400
PAGE_RATE, SEARCH_RATE, PAGE_MS, SEARCH_MS = 200, 50, 200, 500
CONNECTIONS_MOST = 400
RARE_WORDS = 20_000
PUBLISH_SECONDS, WRITE_SECONDS = 10.0, 0.3
ASKED = 20  # questions that the ratio to DuckDB is measured with


@dataclass
class Load:
    """What one kind of request met."""

    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def tell(self, name: str) -> str:
        waits = np.array(self.waits or [float("nan")]) * 1000
        p50, p99 = np.percentile(waits, (50, 99))
        said = f"  {name:<28} {len(waits):6} answers, p50 {p50:7.1f} ms, p99 {p99:7.1f} ms, longest {waits.max():7.1f} ms"
        return f"{said}, {len(self.errors)} errors" + (f" ({self.errors[0]})" if self.errors else "")


class Words:
    """Words as the demo's talks have them, and a tail of rare ones."""

    def __init__(self, seed: int) -> None:
        texts = " ".join(path.read_text() for path in sorted((ROOT / "data/demo/make/scripts").rglob("*.txt")))
        self._spoken = re.findall(r"[A-Za-z']+|\d+", texts)
        syllables = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "an", "er", "ol")]
        fixed = random.Random(1)
        self._rare = ["".join(fixed.choices(syllables, k=3)) for _ in range(RARE_WORDS)]
        self._random = random.Random(seed)

    def say(self, count: int) -> str:
        start = self._random.randrange(len(self._spoken) - count)
        words = self._spoken[start : start + count]
        for place in range(2, count, 5):
            words[place] = self._random.choice(self._rare if self._random.random() < 0.4 else self._spoken)
        return " ".join(words)

    def ask(self) -> str:
        count = self._random.choice((1, 2, 3, 3, 4, 6))
        long = [word for word in self._random.choices(self._spoken, k=60) if len(word) > 3][:count]
        if self._random.random() < 0.2:
            long[0] = self._random.choice(self._rare)
        if self._random.random() < 0.1:
            long[-1] = long[-1][:-1] + "q"  # a slip
        return " ".join(long)


def make_tables(folder: Path, count: int) -> Store:
    """A store with so many insights of some years, and its snapshot."""
    store = Store(folder / "brief.duckdb", SQL, patience_seconds=60)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    feeds = [
        {
            "feed_id": f"f{n}",
            "url": f"https://show{n}.example",
            "show_title": f"Show {n}",
            "status": "fetched",
            "checked_at": now,
        }
        for n in range(SHOWS)
    ]
    store.replace("raw.feeds", feeds)
    words = Words(1)
    days = [FIRST_DAY + timedelta(days=n * 700 // EPISODES) for n in range(EPISODES)]
    store.replace(
        "raw.episodes",
        [
            {
                "episode_id": f"e{n}",
                "feed_id": f"f{n % SHOWS}",
                "published_on": days[n],
                "published_at": now,
                "show_title": f"Show {n % SHOWS}",
                "title": words.say(5),
            }
            for n in range(EPISODES)
        ],
    )
    insights = pd.DataFrame([_make_insight(n, days, words) for n in range(count)])
    own = insights[["insight_id", "published_on"]].assign(status="new", group_id=insights.insight_id, evidence=0.8)
    with duckdb.connect(str(store.path)) as connection:
        for table, rows in (("raw.insights", insights), ("model.unique_insights", own)):
            connection.register("rows", rows)
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
        vectors = make_vectors(count, 7)
        for start in range(0, count, 20_000):
            block = vectors[start : start + 20_000]
            hashes = [f"{n:016x}" for n in range(start, start + len(block))]
            rows = pd.DataFrame({"text_hash": hashes, "model": MODEL, "vector": list(block)})
            connection.register("rows", rows)
            connection.execute("INSERT INTO raw.embeddings BY NAME SELECT * FROM rows")
    return store


def _make_insight(n: int, days: Sequence[date], words: Words) -> dict[str, Any]:
    episode = n * EPISODES // 100_000 % EPISODES
    return {
        "insight_id": f"{n:016x}",
        "episode_id": f"e{episode}",
        "feed_id": f"f{episode % SHOWS}",
        "published_on": days[episode],
        "chunk_id": "c",
        "claim": words.say(16),
        "explanation": words.say(28),
        "quote": words.say(40),
        "char_start": 0,
        "char_end": 1,
        "quote_start_seconds": float(n % 3600),
        "speaker": f"Speaker {n % 977}",
        "method": "extract",
        "model": "bench",
        "score": 0.5,
        "text_hash": f"{n:016x}",
    }


def make_site(folder: Path) -> list[str]:
    """Pages as large as a brief's. Gives their paths."""
    words, paths = Words(2), []
    for n in range(PAGES):
        path = folder / "insights" / f"{n:016x}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<!doctype html><title>x</title>" + "".join(f"<p>{words.say(60)}</p>" for _ in range(60)))
        paths.append(f"/insights/{path.name}")
    (folder / "index.html").write_text((folder / "insights" / f"{0:016x}.html").read_text())
    return ["/", *paths]


def write_on(data: Path) -> None:
    """Writes to the pipeline's tables and publishes, as a run does, until told to stop. Prints what it did."""
    store = Store(data / "brief.duckdb", SQL, patience_seconds=60)
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    words, writes, snapshots, errors, n = Words(3), 0, 0, [], 0
    due = time.monotonic() + PUBLISH_SECONDS
    while not stopped:
        try:
            rows = [{**_make_insight(10**7 + n * 10 + k, [FIRST_DAY] * EPISODES, words)} for k in range(10)]
            store.apply([Change("raw.insights", rows, {"insight_id": [row["insight_id"] for row in rows]})])
            n, writes = n + 1, writes + 1
            if time.monotonic() >= due:
                publish(store, data / "published" / "brief.duckdb", datetime.now(UTC))
                snapshots, due = snapshots + 1, time.monotonic() + PUBLISH_SECONDS
        except Exception as error:  # noqa: BLE001 - each is counted
            errors.append(repr(error))
        time.sleep(WRITE_SECONDS)
    print(json.dumps({"writes": writes, "snapshots": snapshots, "errors": errors}))


class Connections:
    """Kept-alive connections to the server: a request takes a free one, or opens one more."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._room = asyncio.Semaphore(CONNECTIONS_MOST)

    async def ask(self, path: str) -> int:
        async with self._room:
            pair = self._take() or await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = pair
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.I)
            assert length, head
            await reader.readexactly(int(length[1]))
            self._free.append(pair)
            return int(head[9:12])

    def _take(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        while self._free:
            pair = self._free.pop()
            if not pair[0].at_eof():  # the server ends what was idle for long
                return pair
            pair[1].close()
        return None


async def load(port: int, seconds: float, plans: Sequence[tuple[float, Iterator[str], Load]]) -> None:
    """Asks by the clock, whatever the answers take."""
    connections = Connections(port)
    began = time.perf_counter() + 0.2

    async def one(at: float, path: str, met: Load) -> None:
        try:
            status = await asyncio.wait_for(connections.ask(path), 30)
            met.waits.append(time.perf_counter() - at)
            if status != 200:
                met.errors.append(f"status {status} of {path}")
        except Exception as error:  # noqa: BLE001 - each is counted
            met.errors.append(repr(error))

    async def run(rate: float, paths: Iterator[str], met: Load) -> None:
        tasks = []
        for n in range(int(rate * seconds)):
            at = began + n / rate
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            tasks.append(asyncio.create_task(one(at, next(paths), met)))
        await asyncio.gather(*tasks)

    await asyncio.gather(*(run(*plan) for plan in plans))


def ask_on(seed: int) -> Iterator[str]:
    """Searches: half of them were asked before."""
    words, asked = Words(seed), []
    while True:
        if not asked or len(asked) < 20 or random.random() < 0.5:
            asked.append(words.ask())
            yield f"/search?q={quote(asked[-1])}"
        else:
            yield f"/search?q={quote(random.choice(asked))}"


def read_on(paths: Sequence[str]) -> Iterator[str]:
    while True:
        yield random.choice(paths)


@contextmanager
def serving(command: Sequence[str], data: Path) -> Iterator[tuple[int, int]]:
    """A server in a process of its own. Gives its port and its process."""
    environment = {
        **os.environ,
        "BRIEF_DATA_DIR": str(data),
        "BRIEF_CONFIG": str(data / "brief.toml"),
        "PYTHONUNBUFFERED": "1",
    }
    log = data / "server.log"
    with open(log, "wb") as errors:
        process = subprocess.Popen([sys.executable, *command], env=environment, stderr=errors)
    try:
        yield _read_port(log, process), process.pid
    finally:
        process.terminate()
        process.wait(20)
        if said := log.read_text().splitlines()[1:]:
            print("the server said:", *said[-5:], sep="\n  ")


def _read_port(log: Path, process: subprocess.Popen[bytes]) -> int:
    while process.poll() is None:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text()):
            return int(found[1])
        time.sleep(0.05)
    raise SystemExit(log.read_text())


def wait_ready(port: int, needs_search: bool) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < 120:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                if json.load(answer)["search"] or not needs_search:
                    return time.perf_counter() - began
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server was not ready within 120 s")


STATIC = """
import socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
taken = socket.create_server(("127.0.0.1", 0), backlog=2048)
print(f"http://127.0.0.1:{taken.getsockname()[1]}/", file=sys.stderr, flush=True)
app = Starlette(routes=[Mount("/", StaticFiles(directory=sys.argv[1], html=True))])
uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run([taken])
"""


def seconds_of_process(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(name: str, port: int, pid: int, seconds: float, plans: Sequence[tuple[float, Iterator[str], str]]) -> list[Load]:
    loads = [Load() for _ in plans]
    spent = seconds_of_process(pid)
    asyncio.run(load(port, seconds, [(rate, paths, met) for (rate, paths, _), met in zip(plans, loads, strict=True)]))
    busy = (seconds_of_process(pid) - spent) / seconds
    print(f"{name}: {busy:.0%} of a core by the server; load average {os.getloadavg()[0]:.1f}")
    for (rate, _, what), met in zip(plans, loads, strict=True):
        print(met.tell(f"{rate:.0f} {what} a second"))
    return loads


def compare_with_duckdb(data: Path) -> None:
    """The same questions, one after the other, in one process each way."""
    from brief_pipeline.serving.index_folder import make_index, open_index
    from brief_pipeline.serving.search import Search
    from brief_pipeline.stages.hit import Question

    snapshot, reader, words = data / "published" / "brief.duckdb", QueryReader(), Words(99)
    questions = [words.ask() for _ in range(ASKED)]
    search = Search(open_index(make_index(snapshot, MODEL)), reader)
    search.warm("what was said")
    ours = []
    for question in questions:
        began = time.perf_counter()
        search.find(Question(question))
        ours.append(time.perf_counter() - began)
    theirs = []
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        connection.execute("SET threads = 2")
        for question in questions:
            vector = reader.embed([question])[0]
            began = time.perf_counter()
            either = " OR ".join("claim || explanation || quote ILIKE ?" for _ in question.split())
            like = [f"%{word}%" for word in question.split()]
            connection.execute(f"SELECT insight_id, claim FROM raw.insights WHERE {either} LIMIT 50", like).fetchall()
            connection.execute(
                "SELECT text_hash, array_inner_product(vector::FLOAT[384], ?::FLOAT[384]) AS cosine FROM raw.embeddings "
                "ORDER BY cosine DESC LIMIT 50",
                [vector.tolist()],
            ).fetchall()
            theirs.append(time.perf_counter() - began)
    mine, other = np.median(ours) * 1000, np.median(theirs) * 1000
    print(f"{ASKED} questions one by one: {mine:.1f} ms each, the same from DuckDB {other:.1f} ms ({other / mine:.1f} x)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--writer", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.writer:
        write_on(chosen.writer)
        return
    cores = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cores)
    with tempfile.TemporaryDirectory() as temporary:
        data = chosen.folder or Path(temporary)
        data.mkdir(parents=True, exist_ok=True)
        snapshot = data / "published" / "brief.duckdb"
        if not snapshot.exists():
            began = time.perf_counter()
            publish(make_tables(data, chosen.count), snapshot, datetime.now(UTC))
            print(f"{chosen.count} insights made and published in {time.perf_counter() - began:.0f} s")
        paths = make_site(data / "site")
        run(data, paths, chosen.seconds, chosen.workers)


def run(data: Path, paths: Sequence[str], seconds: float, workers: int) -> None:
    command = ["-m", "brief_pipeline", "serve", "--port", "0", "--workers", str(workers)]
    with serving(command, data) as (port, pid):
        print(f"ready with its index after {wait_ready(port, True):.1f} s")
        print(f"on {len(os.sched_getaffinity(0))} cores shared with the load and the writer")
        writer = subprocess.Popen([sys.executable, __file__, "--writer", str(data)], stdout=subprocess.PIPE, text=True)
        pages, searches = measure(
            "pages and search at once",
            port,
            pid,
            seconds,
            [(PAGE_RATE, read_on(paths), "pages"), (SEARCH_RATE, ask_on(5), "searches")],
        )
        writer.terminate()
        wrote = json.loads(writer.communicate()[0])
        print(f"  the writer: {wrote['writes']} writes, {wrote['snapshots']} snapshots, {len(wrote['errors'])} errors")
        [alone] = measure("pages alone", port, pid, seconds / 3, [(PAGE_RATE, read_on(paths), "pages")])
    with serving(["-c", STATIC, str(data / "site")], data) as (port, pid):
        time.sleep(1)
        [static] = measure("StaticFiles of Starlette", port, pid, seconds / 3, [(PAGE_RATE, read_on(paths), "pages")])
    ratio = np.percentile(static.waits, 50) / np.percentile(alone.waits, 50)
    print(f"pages: StaticFiles takes {ratio:.1f} x as long at the median")
    compare_with_duckdb(data)
    kept = np.percentile(pages.waits, 99) * 1000 < PAGE_MS and np.percentile(searches.waits, 99) * 1000 < SEARCH_MS
    is_well = kept and not pages.errors and not searches.errors and not wrote["errors"]
    print("kept" if is_well else "NOT kept", f"(p99 {PAGE_MS} ms for pages, {SEARCH_MS} ms for search, no errors)")
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
