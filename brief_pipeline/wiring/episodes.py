"""The episodes of a day, out of all that the followed feeds ever showed: raw.episodes, raw.feed_days."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from brief_pipeline.records import Episode
from brief_pipeline.settings import EpisodeSettings, Settings
from brief_pipeline.stages.episode_rule import EpisodeRules, find_refusal
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.following import followed_shows, named_shows
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.remembering import episode_of
from brief_pipeline.wiring.timing import each_day, step
from brief_pipeline.wiring.workbench import Reports, count_reasons, merge_notes, tell_why

Row = dict[str, Any]

FIRST_LOOK = timedelta(hours=1)  # what is first seen so soon after a feed was first read came with that reading


@dataclass
class _Day:
    """What the feeds showed of one day."""

    rows: list[Row] = field(default_factory=list)  # of raw.episodes
    episodes: Counter[str] = field(default_factory=Counter)  # by feed
    copies: Counter[str] = field(default_factory=Counter)
    refused: dict[str, Counter[str]] = field(default_factory=dict)  # feed -> reason -> items


def find_episodes(house: House, days: Sequence[date], is_backfill: bool = True) -> Reports:
    """The episodes of each day that the listener's rules let through. A backfill reaches back as far as it is asked to."""
    reports: Reports = {}
    feeds = {feed["feed_id"]: feed for feed in house.store.select("raw.feeds")}
    rules = _rules_of_feeds(house, feeds)
    for day in each_day(days):
        found = _sort_out(house, day, feeds, rules, is_backfill)
        looked = [_look_back(house, feed, day, found) for feed in feeds.values()]
        scope = {"published_on": day, "feed_id": list(feeds)}  # what was read of a show that is followed no more stays
        with step("writing"):
            house.store.apply(
                [Change("raw.episodes", found.rows, scope), Change("raw.feed_days", looked, {"published_on": day})]
            )
        refused = sum(sum(reasons.values()) for reasons in found.refused.values())
        merge_notes(reports, day, rows=len(found.rows), shows=len(found.episodes), feeds=len(feeds))
        merge_notes(reports, day, copies=sum(found.copies.values()), refused=refused)
        unread = [f"{row['show_title']}: {row['reason']}" for row in looked if row["status"] == "never read"]
        reasons = sum((Counter(own) for own in found.refused.values()), Counter[str]())
        tell_why(reports, day, "kept out", count_reasons(reasons), "raw.feed_days")
        tell_why(reports, day, "never read", unread, "raw.feed_days")
    return reports


def _sort_out(
    house: House, day: date, feeds: Mapping[str, Row], rules: Mapping[str, EpisodeRules], is_backfill: bool
) -> _Day:
    """The day's items as episodes, copies of other episodes, and those that a rule keeps out."""
    items = house.store.select("raw.feed_items", published_on=day, feed_id=list(feeds))
    copies, found = _find_copies(house, items, feeds), _Day()
    for row in sorted(items, key=lambda row: (row["published_at"], row["episode_id"])):
        feed = feeds[row["feed_id"]]
        if row["episode_id"] in copies:
            found.copies[row["feed_id"]] += 1
        elif reason := _find_refusal(row, feed, rules[row["feed_id"]], is_backfill):
            found.refused.setdefault(row["feed_id"], Counter())[reason] += 1
        else:
            found.episodes[row["feed_id"]] += 1
            found.rows.append({**row["item"], **{name: row[name] for name in ("feed_id", "published_on", "published_at")}})
    return found


def _find_refusal(row: Row, feed: Row, rules: EpisodeRules, is_backfill: bool) -> str | None:
    followed_on = feed["followed_at"].date() if feed["followed_at"] else None
    stood_at_first = bool(feed["first_read_at"]) and row["first_seen_at"] - feed["first_read_at"] < FIRST_LOOK
    return find_refusal(episode_of(row["item"]), rules, followed_on, is_backfill, stood_at_first)


