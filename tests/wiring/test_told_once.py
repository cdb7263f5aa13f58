"""What the whole pipeline promises about days: however they are run, nothing is told twice and nothing late is lost.

- Days run one by one, or as one backfill, or again, give the same briefs, byte for byte.
- A day that is filled in later tells what no other day told, and changes no other day's brief. Where all days are run again
  after that, who said a thing first is told in the place of who said it again.
- What turns up late in its feed is in the next brief, as long as it came out within the days that this draws on; what is
  older, an archive, is in none that was not asked for.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from samples import DAY, HOST, make_feed, make_item, make_vtt

from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.runs import run_days, run_due

MakeHouse = Callable[..., House]
Plan = Mapping[tuple[str, int], Sequence[str]]  # show, day -> what its episode claims

SHOWS = ("one", "two", "three")
DECIDED = ("model.unique_insights", "model.candidates", "model.choices", "main.top_insights", "main.brief_items")

TRAMS = "Night trams pay for themselves within two winters, because bakers and nurses ride them at four in the morning."
KILNS = "Potters should fire at dawn, because electricity then costs 40 percent less than after supper."
WOLVES = "Wolves rarely return to valleys with more sheep than deer, because farmers shoot whatever hunts lambs."
FERRIES = "Ferries carry 3 times as many islanders as bridges do, because boats cost less than steel."
VIOLINS = "Old violins sound no better than new ones, because listeners behind curtains guess wrong every time."
MUSHROOMS = "Mushroom cellars earn 9 dollars a square foot, which is why wine makers rent theirs out each spring."
GLACIERS = "Glacier guides will lose their trade before 2040, because ice bridges break earlier every August."
HONEY = "Cheap honey is mostly rice syrup, because laboratories test for cane sugar and for nothing else."
SCHOOLS = "Schools that start at nine see a third fewer absences, because teenagers sleep when their bodies tell them."
CONCRETE = "Concrete poured with volcanic ash outlasts ordinary cement, because sea water makes its crystals grow."
LIBRARIES = "Libraries that dropped fines got 80 percent of their missing novels back, since shame had kept readers away."
HERRING = "Herring quotas fail when two countries count the same shoal, so each fleet believes that it fishes alone."
PIANOS = "Piano tuners charge 30 percent more than they did in 2015, because apprentices leave before their exams."
CLOCKS = "Railway clocks run a minute fast on purpose, because hurried passengers board sooner than calm ones."
SALT = "Salt on winter roads ruins more wells than farms do, because meltwater carries it straight into gravel."
LIGHTS = "Most lighthouses should be sold, because sailors steer by satellites and by nothing else."
KITES = "Cargo ships under kites save a fifth of their fuel, but insurers refuse them because nobody has lost one yet."

WEEK: Plan = {
    ("one", 0): (TRAMS, KILNS, WOLVES),
    ("one", 1): (FERRIES, VIOLINS),
    ("one", 2): (MUSHROOMS, GLACIERS),
    ("one", 3): (HONEY, SCHOOLS, LIGHTS),
    ("one", 4): (CONCRETE,),
    ("one", 5): (LIBRARIES, HERRING),
    ("two", 0): (PIANOS, TRAMS),  # on the day that show one says it
    ("two", 2): (CLOCKS, FERRIES),  # on the next
    ("two", 4): (SALT, MUSHROOMS),
    ("three", 1): (KILNS,),
    ("three", 3): (KITES, PIANOS),
    ("three", 5): (CLOCKS, CONCRETE, TRAMS),
}


def make_pages(plan: Plan, last: int, shows: Sequence[str]) -> dict[str, Any]:
    """The feeds as they are on the evening of a day, and all transcripts."""
    pages: dict[str, Any] = {}
    items: dict[str, list[str]] = {show: [] for show in shows}
    for (show, day), claims in plan.items():
        name = f"{show}-{day}"
        talk = [("Mira", "Welcome to the show, everybody.")]
        talk += [line for claim in claims for line in (("Mira", "And what did you find?"), ("Otto", claim))]
        pages[f"{HOST}/{show}/{name}.vtt"] = make_vtt((*talk, ("Mira", "Thanks for listening, see you next week.")))
        if day <= last:
            items.setdefault(show, []).append(make_item(name, DAY + timedelta(days=day), show=show))
    return pages | {f"{HOST}/{show}.xml": make_feed(f"Show {show}", *of_show) for show, of_show in items.items()}


def build(make_house: MakeHouse, data: Path, plan: Plan = WEEK, last: int = 5, shows: Sequence[str] = SHOWS) -> House:
    """The house on the morning after a day."""
    feeds = [f"{HOST}/{show}.xml" for show in shows]
    return make_house(make_pages(plan, last, shows), feeds=feeds, data_dir=data, clock=lambda: morning_after(last))


def morning_after(day: int) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, 6, tzinfo=UTC) + timedelta(days=day + 1)


def run(house: House, *days: int) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        ran = run_days(house, [DAY + timedelta(days=day) for day in days], instance)
    assert ran.succeeded, ran.problems


def run_daily(house: House, day: int) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        ran = run_due(house, DAY + timedelta(days=day), instance)
    assert ran.succeeded, ran.problems


def decisions(house: House) -> dict[str, list[str]]:
    """Every row of what was decided and told."""
    return {table: sorted(str(row) for row in house.store.select(table)) for table in DECIDED}


def briefs(house: House, *but: int) -> dict[str, bytes]:
    """The files of the briefs, without those of some days."""
    left_out = {(DAY + timedelta(days=day)).isoformat() for day in but}
    return {p.name: p.read_bytes() for p in sorted((house.settings.data / "briefs").iterdir()) if p.stem not in left_out}


def told(house: House) -> dict[int, list[str]]:
    """The claims in the brief files of each day."""
    files = sorted((house.settings.data / "briefs").glob("*.json"))
    days = {file.stem: json.loads(file.read_text())["insights"] for file in files}
    return {(date.fromisoformat(day) - DAY).days: [item["claim"] for item in items] for day, items in days.items()}


def told_twice(house: House) -> list[str]:
    claims = Counter(claim for day in told(house).values() for claim in day)
    return [claim for claim, count in claims.items() if count > 1]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the week that was run as one backfill is kept, once a test has run it."""
    return tmp_path_factory.mktemp("shelf") / "data"


