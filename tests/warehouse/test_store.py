"""A write is whole or not at all; what does not fit is said in words; the file lands whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warehouse.rows import DAY, NOW, SQL, copy_sql, make_episode, make_failure

from brief_pipeline.warehouse.store import Change, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "brief.duckdb", SQL, patience_seconds=2)


def test_replace_puts_rows_in_place_of_those_in_scope_and_no_others(store: Store) -> None:
    store.replace("raw.failures", [make_failure("a"), make_failure("b"), make_failure("a", stage="chunks")])
    assert store.replace("raw.failures", [make_failure("a", attempts_count=2)], stage="audio", item_id="a") == 1
    rows = store.select("raw.failures")
    assert {(r["stage"], r["item_id"], r["attempts_count"]) for r in rows} == {
        ("audio", "a", 2),
        ("audio", "b", 1),
        ("chunks", "a", 1),
    }


def test_replacing_twice_is_replacing_once(store: Store) -> None:
    for _ in range(2):
        store.replace("raw.episodes", [make_episode("a"), make_episode("b")], published_on=DAY)
    assert len(store.select("raw.episodes")) == 2


def test_a_scope_without_match_only_adds_and_no_rows_only_take_away(store: Store) -> None:
    store.replace("raw.failures", [make_failure("a")], stage="audio", item_id="a")
    store.replace("raw.failures", [make_failure("b")], stage="audio", item_id="b")
    assert store.replace("raw.failures", [], item_id="a") == 0
    assert [row["item_id"] for row in store.select("raw.failures")] == ["b"]


UNFIT: dict[str, tuple[dict[str, Any], str]] = {
    "missing what is required": ({"feed_id": "f"}, "feeds.url"),
    "none where required": ({"feed_id": "f", "url": None, "status": "s", "checked_at": NOW}, "feeds.url"),
    "an unknown column": ({"feed_id": "f", "colour": "red"}, "raw.feeds has no column colour"),
    "text for a number": ({"items_count": "many"}, "raw.feeds.items_count"),
    "a fraction for a count": ({"items_count": 1.5}, "raw.feeds.items_count"),
    "too large a number": (
        {"feed_id": "f", "url": "u", "status": "s", "checked_at": NOW, "items_count": 2**40},
        "items_count",
    ),
    "what JSON cannot hold": ({"skipped_reasons": {"at": NOW}}, "raw.feeds.skipped_reasons"),
    "a number JSON cannot hold": ({"skipped_reasons": {"share": float("nan")}}, "raw.feeds.skipped_reasons"),
    "a time that is none": ({"checked_at": "yesterday"}, "raw.feeds.checked_at"),
}


@pytest.mark.parametrize(("row", "named"), UNFIT.values(), ids=UNFIT.keys())
def test_rows_that_do_not_fit_name_the_column_and_leave_the_old_ones(store: Store, row: dict[str, Any], named: str) -> None:
    good = {"feed_id": "f", "url": "u", "status": "fetched", "checked_at": NOW}
    store.replace("raw.feeds", [good])
    before = store.select("raw.feeds")
    with pytest.raises(ValueError, match=named.replace(".", r"\.")):
        store.replace("raw.feeds", [{**good, "feed_id": "new"}, row], feed_id="f")
    assert store.select("raw.feeds") == before


def test_several_changes_are_made_together_or_not_at_all(store: Store) -> None:
    store.replace("raw.failures", [make_failure("a")])
    changes = [Change("raw.failures", [], {"item_id": "a"}), Change("raw.episodes", [make_episode()])]
    with pytest.raises(ValueError, match="no column colour"):
        store.apply([*changes, Change("raw.episodes", [{"colour": "red"}])])
    assert (len(store.select("raw.failures")), len(store.select("raw.episodes"))) == (1, 0)
    assert store.apply(changes) == 1
    assert (len(store.select("raw.failures")), len(store.select("raw.episodes"))) == (0, 1)


MISUSES = [
    lambda store: store.select("raw.feeds", colour="red"),
    lambda store: store.select("raw.feeds", ("colour",)),
    lambda store: store.replace("raw.feeds", [], colour="red"),
    lambda store: store.query("SELECT colour FROM raw.feeds"),
]


@pytest.mark.parametrize("misuse", MISUSES)
def test_an_unknown_column_is_named(store: Store, misuse: Any) -> None:
    with pytest.raises(ValueError, match="colour"):
        misuse(store)


def test_an_unknown_table_is_named(store: Store) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        store.replace("raw.nowhere", [{"a": 1}])


def test_a_question_in_sql_takes_parameters_and_cannot_write(store: Store) -> None:
    assert store.query("SELECT $n + 1 AS n, DATE '2026-03-02' AS day", n=1) == [{"n": 2, "day": DAY}]
    with pytest.raises(ValueError, match="read-only"):
        store.query("DELETE FROM raw.feeds")


def test_an_error_leaves_the_file_free_for_others_even_while_it_is_held(store: Store) -> None:
    with pytest.raises(ValueError, match="colour") as held:
        store.replace("raw.feeds", [], colour="red")
    duckdb.connect(str(store.path)).close()  # would be refused if the failed write still had it open otherwise
    assert held.value


READ = """
import os, sys
from pathlib import Path
from brief_pipeline.warehouse.store import Store
store = Store(*map(Path, sys.argv[1:]))
store.select("raw.feeds")
"""
IN_A_FORK = "sys.exit(os.waitstatus_to_exitcode(os.wait()[1]) if os.fork() else len(store.select('raw.feeds')))"


@pytest.mark.parametrize(("after", "code"), [("", 0), ("raise SystemExit(3)", 3), (IN_A_FORK, 0)])
def test_a_process_that_has_read_ends_without_a_word_and_so_does_its_fork(store: Store, after: str, code: int) -> None:
    command = [sys.executable, "-c", READ + after, store.path, SQL]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", "")


def test_what_a_reading_lowers_for_itself_holds_for_no_other(store: Store) -> None:
    limit = "SELECT current_setting('memory_limit') AS it"
    before = store.query(limit)
    store.vectors("model", ["0"])
    assert store.query(limit) == before


def test_the_file_is_free_between_two_readings(store: Store) -> None:
    store.replace("raw.failures", [make_failure("a")])
    for _ in range(2):
        assert len(store.select("raw.failures")) == 1
        writing = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('CREATE OR REPLACE TABLE raw.other (a INTEGER)')"
        subprocess.run([sys.executable, "-c", writing, store.path], check=True)
    assert store.query("SELECT count(*) AS n FROM raw.other") == [{"n": 0}]


def test_the_file_lands_whole_with_every_table_in_a_new_folder(store: Store) -> None:
    assert store.select("raw.feeds") == []
    assert [path.name for path in store.path.parent.iterdir()] == ["brief.duckdb"]
    made = {
        row["name"] for row in store.query("SELECT table_schema || '.' || table_name AS name FROM information_schema.tables")
    }
    assert {"raw.feeds", "raw.failures", "model.unique_insights", "main.brief_items"} <= made


def test_a_file_that_is_deleted_meanwhile_is_made_anew(store: Store) -> None:
    store.replace("raw.failures", [make_failure("a")])
    store.path.unlink()
    assert store.select("raw.failures") == []


def test_a_column_declared_later_is_added_to_the_tables_of_an_older_file(store: Store, tmp_path: Path) -> None:
    store.replace("raw.failures", [make_failure("old")])
    newer = copy_sql(tmp_path)
    sources = (newer / "sources.sql").read_text()
    (newer / "sources.sql").write_text(
        sources.replace("    item_label ", "    cure VARCHAR,  -- what helps\n    item_label ")
    )
    upgraded = Store(store.path, newer)
    upgraded.replace("raw.failures", [make_failure("new", cure="wait")])
    assert [(row["item_id"], row["cure"]) for row in upgraded.select("raw.failures")] == [("old", None), ("new", "wait")]
    store.replace("raw.failures", [make_failure("by the older version")], item_id="old")
    assert len(store.select("raw.failures")) == 2
