"""The vector of a question is the one that the embedder gives, without PyTorch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.engines.minilm import query
from brief_pipeline.engines.minilm.query import QueryReader

TEXTS = ["cost of storing electricity", "naïve Über-text: 40% of what?", "a " * 600, "", "日本語", "cost"]


def test_the_vectors_are_those_of_the_embedder() -> None:
    embedder = SentenceEmbedder()
    expected = np.stack([embedder.embed([text])[0] for text in TEXTS])
    assert np.abs(QueryReader().embed(TEXTS) - expected).max() < 1e-5


def test_what_was_asked_before_is_remembered_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "REMEMBERED", 2)
    read: list[int] = []
    encode = query._encode
    monkeypatch.setattr(query, "_encode", lambda ids, weights: read.append(len(ids)) or encode(ids, weights))
    reader = QueryReader()
    for asked in (["a", "b"], ["a"], ["c"], ["a"], ["b"]):
        reader.embed(asked)
    assert read == [2, 1, 1]  # b was forgotten for c, a was not: it was asked again meanwhile


def test_more_questions_at_once_than_are_remembered_are_all_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "REMEMBERED", 2)
    assert QueryReader().embed([f"question {n}" for n in range(5)]).shape == (5, 384)


def test_no_heavy_library_is_imported() -> None:
    script = "import sys; from brief_pipeline.engines.minilm.query import QueryReader; QueryReader().embed(['x'])"
    check = "; print([n for n in ('torch', 'transformers', 'sentence_transformers') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script + check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
