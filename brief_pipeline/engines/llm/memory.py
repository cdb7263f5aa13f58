"""Short answers kept on disk by key, beside the whole answers that the client keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path


class AnswerMemory:
    """Remembers texts by key, for ever. Several processes may use one folder at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def recall(self, keys: Sequence[str]) -> dict[str, str]:
        """Those of the keys that are known, with their texts."""
        if not keys or not self.folder.exists():
            return {}
        import diskcache

        with diskcache.Cache(str(self.folder), eviction_policy="none") as remembered:
            known = {key: remembered.get(key) for key in keys}
        return {key: text for key, text in known.items() if text is not None}

    def keep(self, texts: Mapping[str, str]) -> None:
        """Keeps all the texts, or none."""
        if not texts:
            return
        import diskcache

        with diskcache.Cache(str(self.folder), eviction_policy="none") as remembered, remembered.transact():
            for key, text in texts.items():
                remembered.set(key, text)
