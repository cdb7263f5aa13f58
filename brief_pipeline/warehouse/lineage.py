"""Where each column of a SQL model comes from: the columns of the tables, its own included, that its values are made of."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, find_all_in_scope, traverse_scope
from sqlglot.schema import MappingSchema

from brief_pipeline.warehouse.models import DIALECT, Model, Table

Source: TypeAlias = tuple[str, str]  # table (schema.table), column
_PARTS = (exp.Column, exp.TableColumn, exp.Window, exp.Count, exp.Select, exp.SetOperation)  # of an expression: its sources
_LOG = logging.getLogger(__name__)
_Origin: TypeAlias = tuple[Scope | exp.Table, str]  # a column of a query inside the model, or of a table that it reads


def trace_columns(model: Model, tables: Sequence[Table | Model]) -> dict[str, tuple[Source, ...]]:
    """Each column of the model with the columns of tables that its values are made of, from the SELECT's own text.

    `tables`: all that the model may read, itself too where it looks back. A column made of one constant or parameter has no
    sources; one that cannot be traced is not in the result. What merely picks the rows (WHERE, ON, GROUP BY) is no source,
    but for a value that tells of the rows themselves: count(*), row_number(), EXISTS, which of two constants it is.

    >>> from brief_pipeline.warehouse.models import Column
    >>> names = Column("name", "VARCHAR", ""), Column("size", "INTEGER", "")
    >>> towns = Table("raw.towns", "", names, "")
    >>> trace_columns(Model("main.big", "", names, (), "SELECT upper(name) AS name, 1 AS size FROM raw.towns"), [towns])
    {'name': (('raw.towns', 'name'),), 'size': ()}
    """
    traced = {}
    try:
        walk = _Walk(model, tables)
        for column in model.columns:
            with suppress(LookupError, ValueError):
                traced[column.name] = walk.trace(column.name.lower())
    except Exception as error:  # noqa: BLE001 - sqlglot raises all sorts; a description must not cost a day its table
        _LOG.warning("The columns of %s are not all traced: %s", model.name, repr(error))
    return traced


class _Walk:
    """A model's queries, and the way from a column of one to the columns that it is made of."""

    def __init__(self, model: Model, tables: Sequence[Table | Model]) -> None:
        self._declared = {
            table.name.lower(): {column.name.lower(): (table.name, column.name) for column in table.columns}
            for table in tables
        }
        known = MappingSchema(dialect=DIALECT)
        for table in tables:
            known.add_table(table.name, {column.name: column.type for column in table.columns})
        tree = qualify(  # says for each column which table it is of, and writes each * out
            sqlglot.parse_one(model.sql, read=DIALECT),
            dialect=DIALECT,
            schema=known,
            validate_qualify_columns=False,
            allow_partial_qualification=True,
            quote_identifiers=False,
        )
        self._queries = {id(scope.expression): scope for scope in traverse_scope(tree)}
        self._root = self._queries[id(tree)]

    def trace(self, column: str) -> tuple[Source, ...]:
        """The sources of a column. Raises LookupError or ValueError where a name on the way belongs to nothing known."""
        passed = self._follow([(self._root, column)])
        if not _name_tables(passed) and self._is_one_of_several(passed):
            path = {query for query, _ in passed if isinstance(query, Scope)}
            passed |= self._follow([pick for query in path for pick in self._picks(query, self._joins(query, path))])
        return tuple(sorted({self._declared[_name_of(query)][name] for query, name in _name_tables(passed)}))

    def _follow(self, waiting: list[_Origin]) -> set[_Origin]:
        """All that the columns are made of, directly and through other queries."""
        passed: set[_Origin] = set()  # a query that reads itself comes by again
        while waiting:
            origin = waiting.pop()
            if origin not in passed:
                passed.add(origin)
                query, name = origin
                if isinstance(query, Scope):
                    waiting.extend(self._step(query, name))
        return passed

    def _step(self, scope: Scope, name: str) -> Iterator[_Origin]:
        """What a query's output column is made of, one query further in."""
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            yield from _split(scope, query, name)
        elif isinstance(query, exp.UDTF):
            yield from self._unfold(scope, name)
        elif isinstance(query, exp.Subquery):
            yield scope.derived_table_scopes[0], name
        else:
            yield from self._origins(scope, _projection_of(scope, name))

    def _unfold(self, scope: Scope, name: str) -> Iterator[_Origin]:
        """What a column of LATERAL (SELECT ...), unnest(...) or VALUES is made of."""
        inner = [sub for sub in scope.subquery_scopes if name in _names_of(sub)]
        if inner:
            yield from ((sub, name) for sub in inner)
        else:
            yield from self._origins(scope, scope.expression)

    def _origins(self, scope: Scope, node: exp.Expr) -> Iterator[_Origin]:
        """What the value of an expression in a query is made of."""
        for part in find_all_in_scope(node, *_PARTS):
            if isinstance(part, exp.Column):
                yield from self._resolve(scope, part)
            elif isinstance(part, exp.TableColumn):  # a whole row, by its table's name
                yield from self._whole(scope.selected_sources[part.name][1])
            elif isinstance(part, exp.Query):
                if part is not node:
                    yield from self._ask(part)
            else:
                yield from self._count(scope, part)

    def _resolve(self, scope: Scope, column: exp.Column) -> Iterator[_Origin]:
        """Where a column that an expression names is to be found."""
        table, name = column.table, column.name
        if _is_loop_variable(column):
            return
        if not table:  # another column of this SELECT
            if any(part is column for part in _projection_of(scope, name).walk()):
                raise LookupError(f"{name} is of no table here")
            yield scope, name
            return
        outer: Scope | None = scope
        while outer and table not in outer.sources:
            outer = outer.parent
        if outer is None:
            raise LookupError(f"{table}.{name} is of no table here")
        source = outer.sources[table]
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Func):  # range(...) AS source
            yield from self._origins(outer, source.this)
        else:
            yield (source if isinstance(source, exp.Table) else self._complete(source)), name

    def _complete(self, scope: Scope) -> Scope:
        """The whole query, where sqlglot knows its first half only: a recursive one, from inside itself."""
        if self._queries.get(id(scope.expression)) is scope:
            return scope
        cte = scope.expression.find_ancestor(exp.CTE)
        return self._queries[id(cte.this.unnest())] if cte else scope

    def _ask(self, query: exp.Query) -> Iterator[_Origin]:
        """What a subquery inside an expression gives: its columns, or, where it is asked if it has any rows, those."""
        inner = self._queries[id(query)]
        if isinstance(query.parent, exp.Exists):
            yield from self._rows(inner)
        else:
            yield from ((inner, name) for name in query.named_selects)

    def _count(self, scope: Scope, part: exp.Expr) -> Iterator[_Origin]:
        """What a count or a window is made of beside the columns it names: a named window's, or else the rows themselves."""
        named = [w for w in scope.expression.args.get("windows") or () if part.alias and w.this.name == part.alias]
        for window in named:
            yield from self._origins(scope, window)
        while isinstance(part.parent, exp.Window | exp.Filter):
            part = part.parent
        if not named and not part.find(exp.Column, exp.TableColumn):
            yield from self._rows(scope)

    def _rows(self, scope: Scope) -> Iterator[_Origin]:
        """What decides how many rows there are: what picks them, else all of what is read."""
        picks = self._picks(scope, scope.expression.args.get("joins") or ())
        yield from picks
        if not picks:
            for _, source in scope.selected_sources.values():
                yield from self._whole(source)

    def _picks(self, scope: Scope, joins: Collection[exp.Expr]) -> list[_Origin]:
        """What the rows of a query are grouped by, else what they are picked by."""
        arguments = scope.expression.args
        for clauses in ([arguments.get("group")], [arguments.get("where"), arguments.get("qualify"), *joins]):
            found = [origin for clause in clauses if clause for origin in self._origins(scope, clause)]
            if found:
                return found
        return []

    def _joins(self, scope: Scope, path: Collection[Scope]) -> list[exp.Join]:
        """The joins of a query with one of these."""
        sources = {name: source for name, source in scope.sources.items() if isinstance(source, Scope)}
        joins = [join for join in scope.expression.args.get("joins") or () if join.alias_or_name in sources]
        return [join for join in joins if self._complete(sources[join.alias_or_name]) in path]

    def _is_one_of_several(self, passed: set[_Origin]) -> bool:
        """Whether what comes from no table is not one constant: halves of a UNION differ, or a LEFT JOIN finds none."""
        path = {query for query, _ in passed if isinstance(query, Scope)}
        unions = any(isinstance(scope.expression, exp.SetOperation) for scope in path)
        outer = any(join.side for scope in path for join in self._joins(scope, path))
        selects = [
            (query, name) for query, name in passed if isinstance(query, Scope) and isinstance(query.expression, exp.Select)
        ]
        made = {_projection_of(query, name).unalias() for query, name in selects}
        return (unions or outer) and len([value for value in made if not isinstance(value, exp.Column)]) > 1

    def _whole(self, source: Scope | exp.Table) -> Iterator[_Origin]:
        if isinstance(source, exp.Table):
            yield from ((source, name) for name in self._declared[_name_of(source)])
        else:
            query = self._complete(source)
            yield from ((query, name) for name in _names_of(query))


