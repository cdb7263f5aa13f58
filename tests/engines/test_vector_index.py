"""A vector index finds nearly all that comparing with each finds, and follows what comes and goes."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from brief_pipeline.engines import vector_index
from brief_pipeline.engines.vector_index import Floats, IndexUpdate, Indices, Keys, UsearchIndex, make_keys
from brief_pipeline.errors import SettingsInvalid, StoreUnreadable

WIDTH = 64


def make_rows(count: int, seed: int = 7, width: int = WIDTH) -> Floats:
    """Unit rows in some dozens of loose heaps, as texts are."""
    heaps = np.random.default_rng(1).normal(size=(40, width))
    random = np.random.default_rng(seed)
    rows = heaps[random.integers(0, len(heaps), count)] + random.normal(size=(count, width))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def name_rows(count: int, first: int = 0) -> Keys:
    return make_keys([f"insight {n}" for n in range(first, first + count)])


def find_exactly(queries: Floats, rows: Floats, k: int, floor: float) -> set[tuple[int, int]]:
    cosines = queries.astype(np.float64) @ rows.T.astype(np.float64)
    best = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return {(q, int(place)) for q, places in enumerate(best) for place in places if cosines[q, place] >= floor}


@pytest.fixture
def index(tmp_path: Path) -> UsearchIndex:
    pytest.importorskip("usearch")
    return UsearchIndex(tmp_path / "index", "m")


@pytest.mark.parametrize("k", [10, 50])
def test_of_the_nearest_in_five_thousand_nineteen_in_twenty_are_found(index: UsearchIndex, k: int) -> None:
    rows, queries = make_rows(5000), make_rows(100, seed=8)
    which, found, cosine = index.nearest(queries, name_rows(5000), rows, k, floor=0.3)
    expected = find_exactly(queries, rows, k, floor=0.3)
    assert len(expected) > 5 * k
    assert len(expected & set(zip(which.tolist(), found.tolist(), strict=True))) >= 0.95 * len(expected)
    assert cosine.tolist() == pytest.approx([float(queries[q] @ rows[place]) for q, place in zip(which, found, strict=True)])


def test_answers_come_by_query_then_nearest_first_then_by_place(index: UsearchIndex) -> None:
    rows = make_rows(300)
    rows[[5, 90, 200]] = rows[90]
    which, found, cosine = index.nearest(rows[[90, 7]], name_rows(300), rows, k=20, floor=0.2)
    assert which.tolist() == sorted(which.tolist())
    assert found[:3].tolist() == [5, 90, 200]
    for query in (0, 1):
        assert cosine[which == query].tolist() == sorted(cosine[which == query].tolist(), reverse=True)
    assert (np.bincount(which) <= 20).all()
    assert cosine.min() >= 0.2
    assert (which.dtype, found.dtype, cosine.dtype) == (np.int64, np.int64, np.float32)


def test_what_is_new_is_added_and_nothing_else(index: UsearchIndex) -> None:
    rows, keys = make_rows(600), name_rows(600)
    index.nearest(rows[:1], keys[:500], rows[:500], 5, 0.0)
    assert index.update == IndexUpdate(500, 0, "there was none")
    again = UsearchIndex(index.folder, "m")
    read: list[int] = []

    class Spied:
        def __len__(self) -> int:
            return 600

        def __getitem__(self, places: Indices, /) -> Floats:
            read.extend(places.tolist())
            return rows[places]

    _, found, _ = again.nearest(rows[550:560], keys, Spied(), 1, 0.99)
    assert found.tolist() == list(range(550, 560))
    assert again.update == IndexUpdate(100, 0)
    assert len(set(read)) < 150


def test_what_is_gone_is_never_found_and_may_come_back(index: UsearchIndex) -> None:
    rows, keys = make_rows(400), name_rows(400)
    index.nearest(rows[:1], keys, rows, 5, 0.0)
    stays = np.arange(400) % 10 != 3
    _, found, cosine = index.nearest(rows[~stays], keys[stays], rows[stays], 400, -1.0)
    assert index.update == IndexUpdate(0, 40)
    assert cosine.max() < 0.999
    assert len(set(found.tolist())) <= 360
    again = UsearchIndex(index.folder, "m")
    _, found, _ = again.nearest(rows[~stays], keys, rows, 1, 0.99)
    assert found.tolist() == np.flatnonzero(~stays).tolist()
    assert again.update == IndexUpdate(40, 0)


def test_with_much_of_it_gone_it_is_built_anew(index: UsearchIndex) -> None:
    rows, keys = make_rows(400), name_rows(400)
    index.nearest(rows[:1], keys, rows, 5, 0.0)
    index.nearest(rows[:1], keys[:200], rows[:200], 5, 0.0)
    assert index.update == IndexUpdate(200, 0, "200 of 400 are gone")


def test_the_same_history_is_not_written_again(index: UsearchIndex) -> None:
    rows, keys = make_rows(100), name_rows(100)
    first = index.nearest(rows[:9], keys, rows, 5, 0.0)
    before = {path.name: path.stat().st_mtime_ns for path in index.folder.iterdir()}
    second = index.nearest(rows[:9], keys[::-1], rows[::-1], 5, 0.0)
    assert index.update == IndexUpdate()
    assert {path.name: path.stat().st_mtime_ns for path in index.folder.iterdir()} == before
    assert (99 - second[1]).tolist() == first[1].tolist()


def test_one_thread_gives_the_same_file_of_the_same_history(tmp_path: Path) -> None:
    pytest.importorskip("usearch")
    rows, keys = make_rows(800), name_rows(800)
    for name in "ab":
        UsearchIndex(tmp_path / name, "m").nearest(rows[:1], keys, rows, 5, 0.0)
    sums = [json.loads((tmp_path / name / "index.json").read_text())["sha256"] for name in "ab"]
    assert sums[0] == sums[1]


def damage_byte(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[-200] ^= 0xFF
    path.write_bytes(body)


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("*.usearch", damage_byte, "damaged"),
        ("*.usearch", lambda path: path.write_bytes(path.read_bytes()[:-1000]), "damaged"),
        ("*.usearch", lambda path: path.write_bytes(b""), "damaged"),
        ("*.usearch", lambda path: path.unlink(), "there was none"),
        ("index.json", lambda path: path.write_text('{"file": '), "cannot be read"),
        ("index.json", lambda path: path.write_text("[]"), "cannot be read"),
        ("index.json", lambda path: path.write_text("{}"), "cannot be read"),
        ("index.json", lambda path: path.write_bytes(b"\xff\xfe"), "cannot be read"),
    ],
)
def test_a_damaged_index_is_built_anew(index: UsearchIndex, name: str, damage, reason: str) -> None:  # type: ignore[no-untyped-def]
    rows, keys = make_rows(200), name_rows(200)
    expected = index.nearest(rows[:5], keys, rows, 5, 0.0)
    (path,) = index.folder.glob(name)
    damage(path)
    answer = UsearchIndex(index.folder, "m")
    assert answer.nearest(rows[:5], keys, rows, 5, 0.0)[1].tolist() == expected[1].tolist()
    assert reason in str(answer.update.rebuilt_reason)
    assert answer.update.added_count == 200
    assert sorted(p.suffix for p in index.folder.iterdir()) == [".json", ".usearch"]


def test_another_model_or_width_is_another_index(index: UsearchIndex) -> None:
    rows, keys = make_rows(50), name_rows(50)
    index.nearest(rows[:1], keys, rows, 5, 0.0)
    other = UsearchIndex(index.folder, "another model")
    other.nearest(rows[:1], keys, rows, 5, 0.0)
    assert other.update.added_count == 50
    narrow = make_rows(50, width=8)
    other.nearest(narrow[:1], keys, narrow, 5, 0.0)
    assert "another model, another version" in str(other.update.rebuilt_reason)


def test_another_version_of_the_library_builds_anew(index: UsearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, keys = make_rows(50), name_rows(50)
    index.nearest(rows[:1], keys, rows, 5, 0.0)
    monkeypatch.setattr(sys.modules["usearch"], "__version__", "99.0")
    index.nearest(rows[:1], keys, rows, 5, 0.0)
    assert "another version" in str(index.update.rebuilt_reason)


@pytest.mark.parametrize(
    ("queries", "keys", "rows"),
    [
        (make_rows(1, width=8), name_rows(9), make_rows(9)),
        (make_rows(1)[0], name_rows(9), make_rows(9)),
        (make_rows(1), name_rows(8), make_rows(9)),
        (make_rows(1), np.zeros(9, np.uint64), make_rows(9)),
    ],
)
def test_what_does_not_fit_together_is_refused_and_nothing_written(
    index: UsearchIndex, queries: Floats, keys: Keys, rows: Floats
) -> None:
    with pytest.raises(ValueError, match=r"keys|numbers|key"):
        index.nearest(queries, keys, rows, 5, 0.0)
    assert not index.folder.exists()


@pytest.mark.parametrize(("queries", "rows", "k"), [(0, 3, 2), (3, 0, 2), (3, 3, 0)])
def test_nothing_to_compare_gives_three_empty_arrays(index: UsearchIndex, queries: int, rows: int, k: int) -> None:
    answer = index.nearest(make_rows(queries), name_rows(rows), make_rows(rows), k, 0.0)
    assert [len(part) for part in answer] == [0, 0, 0]


def test_a_build_that_ends_half_way_goes_on_from_there(index: UsearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "ADDED_AT_ONCE", 50)
    monkeypatch.setattr(vector_index, "LANDED_EVERY", 100)
    rows, keys = make_rows(300), name_rows(300)

    class Ending:
        def __len__(self) -> int:
            return 300

        def __getitem__(self, places: Indices, /) -> Floats:
            if places.max() >= 200:
                raise KeyboardInterrupt
            return rows[places]

    with pytest.raises(KeyboardInterrupt):
        index.nearest(rows[:1], keys, Ending(), 5, 0.0)
    index.nearest(rows[:1], keys, rows, 5, 0.0)
    assert index.update == IndexUpdate(150, 0)


def test_parts_that_a_kill_left_are_cleared_when_they_are_old(index: UsearchIndex) -> None:
    rows, keys = make_rows(20), name_rows(20)
    index.folder.mkdir()
    old, young = index.folder / "insights.usearch.part-1", index.folder / "insights.usearch.part-2"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * vector_index.PART_LEFT_SECONDS,) * 2)
    index.nearest(rows[:1], keys, rows, 5, 0.0)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    pytest.importorskip("usearch")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnreadable, match="cannot be written"):
        UsearchIndex(tmp_path / "file" / "index", "m").nearest(make_rows(1), name_rows(2), make_rows(2), 1, 0.0)


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usearch", None)
    with pytest.raises(SettingsInvalid, match=r"brief_pipeline\[index\]"):
        UsearchIndex(tmp_path, "m").nearest(make_rows(1), name_rows(2), make_rows(2), 1, 0.0)


def test_keys_are_the_same_on_every_machine_and_change_with_any_name() -> None:
    assert make_keys(["a1"], ["b2"]).tolist() == [2205305186565158563]
    columns = [["a", "a", "b", "ab", "a"], ["x", "y", "x", "", "bx"]]
    keys = make_keys(*columns)
    assert keys.dtype == np.uint64
    assert len(set(keys.tolist())) == 5
    with pytest.raises(ValueError, match="argument"):
        make_keys(["a"], [])
