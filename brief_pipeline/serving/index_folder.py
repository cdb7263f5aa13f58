"""The search index of a snapshot: a folder beside it, built aside and put in place whole.

    data/published/search/<key>/
        words/          what is found by words
        vectors.npy     a row for each insight; axes.npy, short.npy: the same shortened, where there are many
        rows.bin        what is shown of each, as JSON; rows.npy: where each begins
        facts.npz       the day and the show of each
        about.json      what it is of

The key is of the snapshot's identity, the embedding model and the version of this layout: another of them is another folder.
Every file is read through memory maps, so several processes share one copy.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.engines.word_index import Entry, WordIndex, build_word_index
from brief_pipeline.errors import StoreUnreadable, first_line
from brief_pipeline.serving.meaning import Shortened, shorten
from brief_pipeline.stages.hit import Hit
from brief_pipeline.warehouse.published import Published, open_published
from brief_pipeline.warehouse.vectors import InsightVectors

LAYOUT = 2  # goes up with each change of what the folder holds
KEPT = 2  # the one in force, and the one that somebody may just be opening


@dataclass(frozen=True)
class About:
    """What an index is of."""

    key: str
    made_at: str
    model: str
    insights: int


@dataclass(frozen=True, eq=False)
class IndexFolder:
    """An index, open."""

    about: About
    words: WordIndex
    vectors: NDArray[np.float32]
    shortened: Shortened | None
    days: NDArray[np.int32]
    shows: NDArray[np.int32]
    show_titles: tuple[str, ...]
    _rows: Any
    _ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.days)

    def hit(self, place: int, score: float) -> Hit:
        """What is shown of the insight at a place."""
        row = json.loads(self._rows[int(self._ends[place]) : int(self._ends[place + 1])])
        return Hit(**{**row, "published_on": date.fromisoformat(row["published_on"])}, score=score)


def find_key(snapshot: Path, model: str) -> str:
    """The name of the folder that the index of the snapshot as it is now has. Raises SettingsInvalid, StoreUnreadable."""
    with open_published(snapshot) as published:
        return _key_of(published.identity, model)


def find_folder(snapshot: Path, key: str) -> Path:
    """Where an index lies."""
    return snapshot.parent / "search" / key


def make_index(snapshot: Path, model: str) -> Path:
    """The index of the snapshot as it is now, built if nobody has built it yet. Gives its folder. Raises StoreUnreadable."""
    folder = find_folder(snapshot, find_key(snapshot, model))
    if folder.is_dir():
        return folder
    try:
        with _alone_in(folder.parent):
            return _build(snapshot, model)
    except OSError as error:
        raise StoreUnreadable(f"{folder.parent}: the search index cannot be written ({first_line(error)}).") from error


def open_index(folder: Path) -> IndexFolder:
    """An index that was built. Raises StoreUnreadable where it is gone or damaged."""
    try:
        about = About(**json.loads((folder / "about.json").read_bytes()))
        with np.load(folder / "facts.npz") as facts:
            days, shows = facts["days"], facts["shows"]
        titles = tuple(json.loads((folder / "shows.json").read_bytes()))
        with open(folder / "rows.bin", "rb") as file:
            rows = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if about.insights else b""
        ends = np.load(folder / "rows.npy", mmap_mode="r")
        vectors = np.asarray(np.load(folder / "vectors.npy", mmap_mode="r"))
        return IndexFolder(
            about, WordIndex(folder / "words"), vectors, _open_shortened(folder), days, shows, titles, rows, ends
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreUnreadable(
            f"the search index in {folder} cannot be read ({first_line(error)}): delete that folder, it is made anew."
        ) from error


def _build(snapshot: Path, model: str) -> Path:
    with open_published(snapshot) as published:
        identity = published.identity
        key = _key_of(identity, model)
        folder = find_folder(snapshot, key)
        if folder.is_dir():  # another process built it while this one waited
            return folder
        _sweep(folder.parent)
        part = folder.with_name(f"{key}.part-{uuid4().hex[:8]}")
        (part / "words").mkdir(parents=True)
        count = build_word_index(part / "words", _write_rows(part, published, model))
        about = About(key, identity[0].isoformat(), model, count)
        (part / "about.json").write_text(json.dumps(asdict(about)), encoding="utf-8")
        os.replace(part, folder)
    _drop_old(folder)
    return folder


def _write_rows(part: Path, published: Published, model: str) -> Iterator[Entry]:
    """Writes what is shown of each insight, and its vector. Gives what it is found by."""
    known = published.vectors(model)
    ends, days, shows, ids = [0], [], [], []
    titles: dict[str, int] = {}
    with open(part / "rows.bin", "wb") as file:
        for row in published.insights():
            ends.append(ends[-1] + file.write(_row_of(row)))
            days.append(row["published_on"].toordinal())
            shows.append(titles.setdefault(row["show_title"] or "", len(titles)))
            ids.append(row["insight_id"])
            source = " ".join(filter(None, (row["speaker"], row["show_title"], row["episode"])))
            yield Entry(row["claim"], f"{row['explanation']} {row['quote']}", source, days[-1], shows[-1])
    np.save(part / "rows.npy", np.array(ends, np.int64))
    np.savez(part / "facts.npz", days=np.array(days, np.int32), shows=np.array(shows, np.int32))
    (part / "shows.json").write_text(json.dumps([*titles]), encoding="utf-8")
    vectors = _in_order(ids, known)
    np.save(part / "vectors.npy", vectors)
    if shortened := shorten(vectors):
        np.save(part / "axes.npy", shortened.axes)
        np.save(part / "short.npy", shortened.vectors)


def _open_shortened(folder: Path) -> Shortened | None:
    if not (folder / "short.npy").exists():
        return None
    return Shortened(np.load(folder / "axes.npy"), np.asarray(np.load(folder / "short.npy", mmap_mode="r")))


def _row_of(row: dict[str, Any]) -> bytes:
    own = {name: value for name, value in row.items() if name != "quote_start_seconds"}
    shown = {**own, "published_on": row["published_on"].isoformat(), "start_seconds": row["quote_start_seconds"]}
    return json.dumps(shown, ensure_ascii=False).encode(errors="replace")


def _in_order(ids: list[str], known: InsightVectors) -> NDArray[np.float32]:
    """The vectors in the order of the ids; what has none is near to nothing."""
    vectors = np.zeros((len(ids), known.vectors.shape[1]), np.float32)
    if not len(known) or not ids:
        return vectors
    names, wanted = known.insight_id.astype(np.str_), np.array(ids)
    at = np.minimum(np.searchsorted(names, wanted), len(names) - 1)
    found = names[at] == wanted
    vectors[found] = known.vectors[at[found]]
    return vectors


def _key_of(identity: tuple[datetime, str, int], model: str) -> str:
    made_at, run_id, insights = identity
    named = json.dumps([LAYOUT, made_at.isoformat(), run_id, insights, model])
    return hashlib.sha256(named.encode()).hexdigest()[:16]


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One process builds at a time; the others wait. The kernel lets go of it for who is killed."""
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _sweep(folder: Path) -> None:
    """Takes away what a killed build left."""
    for part in folder.glob("*.part-*"):
        shutil.rmtree(part, ignore_errors=True)


def _drop_old(newest: Path) -> None:
    """Takes away indexes of snapshots that are gone. Who has one open keeps it."""

    def age(folder: Path) -> float:
        with contextlib.suppress(OSError):
            return (folder / "about.json").stat().st_mtime
        return 0.0

    folders = sorted((f for f in newest.parent.iterdir() if f.is_dir() and f != newest), key=age, reverse=True)
    for folder in folders[KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
