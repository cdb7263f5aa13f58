"""A migration is whole or not at all: after a failure or a kill the file is the old one or the new one."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest
from warehouse.children import child, hold, migrate, migrate_and_die_before_the_checkpoint, try_as_nobody
from warehouse.old_files import NEWEST, OLD_SCHEMAS, Shape, make_old, read_all, shape_of
from warehouse.rows import SQL, copy_sql, let_others_in, make_failure

from brief_pipeline.errors import StoreUnreadable
from brief_pipeline.warehouse.store import Store

HEADER = "-- A change that is only made in a test.\n"
LONG = "CREATE TABLE raw.long AS SELECT sum(hash(a.range, b.range)) AS n FROM range(1000000) AS a, range(1000000) AS b;"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return make_old(tmp_path / "data" / "brief.duckdb", OLD_SCHEMAS[0])


@pytest.fixture
def new_shape(tmp_path: Path) -> Shape:
    Store(tmp_path / "new.duckdb", SQL).select("raw.feeds")
    return shape_of(tmp_path / "new.duckdb")


def backups_of(path: Path) -> list[Path]:
    folder = path.parent / "backups"
    return sorted(folder.iterdir()) if folder.exists() else []


def with_migration(folder: Path, sql: str) -> Path:
    """A copy of the SQL files with one more migration."""
    copy = copy_sql(folder)
    (copy / "migrations" / f"{NEWEST + 1:04}_more.sql").write_text(HEADER + sql)
    return copy


def test_a_whole_copy_of_the_old_file_is_kept(old: Path) -> None:
    before, shape = read_all(old), shape_of(old)
    Store(old, SQL).select("raw.feeds")
    [backup] = backups_of(old)
    assert backup.name.startswith("brief-v0-")
    assert (read_all(backup), shape_of(backup)) == (before, shape)


def test_the_copy_holds_what_was_only_in_the_journal(old: Path) -> None:
    writing = "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute(sys.argv[2]); os._exit(1)"
    statement = "SET wal_autocheckpoint = '1TB'; UPDATE raw.failures SET reason = 'late news'"
    subprocess.run([sys.executable, "-c", writing, str(old), statement], check=False)
    assert old.with_name("brief.duckdb.wal").exists()
    assert Store(old, SQL).select("raw.failures")[0]["reason"] == "late news"
    assert set(read_all(backups_of(old)[0])["raw.failures", "reason"]) == {"late news"}


def test_a_migration_that_fails_leaves_the_file_and_says_what_to_do(old: Path, tmp_path: Path) -> None:
    before, shape = read_all(old), shape_of(old)
    broken = with_migration(tmp_path, "DELETE FROM raw.insights; UPDATE raw.feeds SET colour = 'red';")
    for _ in range(2):
        with pytest.raises(StoreUnreadable, match=r"v0 to v\d+ by .*_more\.sql .*colour.*as it was.*brief-v0-.*run again"):
            Store(old, broken).select("raw.feeds")
        assert (read_all(old), shape_of(old)) == (before, shape)
    assert len(backups_of(old)) == 1, "tries that fail push older copies out"
    assert len(Store(old, SQL).select("raw.insights")) == 4


def test_a_file_is_not_changed_where_no_copy_of_it_can_be_kept(old: Path) -> None:
    shape = shape_of(old)
    (old.parent / "backups").write_text("a file")
    with pytest.raises(StoreUnreadable, match=r"no copy of it could be put in .*Nothing was changed"):
        Store(old, SQL).select("raw.feeds")
    assert shape_of(old) == shape


def test_only_so_many_copies_are_kept_and_the_oldest_goes(old: Path, tmp_path: Path) -> None:
    folder = copy_sql(tmp_path)
    for version in range(NEWEST + 1, NEWEST + 4):
        Store(old, folder, backups=2).select("raw.feeds")
        (folder / "migrations" / f"{version:04}_more.sql").write_text(HEADER + "SELECT 1;")
        time.sleep(1.1)  # copies are told apart by the second
    Store(old, folder, backups=2).select("raw.feeds")
    kept = [path.name.split("-")[1] for path in backups_of(old)]
    assert kept == [f"v{NEWEST + 1}", f"v{NEWEST + 2}"]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(old: Path, tmp_path: Path) -> None:
    Store(old, with_migration(tmp_path, "ALTER TABLE raw.feeds RENAME url TO address;")).select("raw.feeds")
    shape = shape_of(old)
    for work in (lambda s: s.select("raw.feeds"), lambda s: s.replace("raw.failures", [make_failure("a")])):
        with pytest.raises(StoreUnreadable, match=rf"newer version.*v{NEWEST + 1}.*knows v{NEWEST}.*git pull"):
            work(Store(old, SQL))
    assert shape_of(old) == shape


def test_two_processes_at_once_migrate_once(old: Path) -> None:
    with ExitStack() as stack:
        pipes = [stack.enter_context(child(migrate, old, SQL))[1] for _ in range(4)]
        assert [(pipe.recv(), pipe.recv()) for pipe in pipes] == [("begun", ("did", str(NEWEST)))] * 4
    assert len(backups_of(old)) == 1
    assert len(Store(old, SQL).select("raw.schema_versions")) == NEWEST


def test_nobody_else_gets_in_while_the_old_file_is_copied_and_changed(old: Path, tmp_path: Path) -> None:
    """DuckDB's lock is lost by closing any descriptor of the file in the process: the copy is one such."""
    with child(migrate, old, with_migration(tmp_path, LONG)) as (_, pipe):
        pipe.recv()
        wait_for_backup(old)
        with pytest.raises(duckdb.OperationalError, match="Could not set lock"):
            duckdb.connect(str(old))


