"""A file that cannot be read or written is said in words, with what to do about it; nothing is thrown away."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from warehouse.children import child, try_as_nobody, write_on_a_full_disk
from warehouse.rows import SQL, copy_sql, let_others_in, make_failure

from brief_pipeline.errors import StoreUnreadable
from brief_pipeline.warehouse.store import Store

CURE = "Move it away .*run again"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "brief.duckdb", SQL, patience_seconds=1)


@pytest.mark.parametrize("body", [b"", b"abc", b"\x93garbage" * 5000, b"<html>Not found</html>\n" * 1000])
def test_a_file_that_is_no_database_is_left_alone_and_named(store: Store, body: bytes) -> None:
    store.path.write_bytes(body)
    for work in (lambda: store.select("raw.feeds"), lambda: store.replace("raw.feeds", [])):
        with pytest.raises(StoreUnreadable, match=f"brief.duckdb .*{CURE}"):
            work()
    assert store.path.read_bytes() == body


@pytest.mark.parametrize("place", [100, 4200, 5000])
def test_a_damaged_header_is_said_in_words(store: Store, place: int) -> None:
    store.replace("raw.failures", [make_failure("a")])
    overwrite(store.path, place, 500)
    with pytest.raises(StoreUnreadable, match=CURE):
        Store(store.path, SQL).select("raw.failures")


def overwrite(path: Path, start: int, length: int) -> None:
    body = bytearray(path.read_bytes())
    body[start : start + length] = random.Random(start).randbytes(length)
    path.write_bytes(body)


def test_damage_in_the_rows_is_found_when_they_are_read(store: Store) -> None:
    store.replace("raw.failures", [make_failure(f"{n}", reason=f"{n * 7919}" * 20) for n in range(20_000)])
    overwrite(store.path, store.path.stat().st_size // 2, 100_000)
    with pytest.raises(StoreUnreadable, match=CURE):
        store.select("raw.failures")


def test_a_file_cut_short_is_said_in_words(store: Store) -> None:
    store.replace("raw.failures", [make_failure(f"{n}", reason=f"{n * 7919}" * 20) for n in range(20_000)])
    store.path.write_bytes(store.path.read_bytes()[: store.path.stat().st_size // 2])
    with pytest.raises(StoreUnreadable, match=CURE):
        store.select("raw.failures")


def test_a_folder_in_its_place_is_said_in_words(store: Store) -> None:
    store.path.mkdir()
    with pytest.raises(StoreUnreadable, match="Move that folder away"):
        store.select("raw.feeds")


def test_a_file_in_place_of_the_data_folder_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreUnreadable, match="data_dir"):
        Store(tmp_path / "data" / "brief.duckdb", SQL).select("raw.feeds")


def test_a_journal_left_without_its_file_is_kept(store: Store) -> None:
    journal = store.path.with_name("brief.duckdb.wal")
    journal.write_bytes(b"rows of a file that was moved away")
    with pytest.raises(StoreUnreadable, match=r"brief\.duckdb\.wal is left without brief\.duckdb"):
        store.select("raw.feeds")
    assert journal.exists()


@contextmanager
def not_to_be_written(folder: Path) -> Iterator[Path]:
    """Gives a copy of the SQL files that any user can read."""
    copy = copy_sql(folder)
    let_others_in(folder)
    folder.chmod(0o555)
    yield copy
    folder.chmod(0o755)


def test_a_folder_that_may_not_be_written_can_be_read_and_the_write_says_why(store: Store) -> None:
    store.replace("raw.failures", [make_failure("a")])
    store.path.chmod(0o444)
    with not_to_be_written(store.path.parent) as sql_folder, child(try_as_nobody, store.path, sql_folder) as (_, pipe):
        read, written = pipe.recv()
    assert read == ("did", "1")
    assert written[0] == "StoreUnreadable"
    assert "Permission denied" in written[1]
    assert "data_dir in brief.toml" in written[1]


def test_no_file_can_be_made_in_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    path = tmp_path / "brief.duckdb"
    with not_to_be_written(tmp_path) as sql_folder, child(try_as_nobody, path, sql_folder) as (_, pipe):
        answers = pipe.recv()
    assert [kind for kind, _ in answers] == ["StoreUnreadable"] * 2
    assert "data_dir in brief.toml" in answers[0][1]


def test_a_full_disk_leaves_the_old_rows(store: Store) -> None:
    store.replace("raw.failures", [make_failure("old")])
    with child(write_on_a_full_disk, store.path, store.path.stat().st_size + 100_000) as (_, pipe):
        kind, said = pipe.recv()
    assert (kind, "cannot be read or written" in said) == ("StoreUnreadable", True)
    assert [row["item_id"] for row in Store(store.path, SQL).select("raw.failures")] == ["old"]
