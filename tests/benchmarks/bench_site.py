"""How long the pages take: all of them once, then what a day more changes, then nothing.

    python tests/benchmarks/bench_site.py              # 100,000 insights of 250 days
    python tests/benchmarks/bench_site.py --insights 10000

Writes the tables of a history into a folder of its own, which goes again, and builds the pages of it three times.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from wiring.site_world import DAY, World

from brief_pipeline.settings import SiteSettings, read_settings
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.site import publish_site

DAYS, CHUNK = 250, 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--insights", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to work; default: a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        house = build_house(read_settings(data_dir=Path(folder), site=SiteSettings(url="https://brief.example.org")))
        last = fill(house, given.insights // DAYS)
        full = measure(house, "all pages, none there before")
        last.write(house.store, days=[DAY + timedelta(days=1)])
        day = measure(house, "a day more")
        measure(house, "nothing new")
        print(f"a day more takes {day / full:.0%} of all; peak memory {peak_mib():,.0f} MiB")


def fill(house: House, insights_a_day: int) -> World:
    """Writes all days but one; gives the world, which holds that too."""
    world = World(days=DAYS + 1, insights_a_day=insights_a_day, last=DAY + timedelta(days=1))
    house.store.replace("raw.feeds", world.rows["raw.feeds"])
    days = world.days[:-1]
    for start in range(0, len(days), CHUNK):
        world.write(house.store, days=days[start : start + CHUNK])
    return world


def measure(house: House, what: str) -> float:
    began = time.monotonic()
    notes = publish_site(house)[None].notes
    seconds = time.monotonic() - began
    print(f"{what}: {seconds:.1f} s, {notes['pages']:,} pages, {notes['written']:,} files written", flush=True)
    return seconds


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
