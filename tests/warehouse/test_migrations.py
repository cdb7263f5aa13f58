"""Every earlier shape of the database becomes today's: no row of what was gathered is lost, and what was told stays told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from warehouse.old_files import NEWEST, OLD_SCHEMAS, add_what_is_missing, count_values, make_old, read_all, shape_of
from warehouse.rows import DAY, SQL, copy_sql, make_episode, make_insight

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.stages.brief import render_html, render_markdown
from brief_pipeline.warehouse.migrations import read_migrations
from brief_pipeline.warehouse.models import DIALECT, Model, Table, read_models, read_sources
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.explaining import explain
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.publishing import read_brief

FIRST = DAY - timedelta(days=1)
TABLES: list[Table | Model] = [*read_sources(SQL), *read_models(SQL)]
MOVED = {  # what a migration puts elsewhere: where it is afterwards has a test of its own
    "raw.interest_matches",
    *(
        f"{table}.show"
        for table in ("raw.feeds", "raw.feed_days", "raw.episodes", "main.brief_items", "main.episode_health")
    ),
    *("raw.transcript_files.chapters", "raw.feed_items.item", "main.top_insights.is_playable", "main.brief_items.related"),
    *("model.unique_insights.status", "model.unique_insights.of_insight_id"),
    *("model.unique_insights.of_published_on", "model.unique_insights.of_cosine"),
}
SHAPES = [(schema, False) for schema in OLD_SCHEMAS] + [(schema, True) for schema in OLD_SCHEMAS[::4]]


@pytest.fixture(scope="module", params=SHAPES, ids=lambda shape: shape[0].stem + " added to" * shape[1])
def upgrade(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file of an earlier version (as it was, or opened since by one that only added what was missing), and migrated."""
    schema, is_added_to = request.param
    folder = tmp_path_factory.mktemp("old")
    old, new = make_old(folder / "old.duckdb", schema), folder / "new.duckdb"
    if is_added_to:
        add_what_is_missing(old)
    shutil.copy(old, new)
    Store(new, SQL).select("raw.feeds")
    return old, new


@pytest.fixture
def store(upgrade: tuple[Path, Path], tmp_path: Path) -> Store:
    """A store on a migrated file of its own."""
    return Store(Path(shutil.copy(upgrade[1], tmp_path / "brief.duckdb")), SQL)


def test_an_older_file_comes_to_the_shape_of_a_new_one(upgrade: tuple[Path, Path], tmp_path: Path) -> None:
    Store(tmp_path / "new.duckdb", SQL).select("raw.feeds")
    assert shape_of(upgrade[1]) == shape_of(tmp_path / "new.duckdb")


def test_no_value_that_was_gathered_is_lost(upgrade: tuple[Path, Path]) -> None:
    before, after = map(read_all, upgrade)
    for (table, name), values in before.items():
        if not MOVED & {table, f"{table}.{name}"}:
            assert not count_values(values) - count_values(after[table, name]), f"{table}.{name}"
            assert len(after[table, name]) >= len(values), table


def test_every_table_of_an_older_file_can_be_read_and_written(store: Store) -> None:
    for table in TABLES:
        rows = store.select(table.name)
        key = table.columns[0].name
        assert store.replace(table.name, rows, **{key: [row[key] for row in rows]}) == len(rows)
        assert store.select(table.name) == rows, table.name


def test_what_was_told_stays_told(store: Store) -> None:
    told = store.query("SELECT listener, published_on, insight_id, rank FROM model.choices WHERE rank IS NOT NULL")
    assert {(row["listener"], row["published_on"], row["insight_id"]) for row in told} == {
        ("me", FIRST, "i1"),
        ("me", DAY, "i4"),
    }
    assert len(told) == 2


def test_what_says_again_what_an_older_file_told_is_not_told(store: Store) -> None:
    day = DAY + timedelta(days=1)
    store.replace("raw.insights", [make_insight("i9", episode_id="e9", feed_id="f1", published_on=day, score=0.9)])
    store.replace("raw.episodes", [make_episode("e9", published_on=day)])
    store.replace("raw.listeners", [{"listener": "me", "published_on": day, "position": 0, "interests": [], "dislikes": []}])
    pair = {"insight_id": "i9", "published_on": day, "other_id": "i1", "other_published_on": FIRST, "other_episode_id": "e1"}
    weighed = {"other_feed_id": "f1", "cosine": 0.95, "verdict": "same", "same_score": 0.99, "decided_by": "rules"}
    store.replace("raw.insight_pairs", [{**pair, **weighed}])
    for model in read_models(SQL):
        store.materialise(model, day)
    assert [row["group_id"] for row in store.select("model.unique_insights", insight_id="i9")] == ["i1"]
    assert not store.select("main.top_insights", published_on=day, insight_id=["i9", "i1", "i4"])


