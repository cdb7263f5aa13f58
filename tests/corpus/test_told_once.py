"""Sixty days of real talk, run as one backfill by the real engines: nothing is told twice.

The transcripts belong to their shows and are not in the repository: name their folder in BRIEF_CORPUS to try them. A fresh
run takes some twenty minutes; in a folder named in BRIEF_CORPUS_RUN, what a run before read and embedded is not done again.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus.sixty_days import DAYS, make_pages
from fakes import FakeWeb

from brief_pipeline.settings import read_settings
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.runs import open_instance, run_days

CORPUS = os.environ.get("BRIEF_CORPUS")
TOO_NEAR = 0.85  # cosine from which on two insights say the same, unless a difference was found and named
FEWEST_TOLD = 120

pytestmark = pytest.mark.skipif(not CORPUS, reason="BRIEF_CORPUS does not name the folder of real transcripts")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house after its sixty days."""
    own = os.environ.get("BRIEF_CORPUS_RUN")
    folder = Path(own) if own else tmp_path_factory.mktemp("sixty")
    pages = make_pages(Path(CORPUS or ""))
    feeds = [url for url in pages if url.endswith(".xml")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIEF_CONFIG", str(folder / "brief.toml"))
        settings = read_settings(data_dir=folder, feeds=feeds)
        house = replace(build_house(settings), web=FakeWeb(pages))
        with open_instance(settings) as instance:
            ran = run_days(house, DAYS, instance)
        assert ran.succeeded, ran.problems
        yield house


@pytest.fixture(scope="module")
def told(house: House) -> list[dict[str, Any]]:
    """Every insight in the brief files, with the day of its brief."""
    files = sorted((house.settings.data / "briefs").glob("*.json"))
    assert [file.stem for file in files] == [day.isoformat() for day in DAYS]
    return [{**item, "told_on": file.stem} for file in files for item in json.loads(file.read_text())["insights"]]


def show(*items: dict[str, Any]) -> str:
    return "\n".join(f"{i['told_on']} {i['show_title']} [{i['insight_id']}] {i['claim']} {i['explanation']}" for i in items)


def test_enough_is_told_to_tell_something_twice(told: list[dict[str, Any]]) -> None:
    assert len(told) >= FEWEST_TOLD
    assert len({item["show_title"] for item in told}) >= 5


def test_no_insight_is_in_two_briefs(told: list[dict[str, Any]]) -> None:
    counts = Counter(item["insight_id"] for item in told)
    assert [item for item, count in counts.items() if count > 1] == []


def test_no_two_told_insights_were_found_to_say_the_same(house: House, told: list[dict[str, Any]]) -> None:
    by_id = {item["insight_id"]: item for item in told}
    pairs = house.store.select("raw.insight_pairs", ("insight_id", "other_id"), verdict="same")
    twice = {frozenset(pair.values()) for pair in pairs if by_id.keys() >= set(pair.values())}
    assert not twice, "\n\n".join(show(*(by_id[insight_id] for insight_id in sorted(pair))) for pair in twice)


def test_no_two_told_insights_are_so_near_that_they_must_say_the_same(house: House, told: list[dict[str, Any]]) -> None:
    by_id = {item["insight_id"]: item for item in told}
    rows = house.store.select("raw.insights", ("insight_id", "text_hash"), insight_id=sorted(by_id))
    hashes = {row["insight_id"]: row["text_hash"] for row in rows}
    vectors = house.store.vectors(house.embedder.name, sorted(set(hashes.values())))
    excused = {
        frozenset((row["insight_id"], row["other_id"])) for row in house.store.select("raw.insight_pairs") if row["conflict"]
    }
    twice = [
        pair
        for pair in combinations(sorted(by_id), 2)
        if float(np.dot(*(vectors[hashes[insight_id]] for insight_id in pair))) >= TOO_NEAR
        and frozenset(pair) not in excused
    ]
    assert not twice, "\n\n".join(show(*(by_id[insight_id] for insight_id in pair)) for pair in twice)


def test_no_two_told_insights_have_the_same_words(told: list[dict[str, Any]]) -> None:
    """Whatever difference was found and named: there is none."""
    by_words = Counter(" ".join(re.findall(r"\w+", f"{item['claim']} {item['explanation']}".lower())) for item in told)
    assert [words for words, count in by_words.items() if count > 1] == []


def test_every_follow_up_names_what_it_follows_and_when_that_was(told: list[dict[str, Any]]) -> None:
    for item in told:
        if item["status"] == "follow_up":
            assert item["earlier_claim"], show(item)
            assert item["earlier_on"] <= item["told_on"], show(item)
            assert isinstance(item["was_told"], bool), show(item)
        else:
            assert item["earlier_claim"] is item["earlier_on"] is None, show(item)
