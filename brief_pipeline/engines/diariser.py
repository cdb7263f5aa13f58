"""Who speaks when, through pyannote.audio: an extra that is not part of the plain install."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from brief_pipeline.errors import ModelUnavailable, first_line

MODEL = "pyannote/speaker-diarization-community-1"
SAMPLES_PER_SECOND = 16_000  # of the sound that is handed over


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which one person speaks."""

    start_seconds: float
    end_seconds: float
    speaker: str  # "SPEAKER_00": the same person all through a file, nobody across files


class Diariser(Protocol):
    """What the house needs to tell speakers apart."""

    @property
    def name(self) -> str:
        """Tool and model."""
        ...

    def diarise(self, path: Path) -> tuple[Turn, ...]:
        """The turns of a file, by their start. Raises ModelUnavailable, AudioUnreadable."""
        ...


class PyannoteDiariser:
    """pyannote.audio 4, on a GPU where there is one.

    `read_sound` gives the samples of a file (float32, mono, 16,000 a second): pyannote's own reader needs an installed
    FFmpeg, and ends at the first hole.
    """

    def __init__(
        self,
        read_sound: Callable[[Path], np.ndarray],
        model: str = MODEL,
        token: str | None = None,
        device: str = "auto",
    ) -> None:
        self.model = model
        self.device = device
        self._read_sound = read_sound
        self._token = token
        self._pipeline: Any = None
        self._refusal: str | None = None
        self._loading = threading.Lock()

    @property
    def name(self) -> str:
        return f"pyannote:{Path(self.model).name}"

    def diarise(self, path: Path) -> tuple[Turn, ...]:
        """The turns of a file, none at the same time as another, by their start. One load of the model serves every call."""
        pipeline = self._load()
        import torch

        sound = torch.from_numpy(np.ascontiguousarray(self._read_sound(path))).unsqueeze(0)  # (channel, time)
        try:
            found = pipeline({"waveform": sound, "sample_rate": SAMPLES_PER_SECOND})
        except RuntimeError as failed:  # torch: no memory left, or a GPU that fails
            raise ModelUnavailable(
                f"the speaker model {self.model!r} failed ({first_line(failed)}). "
                "In brief.toml, [whisper] diarize = false does without it."
            ) from failed
        tracks = found.exclusive_speaker_diarization.itertracks(yield_label=True)
        turns = [Turn(float(stretch.start), float(stretch.end), str(speaker)) for stretch, _, speaker in tracks]
        return tuple(sorted(turns, key=lambda turn: (turn.start_seconds, turn.end_seconds, turn.speaker)))

    def _load(self) -> Any:
        with self._loading:
            if self._refusal:
                raise ModelUnavailable(self._refusal)
            if self._pipeline is None:
                try:
                    self._pipeline = self._open()
                except ImportError as lacking:
                    self._refusal = (
                        f"[whisper] diarize = true needs pyannote.audio 4 ({first_line(lacking)}): "
                        "pip install 'brief_pipeline[diarize]'"
                    )
                    raise ModelUnavailable(self._refusal) from lacking
                except Exception as refused:  # the hub's errors, httpx's, torch's and yaml's have no common root
                    self._refusal = (
                        f"the speaker model {self.model!r} cannot be loaded ({first_line(refused)}). It is fetched once: "
                        f"accept its conditions at https://hf.co/{self.model}, make a token at "
                        "https://hf.co/settings/tokens and give it as HF_TOKEN or [whisper] diarize_token; or name a folder "
                        "that holds it as [whisper] diarize_model."
                    )
                    raise ModelUnavailable(self._refusal) from refused
            return self._pipeline

    def _open(self) -> Any:
        import torch
        from pyannote.audio import Pipeline

        pipeline = Pipeline.from_pretrained(self.model, token=self._token)
        if pipeline is None:  # how versions before 4 say that the hub refuses
            raise PermissionError("the hub does not give it without a token whose owner accepted its conditions")
        device = self.device if self.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        pipeline.to(torch.device(device))
        return pipeline
