"""kill -9 at 25 random moments of runs over the demo, and the run after each: it leaves what an undisturbed one leaves."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from wiring import crashing
from wiring.replayed import recorded, rows_of, run_script

from brief_pipeline.wiring.demo import DAYS, open_demo

KILLED, ENDED = -9, 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each killed run and the one after it came to, beside what the undisturbed run of that day left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIEF_CONFIG", str(tmp_path_factory.mktemp("config") / "brief.toml"))
        folder = recorded()
        with open_demo(data_dir=folder / "served") as settings:
            said = run_script("crashing.py", "crash", folder, settings.web.connect_to)
    planned = crashing.plan(json.loads((folder / "events.json").read_text()))
    undisturbed = [read(folder / f"left-{position}.pickle") for position in range(len(DAYS))]
    tried = [
        {
            "name": trial.name,
            "statuses": json.loads((folder / f"{trial.name}.json").read_text()),
            "left": read(folder / f"{trial.name}.pickle"),
            "undisturbed": undisturbed[trial.position],
        }
        for trial in planned
        if (folder / f"{trial.name}.pickle").exists()
    ]
    lost = {trial.name for trial in planned} - {trial["name"] for trial in tried}
    return {"tried": tried, "lost": lost, "said": said}


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = pickle.loads(file.read_bytes())
    return found


def test_every_run_was_killed_and_the_next_one_came_to_its_end(world: dict[str, Any]) -> None:
    """Also that Dagster then shows no run as going: the script looks after each."""
    assert world["lost"] == set(), world["said"]  # the run after the kill failed
    assert len(world["tried"]) == 25
    assert {trial["name"]: trial["statuses"] for trial in world["tried"] if trial["statuses"] != [KILLED, ENDED]} == {}
    assert {trial["name"][: len("day-1")] for trial in world["tried"]} == {"day-1", "day-2", "day-3"}


def test_the_tables_are_those_of_an_undisturbed_run_row_for_row(world: dict[str, Any]) -> None:
    assert sum(map(len, rows_of(world["tried"][-1]["undisturbed"]).values())) > 1000
    for trial in world["tried"]:
        expected, left = rows_of(trial["undisturbed"]), rows_of(trial["left"])
        assert [name for name in expected | left if expected.get(name) != left.get(name)] == [], trial["name"]
        assert {row["status"] for row in trial["left"]["tables"]["raw.feeds"]} <= {"fetched", "unchanged"}


def test_the_briefs_are_the_same_bytes_and_no_file_is_missing_or_left_over(world: dict[str, Any]) -> None:
    for trial in world["tried"]:
        assert trial["left"]["briefs"] == trial["undisturbed"]["briefs"], trial["name"]
        assert trial["left"]["files"] == trial["undisturbed"]["files"], trial["name"]
        assert trial["left"]["temporary"] == [], trial["name"]


def test_the_site_is_the_same_bytes_and_no_tree_of_a_killed_build_is_left(world: dict[str, Any]) -> None:
    for trial in world["tried"]:
        assert trial["left"]["site"] == trial["undisturbed"]["site"], trial["name"]
        assert trial["left"]["trees"] <= 2, trial["name"]


def test_no_model_is_asked_what_the_undisturbed_run_did_not_ask(world: dict[str, Any]) -> None:
    assert {trial["name"]: trial["left"]["new"] for trial in world["tried"] if trial["left"]["new"]} == {}