@pytest.fixture
def week(make_house: MakeHouse, shelf: Path, tmp_path: Path) -> House:
    """The week, run as one backfill."""
    house = build(make_house, tmp_path / "week")
    if not shelf.exists():
        run(house, *range(6))
        shutil.copytree(house.settings.data, shelf)
    elif not house.settings.data.exists():
        shutil.copytree(shelf, house.settings.data)
    return house


def test_everything_is_told_once(week: House) -> None:
    claims = {row["claim"] for row in week.store.select("raw.insights")}
    assert claims == {claim for said in WEEK.values() for claim in said}
    assert told_twice(week) == []
    assert {claim for day in told(week).values() for claim in day} == claims


def test_what_a_full_brief_had_no_place_for_is_in_the_next(week: House) -> None:
    of_one_episode = {HONEY, SCHOOLS, LIGHTS}  # at most two of a show
    assert [len(of_one_episode & set(told(week)[day])) for day in (3, 4)] == [2, 1]


def test_what_two_shows_say_on_one_day_has_two_voices_and_one_place(week: House) -> None:
    [item] = week.store.select("main.brief_items", claim=TRAMS)
    rows = week.store.select("model.unique_insights", group_id=item["insight_id"])
    assert sorted(row["status"] for row in rows) == ["new", "seen", "seen"]


def test_days_run_one_by_one_give_the_briefs_of_one_backfill(make_house: MakeHouse, week: House, tmp_path: Path) -> None:
    for day in range(6):
        forwards = build(make_house, tmp_path / "forwards", last=day)
        run(forwards, day)
    assert decisions(forwards) == decisions(week)
    assert briefs(forwards) == briefs(week)


def test_running_it_all_again_changes_nothing(week: House) -> None:
    before = decisions(week), briefs(week)
    run(week, *range(6))
    assert (decisions(week), briefs(week)) == before


