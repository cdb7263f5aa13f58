"""The structured log of every run: data/logs/brief-YYYY-MM-DD.jsonl, one JSON object a line.

Who begins a run's stage binds what each of its lines says (`said_of_all`: run_id, job, stage); who does the work logs what
became of it, once it is so. Several processes append to one file: each line is one write at its end. No line holds a secret,
and a log that cannot be written stops nothing.
"""

import fcntl
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import FilteringBoundLogger

from brief_pipeline.settings import Settings
from brief_pipeline.stages.address import HIDDEN, hide_secrets

Event = MutableMapping[str, Any]

FIRST_KEYS = ("at", "level", "event", "run_id", "job", "stage", "day", "item")  # the others follow as they were given
SHORTEST_SECRET = 8  # a shorter one is a word that stands in for a key, as "none" or "ollama" do
LONGEST_TEXT = 20_000  # of one value: a traceback fits, a page that an error quotes in full does not

said_of_all = bound_contextvars

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>`\\]+", re.I)
_KEY_NAMES = re.compile(r"_(API_KEY|TOKEN|SECRET|PASSWORD)$")
_complained: set[Path] = set()  # folders that could not be written to: said once each


def open_log(settings: Settings) -> FilteringBoundLogger:
    """The log of the runs over one data folder. `log.info("item done", item=..., seconds=...)` is one line."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        _DayFiles(settings.data / "logs"),
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            _Mask(list_secrets(settings)),
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return log


def hide_in_text(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with its addresses as they may be shown, and without the secrets.

    >>> hide_in_text("no answer from https://me:pw@host.example/rss?auth=1: key sk-12345678", ["sk-12345678"])
    'no answer from https://host.example/rss?***: key ***'
    """
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return _ADDRESS.sub(_hide_address, text)


def list_secrets(settings: Settings) -> list[str]:
    """What must not be shown: the keys in the settings, and those that the environment holds for providers."""
    found = {value for name, value in os.environ.items() if _KEY_NAMES.search(name)}
    found |= set(_walk_secrets(settings))
    return sorted((secret for secret in found if len(secret) >= SHORTEST_SECRET), key=lambda secret: -len(secret))


def _walk_secrets(section: BaseModel) -> Iterator[str]:
    for _, value in section:
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _walk_secrets(value)


def _hide_address(found: re.Match[str]) -> str:
    address = found.group().rstrip(".,;:!?)]}")
    return hide_secrets(address) + found.group()[len(address) :]


class _Mask:
    """Takes secrets out of all that a line says."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secrets)

    def __call__(self, _: Any, __: str, event: Event) -> Event:
        return {key: self._clean(value) for key, value in event.items()}

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return hide_in_text(value, self._secrets)[:LONGEST_TEXT]  # in this order: half a secret is found by nobody
        if isinstance(value, Mapping):
            return {self._clean(str(key)): self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(item) for item in value]
        if value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value)):
            return value  # JSON has no NaN
        return value.isoformat() if isinstance(value, date) else self._clean(str(value))


def _render(_: Any, __: str, event: Event) -> tuple[tuple[str, bytes], dict[str, Any]]:
    """The line, and the day whose file it belongs in."""
    known = {key: event[key] for key in FIRST_KEYS if key in event}
    line = json.dumps({**known, **event}, ensure_ascii=False, default=str)
    return (str(event["at"])[:10], line.encode("utf-8", "backslashreplace")), {}


class _DayFiles:
    """Appends each line to the file of its UTC day, in one write: those of other processes stand before it or after it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _append(self, day: str, line: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"brief-{day}.jsonl"
            file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                with suppress(OSError):  # a file system without locks: there the one write has to do
                    fcntl.flock(file, fcntl.LOCK_EX)  # who looks at the end must not see another's line half written
                os.write(file, (b"\n" if _is_torn(file) else b"") + line + b"\n")
            finally:
                os.close(file)  # and the lock with it, also of a process that is killed
        except OSError as problem:
            self._complain(problem)

    def _complain(self, problem: OSError) -> None:
        if self._folder not in _complained:
            _complained.add(self._folder)
            said = "The log in %s cannot be written, and is left out: %s"
            logging.getLogger(__name__).warning(said, self._folder, problem)

    debug = info = warning = error = critical = _append


def _is_torn(file: int) -> bool:
    """Whether the last line has no end: a process was killed, or the disk was full, in the middle of its write."""
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"
