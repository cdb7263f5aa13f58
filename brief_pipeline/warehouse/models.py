"""The SQL half of the pipeline, from dbt_like_sql/: what each table is, its columns, its checks, what it is made from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import sqlglot
from sqlglot import exp

from brief_pipeline.errors import SettingsInvalid

DIALECT = "duckdb"
PARTITION = "published_on"  # the column that every table with partitions has

_COLUMN = re.compile(r"^(?P<name>\w+) (?P<type>[A-Z]+(?:\[\])?): (?P<description>.+)$")
_CHECK = re.compile(r"^(?P<kind>not_null|unique|accepted_values|at_most): (?P<rest>.+)$")


@dataclass(frozen=True)
class Column:
    """A column with its DuckDB type and what it says."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class Check:
    """A promise of a table.

    `unique` and `not_null` name columns, `accepted_values` a column and its values, `at_most` a number of rows a day.
    """

    kind: str
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    limit: int = 0

    @property
    def name(self) -> str:
        return "_".join((self.kind, *self.columns)) if self.columns else f"{self.kind}_{self.limit}_a_day"


@dataclass(frozen=True)
class Table:
    """A raw table as sources.sql declares it."""

    name: str  # schema.table
    description: str
    columns: tuple[Column, ...]
    create: str


@dataclass(frozen=True)
class Model:
    """A SQL file: one SELECT whose header is its contract. The path is the table's name."""

    name: str  # schema.table
    description: str
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    sql: str

    @property
    def table(self) -> str:
        return self.name.split(".")[1]

    @property
    def schema(self) -> str:
        return self.name.split(".")[0]

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The tables the SELECT reads, itself included where it looks back, from its own text."""
        tree = sqlglot.parse_one(self.sql, read=DIALECT)
        inside = {cte.alias for cte in tree.find_all(exp.CTE)}
        tables = (t for t in tree.find_all(exp.Table) if t.db or t.name not in inside)
        return tuple(sorted({f"{t.db or 'main'}.{t.name}" for t in tables}))

    @property
    def create(self) -> str:
        """The statement that makes the empty table."""
        types = [(column.name, exp.DataType.build(column.type, dialect=DIALECT)) for column in self.columns]
        columns = [exp.ColumnDef(this=exp.to_identifier(name), kind=kind) for name, kind in types]
        schema = exp.Schema(this=exp.to_table(self.name), expressions=columns)
        return exp.Create(this=schema, kind="TABLE", exists=True).sql(DIALECT, identify=True)


def read_sources(folder: Path) -> tuple[Table, ...]:
    """The raw tables that Python writes, from sources.sql."""
    statements = sqlglot.parse(_text_of(folder / "sources.sql"), read=DIALECT)
    return tuple(_table_of(statement) for statement in statements if isinstance(statement, exp.Create))


def read_models(folder: Path) -> tuple[Model, ...]:
    """The SQL models, each after what it reads."""
    models = {m.name: m for m in (_model_of(path) for path in sorted(folder.glob("*/*.sql")))}
    ordered: dict[str, Model] = {}

    def place(model: Model, waiting: tuple[str, ...] = ()) -> None:
        if model.name in waiting:
            raise SettingsInvalid(f"SQL models read each other in a circle: {' -> '.join((*waiting, model.name))}")
        for name in model.reads:
            if name in models and name != model.name and name not in ordered:
                place(models[name], (*waiting, model.name))
        ordered[model.name] = model

    for model in models.values():
        if model.name not in ordered:
            place(model)
    return tuple(ordered.values())


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise SettingsInvalid(
            f"{path} is missing: run from a clone of the project (`pip install -e .`), or set BRIEF_HOME to one."
        ) from missing


def _table_of(statement: exp.Create) -> Table:
    schema = statement.this
    columns = tuple(
        Column(c.name, c.args["kind"].sql(DIALECT), " ".join(comment.strip() for comment in c.comments or ()))
        for c in schema.expressions
        if isinstance(c, exp.ColumnDef)
    )
    remarks = [comment.strip() for comment in statement.comments or ()]
    return Table(schema.this.sql(DIALECT), remarks[-1] if remarks else "", columns, statement.sql(DIALECT, comments=False))


def _model_of(path: Path) -> Model:
    """A model from its file. Its header: what it is; `columns`, one `name TYPE: text` a line; `checks`, one a line."""
    sql = _text_of(path)
    name = f"{path.parent.name}.{path.stem}"
    about: list[str] = []
    columns: list[Column] = []
    checks: list[Check] = []
    section = "about"
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        text = line[2:].strip()
        if text in ("columns", "checks"):
            section = text
        elif section == "about":
            about.append(text)
        elif section == "columns" and (column := _COLUMN.match(text)):
            columns.append(Column(**column.groupdict()))
        elif section == "checks" and (check := _CHECK.match(text)):
            checks.append(_check_of(check["kind"], check["rest"]))
        elif text:
            raise SettingsInvalid(f"{path}: a line of the header is not understood: {line!r}")
    if not columns:
        raise SettingsInvalid(f"{path}: the header names no columns.")
    return Model(name, " ".join(about).strip(), tuple(columns), tuple(checks), sql)


def _check_of(kind: str, rest: str) -> Check:
    if kind == "accepted_values":
        column, _, values = rest.partition(":")
        return Check(kind, (column.strip(),), tuple(value.strip() for value in values.split("|")))
    if kind == "at_most":
        return Check(kind, limit=int(rest.split()[0]))
    return Check(kind, tuple(column.strip() for column in rest.split(",")))
