"""How much longer we take than bare faster-whisper with the same settings on the same audio: the ratio, in one run.

.venv/bin/python tests/benchmarks/bench_transcription.py [model folder] [audio file] [rounds]

Without arguments: the demo's own model if it is there, else a model of random weights, and a demo episode repeated to ten
minutes. What is ours costs seconds of audio (reading packets, one step of the decoder a window for its language), what is
faster-whisper's grows with the model: the bigger the model, the nearer to 1 the ratio.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
from faster_whisper import BatchedInferencePipeline

from brief_pipeline.engines.whisper import WhisperTranscriber

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))  # the tests' own models
DEMO_MODEL = ROOT / "data" / "demo" / "whisper"
SPEECH = ROOT / "data" / "demo" / "cold-aisle" / "small-models.mp3"
LEAST_SECONDS = 600.0
ROUNDS = 5
LANGUAGE = "en"
BATCH_SIZE, BEAM_SIZE = 8, 5
THREADS = 1  # more of them wait for each other where other programs run, and waiting counts as CPU time


def repeat_audio(source: Path, copy: Path) -> Path:
    """An mp3 that plays another as often as it takes to be long enough. One stream: bare faster-whisper stops at a seam."""
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.dts is not None]
        seconds = float(container.duration) / av.time_base
        with av.open(str(copy), "w") as long:
            stream = long.add_stream_from_template(container.streams.audio[0])
            clock = 0
            for _ in range(math.ceil(LEAST_SECONDS / seconds)):
                for packet in packets:
                    packet.stream, packet.pts, packet.dts = stream, clock, clock
                    clock += packet.duration
                    long.mux(packet)
    return copy


def measure(hear: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of wall time and of CPU time."""
    wall, cpu = time.monotonic(), time.process_time()
    hear()
    return time.monotonic() - wall, time.process_time() - cpu


def main() -> None:
    given = dict(enumerate(sys.argv[1:]))
    with tempfile.TemporaryDirectory() as folder:
        model = Path(given[0]) if 0 in given else DEMO_MODEL
        if not model.is_dir():
            from engines.tiny_whisper import build_tiny_whisper

            model = build_tiny_whisper(Path(folder) / "tiny")
        audio = Path(given[1]) if 1 in given else repeat_audio(SPEECH, Path(folder) / "long.mp3")
        compare(model, audio, int(given.get(2, ROUNDS)))


def compare(model: Path, audio: Path, rounds: int) -> None:
    transcriber = WhisperTranscriber(str(model), device="cpu", batch_size=BATCH_SIZE, beam_size=BEAM_SIZE, threads=THREADS)
    # one loaded model for both: two loads of the same model differ by up to 8 % between themselves, by how the memory of
    # their threads happens to lie (page faults)
    pipeline = BatchedInferencePipeline(transcriber._load())

    def hear_bare() -> float:
        found, info = pipeline.transcribe(
            str(audio),
            language=LANGUAGE,
            batch_size=BATCH_SIZE,
            beam_size=BEAM_SIZE,
            vad_filter=True,
            word_timestamps=True,
            condition_on_previous_text=False,
            without_timestamps=False,
        )
        list(found)
        return float(info.duration)

    heard = transcriber.transcribe(audio, LANGUAGE)  # both once before the clock runs
    if abs(hear_bare() - heard.duration_seconds) > 1:
        raise SystemExit("bare faster-whisper reads less of this file than we do: nothing to compare")
    ours, bare = [], []
    for _ in range(rounds):  # by turns: a machine's mood changes
        ours.append(measure(lambda: transcriber.transcribe(audio, LANGUAGE)))
        bare.append(measure(hear_bare))
    print(f"{heard.duration_seconds:.0f} s of audio, {len(heard.segments)} segments, {rounds} rounds by turns, medians")
    for which, name in enumerate(("wall", "CPU")):
        mine, theirs = (statistics.median(times[which] for times in found) for found in (ours, bare))
        ratios = sorted(a[which] / b[which] for a, b in zip(ours, bare, strict=True))
        spread = f"rounds {ratios[0]:.3f} to {ratios[-1]:.3f}"
        print(f"{name:4}  ours {mine:7.2f} s   bare {theirs:7.2f} s   ratio {mine / theirs:.3f}   {spread}")


if __name__ == "__main__":
    main()
