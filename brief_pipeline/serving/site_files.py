"""The published pages, from data/site/: small files, kept in memory until they change."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Any

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
OF_NAMES = {"feed.json": "application/feed+json", "sitemap.xml": "application/xml; charset=utf-8"}
ANY_TYPE = "application/octet-stream"
INDEX = "index.html"
KEPT_BYTES = 128 * 1024**2
CACHING = "no-cache"  # keep it, but ask each time: an answer "as before" costs nothing

Signature = tuple[int, int, int, int]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SiteFile:
    """A file as it is sent."""

    body: bytes
    etag: str
    changed: int  # seconds of the epoch
    signature: Signature
    headers: Headers

    def is_known(self, asked: Mapping[str, str]) -> bool:
        """Whether who asks has it already (RFC 9110, 13.1)."""
        if (tags := asked.get("if-none-match")) is not None:
            return tags.strip() == "*" or self.etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        if since := asked.get("if-modified-since"):
            try:
                return self.changed <= parsedate_to_datetime(since).timestamp()
            except (ValueError, OverflowError):
                return False
        return False


class SiteFiles:
    """The files of a folder that may be swapped for another at any time. What lies outside of it is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: OrderedDict[str, SiteFile] = OrderedDict()
        self._bytes = 0

    def find(self, path: str) -> SiteFile | None:
        """The file at a path of the site, such as briefs/2026-03-04.html; of a folder its index. None: there is none."""
        name = _plain_name(path)
        if name is None:
            return None
        return self._load(name) or (self._load(f"{name}/{INDEX}") if name and not name.endswith(".html") else None)

    def _load(self, name: str) -> SiteFile | None:
        place = f"{self.folder}/{name}" if name else f"{self.folder}/{INDEX}"
        try:
            found = os.stat(place)
            kept = self._kept.get(place)
            if kept and kept.signature == _sign(found):
                self._kept.move_to_end(place)
                return kept
            return self._read(place)
        except (OSError, ValueError):  # not there, a folder, a name too long
            return None

    def _read(self, place: str) -> SiteFile | None:
        root = os.path.realpath(self.folder)
        if os.path.commonpath((root, os.path.realpath(place))) != root:
            return None
        with open(place, "rb") as file:
            body, found = file.read(), os.fstat(file.fileno())
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        changed = int(found.st_mtime)
        name = os.path.basename(place)
        kind = OF_NAMES.get(name) or TYPES.get(os.path.splitext(name)[1].lower(), ANY_TYPE)
        headers = (
            ("content-type", kind),
            ("etag", etag),
            ("last-modified", formatdate(changed, usegmt=True)),
            ("cache-control", CACHING),
        )
        self._keep(place, made := SiteFile(body, etag, changed, _sign(found), headers))
        return made

    def _keep(self, place: str, made: SiteFile) -> None:
        before = self._kept.pop(place, None)
        self._bytes += len(made.body) - (len(before.body) if before else 0)
        self._kept[place] = made
        while self._bytes > KEPT_BYTES and self._kept:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)


def _plain_name(path: str) -> str | None:
    """The path without its slashes at the ends; None for one that leads elsewhere, or to what is hidden.

    >>> _plain_name("/briefs/"), _plain_name("/"), _plain_name("/../brief.toml"), _plain_name("/.git/config")
    ('briefs', '', None, None)
    """
    name = path.strip("/")
    parts = name.split("/") if name else []
    if any(not part or part.startswith(".") or "\\" in part or "\x00" in part for part in parts):
        return None
    return name


def _sign(found: Any) -> Signature:
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
