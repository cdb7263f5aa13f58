"""An explanation in words, line by line: what `brief why` says. A line that begins with two blanks is of the one before."""

from __future__ import annotations

from collections.abc import Sequence

from brief_pipeline.stages.brief import format_clock, format_day
from brief_pipeline.stages.explanation import SHORT_ID, Explanation, Novelty, Part, Place, Relation, Said, Signs

SHORT_CLAIM = 80  # characters of the claim of an insight that is named in passing
MATCHES = {
    "exact": "quote found word for word",
    "normalised": "quote found by its words, apart from case, spacing and punctuation",
    "run": "quote found by a run of its words",
}


def tell_source(why: Explanation) -> str:
    """Who said it, when and where."""
    when = "" if why.start_seconds is None else f"at {format_clock(why.start_seconds)}, "
    show = why.show_title or "a show that is no longer followed"
    return f"{why.speaker or 'Speaker unknown'}, {when}{show}: {why.episode or '-'} ({format_day(why.published_on)})"


def tell_worth(why: Explanation) -> list[str]:
    """Its value, by whom, and its evidence, with the facts that make it."""
    prompts = f", prompts {why.prompt_version}" if why.prompt_version else ""
    instead = f"; it stood in: {why.fallback_reason}" if why.fallback_reason else ""
    facts = (
        MATCHES.get(why.quote_match or "", "how its quote was found is not known"),
        f"its second is {'not ' if why.start_seconds is None else ''}known",
        f"transcript from {why.transcript_source or 'an unknown source'}",
        f"doubted: {why.transcript_doubts}" if why.transcript_doubts else "not doubted",
        f"speaker {'' if why.speaker else 'not '}known",
    )
    return [
        f"value {format_figure(why.value)}: given by {why.model} ({why.method}{prompts}){instead}",
        f"evidence {format_figure(why.evidence)}: {'; '.join(facts)}",
    ]


def tell_novelty(novelty: Novelty | None) -> list[str]:
    """What it repeats or goes on with, who decided that, and the signs of the pair."""
    if novelty is None:
        return ["Not compared yet."]
    if novelty.of is None:
        return ["New: it neither says again nor goes on with anything that was said before."]
    kind = {"seen": "Seen: it says again", "follow_up": "Follow-up of"}.get(novelty.status, "New, and near to")
    told = f", told on {format_day(novelty.of_on)}" if novelty.was_told and novelty.of_on else ""
    signs = novelty.signs
    decided_by, reason = novelty.decided_by or (signs and signs.decided_by), novelty.reason or (signs and signs.reason)
    because = (f"score {format_figure(novelty.score)}", f"decided by {decided_by}" if decided_by else "", reason)
    lines = [f"{kind} {name_said(novelty.of)}{told}", f"  {'; '.join(said for said in because if said)}"]
    return [*lines, f"  {tell_signs(signs)}"] if signs else lines


def tell_signs(signs: Signs) -> str:
    """How a pair was weighed, in one line."""
    figures = {
        "cosine": signs.cosine,
        "words in common": signs.word_overlap,
        "same": signs.same_score,
        "follow-up": signs.follow_up_score,
        "contradicts": signs.contradicts_score,
    }
    said = [f"{name} {format_figure(figure)}" for name, figure in figures.items() if figure is not None]
    said += [f"differs: {signs.conflict}"] if signs.conflict else []
    said += [f"verdict {signs.verdict.replace('_', '-')}"] if signs.verdict else []
    said += [f"both answer: {signs.question}"] if signs.question else []
    return f"the pair: {'; '.join(said)}"


def tell_group(why: Explanation) -> list[str]:
    """All that say it, and where the one that stands for them was told. Nothing where it stands alone."""
    if why.stands_for_it is None and len(why.group) < 2:
        return []
    standing = why.stands_for_it.insight_id if why.stands_for_it else why.insight_id
    lines = [f"{name_said(said)}{' (stands for all)' if said.insight_id == standing else ''}" for said in why.group]
    told = [f"told to {t.listener} on {format_day(t.day)}, place {t.rank}, as {standing[:SHORT_ID]}" for t in why.group_told]
    return lines + told


def name_place(place: Place) -> str:
    """Whose brief of which day, and what became of it there."""
    fate = f"told, place {place.rank}" if place.rank else f"not told: {place.outcome or 'not chosen yet'}"
    return f"{place.listener}, brief of {format_day(place.day)}: {fate}"


