"""What a listener says of an insight: raw.feedback."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.explaining import find_insight
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listeners import find_listener

Row = dict[str, Any]
Verdict = Literal["useful", "not_useful", "known", "forget"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Feedback:
    """What was said, and of what."""

    listener: str
    insight_id: str
    claim: str
    verdict: Verdict  # "forget": what was said before is taken back
    before: Verdict | None  # what was said before
    about_on: date  # it counts from the next day's brief on


def give_feedback(house: House, insight_id: str, verdict: str, listener: str | None = None) -> Feedback:
    """Notes what a listener (default: the first) says of an insight, in place of what they said of it before.

    The insight may be named by the first six or more characters of its id. Raises SettingsInvalid.
    """
    chosen, name = read_verdict(verdict), find_listener(house, listener)
    return write_feedback(house, name, find_insight(house.store, insight_id), chosen, house.clock())


def write_feedback(house: House, listener: str, insight_id: str, verdict: Verdict, given_at: datetime) -> Feedback:
    """Notes what a listener says of an insight, by its whole id."""
    [insight] = house.store.select("raw.insights", ("claim", "published_on"), insight_id=insight_id)
    known: Row = {"listener": listener, "insight_id": insight_id}
    before = house.store.select("raw.feedback", ("verdict",), **known)
    told = house.store.select("main.top_insights", ("published_on",), **known)
    about_on: date = min((row["published_on"] for row in told), default=insight["published_on"])
    row = {**known, "verdict": verdict, "about_on": about_on, "given_at": given_at}
    house.store.apply([Change("raw.feedback", [] if verdict == "forget" else [row], known)])
    said_before = before[0]["verdict"] if before else None
    return Feedback(listener, insight_id, insight["claim"], verdict, said_before, about_on)


def read_verdict(text: str) -> Verdict:
    """The verdict a person means: "not-useful" is not_useful. Raises SettingsInvalid."""
    word = re.sub(r"[\s-]+", "_", text.strip().casefold())
    for verdict in VERDICTS:
        if word == verdict:
            return verdict
    said = ", ".join(verdict.replace("_", "-") for verdict in VERDICTS)
    raise SettingsInvalid(f"{text!r} is no verdict. Say one of: {said}.")