def _split(scope: Scope, union: exp.SetOperation, name: str) -> Iterator[_Origin]:
    """A column of each half of a UNION: by place, or by name; of an EXCEPT, the first half gives the values."""
    halves = scope.set_operation_scopes
    place = union.named_selects.index(name)
    for half in halves[:1] if isinstance(union, exp.Except) else halves:
        names = _names_of(half)
        if not union.args.get("by_name"):
            yield half, names[place]
        elif name in names:
            yield half, name


def _names_of(scope: Scope) -> list[str]:
    query = scope.expression
    return list(query.named_selects) if isinstance(query, exp.Selectable) else []


def _projection_of(scope: Scope, name: str) -> exp.Expr:
    projections: list[exp.Expr] = scope.expression.expressions
    return projections[_names_of(scope).index(name)]


def _name_tables(passed: set[_Origin]) -> list[tuple[exp.Table, str]]:
    return [(query, name) for query, name in passed if isinstance(query, exp.Table)]


def _name_of(table: exp.Table) -> str:
    return f"{table.db or 'main'}.{table.name}".lower()


def _is_loop_variable(column: exp.Column) -> bool:
    """Whether it is the x of [... FOR x IN ...], which is no column."""
    node: exp.Expr = column
    while node.parent:
        loop = node.parent
        if isinstance(loop, exp.Comprehension) and node is not loop.args["iterator"]:
            names = {loop.args[key].name for key in ("expression", "position") if loop.args.get(key)}
            if column.parts[0].name in names:
                return True
        node = loop
    return False
