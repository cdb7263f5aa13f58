"""Three shows whose feeds grow by the hour of a test's clock, on a web server of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engines.loopback import Asked, Loopback, Reply, serve
from samples import DAY, HOST, make_feed, make_item, make_vtt

FIRST = datetime.fromisoformat(f"{DAY} 00:00+00:00")
ITEMS_SHOWN = 4  # feeds are windows: what is older has left them
DOWN = ("two", timedelta(days=5), timedelta(days=8))  # a feed, and when it does not answer


@dataclass(frozen=True)
class Aired:
    """An episode, when it came out, and how much later it stands in its feed. Hours count from the first day's midnight."""

    show: str
    hours: float
    claim: str
    late_hours: float = 0.2

    @property
    def name(self) -> str:
        return f"{self.show}-{self.hours:g}"


def _at(day: int, hour: float = 9) -> float:
    return day * 24 + hour


LATE = Aired(
    "three", _at(4), "Glacier guides will lose their trade before 2040, because ice bridges break every August.", 50
)
VERY_LATE = Aired(
    "three", _at(3), "Cargo ships under kites save a fifth of their fuel, but insurers refuse them.", 5 * 24 + 5
)
AT_ONCE = (
    Aired(
        "three", _at(10, 9.0), "Potters should fire at dawn, because electricity then costs 40 percent less than at noon."
    ),
    Aired(
        "three",
        _at(10, 9.1),
        "Railway clocks run a minute fast on purpose, because hurried people board sooner than calm ones.",
    ),
)
EPISODES = (
    Aired(
        "one", _at(0), "Night trams pay for themselves within two winters, because bakers ride them at four in the morning."
    ),
    Aired(
        "two", _at(1), "Wolves rarely return to valleys with more sheep than deer, because farmers shoot what hunts lambs."
    ),
    Aired("one", _at(2), "Ferries carry 3 times as many islanders as bridges do, because boats cost less than steel."),
    Aired("two", _at(3), "Old violins sound no better than new ones, because listeners behind curtains guess wrong."),
    Aired("one", _at(4), "Mushroom cellars earn 9 dollars a square foot, which is why wine makers rent theirs out."),
    Aired("two", _at(5), "Cheap honey is mostly rice syrup, because laboratories test for cane sugar and nothing else."),
    Aired("two", _at(6), "Concrete poured with volcanic ash outlasts cement, because sea water makes its crystals grow."),
    Aired(
        "one", _at(7), "Schools that start at nine see a third fewer absences, because teenagers sleep when told by bodies."
    ),
    Aired(
        "one", _at(8), "Libraries that dropped fines got 80 percent of missing novels back, since shame kept readers away."
    ),
    Aired("two", _at(9), "Herring quotas fail when two countries count the same shoal, so fleets believe they fish alone."),
    Aired("one", _at(10), "Piano tuners charge 30 percent more than in 2015, because apprentices leave before their exams."),
    Aired("one", _at(11), "Salt on winter roads ruins more wells than farms do, because meltwater carries it into gravel."),
    Aired("two", _at(12), "Most lighthouses should be sold, because sailors steer by satellites and never by lamps."),
    Aired("one", _at(13), "Tea grows bitter above 2,000 metres, because cold nights slow the leaves that pickers want."),
    LATE,
    VERY_LATE,
    *AT_ONCE,
)


@dataclass
class World:
    """The shows, at the time of a clock that a test sets."""

    now: datetime = FIRST
    server: Loopback = field(default_factory=lambda: Loopback([]))

    @property
    def feeds(self) -> list[str]:
        return [f"{self.server.url}/{show}.xml" for show in ("one", "two", "three")]

    def answer(self, asked: Asked) -> Reply:
        show, _, file = asked.path.strip("/").partition("/")
        if file:
            [aired] = [aired for aired in EPISODES if f"{aired.name}.vtt" == file]
            return Reply(
                200, make_vtt((("Mira", "Welcome, and what did you find?"), ("Otto", aired.claim), ("Mira", "Bye.")))
            )
        show = show.removesuffix(".xml")
        name, first, last = DOWN
        if show == name and FIRST + first <= self.now < FIRST + last:
            return Reply(503)
        aired = [a for a in EPISODES if a.show == show and FIRST + timedelta(hours=a.hours + a.late_hours) <= self.now]
        newest = sorted(aired, key=lambda aired: aired.hours + aired.late_hours)[-ITEMS_SHOWN:]
        items = [make_item(a.name, (FIRST + timedelta(hours=a.hours)).date(), audio=False, show=show) for a in newest]
        return Reply(200, make_feed(f"Show {show}", *items).replace(HOST.encode(), self.server.url.encode()))

    def fetched(self, suffix: str) -> list[str]:
        """The paths of that kind that were asked for."""
        return [asked.path for asked in self.server.asked if asked.path.endswith(suffix)]


@contextmanager
def open_world() -> Iterator[World]:
    """The shows on a free port until the block ends."""
    world = World()
    with serve(world.answer) as server:
        world.server = server
        yield world
