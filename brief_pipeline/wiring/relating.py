"""Which insights of other shows are worth reading with each insight of a day: raw.relations."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from brief_pipeline.stages.relation import FLOOR, choose_related, label
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import each_day, step
from brief_pipeline.wiring.workbench import Reports, merge_notes

Row = dict[str, Any]

UNWEIGHED = "cosine"  # who decided that a pair which was not weighed is no more than related


def relate_insights(house: House, days: Sequence[date]) -> Reports:
    """Up to ten insights of other shows for each insight of a day that stands for itself, with what they are to it.

    Of those published by that day; where the day is filled in late, up to ten of later days too, for their pages.
    """
    reports: Reports = {}
    for day in each_day(days):
        with step("reading"):
            near = _read_near(house, day)
        others = sorted({row["other_id"] for rows in near.values() for row in rows})
        vectors = _read_vectors(house, others)
        with step("choosing"):
            rows = [row for insight_id in sorted(near) for row in _relate(near[insight_id], vectors, day)]
        with step("writing"):
            house.store.replace("raw.relations", rows, published_on=day)
        labelled = sum(row["relation"] != "related" for row in rows)
        merge_notes(reports, day, rows=len(rows), insights=len(near), chosen_from=len(others), labelled=labelled)
    return reports


def _read_near(house: House, day: date) -> dict[str, list[Row]]:
    """The pairs of each insight of the day with those of other shows, where both stand for themselves and can be played."""
    own = house.store.select("model.unique_insights", ("insight_id",), published_on=day, status=["new", "follow_up"])
    standing = {row["insight_id"] for row in own}
    feeds = {
        row["insight_id"]: row["feed_id"]
        for row in house.store.select("raw.insights", ("insight_id", "feed_id"), published_on=day)
    }
    pairs = [
        row
        for row in house.store.select("raw.insight_pairs", published_on=day)
        if row["insight_id"] in standing and row["cosine"] >= FLOOR and row["other_feed_id"] != feeds[row["insight_id"]]
    ]
    others = sorted({row["other_id"] for row in pairs})
    seen = house.store.select("model.unique_insights", ("insight_id",), insight_id=others, status="seen") if others else []
    left_out = {row["insight_id"] for row in seen}
    episodes = sorted({row["other_episode_id"] for row in pairs})
    followed = house.store.select("raw.episodes", ("episode_id",), episode_id=episodes) if episodes else []
    at_hand = {row["episode_id"] for row in followed}  # an episode goes when its show is no longer followed
    near: dict[str, list[Row]] = defaultdict(list)
    for row in pairs:
        if row["other_id"] not in left_out and row["other_episode_id"] in at_hand:
            near[row["insight_id"]].append(row)
    return near


def _read_vectors(house: House, ids: Sequence[str]) -> dict[str, np.ndarray]:
    known = house.store.select("raw.insights", ("insight_id", "text_hash"), insight_id=ids) if ids else []
    vectors = house.store.vectors(house.embedder.name, sorted({row["text_hash"] for row in known}))
    return {row["insight_id"]: vectors[row["text_hash"]] for row in known if row["text_hash"] in vectors}


def _relate(pairs: Sequence[Row], vectors: dict[str, np.ndarray], day: date) -> list[Row]:
    rows = []
    for is_later in (False, True):
        side = [row for row in pairs if row["other_id"] in vectors and (row["other_published_on"] > day) == is_later]
        side.sort(key=lambda row: (-row["cosine"], row["other_id"]))
        if not side:
            continue
        stacked = np.stack([vectors[row["other_id"]] for row in side])
        chosen = choose_related([row["cosine"] for row in side], stacked, [row["other_feed_id"] for row in side])
        for position, place in enumerate(chosen, 1):
            pair = side[place]
            relation, score = label(pair)
            rows.append(
                {
                    "insight_id": pair["insight_id"],
                    "published_on": day,
                    "related_id": pair["other_id"],
                    "related_on": pair["other_published_on"],
                    "position": None if is_later else position,
                    "cosine": pair["cosine"],
                    "relation": relation,
                    "score": score,
                    "question": pair["question"],
                    "decided_by": pair["decided_by"] or UNWEIGHED,
                    "reason": pair["reason"],
                }
            )
    return rows
