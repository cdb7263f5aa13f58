"""Speech to text, through faster-whisper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from brief_pipeline.errors import AudioUnreadable, ModelUnavailable
from brief_pipeline.records import Segment, Word


@dataclass(frozen=True)
class Heard:
    """What a recogniser heard."""

    language: str | None
    segments: tuple[Segment, ...]


class Transcriber(Protocol):
    """What the house needs of a speech recogniser."""

    @property
    def name(self) -> str:
        """Tool and model, as the transcript's source names them."""
        ...

    def transcribe(self, path: Path, language: str | None = None, report: Callable[[float], None] | None = None) -> Heard:
        """What is said in a file; `report` is told the seconds of audio done. Raises ModelUnavailable, AudioUnreadable."""
        ...


class WhisperTranscriber:
    """Whisper in batches over the stretches that hold speech (VAD), with the time of each word.

    The default temperature schedule stays: a scalar 0 would switch off Whisper's own fallback. Text is not carried over from
    one window to the next: that is how loops start.
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
        self._pipeline: Any = None
        self._refusal: str | None = None

    @property
    def name(self) -> str:
        return f"faster-whisper:{Path(self.model).name}"

    def transcribe(self, path: Path, language: str | None = None, report: Callable[[float], None] | None = None) -> Heard:
        """What is said in a file. One load of the model serves every call."""
        pipeline = self._load()
        import av

        try:
            found, info = pipeline.transcribe(
                str(path),
                language=language if language in pipeline.model.supported_languages else None,
                batch_size=self.batch_size,
                beam_size=self.beam_size,
                vad_filter=True,
                word_timestamps=True,
                condition_on_previous_text=False,
                without_timestamps=False,
            )
            segments = []
            for segment in found:
                segments.append(_segment_of(segment))
                if report:
                    report(segment.end)
        except av.error.FFmpegError as broken:
            raise AudioUnreadable(f"the bytes are not audio ({broken.strerror or broken})") from broken
        return Heard(info.language, tuple(segment for segment in segments if segment.text))

    def _load(self) -> Any:
        if self._refusal:
            raise ModelUnavailable(self._refusal)
        if self._pipeline is None:
            try:
                self._pipeline = self._open()
            except Exception as refused:
                self._refusal = (
                    f"the speech model {self.model!r} cannot be loaded ({_first_line(refused)}). With a network it is "
                    "fetched once; without one, put a CTranslate2 Whisper model on disk and name its folder in brief.toml: "
                    '[whisper] model = "/path/to/model"; or follow shows that publish transcripts.'
                )
                raise ModelUnavailable(self._refusal) from refused
        return self._pipeline

    def _open(self) -> Any:
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        kind = self.compute_type
        if kind == "default":
            kind = "auto" if self.device != "cpu" else "int8"
        model = WhisperModel(
            self.model,
            device=self.device,
            compute_type=kind,
            cpu_threads=self.threads,
            download_root=str(self.folder) if self.folder else None,
        )
        return BatchedInferencePipeline(model=model)


def _segment_of(segment: Any) -> Segment:
    words = tuple(Word(float(w.start), float(w.end), w.word.strip()) for w in segment.words or () if w.word.strip())
    return Segment(float(segment.start), float(segment.end), None, " ".join(segment.text.split()), words)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
