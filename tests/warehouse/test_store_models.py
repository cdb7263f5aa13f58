"""A SQL model writes its rows in place of the day's earlier ones; a wrong one says what is wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from warehouse.rows import DAY, SQL, copy_sql, make_failure

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.models import read_models
from brief_pipeline.warehouse.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "brief.duckdb", SQL, patience_seconds=2)


@pytest.fixture
def counted(store: Store, tmp_path: Path) -> tuple[Store, Path]:
    """A store with one model of its own: raw.failures by stage."""
    folder = copy_sql(tmp_path)
    for path in folder.glob("*/*.sql"):
        path.unlink()
    (folder / "main" / "stages.sql").write_text(
        "-- Failures of the day by stage.\n-- columns\n--   published_on DATE: day\n--   stage VARCHAR: stage\n"
        "--   failures_count INTEGER: how many\n--   items JSON: which\n--   labels VARCHAR[]: of them\n"
        "SELECT stage, published_on, count(*) AS failures_count, to_json(list(item_id ORDER BY item_id)) AS items,\n"
        "    list(item_label) FILTER (item_label IS NOT NULL) AS labels\n"
        "FROM raw.failures WHERE published_on = $day GROUP BY ALL\n"
    )
    return Store(store.path, folder), folder


def test_a_model_writes_its_rows_in_place_of_the_days_earlier_ones(counted: tuple[Store, Path]) -> None:
    store, folder = counted
    [model] = read_models(folder)
    later = DAY + timedelta(days=1)
    store.replace(
        "raw.failures", [make_failure(n, published_on=DAY) for n in "ab"] + [make_failure("c", published_on=later)]
    )
    assert [store.materialise(model, day) for day in (later, DAY, DAY)] == [1, 1, 1]
    rows = store.select("main.stages", published_on=DAY)
    assert rows == [{"published_on": DAY, "stage": "audio", "failures_count": 2, "items": ["a", "b"], "labels": None}]
    store.replace("raw.failures", [], published_on=DAY)
    assert store.materialise(model, DAY) == 0
    assert [row["published_on"] for row in store.select("main.stages")] == [later]


WRONG_SQL = {
    "a column that is not there": ("GROUP BY ALL", "AND colour = 1 GROUP BY ALL", "colour"),
    "fewer columns than promised": ("stage, published_on,", "published_on,", "differ in columns: stage"),
    "more columns than promised": ("SELECT stage,", "SELECT 1 AS extra, stage,", "differ in columns: extra"),
    "rows of another day": ("published_on, count", "published_on + 1 AS published_on, count", "another day"),
    "a value that does not convert": ("SELECT stage,", "SELECT (1/0)::DATE::VARCHAR AS stage,", "does not run"),
}


@pytest.mark.parametrize(("old", "new", "said"), WRONG_SQL.values(), ids=WRONG_SQL.keys())
def test_a_wrong_model_names_its_file_and_leaves_its_rows(
    counted: tuple[Store, Path], old: str, new: str, said: str
) -> None:
    store, folder = counted
    store.replace("raw.failures", [make_failure("a", published_on=DAY)])
    store.materialise(read_models(folder)[0], DAY)
    path = folder / "main" / "stages.sql"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SettingsInvalid, match=f"main/stages.sql.*{said}"):
        store.materialise(read_models(folder)[0], DAY)
    assert len(store.select("main.stages")) == 1
