"""Which plot an asset shows, and what is drawn in it: the days up to the last one of the run."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from brief_pipeline.stages.plot import draw_bars, draw_days, draw_distribution, embed_drawing
from brief_pipeline.wiring.house import House

REACH_DAYS = 30  # what a plot over days looks back on


def draw_plots(house: House, asset: str, day: date) -> dict[str, str]:
    """The plots that an asset shows after a run, by name, as Markdown. None where there is nothing to draw."""
    return {name: embed_drawing(name, svg) for name, draw in PLOTS.get(asset, {}).items() if (svg := draw(house, day))}


def _draw_shows(house: House, day: date) -> str | None:
    days = _list_days(day)
    counts: dict[str, float] = defaultdict(float)
    for row in house.store.select("raw.episodes", ("show_title",), published_on=days):
        counts[row["show_title"] or "(no title)"] += 1
    return draw_bars(f"Episodes by show, {_name_span(days)}", "episodes", counts) if counts else None


def _draw_minutes(house: House, day: date) -> str | None:
    days = _list_days(day)
    minutes: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    about = ("published_on", "source", "duration_seconds", "last_second")
    for row in house.store.select("raw.transcripts", about, published_on=days):
        minutes[row["source"]][row["published_on"]] += (row["duration_seconds"] or row["last_second"] or 0.0) / 60
    return _draw_series(f"Minutes of speech by source of the words, {_name_span(days)}", "minutes", days, minutes)


def _draw_scores(house: House, day: date) -> str | None:
    scores = [row["score"] for row in house.store.select("raw.insights", ("score",), published_on=day)]
    title = f"Scores of the {len(scores)} insights of {_name_day(day)}"
    return draw_distribution(title, "score", scores) if scores else None


def _draw_cost(house: House, day: date) -> str | None:
    days = _list_days(day)
    if house.llm is None:
        return None
    usd: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    about = ("published_on", "purpose", "cost_usd")
    for row in house.store.select("raw.llm_calls", about, published_on=days):
        if row["cost_usd"]:
            usd[row["purpose"]][row["published_on"]] += row["cost_usd"]
    return _draw_series(f"Cost of language models by day of the episodes, {_name_span(days)}", "USD", days, usd)


def _draw_told(house: House, day: date) -> str | None:
    days = _list_days(day)
    told: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    about = ("published_on", "listener", "insights_count")
    for row in house.store.select("raw.briefs", about, published_on=days):
        told[row["listener"] or "me"][row["published_on"]] += row["insights_count"]
    return _draw_series(f"Insights told by listener, {_name_span(days)}", "insights", days, told)


PLOTS: Mapping[str, Mapping[str, Callable[[House, date], str | None]]] = {
    "episodes": {"episodes by show": _draw_shows},
    "transcripts": {"minutes by day": _draw_minutes},
    "insights": {"scores of the day": _draw_scores, "cost by day": _draw_cost},
    "brief": {"told by day": _draw_told},
}


def _draw_series(title: str, unit: str, days: Sequence[date], series: Mapping[str, Mapping[date, float]]) -> str | None:
    return draw_days(title, unit, days, series) if any(any(own.values()) for own in series.values()) else None


def _list_days(last: date) -> list[date]:
    return [last - timedelta(days=back) for back in range(REACH_DAYS - 1, -1, -1)]


def _name_span(days: Sequence[date]) -> str:
    return f"{_name_day(days[0])} to {_name_day(days[-1])}"


def _name_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
