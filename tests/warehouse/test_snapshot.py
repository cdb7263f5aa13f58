"""A snapshot is whole whoever is killed, lets its readers be, keeps nobody from writing, and holds no secret."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from warehouse.children import child, hold, publish_for_ever
from warehouse.old_files import OLD_SCHEMAS, make_old
from warehouse.rows import NOW, SQL, make_failure

from brief_pipeline.errors import StoreBusy, StoreUnreadable
from brief_pipeline.warehouse.models import read_models, read_sources
from brief_pipeline.warehouse.snapshot import publish
from brief_pipeline.warehouse.store import Store
from brief_pipeline.warehouse.withheld import list_shared, name_withheld


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with rows in every table."""
    path = make_old(tmp_path_factory.mktemp("filled") / "brief.duckdb", OLD_SCHEMAS[-1])
    Store(path, SQL).select("raw.feeds")
    return path


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> Store:
    path = tmp_path / "data" / "brief.duckdb"
    path.parent.mkdir()
    path.write_bytes(filled.read_bytes())
    return Store(path, SQL, patience_seconds=10)


@pytest.fixture
def to(store: Store) -> Path:
    return store.path.parent / "published" / "brief.duckdb"


def ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql).fetchall()


def test_every_table_is_there_with_its_rows_in_their_order(store: Store, to: Path) -> None:
    made = publish(store, to, NOW)
    shared = {table.name: list_shared(table) for table in (*read_sources(SQL), *read_models(SQL)) if list_shared(table)}
    for table, columns in shared.items():
        names = [column.name for column in columns]
        expected = [tuple(row[name] for name in names) for row in store.select(table, names)]
        with duckdb.connect(str(to), read_only=True) as connection:
            found = connection.table(table)
            assert found.columns == names
        assert len(ask(to, f"FROM {table}")) == len(expected), table
    assert (made.tables, made.rows) == (len(shared), sum(len(store.select(table)) for table in shared))
    vectors = ask(to, "SELECT text_hash, vector FROM raw.embeddings")
    assert vectors == [(row["text_hash"], row["vector"]) for row in store.select("raw.embeddings")]


def test_no_secret_is_in_the_file(store: Store, to: Path) -> None:
    assert b"s3cret" in store.path.read_bytes()
    publish(store, to, NOW)
    assert b"s3cret" not in to.read_bytes()
    assert {"raw.feed_moves", "raw.episodes.audio_url", "raw.feed_items.item"} <= set(name_withheld())


def test_what_is_withheld_are_tables_and_columns_that_there_are() -> None:
    columns = {table.name: [column.name for column in table.columns] for table in read_sources(SQL)}
    known = {*columns, *(f"{table}.{name}" for table, names in columns.items() for name in names)}
    assert set(name_withheld()) <= known


def test_it_says_when_and_from_what_it_was_made_and_what_its_columns_are(store: Store, to: Path) -> None:
    made = publish(store, to, NOW, "run 7")
    assert ask(to, "SELECT made_at, schema_version, run_id FROM snapshot") == [(NOW, made.schema_version, "run 7")]
    [(said,)] = ask(to, "SELECT comment FROM duckdb_columns() WHERE table_name = 'insights' AND column_name = 'claim'")
    assert said == "what is claimed"


def test_a_reader_keeps_the_snapshot_it_has_open_and_the_next_one_gets_the_new(store: Store, to: Path) -> None:
    publish(store, to, NOW)
    with duckdb.connect(str(to), read_only=True) as reader:
        store.replace("raw.failures", [make_failure("new")])
        with child(publish_for_ever, store.path, to) as (_, pipe):
            assert pipe.recv() == "published"
            assert reader.execute("SELECT count(*) FROM raw.failures").fetchone() == (1,)
            assert reader.execute("SELECT count(*) FROM raw.insights").fetchone() == (4,)
    assert ask(to, "SELECT count(*) FROM raw.failures") == [(2,)]


def test_a_reader_of_the_snapshot_does_not_keep_the_pipeline_from_writing(store: Store, to: Path) -> None:
    publish(store, to, NOW)
    store.patience_seconds = 0.2
    with child(hold, to, True, 30.0) as (_, pipe):
        assert pipe.recv() == "held"
        store.replace("raw.failures", [make_failure("new")])
        publish(store, to, NOW)
    assert ask(to, "SELECT count(*) FROM raw.failures") == [(2,)]


def test_a_killed_build_leaves_the_snapshot_before_whole_and_the_next_sweeps_up(store: Store, to: Path) -> None:
    publish(store, to, NOW)
    moments, left = random.Random(5), 0
    for _ in range(10):
        with child(publish_for_ever, store.path, to) as (process, _):
            time.sleep(moments.uniform(0.3, 2.0))
            process.kill()
            process.join()
        left += len(list(to.parent.glob("*.part-*"))) > 0
        assert len(ask(to, "SELECT made_at FROM snapshot")) == 1
        assert ask(to, "SELECT count(*) FROM raw.insights") == [(4,)]
        assert len(store.select("raw.insights")) == 4
    assert left, "no kill came in the middle of a build"
    publish(store, to, NOW)
    assert [path.name for path in to.parent.iterdir()] == ["brief.duckdb"]


def test_of_two_at_once_both_succeed_and_the_file_is_one_of_them(store: Store, to: Path) -> None:
    with child(publish_for_ever, store.path, to) as (_, one), child(publish_for_ever, store.path, to) as (_, other):
        for _ in range(3):
            assert (one.recv(), other.recv()) == ("published", "published")
            assert ask(to, "SELECT count(*) FROM raw.insights") == [(4,)]


def test_a_part_of_another_living_build_is_not_swept(store: Store, to: Path) -> None:
    import fcntl
    import os

    to.parent.mkdir()
    part = to.with_name("brief.duckdb.part-0123abcd")
    part.write_text("being built")
    held = os.open(to.parent, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    store.patience_seconds = 0.2
    with pytest.raises(StoreBusy, match="published: another process writes there"):
        publish(store, to, NOW)
    assert part.exists()
    os.close(held)
    publish(store, to, NOW)
    assert not part.exists()


def test_a_journal_that_someone_left_beside_the_old_snapshot_is_not_read_into_the_new_one(store: Store, to: Path) -> None:
    publish(store, to, NOW)
    to.with_name("brief.duckdb.wal").write_bytes(b"of someone who wrote into the snapshot before")
    publish(store, to, datetime.now(UTC))
    assert ask(to, "SELECT count(*) FROM raw.insights") == [(4,)]


def test_a_folder_that_cannot_be_written_is_said_in_words(store: Store, to: Path) -> None:
    to.parent.write_text("a file")
    with pytest.raises(StoreUnreadable, match="Move that file away"):
        publish(store, to, NOW)
