"""The insights of an episode, chosen from its own sentences without a language model.

In two steps. Countable marks of speech find the candidates (candidate.py). Then each candidate is graded as a whole
(engines/minilm/grader), and the best are chosen, unlike each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.records import Proposal, Sentence
from brief_pipeline.stages import neighbour
from brief_pipeline.stages.candidate import Candidate, average
from brief_pipeline.stages.sentence import WORDS_PER_HOUR

EXTRACTOR_VERSION = "extract-2"

INSIGHTS_PER_HOUR = 10
FEWEST_INSIGHTS = 5  # asked of a short episode; the floor still decides how many there are
MOST_ALIKE = 0.65  # cosine between two chosen insights of one episode; above it they say much the same
RELEVANCE_SHARE = 0.75  # lambda of MMR: relevance against variety

# A candidate's score is the chance that an editor would use it: a logistic regression on its two grades and its points,
# fitted on judged candidates of 41 episodes, each graded by a grader that had not seen its episode (AUC 0.79).
EVEN_ODDS, ALONE_WEIGHT, CLAIM_WEIGHT, POINTS_WEIGHT = -2.75, 0.9, 2.2, 0.09
BARE_ODDS = -0.25  # for a claim without explanation: an insight has its why, if there is one that does not drift off
SCORE_FLOOR = 0.3  # below it a candidate is chatter or needs its surroundings


def insights_wanted(words: int) -> int:
    """How many insights to ask of an episode of so many words: ten an hour of talk, at least five.

    >>> insights_wanted(10_000), insights_wanted(800)
    (10, 5)
    """
    return max(FEWEST_INSIGHTS, round(words * INSIGHTS_PER_HOUR / WORDS_PER_HOUR))


def choose_insights(
    text: str,
    sentences: Sequence[Sentence],
    vectors: NDArray[np.float32],
    candidates: Sequence[Candidate],
    grades: NDArray[np.float32],
    wanted: int,
) -> tuple[Proposal, ...]:
    """Up to `wanted` insights of an episode, best first, each a claim in the speaker's own words.

    `text` is Transcript.text; `grades[i]` says of candidate i how far it stands alone and how much it claims, both from 0 to
    2. The score of an insight is the chance that an editor would use it; those under SCORE_FLOOR are not proposed.
    """
    if not candidates or wanted < 1:
        return ()
    points = np.array([candidate.points for candidate in candidates])
    bare = np.array([not candidate.explanation for candidate in candidates])
    odds = EVEN_ODDS + grades @ np.array([ALONE_WEIGHT, CLAIM_WEIGHT]) + POINTS_WEIGHT * points + BARE_ODDS * bare
    scores = 1 / (1 + np.exp(-odds))
    meanings = average(vectors, candidates)
    apart = _drop_overlaps(candidates, scores)
    kept = neighbour.keep_diverse(scores[apart], meanings[apart], RELEVANCE_SHARE, wanted, MOST_ALIKE)
    chosen = sorted((apart[i] for i in kept), key=lambda i: (-scores[i], candidates[i].first))
    return tuple(_propose(text, sentences, candidates[i], float(scores[i])) for i in chosen)


def _drop_overlaps(stretches: Sequence[Candidate], scores: NDArray[np.float64]) -> list[int]:
    """The stretches over the floor that overlap no better one, best first."""
    taken: set[int] = set()
    apart = []
    for i in sorted(np.flatnonzero(scores >= SCORE_FLOOR).tolist(), key=lambda i: (-scores[i], stretches[i].first)):
        span = range(stretches[i].first, stretches[i].end)
        if taken.isdisjoint(span):
            taken.update(span)
            apart.append(i)
    return apart


def _propose(text: str, sentences: Sequence[Sentence], candidate: Candidate, score: float) -> Proposal:
    start, end = sentences[candidate.first].start, sentences[candidate.end - 1].end
    return Proposal(candidate.claim, candidate.explanation, text[start:end], score, start)
