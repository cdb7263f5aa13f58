"""A SQL file's header is its contract, and its text says what it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from warehouse.rows import DAY, SQL, copy_sql

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.models import Check, Column, Model, Table, read_models, read_sources
from brief_pipeline.warehouse.store import Store

MODELS = read_models(SQL)
SOURCES = read_sources(SQL)
HEADER = "-- What it is,\n-- in words.\n--\n-- columns\n--   published_on DATE: partition\n--   n INTEGER: a: number\n--\n"
BODY = "SELECT $day AS published_on, 1 AS n\n"


def read_one(tmp_path: Path, text: str, name: str = "main/one.sql") -> Model:
    return write(tmp_path, {name: text})[0]


def write(folder: Path, texts: dict[str, str]) -> tuple[Model, ...]:
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return read_models(folder)


def reading(*tables: str) -> str:
    return HEADER + "SELECT $day AS published_on, 1 AS n FROM " + ", ".join(tables)


# --- the header


def test_the_header_says_what_it_is_its_columns_and_its_checks(tmp_path: Path) -> None:
    checks = "-- checks\n--   unique: n, published_on\n--   accepted_values: n: 1 | two words\n--   at_most: 5 rows a day\n"
    model = read_one(tmp_path, HEADER + checks + BODY)
    assert (model.name, model.schema, model.table, model.description) == ("main.one", "main", "one", "What it is, in words.")
    assert model.columns == (Column("published_on", "DATE", "partition"), Column("n", "INTEGER", "a: number"))
    assert model.checks == (
        Check("unique", ("n", "published_on")),
        Check("accepted_values", ("n",), ("1", "two words")),
        Check("at_most", limit=5),
    )
    assert [check.name for check in model.checks] == ["unique_n_published_on", "accepted_values_n", "at_most_5_a_day"]


def test_checks_may_compare_a_share_a_least_value_and_a_ratio(tmp_path: Path) -> None:
    lines = ("checks", "  zero: n", "  at_least: n: 0.85", "  share: n: a_flag <= 0.2", "  ratio: n / published_on <= 0.5")
    model = read_one(tmp_path, HEADER + "".join(f"-- {line}\n" for line in lines) + BODY)
    assert model.checks == (
        Check("zero", ("n",)),
        Check("at_least", ("n",), limit=0.85),
        Check("share", ("n",), ("a_flag",), 0.2),
        Check("ratio", ("n", "published_on"), limit=0.5),
    )
    assert [check.name for check in model.checks] == ["zero_n", "at_least_n", "share_a_flag", "ratio_n_published_on"]
    assert [check.is_warning for check in model.checks] == [False, True, True, True]


def test_at_most_is_of_a_day_or_of_each_value_of_a_column_on_it(tmp_path: Path) -> None:
    lines = ("checks", "  at_most: 5 rows a day", "  at_most: 12 rows a n")
    model = read_one(tmp_path, HEADER + "".join(f"-- {line}\n" for line in lines) + BODY)
    assert model.checks == (Check("at_most", limit=5), Check("at_most", ("n",), limit=12))
    assert [check.name for check in model.checks] == ["at_most_5_a_day", "at_most_12_a_n"]
    assert not any(check.is_warning for check in model.checks)


def test_briefs_hold_at_most_five_rows_a_listener() -> None:
    limits = {model.name: check for model in MODELS for check in model.checks if check.kind == "at_most"}
    five = Check("at_most", ("listener",), limit=5)
    assert limits == {"main.top_insights": five, "main.brief_items": five}


@pytest.mark.parametrize("change", [lambda s: "\ufeff" + s, lambda s: s.replace("\n", "\r\n"), lambda s: s + ";\n-- end\n"])
def test_a_byte_order_mark_windows_line_ends_and_a_last_semicolon_are_fine(tmp_path: Path, change: Any) -> None:
    model = read_one(tmp_path, change(HEADER + BODY))
    assert [column.name for column in model.columns] == ["published_on", "n"]


WRONG = {
    "a column without a type": (HEADER + "-- columns\n--   loose: text\n" + BODY, r"line of the header.*loose: text"),
    "an unknown check": (HEADER + "-- checks\n--   primary_key: n\n" + BODY, r"line of the header.*primary_key"),
    "at most how many": (HEADER + "-- checks\n--   at_most: five rows\n" + BODY, r"line of the header.*five rows"),
    "at most of what": (HEADER + "-- checks\n--   at_most: 5 rows\n" + BODY, r"line of the header.*5 rows"),
    "at most for each of no column": (
        HEADER + "-- checks\n--   at_most: 5 rows a listener\n" + BODY,
        r"check at_most names what is no column: listener",
    ),
    "at most for each of two columns": (
        HEADER + "-- checks\n--   at_most: 5 rows a listener a day\n" + BODY,
        r"line of the header.*a listener a day",
    ),
    "a share of what": (HEADER + "-- checks\n--   share: n <= 0.5\n" + BODY, r"line of the header.*share: n"),
    "how much at least": (HEADER + "-- checks\n--   at_least: n\n" + BODY, r"line of the header.*at_least: n"),
    "a ratio of no column": (
        HEADER + "-- checks\n--   ratio: n / m <= 0.5\n" + BODY,
        r"check ratio names what is no column: m",
    ),
    "no values": (HEADER + "-- checks\n--   accepted_values: n\n" + BODY, r"line of the header.*accepted_values"),
    "a check of no column": (
        HEADER + "-- checks\n--   not_null: n, m\n" + BODY,
        r"check not_null names what is no column: m",
    ),
    "a type that is none": (HEADER + "--   m VARCHR: text\n" + BODY, r"m has a type that is none: VARCHR"),
    "no columns": ("-- What it is.\n" + BODY, r"names no column published_on"),
    "no day": (HEADER.replace("published_on", "day") + BODY, r"names no column published_on"),
    "no SELECT": (HEADER + "DROP TABLE raw.feeds", r"must hold one SELECT"),
    "two statements": (HEADER + BODY + "; " + BODY, r"must hold one SELECT"),
    "only a header": (HEADER, r"must hold one SELECT"),
    "no SQL": (HEADER + "SELEC (", r"is not SQL that can be read"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsInvalid, match=rf"main/one\.sql.*{said}"):
        read_one(tmp_path, text)


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"sources\.sql is missing: run from a clone"):
        read_sources(tmp_path)
    with pytest.raises(SettingsInvalid, match=r"\.sql is missing"):
        read_models(tmp_path)
    (tmp_path / "sources.sql").write_bytes(b"-- \xff\xfe")
    with pytest.raises(SettingsInvalid, match=r"sources\.sql cannot be read"):
        read_sources(tmp_path)
    (tmp_path / "sources.sql").write_text("CREATE TABLE raw.x (a VARCHAR")
    with pytest.raises(SettingsInvalid, match=r"sources\.sql is not SQL"):
        read_sources(tmp_path)


# --- what it reads


def test_what_a_model_reads_is_read_from_its_text(tmp_path: Path) -> None:
    text = HEADER + (
        "WITH cut AS (SELECT * FROM raw.chunks), Deep AS (WITH inner_one AS (FROM cut) FROM inner_one)\n"
        "SELECT $day AS published_on, (SELECT count(*) FROM other) AS n\n"
        "FROM deep JOIN raw.cut USING (episode_id) JOIN main.one USING (n), range(3), unnest([1])\n"
        'WHERE EXISTS (SELECT 1 FROM raw."show") -- FROM raw.comment\n'
    )
    assert read_one(tmp_path, text).reads == ("main.one", "main.other", "raw.chunks", "raw.cut", "raw.show")


def test_models_come_after_what_they_read(tmp_path: Path) -> None:
    texts = {
        "main/a.sql": reading("main.b", "model.z", "main.a"),
        "main/b.sql": reading("model.z", "raw.feeds"),
        "model/z.sql": reading("raw.feeds"),
    }
    assert [model.name for model in write(tmp_path, texts)] == ["model.z", "main.b", "main.a"]


def test_a_circle_is_drawn(tmp_path: Path) -> None:
    texts = {f"main/{name}.sql": reading(f"main.{other}") for name, other in ("ab", "bc", "ca")}
    with pytest.raises(SettingsInvalid, match=r"circle: main\.a -> main\.b -> main\.c -> main\.a"):
        write(tmp_path, texts)


# --- the files of the house


def test_every_raw_table_and_column_says_what_it_is() -> None:
    assert len(SOURCES) >= 15
    for table in SOURCES:
        assert table.name.startswith("raw.")
        assert table.description.startswith("One row a"), table.name
        assert table.columns
        assert not [column.name for column in table.columns if not column.description], table.name


def test_what_is_declared_is_what_duckdb_makes(tmp_path: Path) -> None:
    listed = Store(tmp_path / "brief.duckdb", SQL).query(
        "SELECT table_schema || '.' || table_name AS name, column_name, data_type FROM information_schema.columns "
        "ORDER BY ordinal_position"
    )
    made: dict[str, list[tuple[str, str]]] = {}
    for row in listed:
        made.setdefault(row["name"], []).append((row["column_name"], same_kind(row["data_type"])))
    tables: list[Table | Model] = [*SOURCES, *MODELS]
    assert made == {t.name: [(column.name, same_kind(column.type)) for column in t.columns] for t in tables}


@pytest.fixture
def tables(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the house's empty tables."""
    store = Store(tmp_path / "brief.duckdb", SQL)
    store.select("raw.feeds")
    return duckdb.connect(str(store.path))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_select_gives_the_columns_of_its_contract_in_types_that_cast(
    model: Model, tables: duckdb.DuckDBPyConnection
) -> None:
    made = tables.sql(model.sql, params={"day": DAY})
    assert made.columns == [column.name for column in model.columns]
    for column, kind in zip(model.columns, made.types, strict=True):
        assert same_kind(column.type) == same_kind(str(kind)), f"{column.name}: {column.type} from {kind}"


