"""The SQL half of the pipeline, from dbt_like_sql/: what each table is, its columns, its checks, what it is made from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from brief_pipeline.errors import SettingsInvalid

DIALECT = "duckdb"
PARTITION = "published_on"  # the column that every table with partitions has
NO_MODELS = frozenset(("checks", "migrations", "pages"))  # folders of SQL files that make no table

_COLUMN = re.compile(r"^(?P<name>\w+) (?P<type>[A-Z]+(?:\[\])?): (?P<description>.+)$")
_CHECK = re.compile(
    r"^(?P<kind>not_null|unique|zero|accepted_values(?=: \w+: )|at_most(?=: \d+ rows a \w+$)|at_least(?=: \w+: [\d.]+$)"
    r"|share(?=: \w+: \w+ <= [\d.]+$)|ratio(?=: \w+ / \w+ <= [\d.]+$)): (?P<rest>.+)$"
)
_WARNINGS = frozenset(("at_least", "share", "ratio"))


@dataclass(frozen=True)
class Column:
    """A column with its DuckDB type and what it says."""

    name: str
    type: str
    description: str

    @property
    def definition(self) -> exp.ColumnDef:
        """How a statement declares it."""
        return exp.ColumnDef(this=exp.to_identifier(self.name), kind=exp.DataType.build(self.type, dialect=DIALECT))


@dataclass(frozen=True)
class Check:
    """A promise of a table.

    `unique` and `not_null` name columns, `zero` columns of counts, `accepted_values` a column and its values, `at_most` a
    number of rows a day, or a day and value of a column. The others warn of what is unlikely and not wrong: `at_least` names
    a column and the least of it (no value passes), `share` a column of lists, a value in them and the largest share of the
    rows that may have it, `ratio` two columns and the largest that the sum of the first may be of the sum of the second.
    """

    kind: str
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    limit: float = 0

    @property
    def name(self) -> str:
        if self.kind == "share":
            return "_".join((self.kind, *self.values))
        if self.kind == "at_most":
            return f"{self.kind}_{self.limit:g}_a_{'_'.join(self.columns) or 'day'}"
        return "_".join((self.kind, *self.columns))

    @property
    def is_warning(self) -> bool:
        return self.kind in _WARNINGS


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

    @property
    def path(self) -> str:
        """Its file."""
        return f"dbt_like_sql/{self.schema}/{self.table}.sql"

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The tables the SELECT reads, itself included where it looks back, from its own text."""
        tree = _parse(self.sql, self.path)[0]
        inside = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        tables = (t for t in tree.find_all(exp.Table) if t.name and (t.db or t.name.lower() not in inside))
        return tuple(sorted({f"{t.db or 'main'}.{t.name}" for t in tables}))

    @property
    def create(self) -> str:
        """The statement that makes the empty table."""
        schema = exp.Schema(this=exp.to_table(self.name), expressions=[column.definition for column in self.columns])
        return exp.Create(this=schema, kind="TABLE", exists=True).sql(DIALECT, identify=True)


def read_sources(folder: Path) -> tuple[Table, ...]:
    """The raw tables that Python writes, from sources.sql. Raises SettingsInvalid naming the file and what is wrong."""
    path = folder / "sources.sql"
    return tuple(_table_of(tree) for tree in _parse(_text_of(path), str(path)) if isinstance(tree, exp.Create))


def read_models(folder: Path) -> tuple[Model, ...]:
    """The SQL models, each after what it reads. Raises SettingsInvalid naming the file and what is wrong."""
    paths = [path for path in sorted(folder.glob("*/*.sql")) if path.parent.name not in NO_MODELS]
    models = {m.name: m for m in map(_model_of, paths)}
    if not models:
        raise _missing(folder / "*" / "*.sql")
    ordered: dict[str, Model] = {}

    def place(model: Model, waiting: tuple[str, ...] = ()) -> None:
        if model.name in waiting:
            raise SettingsInvalid(f"SQL models read each other in a circle: {' -> '.join((*waiting, model.name))}.")
        for name in model.reads:
            if name in models and name != model.name and name not in ordered:
                place(models[name], (*waiting, model.name))
        ordered[model.name] = model

    for model in models.values():
        if model.name not in ordered:
            place(model)
    return tuple(ordered.values())


