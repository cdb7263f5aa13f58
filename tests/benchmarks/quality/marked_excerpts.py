"""Excerpts of transcripts marked line by line: what adverts are trained and measured on.

A file holds lines of one letter, a tab and a sentence or caption line: S sponsor, P the show's or its network's own
promotion, I intro, O outro, C talk; "T" alone is a change of speaker, "#" a note, which begins an excerpt. A file is named
 <show>__<number>.txt, or <gatherer>_<show>__<number>.txt with a gatherer of one letter.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from brief_pipeline.records import Segment, Sentence, Transcript
from brief_pipeline.stages.sentence import split_sentences

LETTERS = "CSPIO"  # in the order of advert_score.CLASSES
WRITTEN = Path(__file__).with_name("written_adverts.txt")  # reads and talk of our own, about things that do not exist
SAMPLE = Path(__file__).parents[3] / "data" / "demo"
FOLDS = 4
RUN_WORDS = 8  # a run of so many words that two files share is no chance
SHARED_RUNS = 8  # so many make two shows one: the same advert read twice, or the same episode under two names
COPIED_SHARE = 0.6  # of a file's runs: it is a copy of another


@dataclass(frozen=True)
class Excerpt:
    """Sentences as the pipeline cuts them, and the place in LETTERS of what each is (by most of its characters)."""

    show: str
    sentences: tuple[Sentence, ...]
    kinds: np.ndarray


def read_folder(folder: Path, bare: bool = False) -> list[Excerpt]:
    """The excerpts of a folder; `bare`: as captions without capitals, punctuation and speakers.

    What two gatherers took from the same place is read once, and shows that share a text are one show here: nothing that
    is trained on is tested on.
    """
    runs = {file: _runs_of_words(file) for file in sorted(folder.glob("*.txt"))}
    shown = Counter(chain.from_iterable(runs.values()))
    show = {file: show_of(file) for file in runs}
    for file, other in ((file, other) for file in runs for other in runs if file < other):
        if show[file] != show[other] and len(runs[file] & runs[other]) >= SHARED_RUNS:
            show.update({each: show[file] for each in runs if show[each] == show[other]})
    kept = []
    for file in sorted(runs, key=lambda file: (-len(runs[file]), file)):
        if sum(shown[run] > 1 for run in runs[file]) > COPIED_SHARE * len(runs[file]):
            shown.subtract(runs[file])  # the other copy stays
        else:
            kept.append(file)
    return [excerpt for file in sorted(kept) for excerpt in read_excerpts(file, show[file], bare)]


def _runs_of_words(file: Path) -> set[tuple[str, ...]]:
    lines = (line.partition("\t") for line in file.read_text(encoding="utf-8").splitlines())
    words = re.findall(r"\w+", " ".join(text for letter, _, text in lines if letter in LETTERS and letter).lower())
    return {tuple(words[at : at + RUN_WORDS]) for at in range(len(words) - RUN_WORDS + 1)}


def show_of(file: Path) -> str:
    return re.sub(r"^[a-z]_(?:hn-)?", "", file.stem).rsplit("__", 1)[0]


def is_held_out(show: str) -> bool:
    """Whether a show is for testing only: about half of them, by a hash of its name."""
    return hashlib.sha256(show.encode()).digest()[0] % 2 == 1


def is_tested(show: str, arguments: Sequence[str]) -> bool:
    """Whether a show is one of those that --held-out, or --fold=<number>, keeps for testing; by another hash."""
    fold = int.from_bytes(hashlib.sha256(show.encode()).digest()[1:3], "big") % FOLDS
    return ("--held-out" in arguments and is_held_out(show)) or f"--fold={fold}" in arguments


def read_excerpts(file: Path, show: str, bare: bool = False) -> Iterator[Excerpt]:
    for block in re.split(r"^#.*$", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
        excerpt = _excerpt(show, block.splitlines(), bare)
        if len(excerpt.sentences) > 1:
            yield excerpt


def _excerpt(show: str, lines: Sequence[str], bare: bool) -> Excerpt:
    is_told = "T" in {line[:1] for line in lines} and not bare
    segments: list[Segment] = []
    marks: list[np.ndarray] = []
    turn = 0
    for letter, _, said in (line.partition("\t") for line in lines):
        turn += letter == "T"
        text = re.sub(r"[^\w\s'%$/-]|[.](?!\w)", "", said.lower()).strip() if bare else said.strip()
        if letter in LETTERS and letter and text:
            segments.append(Segment(None, None, f"Speaker {turn % 2}" if is_told else None, text))
            marks.append(np.full(len(text) + 1, LETTERS.index(letter)))
    sentences = split_sentences(Transcript("excerpt", "publisher", "en", tuple(segments)))
    of_chars = np.concatenate(marks) if marks else np.zeros(0, dtype=np.int64)
    kinds = [int(np.bincount(of_chars[sentence.start : sentence.end]).argmax()) for sentence in sentences]
    return Excerpt(show, sentences, np.array(kinds, dtype=np.int64))
