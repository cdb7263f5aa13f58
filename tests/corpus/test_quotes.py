"""Quotes are verbatim where and when they are said: in real transcripts, and in the files that the demo's shows publish.

The real ones belong to their shows and are not in the repository: name their folder in BRIEF_CORPUS to try them. The demo's
files are read here with a regex and json, not with the reader that the quotes went through.
"""

from __future__ import annotations

import csv
import json
import os
import pickle
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from wiring.replayed import recorded

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Transcript
from brief_pipeline.stages.evidence import TranscriptIndex, unsupported
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.stages.spoken_text import tidy
from brief_pipeline.stages.transcript import read_transcript
from brief_pipeline.wiring.demo import DAYS, SAMPLE

ROOT = Path(__file__).parents[2]
CORPUS = os.environ.get("BRIEF_CORPUS")
FILES = [row["file"] for row in csv.DictReader(Path(__file__).with_name("transcripts.tsv").open(), delimiter="\t")]
SAMPLED = 60  # sentences of a transcript
FEWEST_WORDS = 6  # of a sentence: shorter ones are said many times
REACH = 1_500
ENGLISH = re.compile(r"\b(?:the|and|of|to|that)\b", re.IGNORECASE)


def read_english(file: str) -> Transcript:
    path = Path(CORPUS or "") / file
    if not path.exists():
        pytest.skip("not in this corpus")
    try:
        read = read_transcript(path.read_bytes())
    except TranscriptUnreadable:
        pytest.skip("not readable: test_transcripts.py says why")
    transcript = Transcript(file, read.format, read.language, read.segments)
    if len(ENGLISH.findall(transcript.text)) * 15 < len(transcript.text.split()):
        pytest.skip("not English")
    return transcript


@pytest.mark.skipif(not CORPUS, reason="BRIEF_CORPUS does not name the folder of real transcripts")
@pytest.mark.parametrize("file", FILES)
def test_every_sentence_is_found_verbatim_at_its_place_and_second(file: str) -> None:
    transcript = read_english(file)
    index, text = TranscriptIndex(transcript), transcript.text
    ends = [0]
    for segment in transcript.segments:
        ends.append(ends[-1] + len(segment.text) + 1)
    sentences = [s for s in split_sentences(transcript) if len(s.text.split()) >= FEWEST_WORDS]
    for sentence in random.Random(file).sample(sentences, min(SAMPLED, len(sentences))):
        for quote in (sentence.text, sentence.text.upper().replace(" ", "\n")):
            found = index.find(quote, sentence.start)
            assert found is not None, quote
            assert text[found.char_start : found.char_end] == found.quote
            assert sentence.start <= found.char_start < found.char_end <= sentence.end + 1
            home = next(s for s, end in zip(transcript.segments, ends[1:], strict=True) if found.char_start < end)
            times = {home.start_seconds, *(word.start_seconds for word in home.words)}
            assert (found.start_seconds in times, found.speaker) == (True, home.speaker)
        around = text[max(0, sentence.start - REACH) : sentence.end + REACH]
        assert unsupported(tidy(sentence.text), around) == ()


def read_cues(folder: Path, audio: str) -> list[tuple[float, str]]:
    """What a demo show publishes of an episode: the second and the text of each cue."""
    spoken = {episode["audio"]: episode["cues"] for episode in json.loads((folder / "spoken.json").read_text())["episodes"]}
    if audio in spoken:  # no transcript is published: what the voice was given to read, word by word
        return [(start, word) for cue in spoken[audio] for start, _, word in cue["words"]]
    base = folder / audio.removesuffix(".mp3")
    if base.with_suffix(".json").exists():
        return [(s["startTime"], s["body"]) for s in json.loads(base.with_suffix(".json").read_text())["segments"]]
    file = next(base.with_suffix(kind) for kind in (".vtt", ".srt") if base.with_suffix(kind).exists())
    cues = re.findall(r"(\d\d):(\d\d):(\d\d)[.,](\d{3}) --> .*\n((?:.+\n?)+)", file.read_text())
    return [
        (int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000, re.sub(r"<[^>]+>|^[A-Z][\w ]+: ", "", text))
        for h, m, s, ms, text in cues
    ]


def words_of(text: str) -> list[str]:
    return re.findall(r"[\w'’]+", text.lower())


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    """Every insight in the briefs that the demo writes, from the files that a reader opens."""
    written = pickle.loads((recorded() / "left-by-one-run.pickle").read_bytes())["briefs"]
    briefs = [json.loads(body) for path, body in sorted(written.items()) if path.endswith(".json")]
    return [insight for brief in briefs for insight in brief["insights"]]


def test_every_quote_of_the_demos_briefs_is_in_the_published_file_at_the_second_shown(told: list[dict[str, Any]]) -> None:
    assert len(told) >= 5 * len(DAYS)
    for insight in told:
        address = urlsplit(insight["play_url"])
        cues = read_cues(ROOT / SAMPLE, address.path.lstrip("/"))
        said = [(start, word) for start, text in cues for word in words_of(text)]
        quote = words_of(insight["quote"])
        starts = [said[k][0] for k in range(len(said)) if [word for _, word in said[k : k + len(quote)]] == quote]
        assert starts, f"{insight['quote']!r} is not in {address.path}"
        shown = float(address.fragment.removeprefix("t="))
        assert min(abs(start - shown) for start in starts) <= 1.0, insight["quote"]
