"""How much each sentence sounds like an advert, a promotion, a greeting or a goodbye: what small trained models say.

They look at the sentence's vector, the mean vector of its neighbours, the phrases in and around it, its manner (to whom it
speaks, figures, addresses), the brands it names and the changes of speaker. A logistic regression takes each sentence
alone; small convolutional networks read them in order, some 20 sentences to each side. Both were trained on the marked
reads of many shows by tests/benchmarks/quality/train_adverts.py, and fit the vectors of one embedding model only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.stages import advert_phrases as phrases
from brief_pipeline.stages.advert_brand import count_mentions

CLASSES = ("talk", "sponsor", "self-promotion", "intro", "outro")
OTHER_TURN = 0.3  # what a neighbour counts whom somebody else speaks: a read is one turn as a rule
CONTEXT = 4  # sentences on each side whose vectors are averaged: a read is one topic of some 5 to 20 sentences
TRAINED_ON = "all-MiniLM-L6-v2"  # the embedding model
ALONE_SHARE = 0.4  # of the regression in the score: together with the networks it beats either in cross-validation by show
DIRECT_SHARE = 0.5  # in a network, of what goes past its layers
DISTANCES = (1, 3, 6)  # sentences between those that each layer looks at
SHIFT = -1.1  # log odds added for the share of adverts in an episode: precision over .95 on unseen shows
DECAY = 0.8  # how much of a phrase's weight is left one sentence further on

Floats = NDArray[np.float64]

_CUES = (
    phrases.OPENING,
    phrases.CLOSING,
    phrases.BOILERPLATE,
    phrases.SHARED,
    phrases.BREAK,
    phrases.BACK,
    phrases.PROMOTION,
    phrases.CREDITS,
    phrases.GREETING,
    phrases.GOODBYE,
    phrases.LAST_WORDS,
    phrases.DENIAL,
)
SPREADING = 8  # the first so many of them tell something about the sentences around too
_MANNERS = (
    re.compile(r"\b(?:you|your|you're|you'll|yours|yourself)\b", re.IGNORECASE),
    re.compile(r"\b(?:I|I'm|I've|me|my)\b", re.IGNORECASE),
    re.compile(r"\b(?:we|our|us|we're|they|their)\b", re.IGNORECASE),
    re.compile(r"\d|%|\$|\bpercent\b"),
    re.compile(r"\bdot (?:com|org|net|io|co)\b|\w\.(?:com|org|net|io|co|ai)\b", re.IGNORECASE),
    re.compile(
        r"\b(?:free|easy|easily|today|best|love|help|helps|trusted|perfect|discover|save|join|get|try)\b", re.IGNORECASE
    ),
    re.compile(r"\b(?:was|were|had|did|said|went|because|think|thought|mean|kind of)\b", re.IGNORECASE),
)


def describe(texts: Sequence[str], vectors: NDArray[np.floating[Any]], turns: Sequence[int]) -> Floats:
    """What the model looks at: a row of numbers for each sentence, given its unit vector and its turn."""
    own = np.asarray(vectors, dtype=np.float64)
    said = np.array([[bool(cue.search(text)) for cue in _CUES] for text in texts], dtype=np.float64).reshape(len(texts), -1)
    manner = np.array([[min(4, len(found.findall(text))) for found in _MANNERS] for text in texts], dtype=np.float64)
    length = np.log1p([text.count(" ") + 1 for text in texts])
    spread = said[:, :SPREADING]
    columns = [
        own * np.sqrt(own.shape[1]) / 4,
        _neighbours(own, np.asarray(turns)) * np.sqrt(own.shape[1]) / 4,
        said * 2,
        _decayed(spread) * 2,
        _decayed(spread[::-1])[::-1] * 2,
        manner.reshape(len(texts), -1),
        length[:, None],
        _around(np.minimum(count_mentions(texts), 3)),
        _changes(np.asarray(turns)),
    ]
    return np.hstack(columns)


def _neighbours(vectors: Floats, turns: NDArray[np.int64]) -> Floats:
    """The mean vector of the sentences around each, itself left out; those of other turns count less."""
    total = np.zeros_like(vectors)
    weight = np.zeros((len(vectors), 1))
    for step in range(1, min(CONTEXT, len(vectors) - 1) + 1):
        near = np.where(turns[step:] == turns[:-step], 1.0, OTHER_TURN)[:, None]
        total[step:] += near * vectors[:-step]
        total[:-step] += near * vectors[step:]
        weight[step:] += near
        weight[:-step] += near
    return total / np.maximum(weight, 1.0)


def _around(mentions: NDArray[np.int64]) -> Floats:
    """Whether a sentence names what is advertised near it, and how lately, and how soon, another did."""
    named = mentions.astype(np.float64)[:, None]
    return np.hstack([named, _decayed(named), _decayed(named[::-1])[::-1]])


def _changes(turns: NDArray[np.int64]) -> Floats:
    """Whether somebody else speaks before each sentence, and after it."""
    changes = (np.diff(turns) != 0).astype(np.float64)
    return np.stack([np.concatenate([[0.0], changes]), np.concatenate([changes, [0.0]])], axis=1)


def _decayed(said: Floats) -> Floats:
    """How lately each phrase was said before each sentence: 1 in the sentence before, less and less after it."""
    left = np.zeros_like(said)
    for at in range(1, len(said)):
        left[at] = np.maximum(said[at - 1], DECAY * left[at - 1])
    return left


@cache
def _weights() -> tuple[Floats, tuple[dict[str, Floats], ...]]:
    """Of the regression a row for each class but talk (its constant, then its weights); and the layers of each network."""
    packed = files("brief_pipeline").joinpath("stages", "advert_weights.npz").read_bytes()
    with np.load(BytesIO(packed)) as saved:
        arrays = {key: saved[key].astype(np.float64) for key in saved.files}
    table = arrays.pop("regression")
    count = 1 + max(int(key.partition("/")[0]) for key in arrays)
    nets = [{key.partition("/")[2]: arrays[key] for key in arrays if key.startswith(f"{k}/")} for k in range(count)]
    return table, tuple(nets)


def score_sentences(texts: Sequence[str], vectors: NDArray[np.floating[Any]], turns: Sequence[int]) -> Floats:
    """The log odds of each class against plain talk: a row a sentence, a column a class (the first is talk: zero)."""
    if not len(texts):
        return np.zeros((0, len(CLASSES)))
    rows = describe(texts, vectors, turns)
    table, nets = _weights()
    alone = np.hstack([np.zeros((len(texts), 1)), rows @ table[:, 1:].T + table[:, 0]])
    among = np.mean([_read_in_order(rows, net) for net in nets], axis=0)
    scores: Floats = ALONE_SHARE * alone + (1 - ALONE_SHARE) * (among - among[:, :1])
    scores[:, 1:] += SHIFT
    return scores


def _read_in_order(rows: Floats, net: Mapping[str, Floats]) -> Floats:
    """What a network makes of the sentences in their order: a row each, a column a class."""
    size = net["vector.weight"].shape[1]
    states = [
        np.hstack([_dense(rows[:, :size], net, "vector").clip(0), _dense(rows[:, 2 * size :], net, "phrases").clip(0)])
    ]
    for layer, distance in enumerate(DISTANCES):
        states.append(_convolved(states[-1], net[f"layer{layer}.weight"], net[f"layer{layer}.bias"], distance).clip(0))
    return DIRECT_SHARE * _dense(rows, net, "direct") + _dense(np.hstack(states), net, "out")


def _dense(rows: Floats, net: Mapping[str, Floats], name: str) -> Floats:
    return rows @ net[f"{name}.weight"].T + net[f"{name}.bias"]


def _convolved(rows: Floats, weight: Floats, bias: Floats, distance: int) -> Floats:
    """Each row with those `distance` before and after it, twice that, and so on; beyond the ends there is nothing.

    `weight` is out x in x taps.
    """
    taps = weight.shape[2]
    reach = taps // 2 * distance
    padded = np.pad(rows, ((reach, reach), (0, 0)))
    total: Floats = sum(
        (padded[tap * distance : tap * distance + len(rows)] @ weight[:, :, tap].T for tap in range(taps)),
        start=np.tile(bias, (len(rows), 1)),
    )
    return total
