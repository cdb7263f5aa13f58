"""Training windows: stretches of the demo's audio-only episodes as faster-whisper would hand them to the network."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

SAMPLES_PER_SECOND, MEL_HOP = 16_000, 160
FRAME_SECONDS = 0.02  # of the encoder; a mel frame is half of it
MEL_PER_SECOND = 100
SILENCE = -10.0  # log10 of the least power
WINDOW_SECONDS = 30.0
CONTROL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
TIMES_COUNT = 1501  # 0.00 to 30.00 s; they have to be the last tokens
TEXT_TOKENS = 1100  # enough for nearly every word of the episodes to be one token
# faster-whisper never lets the first tokens of these be written. Each has to be a token of its own: were it the blank that
# they begin with, no word that begins with a lone blank could be written either.
NEVER_WRITTEN = (" -", " '")


@dataclass(frozen=True)
class Line:
    """A sentence of an episode, with the time of each word: (start, end, word)."""

    text: str
    words: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class Track:
    """An episode: its lines, and the power of its sound in mel bands, log10 [frames, 80], heard in several ways."""

    lines: tuple[Line, ...]
    sounds: tuple[np.ndarray, ...]


@dataclass
class Window:
    """What the network is shown, and what it should write."""

    mel: np.ndarray  # [2 T, 80]
    first_position: int
    tokens: list[int] = field(default_factory=list)
    is_wanted: list[bool] = field(default_factory=list)  # False: given, not learned
    frames: list[tuple[int, int]] = field(default_factory=list)  # where each token is said; (-1, -1): nowhere
    spoken: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))  # [T] the token said in each frame


def build_tokenizer(texts: Sequence[str]) -> Tokenizer:
    """A byte-level BPE of the sentences, with Whisper's control tokens and times in the order CTranslate2 expects."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=TEXT_TOKENS, initial_alphabet=alphabet, special_tokens=[], show_progress=False)
    tokenizer.train_from_iterator([*(f" {text}" for text in texts), *NEVER_WRITTEN * len(texts)], trainer)
    tokenizer.add_tokens([AddedToken(name, special=True, normalized=False) for name in CONTROL])
    times = [f"<|{i * FRAME_SECONDS:.2f}|>" for i in range(TIMES_COUNT)]
    tokenizer.add_tokens([AddedToken(name, special=False, normalized=False) for name in times])
    return tokenizer


def hear(sound: np.ndarray) -> np.ndarray:
    """log10 of the power in mel bands, [frames, 80], as faster-whisper computes it before it levels a window."""
    extractor = FeatureExtractor()
    window = np.hanning(extractor.n_fft + 1)[:-1].astype(np.float32)
    spectrum = extractor.stft(sound, extractor.n_fft, extractor.hop_length, window=window, return_complex=True)
    power = extractor.mel_filters @ (np.abs(spectrum[..., :-1].astype("complex64")) ** 2)
    return np.log10(np.clip(power, 1e-10, None)).T.astype(np.float32)


@dataclass(frozen=True)
class _Piece:
    """Words of one line, and the second of the episode at which their sound is cut out on either side."""

    words: tuple[tuple[float, float, str], ...]
    cut_from: float
    cut_to: float


