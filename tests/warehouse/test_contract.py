from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from brief_pipeline.warehouse.contract import list_broken, measure_share
from brief_pipeline.warehouse.models import Check

DAY = date(2026, 5, 4)
LATE = Check("share", ("flags",), ("late",), 0.5)
LOST = Check("ratio", ("lost", "all"), limit=0.5)


@pytest.mark.parametrize(
    ("check", "rows", "broken"),
    [
        (Check("unique", ("id",)), [{"id": 1}, {"id": 1}, {"id": 2}, {"id": 1}], [1, 3]),
        (Check("not_null", ("id", "name")), [{"id": 1, "name": None}, {"id": 2, "name": "x"}], [0]),
        (Check("accepted_values", ("id",), ("a", "b")), [{"id": "a"}, {"id": "c"}], [1]),
        (Check("at_most", limit=1), [{"published_on": DAY}, {"published_on": DAY}], [1]),
        (Check("zero", ("n",)), [{"n": 0}, {"n": 2}], [1]),
        (Check("at_least", ("n",), limit=0.85), [{"n": None}, {"n": 0.8}, {"n": 0.85}], [1]),
        (LATE, [{"flags": []}, {"flags": None}, {"flags": ["late", "odd"]}], [2]),
        (LOST, [{"lost": None, "all": None}, {"lost": 0, "all": 2}, {"lost": 3, "all": 5}], [2]),
    ],
)
def test_the_rows_that_break_a_promise_are_found(check: Check, rows: list[dict[str, Any]], broken: list[int]) -> None:
    assert list_broken(check, rows) == [rows[place] for place in broken]


def test_at_most_counts_the_rows_of_a_day_and_column() -> None:
    check = Check("at_most", ("who",), limit=1)
    rows = [{"published_on": DAY, "who": who} for who in ("ana", "ben", "ana")]
    assert list_broken(check, rows) == rows[2:]
    assert list_broken(check, [*rows[:2], {"published_on": date(2026, 5, 5), "who": "ana"}]) == []


def test_a_share_is_of_the_rows_and_a_ratio_of_the_sums() -> None:
    assert measure_share(LATE, [{"flags": ["late"]}, {"flags": []}], broken=1) == 0.5
    assert measure_share(LOST, [{"lost": 3, "all": 5}, {"lost": None, "all": 1}], broken=1) == 0.5
    assert measure_share(LATE, [], broken=0) == measure_share(LOST, [], broken=0) == 0.0
    assert measure_share(Check("zero", ("n",)), [{"n": 1}], broken=1) is None
