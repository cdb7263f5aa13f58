"""What Dagster and the tables cost: on the demo, and on a day without new episodes, in seconds and as a share of the whole.

Each is run twice in fresh processes: as `brief run` does, and as plain functions, the same stages called one after the
other without Dagster and what is shown and checked in its UI. Of both it tells how often data/brief.duckdb was opened and
the seconds that it was open. CPU seconds stand beside wall seconds: other work on the machine shows in those.

Ends with 1 where Dagster, with its checks, previews and plots, takes more than a third of the demo's CPU seconds, or
a day without new episodes costs more than 30 of them.

.venv/bin/python tests/benchmarks/bench_overhead.py    some minutes
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from brief_pipeline.warehouse.models import read_models
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.demo import DAYS, open_demo
from brief_pipeline.wiring.house import House, build_house

MOST_SHARE = 1 / 3  # of the demo
MOST_QUIET_SECONDS = 30.0  # CPU, of a day without new episodes
NEXT_DAY = DAYS[-1] + timedelta(days=1)
MODES = ("dagster", "plain")
Row = dict[str, Any]


def watch_store() -> dict[str, float]:
    """Counts each time that the file is opened, and the seconds that it is open."""
    seen: dict[str, float] = defaultdict(float)
    for name in ("_read", "_write"):
        setattr(Store, name, _timed(getattr(Store, name), name.strip("_"), seen))
    return seen


def _timed(work: Callable[..., Any], name: str, seen: dict[str, float]) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return work(*given)
        finally:
            seen[f"{name}s"] += 1
            seen[f"{name} wall"] += time.perf_counter() - wall
            seen[f"{name} cpu"] += time.process_time() - cpu

    return timed


def run_dagster(house: House, days: Sequence[date]) -> None:
    from brief_pipeline.wiring.runs import open_instance, run_days

    with open_instance(house.settings) as instance:
        ran = run_days(house, days, instance)
        assert ran.succeeded, ran.problems


def run_plain(house: House, days: Sequence[date]) -> None:
    """The stages in the order of the work."""
    from brief_pipeline.wiring import comparing, discovery, extracting, fetching, listeners, listening, publishing, reading
    from brief_pipeline.wiring.audio import download_audio
    from brief_pipeline.wiring.episodes import find_episodes
    from brief_pipeline.wiring.relating import relate_insights
    from brief_pipeline.wiring.timing import stage_timed

    models = {model.table: model for model in read_models(house.settings.sql_folder)}

    def fill(*tables: str) -> None:
        for table in tables:
            for day in days:
                house.store.materialise(models[table], day)

    with stage_timed():
        discovery.fetch_feeds(house)
        find_episodes(house, days)
        for work in (fetching.keep_transcript_files, download_audio, listening.write_transcripts, reading.cut_transcripts):
            work(house, days)
        for work in (extracting.extract_insights, reading.embed_texts, comparing.pair_insights):
            work(house, days)
        fill("unique_insights")
        relate_insights(house, days)
        fill("related_insights")
        listeners.write_listeners(house, days)
        listeners.match_listeners(house, days)
        fill("candidates", "choices", "top_insights", "brief_items", "episode_health")
        publishing.write_briefs(house, days)


def measure(mode: str, what: str, data: Path) -> None:
    """Runs the demo, or the day after it, in this process, and prints what it took."""
    days = DAYS if what == "demo" else (NEXT_DAY,)
    seen = watch_store()
    with open_demo(data_dir=data) as settings:
        house = build_house(settings)
        wall, cpu = time.perf_counter(), time.process_time()
        (run_dagster if mode == "dagster" else run_plain)(house, days)
        now = time.perf_counter(), time.process_time()
        told = len(house.store.select("raw.briefs", published_on=list(days)))
    work = {"wall": now[0] - wall, "cpu": now[1] - cpu}
    print(json.dumps({**work, "whole cpu": now[1], "briefs": told, "store": seen}))


def run_apart(mode: str, what: str, data: Path) -> Row:
    environment = {**os.environ, "BRIEF_CONFIG": str(data.parent / "none.toml")}
    command = [sys.executable, __file__, mode, what, str(data)]
    started = time.perf_counter()
    said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {**json.loads(said.splitlines()[-1]), "whole wall": time.perf_counter() - started}


def tell(what: str, found: dict[str, Row]) -> float:
    """Prints what a run took in both ways. Gives Dagster's share of its CPU seconds."""
    whole, plain = (found[mode] for mode in MODES)
    print(f"{what}: the whole is {whole['wall']:.1f} s wall, {whole['cpu']:.1f} s CPU")
    print(f"  plain functions      {plain['wall']:7.1f} s wall {plain['cpu']:7.1f} s CPU")
    more = {kind: whole[kind] - plain[kind] for kind in ("wall", "cpu")}
    shares = {kind: more[kind] / whole[kind] for kind in more}
    print(f"  Dagster and its UI   {more['wall']:7.1f} s wall {more['cpu']:7.1f} s CPU", end="")
    print(f"  {shares['wall']:.0%} wall, {shares['cpu']:.0%} CPU; {whole['cpu'] / plain['cpu']:.2f} x the plain CPU")
    for mode in MODES:
        store = defaultdict(float, found[mode]["store"])
        for name in ("read", "write"):
            share = store[f"{name} cpu"] / found[mode]["cpu"]
            print(f"  {mode:8} {store[f'{name}s']:5.0f} {name}s   {store[f'{name} wall']:7.1f} s wall", end="")
            print(f" {store[f'{name} cpu']:7.1f} s CPU  {share:.0%} of its CPU")
    print(
        f"  with the imports of a fresh process: {whole['whole wall']:.1f} s wall, {whole['whole cpu']:.1f} s CPU",
        flush=True,
    )
    return float(shares["cpu"])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, dict[str, Row]] = {"demo": {}, "quiet": {}}
        print(f"load {os.getloadavg()[0]:.1f}", flush=True)
        for mode in MODES:
            for what, of_mode in found.items():
                of_mode[mode] = run_apart(mode, what, Path(folder) / mode)
        assert {row["briefs"] for row in found["demo"].values()} == {len(DAYS)}
        share = tell(f"the demo, {len(DAYS)} days in one run", found["demo"])
        tell("a day without new episodes", found["quiet"])
    quiet = found["quiet"]["dagster"]["whole cpu"]
    print(
        f"promised: Dagster's share of the demo at most {MOST_SHARE:.0%}; a quiet day at most {MOST_QUIET_SECONDS:.0f} s CPU"
    )
    raise SystemExit(0 if share <= MOST_SHARE and quiet <= MOST_QUIET_SECONDS else 1)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        main()
