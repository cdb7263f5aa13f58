"""What an hour's extraction spends where, as the product runs it, beside LexRank on the same sentences."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from methods import rank_sentences
from talks import Talk

from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.engines.minilm import MiniLmGrader
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.wiring import excerpting
from brief_pipeline.wiring.house import House


class Timed:
    """Keeps wall and CPU seconds by step."""

    def __init__(self) -> None:
        self.wall: Counter[str] = Counter()
        self.cpu: Counter[str] = Counter()

    def run(self, step: str, work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return work(*given, **named)
        finally:
            self.wall[step] += time.perf_counter() - wall
            self.cpu[step] += time.process_time() - cpu

    def wrap(self, step: str, work: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: self.run(step, work, *given, **named)


STEPS = {
    "split": "split_sentences",
    "find candidates": "find_candidates",
    "choose": "choose_insights",
    "ground": "ground",
}


def split_by_step(house: House, talk: Talk, threads: int) -> None:
    """Prints what one extraction spends where, as the product runs it, beside LexRank on the same sentences."""
    embedder, grader = SentenceEmbedder(threads=threads), MiniLmGrader(threads)
    embedder.embed(["Loaded."])
    grader.grade(["Loaded."])
    ours, lexrank = Timed(), Timed()

    def rank() -> None:
        sentences = split_sentences(talk.transcript)
        rank_sentences(embedder.embed([sentence.text for sentence in sentences]))

    lexrank.run("all", rank)
    with ExitStack() as patches:
        for step, name in STEPS.items():
            patches.enter_context(patch.object(excerpting, name, ours.wrap(step, getattr(excerpting, name))))
        patches.enter_context(patch.object(embedder, "embed", ours.wrap("embed", embedder.embed)))
        patches.enter_context(patch.object(grader, "grade", ours.wrap("grade", grader.grade)))
        watched = replace(house, embedder=embedder, grader=grader)
        ours.run("all", excerpting.extract_sentences, watched, talk.reading)
    print(f"\n{talk.words:,} words of {talk.transcript.episode_id}, {threads} thread(s), models loaded: seconds")
    print(f"{'':24}{'wall':>8}{'cpu':>8}{'wall / LexRank':>16}")
    for step in ("split", "embed", "find candidates", "grade", "choose", "ground", "all"):
        row = f"{step:24}{ours.wall[step]:8.2f}{ours.cpu[step]:8.2f}{ours.wall[step] / lexrank.wall['all']:16.2f}"
        print(row)
    print(f"{'LexRank, embedding too':24}{lexrank.wall['all']:8.2f}{lexrank.cpu['all']:8.2f}{1:16.2f}", flush=True)
