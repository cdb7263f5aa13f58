"""The chunks of an episode: spans of its transcript cut where the topic changes.

The cut is the optimal partition of the sentences' embeddings (dynamic programming; the objective of Alemi and Ginsparg,
"Text segmentation based on semantic word embeddings", 2015): it keeps ‖Σv‖²/n of each chunk large and pays for each cut.
On news it errs a third less than TextTiling; in free talk no method finds much, so expect no chapters there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.records import Chunk, Sentence, content_id
from brief_pipeline.stages.advert import AdvertSpan

CHUNKER_VERSION = "dp-4"  # change it whenever the same sentences and vectors would be cut otherwise
MAX_TOKENS = 200  # word pieces: under the 256 that MiniLM-L6-v2 reads; more would be cut off unseen
CUT_PENALTY = 0.45  # times the residual, times ln n: one constant for news, meetings and lectures
TURN_DISCOUNT = 0.25  # the share of the penalty that a cut between two turns does not cost
CALIBRATED_SENTENCES = 100  # the penalty was set on texts of this length and more; by ln n alone a short one falls to pieces
RESIDUAL_WINDOW = 10  # sentences; how far they scatter within one topic is measured in windows of about one chunk

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32] | Floats


def cut_chunks(
    episode_id: str,
    text: str,
    sentences: Sequence[Sentence],
    vectors: Vectors,
    token_counts: Sequence[int],
    adverts: Sequence[AdvertSpan] = (),
) -> tuple[Chunk, ...]:
    """All sentences in order, cut into chunks of at most MAX_TOKENS word pieces; a longer sentence stands alone.

    `text` is Transcript.text, `vectors` one unit row per sentence, `token_counts` its word pieces. A chunk is wholly inside
    an advert span or wholly outside; of whatever kind the span is (sponsor, self-promotion, intro, outro), its chunks are
    marked `is_sponsor`, and `sponsor_reason` says the kind: none of them holds insights.
    """
    if not len(sentences) == len(vectors) == len(token_counts):
        raise ValueError(f"{len(sentences)} sentences, {len(vectors)} vectors and {len(token_counts)} token counts")
    reasons: list[str | None] = [None] * len(sentences)
    for span in adverts:
        reasons[span.first : span.last + 1] = [f"{span.kind}: {span.reason}"] * (span.last + 1 - span.first)
    turns = np.array([sentence.turn for sentence in sentences])
    tokens = np.asarray(token_counts, dtype=np.float64)
    rows = np.asarray(vectors, dtype=np.float64)
    penalty = CUT_PENALTY * _residual(rows) * math.log(max(CALIBRATED_SENTENCES, len(rows)))
    prices = np.full(len(rows), penalty)
    prices[1:][turns[1:] != turns[:-1]] *= 1 - TURN_DISCOUNT
    chunks: list[Chunk] = []
    for reason, group in groupby(range(len(sentences)), key=reasons.__getitem__):
        block = list(group)
        inside = slice(block[0], block[-1] + 1)
        cuts = _partition(rows[inside], tokens[inside], prices[inside])
        for first, stop in pairwise([*cuts, len(block)]):
            held = sentences[block[0] + first : block[0] + stop]
            chunks.append(_chunk(episode_id, len(chunks), text, held, reason))
    return tuple(chunks)


def _chunk(episode_id: str, position: int, text: str, held: Sequence[Sentence], reason: str | None) -> Chunk:
    start, end = held[0].start, held[-1].end
    return Chunk(
        chunk_id=content_id(episode_id, start, end, text[start:end]),
        episode_id=episode_id,
        position=position,
        char_start=start,
        char_end=end,
        start_seconds=held[0].start_seconds,
        end_seconds=held[-1].end_seconds,
        speakers=tuple(dict.fromkeys(sentence.speaker for sentence in held if sentence.speaker is not None)),
        text=text[start:end],
        is_sponsor=reason is not None,
        sponsor_reason=reason,
    )


def _partition(vectors: Floats, tokens: Floats, prices: Floats) -> list[int]:
    """The first sentence of each part of the partition worth most; prices[i] is what a part that begins at i costs."""
    count = len(vectors)
    sums = np.vstack([np.zeros(vectors.shape[1]), np.cumsum(vectors, axis=0)])
    filled = np.concatenate([[0.0], np.cumsum(tokens)])
    earliest = np.searchsorted(filled, filled[1:] - MAX_TOKENS)  # where a part that ends with sentence j may begin
    best = np.zeros(count + 1)
    came_from = np.zeros(count + 1, dtype=np.int64)
    for stop in range(1, count + 1):
        starts = np.arange(min(earliest[stop - 1], stop - 1), stop)
        totals = sums[stop] - sums[starts]
        worth = best[starts] + np.einsum("ij,ij->i", totals, totals) / (stop - starts) - prices[starts]
        chosen = int(np.argmax(worth))
        best[stop], came_from[stop] = worth[chosen], starts[chosen]
    cuts = [int(came_from[count])]
    while cuts[-1] > 0:
        cuts.append(int(came_from[cuts[-1]]))
    return cuts[::-1]


def _residual(vectors: Floats) -> float:
    """How far sentences of one topic scatter: their mean squared distance from the mean of their window, unbiased."""
    count = len(vectors)
    if count < 2:
        return 0.0
    edges = np.arange(0, count, RESIDUAL_WINDOW)
    sizes = np.diff(np.append(edges, count))
    totals = np.add.reduceat(vectors, edges, axis=0)
    kept = float((np.einsum("ij,ij->i", totals, totals) / sizes).sum())
    return (count - kept) / max(1, count - len(sizes))
