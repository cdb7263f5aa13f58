"""What is shown of a transcript: passages that fit a model's context, and a quote with the words around it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from brief_pipeline.records import Chunk, Segment, Transcript
from brief_pipeline.stages.sentence import count_words, split_sentences

UNKNOWN_SPEAKER = "speaker unknown"
LEFT_OUT = "[...]"  # where an advert was
LONG_WORD_CHARS = 10  # with its blank: half as long again as the usual one
OPENS, CLOSES = "[[", "]]"  # around a quote

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of talk that is read at once: its spans in the transcript's text, adverts left out."""

    spans: tuple[Span, ...]
    text: str  # as it is shown: with who speaks
    words: int

    @property
    def start(self) -> int:
        return self.spans[0][0]


class Talk:
    """A transcript to show pieces of, with who speaks."""

    def __init__(self, transcript: Transcript) -> None:
        self.text = transcript.text
        self._speakers = [segment.speaker for segment in transcript.segments]
        self._starts = list(accumulate((len(segment.text) + 1 for segment in transcript.segments), initial=0))[:-1]

    def show(self, spans: Iterable[Span], quote: Span | None = None) -> str:
        """The text of spans, each speaker's name before what he or she says, the quote between [[ and ]].

        >>> talk = Talk(Transcript("e", "vtt", "en", (Segment(0, 1, "Ada", "It may rain."), Segment(1, 2, "Ben", "No."))))
        >>> talk.show([(0, 16)], (3, 11))
        '[Ada]\\nIt [[may rain]].\\n\\n[Ben]\\nNo.'
        """
        parts, last, said = list[str](), None, ""
        for number, (start, end) in enumerate(spans):
            if number:
                parts.append(LEFT_OUT)
                last = None
            for speaker, first, past in self._turns(start, end):
                said = self._cut(first, past, quote)
                if not said.strip():
                    continue
                if last is not None and last == (speaker,):
                    parts[-1] += f" {said.strip()}"
                else:
                    parts.append(f"[{one_line(speaker or UNKNOWN_SPEAKER)}]\n{said.strip()}")
                last = (speaker,)
        return "\n\n".join(parts)

    def around(self, span: Span, words: int) -> str:
        """A quote in its place, with about so many words on both sides together."""
        farthest = words // 2 * LONG_WORD_CHARS  # holds where words have no blanks between them
        low, high = max(0, span[0] - farthest), min(len(self.text), span[1] + farthest)
        before = self.text[low : span[0]].rsplit(None, words // 2)
        after = self.text[span[1] : high].split(None, words // 2)
        start = low + len(before[0]) if len(before) > words // 2 else low
        end = high - len(after[-1]) if len(after) > words // 2 else high
        return self.show([(start, end)], span)

    def _turns(self, start: int, end: int) -> Iterator[tuple[str | None, int, int]]:
        """Stretches of one segment each."""
        index = max(0, bisect_right(self._starts, start) - 1)
        while index < len(self._starts) and self._starts[index] < end:
            past = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
            yield self._speakers[index], max(start, self._starts[index]), min(end, past)
            index += 1

    def _cut(self, first: int, past: int, quote: Span | None) -> str:
        said = self.text[first:past]
        if quote is None:
            return said
        opens, closes = quote[0] - first, quote[1] - first
        if 0 < closes <= len(said):
            said = f"{said[:closes]}{CLOSES}{said[closes:]}"
        if 0 <= opens < past - first:
            said = f"{said[:opens]}{OPENS}{said[opens:]}"
        return said


def cut_passages(
    talk: Talk, chunks: Iterable[Chunk], count_tokens: Callable[[str], int], most_tokens: int, most_words: int
) -> list[Passage]:
    """Chunks in order, in passages of at most so many tokens (as shown) and words.

    A chunk stays whole where it fits; one that does not is split at its sentences, a sentence that does not at its words.
    Nothing is left out: a single word that is too long is a passage of its own.
    """
    passages: list[Passage] = []
    held: list[Span] = []
    tokens = words = 0

    def close() -> None:
        nonlocal held, tokens, words
        if held:
            passages.append(Passage(tuple(held), talk.show(held), words))
        held, tokens, words = [], 0, 0

    for chunk in chunks:
        for start, end in _split(talk, (chunk.char_start, chunk.char_end), count_tokens, most_tokens, most_words):
            text = talk.show([(start, end)])
            more_tokens, more_words = count_tokens(text) + 4, count_words(talk.text[start:end])  # 4: a blank line, "[...]"
            if held and (tokens + more_tokens > most_tokens or words + more_words > most_words):
                close()
            if held and not talk.text[held[-1][1] : start].strip():
                held[-1] = (held[-1][0], end)
            else:
                held.append((start, end))
            tokens, words = tokens + more_tokens, words + more_words
    close()
    return passages


def _split(talk: Talk, span: Span, count_tokens: Callable[[str], int], most_tokens: int, most_words: int) -> Iterator[Span]:
    """A span whole if it fits, else in sentences, else in halves at a blank."""

    def fits(piece: Span) -> bool:
        if count_words(talk.text[piece[0] : piece[1]]) > most_words:
            return False
        return count_tokens(talk.show([piece])) + 4 <= most_tokens

    if fits(span):
        yield span
        return
    alone = Transcript("", "", None, (Segment(None, None, None, talk.text[span[0] : span[1]]),))
    waiting = [(span[0] + sentence.start, span[0] + sentence.end) for sentence in split_sentences(alone)][::-1]
    while waiting:
        piece = waiting.pop()
        middle = _blank_near_middle(talk.text, piece)
        if fits(piece) or middle is None:
            yield piece
        else:
            waiting += [(middle, piece[1]), (piece[0], middle)]


def _blank_near_middle(text: str, span: Span) -> int | None:
    """Where to cut a sentence in two: at the last blank of its first half, else the first blank after it, else halfway."""
    start, end = span
    middle = (start + end) // 2
    for place in (text.rfind(" ", start + 1, middle), text.find(" ", middle, end - 1)):
        if place > start:
            return place
    return middle if middle > start else None


def one_line(text: str) -> str:
    """A text that others wrote, without line breaks: what it says can't look like the lines around it."""
    return " ".join(text.split())