def test_a_day_run_again_alone_changes_nothing(week: House) -> None:
    before = decisions(week), briefs(week)
    run(week, 1)
    assert (decisions(week), briefs(week)) == before


def test_a_day_filled_in_later_tells_only_what_no_other_day_told(make_house: MakeHouse, tmp_path: Path) -> None:
    house = build(make_house, tmp_path / "gap")
    run(house, 0, 1)
    run(house, 3, 4, 5)
    before = told(house), briefs(house)
    assert MUSHROOMS in before[0][4]  # show two says on day 4 what show one said on day 2
    run(house, 2)
    assert briefs(house, 2) == before[1]
    assert told_twice(house) == []
    assert GLACIERS in told(house)[2]
    [late] = house.store.select("raw.insights", claim=MUSHROOMS, published_on=DAY + timedelta(days=2))
    [choice] = house.store.select("model.choices", insight_id=late["insight_id"], published_on=late["published_on"])
    assert (choice["outcome"], choice["of_on"]) == ("seen", DAY + timedelta(days=4))
    run(house, *range(6))  # who said it first is known now: it is told in the place of who said it again, once
    waiting = set(WEEK["one", 5])  # for the brief of day 6, where the day has no third place for show one
    assert {c for day in told(house).values() for c in day} >= {c for said in WEEK.values() for c in said} - waiting
    assert told_twice(house) == []
    assert late["insight_id"] in {row["insight_id"] for row in house.store.select("main.top_insights")}


def test_an_episode_that_is_late_in_its_feed_is_told_in_the_next_brief(make_house: MakeHouse, tmp_path: Path) -> None:
    plan: Plan = {("one", 1): (TRAMS,), ("one", 2): (KILNS,), ("one", 3): (HONEY,)}
    late: Plan = {("two", 1): (SALT, TRAMS)}  # it came out on day 1, and stands in its feed from day 2 on
    run_daily(build(make_house, tmp_path / "late", plan, 1), 1)
    house = build(make_house, tmp_path / "late", {**plan, **late}, 2)
    first = briefs(house)
    run_daily(house, 2)
    assert set(told(house)[2]) == {KILNS, SALT}
    assert briefs(house, 2) == first
    run_daily(build(make_house, tmp_path / "late", {**plan, **late}, 3), 3)
    assert told(house) == {1: [TRAMS], 2: told(house)[2], 3: [HONEY]}


def test_an_archive_that_a_show_adds_at_once_is_told_from_the_window_only(make_house: MakeHouse, tmp_path: Path) -> None:
    plan: Plan = {("one", 1): (TRAMS,), ("two", 1): (PIANOS,), ("one", 2): (KILNS,)}
    archive: Plan = {("two", day): (LIGHTS if day == 0 else WOLVES,) for day in range(-59, 1)}
    run_daily(build(make_house, tmp_path / "archive", plan, 0), 0)
    run_daily(build(make_house, tmp_path / "archive", plan, 1), 1)
    house = build(make_house, tmp_path / "archive", {**plan, **archive}, 2)
    first = briefs(house)
    run_daily(house, 2)
    assert len(house.store.select("raw.feed_items", published_on=[DAY + timedelta(days=day) for _, day in archive])) == 60
    assert set(told(house)[2]) == {KILNS, LIGHTS}  # of the sixty, those of the days that the brief draws on
    assert briefs(house, 2) == first


def test_the_archive_of_a_show_that_is_followed_today_stays_out_of_todays_brief(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    archive: Plan = {("four", day): (WOLVES, LIGHTS, KITES) for day in range(-59, 1)}
    plan: Plan = {("one", 2): (TRAMS,), ("one", 3): (KILNS,), **archive}
    run_daily(build(make_house, tmp_path / "followed", plan, 2), 2)
    house = build(make_house, tmp_path / "followed", plan, 3, (*SHOWS, "four"))
    run(house, -8, -7)  # asked for
    assert {row["published_on"] for row in house.store.select("raw.insights", claim=WOLVES)}
    run_daily(house, 3)
    assert told(house)[3] == [KILNS]
