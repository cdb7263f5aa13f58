"""A list of subscribers as a file, for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from brief_pipeline.records import Subscriber

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so


def render_people(people: Sequence[Subscriber], kind: str) -> str:
    """The list with addresses, as csv or json.

    >>> from datetime import datetime, UTC
    >>> from brief_pipeline.records import Wishes
    >>> ann = Subscriber("5f0c", "ann@example.org", "confirmed", Wishes(("=1+1",)), datetime(2026, 3, 4, tzinfo=UTC))
    >>> render_people([ann], "csv").splitlines()[1]
    "subscriber-5f0c,ann@example.org,confirmed,'=1+1,,7,UTC,2026-03-04T00:00:00+00:00,,"
    """
    rows = [describe_person(person) for person in people]
    if kind == "json":
        return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    written = io.StringIO()
    columns = ("listener", "address", "state", "interests", "dislikes", "hour", "time_zone")
    table = csv.DictWriter(written, [*columns, "created_at", "confirmed_at", "unsubscribed_at"])
    table.writeheader()
    table.writerows({name: _as_cell(value) for name, value in row.items()} for row in rows)
    return written.getvalue()


def describe_person(person: Subscriber) -> dict[str, Any]:
    """All that is known of a subscriber."""
    wishes = person.wishes
    moments = {
        "created_at": person.created_at,
        "confirmed_at": person.confirmed_at,
        "unsubscribed_at": person.unsubscribed_at,
    }
    return {
        "listener": person.listener,
        "address": person.address,
        "state": person.state,
        "interests": list(wishes.interests),
        "dislikes": list(wishes.dislikes),
        "hour": wishes.hour,
        "time_zone": wishes.time_zone,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
    }


def _as_cell(value: Any) -> Any:
    text = "\n".join(value) if isinstance(value, list) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(_FORMULA) else text
