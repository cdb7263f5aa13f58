"""Where a transcript goes on in another language than it should: what Whisper writes over music, or by a wrong setting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from brief_pipeline.records import Segment

SCRIPTS = {
    "Latin": "A-Za-zÀ-ɏḀ-ỿ",
    "Cyrillic": "Ѐ-ԯ",
    "Greek": "Ͱ-Ͽἀ-῿",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Hebrew": "\u0590-\u05ff",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Thai": "\u0e00-\u0e7f",
    "Georgian": "\u10a0-\u10ff",
    "Armenian": "\u0530-\u058f",
    "Hangul": "\uac00-\ud7af\u1100-\u11ff",
    "Chinese or Japanese": "\u3040-\u30ff\u3400-\u9fff",
}
LETTERS = {script: re.compile(f"[{letters}]") for script, letters in SCRIPTS.items()}
DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# A syllable or more a letter: Mandarin is spoken at 5 letters a second where English is at 15 (Pellegrino et al. 2011: 5.2
# and 6.2 syllables a second)
DENSE_WEIGHT = 3
FLIPPED_LETTERS = 60  # four seconds of speech: names, and quotations of a few words, stay below
FLIPPED_TO_LATIN_LETTERS = 200  # every script carries English terms and titles

# Words that are frequent in one of these languages and stand for nothing in the others
FUNCTION_WORDS = {
    "en": "the and that you this have they what but with from about because would there are your its can",
    "de": "und das ist nicht ich wir auch sie mit auf dass aber wenn oder sich eine haben noch wie",
    "fr": "les est pas je nous vous dans une qui pour avec mais ça et ce au qu comme leur très",
    "es": "los las el y pero muy más esto hay eso cuando entonces también es yo qué porque está",
    "it": "che non è sono di il gli della anche questo perché più nel ma cosa quindi molto per",
    "pt": "não uma você isso muito então também são eu nós ele em ao foi tem os gente já",
    "nl": "het een niet dat ik van zijn maar ook voor naar hebben heel nog worden deze wij dus",
}
LANGUAGE_OF = {word: code for code, words in FUNCTION_WORDS.items() for word in words.split()}
STRETCH_WORDS = 50  # about 20 s
# Of 31,500 such stretches of English and German transcripts, none has seven words of another language here, and 84 and 91 %
# have seven of their own
FOREIGN_WORDS = 7
HOME_WORDS = 1  # at most, or it is talk about words and names of the other language

SURE = 0.8  # of the recogniser, about the language of a window: music and single words leave it in doubt
FLIPPED_SECONDS = 60.0  # two windows in a row: a clip in another language stays below
AKIN = (  # languages that a recogniser takes for each other
    {"no", "nn", "nb", "da", "sv"},
    {"hr", "sr", "bs", "sl", "mk", "bg"},
    {"cs", "sk"},
    {"ru", "uk", "be"},
    {"zh", "yue"},
    {"es", "gl", "ca"},
    {"pt", "gl"},
    {"hi", "ur", "pa", "ne", "mr"},
    {"id", "ms", "jw", "jv", "su"},
    {"nl", "af"},
    {"de", "lb", "yi"},
    {"fa", "tg", "ps"},
    {"tr", "az", "tk"},
    {"kk", "tt", "ba"},
)

Window = tuple[float, float, str, float]  # start and end in seconds, language, probability


def weigh_letters(text: str) -> int:
    """Letters and other characters of a text, those of Chinese, Japanese and Korean for what they take to say.

    >>> weigh_letters("right!"), weigh_letters("谢谢")
    (6, 6)
    """
    return len(text) + (DENSE_WEIGHT - 1) * len(DENSE.findall(text))


def find_script_flip(segments: Sequence[Segment]) -> tuple[str, float] | None:
    """The longest stretch in another script than the rest, in words for people, and the share of the text that such are.

    >>> find_script_flip([Segment(0, 9, None, "so: " + "yes indeed " * 50), Segment(9, 20, None, "Продолжение " * 9)])
    ("99 letters of Cyrillic in a text that is Latin ('Продолжение Продолжение Продолжение')", 0.18)
    """
    words = [(word, _script_of(word)) for segment in segments for word in segment.text.split()]
    runs = [(script, [word for word, _ in run]) for script, run in groupby((w for w in words if w[1]), key=lambda w: w[1])]
    weights = [(weigh_letters("".join(run)), script, run) for script, run in runs]
    totals: dict[str | None, int] = {}
    for weight, script, _ in weights:
        totals[script] = totals.get(script, 0) + weight
    if len(totals) < 2:
        return None
    home = max(totals, key=lambda script: totals[script])
    least = {script: FLIPPED_TO_LATIN_LETTERS if script == "Latin" else FLIPPED_LETTERS for script in totals}
    flips = [(weight, script, run) for weight, script, run in weights if script != home and weight >= least[script]]
    if not flips:
        return None
    weight, script, run = max(flips, key=lambda flip: flip[0])
    shown = " ".join(run[:3])
    share = sum(flip[0] for flip in flips) / sum(totals.values())
    return f"{weight} letters of {script} in a text that is {home} ('{shown}')", round(share, 2)


def _script_of(word: str) -> str | None:
    counts = {script: len(pattern.findall(word)) for script, pattern in LETTERS.items()}
    best = max(counts, key=lambda script: counts[script])
    return best if counts[best] else None


def find_word_flip(segments: Sequence[Segment], language: str | None = None) -> tuple[str, float] | None:
    """A stretch in another language of the same script, told by its little words, and the share of the text that such are.

    Knows English, German, French, Spanish, Italian, Portuguese and Dutch. `language` is the one the text should be in; None:
    the one that most of it is in.
    """
    words = re.findall(r"[^\W\d_]+", " ".join(segment.text for segment in segments).casefold())
    spoken = [LANGUAGE_OF.get(word) for word in words]
    home = language if language in FUNCTION_WORDS else _most_frequent(spoken)
    flips: list[tuple[str, int]] = []
    for start in range(0, len(spoken) - STRETCH_WORDS + 1, STRETCH_WORDS // 2):
        stretch = spoken[start : start + STRETCH_WORDS]
        other = _most_frequent(stretch)
        is_other = other is not None and stretch.count(other) >= FOREIGN_WORDS
        if is_other and other != home and stretch.count(home) <= HOME_WORDS:
            flips.append((str(other), start))
    if not flips or home is None:
        return None
    other, start = flips[0]
    shown = " ".join(words[start : start + 8])
    share = min(1.0, (len(flips) + 1) * STRETCH_WORDS / 2 / len(words))
    return f"a stretch in {other!r} in a text that should be in {home!r} ('{shown}')", round(share, 2)


def _most_frequent(codes: Sequence[str | None]) -> str | None:
    known = [code for code in codes if code]
    return max(sorted(set(known)), key=known.count, default=None)


def find_sound_flip(windows: Sequence[Window], language: str | None) -> tuple[str, float] | None:
    """A stretch whose sound is in another language than the text was asked for, and the share of the windows that such are.

    >>> find_sound_flip([(0, 28, "en", 0.98), (28, 57, "de", 0.97), (57, 85, "de", 0.99), (85, 99, "en", 0.9)], "en")
    ("from 0:28 to 1:25 the sound is in 'de', the text was written as 'en'", 0.58)
    """
    if not language or not windows:
        return None
    total = sum(end - start for start, end, _, _ in windows)
    runs = []
    for other, group in groupby(windows, key=lambda window: window[2] if _is_other(window, language) else None):
        run = list(group)
        if other and sum(end - start for start, end, _, _ in run) >= min(FLIPPED_SECONDS * 0.9, total / 2):
            runs.append((sum(end - start for start, end, _, _ in run), other, run))
    if not runs:
        return None
    _, other, run = max(runs, key=lambda found: found[0])
    share = sum(seconds for seconds, _, _ in runs) / total
    when = f"from {_clock(run[0][0])} to {_clock(run[-1][1])}"
    return f"{when} the sound is in {other!r}, the text was written as {language!r}", round(share, 2)


def choose_language(windows: Sequence[Window], language: str | None) -> str | None:
    """The language to hear an episode in: the one asked for, unless most of its sound is surely in another one.

    >>> choose_language([(0, 28, "de", 0.98), (28, 57, "de", 0.97), (57, 85, "en", 0.6)], "en")
    'de'
    """
    total = sum(end - start for start, end, _, _ in windows)
    seconds: dict[str, float] = {}
    for window in windows:
        if language and _is_other(window, language):
            seconds[window[2]] = seconds.get(window[2], 0.0) + window[1] - window[0]
    most = max(sorted(seconds), key=lambda code: seconds[code], default=None)
    return most if most and seconds[most] > total / 2 else language


def _is_other(window: Window, language: str) -> bool:
    heard, probability = window[2], window[3]
    own = language.split("-")[0].lower()
    return probability >= SURE and heard != own and not any({heard, own} <= akin for akin in AKIN)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