def _find_copies(house: House, items: Sequence[Row], feeds: Mapping[str, Row]) -> set[str]:
    """The items that are copies of an episode which is told of itself: its feed is followed, or it was read before."""
    originals = sorted({row["same_as"] for row in items if row["same_as"]})
    if not originals:
        return set()
    shown = house.store.select("raw.feed_items", ("episode_id", "feed_id"), episode_id=originals)
    told = {row["episode_id"] for row in shown if row["feed_id"] in feeds}
    told |= {row["episode_id"] for row in house.store.select("raw.episodes", ("episode_id",), episode_id=originals)}
    return {row["episode_id"] for row in items if row["same_as"] in told}


def _rules_of_feeds(house: House, feeds: Mapping[str, Row]) -> dict[str, EpisodeRules]:
    """Each feed's rules: those of its show in brief.toml, else those for all shows, else the house's own."""
    names = name_feeds(house)
    return {feed_id: read_rules(house.settings, sorted(names[feed_id])) for feed_id in feeds}


def name_feeds(house: House) -> dict[str, frozenset[str]]:
    """All that each show goes by in brief.toml, case-folded: its titles and its URLs, then and now."""
    feeds = house.store.select("raw.feeds", ("feed_id", "url", "show_title"))
    moves = {row["from_id"]: row["feed_id"] for row in house.store.select("raw.feed_moves", ("from_id", "feed_id"))}
    called = [(feed["feed_id"], (feed["url"], feed["show_title"])) for feed in feeds]
    called += [(show.feed_id, (show.url, show.title)) for show in followed_shows(house.settings, house.store)]
    called += [(moves.get(show.feed_id, show.feed_id), (show.url, show.title)) for show in named_shows(house.settings)]
    names: dict[str, set[str]] = {}
    for feed_id, some in called:
        names.setdefault(feed_id, set()).update(name.strip().casefold() for name in some if name)
    return {feed_id: frozenset(some) for feed_id, some in names.items()}


def read_rules(settings: Settings, names: Sequence[str | None]) -> EpisodeRules:
    """The rules for the show that goes by any of these names (titles, URLs)."""
    wanted = {name.strip().casefold() for name in names if name}
    own = next((rules for name, rules in settings.shows.items() if name.strip().casefold() in wanted), EpisodeSettings())
    given = {**settings.episodes.model_dump(exclude_none=True), **own.model_dump(exclude_none=True)}
    rules: Row = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return EpisodeRules(**rules)


def _look_back(house: House, feed: Row, day: date, found: _Day) -> Row:
    """What became of a feed on a day: its episodes, or why there are none."""
    feed_id = feed["feed_id"]
    refused = found.refused.get(feed_id, Counter())
    if found.episodes[feed_id]:
        status, reason = "episodes", None
    elif not feed["body_sha256"]:
        status, reason = "never read", feed["reason"]
    else:
        status, reason = "none that day", _say_why_none(feed, found.copies[feed_id], refused)
    return {
        "feed_id": feed_id,
        "published_on": day,
        "show_title": feed["show_title"] or feed["url"],
        "status": status,
        "reason": reason,
        "episodes_count": found.episodes[feed_id],
        "copies_count": found.copies[feed_id],
        "refused": dict(refused),
        "looked_at": house.clock(),
    }


def _say_why_none(feed: Row, copies: int, refused: Mapping[str, int]) -> str:
    said = [f"{count} kept out: {reason}" for reason, count in refused.items()]
    said += [f"{copies} are copies of episodes that are told of elsewhere"] if copies else []
    if not said:
        newest = feed["newest_published_at"]
        said = [f"its newest episode is of {newest:%Y-%m-%d}" if newest else "it holds no episodes"]
    return "; ".join(said + ([f"it is {feed['status']} now: {feed['reason']}"] if feed["reason"] else []))


def episodes_of(house: House, days: Sequence[date]) -> list[Episode]:
    """The episodes of the days, as records, oldest first."""
    rows = house.store.select("raw.episodes", published_on=list(days))
    return sorted(map(episode_of, rows), key=lambda episode: (episode.published_at, episode.episode_id))
