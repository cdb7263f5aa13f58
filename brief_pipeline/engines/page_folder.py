"""A folder of pages that changes as a whole: a new tree is built beside the one that is read, then a link is swapped.

    site         -> site.trees/5f1c...    what is read; the link is replaced by rename
    site.trees/5f1c.../                   the pages
    site.trees/5f1c....json               path -> hash of what the page was made from
    site.trees/91aa.../                   the tree before: who opened a page a moment ago finds its neighbours

A page whose input is the same is not made again: it is one file in both trees, under two names.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from brief_pipeline.errors import SettingsInvalid

MARK = ".pages"  # in a tree: it was built here
FEW = 200  # files that are synced one by one: of more, the whole disk is


class PageTree:
    """A tree that is being built. What is neither kept nor written is not in it."""

    def __init__(self, folder: Path, before: Path | None, known: dict[str, str]) -> None:
        self.folder = folder
        self.hashes: dict[str, str] = {}
        self.written: list[str] = []
        self._before = before
        self._known = known
        self._folders: set[Path] = set()

    def keep(self, path: str, input_hash: str) -> bool:
        """Takes a page over from the tree before. False: it is not there, or was made from something else."""
        if self._before is None or self._known.get(path) != input_hash:
            return False
        try:
            _link(self._before / path, self._place(path))
        except FileNotFoundError:
            return False
        self.hashes[path] = input_hash
        return True

    def write(self, path: str, input_hash: str, body: bytes) -> None:
        """Puts a new page into the tree."""
        self._place(path).write_bytes(body)
        self.hashes[path] = input_hash
        self.written.append(path)

    def _place(self, path: str) -> Path:
        place = self.folder / path
        if place.parent not in self._folders:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._folders.add(place.parent)
        return place

    def sync(self) -> None:
        """Waits until the disk has all that was written: a page is never made again as long as its input is the same."""
        if len(self.written) > FEW:
            os.sync()
            return
        for path in (*(self.folder / path for path in self.written), self.folder.with_suffix(".json")):
            with open(path, "rb") as file:
                os.fsync(file.fileno())


@contextmanager
def build_pages(link: Path) -> Iterator[PageTree]:
    """A tree to be filled, which is what `link` leads to from the end of the block on; after an error nothing changes.

    One process builds at a time, the others wait. Of a killed one nothing is left after the next build. Raises
    SettingsInvalid where something else than such a link is in its place, or a copy of what it led to.
    """
    if link.exists() and not link.is_symlink() and not (link / MARK).is_file():
        raise SettingsInvalid(f"{link} holds no pages that were built here. Move it away: the pages are made anew there.")
    trees = link.with_name(f"{link.name}.trees")
    trees.mkdir(parents=True, exist_ok=True)
    with _alone(trees):
        before = _find_before(link, trees)
        tree = PageTree(trees / uuid4().hex, before, _read_hashes(before))
        tree.folder.mkdir()
        try:
            yield tree
            tree.folder.with_suffix(".json").write_bytes(json.dumps(tree.hashes, sort_keys=True, indent=0).encode())
            (tree.folder / MARK).touch()
            tree.sync()
            _swap(link, tree.folder)
        finally:
            _sweep(trees, {_find_before(link, trees), before})


@contextmanager
def _alone(trees: Path) -> Iterator[None]:
    """The turn of one process: the kernel lets go of it for who is killed."""
    with open(trees / "turn", "ab") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _find_before(link: Path, trees: Path) -> Path | None:
    tree = trees / Path(os.readlink(link)).name if link.is_symlink() else None
    return tree if tree and tree.is_dir() else None


def _read_hashes(tree: Path | None) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(tree.with_suffix(".json").read_bytes()) if tree else {}
    except (OSError, ValueError):  # lost or cut: every page is made anew
        return {}
    return known


def _swap(link: Path, tree: Path) -> None:
    if link.exists() and not link.is_symlink():  # what copies a data folder may put the pages in the place of the link
        os.rename(link, tree.with_name(f"{tree.name}.copy"))
    new = tree.with_suffix(".link")
    new.symlink_to(Path(tree.parent.name) / tree.name)
    os.replace(new, link)
    held = os.open(link.parent, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _sweep(trees: Path, kept: set[Path | None]) -> None:
    """Removes all trees but those that are kept, and what killed builds left."""
    names = {tree.name for tree in kept if tree}
    for path in trees.iterdir():
        if path.name in {"turn", *names, *(f"{name}.json" for name in names)}:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copyfile(old, new)
