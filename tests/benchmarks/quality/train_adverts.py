"""Writes brief_pipeline/stages/advert_weights.py: the weights by which adverts are told from talk.

BRIEF_ADVERTS=<marked excerpts> BRIEF_TALK=<transcripts of talk> python train_adverts.py [--held-out]

With --held-out, the shows that are for testing are left out: for a test, not for use. The texts are other people's and
are not kept here; written_adverts.txt, which is ours, always takes part. The adverts of the talk folder are passed over by
their phrases, and so are its beginnings and ends.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from marked_excerpts import LETTERS, WRITTEN, Excerpt, is_held_out, read_excerpts, read_folder
from sklearn.linear_model import LogisticRegression

from brief_pipeline.engines.embedder import PACKAGED_MODEL, SentenceEmbedder
from brief_pipeline.records import Transcript
from brief_pipeline.stages.advert_phrases import BOILERPLATE, CLOSING, OPENING, PROMOTION
from brief_pipeline.stages.advert_score import describe
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.stages.transcript import read_transcript

TARGET = Path(__file__).parents[3] / "brief_pipeline" / "stages" / "advert_weights.py"
STRENGTH = 0.15  # inverse of the L2 penalty: best of .02 to .6 in cross-validation by show
# Log odds added for the share of adverts in an episode: precision .94 in the same cross-validation
SHIFT = {"S": 0.25, "P": 0.25, "I": -0.75, "O": -0.75}
BARE_WEIGHT = 0.5  # of an excerpt's second appearance, without punctuation
TALK_WEIGHT = 0.5
TALK_SENTENCES = 12_000
EDGES = (30, 40)  # sentences at the beginning and end of a transcript, which are greetings
AROUND = 25  # sentences around a phrase of adverts
COLUMNS = 120


def excerpts(without_held_out: bool) -> Iterator[tuple[Excerpt, float]]:
    for bare in (False, True):
        weight = BARE_WEIGHT if bare else 1.0
        yield from ((excerpt, weight) for excerpt in read_excerpts(WRITTEN, "", bare))
        for excerpt in read_folder(Path(os.environ["BRIEF_ADVERTS"]), bare):
            if not (without_held_out and is_held_out(excerpt.show)):
                yield excerpt, weight


def talk(embedder: SentenceEmbedder) -> np.ndarray:
    """Rows of plain talk, the same at every run."""
    rows = []
    for file in sorted(Path(os.environ["BRIEF_TALK"]).rglob("*.*")):
        if file.suffix not in (".md", ".vtt", ".srt", ".txt", ".html"):
            continue
        sentences = split_sentences(Transcript(file.stem, "publisher", "en", read_transcript(file.read_bytes()).segments))
        texts = [sentence.text for sentence in sentences]
        is_talk = np.zeros(len(texts), dtype=bool)
        is_talk[EDGES[0] : -EDGES[1]] = True
        for at, text in enumerate(texts):
            if any(table.search(text) for table in (OPENING, CLOSING, BOILERPLATE, PROMOTION)):
                is_talk[max(0, at - AROUND) : at + AROUND] = False
        turns = [sentence.turn for sentence in sentences]
        rows.append(describe(texts, embedder.embed(texts), turns)[is_talk].astype(np.float32))
    every = np.vstack(rows)
    return every[np.random.default_rng(0).permutation(len(every))[:TALK_SENTENCES]]


def fit(rows: np.ndarray, kinds: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """One row a class but talk: its constant and its weights, less those of talk."""
    model = LogisticRegression(C=STRENGTH, max_iter=500, tol=1e-3).fit(rows, kinds, sample_weight=weights)
    table = np.hstack([model.intercept_[:, None], model.coef_])
    table = table[1:] - table[0]
    table[:, 0] += [SHIFT[letter] for letter in LETTERS[1:]]
    return table


def write(table: np.ndarray) -> None:
    coded = base64.b85encode(table.astype("<f2").tobytes()).decode()
    lines = "\n".join(coded[at : at + COLUMNS] for at in range(0, len(coded), COLUMNS))
    TARGET.write_text(
        f'"""The weights of advert_score, written by tests/benchmarks/quality/train_adverts.py: do not edit."""\n\n'
        f'TRAINED_ON = "{PACKAGED_MODEL}"  # the embedding model whose vectors they fit\n'
        "# Base 85 of little-endian float16: for each class but talk a constant, then a weight a column of describe()\n"
        f'WEIGHTS = """\n{lines}\n"""\n',
        encoding="utf-8",
    )


def main() -> None:
    embedder = SentenceEmbedder(folder=Path(os.environ["BRIEF_CACHE"]) if "BRIEF_CACHE" in os.environ else None)
    marked = list(excerpts("--held-out" in sys.argv))
    texts = [[sentence.text for sentence in excerpt.sentences] for excerpt, _ in marked]
    turns = [[sentence.turn for sentence in excerpt.sentences] for excerpt, _ in marked]
    rows = [describe(text, embedder.embed(text), of).astype(np.float32) for text, of in zip(texts, turns, strict=True)]
    plain = talk(embedder)
    kinds = np.concatenate([*(excerpt.kinds for excerpt, _ in marked), np.zeros(len(plain), dtype=np.int64)])
    shares = [np.full(len(excerpt.kinds), weight) for excerpt, weight in marked]
    write(fit(np.vstack([*rows, plain]), kinds, np.concatenate([*shares, np.full(len(plain), TALK_WEIGHT)])))
    shows = {excerpt.show for excerpt, _ in marked}
    print(f"{len(shows)} shows, {len(marked)} excerpts, {np.bincount(kinds)} sentences of {LETTERS}: {TARGET}")


if __name__ == "__main__":
    main()
