"""Several processes and threads share one file: they wait for each other, and no row is lost, doubled or mixed."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest
from warehouse.children import ROWS, child, hold, rewrite, write_changes
from warehouse.rows import SQL, make_failure

from brief_pipeline.errors import StoreBusy
from brief_pipeline.warehouse.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with one row, that waits ten seconds."""
    made = Store(tmp_path / "brief.duckdb", SQL, patience_seconds=10)
    made.replace("raw.failures", [make_failure("a")])
    return made


@pytest.mark.parametrize("read_only", [False, True])
def test_a_write_waits_while_another_process_holds_the_file(store: Store, read_only: bool) -> None:
    with child(hold, store.path, read_only, 1.0) as (_, pipe):
        assert pipe.recv() == "held"
        started = time.perf_counter()
        store.replace("raw.failures", [make_failure("b")], item_id="a")
        assert time.perf_counter() - started > 0.5
    assert [row["item_id"] for row in store.select("raw.failures")] == ["b"]


def test_a_read_waits_while_another_process_writes(store: Store) -> None:
    with child(hold, store.path, False, 1.0) as (_, pipe):
        assert pipe.recv() == "held"
        started = time.perf_counter()
        assert len(store.select("raw.failures")) == 1
        assert time.perf_counter() - started > 0.5


def test_readers_do_not_wait_for_each_other_even_the_first_time(store: Store) -> None:
    with child(hold, store.path, True, 30.0) as (_, pipe):
        assert pipe.recv() == "held"
        fresh = Store(store.path, SQL, patience_seconds=0.2)
        assert len(fresh.select("raw.failures")) == 1


@pytest.mark.parametrize("read_only", [False, True])
def test_patience_ends_with_the_name_of_the_holder_and_the_cure(store: Store, read_only: bool) -> None:
    store.patience_seconds = 0.5
    with child(hold, store.path, read_only, 30.0) as (process, pipe):
        assert pipe.recv() == "held"
        with pytest.raises(StoreBusy, match=rf"process {process.pid} \(.*python.*store\.patience_seconds"):
            store.replace("raw.failures", [], item_id="a")
    assert len(store.select("raw.failures")) == 1


def test_a_file_that_this_process_has_open_otherwise_is_busy_too(store: Store) -> None:
    store.patience_seconds = 0.2
    with duckdb.connect(str(store.path)), pytest.raises(StoreBusy, match="this one itself"):
        store.select("raw.failures")
    assert len(store.select("raw.failures")) == 1


def test_four_processes_make_the_file_and_write_to_the_same_partitions_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "brief.duckdb"
    with ExitStack() as stack:
        pipes = [stack.enter_context(child(write_changes, path, f"worker {n}", 25))[1] for n in range(4)]
        assert [pipe.recv() for pipe in pipes] == ["done"] * 4
    rows = Store(path, SQL).select("raw.failures")
    own = Counter(row["stage"] for row in rows if row["stage"].startswith("worker"))
    assert own == {f"worker {n}": 25 for n in range(4)}
    for shared in range(5):
        left = [row for row in rows if row["stage"] == f"shared {shared}"]
        assert {row["item_id"] for row in left} == {"0", "1", "2"}
        assert len(left) == 3
        assert len({row["reason"] for row in left}) == 1, "rows of two writers are mixed"
    assert [file.name for file in path.parent.iterdir()] == ["brief.duckdb"]


def test_threads_read_and_write_at_once(store: Store) -> None:
    other = Store(store.path, SQL)

    def work(n: int) -> int:
        mine = store if n % 2 else other
        mine.replace("raw.failures", [make_failure(f"{place}", f"thread {n}") for place in range(20)], stage=f"thread {n}")
        return len(mine.select("raw.failures", stage=f"thread {n}"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(24))) == [20] * 24
    assert len(store.select("raw.failures")) == 1 + 24 * 20


def test_a_process_killed_in_the_middle_of_a_rewrite_leaves_old_rows_or_new_ones(store: Store) -> None:
    moments = random.Random(7)
    seen: set[int] = set()
    kills = 0
    while kills < 10 or (len(seen) == 1 and kills < 60):  # on a busy machine, most kills come before the first rewrite
        kills += 1
        with child(rewrite, store.path) as (process, pipe):
            assert pipe.recv() == "begun"
            time.sleep(moments.uniform(0.0, 0.012 * kills))
            process.kill()
            process.join()
        rows = store.select("raw.failures", stage="audio")
        generations = {row["attempts_count"] for row in rows}
        assert len({row["item_id"] for row in rows}) == len(rows) == ROWS
        assert len(generations) == 1
        seen |= generations
    assert len(seen) > 1, "every kill came at the same generation: none hit a rewrite"
