"""A read of the store, which keeps a DuckDB and attaches the file to it, against a connection made for each read.

.venv/bin/python tests/benchmarks/bench_opening.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from brief_pipeline.settings import home_folder
from brief_pipeline.warehouse.store import Store

ROUNDS, READS = 7, 40
TABLE = "raw.feeds"


def seconds(read: Callable[[], object]) -> float:
    """CPU seconds of a read."""
    began = time.process_time()
    for _ in range(READS):
        read()
    return (time.process_time() - began) / READS


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "brief.duckdb"
        store = Store(path, home_folder() / "dbt_like_sql")

        def connect() -> None:
            with duckdb.connect(str(path), read_only=True) as connection:
                connection.table(TABLE).fetchall()

        store.select(TABLE)
        rounds = [(seconds(lambda: store.select(TABLE)), seconds(connect)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratio = statistics.median(one / other for one, other in rounds)
    print(f"a read of an empty table: {ours * 1e3:.1f} ms, by a connection of its own {theirs * 1e3:.1f} ms: {ratio:.2f} x")


if __name__ == "__main__":
    main()
