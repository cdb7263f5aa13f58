"""Which columns of which tables each column of a model comes from."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp
from warehouse.rows import SQL

from brief_pipeline.warehouse.lineage import trace_columns
from brief_pipeline.warehouse.models import DIALECT, Column, Model, Table, read_models, read_sources

MODELS = read_models(SQL)
TABLES: tuple[Table | Model, ...] = (*read_sources(SQL), *MODELS)


def declare(name: str, *columns: str) -> Table:
    pairs = [column.split(":") for column in columns]
    return Table(name, "", tuple(Column(column, kind, "") for column, kind in pairs), "")


BOATS = declare("raw.boats", "id:VARCHAR", "length:DOUBLE", "year:INTEGER", "owner:STRUCT(name VARCHAR)", "tags:VARCHAR[]")
TRIPS = declare("raw.trips", "id:VARCHAR", "miles:INTEGER", "next:VARCHAR")
LOG = declare("main.log", "id:VARCHAR", "total:INTEGER")


def trace(sql: str, *names: str) -> dict[str, str]:
    """The sources of each column, in one line."""
    model = Model("main.log", "", tuple(Column(name, "VARCHAR", "") for name in names or ("x",)), (), sql)
    found = trace_columns(model, (BOATS, TRIPS, LOG))
    return {name: " ".join(f"{table.split('.')[1]}.{column}" for table, column in found[name]) for name in found}


# --- the files of the project


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_column_of_every_model_is_traced(model: Model) -> None:
    traced = trace_columns(model, TABLES)
    assert list(traced) == [column.name for column in model.columns]
    assert {table for sources in traced.values() for table, _ in sources} <= set(model.reads)
    tree = sqlglot.parse_one(model.sql, read=DIALECT)
    assert [name for name, sources in traced.items() if not sources and not is_constant(tree, name)] == []


def is_constant(tree: exp.Expr, name: str) -> bool:
    """Whether the text makes a column of this name out of nothing but literals and parameters, wherever it makes one."""
    selects = [projection for select in tree.find_all(exp.Select) for projection in select.expressions]
    made = [projection.unalias() for projection in selects if projection.alias_or_name == name]
    named = {column.name for value in made for column in value.find_all(exp.Column)}
    return bool(made) and named <= {name} and not any(value.find(exp.Count, exp.Window) for value in made)


# --- what a value is made of


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ("upper(id) || year", "boats.id boats.year"),
        ("CASE WHEN year > 2000 THEN 'new' END", "boats.year"),
        ("max_by(id, (length, year))", "boats.id boats.length boats.year"),
        ("any_value(id ORDER BY year)", "boats.id boats.year"),
        ("sum(length) FILTER (year > 2000)", "boats.length boats.year"),
        ("to_json(list({'name': id, 'l': length} ORDER BY year))", "boats.id boats.length boats.year"),
        ("row_number() OVER (PARTITION BY id ORDER BY year DESC)", "boats.id boats.year"),
        ("sum(length) OVER aged", "boats.length boats.year"),
        ("owner.name", "boats.owner"),
        ("boats.owner.name", "boats.owner"),
        ("list_filter(tags, lambda year: year > id)", "boats.id boats.tags"),
        ("list_transform(tags, lambda t: t || id)[1]", "boats.id boats.tags"),
        ("[id FOR id IN tags IF id != '']", "boats.tags"),
        ("[t || id FOR t IN tags]", "boats.id boats.tags"),
        ("unnest(tags)", "boats.tags"),
        ("(SELECT max(miles) FROM raw.trips WHERE trips.id = boats.id)", "trips.miles"),
        ("id IN (SELECT next FROM raw.trips)", "boats.id trips.next"),
        ("EXISTS (SELECT 1 FROM raw.trips WHERE trips.id = boats.id)", "boats.id trips.id"),
        ("any_value(boats)", "boats.id boats.length boats.owner boats.tags boats.year"),
        ("$day", ""),
        ("5 + 1", ""),
    ],
)
def test_a_value_comes_from_all_that_its_expression_names(value: str, sources: str) -> None:
    assert trace(f"SELECT {value} AS x FROM raw.boats WINDOW aged AS (ORDER BY year)") == {"x": sources}


def test_what_picks_the_rows_is_no_source_but_of_their_number() -> None:
    sql = "SELECT id AS x, count(*) AS n FROM raw.boats JOIN raw.trips USING (id) WHERE year = 1 GROUP BY id"
    assert trace(sql, "x", "n") == {"x": "boats.id trips.id", "n": "boats.id trips.id"}
    assert trace("SELECT count(*) AS x FROM raw.boats WHERE year = 1") == {"x": "boats.year"}
    assert trace("SELECT length AS x FROM raw.boats WHERE year = 1 QUALIFY row_number() OVER (ORDER BY id) = 1") == {
        "x": "boats.length"
    }
    assert trace("SELECT row_number() OVER () AS x FROM raw.trips") == {"x": "trips.id trips.miles trips.next"}


def test_another_column_of_the_same_select_may_be_named() -> None:
    sql = "SELECT length * 2 AS twice, twice + year AS x, [t FOR t IN tags IF t > twice] AS y FROM raw.boats"
    assert trace(sql, "x", "y") == {"x": "boats.length boats.year", "y": "boats.length boats.tags"}


# --- through other queries


def test_a_star_brings_each_column_from_its_own_table() -> None:
    sql = "WITH both_of AS (SELECT * FROM raw.boats LEFT JOIN raw.trips USING (id)) SELECT * FROM both_of"
    assert trace(sql, "id", "miles", "year") == {"id": "boats.id trips.id", "miles": "trips.miles", "year": "boats.year"}


def test_the_halves_of_a_union_meet_by_place_or_by_name() -> None:
    halves = "SELECT id AS x, year AS y FROM raw.boats UNION ALL {} SELECT miles AS y, next AS x FROM raw.trips"
    assert trace(halves.format(""), "x", "y") == {"x": "boats.id trips.miles", "y": "boats.year trips.next"}
    assert trace(halves.format("BY NAME"), "x", "y") == {"x": "boats.id trips.next", "y": "boats.year trips.miles"}


@pytest.mark.parametrize(
    "names",
    [
        "far AS (SELECT id AS start, 0 AS sum, id AS at FROM raw.boats",
        "far(start, sum, at) AS (SELECT id, 0, id FROM raw.boats",
    ],
)
def test_a_query_that_reads_itself_comes_from_both_its_halves(names: str) -> None:
    step = "SELECT far.start, far.sum + trips.miles, trips.next FROM far JOIN raw.trips ON trips.id = far.at"
    sql = f"WITH RECURSIVE {names} UNION ALL {step}) SELECT one.start, one.sum, one.at FROM far AS one"
    assert trace(sql, "start", "sum", "at") == {"start": "boats.id", "sum": "trips.miles", "at": "boats.id trips.next"}


def test_columns_of_a_query_that_reads_itself_may_feed_each_other() -> None:
    sql = """WITH RECURSIVE q AS (
        SELECT id AS a, 'none' AS b, 'none' AS c FROM raw.boats
        UNION ALL
        SELECT next, prior.a, (SELECT max(b) FROM q) FROM (SELECT a FROM q) AS prior JOIN raw.trips ON trips.id = prior.a
    ) SELECT c FROM q"""
    assert trace(sql, "c") == {"c": "boats.id trips.next"}


def test_what_is_unfolded_comes_from_what_it_was_folded_in() -> None:
    sql = (
        "SELECT one.tag AS x, far.most AS y, r.i AS z FROM raw.boats, unnest(tags) AS one(tag), range(boats.year) AS r(i), "
    )
    lateral = "LATERAL (SELECT max(miles) + boats.year AS most FROM raw.trips WHERE trips.id = boats.id) AS far"
    assert trace(sql + lateral, "x", "y", "z") == {"x": "boats.tags", "y": "boats.year trips.miles", "z": "boats.year"}


def test_its_own_table_is_a_source_like_any_other() -> None:
    sql = "SELECT coalesce(log.total, 0) + miles AS x FROM raw.trips LEFT JOIN log USING (id)"
    assert trace(sql) == {"x": "log.total trips.miles"}


def test_which_of_two_constants_it_is_comes_from_what_picks_them() -> None:
    halves = "SELECT 'a' AS x FROM raw.boats WHERE year = 1 UNION ALL SELECT 'b' FROM raw.trips WHERE miles = 1"
    assert trace(f"SELECT x FROM ({halves})") == {"x": "boats.year trips.miles"}
    found = "WITH far AS (SELECT next, TRUE AS is_far FROM raw.trips) SELECT coalesce(far.is_far, FALSE) AS x"
    assert trace(f"{found} FROM raw.boats LEFT JOIN far ON far.next = boats.id") == {"x": "boats.id trips.next"}
    assert trace("WITH rule AS (SELECT 5 AS most) SELECT rule.most AS x FROM raw.boats CROSS JOIN rule WHERE year = 1") == {
        "x": ""
    }


# --- what cannot be traced


def test_one_column_that_cannot_be_traced_does_not_hide_the_others() -> None:
    sql = (
        "SELECT year AS x, nobody AS y, trips.nothing AS z, other.what AS w FROM raw.boats, raw.trips, raw.unknown AS other"
    )
    assert trace(sql, "x", "y", "z", "w") == {"x": "boats.year"}
    assert trace("SELECT id AS id, year AS x FROM raw.boats, raw.trips", "id", "x") == {"x": "boats.year"}


@pytest.mark.parametrize("sql", ["SELECT FROM WHERE", "PIVOT raw.boats ON id USING sum(year)", "VALUES (1)"])
def test_sql_that_cannot_be_followed_gives_nothing_and_raises_nothing(sql: str) -> None:
    assert trace(sql) == {}


def test_names_keep_the_case_that_their_table_gives_them() -> None:
    sailors = declare("raw.Sailors", "Name:VARCHAR")
    model = Model("main.one", "", (Column("Who", "VARCHAR", ""),), (), "SELECT NAME AS who FROM raw.sailors")
    assert trace_columns(model, [sailors]) == {"Who": (("raw.Sailors", "Name"),)}