def list_missing(tables: Sequence[Table | Model], known: Mapping[str, set[str]]) -> list[str]:
    """The statements that make the declared tables and columns that a database does not have yet.

    `known`: table -> its columns. A column that was declared after the table was made has no value in the older rows.
    """
    statements: list[str] = []
    for table in tables:
        if table.name not in known:
            schema = exp.to_identifier(table.name.split(".")[0])
            statements += [exp.Create(this=schema, kind="SCHEMA", exists=True).sql(DIALECT, identify=True), table.create]
            continue
        for column in table.columns:
            if column.name not in known[table.name]:
                added = exp.Alter(this=exp.to_table(table.name), kind="TABLE", actions=[column.definition])
                statements.append(added.sql(DIALECT, identify=True))
    return statements


def _missing(path: Path) -> SettingsInvalid:
    return SettingsInvalid(
        f"{path} is missing: run from a clone of the project (`pip install -e .`), or set BRIEF_HOME to one."
    )


def write_sql(statement: exp.Expression) -> str:
    """A statement as DuckDB takes it. Names are quoted: a column may have a keyword's."""
    return statement.sql(DIALECT, identify=True)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} cannot be read: {error}.") from error


@cache  # the definitions, the store and the models each ask for the same few texts
def _parse(sql: str, path: str) -> tuple[exp.Expr, ...]:
    try:
        return tuple(
            tree for tree in sqlglot.parse(sql, read=DIALECT) if tree is not None and not isinstance(tree, exp.Semicolon)
        )
    except SqlglotError as error:
        raise SettingsInvalid(f"{path} is not SQL that can be read: {' '.join(str(error).split())}") from error


def _table_of(statement: exp.Create) -> Table:
    schema = statement.this
    columns = tuple(
        Column(c.name, c.args["kind"].sql(DIALECT, comments=False), _remarks_in(c))
        for c in schema.expressions
        if isinstance(c, exp.ColumnDef)
    )
    remarks = [comment.strip() for comment in statement.comments or ()]
    return Table(schema.this.sql(DIALECT), remarks[-1] if remarks else "", columns, statement.sql(DIALECT, comments=False))


def _remarks_in(column: exp.Expr) -> str:
    """Its comments, wherever sqlglot hung them: a last column's hang on its NOT NULL."""
    return " ".join(comment.strip() for node in column.walk() for comment in node.comments or ())


def _model_of(path: Path) -> Model:
    """A model from its file. Its header: what it is; `columns`, one `name TYPE: text` a line; `checks`, one a line."""
    sql = _text_of(path)
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
    model = Model(f"{path.parent.name}.{path.stem}", " ".join(about).strip(), tuple(columns), tuple(checks), sql)
    _refuse_broken(model, path)
    return model


def _refuse_broken(model: Model, path: Path) -> None:
    trees = _parse(model.sql, model.path)
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise SettingsInvalid(f"{path}: it must hold one SELECT.")
    if PARTITION not in (names := [column.name for column in model.columns]):
        raise SettingsInvalid(f"{path}: the header names no column {PARTITION}, by which its days are kept.")
    for column in model.columns:
        try:
            column.definition.sql(DIALECT)
        except SqlglotError as error:
            raise SettingsInvalid(f"{path}: {column.name} has a type that is none: {column.type}.") from error
    for check in model.checks:
        if strangers := set(check.columns) - set(names):
            raise SettingsInvalid(f"{path}: check {check.kind} names what is no column: {', '.join(sorted(strangers))}.")


def _check_of(kind: str, rest: str) -> Check:
    if kind == "accepted_values":
        column, _, listed = rest.partition(":")
        return Check(kind, (column.strip(),), tuple(value.strip() for value in listed.split("|")))
    if kind == "at_most":
        most, *_, each = rest.split()
        return Check(kind, () if each == "day" else (each,), limit=int(most))
    if kind == "at_least":
        column, _, least = rest.partition(": ")
        return Check(kind, (column,), limit=float(least))
    if kind in ("share", "ratio"):
        told, _, most = rest.partition(" <= ")
        names = re.split(r": | / ", told)
        of_columns = 2 if kind == "ratio" else 1
        return Check(kind, tuple(names[:of_columns]), tuple(names[of_columns:]), float(most))
    return Check(kind, tuple(column.strip() for column in rest.split(",")))