def same_kind(name: str) -> str:
    """INTEGER, BIGINT and HUGEINT hold the same counts, and sqlglot has names of its own; nothing else is the same."""
    kind = name.removesuffix("[]")
    same = {"INT": "INTEGER", "BIGINT": "INTEGER", "HUGEINT": "INTEGER", "TEXT": "VARCHAR", "REAL": "FLOAT"}
    times = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
    return {**same, **times}.get(kind, kind) + name[len(kind) :]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_sqlglot_and_duckdb_agree_on_the_tables_a_model_reads(model: Model) -> None:
    with duckdb.connect() as connection:
        [(text,)] = connection.execute("SELECT json_serialize_sql($1)", [model.sql.replace("$day", "today()")]).fetchall()
    tree = json.loads(text)
    assert not tree["error"], tree
    assert model.reads == tuple(sorted(named(tree) - ctes(tree)))


def walk(node: Any) -> list[dict[str, Any]]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return [*([node] if isinstance(node, dict) else []), *(found for child in children for found in walk(child))]


def named(tree: Any) -> set[str]:
    tables = [node for node in walk(tree) if node.get("type") == "BASE_TABLE"]
    return {f"{node['schema_name']}.{node['table_name']}" if node["schema_name"] else node["table_name"] for node in tables}


