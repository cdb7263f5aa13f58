"""From an insight's id to the rows that speak of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.stages.explanation import Explanation
from brief_pipeline.stages.why import Row, Traces, build_explanation
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listeners import pick_listener

SHORTEST_PREFIX = 6  # of an id: 24 bits, fewer are mistyped into another insight too easily
NAMED = 5  # of the ids that a prefix may mean, in the message

_REFERENCES = ("insight_id", "of_insight_id", "nearest_id", "feedback_of", "related_id", "group_id")


def explain(house: House, insight_id: str, listener: str | None = None) -> Explanation:
    """Why an insight was told or not, to all listeners or to one. The id may be cut to what is unique.

    Raises SettingsInvalid for an id or a listener that is not known.
    """
    store = house.store
    own_id = find_insight(store, insight_id)
    insight = store.select("raw.insights", insight_id=own_id)[0]
    own = _first(store.select("model.unique_insights", insight_id=own_id))
    group_id = own["group_id"] if own else own_id
    only = {"listener": pick_listener(_list_listeners(house), listener)} if listener else {}
    rows: dict[str, list[Row]] = {
        "candidates": [*store.select("model.candidates", insight_id=own_id, **only)],
        "choices": [*store.select("model.choices", insight_id=own_id, **only)],
        "matches": [*store.select("raw.listener_matches", insight_id=own_id, **only)],
        "told": [*store.select("main.top_insights", insight_id=group_id, **only)],
        "group": [*store.select("model.unique_insights", group_id=group_id)],
        "related": [*store.select("main.related_insights", insight_id=own_id)],
    }
    _add_briefs(store, rows, own_id)
    spoken = {own_id, *_ids_in(rows["candidates"], ("feedback_of",))}
    rows["feedback"] = [*store.select("raw.feedback", insight_id=sorted(spoken), **only)]
    rows["pairs"] = [
        *store.select("raw.insight_pairs", insight_id=own_id),
        *store.select("raw.insight_pairs", other_id=own_id),
    ]
    named = {own_id, *_ids_in([own or {}, *(row for name in rows if name != "pairs" for row in rows[name])], _REFERENCES)}
    episode_id = insight["episode_id"]
    return build_explanation(
        Traces(
            insight=insight,
            said=_read_said(store, named),
            episode=_first(store.select("raw.episodes", episode_id=episode_id)),
            transcript=_first(store.select("raw.transcripts", ("source", "doubts"), episode_id=episode_id)),
            extraction=_first(store.select("raw.extractions", episode_id=episode_id)),
            own=own,
            **rows,
        )
    )


def find_insight(store: Store, prefix: str) -> str:
    """The whole id of an insight, from its first characters. Raises SettingsInvalid unless they are those of one."""
    wanted = prefix.strip()
    if store.select("raw.insights", ("insight_id",), insight_id=wanted):
        return wanted
    if len(wanted) < SHORTEST_PREFIX:
        raise SettingsInvalid(
            f"{wanted!r} is too short for an insight's id: give at least {SHORTEST_PREFIX} characters of it, "
            "as brief show lists them."
        )
    wanted = wanted.lower()  # ids are hex digits, in small letters
    found = _ids_from(store, "raw.insights", wanted)
    if not found and _ids_from(store, "model.choices", wanted):
        raise SettingsInvalid(
            f"The insight {wanted} is gone: its episode was read again since, and gave others in its place. "
            "brief show lists those of a brief that was made again."
        )
    if not found:
        raise SettingsInvalid(
            f"No insight's id begins with {wanted!r}: brief show lists the ids of a brief's insights, "
            "brief show --json in full."
        )
    if len(found) > 1:
        named = ", ".join(found[:NAMED]) + (", ..." if len(found) > NAMED else "")
        raise SettingsInvalid(f"{wanted!r} begins {len(found)} insights' ids: give more characters of one of {named}.")
    return found[0]


def _ids_from(store: Store, table: str, prefix: str) -> list[str]:
    ids = {str(row["insight_id"]) for row in store.select(table, ("insight_id",))}
    return sorted(found for found in ids if found.startswith(prefix))


def _list_listeners(house: House) -> list[str]:
    """Those of the settings, and those that briefs were made for before."""
    rows = house.store.select("raw.listeners", ("listener",))
    return sorted({*house.settings.everyone, *(row["listener"] for row in rows)})


def _add_briefs(store: Store, rows: dict[str, list[Row]], own_id: str) -> None:
    """Adds what else the briefs told that the insight was a candidate of."""
    briefs = {(row["listener"], row["published_on"]) for row in (*rows["candidates"], *rows["choices"])}
    listeners, days = sorted({who for who, _ in briefs}), sorted({day for _, day in briefs})
    told = store.select("main.top_insights", listener=listeners, published_on=days)
    told = [row for row in told if (row["listener"], row["published_on"]) in briefs]
    known = {(row["listener"], row["published_on"], row["insight_id"]) for row in told}
    others = sorted(_ids_in(told, ("insight_id",)) - {own_id})
    gains = store.select("model.choices", insight_id=others, listener=listeners, published_on=days)
    rows["told"] = told + [
        row for row in rows["told"] if (row["listener"], row["published_on"], row["insight_id"]) not in known
    ]
    rows["choices"] += gains


def _ids_in(rows: Iterable[Row], columns: Sequence[str]) -> set[str]:
    return {row[column] for row in rows for column in columns if row.get(column)}


def _read_said(store: Store, ids: Iterable[str]) -> Mapping[str, Row]:
    about = ("insight_id", "episode_id", "feed_id", "published_on", "claim")
    insights = store.select("raw.insights", about, insight_id=sorted(ids))
    episodes = store.select("raw.episodes", ("episode_id", "show_title"), episode_id=[row["episode_id"] for row in insights])
    feeds = store.select("raw.feeds", ("feed_id", "show_title"), feed_id=[row["feed_id"] for row in insights])
    shows = {row["episode_id"]: row["show_title"] for row in episodes}
    of_feeds = {row["feed_id"]: row["show_title"] for row in feeds}  # an episode goes when its show is no longer followed
    return {
        row["insight_id"]: {**row, "show_title": shows.get(row["episode_id"]) or of_feeds.get(row["feed_id"])}
        for row in insights
    }


def _first(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    return rows[0] if rows else None