def test_what_repeats_a_repeat_has_what_that_repeats_standing_for_it(store: Store) -> None:
    rows = store.select("model.unique_insights")
    found = {
        row["insight_id"]: (row["status"], row["group_id"], row["of_insight_id"], row["of_published_on"]) for row in rows
    }
    seen = ("seen", "i1", "i1", FIRST)
    assert found == {"i1": ("new", "i1", None, None), "i2": seen, "i3": seen, "i4": ("follow_up", "i4", "i1", FIRST)}
    assert {row["insight_id"]: row["evidence"] for row in rows}["i1"] == pytest.approx(1.0)
    assert all(0 < row["evidence"] <= 1 for row in rows)


def test_titles_dates_chapters_and_matches_are_where_todays_code_looks(store: Store) -> None:
    assert {row["show_title"] for row in store.select("raw.episodes")} == {"Tidewater"}
    assert [row["show_title"] for row in store.select("raw.feeds")] == ["Tidewater", None]
    for row in store.select("raw.feed_items"):
        assert (row["item"]["show_title"], "show" in row["item"]) == ("Tidewater", False)
        assert row["published_at"].date() == row["published_on"]
    feed = store.select("raw.feeds", feed_id="f1")[0]
    assert feed["followed_at"].date() == feed["first_read_at"].date() == FIRST
    assert store.select("raw.transcripts", episode_id="e1")[0]["chapters"] == [{"start_seconds": 0.0, "title": "Opening"}]
    match = store.select("raw.listener_matches", insight_id="i1")[0]
    assert (match["listener"], match["interest"], match["interest_text"], match["interest_cosine"]) == (
        "me",
        0.5,
        "Trams",
        0.5,
    )


def test_a_brief_of_an_older_file_is_shown_and_explained(store: Store, make_house: Callable[..., House]) -> None:
    house = make_house(store=store)
    brief = read_brief(house, DAY, "me")
    for text in (render_markdown(brief), render_html(brief)):
        assert "Ports pay." in text
        assert "The Rota" in text
    assert [row["listener"] for row in house.store.select("raw.briefs")] == ["me", "me"]
    assert [(place.listener, place.day, place.rank) for place in explain(house, "i1").places] == [("me", FIRST, 1)]


def test_a_file_without_our_tables_is_as_good_as_new(tmp_path: Path) -> None:
    path = tmp_path / "brief.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE mine AS SELECT 1 AS n")
    for _ in range(2):
        [version] = Store(path, SQL).select("raw.schema_versions")
    assert (version["version"], version["name"]) == (NEWEST, "made new")
    assert not (tmp_path / "backups").exists()


def test_a_new_file_is_born_at_the_newest_version(tmp_path: Path) -> None:
    for _ in range(2):
        [version] = Store(tmp_path / "brief.duckdb", SQL).select("raw.schema_versions")
    assert (version["version"], version["name"]) == (NEWEST, "made new")
    assert [path.name for path in tmp_path.iterdir()] == ["brief.duckdb"]


def test_an_older_file_says_what_it_has_been_through(tmp_path: Path) -> None:
    path = make_old(tmp_path / "brief.duckdb", OLD_SCHEMAS[0])
    rows = Store(path, SQL).select("raw.schema_versions")
    assert [(row["version"], row["name"]) for row in rows] == [(m.version, m.name) for m in read_migrations(SQL)]


@pytest.mark.parametrize("names", [["0001_a", "0003_b"], ["1_a"], ["0001_a", "0001_b"], ["0001-a"], ["0002_a"]])
def test_migrations_out_of_line_are_named(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "migrations").mkdir()
    for name in names:
        (tmp_path / "migrations" / f"{name}.sql").write_text("SELECT 1;")
    with pytest.raises(SettingsInvalid, match=rf"migrations/{names[-1]}\.sql: .* is missing here"):
        read_migrations(tmp_path)


def test_no_migration_ends_the_transaction_it_runs_in() -> None:
    ending = (exp.Transaction, exp.Commit, exp.Rollback)
    for migration in read_migrations(SQL):
        assert migration.sql.startswith("-- "), f"{migration.path} does not say what it is for"
        assert not [tree for tree in sqlglot.parse(migration.sql, read=DIALECT) if isinstance(tree, ending)], migration.path


def test_what_a_later_version_adds_needs_no_migration(tmp_path: Path) -> None:
    path = tmp_path / "brief.duckdb"
    Store(path, SQL).select("raw.feeds")
    newer = copy_sql(tmp_path)
    sources = newer / "sources.sql"
    sources.write_text(sources.read_text() + "CREATE TABLE IF NOT EXISTS raw.later (n INTEGER);")
    assert Store(path, newer).replace("raw.later", [{"n": 1}]) == 1
    assert not (tmp_path / "backups").exists()
