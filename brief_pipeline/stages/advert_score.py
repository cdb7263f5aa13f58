"""How much each sentence sounds like an advert, a promotion, a greeting or a goodbye: what a small trained model says.

A logistic regression over the sentence's vector, the mean vector of its neighbours, the phrases in and around it and its
manner (to whom it speaks, figures, addresses). It was trained on the marked reads of many shows; its weights fit the
vectors of one embedding model only (advert_weights.TRAINED_ON).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.stages import advert_phrases as phrases
from brief_pipeline.stages.advert_weights import WEIGHTS

CLASSES = ("talk", "sponsor", "self-promotion", "intro", "outro")
OTHER_TURN = 0.3  # what a neighbour counts whom somebody else speaks: a read is one turn as a rule
CONTEXT = 4  # sentences on each side whose vectors are averaged: a read is one topic of some 5 to 20 sentences
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


def _decayed(said: Floats) -> Floats:
    """How lately each phrase was said before each sentence: 1 in the sentence before, less and less after it."""
    left = np.zeros_like(said)
    for at in range(1, len(said)):
        left[at] = np.maximum(said[at - 1], DECAY * left[at - 1])
    return left


@cache
def _weights() -> Floats:
    """A row for each class but talk: its constant, then its weights."""
    coded = base64.b85decode("".join(WEIGHTS.split()))
    return np.frombuffer(coded, "<f2").astype(np.float64).reshape(len(CLASSES) - 1, -1)


def score_sentences(texts: Sequence[str], vectors: NDArray[np.floating[Any]], turns: Sequence[int]) -> Floats:
    """The log odds of each class against plain talk: a row a sentence, a column a class (the first is talk: zero)."""
    if not len(texts):
        return np.zeros((0, len(CLASSES)))
    table = _weights()
    return np.hstack([np.zeros((len(texts), 1)), describe(texts, vectors, turns) @ table[:, 1:].T + table[:, 0]])
