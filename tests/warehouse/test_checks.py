"""Reading the checks of dbt_like_sql/checks/, and what is promised of the keys of tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from warehouse.rows import DAY, SQL, make_episode, make_insight

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.checks import SqlCheck, find_broken, key_of, promise_keys, read_checks
from brief_pipeline.warehouse.models import Column, Table, read_sources
from brief_pipeline.warehouse.store import Store

NEXT = DAY + timedelta(days=1)
HEADER = {
    "said": "-- Each episode has a title.",
    "asset": "-- asset: episodes",
    "severity": "-- severity: blocking",
    "why": "-- why: an episode without one cannot be told\n--   from another.",
    "cure": "-- cure: Run the day again.",
}
SELECT = (
    "SELECT episode_id, 'no title' AS fault FROM raw.episodes WHERE title IS NULL AND published_on IN (SELECT unnest($days))"
)
TABLES = {table.name: table for table in read_sources(SQL)}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a check with some parts of its header, or its SQL, changed; an empty part is left out."""

    def make(sql: str = SELECT, **changes: str) -> Path:
        (tmp_path / "checks").mkdir()
        lines = [*filter(None, (HEADER | changes).values()), sql]
        (tmp_path / "checks" / "titles.sql").write_text("\n".join(lines))
        return tmp_path

    return make


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "brief.duckdb", SQL)


def refuse(folder: Path) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        read_checks(folder)
    return str(refused.value)


def test_a_check_is_read_with_all_that_its_header_says(write: Write) -> None:
    [check] = read_checks(write())
    assert (check.name, check.asset, check.said) == ("titles", "episodes", "Each episode has a title.")
    assert (check.why, check.cure) == ("an episode without one cannot be told from another.", "Run the day again.")
    assert check.is_blocking
    assert check.is_of_days


def test_a_warning_does_not_block(write: Write) -> None:
    assert not read_checks(write(severity="-- severity: warning"))[0].is_blocking


@pytest.mark.parametrize("part", ["asset", "severity", "why", "cure"])
def test_a_header_that_lacks_a_part_is_refused_by_name(write: Write, part: str) -> None:
    said = refuse(write(**{part: ""}))
    assert said.endswith(f"titles.sql: its header has no {part}: add a line `-- {part}: ...`.")


@pytest.mark.parametrize("part", ["asset", "cure"])
def test_a_part_that_says_nothing_is_missing(write: Write, part: str) -> None:
    assert f"its header has no {part}" in refuse(write(**{part: f"-- {part}:"}))


@pytest.mark.parametrize("said", ["", "--"])
def test_a_header_that_promises_nothing_is_refused(write: Write, said: str) -> None:
    assert "titles.sql, line 1: it must say what is promised" in refuse(write(said=said))


def test_a_part_said_twice_is_refused_with_its_line(write: Write) -> None:
    assert "titles.sql, line 4: it says severity a second time." in refuse(write(why="-- severity: warning"))


@pytest.mark.parametrize("severity", ["fatal", "Blocking"])
def test_another_severity_is_refused(write: Write, severity: str) -> None:
    said = refuse(write(severity=f"-- severity: {severity}"))
    assert f"its severity is '{severity}': write blocking or warning." in said


@pytest.mark.parametrize(
    "sql", ["", "DELETE FROM raw.episodes", f"{SELECT}; {SELECT}", f"{SELECT}; DROP TABLE raw.episodes"]
)
def test_what_is_not_one_select_is_refused(write: Write, sql: str) -> None:
    assert refuse(write(sql)).endswith("titles.sql: it must hold one SELECT.")


def test_what_is_no_sql_is_refused_in_words(write: Write) -> None:
    said = refuse(write("SELECT (((("))
    assert "titles.sql is not SQL that can be read: " in said
    assert "\n" not in said


def test_another_parameter_than_the_days_is_refused(write: Write) -> None:
    assert "it asks for $listener: there is $days alone." in refuse(write(f"{SELECT} AND feed_id = $listener"))


def test_a_file_that_is_no_text_is_refused(write: Write) -> None:
    folder = write()
    (folder / "checks" / "titles.sql").write_bytes(b"\xff\xfe\x00")
    assert "titles.sql cannot be read: " in refuse(folder)


def test_a_folder_without_checks_says_where_to_run(tmp_path: Path) -> None:
    assert "holds no checks: run from a clone of the project" in refuse(tmp_path)


