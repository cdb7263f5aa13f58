"""Search over a published snapshot: what is found, in which order, and how its index comes and goes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from serving.library import CLAIMS, DAY, HOSTILE, LONG_WORD, MODEL, LetterReader, add_repeat, make_library

from brief_pipeline.engines.minilm.query import QueryReader
from brief_pipeline.errors import ModelUnavailable, SettingsInvalid, StoreUnreadable
from brief_pipeline.serving.index_folder import find_folder, find_key, make_index, open_index
from brief_pipeline.serving.meaning import Meaning, shorten
from brief_pipeline.serving.search import Search, pick_way
from brief_pipeline.stages.hit import Question


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("library")
    make_library(data)
    return data / "published" / "brief.duckdb"


@pytest.fixture(scope="module")
def search(library: Path) -> Search:
    return Search(open_index(make_index(library, MODEL)), QueryReader())


def test_words_find_what_says_them_and_meaning_what_is_about_them(search: Search) -> None:
    assert [hit.claim for hit in search.find(Question("batteries", "words"))] == [CLAIMS[0][0]]
    near = [hit.claim for hit in search.find(Question("storing solar electricity", "meaning"))]
    assert near[0] == CLAIMS[2][0]
    assert search.find(Question("solar electricity", "words")) == []
    both = [hit.claim for hit in search.find(Question("battery for solar electricity"))]
    assert {*both[:2]} == {CLAIMS[0][0], CLAIMS[2][0]}


def test_a_hit_says_who_where_and_when(search: Search) -> None:
    hit = search.find(Question("congestion", "words"))[0]
    assert (hit.speaker, hit.show_title, hit.episode, hit.start_seconds) == (None, "Last Tram Home", "Episode 4", 75.0)
    assert (hit.published_on, hit.page) == (date(2026, 3, 6), f"insights/{hit.insight_id}.html")


@pytest.mark.parametrize("by", ["words", "meaning", "both"])
def test_show_since_and_limit_hold_whatever_the_way(search: Search, by: str) -> None:
    words = "night nurses buses battery hospital sun"
    assert {hit.show_title for hit in search.find(Question(words, by, show="rota"))} == {"The Rota"}
    assert all(hit.published_on >= date(2026, 3, 4) for hit in search.find(Question(words, by, since=date(2026, 3, 4))))
    assert len(search.find(Question(words, by, limit=1))) == 1


def test_a_show_that_is_none_is_named_with_those_there_are(search: Search) -> None:
    with pytest.raises(SettingsInvalid, match=r"No show's title holds 'Zebra'. .*Cold Aisle"):
        search.find(Question("night", show="Zebra"))


def test_a_way_that_is_none_is_named() -> None:
    with pytest.raises(SettingsInvalid, match="'magic' is no way to search: both, words, meaning"):
        pick_way("magic")


def test_what_repeats_another_is_not_found_twice(tmp_path: Path) -> None:
    make_library(tmp_path)
    add_repeat(tmp_path, CLAIMS[0][0])
    found = Search(open_index(make_index(tmp_path / "published/brief.duckdb", MODEL)), LetterReader())
    assert len(found.find(Question("battery", "words"))) <= 1


def test_an_index_is_built_once_for_a_snapshot_and_anew_for_the_next(tmp_path: Path) -> None:
    snapshot = tmp_path / "published" / "brief.duckdb"
    make_library(tmp_path)
    first = make_index(snapshot, MODEL)
    stamp = (first / "about.json").stat().st_mtime_ns
    assert make_index(snapshot, MODEL) == first
    assert (first / "about.json").stat().st_mtime_ns == stamp
    reader = LetterReader()
    before = Search(open_index(first), reader)
    for hour in range(2):
        make_library(tmp_path, CLAIMS[:2], datetime(2026, 4, 1, hour, tzinfo=UTC))
        newest = make_index(snapshot, MODEL)
    assert newest != first
    assert not first.exists()  # of a snapshot that is long gone
    assert len(before.find(Question("congestion", "words"))) == 1  # who has it open keeps it
    assert Search(open_index(newest), reader).find(Question("congestion", "words")) == []
    assert len([*newest.parent.iterdir()]) == 2


def test_another_model_has_an_index_of_its_own_in_which_meaning_finds_nothing(library: Path) -> None:
    search = Search(open_index(make_index(library, "another")), LetterReader())
    assert search.find(Question("battery", "meaning")) == []
    assert len(search.find(Question("battery"))) == 1


def test_what_a_killed_build_left_goes_with_the_next(tmp_path: Path) -> None:
    make_library(tmp_path)
    left = tmp_path / "published" / "search" / "0123456789abcdef.part-00000000"
    left.mkdir(parents=True)
    make_index(tmp_path / "published/brief.duckdb", MODEL)
    assert not left.exists()


def test_several_that_need_the_index_at_once_get_the_same(tmp_path: Path) -> None:
    make_library(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        folders = {*pool.map(lambda _: make_index(tmp_path / "published/brief.duckdb", MODEL), range(4))}
    assert len(folders) == 1


def test_a_damaged_index_says_what_to_delete(tmp_path: Path) -> None:
    make_library(tmp_path)
    folder = make_index(tmp_path / "published/brief.duckdb", MODEL)
    (folder / "facts.npz").write_bytes(b"not this")
    with pytest.raises(StoreUnreadable, match="delete that folder, it is made anew"):
        open_index(folder)


def test_without_a_snapshot_it_is_said_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"Nothing is published yet .* brief run"):
        make_index(tmp_path / "brief.duckdb", MODEL)


def test_an_empty_snapshot_finds_nothing(tmp_path: Path) -> None:
    make_library(tmp_path, ())
    search = Search(open_index(make_index(tmp_path / "published/brief.duckdb", MODEL)), LetterReader())
    assert search.find(Question("anything")) == []


def test_hostile_texts_come_back_as_they_are(tmp_path: Path) -> None:
    make_library(tmp_path, ((f"{HOSTILE} {LONG_WORD} tail", HOSTILE, HOSTILE),))
    search = Search(open_index(make_index(tmp_path / "published/brief.duckdb", MODEL)), LetterReader())
    [hit] = search.find(Question("tail", "words"))
    assert hit.claim == f"{HOSTILE} {LONG_WORD} tail"


def test_the_key_hangs_on_snapshot_and_model(library: Path) -> None:
    assert find_key(library, MODEL) == find_key(library, MODEL) != find_key(library, "another")
    assert find_folder(library, "k").parent.parent == library.parent
    assert DAY.year == 2026


def test_questions_that_come_at_once_are_answered_together_and_each_gets_its_own() -> None:
    vectors = np.eye(10, dtype=np.float32)
    reader, gate = LetterReader(), threading.Event()
    embed = reader.embed

    def slow(texts: list[str]) -> np.ndarray:
        gate.wait(5)
        return embed(texts)

    reader.embed = slow  # type: ignore[method-assign]
    meaning = Meaning(vectors, reader)
    with ThreadPoolExecutor(10) as pool:
        waiting = [pool.submit(meaning.find, letter, 1) for letter in "abcdefghij"]
        while len(meaning._waiting) < 9:
            threading.Event().wait(0.01)
        gate.set()
        found = [future.result(10)[0][0] for future in waiting]
    assert found == [*range(10)]
    assert sorted(map(len, reader.asked)) == [1, 9]


def test_a_model_that_cannot_be_loaded_is_told_to_each_who_asks() -> None:
    class Broken:
        def embed(self, texts: object) -> np.ndarray:
            raise ModelUnavailable("no weights")

    meaning = Meaning(np.eye(3, dtype=np.float32), Broken())  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            meaning.find("x", 1)


def test_the_first_look_through_shortened_vectors_misses_none_of_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    width = 1.0 / np.arange(1, 385)  # few directions hold most of the differences, as in real ones
    vectors = (random.normal(size=(8000, 384)) * width).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    monkeypatch.setattr("brief_pipeline.serving.meaning.FIRST_LOOK_FROM", 1000)
    asked = vectors[::1000] + 0.01

    class Given:
        def embed(self, texts: list[str]) -> np.ndarray:
            return asked[[int(text) for text in texts]]

    short = shorten(vectors)
    assert short is not None
    exact, shortened = Meaning(vectors, Given()), Meaning(vectors, Given(), short)
    allowed = random.random(8000) < 0.3
    for number in range(len(asked)):
        for limits in (None, allowed):
            found, expected = (meaning.find(str(number), 50, limits) for meaning in (shortened, exact))
            assert [place for place, _ in found] == [place for place, _ in expected]
            assert [score for _, score in found] == pytest.approx([score for _, score in expected])
    assert shorten(vectors[:10]) is None
