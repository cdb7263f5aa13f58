"""The nouns of the sample, and the scripts they are read from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

BASE_URL = "http://127.0.0.1:8807"  # where `brief demo` serves the folder


@dataclass(frozen=True)
class Speaker:
    """A voice with a name. `role` is "host" or "guest"."""

    name: str
    about: str
    voice: str
    pitch: int
    role: str


@dataclass
class Cue:
    """One caption line. Times are measured on the audio and set when it is spoken."""

    speaker: Speaker
    text: str
    chapter: str | None = None  # the chapter that opens with this cue
    is_sponsor: bool = False
    start: float = 0.0
    end: float = 0.0


@dataclass
class Episode:
    """One script, and what became of it."""

    slug: str
    title: str
    guid: str
    published: datetime
    summary: str
    speakers: list[Speaker]
    cues: list[Cue]
    seconds: float = 0.0
    mp3_bytes: int = 0


@dataclass
class Show:
    """A show and its episodes, oldest first."""

    slug: str
    title: str
    tagline: str
    description: str
    category: str
    formats: list[str]
    chapters: bool
    host: dict[str, Any]
    episodes: list[Episode] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"{BASE_URL}/{self.slug}/{name}"


def read_script(path: Path, host: dict[str, Any]) -> Episode:
    """An episode from its script: TOML between +++ lines, then "KEY: text" lines, [chapter] and [sponsor] marks."""
    _, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    meta = tomllib.loads(head)
    people = {host["key"]: {k: v for k, v in host.items() if k != "key"} | {"role": "host"}}
    people |= {key: guest | {"role": "guest"} for key, guest in meta.pop("guests").items()}
    speakers = {key: Speaker(**person) for key, person in people.items()}
    return Episode(path.stem, speakers=list(speakers.values()), cues=list(read_cues(body, speakers)), **meta)


def read_cues(body: str, speakers: dict[str, Speaker]) -> Iterator[Cue]:
    chapter, is_sponsor = None, False
    for line in filter(None, map(str.strip, body.splitlines())):
        if mark := re.fullmatch(r"\[(chapter|sponsor|end sponsor)\] ?(.*)", line):
            chapter = mark[2] if mark[1] == "chapter" else chapter
            is_sponsor = {"sponsor": True, "end sponsor": False}.get(mark[1], is_sponsor)
            continue
        key, text = line.split(": ", 1)
        yield Cue(speakers[key], text, chapter, is_sponsor)
        chapter = None
