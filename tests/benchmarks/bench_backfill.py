"""A year's backfill of one show of the corpus: seconds a day in its second half against its first.

The feed is a real one (BRIEF_CORPUS names the folder of the corpus); what is said in its episodes are slices of the
corpus's transcripts, no two alike. The runs are those of `brief backfill`: slices of [backfill] days_per_run days. By
default the embedder and the grader are fakes that cost next to nothing, so that what grows with the history stands out
from what each episode costs; with --real they are the real ones. A day before the year is run first, for the imports.

After each slice a yardstick is laid: the CPU seconds of the same small reads and writes on a store of its own that does
not grow. A machine that others load, or that slows down, shows in it. Ends with 1 where a day of the second half costs over
20 % more than one of the first, both in yardsticks; CPU seconds and wall seconds are told beside them.

BRIEF_CORPUS=... .venv/bin/python tests/benchmarks/bench_backfill.py            fakes: some twenty minutes
BRIEF_CORPUS=... .venv/bin/python tests/benchmarks/bench_backfill.py --real     the real engines: an hour or two
BRIEF_CORPUS=... .venv/bin/python tests/benchmarks/bench_backfill.py --profile  also the functions that take longest
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from corpus.sixty_days import read_talks
from fakes import FakeEmbedder, FakeGrader, FakeWeb
from samples import HOST, make_feed, make_item, make_vtt

from brief_pipeline.settings import read_settings
from brief_pipeline.stages.estimate import Slice, cut_slices
from brief_pipeline.stages.feed import read_feed
from brief_pipeline.stages.transcript import read_transcript
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.backfilling import ask_all_feeds, run_slices
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.partitions import days_between
from brief_pipeline.wiring.runs import open_instance, run_days

FEED = "feeds/real/mpgirro__stalla__the-standard.xml"  # 739 episodes, one almost each working day
DAYS = 365
WORDS = 900  # of an episode
MOST_GROWTH = 1.2  # of what a day costs in yardsticks, second half against first
LAID = 20  # writes, and as many reads, of a yardstick


@dataclass(frozen=True)
class Took:
    """What a slice took."""

    days: Slice
    episodes: int
    insights: int
    wall: float
    cpu: float
    yardstick: float  # CPU seconds of what is always the same, after it


def read_days(corpus: Path) -> list[date]:
    """The days on which the episodes came out, of the year that has the most of them."""
    feed = read_feed((corpus / FEED).read_bytes(), "show", f"{HOST}/show.xml", datetime(2026, 1, 1, tzinfo=UTC))
    days = sorted(episode.published_on for episode in feed.episodes)
    years = ([day for day in days if first <= day <= first + timedelta(days=DAYS)] for first in dict.fromkeys(days))
    return max(years, key=len)


def cut_talks(corpus: Path) -> Iterator[bytes]:
    """Slices of the corpus's talks, one of each talk in turn, as transcripts."""
    talks = [
        [(segment.speaker or "Ann", segment.text) for segment in read_transcript(path.read_bytes()).segments]
        for _, path in read_talks(corpus)
    ]
    places = [0] * len(talks)
    while any(place < len(talk) for place, talk in zip(places, talks, strict=True)):
        for n, talk in enumerate(talks):
            start, words = places[n], 0
            while places[n] < len(talk) and words < WORDS:
                words += len(talk[places[n]][1].split())
                places[n] += 1
            if words >= WORDS:
                yield make_vtt(tuple(talk[start : places[n]]), seconds=6)


def make_pages(corpus: Path, days: Sequence[date]) -> dict[str, bytes]:
    names = [f"{day}-{n}" for n, day in enumerate(days)]
    talks = list(islice(cut_talks(corpus), len(days)))
    if len(talks) < len(days):
        raise SystemExit(f"The corpus has {len(talks)} slices of {WORDS} words for {len(days)} episodes.")
    items = [make_item(name, day, audio=False, show="show") for name, day in zip(names, days, strict=True)]
    pages = {f"{HOST}/show/{name}.vtt": talk for name, talk in zip(names, talks, strict=True)}
    return pages | {f"{HOST}/show.xml": make_feed("The show", *items)}


@contextmanager
def opened_house(corpus: Path, folder: Path, days: Sequence[date], is_real: bool) -> Iterator[House]:
    os.environ["BRIEF_CONFIG"] = str(folder / "brief.toml")  # there is none
    settings = read_settings(data_dir=folder, feeds=[f"{HOST}/show.xml"])
    house = replace(build_house(settings), web=FakeWeb(make_pages(corpus, days)))
    yield house if is_real else replace(house, embedder=FakeEmbedder(), grader=FakeGrader())


