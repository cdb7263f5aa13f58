"""Where a Whisper model lies on this disk, fetched once where it does not."""

from __future__ import annotations

import json
from pathlib import Path

MODEL_FILES = ("config.json", "model.bin", "tokenizer.json")
HUB_PATIENCE_SECONDS = 5.0


def find_model(model: str, cache: Path | None) -> str:
    """The model's folder: the one named, or the hub's copy on this disk, or a new copy.

    Raises FileNotFoundError for a folder that lacks a file, ValueError for a name that nobody knows, the hub's own errors.
    """
    from faster_whisper import download_model

    named = Path(model).expanduser()
    if named.is_dir():
        return _complete(named)
    if named.is_absolute() or model.startswith((".", "~")):
        raise FileNotFoundError(f"there is no folder {named}")
    place = str(cache) if cache else None
    try:
        return _complete(Path(download_model(model, local_files_only=True, cache_dir=place)))
    except FileNotFoundError:  # no copy yet, or one that was cut
        _knock_at_hub()
        return _complete(Path(download_model(model, cache_dir=place)))


def name_model(model: str) -> str:
    """What transcripts call a model: the name in its folder's config.json, else the last part of its own."""
    config = Path(model).expanduser() / "config.json"
    told = json.loads(config.read_text(encoding="utf-8")).get("name") if config.is_file() else None
    return str(told or Path(model).name)


def _complete(folder: Path) -> str:
    """The folder, if it holds a whole model. A lacking tokenizer.json would be looked for on the hub."""
    lacking = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if lacking:
        raise FileNotFoundError(f"{folder} lacks {', '.join(lacking)}")
    return str(folder)


def _knock_at_hub() -> None:
    """Raises within seconds where the hub can't be reached: its own client waits for ever where packets are dropped."""
    import huggingface_hub

    huggingface_hub.get_session().head(huggingface_hub.constants.ENDPOINT, timeout=HUB_PATIENCE_SECONDS)
