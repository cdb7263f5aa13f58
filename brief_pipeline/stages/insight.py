"""The insights of an episode, chosen from its own sentences without a language model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.records import Proposal, Sentence
from brief_pipeline.stages import claim_marks, neighbour, stand_alone
from brief_pipeline.stages.spoken_text import tidy

EXTRACTOR_VERSION = "extract-1"

WORDS_PER_HOUR = 10_000  # of talk: two or three people, 167 words a minute
INSIGHTS_PER_HOUR = 10
FEWEST_INSIGHTS = 5  # asked of a short episode; the floor still decides how many there are

MOST_SENTENCES = 3  # windows of 1 to 3: judged 73 % usable, single sentences 47-57 %
FEWEST_WORDS, MOST_WORDS = 14, 65  # of a window
WIDEST_WORDS = 90  # of a window after one more sentence is taken in for the explanation
FEWEST_ADDED_POINTS = -1.5  # of that sentence: below, it is chatter
MOST_ALIKE = 0.65  # cosine between two chosen insights of one episode; above it they say much the same
RELEVANCE_SHARE = 0.75  # lambda of MMR: relevance against variety

# score = logistic((points - EVEN_POINTS) / POINTS_SCALE). The points are absolute (weights x marks), not relative to the
# episode; only the centrality term is relative, and it is bounded, so a score means much the same in every show.
EVEN_POINTS, POINTS_SCALE = 0.5, 1.5
SCORE_FLOOR = 0.4  # below it a window is chatter or needs its surroundings
EXPLAINED_POINTS = 1.0  # a claim with its explanation is worth more than a bare one
ARGUMENT_POINTS, MOST_ARGUMENTS = 0.4, 3  # for each kind of argument (cause, contrast, advice ...)
NO_ARGUMENT_POINTS, CLAIM_WITHOUT_ARGUMENT_POINTS = -1.0, -0.6  # descriptions and definitions
USUAL_COHERENCE, COHERENCE_WEIGHT = 0.3, 1.2  # cosine of neighbouring sentences of one turn: median 0.3
CENTRALITY_WEIGHT = 0.8
NO_SPREAD = 1e-6  # all windows equally central: a single one, or vectors all alike
CENTRALITY_MOST = 2.0  # standard deviations

SUBSTANTIAL_WORDS = 8  # sentences shorter than this do not say what an episode is about
CORE_SHARE = 0.1  # a window's centrality: its mean cosine with the nearest tenth of the episode
HOST_QUESTION_SHARE = 0.12  # who asks more than this is interviewing
HOST_POINTS, BIT_PART_POINTS = -0.9, -0.5
BIT_PART_SHARE = 0.03
EDGED_SENTENCES = 100  # shorter texts are cuttings, without a beginning and an end
EDGE_SHARE, EDGE_POINTS = 0.03, -2.0  # the first and last minutes are greetings and announcements


def insights_wanted(words: int) -> int:
    """How many insights to ask of an episode of so many words: ten an hour of talk, at least five.

    >>> insights_wanted(10_000), insights_wanted(800)
    (10, 5)
    """
    return max(FEWEST_INSIGHTS, round(words * INSIGHTS_PER_HOUR / WORDS_PER_HOUR))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one sentence is worth, read once however many windows it stands in."""

    tidied: str
    points: float
    alone: float | None  # points off for leaning on its surroundings; None: it cannot stand alone
    words: int
    is_usable: bool
    arguments: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Window:
    first: int
    end: int  # exclusive
    points: float


