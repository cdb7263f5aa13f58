from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from brief_pipeline.errors import AudioUnreadable, StageFailed, Unreachable
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.workbench import Item, work_through

DAY = date(2026, 5, 4)
MakeHouse = Callable[..., House]


def make_items(*names: str, done: tuple[str, ...] = (), input_hash: str = "v1") -> list[Item[str]]:
    return [Item(name, name.upper(), DAY, input_hash, name in done, name) for name in names]


def fail_on(*bad: str, error: type[Exception] = Unreachable) -> Callable[[Item[str]], str]:
    def do(item: Item[str]) -> str:
        if item.value in bad:
            raise error(f"no {item.value}")
        return item.value * 2

    return do


def test_what_is_done_is_not_done_again(make_house: MakeHouse) -> None:
    kept: list[str] = []
    reports = work_through(
        make_house(), "stage", make_items("a", "b", done=("a",)), fail_on(), lambda _, out: kept.append(out)
    )
    assert kept == ["bb"]
    assert (reports[DAY].done, reports[DAY].reused) == (1, 1)


def test_a_failure_is_a_row_with_its_reason_and_the_rest_goes_on(make_house: MakeHouse) -> None:
    house, kept = make_house(), []
    work_through(house, "stage", make_items("a", "b", "c"), fail_on("b"), lambda item, _: kept.append(item.value))
    assert kept == ["a", "c"]
    [row] = house.store.select("raw.failures")
    assert (row["item_id"], row["item_label"], row["reason"], row["is_retryable"], row["attempts_count"]) == (
        "b",
        "B",
        "no b",
        True,
        1,
    )


def test_a_passing_failure_is_tried_again_and_counted(make_house: MakeHouse) -> None:
    house = make_house()
    for _ in range(2):
        work_through(house, "stage", make_items("a", "b"), fail_on("b"), lambda *_: None)
    assert house.store.select("raw.failures")[0]["attempts_count"] == 2
    work_through(house, "stage", make_items("a", "b"), fail_on(), lambda *_: None)
    assert house.store.select("raw.failures") == []


def test_a_permanent_failure_is_left_alone_until_its_input_changes(make_house: MakeHouse) -> None:
    house = make_house()
    work_through(house, "stage", make_items("a", "b"), fail_on("b", error=AudioUnreadable), lambda *_: None)
    asked: list[str] = []

    def do(item: Item[str]) -> None:
        asked.append(item.value)

    reports = work_through(house, "stage", make_items("b", done=()) + make_items("a", done=("a",)), do, lambda *_: None)
    assert (asked, reports[DAY].skipped) == ([], 1)
    work_through(house, "stage", make_items("b", input_hash="v2"), do, lambda *_: None)
    assert asked == ["b"]
    assert house.store.select("raw.failures") == []


@pytest.mark.parametrize("workers", [1, 4])
def test_a_stage_all_of_whose_items_failed_raises_with_the_reasons(make_house: MakeHouse, workers: int) -> None:
    house = make_house()
    with pytest.raises(StageFailed, match=r"stage: all 2 failed\. A: no a; B: no b"):
        work_through(house, "stage", make_items("a", "b"), fail_on("a", "b"), lambda *_: None, workers=workers)
    assert len(house.store.select("raw.failures")) == 2


def test_nothing_to_do_is_no_failure(make_house: MakeHouse) -> None:
    assert work_through(make_house(), "stage", [], fail_on(), lambda *_: None) == {}


def test_a_defect_is_not_taken_for_a_failure(make_house: MakeHouse) -> None:
    with pytest.raises(ZeroDivisionError):
        work_through(make_house(), "stage", make_items("a"), fail_on("a", error=ZeroDivisionError), lambda *_: None)
