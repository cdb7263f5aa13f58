"""Ctrl-C in the middle of a backfill, in a real process, and the same command after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
from wiring import slow_world

from brief_pipeline.settings import Settings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.partitions import BACKFILL_TAG
from brief_pipeline.wiring.runs import open_instance

FIRST, LAST = slow_world.DAYS[0].isoformat(), slow_world.DAYS[-1].isoformat()
COMMAND = ("backfill", "--from", FIRST, "--to", LAST)


def start(*arguments: str) -> subprocess.Popen[str]:
    """The command in a process of its own, which no shell has told to leave Ctrl-C alone."""
    tests, root = Path(slow_world.__file__).parents[1], Path(slow_world.__file__).parents[2]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{root}{os.pathsep}{tests}",
        "BRIEF_FEEDS": '["https://shows.example/one.xml"]',
    }
    return subprocess.Popen(
        [sys.executable, slow_world.__file__, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


def wait_for_listening(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    assert process.stdout.readline().strip() == "listening"


def test_a_backfill_stops_after_the_item_at_hand_and_goes_on_from_there(settings: Settings) -> None:
    stopped = start(*COMMAND)
    wait_for_listening(stopped)
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate("\n", timeout=300)  # the item at hand is heard to its end
    assert stopped.returncode == 130, err
    assert "listening" not in out
    assert "Stopping after the item at hand" in err
    assert f"0 of 2 days were done (stopped). To go on, run it again: brief backfill --from {FIRST} --to {LAST}" in err
    store = Store(settings.database, settings.sql_folder)
    assert len(store.select("raw.transcripts")) == 1
    with open_instance(settings) as instance:
        statuses = {run.job_name: run.status for run in instance.get_runs(filters=dg.RunsFilter(tags={BACKFILL_TAG: "yes"}))}
    assert statuses == {"ask_feeds": dg.DagsterRunStatus.SUCCESS, "due_brief": dg.DagsterRunStatus.CANCELED}

    out, err = start(*COMMAND).communicate("\n", timeout=300)
    assert out.count("listening") == 1  # what was heard before is not heard again
    assert "All 2 days are done." in err
    assert {row["published_on"] for row in store.select("raw.briefs")} == set(slow_world.DAYS)
    assert "2 of 2 days are done" in start(*COMMAND).communicate(timeout=300)[1]


def test_a_second_ctrl_c_ends_it_at_once(settings: Settings) -> None:
    process = start(*COMMAND)
    wait_for_listening(process)
    process.send_signal(signal.SIGINT)
    assert process.stderr
    while "Stopping after" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    with open_instance(settings) as instance:
        [run] = [run for run in instance.get_runs() if run.job_name == "due_brief"]
    assert run.status == dg.DagsterRunStatus.CANCELED
