"""Whether the house is well: settings, disk, models, feeds, the instance."""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from brief_pipeline.engines.embedder import PACKAGED_MODEL
from brief_pipeline.errors import BriefError
from brief_pipeline.settings import Settings, config_path
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.subscriptions import list_shows

LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """Something looked at. `is_well` is None where it is neither well nor wrong."""

    what: str
    is_well: bool | None
    found: str


def examine(settings: Settings) -> list[Finding]:
    """All that was looked at, wrong or not. Nothing is downloaded."""
    house = build_house(settings)
    return [
        finding for look in (_settings, _disk, _store, _shows, _embedding, _speech, _llm) for finding in _safely(look, house)
    ]


def _safely(look: Callable[[House], Iterator[Finding]], house: House) -> Iterator[Finding]:
    try:
        yield from look(house)
    except BriefError as problem:
        yield Finding(look.__name__.strip("_"), False, str(problem))


def _settings(house: House) -> Iterator[Finding]:
    path = config_path()
    yield Finding("settings", True, str(path) if path.exists() else f"defaults: there is no {path}")
    interests = house.settings.interests
    said = (
        f"{len(interests)} given"
        if interests
        else "none: the five are picked without them (interests = [...] in brief.toml)"
    )
    yield Finding("interests", True if interests else None, said)


def _disk(house: House) -> Iterator[Finding]:
    folder = house.settings.data
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    is_well = free >= LEAST_FREE_BYTES and os.access(folder, os.W_OK)
    yield Finding("data folder", is_well, f"{folder}, {free / 1024**3:.1f} GiB free")


def _store(house: House) -> Iterator[Finding]:
    episodes = house.store.select("raw.episodes", ("published_on",))
    failures = house.store.select("raw.failures", ("stage",))
    yield Finding("database", True, f"{house.store.path}, {len(episodes)} episodes")
    yield Finding("failures", None if failures else True, f"{len(failures)} items (table raw.failures)")


def _shows(house: House) -> Iterator[Finding]:
    shows = list_shows(house.settings)
    yield Finding("shows", True if shows else None, f"{len(shows)} followed" if shows else "none: brief feeds add URL")
    for show in shows:
        if show["reason"]:
            yield Finding("feed", False, f"{show['show'] or show['url']}: {show['reason']}")


def _embedding(house: House) -> Iterator[Finding]:
    vectors = house.embedder.embed(["Is the model there?"])
    come = "comes with the install" if house.embedder.name == PACKAGED_MODEL else "loaded"
    yield Finding("embedding model", True, f"{house.embedder.name}, {vectors.shape[1]} numbers a text ({come})")


def _speech(house: House) -> Iterator[Finding]:
    model = house.settings.whisper_model
    folder = house.settings.data / "models"
    if Path(model).is_dir() or any(folder.glob(f"*{model}*")):
        yield Finding("speech model", True, model)
    else:
        yield Finding(
            "speech model",
            None,
            f"{model} is not on disk: it is fetched when an episode without a transcript first needs it",
        )


def _llm(house: House) -> Iterator[Finding]:
    if importlib.util.find_spec("litellm") is None:
        yield Finding("LLM", False, "litellm is not installed: pip install -e .")
    elif house.llm:
        yield Finding("LLM", None, f"{house.llm.name} (asked when insights are extracted)")
    else:
        yield Finding("LLM", None, "none: insights are the speakers' own sentences ([llm] model in brief.toml)")
