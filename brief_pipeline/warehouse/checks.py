"""What is promised of the rows, from dbt_like_sql/checks/, and the rows that break it (dbt calls them singular tests)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.contract import Promise, enumerate_words
from brief_pipeline.warehouse.models import DIALECT, PARTITION, Table
from brief_pipeline.warehouse.store import Store

Row = dict[str, Any]

DAYS = "days"  # the one parameter: the days that a run is about
SEVERITIES = ("blocking", "warning")
NAMED = ("listener", "episode_id", "insight_id")  # what a row may be about that has a name for people

_ENTRY = re.compile(r"^--\s?(?P<key>asset|severity|why|cure): *(?P<text>.*)$")
_KEY = re.compile(r"\bKey: (?P<columns>\w+(?:, \w+)*)\.$")
_PARTS = ("asset", "severity", "why", "cure")


@dataclass(frozen=True)
class SqlCheck(Promise):
    """A promise that is looked after by one SELECT: it gives the rows that break it; none, where it holds.

    A row names what it is about (episode_id, insight_id, listener ...) and says in `fault`, in words, what is wrong.
    """

    sql: str

    @property
    def is_of_days(self) -> bool:
        """Whether it looks at the days of a run; else at all that there is."""
        return f"${DAYS}" in self.sql


def read_checks(folder: Path) -> tuple[SqlCheck, ...]:
    """The checks, by name. Raises SettingsInvalid naming the file, the line and what is wrong."""
    paths = sorted((folder / "checks").glob("*.sql"))
    if not paths:
        raise SettingsInvalid(
            f"{folder / 'checks'} holds no checks: run from a clone of the project, or set BRIEF_HOME to one."
        )
    return tuple(map(_read_check, paths))


def find_broken(store: Store, check: SqlCheck, days: Sequence[date] = ()) -> list[Row]:
    """The rows of some days that break a promise. Raises SettingsInvalid where its SELECT does not run."""
    try:
        return store.query(check.sql, **({DAYS: list(days)} if check.is_of_days else {}))
    except ValueError as wrong:
        raise SettingsInvalid(f"The check {check.name} (dbt_like_sql/checks) does not run: {wrong}") from wrong


def promise_keys(asset: str, tables: Sequence[Table], is_daily: bool) -> SqlCheck:
    """That the tables of an asset have no two rows of one key, of those that sources.sql names."""
    keyed = [(table, columns) for table in tables if (columns := key_of(table))]
    told = "; ".join(f"{table.name} of its {enumerate_words(columns)}" for table, columns in keyed)
    doubled: list[exp.Query] = [_find_doubled(table, columns, is_daily) for table, columns in keyed]
    return SqlCheck(
        name="unique_keys",
        asset=asset,
        said=f"There is one row, and no second one, {told}.",
        is_blocking=True,
        why="a row that is there twice counts twice in all that is made from it, and may be told twice.",
        cure="Delete the rows named (duckdb data/brief.duckdb) and run the day again: they are written anew.",
        sql=reduce(_unite, doubled).sql(DIALECT, identify=True),
    )


def key_of(table: Table) -> tuple[str, ...]:
    """The columns that no two rows of a table have in common, as the end of its comment in sources.sql names them."""
    found = _KEY.search(table.description)
    if not found:
        return ()
    columns = tuple(found["columns"].split(", "))
    if strangers := set(columns) - {column.name for column in table.columns}:
        raise SettingsInvalid(
            f"sources.sql: the key of {table.name} names what is no column: {', '.join(sorted(strangers))}."
        )
    return columns


def _find_doubled(table: Table, key: Sequence[str], is_daily: bool) -> exp.Select:
    """The keys of the days' rows that another row of the table, of whichever day, has too."""
    columns = [exp.column(name) for name in key]
    is_of_days = is_daily and PARTITION in {column.name for column in table.columns}
    words = [exp.Literal.string(f"{table.name}: "), exp.func("count", exp.Star()), exp.Literal.string(" rows of ")]
    for place, column in enumerate(columns):
        words += [exp.Literal.string(f"{', ' if place else ''}{column.name} "), column]
    named = [column for column in columns if column.name in NAMED]
    fault = exp.alias_(exp.func("concat", *words), "fault")
    doubled = exp.select(*named, fault).from_(table.name).group_by(*columns)
    if is_of_days:
        days = exp.select(exp.func("unnest", exp.Placeholder(this=DAYS)))
        own = exp.select(*columns).from_(table.name).where(exp.column(PARTITION).isin(query=days))
        doubled = doubled.where(exp.In(this=exp.Tuple(expressions=columns), query=own.subquery()))
    return doubled.having(exp.GT(this=exp.func("count", exp.Star()), expression=exp.Literal.number(1)))


def _unite(some: exp.Query, others: exp.Query) -> exp.Query:
    union = exp.union(some, others, distinct=False)
    union.set("by_name", True)
    return union


def _read_check(path: Path) -> SqlCheck:
    try:
        sql = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} cannot be read: {error}.") from error
    header = _read_header(path, sql)
    if header["severity"] not in SEVERITIES:
        raise SettingsInvalid(f"{path}: its severity is {header['severity']!r}: write {' or '.join(SEVERITIES)}.")
    _refuse_other_sql(path, sql)
    return SqlCheck(
        name=path.stem,
        asset=header["asset"],
        said=header["said"],
        is_blocking=header["severity"] == "blocking",
        why=header["why"],
        cure=header["cure"],
        sql=sql,
    )


def _read_header(path: Path, sql: str) -> dict[str, str]:
    """The header's parts: what is promised, then a line for each of the others, which may go on over lines."""
    found: dict[str, list[str]] = {"said": []}
    part = "said"
    for number, line in enumerate(sql.splitlines(), 1):
        if not line.startswith("--"):
            break
        entry = _ENTRY.match(line)
        if entry and entry["key"] in found:
            raise SettingsInvalid(f"{path}, line {number}: it says {entry['key']} a second time.")
        if entry:
            part = entry["key"]
        found.setdefault(part, []).append(entry["text"] if entry else line[2:].strip())
    header = {part: " ".join(filter(None, lines)) for part, lines in found.items()}
    if not header["said"]:
        raise SettingsInvalid(f"{path}, line 1: it must say what is promised: `-- Each quote is ...`.")
    if missing := [part for part in _PARTS if not header.get(part)]:
        raise SettingsInvalid(f"{path}: its header has no {missing[0]}: add a line `-- {missing[0]}: ...`.")
    return header


def _refuse_other_sql(path: Path, sql: str) -> None:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=DIALECT) if tree is not None]
    except SqlglotError as error:
        raise SettingsInvalid(f"{path} is not SQL that can be read: {' '.join(str(error).split())}") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise SettingsInvalid(f"{path}: it must hold one SELECT.")
    if strangers := {found.name for found in trees[0].find_all(exp.Placeholder)} - {DAYS}:
        raise SettingsInvalid(f"{path}: it asks for ${', $'.join(sorted(strangers))}: there is ${DAYS} alone.")
