"""Whether the pipeline as a whole knows what was said before: repeats, follow-ups, contradictions, and what was told twice.

.venv/bin/python tests/benchmarks/quality/bench_novelty.py [--demo a brief.duckdb] [--history a brief.duckdb of your own]

Without --demo the demo is run in a folder of its own; --history prints its figures and the told pairs nearest to each
other, for you to read. bench_likeness.py judges the planted pairs as they are said; here an insight is what the extractor
made of them, and a decision is what stands in the tables. What the extractor did not take cannot be decided and is listed
apart. Ends with 1 where more than one repeat in ten is missed, fewer than nine in ten of what passes for a repeat are one, a
near miss is merged, or something is told twice.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz

from brief_pipeline.settings import home_folder
from brief_pipeline.stages.likeness import TRAINED_ON
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.demo import DAYS, SAMPLE, open_demo
from brief_pipeline.wiring.house import build_house
from brief_pipeline.wiring.runs import open_instance, run_days

LEAST_RECALL, LEAST_PRECISION = 0.9, 0.9
LEAST_ALIKE = 85  # of 100: how much of the shorter of two quotes the other holds
TOO_NEAR = 0.85  # cosine of two told insights from which on only a difference that was named excuses them
READ = 50  # told pairs to read

Row = dict[str, Any]
Ends = tuple[list[Row], list[Row]]  # the insights that rest on the first and on the second passage of a planted pair
Pair = tuple[str, str]


@dataclass(frozen=True)
class History:
    """What a database holds of insights, decisions and briefs."""

    store: Store

    @cached_property
    def insights(self) -> dict[str, Row]:
        guids = {row["episode_id"]: row for row in self.store.select("raw.episodes", ("episode_id", "guid", "show_title"))}
        rows = self.store.select("raw.insights")
        return {row["insight_id"]: {**row, **guids[row["episode_id"]]} for row in rows if row["episode_id"] in guids}

    @cached_property
    def unique(self) -> dict[str, Row]:
        return {row["insight_id"]: row for row in self.store.select("model.unique_insights")}

    @cached_property
    def pairs(self) -> dict[frozenset[str], Row]:
        """The pairs that were weighed. Where days were run by different versions, one "same" of two verdicts counts."""
        rows = sorted(self.store.select("raw.insight_pairs"), key=lambda row: row["verdict"] == "same")
        return {frozenset((row["insight_id"], row["other_id"])): row for row in rows if row["verdict"]}

    @cached_property
    def labels(self) -> dict[frozenset[str], str]:
        rows = self.store.select("raw.relations")
        return {frozenset((row["insight_id"], row["related_id"])): row["relation"] for row in rows}

    def show(self, insight_id: str) -> str:
        """An insight, on two lines."""
        row = self.insights[insight_id]
        return (
            f"{row['published_on']} {row['show_title']} [{insight_id}]\n      {row['claim']} {row['explanation']}".rstrip()
        )


def find_ends(history: History, pair: Mapping[str, Any]) -> Ends:
    """The insights of the two episodes whose quote is of the planted passage."""
    first, second = (
        [
            row
            for row in history.insights.values()
            if row["guid"] == end["episode"] and fuzz.partial_ratio(row["quote"], end["quote"]) >= LEAST_ALIKE
        ]
        for end in (pair["first"], pair["second"])
    )
    return first, second


def list_decisions(history: History) -> dict[str, set[Pair]]:
    """The decisions that were made, by the kind of planted pair that they are right for: (earlier, later) in time."""
    made: dict[str, set[Pair]] = {"repeats": set(), "follow_ups": set(), "contradictions": set()}
    for insight_id, row in history.unique.items():
        if row["status"] != "new":
            made["repeats" if row["status"] == "seen" else "follow_ups"].add((row["of_insight_id"], insight_id))
    for ids, label in history.labels.items():
        if label == "contradicts":
            one, other = sorted(ids, key=lambda insight_id: (history.insights[insight_id]["published_on"], insight_id))
            made["contradictions"].add((one, other))
    return made


def judge_planted(history: History, planted: Mapping[str, Any]) -> bool:
    """Prints recall and precision of each decision; whether repeats hold and no near miss was merged."""
    ends = {kind: [find_ends(history, pair) for pair in planted[kind]] for kind in (*list_decisions(history), "near_misses")}
    missing = [pair["note"] for kind in ends for pair, e in zip(planted[kind], ends[kind], strict=True) if not all(e)]
    rates = {}
    print(f"{'decision':16}{'planted':>9}{'extracted':>11}{'found':>7}{'recall':>8}{'made':>6}{'right':>7}{'precision':>11}")
    for kind, made in list_decisions(history).items():
        there = [pair for pair in ends[kind] if all(pair)]
        found = [pair for pair in there if made & _combine(pair)]
        right = made & {ids for pair in there for ids in _combine(pair)}
        rates[kind] = (len(found) / len(there) if there else 1.0, len(right) / len(made) if made else 1.0)
        counts = f"{len(ends[kind]):>9}{len(there):>11}{len(found):>7}{rates[kind][0]:>8.3f}{len(made):>6}{len(right):>7}"
        print(f"{kind:16}{counts}{rates[kind][1]:>11.3f}")
        for lost in (pair for pair in there if pair not in found):
            print(f"  missed:\n    {history.show(lost[0][0]['insight_id'])}\n    {history.show(lost[1][0]['insight_id'])}")
        for one, other in sorted(made - right):
            print(f"  not planted:\n    {history.show(one)}\n    {history.show(other)}")
    merged = [pair for pair in ends["near_misses"] if any(_is_merged(history, ids) for ids in _combine(pair))]
    near = sum(all(pair) for pair in ends["near_misses"])
    print(f"{'near misses':16}{len(ends['near_misses']):>9}{near:>11}    merged: {len(merged)}")
    print("\nnot extracted, and so not decided:", *(f"  {note}" for note in missing), sep="\n")
    recall, precision = rates["repeats"]
    return not merged and recall >= LEAST_RECALL and precision >= LEAST_PRECISION


def _combine(ends: Ends) -> set[Pair]:
    return {(one["insight_id"], other["insight_id"]) for one, other in product(*ends)}


def _is_merged(history: History, ids: Pair) -> bool:
    verdict = history.pairs.get(frozenset(ids), {}).get("verdict")
    groups = [history.unique[insight_id]["group_id"] for insight_id in ids]
    return verdict == "same" or (groups[0] is not None and groups[0] == groups[1])


def list_told_pairs(history: History) -> Iterator[tuple[float, Pair, Row]]:
    """Each two insights that one listener was told, the nearest first: cosine, ids, what was decided of them."""
    told: dict[str, list[str]] = {}
    for row in history.store.select("main.top_insights", ("listener", "insight_id", "published_on")):
        if row["insight_id"] in history.insights:
            told.setdefault(row["listener"], []).append(row["insight_id"])
    pairs = {pair for ids in told.values() for pair in combinations(sorted(ids), 2)}
    hashes = {insight_id: history.insights[insight_id]["text_hash"] for ids in told.values() for insight_id in ids}
    vectors = history.store.vectors(TRAINED_ON, sorted(set(hashes.values())))
    near = [(float(np.dot(vectors[hashes[one]], vectors[hashes[other]])), (one, other)) for one, other in pairs]
    for cosine, ids in sorted(near, key=lambda found: (-found[0], found[1])):
        yield cosine, ids, history.pairs.get(frozenset(ids), {})


def tell_told_twice(history: History) -> list[Pair]:
    """The told pairs that say the same by the pipeline's own verdict, or are as near as that without a named difference."""
    return [
        ids
        for cosine, ids, pair in list_told_pairs(history)
        if ids[0] == ids[1] or pair.get("verdict") == "same" or (cosine >= TOO_NEAR and not pair.get("conflict"))
    ]


