"""Who listens, and how what their brief may draw on suits them: raw.listeners and its kin, raw.listener_matches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import ListenerSettings
from brief_pipeline.stages.taste import (
    Match,
    find_best,
    learn_verdicts,
    list_phrases,
    match_sentence,
    weigh_dislike,
    weigh_interest,
)
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.due import list_late_episodes
from brief_pipeline.wiring.episodes import name_feeds
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import days_between
from brief_pipeline.wiring.timing import each_day, step
from brief_pipeline.wiring.workbench import Reports, merge_notes

Row = dict[str, Any]

SIGNS = {"useful": 1, "not_useful": -1}  # "known" says nothing of the subject
DECIMALS = 6  # the last bits of a vector hang on the machine


def find_listener(house: House, listener: str | None) -> str:
    """The listener of that name, or the first one. Raises SettingsInvalid naming those there are."""
    everyone = list(house.settings.everyone)
    if listener is None:
        return everyone[0]
    name = listener.strip().casefold()
    signed_up = house.store.select("raw.subscribers", ("listener",), listener=name) if name not in everyone else []
    return name if signed_up else pick_listener(everyone, listener)


def pick_listener(everyone: Sequence[str], listener: str) -> str:
    """The one of some listeners that a person means. Raises SettingsInvalid naming them."""
    name = listener.strip().casefold()
    if name not in everyone:
        raise SettingsInvalid(
            f"No listener is called {listener!r}: there is {', '.join(everyone)}. "
            "Name another one in brief.toml, under [listeners.their-name]."
        )
    return name


def write_listeners(house: House, days: Sequence[date]) -> Reports:
    """The listeners of each day's brief, the shows they weigh and the rules: raw.listeners, listener_shows, brief_rules."""
    everyone, feeds = house.settings.everyone, name_feeds(house)
    named = [
        {"listener": name, "interests": tidy(own.interests), "dislikes": tidy(own.dislikes)}
        for name, own in everyone.items()
    ]
    signed_up = {day: list_signed_up(house, day) for day in days}
    listeners = [
        {**row, "position": position, "published_on": day}
        for day in days
        for position, row in enumerate([*named, *signed_up[day]])
    ]
    shows = [row for name, own in everyone.items() for row in _weigh_shows(name, own, feeds)]
    known = {title for titles in feeds.values() for title in titles}
    unknown = sorted({show for own in everyone.values() for show in own.weights if _fold(show) not in known})
    brief = house.settings.brief
    rules = [{"window_days": brief.window_days, "look_back_days": brief.look_back_days}]
    every_day = {
        table: [{**row, "published_on": day} for day in days for row in rows]
        for table, rows in (("raw.listener_shows", shows), ("raw.brief_rules", rules))
    }
    tables = {"raw.listeners": listeners, **every_day}
    house.store.apply([Change(table, rows, {"published_on": list(days)}) for table, rows in tables.items()])
    reports: Reports = {}
    for day in days:
        heads = {"rows": len(named) + len(signed_up[day]), "subscribers": len(signed_up[day])}
        merge_notes(reports, day, **heads, weighed_shows=len(shows))
        if unknown:
            merge_notes(reports, day, unknown_shows=", ".join(unknown))
    return reports


def list_signed_up(house: House, day: date) -> list[Row]:
    """The subscribers that a day's brief is for, by when they confirmed: who they are and what they care about.

    The brief of a day is made on the next one: it is for who had confirmed by then, and had not unsubscribed. So a day
    that is run again later has the listeners that it had.
    """
    made_on = day + timedelta(days=1)
    people = [
        row
        for row in house.store.select("raw.subscribers")
        if row["confirmed_at"].date() <= made_on
        and (row["unsubscribed_at"] is None or row["unsubscribed_at"].date() > made_on)
    ]
    people.sort(key=lambda row: (row["confirmed_at"], row["listener"]))
    return [{name: row[name] for name in ("listener", "interests", "dislikes")} for row in people]


def tidy(sentences: Iterable[str]) -> list[str]:
    """The sentences without blanks around and between them, each once."""
    return list(dict.fromkeys(filter(None, (" ".join(sentence.split()) for sentence in sentences))))


def _weigh_shows(name: str, own: ListenerSettings, feeds: Mapping[str, frozenset[str]]) -> list[Row]:
    """A row for each feed that one of the weights names; the first that does holds."""
    rows = []
    for feed_id, titles in sorted(feeds.items()):
        weight = next((weight for show, weight in own.weights.items() if _fold(show) in titles), None)
        if weight is not None:
            rows.append({"listener": name, "feed_id": feed_id, "weight": weight})
    return rows


def _fold(show: str) -> str:
    return show.strip().casefold()


@dataclass(frozen=True)
class _Insights:
    """Insights and their vectors, in the same order."""

    ids: Sequence[str]
    texts: Sequence[str]
    vectors: np.ndarray  # n x d


@dataclass(frozen=True)
class _Verdicts:
    """What listeners said of insights, all of them together: each has a few of the rows of vectors."""

    vectors: np.ndarray  # m x d
    places: dict[str, int]  # by insight
    rows: Sequence[Row]  # of raw.feedback


