"""What two insights of different shows are to each other, and which of those near an insight are worth reading with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.stages.neighbour import keep_diverse

Relation = Literal["agrees", "extends", "contradicts", "related"]

# Cosine. Of 60 links between real shows, read: 4 of 15 are on one topic from 0.45 to 0.50, 14 of 30 from there to 0.60,
# 14 of 15 above.
FLOOR = 0.5
MOST = 10
MOST_OF_A_SHOW = 2
SAME = 0.85  # cosine from which on two in one list say the same
RELEVANCE = 0.7  # its share in the choice, the rest is variety: of 0.5 to 1 the best of both on 300 lists

# What the verdict on a pair (raw.insight_pairs) says of it, and which of its chances says how sure.
_OF_VERDICT: Mapping[str | None, tuple[Relation, str]] = {
    "same": ("agrees", "same_score"),
    "agrees": ("agrees", "same_score"),
    "follow_up": ("extends", "follow_up_score"),
    "extends": ("extends", "follow_up_score"),
    "contradicts": ("contradicts", "contradicts_score"),
}


def label(pair: Mapping[str, Any]) -> tuple[Relation, float | None]:
    """The relation of a weighed pair, a row of raw.insight_pairs, and how sure it is; unsure is "related".

    >>> label({"verdict": "contradicts", "contradicts_score": 0.93})
    ('contradicts', 0.93)
    >>> label({"verdict": None})
    ('related', None)
    """
    relation, score = _OF_VERDICT.get(pair["verdict"], ("related", ""))
    return relation, None if pair.get("question") else pair.get(score)  # a language model's word is not the rules' chance


def choose_related(cosines: Sequence[float], vectors: NDArray[np.float32], shows: Sequence[str]) -> list[int]:
    """The places of those worth reading with an insight, the first to read first: near, varied, few of a show.

    Of each: its cosine to the insight (FLOOR or more), its unit vector (n x d), its show. Up to MOST, up to MOST_OF_A_SHOW
    of a show, no two nearer to each other than SAME.
    """
    return keep_diverse(np.asarray(cosines), vectors, RELEVANCE, MOST, SAME, shows, MOST_OF_A_SHOW)