def lay_yardstick(house: House) -> float:
    """CPU seconds of small reads and writes on a store that does not grow."""
    store = Store(house.settings.data / "yardstick" / "brief.duckdb", house.settings.sql_folder)
    row = {"published_on": date(2020, 1, 1), "window_days": 1, "look_back_days": 1}
    store.replace("raw.brief_rules", [row])
    cpu = time.process_time()
    for _ in range(LAID):
        store.replace("raw.brief_rules", [row], published_on=row["published_on"])
        store.select("raw.brief_rules")
    return time.process_time() - cpu


def measure(house: House, days: Sequence[date], profile: cProfile.Profile | None) -> Iterator[Took]:
    """Runs the year slice by slice, after the day before it."""
    with open_instance(house.settings) as instance:
        assert ask_all_feeds(house, instance).succeeded
        warm = run_days(house, [days[0]], instance)
        assert warm.succeeded, warm.problems
        slices = cut_slices(days[1:], house.settings.backfill.days_per_run)
        runs = run_slices(house, instance, slices)
        if profile:
            profile.enable()
        wall, cpu = time.perf_counter(), time.process_time()
        for part in runs:
            took = time.perf_counter() - wall, time.process_time() - cpu
            assert part.ran.succeeded, part.ran.problems
            counts = (
                len(house.store.select(table, ("episode_id",), published_on=list(part.days)))
                for table in ("raw.episodes", "raw.insights")
            )
            yield Took(part.days, *counts, *took, lay_yardstick(house))
            wall, cpu = time.perf_counter(), time.process_time()
        if profile:
            profile.disable()


def tell(took: Took) -> None:
    days = len(took.days)
    print(
        f"  {took.days[0]} to {took.days[-1]}  {days:3} days {took.episodes:4} episodes {took.insights:5} insights"
        f"  {took.wall:7.1f} s wall {took.cpu:7.1f} s CPU  {took.cpu / days:6.3f} s CPU a day"
        f" {took.cpu / days / took.yardstick:6.2f} yardsticks",
        flush=True,
    )


def tell_halves(slices: Sequence[Took]) -> bool:
    """Prints the halves of the year side by side, without the slice in the middle where their number is odd."""
    half = max(1, len(slices) // 2)
    rates = []
    for name, some in (("first half ", slices[:half]), ("second half", slices[-half:])):
        days, episodes = sum(len(one.days) for one in some), sum(one.episodes for one in some)
        wall, cpu = sum(one.wall for one in some) / days, sum(one.cpu for one in some) / days
        laid = sum(one.cpu / one.yardstick for one in some) / days
        rates.append((wall, cpu, laid))
        print(f"{name}  {days:4} days, {episodes:4} episodes", end="")
        print(f"  a day: {wall:6.3f} s wall, {cpu:6.3f} s CPU, {laid:6.2f} yardsticks")
    wall, cpu, laid = (second / first for first, second in zip(*rates, strict=True))
    print(f"second half to first: {wall:.2f} x wall, {cpu:.2f} x CPU, {laid:.2f} x in yardsticks; promised: {MOST_GROWTH} x")
    return laid <= MOST_GROWTH


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--real", action="store_true", help="the real embedder and grader")
    parser.add_argument("--profile", action="store_true", help="the functions that take longest, afterwards")
    parser.add_argument("--days", type=int, default=DAYS, help="fewer than a year, to try it")
    asked = parser.parse_args()
    if not os.environ.get("BRIEF_CORPUS"):
        raise SystemExit("Name the folder of the corpus in BRIEF_CORPUS.")
    corpus = Path(os.environ["BRIEF_CORPUS"])
    came_out = read_days(corpus)
    days = days_between(came_out[0], came_out[0] + timedelta(days=asked.days))
    came_out = [day for day in came_out if day <= days[-1]]
    profile = cProfile.Profile() if asked.profile else None
    print(f"{len(came_out)} episodes of {WORDS} words over {len(days) - 1} days, load {os.getloadavg()[0]:.1f}", flush=True)
    took = []
    with tempfile.TemporaryDirectory() as folder, opened_house(corpus, Path(folder), came_out, asked.real) as house:
        for slice_took in measure(house, days, profile):
            took.append(slice_took)
            tell(slice_took)
    if profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
    raise SystemExit(0 if tell_halves(took) else 1)


if __name__ == "__main__":
    main()
