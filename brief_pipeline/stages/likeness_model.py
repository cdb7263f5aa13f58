"""From a pair's signs to its chances: the trained half of likeness (likeness_weights.npz, by data/likeness/teach.py)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.stages.likeness_signs import Describer

CLASSES = ("other", "same", "follow_up", "contradicts")
BLOCK_ROWS = 2000  # pairs that go down the trees together: 600 trees x 2,000 pairs x 8 bytes

Floats = NDArray[np.float64]
Chances = NDArray[np.float64]  # one for each of CLASSES
Weights = dict[str, NDArray[Any]]


@cache
def _weights() -> Weights:
    packed = files("brief_pipeline").joinpath("stages", "likeness_weights.npz").read_bytes()
    with np.load(BytesIO(packed)) as saved:
        return {name: saved[name] for name in saved.files}


@cache
def describer() -> Describer:
    """What describes pairs, with the rarities of words and the mean vector that the weights were taught with."""
    weights = _weights()
    rarities = dict(zip(weights["stems"].tolist(), weights["rarities"].astype(float).tolist(), strict=True))
    return Describer(rarities, weights["mean"])


def chances(signs: Floats, alignment: NDArray[np.floating[Any]] | None) -> Chances:
    """The chance of each of CLASSES, a row a pair, given its signs and (if looked at) its words' alignment."""
    kind = "light" if alignment is None else "full"
    rows = signs if alignment is None else np.hstack([signs, np.asarray(alignment, np.float64)])
    model = {name.partition("/")[2]: value for name, value in _weights().items() if name.startswith(f"{kind}/")}
    blocks = [rows[start : start + BLOCK_ROWS] for start in range(0, len(rows), BLOCK_ROWS)]
    return np.vstack([(_regress(block, model) + _descend(block, model)) / 2 for block in blocks])


def _regress(rows: Floats, model: Weights) -> Chances:
    return _softmax((rows - model["centre"]) / model["spread"] @ model["slopes"].T + model["constant"])


def _descend(rows: Floats, model: Weights) -> Chances:
    """What the trees say: each row goes down every tree to a leaf, whose value counts for the tree's class."""
    at = np.tile(model["roots"], (len(rows), 1))
    which = np.arange(len(rows))[:, None]
    for _ in range(int(model["depth"])):
        goes_left = rows[which, model["feature"][at]] <= model["threshold"][at]
        at = np.where(goes_left, model["left"][at], model["right"][at])  # a leaf leads to itself
    values = model["value"][at].astype(np.float64)
    per_class = [values[:, model["tree_class"] == number].sum(1) for number in range(len(CLASSES))]
    return _softmax(np.stack(per_class, 1) + model["baseline"])


def _softmax(scores: Floats) -> Chances:
    grown = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(grown / grown.sum(1, keepdims=True), np.float64)
