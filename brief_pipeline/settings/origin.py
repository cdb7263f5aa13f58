"""Which settings are set, and where. Names only: a value may be a key or a subscriber's address."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brief_pipeline.settings import Settings

PREFIX = "BRIEF_"
PLACES = frozenset({"BRIEF_HOME", "BRIEF_CONFIG"})  # where the settings are, rather than settings


def names_in_file(path: Path) -> list[str]:
    """The settings that a brief.toml sets: whisper.model. None where there is no file."""
    if not path.exists():
        return []
    return sorted(_flatten(tomllib.loads(path.read_text(encoding="utf-8"))))


def _flatten(table: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"


def names_in_environment() -> tuple[list[str], list[str]]:
    """The names that are settings, and those that look like one and are none."""
    names = sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name not in PLACES and os.environ[name]
    )
    known = [name for name in names if as_setting(name).split(".")[0] in Settings.model_fields]
    return known, [name for name in names if name not in known]


def as_setting(name: str) -> str:
    """The setting that a name in the environment sets.

    >>> as_setting("BRIEF_WHISPER__MODEL")
    'whisper.model'
    """
    return name[len(PREFIX) :].lower().replace("__", ".")
