from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brief_pipeline.engines.diariser import PyannoteDiariser, Turn
from brief_pipeline.errors import ModelUnavailable

SECONDS = 2


class FakePipeline:
    """pyannote.audio's Pipeline as far as it is used: two people, and one who interrupts."""

    loads: list[tuple[str, str | None]] = []  # noqa: RUF012
    refusal: Exception | None = None
    failure: Exception | None = None

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.device: Any = None

    @classmethod
    def from_pretrained(cls, checkpoint: str, token: str | None = None) -> FakePipeline:
        cls.loads.append((checkpoint, token))
        if cls.refusal:
            raise cls.refusal
        return cls()

    def to(self, device: Any) -> None:
        self.device = device

    def __call__(self, file: dict[str, Any]) -> Any:
        if self.failure:
            raise self.failure
        assert tuple(file["waveform"].shape) == (1, SECONDS * file["sample_rate"])
        tracks = [(1.25, 2.0, "SPEAKER_01"), (0.0, 1.25, "SPEAKER_00")]

        def itertracks(yield_label: bool) -> Any:
            assert yield_label
            return ((SimpleNamespace(start=start, end=end), "_", speaker) for start, end, speaker in tracks)

        return SimpleNamespace(exclusive_speaker_diarization=SimpleNamespace(itertracks=itertracks))


@pytest.fixture
def pyannote(monkeypatch: pytest.MonkeyPatch) -> type[FakePipeline]:
    class Pipeline(FakePipeline):
        loads: list[tuple[str, str | None]] = []  # noqa: RUF012

    audio: Any = ModuleType("pyannote.audio")
    audio.Pipeline = Pipeline
    monkeypatch.setitem(sys.modules, "pyannote", ModuleType("pyannote"))
    monkeypatch.setitem(sys.modules, "pyannote.audio", audio)
    return Pipeline


def read_silence(path: Path) -> np.ndarray:
    return np.zeros(SECONDS * 16_000, np.float32)


def test_the_turns_come_in_order(pyannote: type[FakePipeline]) -> None:
    turns = PyannoteDiariser(read_silence, device="cpu").diarise(Path("a.mp3"))
    assert turns == (Turn(0.0, 1.25, "SPEAKER_00"), Turn(1.25, 2.0, "SPEAKER_01"))


def test_one_load_serves_every_call_and_takes_the_token(pyannote: type[FakePipeline]) -> None:
    diariser = PyannoteDiariser(read_silence, "some/model", token="hf_secret")
    threads = [threading.Thread(target=diariser.diarise, args=(Path("a.mp3"),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pyannote.loads == [("some/model", "hf_secret")]
    assert diariser.name == "pyannote:model"


def test_without_pyannote_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyannote", None)
    monkeypatch.setitem(sys.modules, "pyannote.audio", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'brief_pipeline\[diarize\]'"):
        PyannoteDiariser(read_silence).diarise(Path("a.mp3"))


def test_a_model_that_the_hub_refuses_is_unavailable_with_the_cure(pyannote: type[FakePipeline]) -> None:
    pyannote.refusal = OSError("401 Client Error: gated repo")
    diariser = PyannoteDiariser(read_silence, token="hf_secret")
    for _ in range(2):
        with pytest.raises(
            ModelUnavailable, match=r"gated repo.*accept its conditions at https://hf\.co/pyannote.*HF_TOKEN"
        ) as told:
            diariser.diarise(Path("a.mp3"))
        assert "hf_secret" not in str(told.value)
    assert len(pyannote.loads) == 1, "it asked again"


def test_a_model_that_fails_on_the_way_is_unavailable(pyannote: type[FakePipeline]) -> None:
    pyannote.failure = RuntimeError("CUDA out of memory")
    with pytest.raises(ModelUnavailable, match="out of memory"):
        PyannoteDiariser(read_silence, device="cpu").diarise(Path("a.mp3"))
