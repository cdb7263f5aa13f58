"""What the header of a SQL model promises of its rows, in words, and the rows that break it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brief_pipeline.warehouse.models import PARTITION, Check, Model

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Promise:
    """What holds of the rows that an asset writes, or something is wrong."""

    name: str
    asset: str
    said: str  # what is promised, for people
    is_blocking: bool  # what comes after the asset is not made where it is broken
    why: str  # it blocks, or only warns
    cure: str  # what to do


def read_contract(model: Model) -> list[tuple[Promise, Check]]:
    """A model's promises with the checks that look after them."""
    return [(_to_promise(model, check), check) for check in model.checks]


def tell(check: Check) -> str:
    """What a check promises, in words.

    >>> tell(Check("unique", ("listener", "rank"))), tell(Check("at_most", ("listener",), limit=5))
    ('No two rows have the same listener and rank.', 'There are at most 5 rows a day and listener.')
    """
    names, values = enumerate_words(check.columns), enumerate_words(check.values, "or")
    return {
        "unique": f"No two rows have the same {names}.",
        "not_null": f"No row is without its {names}.",
        "accepted_values": f"Each {names} is {values}.",
        "zero": f"Each {names} is 0.",
        "at_most": f"There are at most {check.limit:g} rows a day{f' and {names}' if names else ''}.",
        "at_least": f"Each {names} is at least {check.limit:g}, where it is known.",
        "share": f"At most {check.limit:.0%} of the rows have {values} among their {names}.",
        "ratio": f"All {f' together are at most {check.limit:g} of all '.join(check.columns)}.",
    }[check.kind]


def enumerate_words(words: Sequence[str], joint: str = "and") -> str:
    """Words as people list them.

    >>> enumerate_words(["show", "title", "day"]), enumerate_words(["show"]), enumerate_words(())
    ('show, title and day', 'show', '')
    """
    return f" {joint} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def list_broken(check: Check, rows: Sequence[Row]) -> list[Row]:
    """The rows that a promise does not hold for; of several with one key, or over a limit, all but as many as may be."""
    if check.kind in ("at_most", "unique"):
        names, most = (check.columns, 1) if check.kind == "unique" else ((PARTITION, *check.columns), check.limit)
        keys: Counter[Any] = Counter()
        broken = []
        for row in rows:
            key = tuple(row[name] for name in names)
            keys[key] += 1
            if keys[key] > most:
                broken.append(row)
        return broken
    return [row for row in rows if _is_broken(check, row)]


def measure_share(check: Check, rows: Sequence[Row], broken: int) -> float | None:
    """What a check on a whole compares with its limit; None where each row counts for itself."""
    if check.kind == "share":
        return broken / len(rows) if rows else 0.0
    if check.kind == "ratio":
        part, whole = (sum(row[name] or 0 for row in rows) for name in check.columns)
        return part / whole if whole else 0.0
    return None


def _to_promise(model: Model, check: Check) -> Promise:
    if check.is_warning:
        why = "it is unlikely and not wrong: the rows are worth a look, and what is made from them is true."
        cure = f"Look at the rows named, in {model.name}."
    else:
        why = "it can only break by a defect, and what is made from the rows would be wrong with them."
        cure = f"Run the day again. If it stays, that is a defect of {model.path}: report it with the rows named."
    return Promise(check.name, model.table, tell(check), not check.is_warning, why, cure)


def _is_broken(check: Check, row: Row) -> bool:
    values = [row[name] for name in check.columns]
    if check.kind == "not_null":
        return any(value is None for value in values)
    if check.kind == "zero":
        return any(values)
    if check.kind == "at_least":
        return values[0] is not None and values[0] < check.limit
    if check.kind == "share":
        return check.values[0] in (values[0] or ())
    if check.kind == "ratio":
        return bool(values[0])
    return values[0] not in check.values
