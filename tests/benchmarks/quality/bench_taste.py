"""Whether a brief follows its listener: opposite listeners' fives, and ranks before and after three thumbs-down.

.venv/bin/python tests/benchmarks/quality/bench_taste.py [a brief.duckdb, else the demo is run in a folder of its own]

Listeners come in pairs: each does not care about what the other cares about. Ends with 1 when two of a pair have more than
one insight in common on a day with thirty candidates or more, or one of them is told nothing, or when three thumbs-down on a
subject leave as much of it in the next day's five, or do not put it lower.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from statistics import mean
from typing import Any

from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.settings import ListenerSettings
from brief_pipeline.warehouse.models import read_models
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.demo import DAYS, open_demo, read_demo_settings
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.listeners import match_listeners, write_listeners
from brief_pipeline.wiring.runs import open_instance, run_days

FEWEST_CANDIDATES, MOST_IN_COMMON, THUMBS = 30, 1, 3
MODELS = ("model.candidates", "model.choices", "main.top_insights")

PAIRS = (
    ("Grid batteries, heat pumps and power bills", "The four-day week, night shifts and sleep"),
    ("What AI costs to run, and chip supply", "Night buses, congestion charges and public transport"),
    ("Electric ferries and waste heat", "The four-day week and meetings"),
    ("AI companies, chips and data centres", "Sleep, health and shift work"),
    ("Energy storage", "Work and employees"),
    ("Public transport and cities", "Artificial intelligence"),
    ("Heat pumps and how houses are heated", "AI assistants at work"),
    ("The power grid", "Buses and trams"),
    ("Electricity, batteries and gas plants", "Artificial intelligence, chips and software"),
    ("Cities, traffic and night buses", "Energy storage and the grid"),
)
SUBJECTS = {  # what a listener cares about, and the words of its insights
    "Grid batteries": r"\bbatter",
    "Heat pumps": r"heat pump",
    "Artificial intelligence and its chips": r"\bAI\b|\bchips?\b",
    "The four-day week": r"four-day week|short(?:er)? week",
    "Night work and sleep": r"night (?:shift|work|staff)|permanent nights|\bnap\b|\bsleep",
    "Night buses and public transport": r"night bus|night route|night tram|\bbuses\b",
}


def main() -> None:
    """Prints both tables."""
    with tempfile.TemporaryDirectory() as folder:
        house = _open_history(Path(folder))
        is_held = _compare_opposites(house)
        is_held = _give_thumbs(house) and is_held
    sys.exit(0 if is_held else 1)


def _open_history(folder: Path) -> House:
    """A house with the demo's history, as far as its unique insights."""
    if len(sys.argv) > 1:
        shutil.copy(sys.argv[1], folder / "brief.duckdb")
        house = build_house(read_demo_settings(data_dir=folder))
    else:
        with open_demo(data_dir=folder) as settings, open_instance(settings) as instance:
            house = build_house(settings)
            ran = run_days(house, DAYS, instance)
            if not ran.succeeded:
                sys.exit("\n".join(("The demo did not run.", *ran.problems)))
    unique = next(model for model in read_models(house.settings.sql_folder) if model.name == "model.unique_insights")
    house.store.apply([Change(table, [], {"published_on": list(DAYS)}) for table in (unique.name, *MODELS)])
    for day in DAYS:
        house.store.materialise(unique, day)
    return replace(house, embedder=SentenceEmbedder())


def _make_briefs(house: House, days: Sequence[date] = DAYS, **listeners: ListenerSettings) -> House:
    """The listeners' briefs of the days, one day after the other."""
    settings = house.settings.model_copy(update={"interests": [], "listeners": listeners})
    house, models = (
        replace(house, settings=settings),
        {model.name: model for model in read_models(house.settings.sql_folder)},
    )
    for day in days:
        write_listeners(house, [day])
        match_listeners(house, [day])
        for name in MODELS:
            house.store.materialise(models[name], day)
    return house