def ctes(tree: Any) -> set[str]:
    return {entry["key"] for node in walk(tree) if "cte_map" in node for entry in node["cte_map"]["map"]}


def test_models_look_back_at_themselves_where_history_counts() -> None:
    assert [model.name for model in MODELS if model.name in model.reads] == ["model.unique_insights", "model.choices"]


def test_each_model_of_the_house_comes_after_what_it_reads() -> None:
    names = [model.name for model in MODELS]
    assert set(names) == {
        *("model.unique_insights", "model.candidates", "model.choices"),
        *("main.top_insights", "main.related_insights", "main.brief_items", "main.episode_health"),
    }
    for model in MODELS:
        assert all(names.index(name) <= names.index(model.name) for name in model.reads if name in names), model.name


def test_every_model_keeps_one_row_a_thing() -> None:
    assert {model.name for model in MODELS if any(check.kind == "unique" for check in model.checks)} >= {
        "model.unique_insights",
        "model.candidates",
        "model.choices",
        "main.top_insights",
        "main.related_insights",
        "main.brief_items",
        "main.episode_health",
    }
    assert all(any(check.kind == "not_null" for check in model.checks) for model in MODELS)


def test_a_model_in_a_folder_of_its_own_gets_its_schema(tmp_path: Path) -> None:
    folder = copy_sql(tmp_path)
    (folder / "mine").mkdir()
    (folder / "mine" / "one.sql").write_text(HEADER + BODY)
    store = Store(tmp_path / "brief.duckdb", folder)
    [model] = [model for model in read_models(folder) if model.schema == "mine"]
    assert store.materialise(model, DAY) == 1
    assert store.select("mine.one") == [{"published_on": DAY, "n": 1}]