def test_the_rows_that_break_a_promise_are_those_of_the_days_asked(write: Write, store: Store) -> None:
    [check] = read_checks(write())
    late = make_episode("e3", published_on=NEXT)
    store.replace("raw.episodes", [make_episode("e1"), make_episode("e2", title="On queues"), late])
    assert find_broken(store, check, [DAY]) == [{"episode_id": "e1", "fault": "no title"}]
    assert [row["episode_id"] for row in find_broken(store, check, [DAY, NEXT])] == ["e1", "e3"]


def test_a_check_without_days_looks_at_all(write: Write, store: Store) -> None:
    [check] = read_checks(write("SELECT episode_id FROM raw.episodes WHERE title IS NULL"))
    store.replace("raw.episodes", [make_episode("e1"), make_episode("e2", published_on=NEXT)])
    assert not check.is_of_days
    assert len(find_broken(store, check, [DAY])) == 2


def test_a_check_that_does_not_run_is_named(write: Write, store: Store) -> None:
    [check] = read_checks(write("SELECT nobody FROM raw.episodes"))
    with pytest.raises(SettingsInvalid, match=r"The check titles \(dbt_like_sql/checks\) does not run: .*nobody"):
        find_broken(store, check)


def test_a_key_is_read_from_the_end_of_a_comment() -> None:
    assert key_of(TABLES["raw.segments"]) == ("episode_id", "position")
    assert key_of(Table("raw.free", "One row a thought.", (), "")) == ()


def test_a_key_that_names_no_column_is_refused() -> None:
    table = Table("raw.one", "One row a thing. Key: name, number.", (Column("name", "VARCHAR", "its name"),), "")
    with pytest.raises(SettingsInvalid, match=r"sources\.sql: the key of raw\.one names what is no column: number\."):
        key_of(table)


def test_every_raw_table_has_a_key() -> None:
    assert [name for name, table in TABLES.items() if not key_of(table)] == []


def promise(*names: str, is_daily: bool = True) -> SqlCheck:
    return promise_keys("insights", [TABLES[name] for name in names], is_daily)


def find_doubled(store: Store, check: SqlCheck, *days: date) -> list[str]:
    return [row["fault"] for row in find_broken(store, check, days)]


def test_rows_of_one_key_are_found_on_the_days_asked_alone(store: Store) -> None:
    rows = [make_insight("i1"), make_insight("i1"), make_insight("i2"), make_insight("i3", published_on=NEXT)]
    store.replace("raw.insights", [*rows, make_insight("i3", published_on=NEXT)])
    check = promise("raw.insights")
    assert find_broken(store, check, [DAY]) == [
        {"insight_id": "i1", "fault": "raw.insights: 2 rows of insight_id i1"},
    ]
    assert find_doubled(store, check, NEXT) == ["raw.insights: 2 rows of insight_id i3"]


def test_a_key_that_another_day_has_too_is_found_from_either(store: Store) -> None:
    store.replace("raw.insights", [make_insight("i1"), make_insight("i1", published_on=NEXT), make_insight("i2")])
    check = promise("raw.insights")
    told = ["raw.insights: 2 rows of insight_id i1"]
    assert find_doubled(store, check, DAY) == find_doubled(store, check, NEXT) == told
    assert find_doubled(store, check, DAY - timedelta(days=1)) == []


def test_a_key_of_several_columns_and_several_tables_are_one_promise(store: Store) -> None:
    vector = {"text_hash": "t", "model": "m", "vector": [1.0]}
    store.replace("raw.embeddings", [vector, vector, {**vector, "model": "other"}])
    store.replace("raw.episodes", [make_episode("e1"), make_episode("e1")])
    check = promise("raw.episodes", "raw.embeddings")
    assert check.said.startswith(
        "There is one row, and no second one, raw.episodes of its episode_id; raw.embeddings of its "
    )
    assert sorted(find_doubled(store, check, DAY)) == [
        "raw.embeddings: 2 rows of text_hash t, model m",
        "raw.episodes: 2 rows of episode_id e1",
    ]


def test_the_keys_of_an_asset_without_days_are_looked_at_whole(store: Store) -> None:
    check = promise("raw.insights", is_daily=False)
    store.replace("raw.insights", [make_insight("i1"), make_insight("i1")])
    assert not check.is_of_days
    assert find_doubled(store, check) == ["raw.insights: 2 rows of insight_id i1"]