def show_history(history: History) -> None:
    """Prints what was decided, and the told pairs nearest to each other."""
    statuses = Counter(row["status"] for row in history.unique.values())
    print(f"insights {len(history.unique)}: {dict(statuses)}")
    print(f"pairs weighed {len(history.pairs)}: {dict(Counter(row['verdict'] for row in history.pairs.values()))}")
    print(f"related {len(history.labels)}: {dict(Counter(history.labels.values()))}")
    print(f"\nthe {READ} told pairs nearest to each other")
    for cosine, (one, other), pair in list(list_told_pairs(history))[:READ]:
        print(f"{cosine:.3f} {pair.get('verdict', 'not weighed')} {pair.get('conflict') or ''}")
        print(f"    {history.show(one)}\n    {history.show(other)}")


def tell_on(history: History) -> bool:
    """Prints what was told twice; whether nothing was."""
    twice = tell_told_twice(history)
    print(f"\ntold twice: {len(twice)}")
    for one, other in twice:
        print(f"    {history.show(one)}\n    {history.show(other)}")
    return not twice


def open_copy(database: Path, folder: Path) -> History:
    """A database as it is, from a copy: older ones lack tables, which reading them would make."""
    shutil.copy(database, folder / database.name)
    return History(Store(folder / database.name, home_folder() / "dbt_like_sql"))


def run_demo(folder: Path) -> History:
    """The demo's history, from a run of the real pipeline."""
    with open_demo(data_dir=folder) as settings, open_instance(settings) as instance:
        house = build_house(settings)
        ran = run_days(house, DAYS, instance)
        if not ran.succeeded:
            sys.exit("\n".join(("The demo did not run.", *ran.problems)))
    return History(house.store)


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", type=Path)
    parser.add_argument("--history", type=Path)
    given = parser.parse_args(arguments)
    planted = json.loads((home_folder() / SAMPLE / "planted.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as demo, tempfile.TemporaryDirectory() as own:
        history = open_copy(given.demo, Path(demo)) if given.demo else run_demo(Path(demo))
        print("planted in the demo's shows")
        is_held = judge_planted(history, planted)
        is_held = tell_on(history) and is_held
        if given.history:
            print(f"\n{given.history}")
            history = open_copy(given.history, Path(own))
            show_history(history)
            is_held = tell_on(history) and is_held
    sys.exit(0 if is_held else 1)


if __name__ == "__main__":
    main()
