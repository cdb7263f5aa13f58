"""Sentences a CPU second: our embedder (sorted by word pieces) against plain encode() of the library, one thread.

.venv/bin/python tests/benchmarks/bench_embedder.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.records import Transcript
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.stages.transcript import read_transcript

SAMPLE = Path(__file__).parents[2] / "data" / "demo"
ROUNDS = 3


def read_sentences() -> list[str]:
    files = sorted([*SAMPLE.glob("*/*.vtt"), *SAMPLE.glob("*/*.srt")])
    transcripts = [Transcript(file.stem, "publisher", "en", read_transcript(file.read_bytes()).segments) for file in files]
    return [sentence.text for transcript in transcripts for sentence in split_sentences(transcript)]


def measure(embed: Callable[[Sequence[str]], object], sentences: Sequence[str]) -> float:
    """Sentences a CPU second."""
    started = time.process_time()
    embed(sentences)
    return len(sentences) / (time.process_time() - started)


def main() -> None:
    sentences = sorted(set(read_sentences()))
    loader = SentenceEmbedder()
    loader.embed(["warm up"])
    model = loader._load()
    ours, plain = [], []
    for _ in range(ROUNDS):
        fresh = SentenceEmbedder()  # forgets what it met, keeps the loaded weights
        fresh._loaded = model
        ours.append(measure(fresh.embed, sentences))
        plain.append(measure(lambda texts: model.encode(list(texts), batch_size=32, show_progress_bar=False), sentences))
    print(f"{len(sentences)} sentences, {ROUNDS} rounds, median, one thread")
    print(f"ours                         {statistics.median(ours):7.0f} sentences a CPU second")
    print(f"SentenceTransformer.encode   {statistics.median(plain):7.0f} sentences a CPU second")
    print(f"ratio                        {statistics.median(ours) / statistics.median(plain):7.2f}")


if __name__ == "__main__":
    main()
