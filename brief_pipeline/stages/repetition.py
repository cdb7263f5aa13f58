"""Where a recogniser says the same again and again: Whisper's loops, told from people who repeat themselves.

The limits stand between what 73 transcripts of real shows hold at most (five times and more: ten words; three times and
more: 22; zlib 2.5; one longer sentence four times in 2,000 segments) and loops, which go on to the end of a window.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from brief_pipeline.records import Segment

# (at least so many times in a row, so many words altogether): "no no no", laughter and chants stay below the first,
# a sentence that is said three times below the second
LOOPS = ((5.0, 20.0), (3.0, 60.0))
LONGEST_PERIOD = 60  # words: a window of 30 s of speech holds about 80
# Whisper decodes a window again past 2.4 (openai/whisper, transcribe.py), where little is lost by being wrong. A stretch of
# talk reaches 2.5, counting to a hundred or thanking twenty names 5.3; loops that change a word or mix sentences 5.8.
COMPRESSION_LIMIT = 5.5
COMPRESSED_LETTERS = 600  # about what is said in a window
STEP_LETTERS = 200
SAID_AGAIN_LIMIT = 8  # the same segment, anywhere: the title of a show, a refrain or a request to subscribe stay below
SAID_AGAIN_SHARE = 0.01  # or of all segments, whichever is more
SAID_AGAIN_WORDS = 4  # shorter ones ("yeah", "thank you very much") are said all the time

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"  # Thai, Lao, Burmese, Khmer, Japanese, Chinese
)
WORDS = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+")
UNSPACED_WEIGHT = 0.5  # a letter of these is about half a word


def find_loop(segments: Sequence[Segment]) -> tuple[str, float] | None:
    """The loop in words for people, and the share of the words that it spoils; None where there is none.

    >>> find_loop([Segment(0, 30, None, "and I said no, no, no, no!" + " Thank you." * 30)])
    ("'thank you' 30 times in a row", 0.9)
    >>> find_loop([Segment(0, 30, None, "and I said no, no, no, no!")])
    """
    tokens = [words_of(segment.text) for segment in segments]
    words = [word for some in tokens for word in some]
    if not words:
        return None
    found = _find_period(words) or _find_said_again(tokens) or _find_compressible(" ".join(words))  # the plainest first
    return found and (found[0], round(min(1.0, found[1]), 2))


def words_of(text: str) -> list[str]:
    """Words, lower case, without their punctuation; letters where a script puts no spaces.

    >>> words_of("Don't stop: 你好!")
    ['dont', 'stop', '你', '好']
    """
    return WORDS.findall(text.casefold().replace("'", "").replace("’", ""))


def _find_period(words: list[str]) -> tuple[str, float] | None:
    """Words that follow on themselves: the longest run in which each is the one some words before it."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    ids = np.array([numbers[word] for word in words])
    weights = np.array([UNSPACED_WEIGHT if re.match(f"[{UNSPACED}]", word) else 1.0 for word in words])
    before = np.concatenate([[0.0], np.cumsum(weights)])
    best: tuple[float, int, int, float] | None = None  # weight, start, period, times
    for period in range(1, min(LONGEST_PERIOD, len(ids) - 1) + 1):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], ids[period:] == ids[:-period], [False]])))
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            times = (end - start + period) / period
            weight = float(before[end + period] - before[start])
            is_loop = any(times >= least and weight >= most for least, most in LOOPS)
            if is_loop and (best is None or weight > best[0]):
                best = (weight, start, period, times)
    if best is None:
        return None
    weight, start, period, times = best
    return f"{_quote(words[start : start + period])} {int(times)} times in a row", weight / float(before[-1])


def _find_said_again(tokens: list[list[str]]) -> tuple[str, float] | None:
    """The same segment again and again with others between: what Whisper hears in music and applause."""
    counts = Counter(tuple(some) for some in tokens if len(some) >= SAID_AGAIN_WORDS)
    if not counts:
        return None
    said, times = counts.most_common(1)[0]
    if times < max(SAID_AGAIN_LIMIT, SAID_AGAIN_SHARE * len(tokens)):
        return None
    return f"{_quote(said)} in {times} segments", times * len(said) / sum(map(len, tokens))


def _find_compressible(text: str) -> tuple[str, float] | None:
    """Stretches that zlib packs too well: loops that change a little each time, or take turns."""
    starts = range(0, max(1, len(text) - COMPRESSED_LETTERS + 1), STEP_LETTERS)
    ratios = [(compress(text[start : start + COMPRESSED_LETTERS]), start) for start in starts]
    over = [start for ratio, start in ratios if ratio > COMPRESSION_LIMIT]
    if not over:
        return None
    ratio, start = max(ratios)
    share = min(1.0, (len(over) * STEP_LETTERS + COMPRESSED_LETTERS - STEP_LETTERS) / len(text))
    return f"{_quote(text[start:].split())} and on in the same words (compresses {ratio:.1f}-fold)", share


def compress(text: str) -> float:
    """How many times smaller zlib makes a text. One byte a letter, so that every alphabet counts as the Latin one does.

    >>> round(compress("ла" * 100), 1) == round(compress("la" * 100), 1)
    True
    """
    raw = bytes(ord(letter) & 0xFF for letter in text)
    return len(raw) / len(zlib.compress(raw))


def _quote(words: Sequence[str]) -> str:
    shown = " ".join(words[:8])
    return f"'{shown} ...'" if len(words) > 8 else f"'{shown}'"
