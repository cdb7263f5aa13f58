"""What is found by words: stems, slips, words half typed; and that nothing typed is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from brief_pipeline.engines.word_index import Entry, WordIndex, build_word_index
from brief_pipeline.errors import StoreUnreadable

ENTRIES = (
    Entry("Batteries store power for the grid.", "Because the price of lithium fell.", "Amina Tidewater", 10, 0),
    Entry("Night buses pay.", "A hospital pays for the buses, says the café owner.", "Corin The Rota", 11, 1),
    Entry("Nurses nap.", "Before dawn, a nap in the hospital.", "Farida The Rota", 12, 1),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> WordIndex:
    folder = tmp_path_factory.mktemp("words")
    assert build_word_index(folder, ENTRIES) == len(ENTRIES)
    return WordIndex(folder)


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("battery", [0]),  # another form of the word
        ("BUSES", [1]),
        ("cafe", [1]),  # without its accent
        ("bateries", [0]),  # a slip
        ("lithuim", [0]),  # two letters swapped
        ("hosp", [1, 2]),  # half typed
        ("farida", [2]),  # who says it
        ("tidewater", [0]),  # the show
        ("the", []),
        ("zebra", []),
        ("", []),
    ],
)
def test_a_word_is_found_as_people_type_it(index: WordIndex, words: str, places: list[int]) -> None:
    assert sorted(place for place, _ in index.find(words, 10)) == places


def test_what_has_more_of_the_words_comes_first(index: WordIndex) -> None:
    assert next(place for place, _ in index.find("hospital nurses nap", 10)) == 2


def test_a_day_and_shows_limit_what_is_found(index: WordIndex) -> None:
    assert [place for place, _ in index.find("hospital", 10, from_day=12)] == [2]
    assert [place for place, _ in index.find("hospital batteries", 10, shows=[0])] == [0]
    assert index.find("hospital", 10, shows=[]) == []


@pytest.mark.parametrize(
    "words",
    ['"(AND OR', "claim:[* TO", "a^9999 b~", "\\", "x" * 10_000, "\x00\x1b", "\u202e", "AND", "+-*/?:{}", "hosp* " * 500],
)
def test_nothing_that_is_typed_is_an_error(index: WordIndex, words: str) -> None:
    assert isinstance(index.find(words, 10), list)


def test_an_index_that_is_gone_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreadable, match="word index"):
        WordIndex(tmp_path / "gone")
    (tmp_path / "meta.json").write_text("{")
    with pytest.raises(StoreUnreadable, match="delete it"):
        WordIndex(tmp_path)