def _compare_opposites(house: House) -> bool:
    """How much two listeners have in common who care about opposite things."""
    names = [(f"{number}-one", f"{number}-other") for number in range(len(PAIRS))]
    listeners = {}
    for pair, texts in zip(names, PAIRS, strict=True):
        for name, wanted, unwanted in zip(pair, texts, texts[::-1], strict=True):
            listeners[name] = ListenerSettings(interests=[wanted], dislikes=[unwanted])
    _make_briefs(house, **listeners)
    told = house.store.select("main.top_insights", ("listener", "published_on", "insight_id"))
    worst, sizes = 0, list[int]()
    print("Insights in common, of so many in each five:")
    for day in DAYS:
        known = house.store.select("model.candidates", ("insight_id",), listener=names[0][0], published_on=day)
        counts = len(known) >= FEWEST_CANDIDATES
        print(f"\n{day}: {len(known)} candidates{'' if counts else f', fewer than {FEWEST_CANDIDATES}: not counted'}")
        for pair, texts in zip(names, PAIRS, strict=True):
            one, other = (
                {row["insight_id"] for row in told if (row["listener"], row["published_on"]) == (name, day)} for name in pair
            )
            if counts:
                worst = max(worst, len(one & other))
                sizes += [len(one), len(other)]
            print(f"  {len(one & other)} of {len(one)} and {len(other)}  {texts[0]} | {texts[1]}")
    print(f"\nmost in common: {worst}, allowed: {MOST_IN_COMMON}; told: {mean(sizes):.1f}, at least {min(sizes)}\n")
    return worst <= MOST_IN_COMMON and min(sizes) > 0


def _give_thumbs(house: House) -> bool:
    """What three thumbs-down on what was said of a subject up to the second day do to the third day's brief."""
    before_day, day = DAYS[-2:]
    listeners = {
        f"{kind}-{number}": ListenerSettings(interests=[subject] if kind == "fan" else [])
        for number, subject in enumerate(SUBJECTS)
        for kind in ("fan", "open")
    }
    _make_briefs(house, **listeners)
    before = {name: _read_ranks(house, name, day) for name in listeners}
    insights = house.store.select("raw.insights", ("insight_id", "claim", "published_on"))
    members = {subject: [row for row in insights if re.search(SUBJECTS[subject], row["claim"])] for subject in SUBJECTS}
    rows = []
    for number, subject in enumerate(SUBJECTS):
        past = sorted(row["insight_id"] for row in members[subject] if row["published_on"] <= before_day)[:THUMBS]
        given_at = datetime.combine(before_day, time(20), UTC)
        said = {"verdict": "not_useful", "about_on": before_day, "given_at": given_at}
        rows += [{"listener": f"{kind}-{number}", "insight_id": one, **said} for one in past for kind in ("fan", "open")]
    house.store.apply([Change("raw.feedback", rows)])
    _make_briefs(house, [day], **listeners)
    print(
        f"Three thumbs-down on {before_day}, the brief of {day}: of the subject in the five, and the mean rank of all of it"
    )
    results = [
        _say_moved(before[name], _read_ranks(house, name, day), name, subject, members[subject], rows)
        for number, subject in enumerate(SUBJECTS)
        for name in (f"fan-{number}", f"open-{number}")
    ]
    return all(results)


def _read_ranks(house: House, listener: str, day: date) -> dict[str, tuple[int, bool]]:
    """Each candidate's rank by its score, and whether it is told. Left out: what they were told before."""
    rows = [
        row for row in house.store.select("model.choices", listener=listener, published_on=day) if row["outcome"] != "seen"
    ]
    rows.sort(key=lambda row: (-row["score"], row["insight_id"]))
    return {row["insight_id"]: (rank, row["rank"] is not None) for rank, row in enumerate(rows, 1)}


def _say_moved(
    before: dict[str, tuple[int, bool]],
    after: dict[str, tuple[int, bool]],
    name: str,
    subject: str,
    members: Sequence[dict[str, Any]],
    rated: Sequence[dict[str, Any]],
) -> bool:
    """A line of the table; False where the subject is told as much as before, or ranks no lower."""
    thumbed = {row["insight_id"] for row in rated if row["listener"] == name}
    mine = [row["insight_id"] for row in members if row["insight_id"] in before and row["insight_id"] not in thumbed]
    if not mine:
        return True
    told = [sum(ranks[one][1] for one in mine) for ranks in (before, after)]
    ranks = [mean(ranks[one][0] for one in mine) for ranks in (before, after)]
    is_held = ranks[1] > ranks[0] and (told[1] < told[0] or told[0] == 0)
    who = f"cares about {subject!r}" if name.startswith("fan") else f"names nothing ({subject})"
    print(
        f"  {told[0]} -> {told[1]} told, rank {ranks[0]:4.1f} -> {ranks[1]:4.1f} of {len(before)}  {len(mine):2} more  {who}"
        f"{'' if is_held else '  FAILS'}"
    )
    return is_held


if __name__ == "__main__":
    main()
