"""How well each word of one insight is matched by some word of another, through the packaged MiniLM.

The cosine of two whole texts cannot tell "the same in other words" from "the same words about another company". Word by word
it shows: in a rewrite every rare word of the one is near some word of the other; in a near miss one of them, the one that
matters, is near none (BERTScore, Zhang et al. 2020, arXiv:1904.09675, with the least matched words looked at apart).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.engines.minilm.weights import open_packaged, refuse

COMPARER_VERSION = "align-1"  # goes up with each change of what a row holds
LAYERS = (0, 2, 4, 6)  # of six: from the words as they are spelled to what they mean here
LOOKS = 10  # numbers a layer: five of each side
POOLED = (2, 3)  # of LAYERS: those whose mean vectors say what a part of a text is about
POOLS = 8  # numbers a pooled layer
MOST_TOKENS = 160  # of an insight: it has 45 in the middle
BATCH_SIZE = 16
FIRST_WORD = 1996  # "the": in this vocabulary the words stand by how frequent they are, the most frequent first
FREQUENT = 60  # words that weigh nothing
RARE = 2.5  # weight from which on a word is one that an insight hangs on
DIGIT_WEIGHT = 3.0  # single digits stand before the words
LEAST_WEIGHT = 1e-6  # nothing is divided by zero
DECIMALS = 4  # the last bits hang on what else is in a batch

Texts = tuple[str, str]  # a claim and its explanation
Floats = NDArray[np.float32]


class Comparer(Protocol):
    """What the house needs of a comparer."""

    @property
    def name(self) -> str:
        """The comparer's version: part of the key that its rows are kept by."""
        ...

    def align(self, pairs: Sequence[tuple[Texts, Texts]]) -> Floats:
        """How well the words of each pair match: a row a pair. Raises ModelUnavailable."""
        ...


@dataclass(frozen=True, eq=False)
class _Read:
    """A text as the model reads it."""

    states: Floats  # layers x tokens x 384, unit rows
    weights: Floats  # of each token
    claim: int  # how many tokens are the claim's
    pools: Floats  # POOLED x 4 x 384: of the claim, the rest, the claim by weight, the whole by weight; unit rows


class MiniLmComparer:
    """The packaged MiniLM, all layers looked at. English. The same pairs, compared together, get the same rows."""

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self._loaded: tuple[Any, Any] | None = None

    @property
    def name(self) -> str:
        return COMPARER_VERSION

    def align(self, pairs: Sequence[tuple[Texts, Texts]]) -> Floats:
        """How near the words of each text come to some word of the other: n x (LAYERS x LOOKS + POOLED x POOLS), up to 1.

        For each of LAYERS, of the left text and then of the right: the mean; the three rare words that come least near; the
        third of the rare words that do; the mean of the claim; its two rare words that come least near. Then the cosines of
        the claims, of the rests, and across.
        """
        rows = np.zeros((len(pairs), len(LAYERS) * LOOKS + len(POOLED) * POOLS), np.float32)
        if pairs:
            read = self._read_all(list(dict.fromkeys(text for pair in pairs for text in pair)))
            for at, (left, right) in enumerate(pairs):
                rows[at] = _align(read[left], read[right])
        return np.round(rows, DECIMALS)

    def _read_all(self, texts: Sequence[Texts]) -> dict[Texts, _Read]:
        by_length = sorted(texts, key=lambda text: (len(text[0]) + len(text[1]), text))
        batches = (by_length[start : start + BATCH_SIZE] for start in range(0, len(by_length), BATCH_SIZE))
        return {text: read for batch in batches for text, read in zip(batch, self._read(batch), strict=True)}

    def _read(self, batch: Sequence[Texts]) -> Iterator[_Read]:
        import torch

        tokenizer, model = self._load()
        wholes = [f"{claim} {explanation}".strip() or "-" for claim, explanation in batch]
        encoded = tokenizer(
            wholes, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt", return_offsets_mapping=True
        )
        offsets = encoded.pop("offset_mapping").numpy()
        with torch.inference_mode():
            layers = model(**encoded, output_hidden_states=True).hidden_states
            states = torch.nn.functional.normalize(torch.stack([layers[layer] for layer in LAYERS]), dim=-1).half().numpy()
        counts = encoded["attention_mask"].sum(1).tolist()
        for row, ((claim, _), count) in enumerate(zip(batch, counts, strict=True)):
            words = slice(1, count - 1)  # without the marks of beginning and end
            ids = encoded["input_ids"][row, words].numpy()
            shown = tokenizer.convert_ids_to_tokens(ids.tolist())
            claimed = int((offsets[row, words, 0] < max(1, len(claim))).sum())
            own, weights = states[:, row, words].copy(), _weigh(ids, shown)
            yield _Read(own, weights, claimed, _pool(own, weights, claimed))

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            try:
                self._loaded = open_packaged(self.threads)
            except Exception as refused:  # safetensors and tokenizers each raise their own
                raise refuse("comparer", refused) from refused
        return self._loaded


def _weigh(ids: NDArray[np.int64], shown: Sequence[str]) -> Floats:
    """How rare each token is, by its place in the vocabulary; punctuation weighs nothing."""
    rank = np.log(np.maximum(ids - FIRST_WORD, 1) / FREQUENT).clip(0)
    rank = np.where(ids < FIRST_WORD, DIGIT_WEIGHT, rank)
    return np.where([any(map(str.isalnum, token)) for token in shown], rank, 0).astype(np.float32)


def _align(left: _Read, right: _Read) -> list[float]:
    row: list[float] = []
    # As 32-bit numbers: numpy multiplies 16-bit ones element by element.
    near = np.matmul(left.states.astype(np.float32), right.states.astype(np.float32).transpose(0, 2, 1))
    for layer in near:
        row += [*_look(layer.max(1), left), *_look(layer.max(0), right)]
    for crossed in np.matmul(left.pools, right.pools.transpose(0, 2, 1)):
        row += [*crossed[:2, :2].ravel().tolist(), *crossed[2:, 2:].ravel().tolist()]
    return row


def _pool(states: Floats, weights: Floats, claim: int) -> Floats:
    """The mean vectors of a text's parts."""
    layers = states[list(POOLED)].astype(np.float32)
    weighed = layers * np.maximum(weights, LEAST_WEIGHT)[:, None]
    rest = slice(claim, None) if claim < layers.shape[1] else slice(None)
    pools = np.stack([layers[:, :claim].sum(1), layers[:, rest].sum(1), weighed[:, :claim].sum(1), weighed.sum(1)], axis=1)
    return np.asarray(pools / np.maximum(np.linalg.norm(pools, axis=-1, keepdims=True), LEAST_WEIGHT), np.float32)


def _look(nearest: Floats, read: _Read) -> tuple[float, ...]:
    """The five numbers of one side, given how near each of its tokens comes to one of the other's."""
    weights, claim = read.weights, read.claim
    rare = np.sort(nearest[weights > RARE]) if (weights > RARE).any() else np.sort(nearest)
    of_claim = np.sort(nearest[:claim][weights[:claim] > RARE]) if (weights[:claim] > RARE).any() else rare
    return (
        _mean(nearest, weights),
        float(rare[:3].mean()),
        float(rare[: max(1, len(rare) // 3)].mean()),
        _mean(nearest[:claim], weights[:claim]),
        float(of_claim[:2].mean()),
    )


def _mean(nearest: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float(nearest @ weights) / total if total else float(nearest.mean()) if len(nearest) else 0.0