def wait_for_backup(path: Path) -> None:
    for _ in range(600):
        if any(backup.suffix == ".duckdb" for backup in backups_of(path)):
            return
        time.sleep(0.1)
    raise AssertionError("no migration began")


def test_a_process_killed_in_the_middle_of_a_migration_leaves_the_old_file(old: Path, tmp_path: Path) -> None:
    before, shape = read_all(old), shape_of(old)
    with child(migrate, old, with_migration(tmp_path, LONG)) as (process, pipe):
        pipe.recv()
        wait_for_backup(old)
        time.sleep(2)  # past the migrations before the long one
        process.kill()
        process.join()
    assert (read_all(old), shape_of(old)) == (before, shape)
    Store(old, SQL).select("raw.feeds")
    assert [path.name.split("-")[1] for path in backups_of(old)] == ["v0"]


def test_a_process_killed_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path, new_shape: Shape) -> None:
    moments = random.Random(11)
    made = make_old(tmp_path / "made.duckdb", OLD_SCHEMAS[0])
    old_shape = shape_of(made)
    for number in range(12):
        path = tmp_path / str(number) / "brief.duckdb"
        path.parent.mkdir()
        shutil.copy(made, path)
        with child(migrate, path, SQL) as (process, pipe):
            pipe.recv()
            time.sleep(moments.uniform(0.0, 2.5))
            process.kill()
            process.join()
        assert shape_of(path) in (old_shape, new_shape)
        assert len(Store(path, SQL).select("raw.insights")) == 4
        assert shape_of(path) == new_shape
        assert not list(path.parent.rglob("*.part-*"))


def test_a_migration_that_is_only_in_the_journal_is_there_for_the_next_process(tmp_path: Path, new_shape: Shape) -> None:
    for schema in OLD_SCHEMAS[::4]:
        path = make_old(tmp_path / schema.stem / "brief.duckdb", schema)
        with child(migrate_and_die_before_the_checkpoint, path) as (process, _):
            process.join(60)
        assert path.with_name("brief.duckdb.wal").exists()
        store = Store(path, SQL)
        assert len(store.select("model.choices")) == 2
        assert shape_of(path) == new_shape
        assert not backups_of(path)


def test_who_may_only_read_an_older_file_is_told_what_to_run(old: Path, tmp_path: Path) -> None:
    folder = copy_sql(tmp_path)
    let_others_in(old)
    folder.chmod(0o755)
    old.chmod(0o444)
    with child(try_as_nobody, old, folder) as (_, pipe):
        answers = pipe.recv()
    for kind, said in answers:
        assert kind == "StoreUnreadable"
        assert "older version (v0)" in said
        assert "brief doctor" in said


def test_a_migration_waits_while_another_process_reads(old: Path) -> None:
    with child(hold, old, True, 1.5) as (_, pipe):
        assert pipe.recv() == "held"
        assert len(Store(old, SQL, patience_seconds=30).select("raw.schema_versions")) == NEWEST