def match_listeners(house: House, days: Sequence[date]) -> Reports:
    """How each insight that a day's brief may draw on suits each listener: raw.listener_matches."""
    reports: Reports = {}
    phrases: dict[str, tuple[list[str], np.ndarray]] = {}  # of each sentence, embedded once
    verdicts = _read_verdicts(house)
    for day in each_day(days):
        with step("reading"):
            found = _read_insights(house, _list_candidates(house, day))
        listeners = house.store.select("raw.listeners", published_on=day) if found.ids else []
        sentences = list(dict.fromkeys(text for row in listeners for text in (*row["interests"], *row["dislikes"])))
        for sentence in sentences:
            if sentence not in phrases:  # a call for each: its vectors hang on no other sentence
                with step("embedding"):
                    phrases[sentence] = (parts := list_phrases(sentence)), house.embedder.embed(parts)
        matches = _match_sentences({sentence: phrases[sentence] for sentence in sentences}, found)
        given = replace(verdicts, rows=[row for row in verdicts.rows if row["about_on"] < day])
        cosines = found.vectors @ verdicts.vectors.T if given.rows and listeners else np.zeros((0, 0))
        rows = [row for listener in listeners for row in _match(listener, day, found, matches, given, cosines)]
        with step("writing"):
            house.store.replace("raw.listener_matches", rows, published_on=day)
        merge_notes(
            reports, day, rows=len(rows), listeners=len(listeners), candidates=len(found.ids), verdicts=len(given.rows)
        )
    return reports


def _match_sentences(phrases: Mapping[str, tuple[list[str], np.ndarray]], found: _Insights) -> dict[str, Match]:
    """How near the insights are to each sentence: one product of matrices for all."""
    if not phrases:
        return {}
    cosines = found.vectors @ np.concatenate([vectors for _, vectors in phrases.values()]).T
    ends = np.cumsum([len(parts) for parts, _ in phrases.values()])[:-1]
    return {
        sentence: match_sentence(parts, some, found.texts)
        for (sentence, (parts, _)), some in zip(phrases.items(), np.split(cosines, ends, axis=1), strict=True)
    }


def _list_candidates(house: House, day: date) -> list[str]:
    """The insights that stand for themselves, of the day and the days before its brief draws on, and of what came late."""
    rules = house.store.select("raw.brief_rules", ("window_days",), published_on=day)
    reach = rules[0]["window_days"] if rules else house.settings.brief.window_days
    window = days_between(day - timedelta(days=reach), day)
    late = list_late_episodes(house.store, window)
    of_late = house.store.select("raw.insights", ("insight_id",), episode_id=late) if late else []
    known = {"published_on": list(window)}, {"insight_id": [row["insight_id"] for row in of_late]}
    rows = [
        row
        for scope in known
        for row in house.store.select("model.unique_insights", ("insight_id",), status=["new", "follow_up"], **scope)
    ]
    return sorted({row["insight_id"] for row in rows})


def _read_verdicts(house: House) -> _Verdicts:
    rows = house.store.select("raw.feedback", verdict=list(SIGNS))
    rated = _read_insights(house, sorted({row["insight_id"] for row in rows}))
    places = {insight_id: place for place, insight_id in enumerate(rated.ids)}
    return _Verdicts(rated.vectors, places, [row for row in rows if row["insight_id"] in places])


def _read_insights(house: House, ids: Sequence[str]) -> _Insights:
    """Those of the insights that are there. What was embedded by another model is embedded anew."""
    about = ("insight_id", "claim", "explanation", "text_hash")
    rows = house.store.select("raw.insights", about, insight_id=ids) if ids else []
    rows.sort(key=lambda row: str(row["insight_id"]))
    texts = [f"{row['claim']} {row['explanation']}".strip() for row in rows]
    vectors = house.store.vectors(house.embedder.name, [row["text_hash"] for row in rows])
    missing = {row["text_hash"]: text for row, text in zip(rows, texts, strict=True) if row["text_hash"] not in vectors}
    vectors |= dict(zip(missing, house.embedder.embed(list(missing.values())), strict=True)) if missing else {}
    stacked = np.stack([vectors[row["text_hash"]] for row in rows]) if rows else np.zeros((0, 0), np.float32)
    return _Insights([row["insight_id"] for row in rows], texts, stacked)


def _match(
    listener: Row, day: date, found: _Insights, matches: Mapping[str, Match], given: _Verdicts, cosines: np.ndarray
) -> list[Row]:
    """A row for each insight."""
    own = sorted((row["insight_id"], SIGNS[row["verdict"]]) for row in given.rows if row["listener"] == listener["listener"])
    places = [given.places[insight_id] for insight_id, _ in own]
    between = given.vectors[places] @ given.vectors[places].T
    lesson = learn_verdicts(cosines[:, places], between, [sign for _, sign in own]) if own else None
    interest = find_best([matches[sentence] for sentence in listener["interests"]])
    dislike = find_best([matches[sentence] for sentence in listener["dislikes"]])
    columns: dict[str, Sequence[Any]] = {"insight_id": found.ids}
    if interest:
        columns |= _explain("interest", weigh_interest(interest, lesson), interest.cosine)
        columns["interest_text"] = [listener["interests"][place] for place in interest.which]
    if dislike:
        columns |= _explain("dislike", weigh_dislike(dislike, interest), dislike.cosine)
        columns["dislike_text"] = [listener["dislikes"][place] for place in dislike.which]
    if lesson:
        columns |= _explain("feedback", lesson.value, lesson.cosine)
        columns["feedback_of"] = [own[place][0] for place in lesson.which]
    known = {"listener": listener["listener"], "published_on": day}
    return [{**known, **dict(zip(columns, cells, strict=True))} for cells in zip(*columns.values(), strict=True)]


def _explain(name: str, figure: np.ndarray, cosine: np.ndarray) -> dict[str, list[float]]:
    return {
        name: figure.astype(float).round(DECIMALS).tolist(),
        f"{name}_cosine": cosine.astype(float).round(DECIMALS).tolist(),
    }
