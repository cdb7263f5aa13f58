"""The place of a quote in a transcript, and what a claim says that its surroundings do not.

The gate that keeps invented words out: a quote passes only if the transcript holds its words, all of them and in order.
Case, spacing, punctuation and Unicode forms may differ (NFKC, UAX #15), the grouping of digits ("1,000" is "1000"), and a
sound written in brackets may lack ("[laughter]"); nothing else: "we're" is neither "were" nor "we are", "C++" not "C", "-5"
not "5", "one thousand" not "1,000". A quote never ends inside a number: who says "forty million" did not say "forty".
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from brief_pipeline.records import Evidence, Match, Transcript
from brief_pipeline.stages.name import unsaid_names
from brief_pipeline.stages.quantity import read_quantities, unsaid_numbers
from brief_pipeline.stages.sentence import IDEOGRAPHS, Timeline, count_words

RUN_WORDS = 8  # a part of a quote stands for the quote if it has at least so many words ...
RUN_PERCENT = 80  # ... and at least this share of the quote's
REVERSAL_REACH = 3  # a part that begins or ends so few words from a negation it left out may say the opposite

_MARKS_THAT_SPEAK = frozenset("%‰#&@")  # punctuation to Unicode, but "5 %" is not "5", and "C#" not "C"
_APOSTROPHES = frozenset("'’‘ʼ`´＇")
_DASHES = frozenset("-‐‑‒–—―−－")
_VARIANTS = range(0xFE00, 0xFE10)  # they choose how the sign before them is drawn
_KEPT = frozenset(".,:/")  # inside a number they count: "3.5", "1,000", "24/7"


class _Fold(dict[int, str]):
    """Each character as one character, so that places stay: punctuation as blanks, dashes and apostrophes alike."""

    def __missing__(self, codepoint: int) -> str:
        char = chr(codepoint)
        category = unicodedata.category(char)
        if char in _KEPT:
            folded = char
        elif char in _APOSTROPHES:
            folded = "'"
        elif char in _DASHES:
            folded = "-"
        elif char in _MARKS_THAT_SPEAK or category in ("Sm", "Sc", "So"):
            folded = "+"
        elif category == "Cf" or codepoint in _VARIANTS:  # soft hyphens, zero-width joiners: inside words, and silent
            folded = "\xad"
        else:
            folded = " " if category[0] in "PSZC" else char
        self[codepoint] = folded
        return folded


_FOLD = _Fold()
_LETTER = rf"[^\s'\-.,:/+{IDEOGRAPHS}]"
_TOKEN = re.compile(
    # a number with its sign and its inner marks: -5, .5, 1,000.25, 10:30, 2019-20, 5th
    rf"(?:(?<!\S)-)?(?:(?<![^\s-])\.)?\d+(?:[.,:/-]\d+)*{_LETTER}*(?:'{_LETTER}+)*"
    rf"|{_LETTER}+(?:'{_LETTER}+)*"
    rf"|\+|[{IDEOGRAPHS}]"
)
# What is heard and is no word. "[unintelligible]" is none of these: nobody knows which words it stands for.
_SOUND = re.compile(
    r"[\[(*](?:[a-z]+ ){0,2}(?:laugh|chuckl|giggl|applau|clap|cheer|music|sigh|cough|gasp|sniff|clears? throat|pause)[a-z]*"
    r"(?: [a-z]+){0,2}[\])*]",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)")
_GLUE = frozenset(["", "-", "'", ".", "/", "_", "’", "‐", "‑"])  # makes one word of two tokens: "non-profit", "U.S", "C++"
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_ENDING = re.compile(r"[.!?…。！？]+")
_NEGATION = re.compile(r"not?|never|none|nobody|nothing|neither|nor|without|hardly|cannot|.*n't")


class _Token(NamedTuple):
    key: str
    start: int
    end: int


class _Span(NamedTuple):
    first: int  # tokens first..stop-1
    stop: int


def _tokens(text: str) -> list[_Token]:
    text = _SOUND.sub(lambda sound: " " * len(sound.group()), text)
    spans = (found.span() for found in _TOKEN.finditer(text.translate(_FOLD)))
    return [_Token(key, start, end) for start, end in spans if (key := _key(text[start:end]))]


def _key(token: str) -> str:
    """What two spellings of one word share."""
    if not token.isascii():
        is_compatible = all(unicodedata.category(char) != "No" for char in token)  # NFKC makes 102 of "10²"
        token = unicodedata.normalize("NFKC" if is_compatible else "NFC", token)
        token = token.translate(_FOLD) if len(token) > 1 else token
        token = "".join(char for char in token if _FOLD[ord(char)] != "\xad" and not char.isspace())
    token = token.casefold()
    return _GROUPED.sub(lambda number: number.group().replace(",", ""), token) if "," in token else token


def _join(keys: Sequence[str]) -> str:
    return " " + " ".join(keys) + " "


def _number_spans(text: str) -> list[tuple[int, int]]:
    """Where the numbers of a text stand; those that make one, as the two of "nineteen ninety", as one."""
    spans: list[tuple[int, int]] = []
    before: frozenset[str] = frozenset()
    for quantity in read_quantities(text):
        if spans and quantity.readings & before and not text[spans[-1][1] : quantity.start].strip(" -"):
            spans[-1] = (spans[-1][0], quantity.end)
        else:
            spans.append((quantity.start, quantity.end))
        before = quantity.readings
    return spans


class TranscriptIndex:
    """A transcript made ready for many look-ups: `find` answers in well under a millisecond.

    >>> from brief_pipeline.records import Segment
    >>> talk = Transcript("e", "publisher:vtt", "en", (Segment(3.0, 7.5, "Ada", "Well, caches don’t fix slow code."),))
    >>> TranscriptIndex(talk).find("Caches don't fix slow code").quote
    'caches don’t fix slow code.'
    >>> TranscriptIndex(talk).find("caches fix slow code") is None
    True
    """

    def __init__(self, transcript: Transcript) -> None:
        self._timeline = Timeline(transcript)
        self._text = self._timeline.text
        self._tokens = _tokens(self._text)
        self._keys = [token.key for token in self._tokens]
        self._joined = _join(self._keys)
        self._places = [0, *accumulate(len(key) + 1 for key in self._keys)]  # of the blank before each key
        turn_starts = [start for start, _ in self._timeline.turns()]
        self._numbers = _number_spans(self._text)
        self._turns = [bisect_right(turn_starts, token.start) for token in self._tokens]

    def find(self, quote: str, near: int | None = None) -> Evidence | None:
        """Where the transcript says these words; None if it does not.

        Of several places the one nearest to character `near` (default: the first). A quote of which a word or two is wrong
        gives the longest run of its words that the transcript has, if that is nearly all of it (RUN_WORDS, RUN_PERCENT).
        Words of two speakers are not one quote. `match` says how it was found: character for character, by its words, or
        by a run of them.
        """
        asked = _tokens(quote)
        keys = [token.key for token in asked]
        places = [_Span(first, first + len(keys)) for first in self._occurrences(keys)]
        spans = [span for span in places if self._is_quotable(span)]
        match: Match = "normalised"
        if not spans and all(self._is_one_turn(span) for span in places):
            spans, match = self._runs(keys), "run"
        elif exact := [span for span in spans if self._is_exact(span, quote, asked[0].start)]:
            spans, match = exact, "exact"
        nearest = sorted(spans, key=lambda span: abs(self._tokens[span.first].start - (near or 0)))
        return self._evidence(nearest[0], match) if nearest else None

    def _is_exact(self, span: _Span, quote: str, before: int) -> bool:
        """Whether the transcript has the quote character for character; its first word stands `before` characters in."""
        stripped = quote.strip()
        start = self._tokens[span.first].start - before + len(quote) - len(quote.lstrip())
        return start >= 0 and self._text.startswith(stripped, start)

    def _occurrences(self, keys: Sequence[str]) -> Iterator[int]:
        """The first token of each place where the transcript has these words in this order."""
        pattern = _join(keys)
        place = self._joined.find(pattern) if keys else -1
        while place >= 0:
            yield bisect_left(self._places, place)
            place = self._joined.find(pattern, place + 1)

    def _is_quotable(self, span: _Span) -> bool:
        """Whether a span is of one speaker, of whole words and numbers: not of "profit" in "non-profit" or "5" in "$5"."""
        is_whole = not self._is_inside(span.first) and not self._is_inside(span.stop)
        return is_whole and self._is_one_turn(span) and not self._is_denied(span.first)

    def _is_denied(self, token: int) -> bool:
        """Whether the word right before takes back what begins here: "we do not | believe it", but not "No, | it works"."""
        if token == 0 or not _NEGATION.fullmatch(self._keys[token - 1]):
            return False
        gap = self._text[self._tokens[token - 1].end : self._tokens[token].start]
        return gap.isspace() and self._turns[token - 1] == self._turns[token]

    def _is_one_turn(self, span: _Span) -> bool:
        return self._turns[span.first] == self._turns[span.stop - 1]

    def _is_inside(self, token: int) -> bool:
        """Whether what begins with this token and what ends before it are one: "non-profit", "2 million"."""
        if not 0 < token < len(self._tokens):
            return False
        left, right = self._tokens[token - 1], self._tokens[token]
        number = bisect_left(self._numbers, left.end, key=lambda span: span[0]) - 1
        if number >= 0 and self._numbers[number][1] > right.start:
            return True
        between = self._text[left.end : right.start]
        is_spaceless = _IDEOGRAPH.match(left.key) or _IDEOGRAPH.match(right.key)
        is_full_stop = between == "." and self._text[left.end - 1].islower() and self._text[right.start].isupper()
        return not is_spaceless and not is_full_stop and between in _GLUE

    def _runs(self, keys: Sequence[str]) -> list[_Span]:
        """The longest spans of tokens that repeat nearly all of `keys` without a gap; several if equally long."""
        least = max(RUN_WORDS, -(-len(keys) * RUN_PERCENT // 100))
        skipped = len(keys) - least  # so every run of `least` words holds keys[skipped:least]
        if skipped <= 0:
            return []
        runs = [self._widen(keys, at - skipped, skipped, least) for at in self._occurrences(keys[skipped:least])]
        fitting = [run for run in runs if run and run.stop - run.first >= least and self._is_quotable(run)]
        fitting = [run for run in fitting if count_words(self._said(run)) >= RUN_WORDS]
        longest = max((run.stop - run.first for run in fitting), default=0)
        return [run for run in fitting if run.stop - run.first == longest]

    def _widen(self, keys: Sequence[str], origin: int, low: int, high: int) -> _Span | None:
        """keys[low:high], found with keys[0] falling on token `origin`, as far as both agree within a turn."""
        turn = self._turns[origin + low]

        def agrees(k: int) -> bool:
            token = origin + k
            return 0 <= token < len(self._keys) and self._keys[token] == keys[k] and self._turns[token] == turn

        while low > 0 and agrees(low - 1):
            low -= 1
        while high < len(keys) and agrees(high):
            high += 1
        left_out = [*keys[:low], *keys[high:]]  # a negation that the quote adds is as bad as one that it lacks
        left_out += self._keys[max(0, origin + low - REVERSAL_REACH) : origin + low] if low > 0 else []
        left_out += self._keys[origin + high : origin + high + REVERSAL_REACH] if high < len(keys) else []
        if any(_NEGATION.fullmatch(key) for key in left_out):
            return None
        first, stop = origin + low, origin + high
        while first < stop and self._is_inside(first):
            first += 1
        while first < stop and self._is_inside(stop):
            stop -= 1
        return _Span(first, stop)

    def _said(self, span: _Span) -> str:
        return self._text[self._tokens[span.first].start : self._tokens[span.stop - 1].end]

    def _evidence(self, span: _Span, match: Match) -> Evidence:
        start, end = self._tokens[span.first].start, self._tokens[span.stop - 1].end
        ending = _ENDING.match(self._text, end)  # keep "?": without it a question is a statement
        end = ending.end() if ending else end
        times = self._timeline.start_at(start), self._timeline.end_at(end - 1)
        return Evidence(self._text[start:end], start, end, *times, self._timeline.speaker_at(start), match)


def find_quote(quote: str, transcript: Transcript, near: int | None = None) -> Evidence | None:
    """Where the transcript says these words, or None; for many quotes of one transcript build a TranscriptIndex."""
    return TranscriptIndex(transcript).find(quote, near)


def unsupported(claim: str, surroundings: str) -> tuple[str, ...]:
    """The names and numbers of a claim that its surroundings do not hold, as the claim writes them; () if they hold all.

    >>> unsupported("After the rewrite, Ada's team at Initech saved 40%.", "Ada said: we saved forty percent, at a cost")
    ('Initech',)
    """
    return unsaid_names(claim, surroundings) + unsaid_numbers(claim, surroundings)
