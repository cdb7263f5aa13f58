"""A URL's bytes in a file: gone on with where they were cut (RFC 9110, 14), counted, and moved into place when whole."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

import httpx

from brief_pipeline.engines.web.asking import Asker, Unanswered
from brief_pipeline.engines.web.part_file import discard, held, note_of, part_of, sweep
from brief_pipeline.engines.web.unpack import encodings_of, read_blocks, stated_length
from brief_pipeline.errors import PermanentFailure


@dataclass(frozen=True)
class Downloaded:
    """A file that landed whole."""

    path: Path
    bytes: int
    sha256: str
    content_type: str | None


class Downloader:
    """Fills part files and lands them. `patience_seconds`: after which a server that only drips is given up."""

    def __init__(self, asker: Asker, patience_seconds: float) -> None:
        self._asker = asker
        self._patience_seconds = patience_seconds

    def download(self, url: str, path: Path, most_bytes: int) -> Downloaded:
        """One try at a file. What it got stays beside the file's place for the next try, unless there will be none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = part_of(path, url)
        with held(part) as file:
            try:
                content_type = self._fill(url, file, part, most_bytes)
            except PermanentFailure:  # nobody will come back for the rest
                discard(part)
                raise
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = os.fstat(file.fileno()).st_size
            os.fsync(file.fileno())
            note_of(part).unlink(missing_ok=True)
            os.replace(part, path)
        sweep(path)
        return Downloaded(path, size, digest, content_type)

    def _fill(self, url: str, file: BufferedRandom, part: Path, most_bytes: int) -> str | None:
        """Adds what is missing of a URL's bytes to a file, checks their number, and gives their content type."""
        note, have = note_of(part), os.fstat(file.fileno()).st_size
        validator = note.read_text() if have and note.exists() else ""
        headers = {"Accept-Encoding": "identity"}
        if validator:
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        with self._asker.ask(url, headers, (200, 203, 206, *((416,) if validator else ()))) as answer:
            response = answer.response
            start = have if validator and _continues(response, have, validator) else 0
            if not start:
                file.truncate(0)
                note.write_text(_strong_validator(response))
            if response.status_code in (200, 203) or _first_byte(response) == start:
                for block in read_blocks(response, most_bytes - start, self._patience_seconds):
                    file.write(block)
                file.flush()
                _check_length(response, start, os.fstat(file.fileno()).st_size)
                content_type: str | None = response.headers.get("Content-Type")
                return content_type
        if validator:
            return self._fill(url, file, part, most_bytes)  # what we had begins another file: from the start, once
        raise Unanswered("the server sent a piece that was not asked for")


def _first_byte(response: httpx.Response) -> int:
    """Where the piece in a 206 begins in the whole; -1 where it does not say."""
    stated = re.match(r"bytes ([0-9]{1,18})-", response.headers.get("Content-Range", ""))
    return int(stated[1]) if stated else -1


def _continues(response: httpx.Response, have: int, validator: str) -> bool:
    """Whether a piece goes on where we stand in the same file: some servers heed Range and forget If-Range."""
    now = _strong_validator(response)
    return response.status_code == 206 and _first_byte(response) == have and now in ("", validator)


def _check_length(response: httpx.Response, start: int, have: int) -> None:
    """Refuses a file that is empty, or shorter or longer than stated: a cut download decodes without any error."""
    if not have:
        raise Unanswered("the server sent an empty file")
    whole = re.search(r"/([0-9]{1,18})$", response.headers.get("Content-Range", ""))
    length = stated_length(response)
    stated = int(whole[1]) if whole else have if length is None else start + length
    if stated != have and not encodings_of(response):
        raise Unanswered(f"{have} bytes came of {stated}")


def _strong_validator(response: httpx.Response) -> str:
    """What If-Range may be asked with: a strong ETag, else the date (RFC 9110, 13.1.5). Packed bytes have none."""
    etag: str = response.headers.get("ETag", "")
    found: str = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
    return found if found.isascii() and not encodings_of(response) else ""
