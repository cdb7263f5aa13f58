"""Speech to text, through faster-whisper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from brief_pipeline.errors import AudioUnreadable, ModelUnavailable
from brief_pipeline.records import Segment, Word

SAMPLES_PER_SECOND = 16_000  # what Whisper was trained on
MODEL_FILES = ("config.json", "model.bin", "tokenizer.json")
HUB_PATIENCE_SECONDS = 5.0


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

    A batch has no second try at a higher temperature; text is not carried over from one window to the next: that is how
    loops start.
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
        """What is said in a file. One load of the model serves every call. A language it lacks is detected instead."""
        pipeline = self._load()
        sound = _decode(path)
        code = (language or "").split("-")[0].lower()
        try:
            found, info = pipeline.transcribe(
                sound,
                language=code if code in pipeline.model.supported_languages else None,
                batch_size=self.batch_size,
                beam_size=self.beam_size,
                vad_filter=True,
                word_timestamps=True,
                condition_on_previous_text=False,
                without_timestamps=False,
            )
            segments, done = [], 0.0
            for segment in found:
                segments.append(_segment_of(segment, len(sound) / SAMPLES_PER_SECOND))
                done = max(done, segments[-1].end_seconds or 0.0)  # one without words may reach past the next one
                if report:
                    report(done)
        except RuntimeError as failed:
            # CTranslate2: no memory left, or a GPU's library is missing, which shows only at the first use
            raise ModelUnavailable(
                f"the speech model {self.model!r} failed on {self.device} ({_first_line(failed)}). In brief.toml, "
                '[whisper] device = "cpu", or a smaller [whisper] model or batch_size, asks for less.'
            ) from failed
        return Heard(info.language, tuple(segment for segment in segments if segment.text))

    def _load(self) -> Any:
        if self._refusal:
            raise ModelUnavailable(self._refusal)
        if self._pipeline is None:
            try:
                self._pipeline = self._open()
            except Exception as refused:  # tokenizers raises bare Exceptions, the hub httpx's, CTranslate2 RuntimeErrors
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
        found = self._find()
        model = WhisperModel(found, device=self.device, compute_type=kind, cpu_threads=self.threads)
        return BatchedInferencePipeline(model=model)

    def _find(self) -> str:
        """The model's folder: the one named, or the hub's copy on this disk, or a new copy."""
        from faster_whisper import download_model

        named = Path(self.model).expanduser()
        if named.is_dir():
            return _complete(named)
        if named.is_absolute() or self.model.startswith((".", "~")):
            raise FileNotFoundError(f"there is no folder {named}")
        cache = str(self.folder) if self.folder else None
        try:
            return _complete(Path(download_model(self.model, local_files_only=True, cache_dir=cache)))
        except FileNotFoundError:  # no copy yet, or one that was cut
            _knock_at_hub()
            return _complete(Path(download_model(self.model, cache_dir=cache)))


def _complete(folder: Path) -> str:
    """The folder, if it holds a whole model. A lacking tokenizer.json would be looked for on the hub."""
    lacking = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if lacking:
        raise FileNotFoundError(f"{folder} lacks {', '.join(lacking)}")
    return str(folder)


def _knock_at_hub() -> None:
    """Raises within seconds where the hub can't be reached: its own client waits for ever where packets are dropped."""
    import huggingface_hub

    huggingface_hub.get_session().head(huggingface_hub.constants.ENDPOINT, timeout=HUB_PATIENCE_SECONDS)


def _decode(path: Path) -> np.ndarray:
    """The sound of a file, mono, 16,000 numbers a second from -1 to 1. Raises AudioUnreadable.

    Packet by packet, since faster-whisper's own reader ends at the first hole and at the first change of format, and adverts
    that a publisher splices in bring both.
    """
    import av

    pieces: list[np.ndarray] = []
    resampler: Any = None
    form = None
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            for packet in container.demux(container.streams.audio[0]):
                for frame in _frames_of(packet):
                    if form != (form := (frame.format.name, frame.layout.name, frame.sample_rate)):
                        pieces += _flush(resampler)
                        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLES_PER_SECOND)
                    frame.pts = None
                    pieces += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    except (av.error.FFmpegError, IndexError) as broken:  # IndexError: no audio in it
        if not pieces:
            raise AudioUnreadable(f"the bytes are not audio ({_first_line(broken)})") from broken
    pieces += _flush(resampler)
    if not pieces:
        raise AudioUnreadable("no sound in it decodes")
    return np.concatenate(pieces).astype(np.float32) / 32768.0


def _frames_of(packet: Any) -> list[Any]:
    import av

    try:
        return list(packet.decode())
    except av.error.FFmpegError:
        return []


def _flush(resampler: Any) -> list[np.ndarray]:
    return [part.to_ndarray()[0] for part in resampler.resample(None)] if resampler else []


def _segment_of(segment: Any, seconds: float) -> Segment:
    """A segment as the house knows it. No time is past the end: Whisper counts on in the padding of its last window."""

    def within(time: float) -> float:
        return min(float(time), seconds)

    words = tuple(Word(within(w.start), within(w.end), w.word.strip()) for w in segment.words or () if w.word.strip())
    return Segment(within(segment.start), within(segment.end), None, " ".join(segment.text.split()), words)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
