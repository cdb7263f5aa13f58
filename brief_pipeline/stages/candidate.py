"""What of an episode may be an insight: stretches of one to three sentences whose first, the claim, stands alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.records import Sentence
from brief_pipeline.stages import claim_marks, stand_alone
from brief_pipeline.stages.sentence import WORDS_PER_HOUR
from brief_pipeline.stages.spoken_text import tidy

CLAIMS_PER_HOUR, FEWEST_CLAIMS = 60, 30  # that are kept as candidates: grading takes a second for a hundred
STRETCHES_PER_CLAIM = 2  # with how many of its explanations a claim is kept, none being one

MOST_SENTENCES = 3  # of a stretch. One to three were judged 73 % usable, single sentences 47-57 %
FEWEST_WORDS, MOST_WORDS = 14, 65  # of a stretch
FEWEST_EXPLAINING_WORDS = 4  # "Yeah, exactly." explains nothing
FEWEST_EXPLAINING_POINTS = -1.5  # of a sentence that explains: below, it is chatter

# The points are absolute (weights x marks), not relative to the episode; only the centrality term is, and it is bounded.
EXPLAINED_POINTS = 1.0  # a claim with its explanation is worth more than a bare one
ARGUMENT_POINTS, MOST_ARGUMENTS = 0.4, 3  # for each kind of argument (cause, contrast, advice ...)
NO_ARGUMENT_POINTS, CLAIM_WITHOUT_ARGUMENT_POINTS = -1.0, -0.6  # descriptions and definitions
USUAL_COHERENCE, COHERENCE_WEIGHT = 0.3, 1.2  # cosine of neighbouring sentences of one turn: median 0.3
CENTRALITY_WEIGHT = 0.8
NO_SPREAD = 1e-6  # all stretches equally central: a single one, or vectors all alike
CENTRALITY_MOST = 2.0  # standard deviations

SUBSTANTIAL_WORDS = 8  # sentences shorter than this do not say what an episode is about
CORE_SHARE = 0.1  # a stretch's centrality: its mean cosine with the nearest tenth of the episode
HOST_QUESTION_SHARE = 0.12  # who asks more than this is interviewing
HOST_POINTS, BIT_PART_POINTS = -0.9, -0.5
BIT_PART_SHARE = 0.03
EDGED_SENTENCES = 100  # shorter texts are cuttings, without a beginning and an end
EDGE_SHARE, EDGE_POINTS = 0.03, -2.0  # the first and last minutes are greetings and announcements


@dataclass(frozen=True, slots=True)
class Candidate:
    """Sentences first..end-1 of one speaker: a claim, and what may explain it."""

    first: int
    end: int
    claim: str
    explanation: str
    points: float  # what its countable marks are worth

    @property
    def text(self) -> str:
        """What the grader reads."""
        return f"{self.claim} | {self.explanation}" if self.explanation else self.claim


def claims_graded(words: int) -> int:
    """How many claims of an episode of so many words are worth grading."""
    return max(FEWEST_CLAIMS, round(words * CLAIMS_PER_HOUR / WORDS_PER_HOUR))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one sentence is worth, read once however many stretches it stands in."""

    tidied: str
    points: float
    alone: float | None  # points off for leaning on its surroundings; None: it cannot stand alone
    words: int
    is_usable: bool
    explains: bool
    arguments: frozenset[str]


def find_candidates(
    sentences: Sequence[Sentence],
    vectors: NDArray[np.float32],
    is_marked: Sequence[bool],
    most_claims: int,
    show_names: Collection[str] = (),
) -> tuple[Candidate, ...]:
    """What of an episode may be an insight, in order: of its `most_claims` most promising claims, a stretch or two each.

    `vectors` are the n x d unit rows of the sentences, `is_marked[i]` says that sentence i belongs to an advert, an intro or
    the like and is left out. `show_names` (the show, its people) do not count as subject matter. Pure chatter gives none.
    """
    if not len(sentences) == len(vectors) == len(is_marked):
        raise ValueError(
            f"{len(sentences)} sentences, {len(vectors)} vectors and {len(is_marked)} marks: they must be as many"
        )
    own_names = _list_own_names(sentences, show_names)
    readings = [_read(sentence, own_names) for sentence in sentences]
    stretches = _list_stretches(sentences, readings, is_marked)
    if not stretches:
        return ()
    points = np.array([stretch.points for stretch in stretches])
    points += _measure_coherence(vectors, stretches)
    points += CENTRALITY_WEIGHT * _measure_centrality(average(vectors, stretches), vectors, readings, is_marked)
    points += _weigh_places(stretches, sentences)
    weighed = [replace(stretch, points=float(worth)) for stretch, worth in zip(stretches, points, strict=True)]
    return _keep_promising(weighed, most_claims)