def propose_insights(
    text: str,
    sentences: Sequence[Sentence],
    vectors: NDArray[np.float32],
    is_marked: Sequence[bool],
    wanted: int,
    show_names: Collection[str] = (),
) -> tuple[Proposal, ...]:
    """Up to `wanted` insights of an episode, best first, each a claim in the speaker's own words.

    `text` is Transcript.text, `vectors` the n x d unit rows of the sentences, `is_marked[i]` says that sentence i belongs to
    an advert, an intro or the like and is left out. `show_names` (the show, its people) do not count as subject matter.
    Candidates are windows of 1 to 3 sentences of one turn; those under SCORE_FLOOR are not proposed, so pure
    chatter gives none. Scores are comparable across episodes.
    """
    if not len(sentences) == len(vectors) == len(is_marked):
        raise ValueError(
            f"{len(sentences)} sentences, {len(vectors)} vectors and {len(is_marked)} marks: they must be as many"
        )
    own_names = _list_own_names(sentences, show_names)
    readings = [_read(sentence, own_names) for sentence in sentences]
    windows = _list_windows(sentences, readings, is_marked)
    if not windows or wanted < 1:
        return ()
    window_vectors = _average(vectors, windows)
    points = np.array([window.points for window in windows])
    points += _measure_coherence(vectors, windows)
    points += CENTRALITY_WEIGHT * _measure_centrality(window_vectors, vectors, readings, is_marked)
    points += _weigh_places(windows, sentences)
    scores = 1 / (1 + np.exp(-(points - EVEN_POINTS) / POINTS_SCALE))
    apart = _drop_overlaps(windows, scores)
    kept = neighbour.keep_diverse(scores[apart], window_vectors[apart], RELEVANCE_SHARE, wanted, MOST_ALIKE)
    chosen = sorted((apart[i] for i in kept), key=lambda i: (-scores[i], windows[i].first))
    taken = {i for index in chosen for i in range(windows[index].first, windows[index].end)}
    return tuple(_propose(text, sentences, readings, is_marked, windows[i], float(scores[i]), taken) for i in chosen)


def _list_own_names(sentences: Sequence[Sentence], show_names: Collection[str]) -> frozenset[str]:
    """The words of the names of the show and of who speaks."""
    names = {*show_names, *(sentence.speaker for sentence in sentences if sentence.speaker)}
    return frozenset(word.lower() for name in names for word in re.findall(r"[\w'’-]+", name) if len(word) > 2)


def _read(sentence: Sentence, own_names: frozenset[str]) -> _Reading:
    tidied = tidy(sentence.text)
    marks = claim_marks.read_marks(sentence.text, own_names)
    cannot = stand_alone.why_not_alone(tidied)
    alone = None if cannot else -stand_alone.measure_pointers(tidied)
    return _Reading(
        tidied,
        claim_marks.weigh_marks(sentence.text, marks),
        alone,
        len(sentence.text.split()),
        claim_marks.is_usable(sentence.text),
        marks.arguments,
    )


def _list_windows(sentences: Sequence[Sentence], readings: Sequence[_Reading], is_marked: Sequence[bool]) -> list[_Window]:
    """Every stretch of 1 to 3 unmarked sentences of one turn whose first, the claim, stands alone."""
    windows = []
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
            is_whole = not claim_marks.has_cut_quote(" ".join(sentences[i].text for i in range(first, last + 1)))
            if words >= FEWEST_WORDS and is_whole:
                windows.append(_Window(first, last + 1, _weigh_window(readings[first : last + 1], words)))
    return windows


def _weigh_window(readings: Sequence[_Reading], words: int) -> float:
    """The points of a window from what is known of its sentences; the first is the claim."""
    points = [reading.points for reading in readings]
    weighed = 0.6 * points[0] + 0.6 * sum(points) / len(points) + 0.3 * min(0.0, min(points))
    weighed += readings[0].alone or 0.0
    weighed += EXPLAINED_POINTS * (len(readings) > 1)
    arguments = frozenset[str]().union(*(reading.arguments for reading in readings))
    weighed += ARGUMENT_POINTS * min(MOST_ARGUMENTS, len(arguments)) if arguments else NO_ARGUMENT_POINTS
    if not readings[0].arguments:
        weighed += CLAIM_WITHOUT_ARGUMENT_POINTS
    return weighed - 0.06 * max(0, 18 - words) - 0.02 * max(0, words - 50)


