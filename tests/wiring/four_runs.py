"""A run of the demo beside others, or a reader of its tables: `python four_runs.py run FOLDER CONNECT_TO DATA FIRST LAST`.

Ready, it says so in a file and waits until all are; then it goes. What it asked of the engines and the web goes into a file.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
from wiring.replayed import build_replayed, read

from brief_pipeline.definitions import defs
from brief_pipeline.settings import Settings
from brief_pipeline.wiring.demo import DAYS, read_demo_settings
from brief_pipeline.wiring.runs import open_instance, run_days

BETWEEN_READS_SECONDS = 0.05
WAIT_SECONDS = 240.0


class NotedWeb:
    """The real web, noting what is fetched."""

    def __init__(self, web: Any, asked: Counter[str]) -> None:
        self._web, self._asked = web, asked

    def fetch(self, url: str, *given: Any, **named: Any) -> Any:
        self._asked[url] += 1
        return self._web.fetch(url, *given, **named)

    def download(self, url: str, *given: Any, **named: Any) -> Any:
        self._asked[url] += 1
        return self._web.download(url, *given, **named)


def wait_for_all(folder: Path, count: int) -> None:
    (folder / f"ready-{os.getpid()}").touch()
    end = time.monotonic() + WAIT_SECONDS
    while len(list(folder.glob("ready-*"))) < count:
        assert time.monotonic() < end, "the others did not come"
        time.sleep(0.01)


def run(settings: Settings, folder: Path, first: int, last: int, count: int) -> None:
    asked: Counter[str] = Counter()
    house = build_replayed(settings, read(folder / "answers.pickle"), lambda question: asked.update([question]))
    house = replace(house, web=NotedWeb(house.web, asked))
    defs.resolve_job_def("daily_brief")
    wait_for_all(settings.data, count)
    with open_instance(settings) as instance:
        ran = run_days(house, DAYS[first : last + 1], instance)
    (settings.data / f"asked-{first}-{last}.json").write_text(json.dumps(asked))
    assert ran.succeeded, ran.problems


def poll(settings: Settings, folder: Path, count: int) -> None:
    """Reads the tables and the snapshot until the file "stop" is there. Any error ends it."""
    house = build_replayed(settings, {})
    wait_for_all(settings.data, count)
    reads = Counter[str]()
    while not (settings.data / "stop").exists():
        if settings.database.exists():
            house.store.select("main.brief_items", published_on=DAYS[-1])
            reads["tables"] += 1
        if settings.published_database.exists():
            with duckdb.connect(str(settings.published_database), read_only=True) as connection:
                connection.sql("FROM main.brief_items").fetchall()
            reads["snapshot"] += 1
        time.sleep(BETWEEN_READS_SECONDS)
    (settings.data / "reads.json").write_text(json.dumps(reads))


def main(task: str, folder: str, connect_to: str, data: str, first: str, last: str, count: str) -> None:
    settings = read_demo_settings(json.loads(connect_to), data_dir=Path(data))
    if task == "poll":
        poll(settings, Path(folder), int(count))
    else:
        run(settings, Path(folder), int(first), int(last), int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