class WindowMaker:
    """Windows without end, each another cut, order or loudness of the same few episodes."""

    def __init__(self, tracks: Sequence[Track], tokenizer: Tokenizer, seed: int) -> None:
        self.tracks = tracks
        self.tokenizer = tokenizer
        self._random = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._ids = {name: tokenizer.token_to_id(name) for name in CONTROL}
        self._first_time = tokenizer.token_to_id("<|0.00|>")
        self.blank = self._ids["<|endoftext|>"]

    def make(self, frames_count: int) -> Window:
        """A window of so many encoder frames (1500: 30 s). A shorter one stands at a random place of the 30 seconds."""
        r, is_whole = self._random, frames_count == int(WINDOW_SECONDS / FRAME_SECONDS)
        first = 0 if is_whole or r.random() < 0.3 else r.randint(0, int(WINDOW_SECONDS / FRAME_SECONDS) - frames_count)
        track = r.choice(self.tracks)
        seconds = frames_count * FRAME_SECONDS
        kind = r.random()
        if kind < 0.03:
            pieces: list[tuple[_Piece, float]] = []
        elif kind < 0.65:
            pieces = self._cut_stretch(track, seconds)
        else:
            pieces = self._string_together(track, seconds, in_order=kind < 0.85)
        window = Window(self._paint(track, pieces, frames_count), first)
        self._write(window, [self._shift(piece, at) for piece, at in pieces], frames_count)
        return window

    def _cut_stretch(self, track: Track, seconds: float) -> list[tuple[_Piece, float]]:
        """What is said in one stretch of an episode as it is: from a line's start, or from a word in its middle."""
        r, lines = self._random, track.lines
        i = r.randrange(len(lines))
        first_word = 0 if r.random() < 0.6 else r.randrange(len(lines[i].words))
        lead = r.uniform(0.0, 0.5) if first_word == 0 else r.uniform(0.0, 0.03)
        begin = max(0.0, lines[i].words[first_word][0] - lead)
        longest = seconds - 0.02 if r.random() < 0.6 else r.uniform(min(3.0, seconds / 2), seconds - 0.02)
        pieces = []
        for j in range(i, len(lines)):
            words = lines[j].words[first_word if j == i else 0 :]
            inside = [word for word in words if word[1] - begin <= longest]
            is_cut = len(inside) < len(words)
            if is_cut and r.random() < 0.7:
                break  # VAD ends a chunk in a pause; only now and then inside a sentence
            if inside:
                pieces.append((tuple(inside), is_cut))
            if is_cut:
                break
        if not pieces:
            return []
        tail = 0.0 if pieces[-1][1] else min(r.uniform(0.05, 0.45), longest - (pieces[-1][0][-1][1] - begin))
        end = pieces[-1][0][-1][1] + tail
        placed = [_Piece(words, words[0][0], words[-1][1]) for words, _ in pieces]
        placed[0] = _Piece(placed[0].words, begin, placed[0].cut_to)
        edges = [begin, *[piece.words[0][0] for piece in placed[1:]], end]
        return [(_Piece(piece.words, a, b), a - begin) for piece, a, b in zip(placed, edges, edges[1:], strict=False)]

    def _string_together(self, track: Track, seconds: float, in_order: bool) -> list[tuple[_Piece, float]]:
        """Lines with new pauses between them, one after the other or in any order."""
        r = self._random
        at, i = r.choice([r.uniform(0.0, 0.5), r.uniform(0.0, 1.0)]), r.randrange(len(track.lines))
        pieces = []
        while i < len(track.lines):
            words = track.lines[i].words
            edge = r.uniform(0.0, 0.1)
            piece = _Piece(words, max(0.0, words[0][0] - edge), words[-1][1] + edge)
            if at + piece.cut_to - piece.cut_from > seconds - 0.02:
                break
            pieces.append((piece, at))
            at += piece.cut_to - piece.cut_from + r.choice([r.uniform(0.0, 0.4), r.uniform(0.3, 1.2)])
            i = i + 1 if in_order else r.randrange(len(track.lines))
        return pieces

    @staticmethod
    def _shift(piece: _Piece, at: float) -> list[tuple[float, float, str]]:
        return [(start - piece.cut_from + at, end - piece.cut_from + at, word) for start, end, word in piece.words]

    def _paint(self, track: Track, pieces: Sequence[tuple[_Piece, float]], frames_count: int) -> np.ndarray:
        """The window's mel bands, levelled as faster-whisper levels them, zero where the sound has ended."""
        r, sound = self._random, self._random.choice(track.sounds)
        power = np.full((2 * frames_count, sound.shape[1]), SILENCE, np.float32)
        end = 0
        for piece, at in pieces:
            cut = sound[round(piece.cut_from * MEL_PER_SECOND) : round(piece.cut_to * MEL_PER_SECOND)]
            to = round(at * MEL_PER_SECOND)
            cut = cut[: len(power) - to]
            power[to : to + len(cut)] = cut
            end = to + len(cut)
        if not pieces:
            end = r.randint(50, len(power))
        elif r.random() < 0.2:
            end = min(len(power), end + r.randint(0, 100))
        power += r.uniform(-0.6, 0.4)
        if not pieces or r.random() < 0.35:
            floor = (power.max() if pieces else r.uniform(-6, 0)) - r.uniform(4, 8)
            hiss = floor + np.log10(self._noise.gamma(2.0, 0.5, power.shape) + 1e-3)
            power = np.log10(10.0 ** np.clip(power, SILENCE, 10) + 10.0**hiss)
        power = np.maximum(power, SILENCE)
        mel = (np.maximum(power, power[: max(2, end)].max() - 8) + 4) / 4
        if r.random() < 0.3:  # SpecAugment: a band goes missing (https://arxiv.org/abs/1904.08779)
            band = r.randint(1, 6)
            lowest = r.randint(0, mel.shape[1] - band)
            mel[:, lowest : lowest + band] = mel[:end].mean()
        mel[end:] = 0
        return mel.astype(np.float32)

    def _write(self, window: Window, lines: Sequence[Sequence[tuple[float, float, str]]], frames_count: int) -> None:
        """The tokens to write for the words of each line, with the frames in which each is said."""
        window.spoken = np.full(frames_count, self.blank, np.int64)
        self._add(window, "<|startoftranscript|>", is_wanted=False)
        if not lines:
            self._add(window, "<|nospeech|>")
            self._add(window, "<|endoftext|>")
            return
        has_times = self._random.random() < 0.9
        if not has_times:
            self._add(window, "<|notimestamps|>", is_wanted=False)
        for words in lines:
            if has_times:
                self._add_time(window, words[0][0], frames_count)
            for start, end, word in words:
                self._add_word(window, start, end, word, frames_count)
            if has_times:
                self._add_time(window, words[-1][1], frames_count)
        self._add(window, "<|endoftext|>")

    def _add(self, window: Window, name: str, is_wanted: bool = True) -> None:
        window.tokens.append(self._ids[name])
        window.is_wanted.append(is_wanted)
        window.frames.append((-1, -1))

    def _add_time(self, window: Window, seconds: float, frames_count: int) -> None:
        frame = min(frames_count, max(0, round(seconds / FRAME_SECONDS)))
        window.tokens.append(self._first_time + window.first_position + frame)
        window.is_wanted.append(True)
        window.frames.append((max(0, min(frame, frames_count - 1) - 1), min(frames_count, frame + 2)))

    def _add_word(self, window: Window, start: float, end: float, word: str, frames_count: int) -> None:
        """A word's tokens: each has its share of the word's time, by letters; a mark has the moment after it."""
        ids = self.tokenizer.encode(f" {word}").ids
        letters = [sum(c.isalnum() for c in self.tokenizer.decode([i])) for i in ids]
        at = start
        for token, count in zip(ids, letters, strict=True):
            until = at + (end - start) * count / max(1, sum(letters))
            first = min(frames_count - 1, max(0, int(at / FRAME_SECONDS)))
            last = min(frames_count, max(first + 1, round(until / FRAME_SECONDS)))
            window.tokens.append(token)
            window.is_wanted.append(True)
            window.frames.append((first, last if count else min(frames_count, first + 5)))
            if count:
                window.spoken[first:last] = token
            at = until
