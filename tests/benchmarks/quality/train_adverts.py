"""Writes brief_pipeline/stages/advert_weights.npz: the weights by which adverts are told from talk.

BRIEF_ADVERTS=<marked excerpts> BRIEF_TALK=<transcripts of talk> python train_adverts.py [--held-out | --fold=<0 to 3>]

With --held-out, or --fold, the shows that are for testing are left out: for a test, not for use. The texts are other
people's and are not kept here; written_adverts.txt, which is ours, always takes part. The adverts of the talk folder are
passed over by their phrases, and so are its beginnings and ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from advert_net import Piece, teach
from marked_excerpts import LETTERS, WRITTEN, Excerpt, is_tested, read_excerpts, read_folder
from sklearn.linear_model import LogisticRegression

from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.records import Sentence, Transcript
from brief_pipeline.stages.advert_phrases import BOILERPLATE, CLOSING, OPENING, PROMOTION
from brief_pipeline.stages.advert_score import describe
from brief_pipeline.stages.sentence import count_words, split_sentences
from brief_pipeline.stages.transcript import read_transcript

TARGET = Path(__file__).parents[3] / "brief_pipeline" / "stages" / "advert_weights.npz"
SEEDS = (0, 1)  # networks whose scores are averaged
STRENGTH = 0.15  # inverse of the L2 penalty: best of .02 to .6 in cross-validation by show
# Log odds added for the share of each kind in an episode
SHIFT = {"S": 0.25, "P": 0.25, "I": -0.75, "O": -0.75}
BARE_WEIGHT = 0.5  # of an excerpt's second appearance, without punctuation
TALK_WEIGHT = 0.5
TALK_SENTENCES = 12_000
MOST_WORDS, MEAN_ROOT = 60, 3.5  # in the networks a sentence counts the root of its words
PIECE = 40  # sentences of talk at a time
EDGES = (30, 40)  # sentences at the beginning and end of a transcript, which are greetings
AROUND = 25  # sentences around a phrase of adverts


def excerpts() -> Iterator[tuple[Excerpt, float]]:
    for bare in (False, True):
        weight = BARE_WEIGHT if bare else 1.0
        yield from ((excerpt, weight) for excerpt in read_excerpts(WRITTEN, "", bare))
        for excerpt in read_folder(Path(os.environ["BRIEF_ADVERTS"]), bare):
            if not is_tested(excerpt.show, sys.argv):
                yield excerpt, weight


def describe_all(sentences: tuple[Sentence, ...], embedder: SentenceEmbedder) -> np.ndarray:
    texts = [sentence.text for sentence in sentences]
    return describe(texts, embedder.embed(texts), [sentence.turn for sentence in sentences]).astype(np.float32)


def marked_piece(excerpt: Excerpt, weight: float, embedder: SentenceEmbedder) -> Piece:
    words = np.array([min(MOST_WORDS, count_words(sentence.text)) for sentence in excerpt.sentences])
    return Piece(describe_all(excerpt.sentences, embedder), excerpt.kinds, np.sqrt(words) / MEAN_ROOT * weight)


def talk(embedder: SentenceEmbedder) -> Iterator[Piece]:
    """Pieces of plain talk, the same at every run; what may be none counts nothing."""
    for file in sorted(Path(os.environ["BRIEF_TALK"]).rglob("*.*")):
        if file.suffix not in (".md", ".vtt", ".srt", ".txt", ".html"):
            continue
        sentences = split_sentences(Transcript(file.stem, "publisher", "en", read_transcript(file.read_bytes()).segments))
        is_talk = np.zeros(len(sentences), dtype=bool)
        is_talk[EDGES[0] : -EDGES[1]] = True
        for at, sentence in enumerate(sentences):
            if any(table.search(sentence.text) for table in (OPENING, CLOSING, BOILERPLATE, PROMOTION)):
                is_talk[max(0, at - AROUND) : at + AROUND] = False
        rows = describe_all(sentences, embedder) if is_talk.any() else np.zeros(0)
        for start in range(0, len(rows), PIECE):
            sure = is_talk[start : start + PIECE]
            if 2 * sure.sum() >= PIECE:
                yield Piece(rows[start : start + PIECE], np.zeros(len(sure), np.int64), sure * TALK_WEIGHT)


def fit(rows: np.ndarray, kinds: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """One row a class but talk: its constant and its weights, less those of talk."""
    model = LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-3).fit(rows, kinds, sample_weight=weights)
    table = np.hstack([model.intercept_[:, None], model.coef_])
    table = table[1:] - table[0]
    table[:, 0] += [SHIFT[letter] for letter in LETTERS[1:]]
    return table


def main() -> None:
    torch.set_num_threads(1)
    embedder = SentenceEmbedder(folder=Path(os.environ["BRIEF_CACHE"]) if "BRIEF_CACHE" in os.environ else None)
    marked = list(excerpts())
    pieces = [marked_piece(excerpt, weight, embedder) for excerpt, weight in marked]
    plain = list(talk(embedder))
    sure = np.vstack([piece.rows[piece.weights > 0] for piece in plain])
    sure = sure[np.random.default_rng(0).permutation(len(sure))[:TALK_SENTENCES]]
    kinds = np.concatenate([*(piece.kinds for piece in pieces), np.zeros(len(sure), dtype=np.int64)])
    shares = [*(np.full(len(excerpt.kinds), weight) for excerpt, weight in marked), np.full(len(sure), TALK_WEIGHT)]
    arrays = {"regression": fit(np.vstack([*(piece.rows for piece in pieces), sure]), kinds, np.concatenate(shares))}
    for at, seed in enumerate(SEEDS):
        arrays |= {f"{at}/{name}": value for name, value in teach(pieces, plain, seed).items()}
    np.savez_compressed(TARGET, **{name: value.astype(np.float16) for name, value in arrays.items()})
    shows = {excerpt.show for excerpt, _ in marked}
    print(f"{len(shows)} shows, {len(marked)} excerpts, {np.bincount(kinds)} sentences of {LETTERS}: {TARGET}")


if __name__ == "__main__":
    main()
