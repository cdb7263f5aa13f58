"""Why an insight was told, or not: each score and label of it, with the stored columns that it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from brief_pipeline.stages.explanation import Explanation, Novelty, Opinion, Part, Place, Relation, Said, Signs, Told

PARTS = ("value", "interest", "evidence", "novelty", "corroboration", "feedback", "dislike")  # of a score: model.choices
TOLERANCE = 2e-6  # scores are stored to six places

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Traces:
    """The rows that speak of one insight, by the table they lie in."""

    insight: Row  # raw.insights
    said: Mapping[
        str, Row
    ]  # by id, raw.insights with show_title: every insight that the other rows name, as far as it is there
    episode: Row | None = None  # raw.episodes: None where its show is no longer followed
    transcript: Row | None = None  # raw.transcripts
    extraction: Row | None = None  # raw.extractions
    own: Row | None = None  # model.unique_insights: None where its day was not compared yet
    group: Sequence[Row] = ()  # model.unique_insights: all that the same insight stands for
    pairs: Sequence[Row] = ()  # raw.insight_pairs, from either side
    candidates: Sequence[Row] = ()  # model.candidates
    choices: Sequence[Row] = ()  # model.choices: its own, and what else was told in the same briefs
    matches: Sequence[Row] = ()  # raw.listener_matches
    told: Sequence[Row] = ()  # main.top_insights: the same briefs, and those that told what stands for it
    feedback: Sequence[Row] = ()  # raw.feedback: on it, and on those whose feedback counted
    related: Sequence[Row] = ()  # main.related_insights


def build_explanation(traces: Traces) -> Explanation:
    """The rows, put together. What does not fit is said in `defects`, never smoothed over."""
    insight, own = traces.insight, traces.own
    places, group_id = _places_of(traces), own["group_id"] if own else insight["insight_id"]
    is_stood_for = group_id != insight["insight_id"]
    return Explanation(
        insight_id=insight["insight_id"],
        claim=insight["claim"],
        explanation=insight["explanation"],
        quote=insight["quote"],
        quote_match=insight["quote_match"],
        speaker=insight["speaker"],
        start_seconds=insight["quote_start_seconds"],
        show_title=(traces.episode or traces.said.get(insight["insight_id"], {})).get("show_title"),
        episode=(traces.episode or {}).get("title"),
        published_on=insight["published_on"],
        transcript_source=(traces.transcript or {}).get("source"),
        transcript_doubts=(traces.transcript or {}).get("doubts"),
        method=insight["method"],
        model=insight["model"],
        prompt_version=(traces.extraction or {}).get("prompt_version"),
        fallback_reason=(traces.extraction or {}).get("fallback_reason"),
        value=insight["score"],
        evidence=own["evidence"] if own else None,
        novelty=_novelty_of_house(traces, own) if own else None,
        stands_for_it=_said(traces, group_id) if is_stood_for else None,
        group=tuple(_said(traces, row["insight_id"]) for row in sorted(traces.group, key=_by_day)),
        group_told=tuple(_told(traces, row) for row in traces.told if is_stood_for and row["insight_id"] == group_id),
        places=places,
        opinions=tuple(
            Opinion(row["listener"], row["verdict"], row["about_on"])
            for row in sorted(traces.feedback, key=lambda row: row["listener"])
            if row["insight_id"] == insight["insight_id"]
        ),
        related=_relations_of(traces),
        untold_reason=None if places else _say_untold(traces),
        defects=tuple(defect for place in places for defect in _find_defects(traces, place)),
    )


def render_why_json(explanation: Explanation) -> str:
    """The explanation as JSON, with keys in order: the same rows give the same bytes."""
    return json.dumps(asdict(explanation), default=_as_text, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def render_related_json(explanation: Explanation) -> str:
    """What is worth reading with the insight, as JSON."""
    content = {
        "insight_id": explanation.insight_id,
        "claim": explanation.claim,
        "show_title": explanation.show_title,
        "related": [asdict(link) for link in explanation.related],
    }
    return json.dumps(content, default=_as_text, ensure_ascii=False, indent=2) + "\n"


def _places_of(traces: Traces) -> tuple[Place, ...]:
    own = traces.insight["insight_id"]
    candidates, choices = _by_brief(traces.candidates, own), _by_brief(traces.choices, own)
    told, matches = _by_brief(traces.told, own), _by_brief(traces.matches, own)
    return tuple(
        _place_of(traces, brief, *(rows.get(brief, {}) for rows in (candidates, choices, matches, told)))
        for brief in sorted(candidates.keys() | choices.keys(), key=lambda brief: (brief[1], brief[0]))
    )


def _by_brief(rows: Sequence[Row], insight_id: str) -> dict[tuple[str, date], Row]:
    return {(row["listener"], row["published_on"]): row for row in rows if row["insight_id"] == insight_id}


def _place_of(traces: Traces, brief: tuple[str, date], candidate: Row, choice: Row, match: Row, top: Row) -> Place:
    listener, day = brief
    of = choice.get("of_insight_id")
    novelty = Novelty(
        status=choice.get("status") or candidate["status"],
        of=_said(traces, of) if of else None,
        of_on=choice.get("of_on"),
        was_told=bool(choice.get("is_of_told")),
        score=choice.get("of_score"),
        signs=_signs_with(traces, of),
    )
    parts = tuple(_part_of(traces, name, listener, candidate, choice, match) for name in PARTS)
    others = [row for row in traces.told if (row["listener"], row["published_on"]) == brief]
    return Place(
        listener=listener,
        day=day,
        novelty=novelty,
        parts=parts,
        show_weight=candidate.get("show_weight"),
        total=_add_up(parts, candidate.get("show_weight")),
        score=choice.get("score"),
        gain=choice.get("gain"),
        nearest=_said(traces, choice["nearest_id"]) if choice.get("nearest_id") else None,
        nearest_cosine=choice.get("nearest_cosine"),
        rank=choice.get("rank"),
        outcome=choice.get("outcome"),
        reason=choice.get("reason"),
        reasons=tuple(top.get("reasons") or ()),
        told=tuple(_told(traces, row) for row in sorted(others, key=lambda row: row["rank"])),
    )


def _add_up(parts: Sequence[Part], show_weight: float | None) -> float | None:
    """A score from its parts, as model.choices makes it: nothing is under 0. None where a part is not stored."""
    points = [part.points for part in parts if part.points is not None]
    if show_weight is None or len(points) < len(parts):
        return None
    return show_weight * max(0.0, sum(points))


def _part_of(traces: Traces, name: str, listener: str, candidate: Row, choice: Row, match: Row) -> Part:
    measure = (choice if name == "novelty" else candidate).get(name)
    because, cosine = None, None
    if name in ("interest", "dislike") and candidate.get(f"{name}_text"):
        because, cosine = candidate[f"{name}_text"], match.get(f"{name}_cosine")
    elif name == "feedback" and candidate.get("feedback_of"):
        because, cosine = _say_feedback(traces, listener, candidate["feedback_of"]), match.get("feedback_cosine")
    elif name == "interest" and measure:
        because = "no interest is named"
    elif name == "corroboration":
        voices = candidate.get("voices") or 0
        because = f"{voices or 'no'} other show{'' if voices == 1 else 's'} said it"
    elif name == "novelty":
        because = (choice.get("status") or "").replace("_", "-") or None
    return Part(name, measure, choice.get(f"{name}_points"), because, cosine)


def _say_feedback(traces: Traces, listener: str, insight_id: str) -> str:
    verdicts = {row["insight_id"]: row["verdict"] for row in traces.feedback if row["listener"] == listener}
    verdict = str(verdicts.get(insight_id, "taken back since")).replace("_", " ")
    return f"{verdict}: {_said(traces, insight_id).claim or insight_id}"


def _novelty_of_house(traces: Traces, own: Row) -> Novelty:
    of = own["of_insight_id"]
    return Novelty(
        status=own["status"],
        of=_said(traces, of) if of else None,
        of_on=own["of_published_on"],
        score=own["of_score"],
        decided_by=own["decided_by"],
        reason=own["reason"],
        signs=_signs_with(traces, of),
    )


def _signs_with(traces: Traces, other: str | None) -> Signs | None:
    """The pair, as the later day's run weighed it; of two rows the one that this insight's own day wrote."""
    own = traces.insight["insight_id"]
    rows = [row for row in traces.pairs if other in (row["insight_id"], row["other_id"]) and other != own]
    rows.sort(key=lambda row: (row["verdict"] is None, row["insight_id"] != own))
    if not rows:
        return None
    stored: dict[str, Any] = {column.name: rows[0][column.name] for column in fields(Signs)}
    return Signs(**stored)


def _relations_of(traces: Traces) -> tuple[Relation, ...]:
    """Each related one once, the first to read first: two days may have found the same two."""
    first = sorted(
        traces.related, key=lambda row: (row["position"] is None, row["position"], -row["cosine"], row["related_id"])
    )
    rows: dict[str, Row] = {}
    for row in first:
        rows.setdefault(row["related_id"], row)
    about = ("relation", "position", "cosine", "score", "question", "decided_by", "reason")
    return tuple(Relation(_said(traces, other), *(row[name] for name in about)) for other, row in rows.items())


def _said(traces: Traces, insight_id: str) -> Said:
    row = traces.said.get(insight_id, {})
    return Said(insight_id, row.get("claim"), row.get("show_title"), row.get("published_on"))


def _told(traces: Traces, row: Row) -> Told:
    listener, day, own = row["listener"], row["published_on"], row["insight_id"]
    gain = _by_brief(traces.choices, own).get((listener, day), {}).get("gain")
    is_of_its_show = traces.said.get(own, {}).get("feed_id") == traces.insight["feed_id"]
    return Told(listener, day, row["rank"], row["score"], gain, _said(traces, own), is_of_its_show, row.get("interest"))


def _say_untold(traces: Traces) -> str:
    day, own = traces.insight["published_on"], traces.own
    if traces.episode is None:
        return "No brief draws on it: its show is no longer followed."
    if own is None:
        return f"The insights of {day} were not compared yet: brief run --day {day} does it."
    if own["status"] == "seen":
        return f"No brief draws on it: {own['reason'] or 'it was said before'}."
    return f"No brief that may draw on it was chosen yet: brief run --day {day} makes that of its own day."


def _find_defects(traces: Traces, place: Place) -> list[str]:
    brief, cure = f"{place.listener}, {place.day}", f"brief run --day {place.day} makes it again."
    if place.outcome is None:
        return [f"{brief}: it was weighed, and the brief was not chosen since: {cure}"]
    defects = []
    if place.total is None:
        defects.append(f"{brief}: the parts of its score are not stored: {cure}")
    elif place.score is None or abs(place.total - place.score) > TOLERANCE:
        defects.append(f"{brief}: its parts add up to {place.total:.6f}, and the stored score is {place.score}: {cure}")
    shown = [(told.rank, told.score) for told in place.told if told.said.insight_id == traces.insight["insight_id"]]
    if shown != ([(place.rank, place.score)] if place.rank is not None else []):
        defects.append(f"{brief}: main.top_insights is not made from what model.choices holds: {cure}")
    return defects


def _by_day(row: Row) -> tuple[date, str]:
    return row["published_on"], row["insight_id"]


def _as_text(value: date | datetime) -> str:
    return value.isoformat()
