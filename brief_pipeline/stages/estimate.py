"""What a range of days will take: time and money, before it starts, and how much is left while it runs.

Measured on this installation's own history where there is one. Where there is none, a stated assumption stands for time; for
money there is none: what nobody says the price of stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from brief_pipeline.stages.spend import Spend

Slice = tuple[date, ...]  # days in a row

# Seconds of work a second of audio, measured with int8 on one thread of a small server: a first guess and no more, until
# the first episode was listened to here. A model that is not among them is guessed to be as slow as the slowest of them.
LISTENING = {"tiny": 0.041, "base": 0.082, "small": 0.282}
READING_SECONDS = 4.0  # an episode's sentences, embedded and graded: half an hour of talk on one core
ASKING_SECONDS = 60.0  # an episode, of a language model: a handful of questions of some ten seconds each
OTHER_SECONDS = 6.0  # an episode: fetched, cut, embedded, compared with the history
DAY_SECONDS = 1.0  # of a day, with or without episodes
START_SECONDS = 20.0  # of the first run: the models load
UNSTATED_SECONDS = 3600.0  # the length of an episode whose feed states none
EVIDENCE_SECONDS = 60.0  # what an estimate from before is worth against what was seen since


@dataclass(frozen=True)
class Pace:
    """Seconds of work a unit, or of an episode, and where that is from."""

    seconds: float
    measured_on: int  # episodes; 0: it is assumed

    @property
    def source(self) -> str:
        """
        >>> Pace(0.3, 14).source, Pace(0.3, 0).source
        ('measured here on 14 episodes', 'assumed: nothing was measured here yet')
        """
        return (
            f"measured here on {count(self.measured_on, 'episode')}"
            if self.measured_on
            else "assumed: nothing was measured here yet"
        )


def measure_pace(seen: Sequence[tuple[float, float]], assumed: float) -> Pace:
    """The pace of what was done before: pairs of seconds spent and units done. Long ones count more, as they should.

    >>> measure_pace([(30, 100), (10, 100)], 0.5), measure_pace([], 0.5)
    (Pace(seconds=0.2, measured_on=2), Pace(seconds=0.5, measured_on=0))
    """
    units = sum(unit for _, unit in seen)
    return Pace(sum(seconds for seconds, _ in seen) / units, len(seen)) if units > 0 else Pace(assumed, 0)


def assume_listening(model: str) -> float:
    """Seconds of work a second of audio that a speech model is taken to need, before anything was measured.

    >>> assume_listening("tiny.en"), assume_listening("large-v3")
    (0.041, 0.282)
    """
    return next((pace for name, pace in LISTENING.items() if name in model.lower()), max(LISTENING.values()))


@dataclass(frozen=True)
class Work:
    """What is still to be done of a day or a range."""

    days: int = 0
    episodes: int = 0  # known there, done or not
    listened: int = 0  # that would be listened to: no publisher's transcript
    listened_seconds: float = 0.0  # of their audio
    unstated: int = 0  # of them whose length nobody states
    read: int = 0  # from which insights are still to be extracted
    words: int = 0  # in them

    def __add__(self, other: Work) -> Work:
        return Work(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Cost:
    """What a language model will take. `spend.usd` is None where nobody knows its price."""

    model: str
    spend: Spend
    measured_on: int  # episodes; 0: by the rules for prompts and answers
    usd_per_run: float  # the cap of the settings

    @property
    def is_free(self) -> bool:
        return self.spend.usd == 0.0


@dataclass(frozen=True)
class Estimate:
    """What a range will take. `slices`: the work of each run, in order."""

    slices: Sequence[Work]
    listening: Pace  # a second of audio
    reading: Pace  # an episode
    cost: Cost | None = None  # None: no language model
    whole: Work = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", sum(self.slices, Work()))

    def stages_of(self, work: Work) -> dict[str, float]:
        """Seconds of the two stages that take long, by name, and of all others together."""
        return {
            "transcripts": work.listened_seconds * self.listening.seconds,
            "insights": work.read * self.reading.seconds,
            "": work.read * OTHER_SECONDS + work.days * DAY_SECONDS,
        }

    def seconds_of(self, work: Work) -> float:
        return sum(self.stages_of(work).values())

    @property
    def seconds(self) -> float:
        return self.seconds_of(self.whole) + (START_SECONDS if self.whole.read else 0.0)


def cut_slices(days: Sequence[date], days_per_run: int) -> tuple[Slice, ...]:
    """The days as runs of days in a row, oldest first, each of at most so many.

    >>> from datetime import date
    >>> [len(days) for days in cut_slices([date(2026, 5, n) for n in (1, 2, 3, 5, 6)], 2)]
    [2, 1, 2]
    """
    slices: list[list[date]] = []
    for day in sorted(days):
        if slices and len(slices[-1]) < days_per_run and day - slices[-1][-1] == timedelta(days=1):
            slices[-1].append(day)
        else:
            slices.append([day])
    return tuple(tuple(days) for days in slices)


def time_left(done: float, whole: float, elapsed: float) -> float:
    """Seconds that are left: the estimate, corrected by how it held so far. All in seconds; `done` by the estimate.

    >>> time_left(0, 600, 0), time_left(300, 600, 600)
    (600.0, 550.0)
    """
    pace = (elapsed + EVIDENCE_SECONDS) / (done + EVIDENCE_SECONDS)
    return max(0.0, whole - done) * pace


def count(number: int, what: str) -> str:
    """
    >>> count(1, "day"), count(1200, "day")
    ('1 day', '1,200 days')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"
