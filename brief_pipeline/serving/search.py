"""Search through the insights: by words, by meaning, or by both."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.engines.embedder import PACKAGED_MODEL, SentenceEmbedder
from brief_pipeline.engines.minilm.query import QueryReader
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.serving.index_folder import About, IndexFolder, make_index, open_index
from brief_pipeline.serving.meaning import Meaning, Reader
from brief_pipeline.settings import Settings
from brief_pipeline.stages.hit import FUSED_FROM, MOST_HITS, WAYS, Hit, Question, fuse

REMEMBERED = 1024  # questions, with what was found
NAMED = 10  # of the shows that there are, in the message


class Search:
    """A search index, ready to be asked from several threads."""

    def __init__(self, index: IndexFolder, reader: Reader) -> None:
        self._index = index
        self._meaning = Meaning(index.vectors, reader, index.shortened)
        self._found = lru_cache(REMEMBERED)(self._look)  # an index never changes

    @property
    def about(self) -> About:
        """What it searches."""
        return self._index.about

    def warm(self, words: str) -> None:
        """Brings what the first question would wait for into memory. Raises ModelUnavailable."""
        self.find(Question(words))

    def find(self, question: Question) -> list[Hit]:
        """What fits the question, the best first. Raises ModelUnavailable, and SettingsInvalid for a show that is none."""
        if not question.words or not len(self._index):
            return []
        return [*self._found(question)]

    def _look(self, question: Question) -> list[Hit]:
        limit = max(1, min(question.limit, MOST_HITS))
        shows = self._pick_shows(question.show) if question.show else None
        found = self._rank(question, limit, shows)
        return [self._index.hit(place, score) for place, score in found[:limit]]

    def _rank(self, question: Question, limit: int, shows: list[int] | None) -> list[tuple[int, float]]:
        if question.by == "words":
            return self._by_words(question, limit, shows)
        if question.by == "meaning":
            return self._by_meaning(question, limit, shows)
        both = (self._by_words(question, FUSED_FROM, shows), self._by_meaning(question, FUSED_FROM, shows))
        return fuse([[place for place, _ in ranking] for ranking in both])

    def _by_words(self, question: Question, limit: int, shows: list[int] | None) -> list[tuple[int, float]]:
        from_day = question.since.toordinal() if question.since else None
        return self._index.words.find(question.words, limit, from_day, shows)

    def _by_meaning(self, question: Question, limit: int, shows: list[int] | None) -> list[tuple[int, float]]:
        return self._meaning.find(question.words, limit, self._allow(question.since, shows))

    def _allow(self, since: date | None, shows: list[int] | None) -> NDArray[np.bool_] | None:
        if since is None and shows is None:
            return None
        allowed = np.ones(len(self._index), np.bool_)
        if since is not None:
            allowed &= self._index.days >= since.toordinal()
        if shows is not None:
            allowed &= np.isin(self._index.shows, shows)
        return allowed

    def _pick_shows(self, part: str) -> list[int]:
        titles = self._index.show_titles
        picked = [number for number, title in enumerate(titles) if part.casefold() in title.casefold()]
        if not picked:
            named = ", ".join(sorted(filter(None, titles))[:NAMED])
            raise SettingsInvalid(f"No show's title holds {part!r}. Those with insights: {named}.")
        return picked


def pick_way(by: str) -> str:
    """A way to search, as asked for. Raises SettingsInvalid."""
    if by not in WAYS:
        raise SettingsInvalid(f"{by!r} is no way to search: {', '.join(WAYS)}.")
    return by


def build_reader(settings: Settings) -> Reader:
    """What reads questions: the model that the insights' vectors are of."""
    model = settings.embedding.model
    return QueryReader() if model == PACKAGED_MODEL else SentenceEmbedder(model, threads=settings.embedding.threads)


def open_search(settings: Settings) -> Search:
    """A search through the snapshot as it is now; its index is built if need be. Raises StoreUnreadable."""
    return Search(open_index(make_index(settings.published_database, settings.embedding.model)), build_reader(settings))


def needs_index(settings: Settings) -> bool:
    """Whether the index of the snapshot as it is now is yet to be built. Raises StoreUnreadable."""
    from brief_pipeline.serving.index_folder import find_folder, find_key

    snapshot: Path = settings.published_database
    return not find_folder(snapshot, find_key(snapshot, settings.embedding.model)).is_dir()
