"""Those who signed up for briefs by mail, taken in as listeners, and what they said of insights: raw.subscribers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brief_pipeline.engines.subscribers import Subscribers
from brief_pipeline.errors import PassingFailure, SettingsInvalid, StoreUnreadable
from brief_pipeline.records import Subscriber, SubscriberFeedback
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.feedback import read_verdict, write_feedback
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.workbench import Item, Reports, merge_notes, work_through

Row = dict[str, Any]

STAGE = "subscribers"


@dataclass(frozen=True)
class _Known:
    """What the subscribers' database holds that the pipeline goes by."""

    people: Sequence[Subscriber]
    feedback: Sequence[SubscriberFeedback]
    forgotten: int


def take_in_subscribers(house: House) -> Reports:
    """Those who confirmed, and those who unsubscribed a while ago, without their addresses; and their feedback.

    When their database cannot be had, they stay as they were: the others' briefs do not wait for it.
    """
    rows: list[Row] = []
    counts: dict[str, int] = {"feedback": 0, "unknown_insights": 0, "forgotten": 0}
    if house.subscribers is None:
        house.store.apply([Change("raw.subscribers", [], {"listener": _list_known(house)})])
        reports: Reports = {}
        merge_notes(reports, None, rows=0)
        return reports

    def read(item: Item[Subscribers]) -> _Known:
        try:
            forgotten = item.value.forget_old(house.clock())
            people = item.value.list_subscribers("confirmed", "unsubscribed")
            return _Known(people, item.value.list_feedback(), forgotten)
        except (StoreUnreadable, SettingsInvalid) as wrong:  # a row of raw.failures: no reason to stop the run
            raise PassingFailure(str(wrong)) from wrong

    def keep(item: Item[Subscribers], known: _Known) -> None:
        rows.extend(_describe(person) for person in known.people if person.confirmed_at)
        names = {*_list_known(house), *(row["listener"] for row in rows)}
        house.store.apply([Change("raw.subscribers", rows, {"listener": sorted(names)})])
        counts["forgotten"] = known.forgotten
        counts["feedback"] = _take_feedback(house, known.feedback)
        counts["unknown_insights"] = len(known.feedback) - counts["feedback"]
        item.value.settle_feedback(known.feedback)

    item = Item(STAGE, "the subscribers' database", None, STAGE, False, house.subscribers)
    reports = work_through(house, STAGE, [item], read, keep, may_all_fail=True, retries_permanent=True)
    merge_notes(reports, None, rows=len(rows), **Counter(str(row["state"]) for row in rows), **counts)
    return reports


def _list_known(house: House) -> list[str]:
    return [row["listener"] for row in house.store.select("raw.subscribers", ("listener",))]


def _describe(person: Subscriber) -> Row:
    wishes = person.wishes
    return {
        "listener": person.listener,
        "state": person.state,
        "interests": list(wishes.interests),
        "dislikes": list(wishes.dislikes),
        "hour": wishes.hour,
        "time_zone": wishes.time_zone,
        "confirmed_at": person.confirmed_at,
        "unsubscribed_at": person.unsubscribed_at,
    }


def _take_feedback(house: House, feedback: Sequence[SubscriberFeedback]) -> int:
    """Writes what was said of insights that there are. Gives their number."""
    asked = sorted({one.insight_id for one in feedback})
    found = house.store.select("raw.insights", ("insight_id",), insight_id=asked) if asked else []
    known = {row["insight_id"] for row in found}
    given = [one for one in feedback if one.insight_id in known]
    for one in given:
        write_feedback(house, one.listener, one.insight_id, read_verdict(one.verdict), one.given_at)
    return len(given)
