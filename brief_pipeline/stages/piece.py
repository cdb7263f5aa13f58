"""Segments from pieces: single words, sentences or whole turns with their times, as JSON and timed XML give them.

Single words are joined to segments: cut after a sentence, at a change of speaker, at a pause, or after some seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from brief_pipeline.records import Segment, Word
from brief_pipeline.stages.speaker import TurnSplitter, carry_on, find_labels
from brief_pipeline.stages.transcript_text import clean_text, fill_ends, sort_by_start

MAX_JOINED_SECONDS = 15.0
MAX_JOINED_WORDS = 100  # nobody says more in that time: for words whose times are missing or all the same
WORDS_PER_PIECE = 3.0  # pieces that hold fewer words than this on average are single words
PAUSE_SECONDS = 3.0  # words this far apart are not one segment

_SENTENCE_END = re.compile(r"[.?!…。？！][\"'”’)]*\s*$")
_TAIL = re.compile(r"[,.;:?!%)\]…]+\s*")
_SPACELESS = re.compile(r"[\u3001-\u30ff\u3400-\u9fff]")  # scripts that put no blanks between words


@dataclass(frozen=True, slots=True)
class Piece:
    """Something said, as the file gives it: a word, a sentence or a whole turn. Times are in the file's own unit."""

    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    is_glued: bool = False  # punctuation: no blank before it
    words: tuple[Piece, ...] = ()


def pieces_to_segments(pieces: Sequence[Piece]) -> tuple[Segment, ...]:
    """Segments from what a file gives, by start: single words are joined, labels inside the text are taken off."""
    segments = join_words(pieces) if _are_words(pieces) else [_piece_segment(piece) for piece in pieces]
    if not any(segment.speaker for segment in segments):
        segments = _with_written_labels(segments)
    return fill_ends(sort_by_start([segment for segment in segments if segment.text]))


def _with_written_labels(segments: Sequence[Segment]) -> list[Segment]:
    """Speakers from "Ada: ..." in the texts, where the document has no field for them."""
    splitter = TurnSplitter(find_labels([segment.text for segment in segments]))
    turns = [(segment, turn) for segment in segments for turn in splitter.split(segment.text)]
    carried = carry_on([turn for _, turn in turns])
    parted = []
    for (segment, turn), spoken in zip(turns, carried, strict=True):
        words = segment.words if turn.text == segment.text else ()  # the label is among them, or another turn is
        parted.append(replace(segment, speaker=spoken.speaker, text=clean_text(turn.text), words=words))
    return parted


def _are_words(pieces: Sequence[Piece]) -> bool:
    spoken = [len(piece.text.split()) for piece in pieces if clean_text(piece.text)]
    return len(spoken) > 1 and not any(piece.words for piece in pieces) and sum(spoken) < WORDS_PER_PIECE * len(spoken)


def join_words(pieces: Sequence[Piece]) -> list[Segment]:
    """Segments from single words: cut after a sentence, at a change of speaker, a pause, or `MAX_JOINED_SECONDS`."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if not groups or (not piece.is_glued and _parts(groups[-1], piece)):
            groups.append([])
        groups[-1].append(piece)
    return [_joined(group) for group in groups]


def _parts(group: Sequence[Piece], piece: Piece) -> bool:
    """Whether a new segment begins at the piece."""
    before = group[-1]
    if len(group) >= MAX_JOINED_WORDS or piece.speaker != group[0].speaker or _SENTENCE_END.search(before.text[-8:]):
        return True
    first = next((one.start for one in group if one.start is not None), None)
    if piece.start is None or first is None:
        return False
    ended = before.end if before.end is not None else piece.start
    return piece.start - ended > PAUSE_SECONDS or (piece.end or piece.start) - first > MAX_JOINED_SECONDS


def _joined(group: Sequence[Piece]) -> Segment:
    ends = [piece.end for piece in group if piece.end is not None]
    start = next((piece.start for piece in group if piece.start is not None), None)
    return Segment(start, max(ends) if ends else None, group[0].speaker, clean_text(_glue(group)), _words(group))


def _glue(group: Sequence[Piece]) -> str:
    """The words as text. Where tokens bring their own blanks (" don", "'t") none is added; nor between Chinese ones."""
    own_blanks = sum(1 for piece in group if piece.text[:1] == " " or piece.text[-1:] == " ") * 2 >= len(group) > 1
    parts: list[str] = []
    last = ""  # the last character so far
    for piece in group:
        is_tail = piece.is_glued or _TAIL.fullmatch(piece.text) is not None
        is_spaceless = _SPACELESS.fullmatch(last) is not None and ord(piece.text[:1] or " ") > 0x3000
        if last and not (own_blanks or is_tail or is_spaceless):
            parts.append(" ")
        parts.append(piece.text)
        last = piece.text[-1:] or last
    return "".join(parts)


def _words(group: Sequence[Piece]) -> tuple[Word, ...]:
    """The words with their times, or none at all if one of them has no time or is several."""
    words: list[Word] = []
    for piece in group:
        text = clean_text(piece.text)
        if (piece.is_glued or not text) and words:
            words[-1] = replace(words[-1], text=words[-1].text + piece.text.strip())
        elif text:
            if piece.start is None or piece.end is None or " " in text:
                return ()
            words.append(Word(piece.start, piece.end, text))
    return tuple(words)


def _piece_segment(piece: Piece) -> Segment:
    return Segment(piece.start, piece.end, piece.speaker, clean_text(piece.text), _words(piece.words))
