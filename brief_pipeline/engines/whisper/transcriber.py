"""What is said in a file, by a Whisper that is loaded once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from brief_pipeline.engines.whisper.model_folder import find_model, name_model
from brief_pipeline.engines.whisper.piece import Piece, Span, group_spans, read_pieces
from brief_pipeline.engines.whisper.sound import SAMPLES_PER_SECOND, read_blocks
from brief_pipeline.errors import ModelUnavailable, first_line
from brief_pipeline.records import Segment, Word


@dataclass(frozen=True)
class Heard:
    """What a recogniser heard, and what tells whether it heard well."""

    language: str | None  # of the text; None where nobody speaks and none was asked for
    segments: tuple[Segment, ...]
    duration_seconds: float = 0.0  # of the sound that decodes
    speech: tuple[tuple[float, float], ...] = ()  # (start, end) in seconds where the voice detector hears somebody, in order
    language_probability: float | None = None  # where the language was detected, not asked for
    # (start, end, language, probability) of each window of speech, by its sound and whatever language was asked for. Empty
    # for a model of one language, and after a careful hearing: the sound is the same, the first hearing has told.
    languages: tuple[tuple[float, float, str, float], ...] = ()


class Transcriber(Protocol):
    """What the house needs of a speech recogniser."""

    @property
    def name(self) -> str:
        """Tool and model, as the transcript's source names them."""
        ...

    def transcribe(
        self,
        path: Path,
        language: str | None = None,
        report: Callable[[float], None] | None = None,
        careful: bool = False,
    ) -> Heard:
        """What is said in a file; `report` is told the seconds of audio done. `careful` is slow, and for a second try.

        Raises ModelUnavailable, AudioUnreadable.
        """
        ...


@dataclass
class _Notes:
    """What is gathered on the way through the pieces of a file."""

    language: str | None
    probability: float | None = None
    segments: list[Segment] = field(default_factory=list)
    speech: list[tuple[float, float]] = field(default_factory=list)
    languages: list[tuple[float, float, str, float]] = field(default_factory=list)
    seconds: float = 0.0


