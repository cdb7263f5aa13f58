"""Excerpts of transcripts marked line by line: what adverts are trained and measured on.

A file holds lines of one letter, a tab and a sentence or caption line: S sponsor, P the show's or its network's own
promotion, I intro, O outro, C talk; "T" alone is a change of speaker, "#" a note, which begins an excerpt. A file is named
 <show>__<number>.txt, or <gatherer>_<show>__<number>.txt with a gatherer of one letter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brief_pipeline.records import Segment, Sentence, Transcript
from brief_pipeline.stages.sentence import split_sentences

LETTERS = "CSPIO"  # in the order of advert_score.CLASSES
WRITTEN = Path(__file__).with_name("written_adverts.txt")  # reads and talk of our own, about things that do not exist
SAMPLE = Path(__file__).parents[3] / "data" / "demo"


@dataclass(frozen=True)
class Excerpt:
    """Sentences as the pipeline cuts them, and the place in LETTERS of what each is (by most of its characters)."""

    show: str
    sentences: tuple[Sentence, ...]
    kinds: np.ndarray


def read_folder(folder: Path, bare: bool = False) -> list[Excerpt]:
    """The excerpts of a folder; `bare`: as captions without capitals, punctuation and speakers."""
    return [excerpt for file in sorted(folder.glob("*.txt")) for excerpt in read_excerpts(file, show_of(file), bare)]


def show_of(file: Path) -> str:
    return re.sub(r"^[a-z]_", "", file.stem).rsplit("__", 1)[0]


def is_held_out(show: str) -> bool:
    """Whether a show is for testing only: two in five, by a hash of its name."""
    return hashlib.sha1(show.encode()).digest()[0] % 5 >= 3


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