def _list_own_names(sentences: Sequence[Sentence], show_names: Collection[str]) -> frozenset[str]:
    """The words of the names of the show and of who speaks."""
    names = {*show_names, *(sentence.speaker for sentence in sentences if sentence.speaker)}
    return frozenset(word.lower() for name in names for word in re.findall(r"[\w'’-]+", name) if len(word) > 2)


def _read(sentence: Sentence, own_names: frozenset[str]) -> _Reading:
    tidied = tidy(sentence.text)
    marks = claim_marks.read_marks(sentence.text, own_names)
    cannot = stand_alone.why_not_alone(tidied)
    alone = None if cannot else -stand_alone.measure_pointers(tidied)
    points = claim_marks.weigh_marks(sentence.text, marks)
    return _Reading(
        tidied,
        points,
        alone,
        len(sentence.text.split()),
        claim_marks.is_usable(sentence.text),
        _can_explain(sentence.text, points),
        marks.arguments,
    )


def _can_explain(text: str, points: float) -> bool:
    """Whether a sentence may stand in an explanation: no chatter, question or short reply, nothing that breaks off."""
    return (
        points > FEWEST_EXPLAINING_POINTS
        and claim_marks.count_words(text) >= FEWEST_EXPLAINING_WORDS
        and not claim_marks.is_question(text)
        and not claim_marks.breaks_off(text)
    )


def _list_stretches(
    sentences: Sequence[Sentence], readings: Sequence[_Reading], is_marked: Sequence[bool]
) -> list[Candidate]:
    """Every stretch of 1 to 3 unmarked sentences of one turn whose first, the claim, stands alone."""
    stretches = []
    for first, reading in enumerate(readings):
        if reading.alone is None:
            continue
        words = 0
        for last in range(first, min(first + MOST_SENTENCES, len(sentences))):
            words += readings[last].words
            if (
                is_marked[last]
                or not readings[last].is_usable
                or sentences[last].turn != sentences[first].turn
                or words > MOST_WORDS
            ):
                break
            spoken = sentences[first : last + 1]
            is_whole = not claim_marks.has_cut_quote(" ".join(sentence.text for sentence in spoken))
            if words >= FEWEST_WORDS and is_whole and (last == first or readings[last].explains):
                points = _weigh_stretch(readings[first : last + 1], words)
                stretches.append(Candidate(first, last + 1, reading.tidied, _explain(spoken[1:]), points))
    return stretches


def _keep_promising(stretches: Sequence[Candidate], most_claims: int) -> tuple[Candidate, ...]:
    """The best stretches of the best claims, in the order they are said."""
    best: dict[int, list[Candidate]] = {}
    for stretch in sorted(stretches, key=lambda stretch: (-stretch.points, stretch.first, stretch.end)):
        if stretch.first in best or len(best) < most_claims:
            best.setdefault(stretch.first, []).append(stretch)
    for of_claim in best.values():  # what explains badly is worse than nothing, so the bare claim is always graded too
        of_claim.sort(key=lambda stretch: (bool(stretch.explanation), -stretch.points, stretch.end))
        del of_claim[STRETCHES_PER_CLAIM:]
    kept = [stretch for of_claim in best.values() for stretch in of_claim]
    return tuple(sorted(kept, key=lambda stretch: (stretch.first, stretch.end)))


def _weigh_stretch(readings: Sequence[_Reading], words: int) -> float:
    """The points of a stretch from what is known of its sentences; the first is the claim."""
    points = [reading.points for reading in readings]
    weighed = 0.6 * points[0] + 0.6 * sum(points) / len(points) + 0.3 * min(0.0, min(points))
    weighed += readings[0].alone or 0.0
    weighed += EXPLAINED_POINTS * (len(readings) > 1)
    arguments = frozenset[str]().union(*(reading.arguments for reading in readings))
    weighed += ARGUMENT_POINTS * min(MOST_ARGUMENTS, len(arguments)) if arguments else NO_ARGUMENT_POINTS
    if not readings[0].arguments:
        weighed += CLAIM_WITHOUT_ARGUMENT_POINTS
    return weighed - 0.06 * max(0, 18 - words) - 0.02 * max(0, words - 50)


