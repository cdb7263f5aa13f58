"""What a range of days holds that is not done yet, and what that will take: read from the tables, nothing is asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from brief_pipeline.records import Episode
from brief_pipeline.stages.episode_rule import find_refusal
from brief_pipeline.stages.estimate import (
    ASKING_SECONDS,
    READING_SECONDS,
    UNSTATED_SECONDS,
    Cost,
    Estimate,
    Pace,
    Slice,
    Work,
    assume_listening,
    measure_pace,
)
from brief_pipeline.stages.insight import EXTRACTOR_VERSION
from brief_pipeline.stages.sentence import WORDS_PER_HOUR
from brief_pipeline.stages.spend import Spend
from brief_pipeline.wiring.episodes import name_feeds, read_rules
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metering import COUNTED
from brief_pipeline.wiring.panel import Panel
from brief_pipeline.wiring.remembering import episode_of

Row = dict[str, Any]

RECENT = 50  # episodes, the last ones, that a pace is measured on: the machine and the settings may have changed before


@dataclass(frozen=True)
class _Done:
    """What is known of the episodes of a range already, by id."""

    transcripts: Mapping[str, Row]
    files: frozenset[str]  # with a publisher's transcript on disk
    extracted: frozenset[str]
    hopeless: frozenset[tuple[str, str]]  # stage and episode that failed for good


def estimate_range(house: House, slices: Sequence[Slice]) -> Estimate:
    """What the slices will take, by what the feeds showed when they were last asked."""
    days = [day for some in slices for day in some]
    works = find_work(house, days)
    whole = sum(works.values(), Work())
    return Estimate(
        tuple(sum((works[day] for day in some), Work()) for some in slices),
        _measure_listening(house),
        _measure_reading(house),
        _estimate_cost(house, whole) if house.llm and whole.read else None,
    )


def find_work(house: House, days: Sequence[date]) -> dict[date, Work]:
    """What is to be done of each day."""
    done = _read_done(house, days)
    found = {day: Work(days=1) for day in days}
    for day, episodes in find_known(house, days).items():
        for episode in episodes:
            found[day] += _weigh(episode, done)
    return found


def find_known(house: House, days: Sequence[date]) -> dict[date, list[Episode]]:
    """The episodes of each day that followed feeds ever showed, as a backfill takes them: no copies, none refused."""
    feeds = {row["feed_id"]: row for row in house.store.select("raw.feeds", ("feed_id",))}
    names = name_feeds(house)
    rules = {feed_id: read_rules(house.settings, sorted(names[feed_id])) for feed_id in feeds}
    columns = ("feed_id", "published_on", "item")
    rows = house.store.select("raw.feed_items", columns, published_on=list(days), feed_id=list(feeds), same_as=None)
    known: dict[date, list[Episode]] = defaultdict(list)
    for row in rows:
        episode = episode_of(row["item"])
        if find_refusal(episode, rules[row["feed_id"]], None, True, False) is None:
            known[row["published_on"]].append(episode)
    return known


def _read_done(house: House, days: Sequence[date]) -> _Done:
    among = {"published_on": list(days)}
    columns = ("episode_id", "words_count", "duration_seconds")
    transcripts = house.store.select("raw.transcripts", columns, **among)
    files = house.store.select("raw.transcript_files", ("episode_id",), **among)
    method = "llm" if house.llm else "extract"
    extracted = house.store.select("raw.extractions", ("episode_id",), method=method, stopped_reason=None, **among)
    failed = house.store.select("raw.failures", ("stage", "item_id"), is_retryable=False, **among)
    return _Done(
        {row["episode_id"]: row for row in transcripts},
        frozenset(row["episode_id"] for row in files),
        frozenset(row["episode_id"] for row in extracted),
        frozenset((row["stage"], row["item_id"]) for row in failed),
    )


def _weigh(episode: Episode, done: _Done) -> Work:
    """What an episode still takes. One whose audio or text failed for good takes nothing more."""
    name = episode.episode_id
    transcript = done.transcripts.get(name)
    is_offered = name in done.files or (bool(episode.transcripts) and ("transcript_files", name) not in done.hopeless)
    is_lost = not transcript and not is_offered and (not episode.audio_url or ("audio", name) in done.hopeless)
    if is_lost or name in done.extracted or ("insights", name) in done.hopeless:
        return Work(episodes=1)
    stated = (transcript or {}).get("duration_seconds") or episode.duration_seconds
    seconds = stated or UNSTATED_SECONDS
    words = transcript["words_count"] if transcript else round(seconds / 3600 * WORDS_PER_HOUR)
    if transcript or is_offered:
        return Work(episodes=1, read=1, words=words)
    return Work(0, 1, 1, seconds, int(not stated), 1, words)


def _measure_listening(house: House) -> Pace:
    columns = ("seconds_spent", "duration_seconds", "made_at")
    heard = house.store.select("raw.transcripts", columns, source=house.transcriber.name)
    recent = sorted((row for row in heard if row["seconds_spent"] and row["duration_seconds"]), key=_when)[-RECENT:]
    seen = [(row["seconds_spent"], row["duration_seconds"]) for row in recent]
    return measure_pace(seen, assume_listening(house.transcriber.name))


def _measure_reading(house: House) -> Pace:
    method, model = ("llm", house.llm.name) if house.llm else ("extract", EXTRACTOR_VERSION)
    columns = ("seconds_spent", "tokens_count", "made_at")
    rows = house.store.select("raw.extractions", columns, method=method, model=model)
    fresh = [row for row in rows if row["tokens_count"] or not house.llm]  # an answer from memory takes no time
    seen = [(row["seconds_spent"], 1.0) for row in sorted(fresh, key=_when)[-RECENT:]]
    return measure_pace(seen, ASKING_SECONDS if house.llm else READING_SECONDS)


def _when(row: Row) -> Any:
    return row["made_at"]


def _estimate_cost(house: House, work: Work) -> Cost:
    """What the model will take: as it did for the words it has read here, else by the rules for prompts and answers."""
    assert house.llm is not None
    settings = house.settings.llm
    panel = Panel(house.llm, settings)
    spent, words, episodes = _read_spent(house, [llm.name for llm in (*panel.writers, *panel.judges)])
    if not words:
        each = panel.estimate(work.words // max(1, work.read))
        usd = None if each.usd is None else each.usd * work.read
        expected = Spend(each.calls * work.read, each.tokens_in * work.read, each.tokens_out * work.read, usd)
        return Cost(house.llm.name, expected, 0, settings.usd_per_run)
    share = work.words / words
    tokens = round(spent.tokens_in * share), round(spent.tokens_out * share)
    price = panel.price(panel.writers)
    usd = (price.of(*tokens) if price else None) if spent.usd is None else spent.usd * share
    return Cost(house.llm.name, Spend(round(spent.calls * share), *tokens, usd), episodes, settings.usd_per_run)


def _read_spent(house: House, models: Sequence[str]) -> tuple[Spend, int, int]:
    """What the models took for the last episodes they read here, the words in those, and how many episodes they are."""
    calls = house.store.select("raw.llm_calls", model=sorted(set(models)), is_cached=False)
    last = {row["episode_id"]: row["asked_at"] for row in sorted(calls, key=lambda row: row["asked_at"])}
    recent = sorted(last, key=lambda name: last[name])[-RECENT:]
    words = {
        row["episode_id"]: row["words_count"]
        for row in house.store.select("raw.transcripts", ("episode_id", "words_count"), episode_id=recent)
    }
    spent = Spend()
    for row in calls:
        if row["episode_id"] in words and row["outcome"] in COUNTED:
            spent += Spend(1, row["tokens_in_count"], row["tokens_out_count"], row["cost_usd"])
    return spent, sum(words.values()), len(words)