def _average(vectors: NDArray[np.float32], windows: Sequence[_Window]) -> NDArray[np.float32]:
    """The windows' unit vectors: the mean of their sentences."""
    running = np.vstack([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=np.float64)])
    sums = running[[window.end for window in windows]] - running[[window.first for window in windows]]
    unit: NDArray[np.float32] = (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _measure_coherence(vectors: NDArray[np.float32], windows: Sequence[_Window]) -> NDArray[np.float64]:
    """Points for windows whose other sentences speak of what the claim speaks of."""
    firsts, lasts = [window.first for window in windows], [window.end - 1 for window in windows]
    claims = vectors[firsts].astype(np.float64)
    sizes = np.array([window.end - window.first for window in windows])
    middles = np.array([(window.first + window.end - 1) // 2 for window in windows])
    total = np.einsum("ij,ij->i", claims, vectors[firsts] + vectors[lasts]) + (sizes == 3) * np.einsum(
        "ij,ij->i", claims, vectors[middles]
    )
    others = np.where(sizes > 1, (total - 1) / np.maximum(sizes - 1, 1), USUAL_COHERENCE)
    return COHERENCE_WEIGHT * np.clip(others - USUAL_COHERENCE, -0.3, 0.3)


def _measure_centrality(
    window_vectors: NDArray[np.float32],
    vectors: NDArray[np.float32],
    readings: Sequence[_Reading],
    is_marked: Sequence[bool],
) -> NDArray[np.float64]:
    """How near each window is to what the episode is about, in standard deviations within the episode, bounded."""
    counts = np.array([reading.words >= SUBSTANTIAL_WORDS for reading in readings]) & ~np.asarray(is_marked, dtype=bool)
    body = vectors[counts] if counts.any() else vectors
    nearest = max(1, int(CORE_SHARE * len(body)))
    cosines = window_vectors @ body.T
    local = np.partition(cosines, -nearest, axis=1)[:, -nearest:].mean(axis=1)
    middle = body.mean(axis=0)
    overall = window_vectors @ (middle / max(float(np.linalg.norm(middle)), 1e-9))
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


def _weigh_places(windows: Sequence[_Window], sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """Points for who speaks and where: guests in the middle say what is worth keeping."""
    said = Counter(sentence.speaker for sentence in sentences)
    asked = Counter(sentence.speaker for sentence in sentences if claim_marks.is_question(sentence.text))
    prior = {}
    for speaker, count in said.items():
        prior[speaker] = BIT_PART_POINTS if count / len(sentences) < BIT_PART_SHARE else 0.0
        if len(said) > 1 and asked[speaker] / count > HOST_QUESTION_SHARE:
            prior[speaker] += HOST_POINTS
    places = np.array([window.first / len(sentences) for window in windows])
    at_edge = ((places < EDGE_SHARE) | (places > 1 - EDGE_SHARE)) & (len(sentences) >= EDGED_SENTENCES)
    spoken = np.array([prior[sentences[window.first].speaker] for window in windows], dtype=np.float64)
    return np.asarray(spoken + EDGE_POINTS * at_edge, dtype=np.float64)


def _drop_overlaps(windows: Sequence[_Window], scores: NDArray[np.float64]) -> list[int]:
    """The windows over the floor that overlap no better one, best first."""
    taken: set[int] = set()
    apart = []
    for i in sorted(np.flatnonzero(scores >= SCORE_FLOOR).tolist(), key=lambda i: (-scores[i], windows[i].first)):
        span = range(windows[i].first, windows[i].end)
        if taken.isdisjoint(span):
            taken.update(span)
            apart.append(i)
    return apart


def _propose(
    text: str,
    sentences: Sequence[Sentence],
    readings: Sequence[_Reading],
    is_marked: Sequence[bool],
    window: _Window,
    score: float,
    taken: set[int],
) -> Proposal:
    end = window.end
    explanation = _explain(sentences[window.first + 1 : end])
    may_widen = (
        end < len(sentences)
        and end not in taken
        and not is_marked[end]
        and sentences[end].turn == sentences[window.first].turn
    )
    if not explanation and may_widen and _is_worth_adding(sentences[end].text, readings[end], readings[window.first]):
        taken.add(end)
        end += 1
        explanation = _explain(sentences[window.first + 1 : end])
    quote = text[sentences[window.first].start : sentences[end - 1].end]
    return Proposal(readings[window.first].tidied, explanation, quote, score, sentences[window.first].start)


def _explain(sentences: Sequence[Sentence]) -> str:
    parts = (tidy(sentence.text, follows=True) for sentence in sentences)
    return " ".join(part for part in parts if len(part.split()) > 2)


def _is_worth_adding(text: str, reading: _Reading, claim: _Reading) -> bool:
    return (
        reading.is_usable
        and reading.points > FEWEST_ADDED_POINTS
        and SUBSTANTIAL_WORDS <= reading.words <= WIDEST_WORDS - claim.words
        and not claim_marks.is_question(text)
    )
