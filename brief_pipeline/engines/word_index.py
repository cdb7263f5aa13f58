"""An index of words, through tantivy: BM25 over stemmed English words, with mercy for a slip and for a word half typed.

The question is taken as words and nothing else: no syntax, so nothing that somebody types is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brief_pipeline.errors import StoreUnreadable, first_line

ANALYSER = "english"
LANGUAGE = "english"
LONGEST_WORD = 40  # characters: what is longer is no word
MOST_WORDS = 16  # of a question
FIELDS = {"claim": 2.0, "said": 1.0, "source": 1.0}  # and how much a word counts that stands there
SHORTEST_PREFIX, MOST_ENDINGS = 3, 20  # of a word half typed: letters there are, words that it may become
SLIP_FROM, TWO_SLIPS_FROM = 4, 8  # letters of a word from which on one letter, or two, may be wrong
PREFIX_WEIGHT, SLIP_WEIGHT = 0.8, 0.5
WRITER_BYTES = 64_000_000
NUMBERS = ("place", "day", "show")


@dataclass(frozen=True)
class Entry:
    """What is found by words."""

    claim: str
    said: str  # explanation and quote
    source: str  # who, show, episode
    day: int  # a number that grows with time
    show: int  # a number for each show


def build_word_index(folder: Path, entries: Iterable[Entry]) -> int:
    """Makes the index of the entries, known by their place from 0, in an empty folder. Gives their number.

    Raises StoreUnreadable.
    """
    import tantivy

    try:
        schema = _schema(tantivy)
        index = _open(tantivy, folder, tantivy.Index(schema, str(folder)))
        writer = index.writer(WRITER_BYTES, 1)
        count = 0
        for entry in entries:
            writer.add_document(tantivy.Document.from_dict({"place": count, **asdict(entry)}, schema))
            count += 1
        writer.commit()
        writer.wait_merging_threads()
        return count
    except (ValueError, OSError) as error:
        raise StoreUnreadable(
            f"the word index in {folder} cannot be written ({first_line(error)}): free some disk."
        ) from error


class WordIndex:
    """An index that was built before, open for reading. It is safe to ask from several threads."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreUnreadable."""
        import tantivy

        self._tantivy: Any = tantivy
        try:
            index = _open(tantivy, folder, tantivy.Index.open(str(folder)))
            index.config_reader("manual")
            index.reload()
            self._schema = index.schema
            self._searcher: Any = index.searcher()
        except (ValueError, OSError) as error:
            raise StoreUnreadable(f"the word index in {folder} cannot be read ({first_line(error)}): delete it.") from error
        self._analyser: Any = _analyser(tantivy)

    def find(
        self, words: str, limit: int, from_day: int | None = None, shows: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Places and scores of the entries that fit best, the best first."""
        wanted = list(dict.fromkeys(self._analyser.analyze(words)))[:MOST_WORDS]
        choices = [query for word in wanted if (query := self._word(word)) is not None]
        if not choices or (shows is not None and not shows):
            return []
        build, occur = self._tantivy.Query, self._tantivy.Occur
        query = build.boolean_query([(occur.Should, choice) for choice in choices])
        limits = self._limits(from_day, shows)
        if limits:
            query = build.boolean_query([(occur.Must, query), *((occur.Must, limit) for limit in limits)])
        hits = self._searcher.search(query, limit, count=False).hits
        places = self._searcher.fast_field_values("place", [address for _, address in hits])
        ranked = [(int(place), float(score)) for place, (score, _) in zip(places, hits, strict=True)]
        return sorted(ranked, key=lambda hit: (-hit[1], hit[0]))

    def _word(self, word: str) -> Any:
        """What one word of the question finds: itself; where nothing has it, words that begin so, or differ by a slip."""
        build = self._tantivy.Query
        parts = [
            build.boost_query(build.term_query(self._schema, field, word, "freq"), weight)
            for field, weight in FIELDS.items()
            if self._searcher.doc_freq(field, word)
        ]
        parts = parts or [part for field, weight in FIELDS.items() for part in self._mercy(field, word, weight)]
        return build.disjunction_max_query(parts, 0.3) if parts else None

    def _mercy(self, field: str, word: str, weight: float) -> list[Any]:
        build, parts = self._tantivy.Query, []
        if len(word) >= SHORTEST_PREFIX:
            for ending, _ in self._searcher.terms_with_prefix(field, word, limit=MOST_ENDINGS):
                term = build.term_query(self._schema, field, ending, "freq")
                parts.append(build.boost_query(term, PREFIX_WEIGHT * weight))
        if len(word) >= SLIP_FROM:
            slips = 2 if len(word) >= TWO_SLIPS_FROM else 1
            slip = build.fuzzy_term_query(self._schema, field, word, distance=slips)
            parts.append(build.boost_query(slip, SLIP_WEIGHT * weight))
        return parts

    def _limits(self, from_day: int | None, shows: Sequence[int] | None) -> list[Any]:
        build, limits = self._tantivy.Query, []
        if from_day is not None:
            limits.append(build.range_query(self._schema, "day", self._tantivy.FieldType.Unsigned, from_day, None))
        if shows is not None:
            limits.append(build.term_set_query(self._schema, "show", list(shows)))
        return [build.const_score_query(limit, 0.0) for limit in limits]


def _schema(tantivy: Any) -> Any:
    builder = tantivy.SchemaBuilder()
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name=ANALYSER, index_option="freq")
    for number in NUMBERS:
        builder.add_unsigned_field(number, indexed=True, fast=True)
    return builder.build()


def _open(tantivy: Any, folder: Path, index: Any) -> Any:
    index.register_tokenizer(ANALYSER, _analyser(tantivy))
    return index


def _analyser(tantivy: Any) -> Any:
    kinds = tantivy.Filter
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(kinds.remove_long(LONGEST_WORD))
        .filter(kinds.lowercase())
        .filter(kinds.ascii_fold())
        .filter(kinds.stopword(LANGUAGE))
        .filter(kinds.stemmer(LANGUAGE))
        .build()
    )
