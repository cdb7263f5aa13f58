from __future__ import annotations

import pytest

from brief_pipeline.engines.whisper import WhisperTranscriber


@pytest.mark.parametrize(
    ("gpus", "types", "expected"),
    [(0, set(), ("cpu", "int8")), (1, {"float16", "int8"}, ("cuda", "float16")), (1, {"float32"}, ("cuda", "auto"))],
)
def test_a_gpu_is_used_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, gpus: int, types: set[str], expected: tuple[str, str]
) -> None:
    import ctranslate2

    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: gpus)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda device: types)
    transcriber = WhisperTranscriber()
    device = transcriber._choose_device()
    assert (device, transcriber._choose_compute_type(device)) == expected
