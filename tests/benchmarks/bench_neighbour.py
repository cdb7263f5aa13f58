"""A day's insights against the history: our blocks of numpy against a cross join in DuckDB, the same pairs from both.

.venv/bin/python tests/benchmarks/bench_neighbour.py
"""

from __future__ import annotations

import statistics
import time

import duckdb
import numpy as np

from brief_pipeline.stages.neighbour import nearest

HISTORY, DAY, WIDTH, TOPICS = 20_000, 50, 384, 400
FLOOR, MOST, ROUNDS = 0.45, 200, 3

JOIN = """
SELECT day.place AS day_place, past.place AS past_place
FROM day CROSS JOIN past
WHERE array_inner_product(day.vector, past.vector) >= $floor
"""


def make_vectors(count: int, random: np.random.Generator, topics: np.ndarray) -> np.ndarray:
    vectors = topics[random.integers(0, len(topics), count)] + random.normal(0, 0.045, (count, WIDTH))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def main() -> None:
    random = np.random.default_rng(7)
    topics = random.normal(0, 1 / np.sqrt(WIDTH), (TOPICS, WIDTH))
    past, day = make_vectors(HISTORY, random, topics), make_vectors(DAY, random, topics)
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    for name, vectors in (("past", past), ("day", day)):
        connection.execute(f"CREATE TABLE {name} (place INTEGER, vector FLOAT[{WIDTH}])")
        connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", [(n, v.tolist()) for n, v in enumerate(vectors)])
    ours, joined = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        mine, others, _ = nearest(day, past, HISTORY, FLOOR)
        ours.append(time.perf_counter() - started)
        started = time.perf_counter()
        rows = connection.execute(JOIN, {"floor": FLOOR}).fetchall()
        joined.append(time.perf_counter() - started)
    agree = len(set(rows) & set(zip(mine.tolist(), others.tolist(), strict=True))) / max(1, len(rows))
    print(f"{DAY} insights against {HISTORY}, {len(rows)} pairs at cosine >= {FLOOR}, {agree:.2%} of them from both")
    print(f"numpy in blocks     {statistics.median(ours) * 1000:8.0f} ms")
    print(f"DuckDB cross join   {statistics.median(joined) * 1000:8.0f} ms")
    print(f"ratio               {statistics.median(joined) / statistics.median(ours):8.1f}")


if __name__ == "__main__":
    main()
