from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from samples import DAY

from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.previews import LONGEST_CELL, ROWS, draw_table, show_first_rows

MakeHouse = Callable[..., House]


def cells_of(**row: Any) -> list[str]:
    line = draw_table(tuple(row), [row]).splitlines()[2]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "yes"),
        (12345, "12,345"),
        (0.123456, "0.123"),
        (3723.4, "3,723"),
        (date(2026, 5, 4), "2026-05-04"),
        (datetime(2026, 5, 4, 9, 30, 12, tzinfo=UTC), "2026-05-04 09:30"),
        (["late", "odd"], "late; odd"),
        ("two\nlines", "two lines"),
        ("![x](http://spy.example/p.gif)", r"!\[x\](http://spy.example/p.gif)"),
        ("a | b", r"a \| b"),
        ("see https://me:pw@host.example/x?key=1", r"see https://host.example/x?\*\*\*"),
    ],
)
def test_a_cell_is_short_plain_and_without_secrets(value: Any, cell: str) -> None:
    assert cells_of(value=value) == [cell]


def test_a_long_cell_is_cut() -> None:
    [cell] = cells_of(text="word " * 100)
    assert len(cell) == LONGEST_CELL
    assert cell.endswith("…")


def test_of_many_rows_the_first_are_shown_and_the_rest_counted(make_house: MakeHouse) -> None:
    house = make_house()
    pair = {"other_published_on": DAY, "other_episode_id": "e", "other_feed_id": "f", "published_on": DAY}
    rows = [{**pair, "insight_id": f"i{n}", "other_id": "o", "cosine": n / 100} for n in range(20)]
    house.store.replace("raw.insight_pairs", rows, published_on=DAY)
    shown = show_first_rows(house, "raw.insight_pairs", [DAY])[DAY].splitlines()
    assert shown[0] == "| insight | other | cosine | verdict |"
    assert shown[2].startswith("| i19 | o | 0.19 |")
    assert len(shown) == 2 + ROWS + 2
    assert shown[-1] == f"{ROWS} of 20 rows."


def test_a_day_without_rows_and_a_table_of_vectors_show_nothing(make_house: MakeHouse) -> None:
    house = make_house()
    assert show_first_rows(house, "raw.episodes", [DAY]) == {}
    assert show_first_rows(house, "raw.embeddings", [DAY]) == {}
