"""When espeak-ng says each word of a line, from the events of its library (the program itself tells no times)."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Sequence

SYNCHRONOUS, WORD_EVENT, END_OF_EVENTS = 2, 1, 0  # of espeak-ng's speak_lib.h
RATE_PARAMETER, PITCH_PARAMETER = 1, 3
SILENCE_LEVEL = 48  # as in speech.py: what is quieter at a line's ends is cut off


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class WordClock:
    """One voice of espeak-ng that is asked for times and not for sound. The library keeps one state a process."""

    def __init__(self, voice: str, pitch: int, words_per_minute: int) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._samples: list[int] = []
        self._starts: list[tuple[int, int]] = []  # (character, sample)
        self._callback = _Callback(self._listen)
        self.rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, None, 0)
        self._library.espeak_SetSynthCallback(self._callback)
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SystemExit(f"espeak-ng has no voice {voice}")
        self._library.espeak_SetParameter(RATE_PARAMETER, words_per_minute, 0)
        self._library.espeak_SetParameter(PITCH_PARAMETER, pitch, 0)

    def _listen(self, samples: Sequence[int], count: int, events: Sequence[_Event]) -> int:
        if samples and count > 0:
            self._samples += samples[:count]
        for i in itertools.count():
            if events[i].type == END_OF_EVENTS:
                break
            if events[i].type == WORD_EVENT:
                self._starts.append((events[i].text_position - 1, events[i].sample))
        return 0

    def time_words(self, text: str) -> list[tuple[float, float, str]]:
        """(start, end, word) of each word, in seconds from the first sound of the line."""
        self._samples, self._starts = [], []
        said = text.encode()
        self._library.espeak_Synth(said, ctypes.c_size_t(len(said) + 1), 0, 1, 0, 1, None, None)
        self._library.espeak_Synchronize()
        loud = [i for i, sample in enumerate(self._samples) if abs(sample) > SILENCE_LEVEL]
        first, last = loud[0], loud[-1] + 1
        words = _place_words(text)
        starts = [self._find_start(begin, begin + len(word)) for word, begin in words]
        starts[0] = first
        _fill_gaps(starts, [len(word) for word, _ in words], last)
        ends = [*starts[1:], last]
        return [
            (round((start - first) / self.rate, 3), round((self._end_of_sound(start, end) - first) / self.rate, 3), word)
            for (word, _), start, end in zip(words, starts, ends, strict=True)
        ]

    def _find_start(self, begin: int, end: int) -> int | None:
        return next((sample for character, sample in self._starts if begin <= character < end), None)

    def _end_of_sound(self, start: int, end: int) -> int:
        """Where a word falls silent: the pause after a comma is not part of it."""
        while end > start + 1 and abs(self._samples[min(end, len(self._samples)) - 1]) <= SILENCE_LEVEL:
            end -= 1
        return end


def _place_words(text: str) -> list[tuple[str, int]]:
    placed, position = [], 0
    for word in text.split():
        position = text.index(word, position)
        placed.append((word, position))
        position += len(word)
    return placed


def _fill_gaps(starts: list[int | None], lengths: list[int], last: int) -> None:
    """Gives the words that espeak-ng runs together with the one before ("of a") their share of its time, by letters."""
    i = 0
    while i < len(starts):
        j = i + 1
        while j < len(starts) and starts[j] is None:
            j += 1
        begin, end = starts[i] or 0, (starts[j] if j < len(starts) else last) or last
        for k in range(i + 1, j):
            starts[k] = begin + (end - begin) * sum(lengths[i:k]) // sum(lengths[i:j])
        i = j