def tell_fate(place: Place, why: Explanation) -> list[str]:
    """Why it was not told, and what it is to this listener, where that is more than what it is to all."""
    lines = [f"{place.reason[:1].upper()}{place.reason[1:]}."] if place.reason else []
    own, of_all = place.novelty, why.novelty
    is_same = of_all is not None and (of_all.of, of_all.status) == (own.of, own.status)
    if own.of is None or own.of.insight_id == why.insight_id or (is_same and not own.was_told):
        return lines
    if place.outcome == "seen" and own.status != "seen":  # what an earlier day may not tell, because a later one did
        told_on = f" on {format_day(own.of_on)}" if own.of_on else ""
        return [*lines, f"The brief that told it{told_on} is that of a later day: {name_said(own.of)}"]
    return lines + tell_novelty(own)


def list_parts(parts: Sequence[Part]) -> list[tuple[str, ...]]:
    """Part, measure, weight, points, because: measure x weight = points."""
    return [
        (
            part.name,
            format_figure(part.measure),
            format_figure(part.points / part.measure) if part.measure and part.points is not None else "",
            "" if part.points is None else f"{part.points + 0.0:+.3f}",  # + 0.0: what takes nothing is no "-0.000"
            f"{part.because or ''}{'' if part.cosine is None else f' (cosine {part.cosine:.2f})'}",
        )
        for part in parts
    ]


def tell_sum(place: Place) -> list[str]:
    """How the parts become the score, and the score the place."""
    total = sum(part.points or 0.0 for part in place.parts)
    floor = " (counted as 0)" if total < 0 else ""
    weight = format_figure(place.show_weight)
    lines = [f"{total:.3f} points{floor} x {weight}, the weight of its show: score {format_figure(place.score, 3)}"]
    if place.nearest:
        among = "those told before it" if place.rank else "those told"
        lines.append(f"most like, of {among}: {name_said(place.nearest, SHORT_CLAIM)}")
        cost = "" if place.gain is None or place.score is None else f": {place.score - place.gain:.3f} less"
        lines.append(f"  cosine {format_figure(place.nearest_cosine)}{cost}")
    if place.gain is not None:
        lines.append(f"gain {place.gain:.3f}: what it was picked by")
    if place.reasons:
        lines.append(f"as the brief says it: {'; '.join(place.reasons)}")
    return lines


def tell_others(place: Place) -> list[str]:
    """What was told in its stead: the last of the brief, and those of its show, or what is as far off the subjects."""
    if place.rank is not None or place.outcome is None:
        return []
    if not place.told:
        return ["Nothing was told in that brief."]
    last, of_its_show = place.told[-1], [told for told in place.told if told.is_of_its_show]
    lines = [f"the last told, place {last.rank}: score {last.score:.3f}, gain {format_figure(last.gain, 3)}"]
    lines.append(f"  {name_said(last.said, SHORT_CLAIM)}")
    for told in of_its_show if place.outcome == "show is full" else ():
        lines.append(f"told of its show, place {told.rank}: score {told.score:.3f}, {name_said(told.said, SHORT_CLAIM)}")
    if place.outcome == "off your subjects":
        told = min(place.told, key=lambda told: (told.interest or 0.0, told.rank))
        said = f"interest {format_figure(told.interest)}, score {told.score:.3f}, {name_said(told.said, SHORT_CLAIM)}"
        lines.append(f"told off the subjects, place {told.rank}: {said}")
    return lines


def tell_relation(link: Relation) -> list[str]:
    """An insight of another show, and what the label rests on."""
    said = (
        f"score {format_figure(link.score)}" if link.score is not None else "",
        f"cosine {link.cosine:.2f}",
        f"decided by {link.decided_by}",
        link.reason,
        f"both answer: {link.question}" if link.question else "",
    )
    return [f"{link.relation}: {name_said(link.to)}", f"  {'; '.join(part for part in said if part)}"]


def name_said(said: Said, most: int | None = None) -> str:
    """Another insight by the first characters of its id, its show, its day and its claim (`most` characters of it).

    >>> name_said(Said("9f3c21aa00b1c2d3", None, None, None))
    '9f3c21aa, which is gone: its episode was read again since'
    """
    if said.claim is None or said.said_on is None:
        return f"{said.insight_id[:SHORT_ID]}, which is gone: its episode was read again since"
    claim = said.claim if most is None or len(said.claim) <= most else f"{said.claim[: most - 1]}…"
    return f"{said.insight_id[:SHORT_ID]} ({said.show_title or 'no longer followed'}, {format_day(said.said_on)}): {claim}"


def format_figure(figure: float | None, places: int = 2) -> str:
    """A figure, or a dash where none is stored.

    >>> format_figure(0.125, 3), format_figure(None)
    ('0.125', '-')
    """
    return "-" if figure is None else f"{figure:.{places}f}"
