"""What is near the insights of a day, over the whole history: exactly, whoever else is near."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wiring.near_world import DAY, LATER, NEXT, Told, add, aim, make_days

from brief_pipeline.engines.vector_index import UsearchIndex
from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import BriefSettings, NeighbourSettings
from brief_pipeline.wiring import neighbours
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.neighbours import ALIKE_FLOOR, ALIKE_MOST, NEAR_FLOOR, Neighbourhood, find_near

MakeHouse = Callable[..., House]
Found = dict[tuple[str, str], tuple[float, bool]]

INDEXED = {"neighbours": NeighbourSettings(index="usearch", index_from=1)}


def find(house: House, day: Any = DAY) -> tuple[Found, Neighbourhood]:
    known = house.store.insight_vectors(house.embedder.name)
    found = find_near(house, known, day)
    names = known.insight_id
    pairs = {(names[near.own], names[near.other]): (round(near.cosine, 5), near.is_alike) for near in found.pairs}
    assert len(pairs) == len(found.pairs)
    return pairs, found


def others_of(found: Found, name: str) -> set[str]:
    return {other for own, other in found if own == name}


def test_every_pair_over_the_floor_is_found_where_there_are_few(make_house: MakeHouse) -> None:
    house, told = make_house(), make_days(seed=1)
    add(house, *told)
    found, _ = find(house, NEXT)
    expected = {}
    for one in told:
        for other in told:
            cosine = float(one.vector.astype(float) @ other.vector)
            if one.day == NEXT and one != other and cosine >= NEAR_FLOOR:
                expected[one.name, other.name] = cosine
    assert found.keys() == expected.keys()
    assert all(found[pair][0] == pytest.approx(cosine, abs=1e-5) for pair, cosine in expected.items())


def test_hundreds_of_the_own_show_crowd_out_none_of_other_shows(make_house: MakeHouse) -> None:
    house = make_house()
    old = DAY - timedelta(days=90)
    own_show = [Told(f"own{n:03}", aim(n / 50), old, "one") for n in range(300)]
    strangers = [Told(f"far{n:02}", aim(50 + n / 5), old, f"show{n}") for n in range(30)]
    add(house, Told("new", aim(0)), *own_show, *strangers)
    found, near = find(house)
    assert {one.name for one in strangers} <= others_of(found, "new")
    assert near.cut == 1
    alike = Counter(other[:3] for (_, other), (_, is_alike) in found.items() if is_alike)
    assert alike == {"own": ALIKE_MOST, "far": neighbours.ALIKE_OF_OTHER_SHOWS}


def test_a_crowded_other_show_list_holds_the_nearest(make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "OTHER_SHOWS_MOST", 7)
    monkeypatch.setattr(neighbours, "ALIKE_MOST", 3)
    house = make_house()
    old = [Told(f"o{n:02}", aim(n), DAY - timedelta(days=90), f"show{n}") for n in range(1, 40)]
    add(house, Told("new", aim(0)), *old)
    assert others_of(find(house)[0], "new") == {f"o{n:02}" for n in range(1, 8)}


def test_those_of_the_days_around_are_found_behind_any_number_of_old_ones(make_house: MakeHouse) -> None:
    house = make_house(brief=BriefSettings(window_days=3))
    old = [Told(f"old{n:03}", aim(n / 50), DAY - timedelta(days=60), "two") for n in range(100)]
    around = Told("around", aim(60), DAY - timedelta(days=3), "one")
    before = Told("before", aim(60), DAY - timedelta(days=4), "one")
    add(house, Told("new", aim(0)), *old, around, before)
    others = others_of(find(house)[0], "new")
    assert "around" in others
    assert "before" not in others


def test_what_came_later_crowds_out_nothing_and_is_found_too(make_house: MakeHouse) -> None:
    house = make_house()
    before = [Told(f"b{n:02}", aim(40 + n / 10), DAY - timedelta(days=40), "two") for n in range(30)]
    add(house, Told("new", aim(0)), Told("beside", aim(55), show="two"), *before)
    alone, _ = find(house)
    add(house, *[Told(f"l{n:03}", aim(n / 50), LATER + timedelta(days=n), "two") for n in range(300)])
    together, _ = find(house)
    assert {pair: found for pair, found in together.items() if pair[1][0] != "l"} == alone
    assert sum(pair[1][0] == "l" for pair in together) >= neighbours.OTHER_SHOWS_MOST


def test_none_is_near_itself_and_no_copy_of_it_is_missed(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, *[Told(f"copy{n:02}", aim(0), show="one") for n in range(ALIKE_MOST + 1)])
    found, near = find(house)
    assert all(own != other for own, other in found)
    assert len(found) == ALIKE_MOST * (ALIKE_MOST + 1)
    assert near.cut == 0
    add(house, Told("more", aim(0)))
    assert find(house)[1].cut == ALIKE_MOST + 2


def test_only_what_may_say_the_same_is_alike(make_house: MakeHouse) -> None:
    house = make_house()
    steep = float(np.degrees(np.arccos(ALIKE_FLOOR)))
    add(house, Told("new", aim(0)), Told("in", aim(steep - 0.5), show="two"), Told("out", aim(steep + 0.5), show="three"))
    found, _ = find(house)
    assert (found["new", "in"][1], found["new", "out"][1]) == (True, False)


def test_an_empty_day_and_a_lone_insight_are_near_nothing(make_house: MakeHouse) -> None:
    house = make_house()
    assert find(house)[1] == Neighbourhood((), 0)
    add(house, Told("lone", aim(0)))
    assert find(house)[1] == Neighbourhood((), 0)
    assert find(house, NEXT)[1] == Neighbourhood((), 0)


def test_vectors_of_another_model_are_not_looked_at(make_house: MakeHouse) -> None:
    house = make_house()
    add(house, Told("new", aim(0)))
    add(house, Told("foreign", aim(0), show="two"), embedder="another")
    assert find(house)[0] == {}


def test_the_index_finds_what_comparing_with_each_finds(make_house: MakeHouse, tmp_path: Path) -> None:
    pytest.importorskip("usearch")
    told = make_days(seed=2, a_day=60)
    exact = make_house()
    add(exact, *told)
    indexed = make_house(index=UsearchIndex(tmp_path / "index", exact.embedder.name), **INDEXED)
    assert [find(indexed, day)[0] for day in (DAY, NEXT)] == [find(exact, day)[0] for day in (DAY, NEXT)]
    assert indexed.index is not None
    assert indexed.index.update.added_count == 0, "it was kept from the first day"
    assert any((tmp_path / "index").iterdir())


def test_up_to_the_number_that_the_settings_name_no_index_is_asked(make_house: MakeHouse, tmp_path: Path) -> None:
    index = UsearchIndex(tmp_path / "index", "m")
    house = make_house(index=index, neighbours=NeighbourSettings(index="usearch", index_from=75))
    add(house, *make_days(seed=2))
    assert find(house)[0]
    assert not (tmp_path / "index").exists()


def test_where_the_extra_is_not_installed_the_error_says_what_to_install(
    make_house: MakeHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "usearch", None)  # an import of it raises ImportError
    house = make_house(index=UsearchIndex(tmp_path / "index", "m"), **INDEXED)
    add(house, *make_days(seed=2))
    with pytest.raises(SettingsInvalid, match=r"pip install .*\[index\]"):
        find(house)
