"""Tables as Parquet: every type comes back as it was, files land whole, and what is wrong is said in words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pytest
from warehouse.old_files import OLD_SCHEMAS, make_old
from warehouse.rows import NOW, SQL

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.export import Exported, export, pick_tables
from brief_pipeline.warehouse.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(make_old(tmp_path_factory.mktemp("filled") / "brief.duckdb", OLD_SCHEMAS[-1]), SQL)


def run(store: Store, folder: Path, *names: str, in_full: bool = False) -> list[Exported]:
    return export(store, folder, pick_tables(SQL, names, in_full=in_full), NOW)


def test_every_table_comes_back_with_its_types_and_values(store: Store, tmp_path: Path) -> None:
    exported = run(store, tmp_path / "out", in_full=True)
    assert {made.table for made in exported} >= {"raw.feeds", "raw.feed_moves", "model.choices", "main.brief_items"}
    with duckdb.connect(str(store.path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for made in exported:
            back = connection.read_parquet(str(made.path))
            original = connection.table(made.table).select(
                *back.columns
            )  # a column that came later is last in an older file
            assert (set(back.columns), back.types) == (set(connection.table(made.table).columns), original.types), made.table
            assert back.fetchall() == original.fetchall(), made.table
            assert made.rows == original.shape[0]


def test_pandas_gets_lists_times_and_json(store: Store, tmp_path: Path) -> None:
    run(store, tmp_path, "raw.embeddings", "feeds")
    vectors = duckdb.read_parquet(str(tmp_path / "raw.embeddings.parquet")).df()
    assert vectors["vector"].iloc[0].tolist() == pytest.approx([0.6, 0.8])
    assert str(vectors["vector"].iloc[0].dtype) == "float32"
    feeds = duckdb.read_parquet(str(tmp_path / "raw.feeds.parquet")).df()
    assert feeds["checked_at"].dt.tz_convert("UTC").iloc[0].isoformat() == "2026-03-02T06:15:00+00:00"
    assert json.loads(feeds["skipped_reasons"].iloc[0]) == {}


def test_the_manifest_says_what_each_file_is(store: Store, tmp_path: Path) -> None:
    run(store, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    files = {table["file"] for table in manifest["tables"]}
    assert {path.name for path in tmp_path.iterdir()} == {*files, "manifest.json"}
    for table in manifest["tables"]:
        body = (tmp_path / table["file"]).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (table["bytes"], table["sha256"])
    [episodes] = [table for table in manifest["tables"] if table["table"] == "raw.episodes"]
    assert episodes["withheld_columns"] == ["guid", "audio_url", "transcripts", "chapters_url"]
    assert {"name": "feed_id", "type": "VARCHAR", "description": "the feed it stands in"} in episodes["columns"]


def test_no_secret_goes_out_unless_asked_for_in_full(store: Store, tmp_path: Path) -> None:
    for made in run(store, tmp_path / "shared"):
        assert "s3cret" not in str(duckdb.read_parquet(str(made.path)).fetchall()), made.table
    with pytest.raises(SettingsInvalid, match=r"raw\.feed_moves holds addresses"):
        pick_tables(SQL, ["feed_moves"], in_full=False)
    [made] = run(store, tmp_path / "full", "feed_moves", in_full=True)
    assert "s3cret" in str(duckdb.read_parquet(str(made.path)).fetchall())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("epsodes", r"Did you mean raw\.episodes"),
        ("raw.nowhere at all", "There are main.brief_items"),
        ("main.feeds", "raw.feeds"),
    ],
)
def test_a_table_that_is_none_is_named_with_what_is_near(name: str, said: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"There is no table '{name}'.*{said}"):
        pick_tables(SQL, [name], in_full=False)


def test_a_table_named_twice_is_exported_once(store: Store, tmp_path: Path) -> None:
    assert [made.table for made in run(store, tmp_path, "feeds", "feeds", "raw.chunks")] == ["raw.feeds", "raw.chunks"]


def test_a_folder_that_cannot_be_written_is_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nothing")):
        with pytest.raises(SettingsInvalid, match=f"{folder} cannot be written .*another folder"):
            run(store, folder, "raw.feeds")


def test_an_export_takes_the_place_of_the_one_before_and_leaves_other_files(store: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.part-mine").write_text("not ours")
    (tmp_path / "raw.feeds.parquet.part-0123abcd").write_text("of a killed export")
    (tmp_path / "raw.feeds.parquet").write_text("of another time")
    run(store, tmp_path, "raw.feeds")
    assert {path.name for path in tmp_path.iterdir()} == {"raw.feeds.parquet", "manifest.json", "notes.part-mine"}
    assert duckdb.read_parquet(str(tmp_path / "raw.feeds.parquet")).shape[0] == 2


def test_a_path_with_a_quote_in_it_is_a_path(store: Store, tmp_path: Path) -> None:
    [made] = run(store, tmp_path / 'Anna\'s "data"; DROP TABLE x', "raw.feeds")
    assert made.path.exists()