def average(vectors: NDArray[np.float32], stretches: Sequence[Candidate]) -> NDArray[np.float32]:
    """The stretches' unit vectors, the mean of their sentences' (n x d): one row a stretch."""
    running = np.vstack([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=np.float64)])
    sums = running[[stretch.end for stretch in stretches]] - running[[stretch.first for stretch in stretches]]
    unit: NDArray[np.float32] = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _measure_coherence(vectors: NDArray[np.float32], stretches: Sequence[Candidate]) -> NDArray[np.float64]:
    """Points for stretches whose other sentences speak of what the claim speaks of."""
    firsts, lasts = [stretch.first for stretch in stretches], [stretch.end - 1 for stretch in stretches]
    claims = vectors[firsts].astype(np.float64)
    sizes = np.array([stretch.end - stretch.first for stretch in stretches])
    middles = np.array([(stretch.first + stretch.end - 1) // 2 for stretch in stretches])
    total = np.einsum("ij,ij->i", claims, vectors[firsts] + vectors[lasts]) + (sizes == 3) * np.einsum(
        "ij,ij->i", claims, vectors[middles]
    )
    others = np.where(sizes > 1, (total - 1) / np.maximum(sizes - 1, 1), USUAL_COHERENCE)
    return COHERENCE_WEIGHT * np.clip(others - USUAL_COHERENCE, -0.3, 0.3)


def _measure_centrality(
    stretch_vectors: NDArray[np.float32],
    vectors: NDArray[np.float32],
    readings: Sequence[_Reading],
    is_marked: Sequence[bool],
) -> NDArray[np.float64]:
    """How near each stretch is to what the episode is about, in standard deviations within the episode, bounded."""
    counts = np.array([reading.words >= SUBSTANTIAL_WORDS for reading in readings]) & ~np.asarray(is_marked, dtype=bool)
    body = vectors[counts] if counts.any() else vectors
    nearest = max(1, int(CORE_SHARE * len(body)))
    cosines = stretch_vectors @ body.T
    local = np.partition(cosines, -nearest, axis=1)[:, -nearest:].mean(axis=1)
    middle = body.mean(axis=0)
    overall = stretch_vectors @ (middle / max(float(np.linalg.norm(middle)), 1e-9))
    centrality: NDArray[np.float64] = np.clip(
        (_standardise(local) + _standardise(overall)) / 2, -CENTRALITY_MOST, CENTRALITY_MOST
    )
    return centrality


def _standardise(values: NDArray[np.float32]) -> NDArray[np.float64]:
    spread = float(values.std())
    exact = values.astype(np.float64)
    if spread <= NO_SPREAD:
        return np.zeros(len(values))
    standard: NDArray[np.float64] = (exact - exact.mean()) / spread
    return standard


def _weigh_places(stretches: Sequence[Candidate], sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """Points for who speaks and where: guests in the middle say what is worth keeping."""
    said = Counter(sentence.speaker for sentence in sentences)
    asked = Counter(sentence.speaker for sentence in sentences if claim_marks.is_question(sentence.text))
    prior = {}
    for speaker, count in said.items():
        prior[speaker] = BIT_PART_POINTS if count / len(sentences) < BIT_PART_SHARE else 0.0
        if len(said) > 1 and asked[speaker] / count > HOST_QUESTION_SHARE:
            prior[speaker] += HOST_POINTS
    places = np.array([stretch.first / len(sentences) for stretch in stretches])
    at_edge = ((places < EDGE_SHARE) | (places > 1 - EDGE_SHARE)) & (len(sentences) >= EDGED_SENTENCES)
    spoken = np.array([prior[sentences[stretch.first].speaker] for stretch in stretches], dtype=np.float64)
    return np.asarray(spoken + EDGE_POINTS * at_edge, dtype=np.float64)


def _explain(sentences: Sequence[Sentence]) -> str:
    parts = (tidy(sentence.text, follows=True) for sentence in sentences)
    return " ".join(part for part in parts if len(part.split()) > 2)
