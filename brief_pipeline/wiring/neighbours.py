"""Which insights lie near those of a day, over the whole history: exactly, or by an index where the settings want one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.engines.vector_index import make_keys
from brief_pipeline.stages.neighbour import nearest
from brief_pipeline.warehouse.vectors import InsightVectors
from brief_pipeline.wiring.house import House

Places = NDArray[np.int64]
Pairs = tuple[Places, Places, NDArray[np.float32]]  # places of the own and of the other, cosine

NEAR_FLOOR = 0.45  # cosine below which two insights are on the same topic once in fourteen times
ALIKE_FLOOR = 0.5  # cosine below which hardly a pair says the same
ALIKE_MOST = 20  # of an insight, the nearest: these are weighed ...
ALIKE_OF_OTHER_SHOWS = 10  # ... and of other shows so many: a show that always says the like crowds out none of them
OTHER_SHOWS_MOST = 40  # of an insight, of other shows: the related ones are chosen from them
WINDOW_MOST = 200  # of an insight, of the days that a brief draws on
INDEX_MOST = 400  # of an insight, where an index is asked, which knows neither shows nor days


@dataclass(frozen=True)
class Near:
    """Two near insights, by their places, and whether they are so near that they may say the same."""

    own: int
    other: int
    cosine: float
    is_alike: bool


@dataclass(frozen=True)
class Neighbourhood:
    """The pairs of a day worth keeping; `cut`: insights with more alike ones than are weighed."""

    pairs: tuple[Near, ...]
    cut: int


def find_near(house: House, known: InsightVectors, day: date) -> Neighbourhood:
    """What is near each insight of the day: the nearest of all, the nearest of other shows, those of the days around it."""
    search = _Search(house, known, day)
    near: dict[tuple[int, int], float] = {}
    alike: set[tuple[int, int]] = set()
    cut: set[int] = set()
    off = known.published_on - np.datetime64(day)
    is_recent = np.abs(off) <= np.timedelta64(house.settings.brief.window_days, "D")
    is_later = off > np.timedelta64(0, "D")
    for is_side in (~is_later, is_later):  # what came later crowds out nothing of before
        for own, other, cosine, rank in search.find(is_side, ALIKE_MOST + 1, ALIKE_FLOOR):
            if rank > ALIKE_MOST:
                cut.add(own)
                continue
            near[own, other] = cosine
            alike.add((own, other))
        for own, other, cosine, rank in search.find(is_side, OTHER_SHOWS_MOST, NEAR_FLOOR, of_other_shows=True):
            near[own, other] = cosine
            if rank <= ALIKE_OF_OTHER_SHOWS and cosine >= ALIKE_FLOOR:
                alike.add((own, other))
        for own, other, cosine, _ in search.find(is_side & is_recent, WINDOW_MOST, NEAR_FLOOR):
            near[own, other] = cosine
    pairs = (Near(own, other, cosine, (own, other) in alike) for (own, other), cosine in sorted(near.items()))
    return Neighbourhood(tuple(pairs), len(cut))


class _Search:
    """The vectors of a day's insights, looked up among some of all."""

    def __init__(self, house: House, known: InsightVectors, day: date) -> None:
        self._known = known
        self._todays: Places = np.flatnonzero(known.published_on == day)
        self._index = house.index if len(known) > house.settings.neighbours.index_from else None
        self._shows: Places = np.unique(known.feed_id.astype(str), return_inverse=True)[1]

    def find(
        self, is_side: NDArray[np.bool_], most: int, floor: float, of_other_shows: bool = False
    ) -> Iterator[tuple[int, int, float, int]]:
        """Place of the own, of the other, cosine, and its rank: 1 is the nearest. Never itself."""
        side = np.flatnonzero(is_side)
        if len(self._todays) == 0 or len(side) == 0:
            return
        if self._index is None:
            own, other, cosine = self._compare(side, most + 1, floor, of_other_shows)  # itself may be the one more
        else:
            own, other, cosine = self._ask_index(is_side)
        wanted = (cosine >= floor) & (own != other)
        if of_other_shows:
            wanted &= self._shows[own] != self._shows[other]
        taken: Counter[int] = Counter()
        for one, two, near in zip(own[wanted].tolist(), other[wanted].tolist(), cosine[wanted].tolist(), strict=True):
            taken[one] += 1
            if taken[one] <= most:
                yield one, two, near, taken[one]

    def _compare(self, side: Places, most: int, floor: float, of_other_shows: bool) -> Pairs:
        vectors = self._known.vectors
        apart = (self._shows[self._todays], self._shows[side]) if of_other_shows else None
        corpus = vectors if len(side) == len(vectors) else vectors[side]
        own, other, cosine = nearest(vectors[self._todays], corpus, most, floor, apart)
        return self._todays[own], side[other], cosine

    def _ask_index(self, is_side: NDArray[np.bool_]) -> Pairs:
        own, other, cosine = self._indexed
        is_wanted = is_side[other]
        return own[is_wanted], other[is_wanted], cosine[is_wanted]

    @cached_property
    def _indexed(self) -> Pairs:
        assert self._index is not None
        known = self._known
        keys = make_keys(known.insight_id, known.text_hash)
        own, other, cosine = self._index.nearest(known.vectors[self._todays], keys, known.vectors, INDEX_MOST, NEAR_FLOOR)
        return self._todays[own], other, cosine
