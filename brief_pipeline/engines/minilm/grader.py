"""How good an insight a candidate would make, graded as an editor would.

The grader is the packaged MiniLM with low-rank updates of its upper layers (LoRA, Hu et al. 2021, arXiv:2106.09685) and a
linear head, trained on judged candidates: data/grader/ holds the judgements and the script that makes adapter.npz.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from brief_pipeline.engines.minilm.weights import open_packaged, refuse

ADAPTER = Path(__file__).with_name("adapter.npz")
GRADER_VERSION = "grade-1"  # goes up with each new adapter.npz
MOST_TOKENS = 160  # of a candidate: three spoken sentences have 90 at most, but for run-on ones
BATCH_SIZE = 16
LORA_SCALE = 2.0  # alpha / rank, as trained
LOWEST, HIGHEST = 0.0, 2.0


class Grader(Protocol):
    """What the house needs of a grader."""

    @property
    def name(self) -> str:
        """The grader's version: what was graded by another one is graded again."""
        ...

    def grade(self, texts: Sequence[str]) -> np.ndarray:
        """How far each text stands alone, and how much it claims that is worth knowing: n x 2 float32, each 0 to 2.

        Raises ModelUnavailable.
        """
        ...


class MiniLmGrader:
    """The packaged MiniLM, taught to grade. English. The same texts, graded together, get the same grades."""

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self._loaded: tuple[Any, Any] | None = None
        self._head: dict[str, np.ndarray] = {}

    @property
    def name(self) -> str:
        return GRADER_VERSION

    def grade(self, texts: Sequence[str]) -> np.ndarray:
        """Grades of texts, in their order."""
        grades = np.zeros((len(texts), 2), np.float32)
        if not texts:
            return grades
        tokenizer, model = self._load()
        encoded = tokenizer(list(texts), truncation=True, max_length=MOST_TOKENS)["input_ids"]
        by_length = sorted(range(len(texts)), key=lambda i: (len(encoded[i]), texts[i]))
        for start in range(0, len(by_length), BATCH_SIZE):
            batch = by_length[start : start + BATCH_SIZE]
            features = _read(tokenizer.pad({"input_ids": [encoded[i] for i in batch]}, return_tensors="pt"), model)
            grades[batch] = (features @ self._head["weight"].T + self._head["bias"]) * self._head["sd"] + self._head["mean"]
        return np.clip(grades, LOWEST, HIGHEST)

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            try:
                self._loaded = self._open()
            except Exception as refused:  # numpy, safetensors and tokenizers each raise their own
                raise refuse("grader", refused) from refused
        return self._loaded

    def _open(self) -> tuple[Any, Any]:
        import torch

        tokenizer, model = open_packaged(self.threads)
        with np.load(ADAPTER) as saved:
            arrays = {key: saved[key].astype(np.float32) for key in saved.files}
        self._head = {key: arrays.pop(key) for key in ("weight", "bias", "mean", "sd")}
        for name in sorted(key.removesuffix(".down") for key in arrays if key.endswith(".down")):
            weight = model.get_submodule(name).weight
            weight.data += LORA_SCALE * torch.from_numpy(arrays[f"{name}.up"] @ arrays[f"{name}.down"])
        return tokenizer, model


def _read(batch: Any, model: Any) -> np.ndarray:
    """What the model makes of a batch: the vector of its first token beside the mean of all, n x 768."""
    import torch

    with torch.inference_mode():
        states = model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None]
        features = torch.cat([states[:, 0], (states * mask).sum(1) / mask.sum(1)], dim=1)
    return np.asarray(features.numpy(), np.float32)