class WhisperTranscriber:
    """Whisper in batches over the stretches that hold speech (VAD), with the time of each word.

    A batch has no second try at a higher temperature, and what a window leaves out is gone. A careful hearing goes on where
    the last words ended and tries again, ever freer, where the text repeats itself or is improbable: Whisper's own algorithm
    (Radford et al. 2022, section 4.5). In neither is text carried over from one window to the next: that is how loops start.
    """

    def __init__(
        self,
        model: str = "small",
        device: str = "auto",
        compute_type: str = "default",
        batch_size: int = 8,
        beam_size: int = 5,
        threads: int = 0,
        folder: Path | None = None,
    ) -> None:
        self.model = model
        self.device = device
        self.compute_type = compute_type
        self.batch_size = batch_size
        self.beam_size = beam_size
        self.threads = threads
        self.folder = folder
        self._loaded: Any = None
        self._refusal: str | None = None
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        return f"faster-whisper:{name_model(self.model)}"

    def transcribe(
        self,
        path: Path,
        language: str | None = None,
        report: Callable[[float], None] | None = None,
        careful: bool = False,
    ) -> Heard:
        """What is said in a file. One load of the model serves every call. A language it lacks is detected instead."""
        model = self._load()
        notes = _Notes(_known_language(model, language))
        try:
            for piece in read_pieces(read_blocks(path), self.batch_size, with_pauses=careful):
                notes.speech += [piece.seconds_of([span]) for span in piece.spans]
                for segment in self._hear(model, piece, notes, careful):
                    notes.segments.append(_segment_of(segment, piece))
                    # a segment without words may reach past the next one
                    notes.seconds = max(notes.seconds, notes.segments[-1].end_seconds or 0.0)
                    if report:
                        report(notes.seconds)
                notes.seconds = piece.end_seconds
                if report:
                    report(notes.seconds)
        except RuntimeError as failed:
            # CTranslate2: no memory left, or a GPU's library is missing, which shows only at the first use
            raise ModelUnavailable(
                f"the speech model {self.model!r} failed on {self.device} ({first_line(failed)}). In brief.toml, "
                '[whisper] device = "cpu" does without a GPU; a smaller [whisper] model or batch_size asks for less memory.'
            ) from failed
        segments = tuple(segment for segment in notes.segments if segment.text)
        return Heard(notes.language, segments, notes.seconds, tuple(notes.speech), notes.probability, tuple(notes.languages))

    def _hear(self, model: Any, piece: Piece, notes: _Notes, careful: bool) -> Iterator[Any]:
        """The segments that faster-whisper finds in a piece, with times in it. The first speech settles the language."""
        if not piece.spans:
            return
        from faster_whisper.transcribe import restore_speech_timestamps

        settings = {
            "language": notes.language,
            "beam_size": self.beam_size,
            "word_timestamps": True,
            "condition_on_previous_text": False,
            "without_timestamps": False,
        }
        if careful:
            # The silences are cut out already, so that there are none to skip (hallucination_silence_threshold). Forbidding
            # repetition outright (no_repeat_ngram_size) would put other words in the mouth of who does repeat himself.
            found, info = model.transcribe(piece.speech, vad_filter=False, **settings)
        else:
            pipeline = self._batched(model, piece, notes)
            clips = _clips_of(group_spans(piece.taken))
            found, info = pipeline.transcribe(piece.speech, batch_size=self.batch_size, clip_timestamps=clips, **settings)
        if notes.language is None:
            notes.language, notes.probability = info.language, float(info.language_probability)
        yield from restore_speech_timestamps(found, piece.taken, SAMPLES_PER_SECOND)

    def _batched(self, model: Any, piece: Piece, notes: _Notes) -> Any:
        """A pipeline of its own for each piece, since it keeps state: one that notes the language of each window it reads.

        The encoder's work is done anyway, and a step of the decoder tells the language: 1 % of the time with a model of 1.5
        million parameters.
        """
        from faster_whisper import BatchedInferencePipeline

        pipeline = BatchedInferencePipeline(model=model)
        if model.model.is_multilingual:
            generate, windows = pipeline.generate_segment_batched, iter(group_spans(piece.taken))

            def generate_and_note(*given: Any) -> Any:
                encoded, outputs = generate(*given)
                by_window = zip(itertools.islice(windows, len(outputs)), model.model.detect_language(encoded), strict=True)
                for window, [(token, probability), *_] in by_window:
                    notes.languages.append((*piece.seconds_of(window), token[2:-2], float(probability)))
                return encoded, outputs

            pipeline.generate_segment_batched = generate_and_note
        return pipeline

    def _load(self) -> Any:
        with self._loading:
            if self._refusal:
                raise ModelUnavailable(self._refusal)
            if self._loaded is None:
                try:
                    self._loaded = self._open()
                except Exception as refused:  # tokenizers raises bare Exceptions, the hub httpx's, CTranslate2 RuntimeErrors
                    self._refusal = (
                        f"the speech model {self.model!r} cannot be loaded ({first_line(refused)}). With a network it is "
                        "fetched once; without one, put a CTranslate2 Whisper model on disk and name its folder in "
                        "brief.toml: "
                        '[whisper] model = "/path/to/model"; or follow shows that publish transcripts. Where a GPU or its '
                        'libraries fail, [whisper] device = "cpu" does without.'
                    )
                    raise ModelUnavailable(self._refusal) from refused
            return self._loaded

    def _open(self) -> Any:
        from faster_whisper import WhisperModel

        device = self._choose_device()
        return WhisperModel(
            find_model(self.model, self.folder),
            device=device,
            compute_type=self._choose_compute_type(device),
            cpu_threads=self.threads,
        )

    def _choose_device(self) -> str:
        """A GPU where there is one."""
        import ctranslate2

        if self.device != "auto":
            return self.device
        return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"

    def _choose_compute_type(self, device: str) -> str:
        import ctranslate2

        if self.compute_type != "default":
            return self.compute_type
        if device == "cpu":
            return "int8"
        # GPUs before Pascal's successors have no fast float16: there CTranslate2 knows what is fastest
        return "float16" if "float16" in ctranslate2.get_supported_compute_types(device) else "auto"


def _known_language(model: Any, language: str | None) -> str | None:
    """The language asked for, if the model has it; the only one of a model of one; else None, which is to be detected."""
    if not model.model.is_multilingual:
        return "en"
    code = (language or "").split("-")[0].lower()
    is_known = code in model.supported_languages and model.hf_tokenizer.token_to_id(f"<|{code}|>") is not None
    return code if is_known else None


def _clips_of(windows: list[list[Span]]) -> list[dict[str, float]]:
    """The windows as stretches, in seconds, of the sound in which they follow one another."""
    lengths = [sum(span["end"] - span["start"] for span in window) for window in windows]
    ends = list(itertools.accumulate(lengths, initial=0))

    def seconds(sample: int) -> float:
        return (sample + 0.25) / SAMPLES_PER_SECOND  # faster-whisper rounds down on the way back

    return [{"start": seconds(start), "end": seconds(end)} for start, end in itertools.pairwise(ends)]


def _segment_of(segment: Any, piece: Piece) -> Segment:
    """A segment as the house knows it. No time is past the end: Whisper counts on in the padding of its last window."""
    offset = piece.start / SAMPLES_PER_SECOND

    def within(time: float) -> float:
        return min(round(float(time) + offset, 3), piece.end_seconds)

    words = tuple(Word(within(w.start), within(w.end), w.word.strip()) for w in segment.words or () if w.word.strip())
    return Segment(within(segment.start), within(segment.end), None, " ".join(segment.text.split()), words)
