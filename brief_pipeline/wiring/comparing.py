"""From near insights to what they are to each other: raw.insight_pairs, raw.insight_groups."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from brief_pipeline.stages.grouping import group_same
from brief_pipeline.stages.likeness import TRAINED_ON, Likeness, Said, weigh, worth_comparing
from brief_pipeline.warehouse.store import Change
from brief_pipeline.warehouse.vectors import InsightVectors
from brief_pipeline.wiring.arbitrating import Arbiter, PairAsked, PairId, find_arbiter
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.neighbours import Near, Neighbourhood, find_near
from brief_pipeline.wiring.timing import each_day, step
from brief_pipeline.wiring.workbench import Reports, merge_notes

Row = dict[str, Any]

RULES = "likeness-2"  # who decided a pair that no language model was asked about
CLOSE = 0.1  # chance of any verdict from which on a language model is asked
ASKED_OF_OTHER_SHOWS = 5  # pairs of an insight, the nearest of other shows: their relation will be shown
SURE = frozenset(("same", "follow_up", "agrees", "extends", "contradicts"))  # a model's other words make an "other"
ABOUT = ("insight_id", "episode_id", "feed_id", "published_on", "claim", "explanation", "quote")


@dataclass(frozen=True)
class Verdict:
    """What an earlier and a later insight are to each other."""

    likeness: Likeness
    verdict: str
    decided_by: str
    question: str | None
    reason: str


Verdicts = dict[PairId, Verdict]  # by the ids of the earlier and the later


def pair_insights(house: House, days: Sequence[date], began_at: datetime | None = None) -> Reports:
    """The insights near each insight of a day, over the whole history, and which of them say the same.

    Also of later days, where there are some: a day that is filled in must know what was told after it. `began_at`: when the
    run began, for what a language model may cost.
    """
    reports: Reports = {}
    known = house.store.insight_vectors(house.embedder.name)
    arbiter = find_arbiter(house, days, began_at)
    for day in each_day(days):
        with step("finding"):
            found = find_near(house, known, day)
        verdicts, notes = _decide(house, known, found, arbiter, day)
        rows = [_row_of(known, near, verdicts.get(_key_of(known, near))) for near in found.pairs]
        same = {key: verdict.likeness.same for key, verdict in verdicts.items() if verdict.verdict == "same"}
        todays = set(known.insight_id[known.published_on == day])
        groups = group_same({key: score for key, score in same.items() if todays.issuperset(key)})
        members = [{"insight_id": one, "published_on": day, "group_id": group[0]} for group in groups for one in group]
        with step("writing"):
            house.store.apply(
                [
                    Change("raw.insight_pairs", rows, {"published_on": day}),
                    Change("raw.insight_groups", members, {"published_on": day}),
                ]
            )
        counts = {"compared_with": len(known), "weighed": len(verdicts), "same": len(same), "groups": len(groups)}
        merge_notes(reports, day, rows=len(rows), more_alike_than_weighed=found.cut, **counts, **notes)
    return reports


def _decide(
    house: House, known: InsightVectors, found: Neighbourhood, arbiter: Arbiter | None, day: date
) -> tuple[Verdicts, dict[str, int | float | str]]:
    """What the alike ones are to each other, and what asking a language model took."""
    alike = {_key_of(known, near): near for near in found.pairs if near.is_alike}
    said = _read_said(house, known, alike.values())
    verdicts: Verdicts = {}
    asked: list[PairId] = []
    # Those of later days apart and last: they change no last bit of the others, and take no question from them. So a day
    # decides the same of all up to it whether later ones are there or not.
    for is_later in (False, True):
        side = {key: near for key, near in alike.items() if (said[key[1]][1]["published_on"] > day) == is_later}
        with step("weighing"):
            weighed = _weigh(house, [(said[earlier][0], said[later][0]) for earlier, later in side])
        decided = {
            key: Verdict(likeness, likeness.verdict, RULES, None, likeness.reason)
            for key, likeness in zip(side, weighed, strict=True)
        }
        verdicts |= decided
        asked += _order_by_need(decided, side, known)
    if arbiter is None:
        return verdicts, {}
    with step("asking"):
        made = arbiter.rule((PairAsked(said[earlier][1], said[later][1]) for earlier, later in asked), day)
    for key, ruling in made.rulings.items():
        verdict = ruling.relation if ruling.relation in SURE else "other"
        verdicts[key] = Verdict(verdicts[key].likeness, verdict, ruling.model, ruling.question, ruling.reason)
    return verdicts, made.describe()


def _weigh(house: House, pairs: Sequence[tuple[Said, Said]]) -> list[Likeness]:
    """The likeness of each pair; the comparer looks again at those that may be more than strangers."""
    weighed = weigh(pairs, house.embedder.name)
    if house.embedder.name != TRAINED_ON:
        return weighed
    close = [place for place, likeness in enumerate(weighed) if worth_comparing(likeness)]
    if not close:
        return weighed
    again = [pairs[place] for place in close]
    aligned = house.comparer.align([((a.claim, a.explanation), (b.claim, b.explanation)) for a, b in again])
    for place, likeness in zip(close, weigh(again, house.embedder.name, aligned), strict=True):
        weighed[place] = likeness
    return weighed


def _order_by_need(verdicts: Verdicts, alike: Mapping[PairId, Near], known: InsightVectors) -> Iterator[PairId]:
    """First the pairs that the rules are least sure are strangers, then the nearest of different shows."""

    def chance(key: PairId) -> float:
        likeness = verdicts[key].likeness
        return max(likeness.same, likeness.follow_up, likeness.contradicts)

    close = sorted((key for key in verdicts if chance(key) >= CLOSE), key=lambda key: (-chance(key), key))
    yield from close
    asked: Counter[int] = Counter()
    for key in sorted(alike.keys() - set(close), key=lambda key: (-alike[key].cosine, key)):
        own, other = alike[key].own, alike[key].other
        if known.feed_id[own] != known.feed_id[other] and asked[own] < ASKED_OF_OTHER_SHOWS:
            asked[own] += 1
            yield key


def _read_said(house: House, known: InsightVectors, pairs: Iterable[Near]) -> dict[str, tuple[Said, Row]]:
    """The texts of the insights in some pairs, with their vectors and shows."""
    places = {known.insight_id[place]: place for near in pairs for place in (near.own, near.other)}
    rows = house.store.select("raw.insights", ABOUT, insight_id=sorted(places)) if places else []
    episodes = sorted({row["episode_id"] for row in rows})
    told = house.store.select("raw.episodes", ("episode_id", "show_title"), episode_id=episodes) if rows else []
    shows = {row["episode_id"]: row["show_title"] for row in told}
    return {
        row["insight_id"]: (
            Said(row["claim"], row["explanation"], known.vectors[places[row["insight_id"]]]),
            {**row, "show_title": shows.get(row["episode_id"])},
        )
        for row in rows
    }


def _key_of(known: InsightVectors, near: Near) -> PairId:
    """The ids of the earlier and the later; of one day, in order of ids."""
    sides = sorted((known.published_on[place], known.insight_id[place]) for place in (near.own, near.other))
    return sides[0][1], sides[1][1]


def _row_of(known: InsightVectors, near: Near, verdict: Verdict | None) -> Row:
    row: Row = {
        "insight_id": known.insight_id[near.own],
        "published_on": known.published_on[near.own].item(),
        "other_id": known.insight_id[near.other],
        "other_published_on": known.published_on[near.other].item(),
        "other_episode_id": known.episode_id[near.other],
        "other_feed_id": known.feed_id[near.other],
        "cosine": round(near.cosine, 6),
    }
    if verdict is None:
        return row
    likeness = verdict.likeness
    return row | {
        "word_overlap": likeness.word_overlap,
        "conflict": likeness.conflict,
        "same_score": likeness.same,
        "follow_up_score": likeness.follow_up,
        "contradicts_score": likeness.contradicts,
        "verdict": verdict.verdict,
        "decided_by": verdict.decided_by,
        "question": verdict.question,
        "reason": verdict.reason,
    }
