from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from engines.loopback import Asked, Reply, serve

from brief_pipeline.engines.embedder import HUB_PATIENCE_SECONDS, SentenceEmbedder
from brief_pipeline.errors import ModelUnavailable

ROOT = Path(__file__).parents[2]
NOUNS = (
    "tram",
    "depot",
    "battery",
    "grid",
    "rota",
    "night",
    "price",
    "answer",
    "model",
    "harbour",
    "pump",
    "house",
    "winter",
)
SENTENCES = [
    f"The {a} {' '.join(random.Random(i).sample(NOUNS, 1 + i % 12))} is what changed the {b}."
    for i, (a, b) in enumerate((a, b) for a in NOUNS for b in NOUNS[:2])
]

CHILD = """
import json, os, time, urllib.request
from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.errors import ModelUnavailable
shape = SentenceEmbedder().embed(["Is it there?"]).shape
urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/so-far").read()
unknown, tries = SentenceEmbedder("no-such-maker/no-such-model"), []
for _ in range(2):
    started = time.monotonic()
    try:
        unknown.embed(["Is it there?"])
    except ModelUnavailable as refused:
        tries.append([str(refused), time.monotonic() - started])
print(json.dumps([shape, tries]))
"""


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


def test_texts_become_unit_vectors_in_their_order(embedder: SentenceEmbedder) -> None:
    vectors = embedder.embed(["Trams run on rails.", "Streetcars go along tracks.", "Bread needs yeast."])
    assert (vectors.shape, vectors.dtype) == ((3, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_a_text_has_the_same_vector_alone_and_among_others(embedder: SentenceEmbedder) -> None:
    together = embedder.embed(SENTENCES)
    for position in (0, 11, len(SENTENCES) - 1):
        alone = SentenceEmbedder()
        alone._loaded = embedder._loaded
        assert np.abs(alone.embed([SENTENCES[position]])[0] - together[position]).max() < 1e-5


def test_the_order_asked_for_is_kept_whatever_the_batches(embedder: SentenceEmbedder) -> None:
    shuffled = random.Random(2).sample(SENTENCES, len(SENTENCES))
    small = SentenceEmbedder(batch_size=3)
    small._loaded = embedder._loaded
    there, back = small.embed(shuffled), embedder.embed(SENTENCES)
    assert np.abs(there - back[[SENTENCES.index(text) for text in shuffled]]).max() < 1e-5


def test_texts_embedded_before_are_not_computed_again(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    remembering = SentenceEmbedder(folder=tmp_path)
    remembering._loaded = embedder._loaded
    first = remembering.embed(["Met before.", "Met before.", "Also met."])
    again = SentenceEmbedder(folder=tmp_path)  # and no model to compute with: another process would have to load one
    assert np.array_equal(again.embed(["Met before.", "Met before.", "Also met."]), first)
    assert again._loaded is None
    assert np.array_equal(first[0], first[1])


def test_the_same_texts_give_the_same_bits_whatever_was_embedded_before(embedder: SentenceEmbedder) -> None:
    alone = embedder.embed(SENTENCES)
    embedder.embed(SENTENCES[::2])
    assert np.array_equal(embedder.embed(SENTENCES), alone)


def test_another_models_vectors_are_not_taken_for_its_own(tmp_path: Path) -> None:
    SentenceEmbedder(folder=tmp_path).embed(["Met before."])
    with pytest.raises(ModelUnavailable):
        SentenceEmbedder("no-such-maker/no-such-model", folder=tmp_path).embed(["Met before."])


def test_no_texts_give_no_vectors_of_the_right_width(embedder: SentenceEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)
    assert embedder.count_tokens([]) == []


def test_an_empty_text_and_a_very_long_one_have_vectors(embedder: SentenceEmbedder) -> None:
    vectors = embedder.embed(["", "word " * 5000, "\u200b\u0000 ünïcode 语音"])
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_word_pieces_are_counted_past_the_models_limit(embedder: SentenceEmbedder) -> None:
    assert embedder.count_tokens(["trams run", "", "word " * 1000]) == [2, 0, 1000]


def test_a_broken_model_folder_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match=r'\[embedding\] model = "all-MiniLM-L6-v2"'):
        SentenceEmbedder(str(tmp_path)).embed(["one"])


def test_the_packaged_model_asks_no_hub_and_a_hub_that_never_answers_is_given_up_in_silence() -> None:
    started = time.monotonic()

    def answer(asked: Asked) -> Reply:
        return Reply(wait=0 if asked.path == "/so-far" else 90)

    with serve(answer) as hub:
        environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0"}
        done = subprocess.run([sys.executable, "-c", CHILD], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert time.monotonic() - started < 80
    shape, (first, second) = json.loads(done.stdout)
    assert shape == [1, 384]
    assert '[embedding] model = "all-MiniLM-L6-v2"' in first[0]
    assert second[0] == first[0]
    assert second[1] < HUB_PATIENCE_SECONDS, "it asked again"
    assert hub.asked[0].path == "/so-far", "the packaged model asks nothing"
    assert not [asked.path for asked in hub.asked if "no-such-model" in asked.path], "one knock at the door is enough"
    assert done.stderr == ""
