"""The speech model that comes with the sample, through the settings that everybody starts with.

It knows the two episodes without a transcript by heart and nothing else: these figures tell that the path from sound
to timed words works, not how well Whisper hears.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from rapidfuzz.distance import Levenshtein

from brief_pipeline.engines.whisper import Heard, WhisperTranscriber
from brief_pipeline.settings import WhisperSettings
from brief_pipeline.stages.hearing import find_faults

DEMO = Path(__file__).parents[2] / "data" / "demo"
MODEL = DEMO / "whisper"
SPOKEN = json.loads((DEMO / "spoken.json").read_text(encoding="utf-8"))["episodes"]
WORD_ERROR_RATE, SEGMENT_SECONDS, WORD_SECONDS = 0.05, 0.5, 0.2
MODEL_BYTES = 4_000_000

Timed = tuple[float, str]


@pytest.fixture(scope="module")
def transcriber() -> WhisperTranscriber:
    given = WhisperSettings()
    return WhisperTranscriber(str(MODEL), given.device, given.compute_type, given.batch_size, given.beam_size, given.threads)


@pytest.fixture(scope="module", params=SPOKEN, ids=lambda episode: episode["episode"])
def heard(request: pytest.FixtureRequest, transcriber: WhisperTranscriber) -> tuple[dict[str, Any], Heard]:
    return request.param, transcriber.transcribe(DEMO / request.param["audio"], "en")


def plain(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower().replace(",", ""))


def said_words(episode: dict[str, Any]) -> list[Timed]:
    return [(start, part) for cue in episode["cues"] for start, _, word in cue["words"] for part in plain(word)]


def heard_words(heard: Heard) -> list[Timed]:
    return [(word.start_seconds, part) for s in heard.segments for word in s.words for part in plain(word.text)]


def matches(said: list[Timed], heard: list[Timed]) -> Iterator[tuple[float, float]]:
    """(said at, heard at) of each word that is the same in both."""
    for step in Levenshtein.opcodes([word for _, word in said], [word for _, word in heard]):
        if step.tag == "equal":
            for i, j in zip(range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), strict=True):
                yield said[i][0], heard[j][0]


def test_it_hears_the_words(heard: tuple[dict[str, Any], Heard]) -> None:
    said, found = said_words(heard[0]), heard_words(heard[1])
    wrong = Levenshtein.distance([word for _, word in said], [word for _, word in found])
    assert wrong / len(said) <= WORD_ERROR_RATE


def test_sentences_begin_when_they_are_said(heard: tuple[dict[str, Any], Heard]) -> None:
    starts = [segment.start_seconds or 0.0 for segment in heard[1].segments]
    off = [min(abs(start - cue["start"]) for start in starts) for cue in heard[0]["cues"]]
    assert median(off) <= SEGMENT_SECONDS


def test_words_are_timed_where_they_are_said(heard: tuple[dict[str, Any], Heard]) -> None:
    off = [abs(said - found) for said, found in matches(said_words(heard[0]), heard_words(heard[1]))]
    assert median(off) <= WORD_SECONDS


def test_the_checks_find_nothing_wrong_with_it(heard: tuple[dict[str, Any], Heard]) -> None:
    assert find_faults(heard[1].segments, heard[1].speech, "en", heard[1].languages) == ()


def test_it_is_small_and_says_what_it_is(transcriber: WhisperTranscriber) -> None:
    assert sum(path.stat().st_size for path in MODEL.iterdir()) <= MODEL_BYTES
    assert transcriber.name == "faster-whisper:knows-only-the-demo"
    assert "nothing but" in (MODEL / "README.md").read_text(encoding="utf-8")
