"""The place of a quote in a transcript, and what a claim says that its surroundings do not.

The gate that keeps invented words out: a quote passes only if the transcript holds its words, all of them and in order.
Case, spacing, punctuation and Unicode forms may differ (NFKC, UAX #15), and nothing else: "we're" is not "were", "C++" is
not "C", "-5" is not "5".
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from brief_pipeline.records import Evidence, Transcript
from brief_pipeline.stages.number import read_numbers
from brief_pipeline.stages.sentence import IDEOGRAPHS, Timeline, count_words

RUN_WORDS = 8  # a part of a quote stands for the quote if it has at least so many words ...
RUN_PERCENT = 80  # ... and at least this share of the quote's
REVERSAL_REACH = 3  # a part that begins or ends so few words from a negation it left out may say the opposite

_MARKS_THAT_SPEAK = frozenset("%‰#&@")  # punctuation to Unicode, but "5 %" is not "5", and "C#" not "C"
_APOSTROPHES = frozenset("'’‘ʼ`´＇")
_DASHES = frozenset("-‐‑‒–—―−－")
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
        elif category == "Cf":  # soft hyphens, zero-width joiners: inside words, and silent
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
    spans = (found.span() for found in _TOKEN.finditer(text.translate(_FOLD)))
    return [_Token(key, start, end) for start, end in spans if (key := _key(text[start:end]))]


def _key(token: str) -> str:
    """What two spellings of one word share."""
    if not token.isascii():
        is_compatible = all(unicodedata.category(char) != "No" for char in token)  # NFKC makes 102 of "10²"
        token = unicodedata.normalize("NFKC" if is_compatible else "NFC", token)
        token = token.translate(_FOLD).replace("\xad", "") if len(token) > 1 else token
    token = token.casefold()
    return _GROUPED.sub(lambda number: number.group().replace(",", ""), token) if "," in token else token


def _join(keys: Sequence[str]) -> str:
    return " " + " ".join(keys) + " "


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
        self._turns = [bisect_right(turn_starts, token.start) for token in self._tokens]

    def find(self, quote: str, near: int | None = None) -> Evidence | None:
        """Where the transcript says these words; None if it does not.

        Of several places the one nearest to character `near` (default: the first). A quote of which a word or two is wrong
        gives the longest run of its words that the transcript has, if that is nearly all of it (RUN_WORDS, RUN_PERCENT).
        Words of two speakers are not one quote.
        """
        keys = [token.key for token in _tokens(quote)]
        places = [_Span(first, first + len(keys)) for first in self._occurrences(keys)]
        spans = [span for span in places if self._is_quotable(span)] if places else self._runs(keys)
        exact = [span for span in spans if self._text.startswith(quote.strip(), self._tokens[span.first].start)]
        nearest = sorted(exact or spans, key=lambda span: abs(self._tokens[span.first].start - (near or 0)))
        return self._evidence(nearest[0]) if nearest else None

    def _occurrences(self, keys: Sequence[str]) -> Iterator[int]:
        """The first token of each place where the transcript has these words in this order."""
        pattern = _join(keys)
        place = self._joined.find(pattern) if keys else -1
        while place >= 0:
            yield bisect_left(self._places, place)
            place = self._joined.find(pattern, place + 1)

    def _is_quotable(self, span: _Span) -> bool:
        """Whether a span is of one speaker and of whole words, not of "profit" in "non-profit" or "5" in "$5"."""
        is_one_turn = self._turns[span.first] == self._turns[span.stop - 1]
        return is_one_turn and not self._is_inside_word(span.first) and not self._is_inside_word(span.stop)

    def _is_inside_word(self, token: int) -> bool:
        if not 0 < token < len(self._tokens):
            return False
        left, right = self._tokens[token - 1], self._tokens[token]
        is_spaceless = _IDEOGRAPH.match(left.key) or _IDEOGRAPH.match(right.key)
        return not is_spaceless and self._text[left.end : right.start] in _GLUE

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
        left_out = self._keys[max(0, origin + low - REVERSAL_REACH) : origin + low] if low > 0 else []
        left_out += self._keys[origin + high : origin + high + REVERSAL_REACH] if high < len(keys) else []
        if any(_NEGATION.fullmatch(key) for key in left_out):
            return None
        first, stop = origin + low, origin + high
        while first < stop and self._is_inside_word(first):
            first += 1
        while first < stop and self._is_inside_word(stop):
            stop -= 1
        return _Span(first, stop)

    def _said(self, span: _Span) -> str:
        return self._text[self._tokens[span.first].start : self._tokens[span.stop - 1].end]

    def _evidence(self, span: _Span) -> Evidence:
        start, end = self._tokens[span.first].start, self._tokens[span.stop - 1].end
        ending = _ENDING.match(self._text, end)  # keep "?": without it a question is a statement
        end = ending.end() if ending else end
        times = self._timeline.start_at(start), self._timeline.end_at(end - 1)
        return Evidence(self._text[start:end], start, end, *times, self._timeline.speaker_at(start))


def find_quote(quote: str, transcript: Transcript, near: int | None = None) -> Evidence | None:
    """Where the transcript says these words, or None; for many quotes of one transcript build a TranscriptIndex."""
    return TranscriptIndex(transcript).find(quote, near)


_MAGNITUDE = re.compile(r"\b(?:dozen|hundred|thousand|million|billion|trillion)s\b", re.IGNORECASE)
_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w.'’&+#-]*(?:\s+[A-ZÀ-ÖØ-Þ][\w.'’&+#-]*)*|\b[a-z]+[A-Z][\w'’-]*")
_PLAIN = re.compile(r"(?:I|I['’]\w+|A|OK|Okay)")
_SENTENCE_START = re.compile(r"(?:^|[.!?:…]\s+|[\"“‘(]\s*)$")


def _names(text: str) -> Iterator[str]:
    """The capitalised words and phrases of a text, leaving out a word that is capitalised only because it comes first."""
    for found in _NAME.finditer(text):
        words = found.group().rstrip(".'’-").split()
        if _SENTENCE_START.search(text[: found.start()]) and not _is_odd(words[0]):
            words = words[1:]
        words = [word for word in words if not _PLAIN.fullmatch(word)]
        if words:
            yield " ".join(words)


def _is_odd(word: str) -> bool:
    """Whether a word is a name wherever it stands: "GitHub", "AWS", "GPT-4"."""
    return any(char.isupper() or char.isdigit() for char in word[1:])


def _stem(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word.lower())
    word = re.sub(r"[^\w+#]", "", word)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def unsupported(claim: str, surroundings: str) -> tuple[str, ...]:
    """The names and numbers of a claim that its surroundings do not hold, as the claim writes them; () if they hold all.

    Numbers compare by value ("two million" is "2M", "40 percent" is "40%"; "one" alone is taken for a pronoun), names
    without case, possessive, plural or spacing ("Open AI's" is "OpenAI").

    >>> unsupported("After the rewrite, Ada's team at Initech saved 40%.", "Ada said: we saved forty percent, at a cost")
    ('Initech',)
    """
    words = [_stem(word) for word in re.findall(r"[\w.'’&+#-]+", surroundings)]
    known = {"".join(words[at : at + size]) for size in (1, 2, 3) for at in range(len(words))}
    stated = {reading for _, readings in read_numbers(surroundings) for reading in readings}
    missing = [name for name in _names(claim) if not _is_known(name, known)]
    missing += [shown for shown, readings in read_numbers(claim) if shown.lower() != "one" and not readings & stated]
    missing += [word for word in _MAGNITUDE.findall(claim) if _stem(word) not in known]
    return tuple(dict.fromkeys(missing))


def _is_known(name: str, known: set[str]) -> bool:
    stems = [_stem(word) for word in name.split()]
    return "".join(stems) in known or all(stem in known for stem in stems)
