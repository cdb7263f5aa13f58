"""A day's insights against the history: exact against a join in DuckDB and against an index, and from a store on disk.

.venv/bin/python tests/benchmarks/bench_neighbour.py                   ratios and recall, 20,000 insights: half a minute
.venv/bin/python tests/benchmarks/bench_neighbour.py --count 100000    the same of another history
.venv/bin/python tests/benchmarks/bench_neighbour.py --store           300 new among 100,000 in a store, on two cores: the
                                                                       day's pairs and related lists, seconds and peak
                                                                       memory; some minutes, 1.5 GB of disk
.venv/bin/python tests/benchmarks/bench_neighbour.py --store --index   also how many of them an index finds
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from brief_pipeline.engines.vector_index import UsearchIndex, make_keys
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.records import content_id
from brief_pipeline.settings import NeighbourSettings, Settings
from brief_pipeline.stages.neighbour import nearest
from brief_pipeline.warehouse.models import read_models
from brief_pipeline.warehouse.store import Change, Store
from brief_pipeline.wiring import comparing, relating
from brief_pipeline.wiring.house import House, build_house

SQL = Path(__file__).parents[2] / "dbt_like_sql"
WIDTH, FLOOR, MOST, ROUNDS, CORES = 384, 0.45, 200, 3, 2
HISTORY, DAY = 20_000, 50
STORED, STORED_A_DAY, CHUNKS_AN_INSIGHT = 100_000, 300, 5  # the chunks' vectors lie in the same table
MODEL, TODAY, SHOWS = "all-MiniLM-L6-v2", date(2026, 3, 2), 200
REPEATED_EVERY, NOISE = 20, 0.55  # one in so many of the day is told again in other order; a cosine of .87 to the first
TOPIC_WORDS, PLAIN_WORDS, LIST = 14, 4000, 10
LISTS = ("load", "nearest", "relate_insights", "related_insights")  # the steps to the related lists

JOIN = """
SELECT day.place AS day_place, past.place AS past_place
FROM day CROSS JOIN past
WHERE array_inner_product(day.vector, past.vector) >= $floor
"""


def make_vectors(count: int, seed: int, topics: int = 3000, decay: float = 0.45, topic_share: float = 0.3) -> np.ndarray:
    """Unit rows whose cosines are spread as those of insights across episodes: median .13, one in a thousand over .5.

    A mean that all share, a spectrum that falls off (MiniLM's cosines have the spread of some hundred independent numbers),
    and topics of unequal size: a few hundred of 100,000 lie at .45 or nearer to an insight, of some thousands, of some none.
    """
    return make_history(count, seed, topics, decay, topic_share)[0]


def make_history(
    count: int, seed: int, topics: int = 3000, decay: float = 0.45, topic_share: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    """Such vectors, and the topic of each."""
    fixed, random = np.random.default_rng(1), np.random.default_rng(seed)
    scale = np.arange(1.0, WIDTH + 1) ** -decay
    scale /= np.linalg.norm(scale)
    mean, centres = fixed.normal(size=WIDTH) * 0.4 / np.sqrt(WIDTH), fixed.normal(size=(topics, WIDTH)) * scale
    vectors, topic_of = np.empty((count, WIDTH), np.float32), np.empty(count, np.int64)
    for start in range(0, count, 50_000):
        rows = min(50_000, count - start)
        own = random.normal(size=(rows, WIDTH)) * scale
        drawn = (topics * random.random(rows) ** 1.3).astype(int)
        block = mean + np.sqrt(1 - topic_share) * own + np.sqrt(topic_share) * centres[drawn]
        vectors[start : start + rows] = block / np.linalg.norm(block, axis=1, keepdims=True)
        topic_of[start : start + rows] = drawn
    return vectors, topic_of


def take_best(work: Callable[[], Any]) -> tuple[float, Any]:
    seconds, result = [], None
    for _ in range(ROUNDS):
        started = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - started)
    return min(seconds), result


def compare_with_join(past: np.ndarray, day: np.ndarray) -> None:
    connection = duckdb.connect()
    connection.execute(f"SET threads = {CORES}")
    for name, vectors in (("past", past), ("day", day)):
        connection.register("rows", pd.DataFrame({"place": range(len(vectors)), "vector": list(vectors)}))
        connection.execute(f"CREATE TABLE {name} AS SELECT place, vector::FLOAT[{WIDTH}] AS vector FROM rows")
    ours, (mine, others, _) = take_best(lambda: nearest(day, past, len(past), FLOOR))
    joined, rows = take_best(lambda: connection.execute(JOIN, {"floor": FLOOR}).fetchall())
    agree = len(set(rows) & set(zip(mine.tolist(), others.tolist(), strict=True))) / max(1, len(rows))
    print(f"{len(day)} insights against {len(past)}, {len(rows)} pairs at cosine >= {FLOOR}, {agree:.2%} of them from both")
    print(f"  numpy in blocks    {ours * 1000:8.0f} ms")
    print(f"  DuckDB cross join  {joined * 1000:8.0f} ms, {joined / ours:.1f} x")


def compare_with_index(past: np.ndarray, day: np.ndarray) -> None:
    keys = make_keys(map(str, range(len(past))))
    exact, pairs = take_best(lambda: nearest(day, past, MOST + 1, FLOOR))
    with tempfile.TemporaryDirectory() as folder:
        index = UsearchIndex(Path(folder) / "index", MODEL, threads=CORES)
        started = time.perf_counter()
        try:
            index.nearest(day[:1], keys, past, 1, FLOOR)
        except SettingsInvalid as lacking:
            print(f"no index: {lacking}")
            return
        built = time.perf_counter() - started
        size = sum(path.stat().st_size for path in index.folder.iterdir())
        approximate, found = take_best(lambda: UsearchIndex(index.folder, MODEL).nearest(day, keys, past, MOST + 1, FLOOR))
    recall = {k: measure_recall(pairs, found, k) for k in (10, 50, MOST)}
    print(f"{len(day)} insights against {len(past)}, up to {MOST} of each at cosine >= {FLOOR}")
    print(f"  exact              {exact * 1000:8.0f} ms")
    print(f"  {index.name:<18} {approximate * 1000:8.0f} ms with its load from disk, {approximate / exact:.1f} x; ", end="")
    print("recall " + ", ".join(f"@{k} {share:.4f}" for k, share in recall.items()))
    print(f"  its build          {built:8.1f} s once with {CORES} threads, {size / 2**20:.0f} MB on disk")


def measure_recall(exact: Any, found: Any, k: int) -> float:
    """The share of each query's k nearest over the floor that was found."""
    which, places, _ = exact
    is_first = np.arange(len(which)) - np.searchsorted(which, which, side="left") < k
    expected = set(zip(which[is_first].tolist(), places[is_first].tolist(), strict=True))
    return len(expected & set(zip(found[0].tolist(), found[1].tolist(), strict=True))) / max(1, len(expected))


def build_store(folder: Path, count: int) -> None:
    """A store with a history of so many insights, all new in their time, a day's, and the chunks they were taken from."""
    store = Store(folder / "brief.duckdb", SQL)
    vectors, topics = make_history(count + STORED_A_DAY, seed=7)
    random = np.random.default_rng(3)
    texts = [make_text(topic, n) for n, topic in enumerate(topics.tolist())]
    for n in range(count, len(vectors), REPEATED_EVERY):
        told, noise = int(random.integers(count)), random.normal(0, NOISE * WIDTH**-0.5, WIDTH)
        vectors[n] = (vectors[told] + noise) / np.linalg.norm(vectors[told] + noise)
        texts[n] = (texts[told][0], " ".join(reversed(texts[told][1].split(". "))))
    for start in range(0, len(vectors), 10_000):
        places = range(start, min(start + 10_000, len(vectors)))
        insights = [make_insight(n, len(vectors), *texts[n]) for n in places]
        rows = [
            {"text_hash": row["text_hash"], "model": MODEL, "vector": vectors[n]}
            for n, row in zip(places, insights, strict=True)
        ]
        chunks = random.normal(0, WIDTH**-0.5, (len(rows) * CHUNKS_AN_INSIGHT, WIDTH)).astype(np.float32)
        rows += [{"text_hash": content_id("chunk", start, n), "model": MODEL, "vector": v} for n, v in enumerate(chunks)]
        rows.sort(key=lambda row: row["text_hash"])
        episodes = {row["episode_id"]: make_episode(row) for row in insights}
        changes = [Change("raw.embeddings", rows), Change("raw.insights", insights)]
        changes += [Change("raw.episodes", [*episodes.values()], {"episode_id": [*episodes]})]
        told_before = [make_unique(row) for row in insights if row["published_on"] < TODAY]
        store.apply([*changes, Change("model.unique_insights", told_before)])


def make_text(topic: int, number: int) -> tuple[str, str]:
    """A claim and its explanation of the usual length: 45 words, half of them of a topic, a name and a figure among them."""
    random = np.random.default_rng((topic, number))
    mine = [make_word(PLAIN_WORDS + topic * TOPIC_WORDS + n) for n in random.permutation(TOPIC_WORDS)[:9].tolist()]
    some = [make_word(n) for n in random.integers(PLAIN_WORDS, size=9).tolist()]
    share = int(random.integers(3, 90))
    claim = f"The {mine[0]} of {some[0]} {mine[1]} will {mine[2]} when {mine[3]} is {some[1]} for the {some[2]}."
    name = mine[6].title()
    why = f"That is because {mine[4]} and {some[3]} {mine[5]} {share} percent of what {name} has in {some[4]}. "
    more = f"So the {some[5]} that they {mine[7]} is not as {some[6]} as the {mine[8]}, and {some[7]} are {some[8]}"
    return claim, f"{why}{more}."


def make_word(number: int) -> str:
    """A word that no other number has."""
    starts, ends = "b d f g k l m n p r s t v z br dr".split(), "an el im or us ent ock ild arm ove".split()  # noqa: SIM905
    syllables = []
    for _ in range(3):
        number, at = divmod(number, len(starts) * len(ends))
        syllables.append(starts[at % len(starts)] + ends[at // len(starts)])
    return "".join(syllables)


def make_insight(number: int, count: int, claim: str, explanation: str) -> dict[str, Any]:
    day = TODAY - timedelta(days=(count - 1 - number) // STORED_A_DAY)
    episode = content_id("episode", number // 8)
    keys = {
        "insight_id": content_id("insight", number),
        "episode_id": episode,
        "feed_id": content_id("feed", number // 8 % SHOWS),
    }
    texts = {"claim": claim, "explanation": explanation, "quote": f"{claim} {number}"}
    others = {"chunk_id": episode, "char_start": 0, "char_end": 90, "method": "extract", "model": "m", "score": 0.5}
    return {**keys, **texts, **others, "published_on": day, "text_hash": content_id("text", number)}


def make_episode(insight: dict[str, Any]) -> dict[str, Any]:
    noon = datetime.combine(insight["published_on"], datetime.min.time(), UTC)
    keys = {name: insight[name] for name in ("episode_id", "feed_id", "published_on")}
    return {**keys, "published_at": noon, "show_title": f"Show {insight['feed_id']}"}


def make_unique(insight: dict[str, Any]) -> dict[str, Any]:
    keys = {name: insight[name] for name in ("insight_id", "published_on")}
    return {**keys, "status": "new", "group_id": insight["insight_id"], "evidence": 0.5}


class Stopwatch:
    """Seconds by the name of what was done."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - started

    def watch(self, place: Any, function: str, name: str) -> None:
        """Times each call of a function of a module or a class."""
        work = getattr(place, function)

        def timed(*arguments: Any, **named: Any) -> Any:
            with self.time(name):
                return work(*arguments, **named)

        setattr(place, function, timed)


def measure_store(folder: Path, with_index: bool) -> dict[str, Any]:
    """Seconds of each step from the file on disk to the day's related lists, what they are, and peak memory."""
    index = NeighbourSettings(index="usearch" if with_index else "exact", index_from=1 if with_index else STORED * 2)
    os.environ["BRIEF_CONFIG"] = str(folder / "brief.toml")  # there is none
    house = build_house(Settings(home=SQL.parent, data_dir=folder, neighbours=index))
    watch = Stopwatch()
    watch.watch(Store, "insight_vectors", "load")
    watch.watch(comparing, "find_near", "nearest")
    watch.watch(comparing, "_read_said", "read texts")
    watch.watch(comparing, "_weigh", "weigh")
    watch.watch(type(house.comparer), "align", "of it, the comparer")
    watch.watch(Store, "apply", "write")
    with watch.time("pair_insights"):
        notes = comparing.pair_insights(house, [TODAY])[TODAY].notes
    del watch.seconds["write"]
    peaks = {"pair_insights": read_peak_mib()}
    with watch.time("unique_insights"):
        run_model(house, "model.unique_insights")
    with watch.time("relate_insights"):
        relating.relate_insights(house, [TODAY])
    with watch.time("related_insights"):
        run_model(house, "main.related_insights")
    lists = [(row["insight_id"], row["related_id"]) for row in house.store.select("raw.relations", published_on=TODAY)]
    peaks["all"] = read_peak_mib()
    return {"seconds": watch.seconds, "peaks": peaks, "notes": notes, "lists": lists}


def run_model(house: House, name: str) -> None:
    [model] = [model for model in read_models(SQL) if model.name == name]
    house.store.materialise(model, TODAY)


def read_peak_mib() -> float:
    status = Path("/proc/self/status").read_text()  # Linux
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def run_on_a_store(count: int, with_index: bool) -> None:
    """Builds the store in one process and measures in fresh ones, held to two cores, each with a copy of it."""
    with tempfile.TemporaryDirectory() as folder:
        run_self("--build", folder, "--count", str(count))
        size = (Path(folder) / "brief.duckdb").stat().st_size / 2**20
        print(
            f"{count} insights, {1 + CHUNKS_AN_INSIGHT} vectors each, {size:.0f} MB on disk; load {os.getloadavg()[0]:.1f}"
        )
        runs = [measure_apart(Path(folder)) for _ in range(ROUNDS)]
        tell_runs(runs)
        if with_index:
            found = measure_apart(Path(folder), "--index")
            exact, approximate = ({(own, other) for own, other in run["lists"]} for run in (runs[0], found))
            print(f"  an index           {found['seconds']['nearest']:8.2f} s with its build; ", end="")
            print(f"{len(exact & approximate) / len(exact):.4f} of the related lists, up to {LIST} of each, are the same")


def measure_apart(folder: Path, *more: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as copy:
        shutil.copy(folder / "brief.duckdb", copy)
        return dict(json.loads(run_self("--measure", copy, *more)))


def tell_runs(runs: list[dict[str, Any]]) -> None:
    for name in runs[0]["seconds"]:
        print(f"  {name:<20} {min(run['seconds'][name] for run in runs):8.2f} s, the best of {len(runs)} runs")
    lists = min(sum(run["seconds"][name] for name in LISTS) for run in runs)
    pairs = {name: runs[0]["notes"][name] for name in ("rows", "weighed", "same")}
    print(f"  the related lists: {' + '.join(LISTS)}: {lists:.2f} s; {len(runs[0]['lists'])} rows of {pairs}")
    for name in runs[0]["peaks"]:
        print(f"  peak memory        {max(run['peaks'][name] for run in runs):8.0f} MiB, {name}, the most of all runs")


def run_self(*arguments: str) -> str:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(CORES)}
    command = [sys.executable, __file__, *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, help="insights in the history")
    parser.add_argument("--store", action="store_true", help="from a store on disk, in a fresh process")
    parser.add_argument("--index", action="store_true", help="with --store: also by an index")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.build:
        build_store(asked.build, asked.count)
    elif asked.measure:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
        print(json.dumps(measure_store(asked.measure, asked.index)))
    elif asked.store:
        run_on_a_store(asked.count or STORED, asked.index)
    else:
        past = make_vectors(asked.count or HISTORY, seed=7)
        compare_with_join(past[:HISTORY], make_vectors(DAY, seed=8))
        compare_with_index(past, make_vectors(STORED_A_DAY, seed=9))


if __name__ == "__main__":
    main()
