from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dagster as dg
import yaml

from brief_pipeline.settings import LimitSettings, Settings
from brief_pipeline.wiring.automation import daily_brief
from brief_pipeline.wiring.runs import PROCESS_TAG, open_instance

OPEN = "from brief_pipeline.settings import read_settings as s; from brief_pipeline.wiring.runs import open_instance as o\n"
OPEN += "with o(s()) as instance: print(instance.telemetry_enabled)"


def test_the_instance_keeps_its_runs_in_the_data_folder_and_sends_no_telemetry(settings: Settings) -> None:
    with open_instance(settings) as instance:
        assert not instance.telemetry_enabled
        assert instance.is_persistent
    config = yaml.safe_load((settings.dagster_home / "dagster.yaml").read_text())
    assert config["storage"]["sqlite"]["base_dir"] == str(settings.dagster_home)
    assert (settings.dagster_home / "history" / "runs.db").exists()


def test_the_queue_starts_as_many_runs_at_once_as_the_settings_say(settings: Settings) -> None:
    limited = settings.model_copy(update={"limits": LimitSettings(runs=5)})
    with open_instance(limited) as instance:
        assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 5


def test_several_processes_can_make_the_instance_at_once(settings: Settings) -> None:
    runs = [subprocess.Popen([sys.executable, "-c", OPEN], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [run.communicate(timeout=120)[0].strip() for run in runs] == ["False"] * 4
    assert {run.returncode for run in runs} == {0}


def test_a_run_whose_process_was_killed_is_marked_as_failed(settings: Settings) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with open_instance(settings) as instance:
        dead = instance.add_run(make_run("dead", str(gone.pid)))
        alive = instance.add_run(make_run("alive", str(Path("/proc/self").resolve().name)))
    with open_instance(settings) as instance:
        statuses = {run.run_id: run.status for run in instance.get_runs()}
    assert statuses == {dead.run_id: dg.DagsterRunStatus.FAILURE, alive.run_id: dg.DagsterRunStatus.STARTED}


def make_run(run_id: str, process: str) -> dg.DagsterRun:
    return dg.DagsterRun(daily_brief.name, run_id=run_id, status=dg.DagsterRunStatus.STARTED, tags={PROCESS_TAG: process})
