"""Four runs at once on overlapping days of the demo, and who reads meanwhile: real processes, files, store and Dagster."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from wiring.replayed import build_replayed, look, recorded, rows_of, start_script

from brief_pipeline.wiring.demo import open_demo

RANGES = ((0, 2), (0, 1), (1, 2), (2, 2))  # of the demo's days
AUDIO_EPISODES, TRANSCRIPT_FILES, CHAPTERS_FILES, FEEDS = 2, 12, 3, 5


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIEF_CONFIG", str(tmp_path_factory.mktemp("config") / "brief.toml"))
        folder = recorded()
        with open_demo(data_dir=folder / "at-once") as settings:
            given = (folder, settings.web.connect_to, settings.data)
            runs = [start_script("four_runs.py", "run", *given, first, last, len(RANGES) + 1) for first, last in RANGES]
            reader = start_script("four_runs.py", "poll", *given, 0, 0, len(RANGES) + 1)
            ended = [run.finish() for run in runs]
            (settings.data / "stop").touch()
            reader_ended = reader.finish()
            asked = [json.loads(path.read_text()) for path in settings.data.glob("asked-*.json")]
            reads = json.loads((settings.data / "reads.json").read_text()) if (settings.data / "reads.json").exists() else {}
            for path in (
                *settings.data.glob("asked-*.json"),
                *settings.data.glob("ready-*"),
                *settings.data.glob("reads.json"),
            ):
                path.unlink()
            (settings.data / "stop").unlink()
            yield {
                "runs": ended,
                "reader": (*reader_ended, reads),
                "asked": sum(map(Counter, asked), Counter()),
                "left": look(build_replayed(settings, {})),
                "undisturbed": pickle.loads((folder / "left-by-one-run.pickle").read_bytes()),
            }


def test_all_four_succeed_and_none_hears_of_a_lock(world: dict[str, Any]) -> None:
    assert [status for status, _ in world["runs"]] == [0] * len(RANGES), world["runs"]
    for _, said in world["runs"]:
        assert "lock" not in said.lower(), said
        assert "Error" not in said, said


def test_who_reads_meanwhile_is_never_refused(world: dict[str, Any]) -> None:
    status, said, reads = world["reader"]
    assert status == 0, said
    assert reads["tables"] > 10


def test_the_tables_are_those_of_one_run_over_all_the_days(world: dict[str, Any]) -> None:
    expected, left = rows_of(world["undisturbed"]), rows_of(world["left"])
    for table in expected | left:
        assert left.get(table) == expected.get(table), table
    assert world["left"]["briefs"] == world["undisturbed"]["briefs"]
    assert world["left"]["temporary"] == []


def test_nothing_is_fetched_heard_or_asked_twice(world: dict[str, Any]) -> None:
    asked: Counter[str] = world["asked"]
    urls = {url: count for url, count in asked.items() if url.startswith("http")}
    feeds = {url: count for url, count in urls.items() if url.endswith(".xml")}
    assert len(feeds) == FEEDS
    assert set(feeds.values()) == {len(RANGES)}  # each run asks what is new: once
    others = {url: count for url, count in urls.items() if url not in feeds}
    assert len(others) == AUDIO_EPISODES + TRANSCRIPT_FILES + CHAPTERS_FILES
    assert set(others.values()) == {1}
    assert asked["transcriber.transcribe"] == AUDIO_EPISODES
