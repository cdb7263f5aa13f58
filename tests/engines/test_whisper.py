from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import wave
from pathlib import Path

import pytest
from engines.loopback import Reply, closed_port, serve
from engines.tiny_whisper import LANGUAGES, build_tiny_whisper

from brief_pipeline.engines.whisper import HUB_PATIENCE_SECONDS, Heard, WhisperTranscriber
from brief_pipeline.errors import AudioUnreadable, ModelUnavailable

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "data" / "demo" / "cold-aisle" / "small-models.mp3"
SPEECH_SECONDS = 183.9

CHILD = """
import json, sys, time
from pathlib import Path
from brief_pipeline.engines.whisper import WhisperTranscriber
from brief_pipeline.errors import ModelUnavailable
transcriber, tries = WhisperTranscriber("small", folder=Path(sys.argv[1])), []
for _ in range(2):
    started = time.monotonic()
    try:
        transcriber.transcribe(Path(sys.argv[2]))
    except ModelUnavailable as refused:
        tries.append([str(refused), time.monotonic() - started])
print(json.dumps(tries))
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_whisper(tmp_path_factory.mktemp("whisper") / "tiny")


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_whisper(tmp_path_factory.mktemp("whisper") / "tiny.en", multilingual=False)


@pytest.fixture(scope="module")
def heard(tiny: Path) -> tuple[Heard, list[float]]:
    """What the tiny model hears in a demo episode, and the seconds that it reported on the way."""
    reported: list[float] = []
    return WhisperTranscriber(str(tiny), device="cpu").transcribe(SPEECH, "de", reported.append), reported


def write_wav(path: Path, sound: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(sound)
    return path


def test_segments_come_in_order_with_their_times(heard: tuple[Heard, list[float]]) -> None:
    segments = heard[0].segments
    assert len(segments) > 3
    starts = [segment.start_seconds for segment in segments if segment.start_seconds is not None]
    assert starts == sorted(starts)
    assert len(starts) == len(segments)
    assert all(0 <= (s.start_seconds or 0) <= (s.end_seconds or 0) <= SPEECH_SECONDS for s in segments)
    assert all(segment.text and segment.text == segment.text.strip() for segment in segments)


def test_each_word_has_its_time(heard: tuple[Heard, list[float]]) -> None:
    for segment in heard[0].segments:
        assert " ".join(word.text for word in segment.words) == segment.text
        assert all(word.start_seconds <= word.end_seconds for word in segment.words)
    words = [word for segment in heard[0].segments for word in segment.words]
    assert words
    assert type(words[0].start_seconds) is float, "numpy's numbers don't go into JSON"


def test_the_seconds_done_are_reported_and_rise(heard: tuple[Heard, list[float]], english: Path) -> None:
    disordered: list[float] = []
    WhisperTranscriber(str(english), device="cpu").transcribe(SPEECH, report=disordered.append)
    for reported in (heard[1], disordered):
        assert len(reported) > 3
        assert reported == sorted(reported)
        assert SPEECH_SECONDS / 2 < reported[-1] <= SPEECH_SECONDS
    assert json.dumps(heard[1])


def test_a_model_hears_the_same_twice(tiny: Path, heard: tuple[Heard, list[float]]) -> None:
    assert WhisperTranscriber(str(tiny), device="cpu").transcribe(SPEECH, "de") == heard[0]


@pytest.mark.parametrize(("asked", "used"), [("de", "de"), ("DE", "de"), ("de-AT", "de"), ("en", "en")])
def test_the_language_asked_for_is_used(tiny: Path, tmp_path: Path, asked: str, used: str) -> None:
    quiet = write_wav(tmp_path / "quiet.wav", bytes(32_000))
    assert WhisperTranscriber(str(tiny), device="cpu").transcribe(quiet, asked).language == used


@pytest.mark.parametrize("asked", [None, "tlh", ""])
def test_a_language_that_is_not_known_is_detected(tiny: Path, asked: str | None) -> None:
    found = WhisperTranscriber(str(tiny), device="cpu").transcribe(SPEECH, asked).language
    assert found in {"en", "de", "fr", "es", "ru", "zh"}


def test_an_english_model_hears_english_whatever_is_asked_for(english: Path, tmp_path: Path) -> None:
    quiet = write_wav(tmp_path / "quiet.wav", bytes(32_000))
    assert WhisperTranscriber(str(english), device="cpu").transcribe(quiet, "de").language == "en"


@pytest.mark.parametrize("seconds", [0.05, 40])
def test_silence_gives_no_segments(tiny: Path, tmp_path: Path, seconds: float) -> None:
    quiet = write_wav(tmp_path / "quiet.wav", bytes(int(seconds * 16_000) * 2))
    assert WhisperTranscriber(str(tiny), device="cpu").transcribe(quiet).segments == ()


def test_speech_behind_a_hole_is_heard(tiny: Path, tmp_path: Path, heard: tuple[Heard, list[float]]) -> None:
    whole = SPEECH.read_bytes()
    hole = len(whole) // 4
    (tmp_path / "hole.mp3").write_bytes(whole[:hole] + bytes(20_000) + whole[hole + 20_000 :])
    found = WhisperTranscriber(str(tiny), device="cpu").transcribe(tmp_path / "hole.mp3", "de")
    assert (found.segments[-1].end_seconds or 0) > SPEECH_SECONDS * 0.6


@pytest.mark.parametrize("body", [b"", b"<html>not found</html>" * 50, random.Random(3).randbytes(50_000)])
def test_what_is_no_audio_is_unreadable(tiny: Path, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.mp3").write_bytes(body)
    with pytest.raises(AudioUnreadable):
        WhisperTranscriber(str(tiny), device="cpu").transcribe(tmp_path / "a.mp3")


def test_the_name_tells_tool_and_model(tiny: Path) -> None:
    assert WhisperTranscriber("small").name == "faster-whisper:small"
    assert WhisperTranscriber(str(tiny)).name == "faster-whisper:tiny"
    assert WhisperTranscriber("Systran/faster-whisper-small").name == "faster-whisper:faster-whisper-small"


@pytest.mark.parametrize("lacking", ["model.bin", "tokenizer.json", "config.json"])
def test_a_folder_that_lacks_a_file_is_named_with_it(tiny: Path, tmp_path: Path, lacking: str) -> None:
    shutil.copytree(tiny, tmp_path / "model")
    (tmp_path / "model" / lacking).unlink()
    with pytest.raises(ModelUnavailable, match=rf"lacks {lacking}.*\[whisper\] model"):
        WhisperTranscriber(str(tmp_path / "model")).transcribe(SPEECH)


@pytest.mark.parametrize("broken", ["model.bin", "tokenizer.json", "config.json"])
def test_a_folder_with_a_broken_file_is_unavailable(tiny: Path, tmp_path: Path, broken: str) -> None:
    shutil.copytree(tiny, tmp_path / "model")
    (tmp_path / "model" / broken).write_bytes(b"<html>")
    with pytest.raises(ModelUnavailable, match=r"\[whisper\] model"):
        WhisperTranscriber(str(tmp_path / "model"), device="cpu").transcribe(SPEECH)


@pytest.mark.parametrize("model", ["/no/such/folder", "./models/small", "~/whisper", "enormous"])
def test_a_model_that_is_nowhere_is_unavailable(model: str) -> None:
    with pytest.raises(ModelUnavailable, match=r"\[whisper\] model") as refused:
        WhisperTranscriber(model).transcribe(SPEECH)
    assert ("expected one of: tiny" if model == "enormous" else "there is no folder") in str(refused.value)


def test_a_device_that_is_not_there_is_unavailable(tiny: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"\[whisper\]"):
        WhisperTranscriber(str(tiny), device="cuda", compute_type="nonsense").transcribe(SPEECH)


def test_what_is_heard_is_what_bare_faster_whisper_hears(tiny: Path, heard: tuple[Heard, list[float]]) -> None:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    bare, _ = BatchedInferencePipeline(WhisperModel(str(tiny), device="cpu", compute_type="int8")).transcribe(
        str(SPEECH), language="de", beam_size=5, vad_filter=True, word_timestamps=True, without_timestamps=False
    )
    expected = [[(float(w.start), w.word.strip()) for w in s.words or ()] for s in bare if s.text.strip()]
    assert [[(w.start_seconds, w.text) for w in s.words] for s in heard[0].segments] == expected


def test_the_stretches_of_speech_are_told(heard: tuple[Heard, list[float]]) -> None:
    speech = heard[0].speech
    assert heard[0].duration_seconds == pytest.approx(SPEECH_SECONDS, abs=0.1)
    assert all(0 <= start < end <= SPEECH_SECONDS for start, end in speech)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(speech))
    assert sum(end - start for start, end in speech) > SPEECH_SECONDS / 2


def test_each_window_tells_the_language_of_its_sound(heard: tuple[Heard, list[float]], english: Path) -> None:
    windows = heard[0].languages
    assert (windows[0][0], windows[-1][1]) == (heard[0].speech[0][0], heard[0].speech[-1][1])
    assert all(end - start > 5 and code in LANGUAGES and 0 <= sure <= 1 for start, end, code, sure in windows)
    assert WhisperTranscriber(str(english), device="cpu").transcribe(SPEECH).languages == ()


def test_where_nobody_speaks_no_language_is_told(tiny: Path, tmp_path: Path) -> None:
    quiet = write_wav(tmp_path / "quiet.wav", bytes(64_000))
    found = WhisperTranscriber(str(tiny), device="cpu").transcribe(quiet)
    assert (found.language, found.speech, found.languages, found.duration_seconds) == (None, (), (), 2.0)


def test_the_probability_is_told_of_a_language_that_was_detected(tiny: Path, heard: tuple[Heard, list[float]]) -> None:
    assert heard[0].language_probability is None
    found = WhisperTranscriber(str(tiny), device="cpu").transcribe(SPEECH)
    assert 0 < (found.language_probability or 0) <= 1
    assert type(found.language_probability) is float


def test_a_careful_hearing_hears_the_same_speech_in_another_way(tiny: Path, heard: tuple[Heard, list[float]]) -> None:
    reported: list[float] = []
    found = WhisperTranscriber(str(tiny), device="cpu", beam_size=1).transcribe(SPEECH, "de", reported.append, careful=True)
    assert found.speech == heard[0].speech
    assert found.segments != heard[0].segments
    assert all(0 <= w.start_seconds <= w.end_seconds <= SPEECH_SECONDS for s in found.segments for w in s.words)
    assert reported == sorted(reported)


def test_two_threads_load_the_model_once(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import faster_whisper

    loads: list[str] = []

    class CountingModel(faster_whisper.WhisperModel):  # type: ignore[misc]
        def __init__(self, *given: object, **named: object) -> None:
            loads.append("load")
            time.sleep(0.2)
            super().__init__(*given, **named)

    monkeypatch.setattr(faster_whisper, "WhisperModel", CountingModel)
    transcriber = WhisperTranscriber(str(tiny), device="cpu")
    quiet = write_wav(tmp_path / "quiet.wav", bytes(32_000))
    threads = [threading.Thread(target=transcriber.transcribe, args=(quiet,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["load"]


def test_a_gpu_whose_libraries_are_missing_is_told_with_the_cure(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transcriber = WhisperTranscriber(str(tiny), device="cpu")

    def fail(*given: object) -> None:
        raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    monkeypatch.setattr(transcriber._load(), "encode", fail)
    with pytest.raises(ModelUnavailable, match=r'libcublas.*device = "cpu"'):
        transcriber.transcribe(SPEECH)


def test_what_a_long_sound_says_has_the_times_of_the_file(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, heard: tuple[Heard, list[float]]
) -> None:
    monkeypatch.setattr("brief_pipeline.engines.whisper.piece.read_pieces.__defaults__", (False, 60.0))
    found = WhisperTranscriber(str(tiny), device="cpu", batch_size=1).transcribe(SPEECH, "de")
    assert found.duration_seconds == heard[0].duration_seconds
    assert (found.segments[-1].end_seconds or 0) > SPEECH_SECONDS * 0.9
    starts = [word.start_seconds for segment in found.segments for word in segment.words]
    assert starts == sorted(starts)


def refuse_twice(folder: Path, hub: str) -> list[tuple[str, float]]:
    """The messages and seconds of two calls for a model that has to be fetched, in a process that knows this hub alone."""
    environment = {**os.environ, "HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(SPEECH)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return [(message, seconds) for message, seconds in json.loads(done.stdout)]


def test_without_a_network_the_model_is_unavailable_at_once_with_the_cure(tmp_path: Path) -> None:
    first, second = refuse_twice(tmp_path, f"http://127.0.0.1:{closed_port()}")
    assert '[whisper] model = "/path/to/model"' in first[0]
    assert "Connection refused" in first[0]
    assert first[1] < 30
    assert second[0] == first[0]
    assert second[1] < HUB_PATIENCE_SECONDS, "it asked again"


def test_a_hub_that_never_answers_is_given_up_within_seconds(tmp_path: Path) -> None:
    started = time.monotonic()
    with serve([Reply(wait=60)]) as hub:
        first, second = refuse_twice(tmp_path, hub.url)
        assert time.monotonic() - started < 45
    assert "timed out" in first[0]
    assert second[1] < HUB_PATIENCE_SECONDS, "it asked again"
