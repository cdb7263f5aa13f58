"""The nearest vectors of a history too large to compare with one by one, through usearch: an extra of the install.

An HNSW graph (Malkov and Yashunin 2018) of all vectors, kept in a folder and brought up to date by key. What it finds is
scored again from the vectors themselves, so cosines and their order are exact; only the recall is not.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.errors import SettingsInvalid, StoreUnreadable, first_line

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Keys = NDArray[np.uint64]
Pairs = tuple[Indices, Indices, Floats]

NUMBER_KIND = "f16"  # half the size of float32, and a cosine is off by less than 0.001
CONNECTIVITY = 16  # links a node: twice as many cost a third more memory for 1 % of recall
EFFORT_ADDING = 128  # nodes weighed for each one that is added
EFFORT_LEAST, EFFORT_A_NEIGHBOUR = 512, 8  # nodes weighed for each query: the recall hangs on it
MARGIN = 1.125  # so many more than asked for are scored again: half-size numbers misplace those near the end of the list
ADDED_AT_ONCE = 20_000  # vectors: 30 MB of 384 float32
LANDED_EVERY = 200_000  # vectors added: a first build of a million takes many minutes, and a kill loses no more than these
GONE_MOST = 0.25  # of the index: past it a new one is built, since a graph with many holes finds less
SCORED_AT_ONCE = 4096  # pairs whose cosine is taken in float64
PART_LEFT_SECONDS = 24 * 3600.0  # a part that old belongs to no run that is still writing it

_MANIFEST = "index.json"
_SUFFIX = ".usearch"


class Rows(Protocol):
    """Vectors by position: a matrix, or what reads the rows that are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, places: Indices, /) -> Floats: ...


@dataclass(frozen=True, slots=True)
class IndexUpdate:
    """What the last call did to the index on disk."""

    added_count: int = 0
    removed_count: int = 0
    rebuilt_reason: str | None = None  # why it was made anew; None: the one on disk served


class VectorIndex(Protocol):
    """What the house needs to look through a long history."""

    @property
    def name(self) -> str:
        """Tool and version."""
        ...

    @property
    def update(self) -> IndexUpdate:
        """What the last call did to the index."""
        ...

    def nearest(self, queries: Floats, keys: Keys, vectors: Rows, k: int, floor: float) -> Pairs:
        """For each query its (at most) k nearest vectors, most of them, with a cosine of `floor` or more."""
        ...


def make_keys(*columns: Iterable[str]) -> Keys:
    """A 64-bit key for each row of names, the same on every machine: of an insight, its id and its text's hash.

    A vector is never changed under its key: so whatever it is made of must be among the names.

    >>> make_keys(["a", "b"], ["x", "x"]).tolist() == make_keys(["b", "a"], ["x", "x"]).tolist()[::-1]
    True
    """
    rows = ("\x1f".join(names).encode() for names in zip(*columns, strict=True))
    return np.array([int.from_bytes(hashlib.blake2b(row, digest_size=8).digest(), "big") for row in rows], dtype=np.uint64)


