"""A made-up world of shows, days and listeners, other for each seed, whose days can be made in any order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from typing import Any

from dbt_like_sql.bench import TO_A_BRIEF, Bench, before

DAYS = tuple(before(days) for days in range(4, -1, -1))
SHOWS = "ABCDEFG"
LISTENERS = ("ana", "bo")
VERDICTS = ("same", "follow_up", "contradicts", "other", "other", "other")


@dataclass
class World:
    """What there is to know of each day, and a bench on which its days are made. Many ties: numbers are in tenths."""

    seed: int
    bench: Bench = field(default_factory=Bench)

    def __post_init__(self) -> None:
        dice = random.Random(self.seed)
        self.made: list[date] = []
        self.insights = {
            f"{day:%d}{n:02}": (dice.choice(SHOWS), day, dice.randrange(4, 11) / 10) for day in DAYS for n in range(12)
        }
        self.groups = {day: [members for members in _split(dice, self._of(day)) if len(members) > 1] for day in DAYS}
        grouped = {
            pair: ("same", 0.9) for groups in self.groups.values() for group in groups for pair in combinations(group, 2)
        }
        near = {
            pair: (dice.choice(VERDICTS), dice.randrange(8, 20) / 20)
            for pair in combinations(sorted(self.insights), 2)
            if dice.random() < 0.06
        }
        self.pairs = {**near, **grouped}
        self.listeners = {name: self._listen(dice) for name in LISTENERS}

    def _of(self, day: date) -> list[str]:
        return sorted(name for name, (_, said_on, _) in self.insights.items() if said_on == day)

    def _listen(self, dice: random.Random) -> dict[str, Any]:
        """What they care about, the weights of shows, what they knew."""
        likings = (1, 2, 2, 4, 5, 6, 7, 8, 9, 10)  # some of them under what is named an interest
        tenths = {
            name: (dice.choice(likings) / 10, dice.randrange(3) / 10, dice.randrange(-2, 4) / 10) for name in self.insights
        }
        weights = {show: dice.choice((0.0, 0.7, 1.0, 1.0, 1.5)) for show in SHOWS}
        return {"matches": tenths, "weights": weights, "knew": dice.sample(sorted(self.insights), 2)}

    def make(self, *days: date, models: Sequence[str] = TO_A_BRIEF, together: bool = False) -> None:
        """Makes days in this order: one by one with all models, or `together`, model by model."""
        for day in days:
            if day not in self.made:
                self._find(day)
        for some in [days] if together else [(day,) for day in days]:
            self.bench.run(*models, days=some)

    def _find(self, day: date) -> None:
        """Takes down what the stages before the models find on a day: of the other days they know those that are made."""
        for name in self._of(day):
            show, _, score = self.insights[name]
            self.bench.insight(name, show, day, score)
        self.made.append(day)
        for (one, other), (verdict, cosine) in self.pairs.items():
            said = {self.insights[one][1], self.insights[other][1]}
            if day in said and said <= set(self.made):
                self.bench.pair(one, other, verdict, cosine, late=day < max(said))
        self._relate(day)
        for group in self.groups[day]:
            for name in group:
                self.bench.add("raw.insight_groups", insight_id=name, published_on=day, group_id=group[0])
        for name, taste in self.listeners.items():
            self._take_down_taste(name, day, taste)

    def _relate(self, day: date) -> None:
        """Relations of the day's insights to those near them of other shows: with a place where they came out by then."""
        for position, pair in enumerate(sorted(self.pairs), start=1):
            for one, other in (pair, pair[::-1]):
                (show, own_day, _), (other_show, other_day, _) = self.insights[one], self.insights[other]
                if own_day == day and other_day in self.made and show != other_show:
                    self.bench.relation(one, other, position if other_day <= day else None)

    def _take_down_taste(self, listener: str, day: date, taste: dict[str, Any]) -> None:
        self.bench.listener(listener, day, interests=["trams"])
        for show, weight in taste["weights"].items():
            self.bench.add("raw.listener_shows", listener=listener, published_on=day, feed_id=f"feed {show}", weight=weight)
        for insight_id, (interest, dislike, feedback) in taste["matches"].items():
            self.bench.match(insight_id, listener, day, interest=interest, dislike=dislike, feedback=feedback)
        for insight_id in taste["knew"]:
            if self.insights[insight_id][1] == day == max(self.made):
                self.bench.knew(insight_id, listener)

    def tables(self, *days: date, models: Iterable[str] = TO_A_BRIEF) -> dict[str, list[str]]:
        """All rows of the models on some days (all, where none is named), in an order of their own."""
        return {
            model: sorted(repr(sorted(row.items())) for day in days or DAYS for row in self.bench.rows_of(model, day))
            for model in models
        }

    def told(self) -> dict[str, list[str]]:
        """Listener -> all that their briefs told."""
        rows = [row for day in DAYS for row in self.bench.rows_of("top_insights", day)]
        return {name: [row["insight_id"] for row in rows if row["listener"] == name] for name in LISTENERS}


def _split(dice: random.Random, names: Sequence[str]) -> list[list[str]]:
    """The names in groups of one to three."""
    mixed = dice.sample(names, len(names))
    parts = []
    while mixed:
        size = dice.choice((1, 1, 1, 2, 3))
        parts.append(sorted(mixed[:size]))
        mixed = mixed[size:]
    return parts