class UsearchIndex:
    """A usearch HNSW graph in a folder of its own: a file, and a manifest that says what is in it and lands last.

    `model` is the embedding model's name: another one, another version of usearch or a damaged file is a new build. One
    thread adds in the order of the keys given, so the same history added in the same steps gives the same graph on
    machines of one kind; more threads build faster and give another graph each time. Adding in other steps does too.
    """

    def __init__(self, folder: Path, model: str, threads: int = 1) -> None:
        self.folder = folder
        self.model = model
        self.threads = threads
        self._update = IndexUpdate()

    @property
    def name(self) -> str:
        return f"usearch {_import_usearch().__version__}"

    @property
    def update(self) -> IndexUpdate:
        return self._update

    def nearest(self, queries: Floats, keys: Keys, vectors: Rows, k: int, floor: float) -> Pairs:
        """Three arrays of one length, as of stages.neighbour.nearest: query index, place in `vectors`, exact cosine.

        Sorted by query, then by descending cosine, ties by place. `queries` (n x d) and `vectors` (m x d) are unit rows, of
        which only those that are new and those that are found are read; `keys` names each of the m, once. First brings the
        index up to date: adds what it does not hold, drops what is no longer named. Raises ValueError (shapes, a key twice),
        SettingsInvalid (usearch is not installed) and StoreUnreadable (the folder cannot be written).
        """
        keys = np.asarray(keys, np.uint64)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        _check(queries, ordered, vectors)
        self._update = IndexUpdate()
        if k < 1 or len(queries) == 0 or len(keys) == 0:
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
        index = self._bring_up(keys, vectors, queries.shape[1])
        wanted = min(len(keys), int(np.ceil(k * MARGIN)))
        index.expansion_search = max(EFFORT_LEAST, EFFORT_A_NEIGHBOUR * wanted)
        matches = index.search(np.asarray(queries, np.float32), wanted, threads=0)
        found = np.asarray(matches.keys, np.uint64).reshape(len(queries), -1)
        counts = np.asarray(matches.counts if len(queries) > 1 else [len(matches)])  # of one query it gives another class
        rows, cells = np.nonzero(np.arange(found.shape[1]) < counts[:, None])
        at = np.minimum(np.searchsorted(ordered, found[rows, cells]), len(ordered) - 1)
        named = ordered[at] == found[rows, cells]
        return _rank(queries, vectors, rows[named], order[at[named]], k, floor)

    def _bring_up(self, keys: Keys, vectors: Rows, width: int) -> Any:
        """The index with exactly these keys, on disk as in memory."""
        index, reason = self._load(width)
        held = np.asarray(index.keys, np.uint64)
        gone = held[~np.isin(held, keys)]
        if len(gone) > GONE_MOST * len(held):
            index, reason = self._make(width), f"{len(gone)} of {len(held)} are gone"
            held = gone = held[:0]
        if len(gone):
            index.remove(gone)
        new = np.flatnonzero(~np.isin(keys, held))
        for start in range(0, len(new), ADDED_AT_ONCE):
            places = new[start : start + ADDED_AT_ONCE]
            index.add(keys[places], np.asarray(vectors[places], np.float32), threads=self.threads)
            if start and start % LANDED_EVERY == 0:
                self._land(index, width)
        if len(new) or len(gone) or reason:
            self._land(index, width)
        self._update = IndexUpdate(len(new), len(gone), reason)
        return index

    def _make(self, width: int) -> Any:
        return _import_usearch().index.Index(
            ndim=width, metric="ip", dtype=NUMBER_KIND, connectivity=CONNECTIVITY, expansion_add=EFFORT_ADDING
        )

    def _load(self, width: int) -> tuple[Any, str | None]:
        """The index on disk; or an empty one, and why."""
        index = self._make(width)
        try:
            manifest = json.loads((self.folder / _MANIFEST).read_bytes())
            if {**self._describe(width), "file": manifest["file"], "sha256": manifest["sha256"]} != manifest:
                return index, "it was made by another model, another version or with other settings"
            path = self.folder / manifest["file"]
            # The library checks lengths only: a changed byte can end the whole process when it is searched.
            if _digest(path) != manifest["sha256"]:
                return index, "its file is damaged"
            index.load(str(path))
        except FileNotFoundError:
            return index, "there was none"
        except (ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
            return self._make(width), f"it cannot be read ({first_line(error)})"
        return index, None

    def _describe(self, width: int) -> dict[str, Any]:
        settings = [NUMBER_KIND, CONNECTIVITY, EFFORT_ADDING]
        return {"model": self.model, "library": self.name, "dimensions_count": width, "settings": settings}

    def _land(self, index: Any, width: int) -> None:
        """Puts the index in a new file, then the manifest that names it, then takes away what is left of older ones."""
        tag = uuid4().hex[:8]
        part = self.folder / f"insights{_SUFFIX}.part-{tag}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            index.save(str(part))
            digest = _digest(part)
            path = self.folder / f"insights-{tag}{_SUFFIX}"
            _put(part, path)
            part = self.folder / f"{_MANIFEST}.part-{tag}"
            part.write_text(json.dumps({**self._describe(width), "file": path.name, "sha256": digest}))
            _put(part, self.folder / _MANIFEST)
            self._clear(path)
        except (OSError, RuntimeError) as error:  # the library's own words for a full disk are a RuntimeError
            raise StoreUnreadable(
                f"the index in {self.folder} cannot be written ({first_line(error)}). Let this user write there and free "
                "some disk space, or delete that folder: it is made anew."
            ) from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _clear(self, kept: Path) -> None:
        for path in self.folder.glob(f"*{_SUFFIX}"):
            if path != kept:
                path.unlink(missing_ok=True)
        for path in self.folder.glob("*.part-*"):
            if path.stat().st_mtime < time.time() - PART_LEFT_SECONDS:
                path.unlink(missing_ok=True)


def _check(queries: Floats, ordered: Keys, vectors: Rows) -> None:
    if queries.ndim != 2 or len(ordered) != len(vectors):
        raise ValueError(f"{len(ordered)} keys for {len(vectors)} vectors, queries of shape {queries.shape}")
    width = vectors[np.zeros(1, np.int64)].shape[1] if len(ordered) else queries.shape[1]
    if width != queries.shape[1]:
        raise ValueError(f"queries of {queries.shape[1]} numbers against vectors of {width}")
    if (ordered[1:] == ordered[:-1]).any():
        raise ValueError("a key stands for two vectors")


def _rank(queries: Floats, vectors: Rows, rows: Indices, places: Indices, k: int, floor: float) -> Pairs:
    """The k best of each query among the pairs found: the same arithmetic as the exact comparison's, so swapping them shows
    in nothing but what is missed."""
    cosines = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), SCORED_AT_ONCE):
        pairs = slice(start, start + SCORED_AT_ONCE)
        left, right = np.asarray(queries[rows[pairs]], np.float64), np.asarray(vectors[places[pairs]], np.float64)
        cosines[pairs] = np.einsum("ij,ij->i", left, right)
    order = np.lexsort((places, -cosines, rows))
    order = order[cosines[order] >= floor]
    rows, places, cosines = rows[order], places[order], cosines[order]
    keep = np.arange(len(rows)) - np.searchsorted(rows, rows, side="left") < k
    return rows[keep], places[keep], cosines[keep]


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(part: Path, path: Path) -> None:
    with open(part, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)


def _import_usearch() -> Any:
    try:
        import usearch
        import usearch.index
    except ImportError as lacking:
        raise SettingsInvalid(
            f"the vector index needs usearch ({first_line(lacking)}): pip install 'brief_pipeline[index]', or switch the "
            "index off in brief.toml."
        ) from lacking
    return usearch
