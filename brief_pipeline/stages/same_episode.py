"""Which episodes are one though feeds say two: edited, moved to another host, or told again by a second feed of the show."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from brief_pipeline.records import Episode
from brief_pipeline.stages.episode_name import (
    find_audio_address,
    group_feeds,
    is_common_title,
    is_specific,
    name_file,
    name_title,
)

LONG_SECONDS = 600.0  # equal lengths say something from here on; hourly news is shorter, and 5:00 every hour
LONG_BYTES = 8_000_000  # about LONG_SECONDS at 112 kbit/s, where no duration is stated
SAME_SECONDS = 2.0  # one recording as mp3 and as ogg; what encoders pad and feeds round
ADVERT_SECONDS, ADVERT_SHARE = 60.0, 0.2  # what adverts add to a copy without them: pre-rolls, and a share of the whole
RERUN_GAP = timedelta(days=30)  # items that share their file and stand side by side are a rerun only when so far apart
CROWD = 8  # a name that more items of one feed bear than an item is ever edited tells nothing; keeps the work linear
_NUMBER = re.compile(r"(?!0)\d+")  # without leading zeros


@dataclass(frozen=True, slots=True)
class Match:
    """The episode that another one is, and how that shows, in words for people."""

    episode_id: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """An episode with the names it can be found by. Blank where it has none."""

    episode: Episode
    show: str  # the same for all feeds of a show
    title: str
    address: str  # of the audio itself, behind trackers
    file: str  # the end of the address that is telling without its host
    minute: datetime | None  # of publication; None where the feed does not say
    stands: bool  # in the feed as it is now


def find_same(
    incoming: Sequence[Episode], known: Sequence[Episode], same_as: Mapping[str, str] | None = None
) -> dict[str, Match]:
    """For each new id among `incoming` that is an episode we had under another id: that episode, and why.

    `incoming` holds ALL that the feeds being read show now, known ids too: what stands side by side in a feed is two
    episodes, and a name that such items share tells nothing. `known` is what was seen before, of these feeds and of other
    feeds of their shows (`group_feeds`). `same_as` are earlier answers, id -> id; the answers given lead to the oldest.

    Doubt means two episodes: telling one twice is a nuisance, merging two loses one. The order of the input is of no matter.
    """
    now = {episode.episode_id: episode for episode in incoming}
    before = {episode.episode_id: episode for episode in known if episode.episode_id not in now}
    ids_before = {episode.episode_id for episode in known}
    fresh = sorted((e for e in now.values() if e.episode_id not in ids_before), key=_by_age)
    if not fresh:
        return {}
    shows = group_feeds((episode.feed_id, episode.show_title) for episode in (*now.values(), *before.values()))
    shelf = _Shelf(
        [_describe(e, shows, stands) for es, stands in ((before, False), (now, True)) for e in es.values()], same_as
    )
    found: dict[str, Match] = {}
    settled = set(shelf.entries) - {episode.episode_id for episode in fresh}
    shelf.occupy(episode_id for episode_id in settled if episode_id in now)
    for episode in fresh:
        if match := shelf.find_match(shelf.entries[episode.episode_id], settled):
            found[episode.episode_id] = match
            shelf.roots[episode.episode_id] = match.episode_id
        settled.add(episode.episode_id)
        shelf.occupy([episode.episode_id])
    return found


class _Shelf:
    """All episodes, by what they can be found by, with what was found of them so far."""

    def __init__(self, entries: Sequence[_Entry], same_as: Mapping[str, str] | None) -> None:
        self.entries = {entry.episode.episode_id: entry for entry in entries}
        self.roots = dict(same_as or {})
        self._taken: set[tuple[str, str]] = set()  # (feed, episode that an item standing in it is)
        self._holders = {kind: self._group_holders(entries, kind) for kind in _NAMES}
        times: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
        for entry in entries:
            if entry.minute:
                times[entry.episode.feed_id].append((entry.episode.published_at, entry.stands))
        self._times = {feed_id: sorted(times_of_feed) for feed_id, times_of_feed in times.items()}

    def find_match(self, new: _Entry, settled: set[str]) -> Match | None:
        """The oldest settled episode that the new one is for sure."""
        shared: dict[str, set[str]] = defaultdict(set)
        for kind in _NAMES:
            for old in self._find_namesakes(new, kind):
                if old.episode.episode_id in settled:
                    shared[old.episode.episode_id].add(kind)
        for old in sorted((self.entries[episode_id] for episode_id in shared), key=lambda entry: _by_age(entry.episode)):
            root = self._find_root(old.episode.episode_id)
            if (new.episode.feed_id, root) in self._taken:
                continue  # an item beside the new one is that episode already
            if reason := _find_reason(new, old, shared[old.episode.episode_id], self._was_replaced(old)):
                return Match(root, reason)
        return self._find_double(new, settled)

    def occupy(self, episode_ids: Iterable[str]) -> None:
        """Notes which episodes stand in which feed now."""
        for episode_id in episode_ids:
            self._taken.add((self.entries[episode_id].episode.feed_id, self._find_root(episode_id)))

    def _find_namesakes(self, new: _Entry, kind: str) -> Iterable[_Entry]:
        """The episodes whose name of a kind is the new one's, where that name is one episode's in each feed."""
        feeds = self._holders[kind].get(_NAMES[kind](new))
        if feeds is None:
            return
        own = feeds.get(new.episode.feed_id, ())
        if len(own) > CROWD or any(entry.stands and entry is not new for entry in own):
            return
        for entries in feeds.values():
            others = [entry for entry in entries if entry is not new] if len(entries) <= CROWD else []
            if len(others) == 1:
                yield others[0]

    def _group_holders(self, entries: Iterable[_Entry], kind: str) -> dict[Hashable, dict[str, list[_Entry]]]:
        """name -> feed -> the episodes that bear it, for the names of a kind that more than one bears.

        Editions of one episode that came and went count once where a name holds for one episode for sure, however often
        its guid changed. Any other name that several bore one after the other is a bulletin's, and no episode's.
        """
        names = [(_NAMES[kind](entry), entry) for entry in entries]
        counts = Counter(name for name, _ in names if name is not None)
        holders: dict[Hashable, dict[str, list[_Entry]]] = {}
        for name, entry in names:
            if counts[name] < 2:
                continue
            bearers = holders.setdefault(name, {}).setdefault(entry.episode.feed_id, [])
            if not entry.stands and (kind in _MOMENTS or (kind == "file address" and is_specific(entry.file))):
                root = self._find_root(entry.episode.episode_id)
                ids = [None if e.stands else self._find_root(e.episode.episode_id) for e in bearers]
                if root in ids:
                    place = ids.index(root)
                    bearers[place] = min(bearers[place], entry, key=lambda e: _by_age(e.episode))
                    continue
            if len(bearers) <= CROWD:
                bearers.append(entry)
        return holders

    def _find_double(self, new: _Entry, settled: set[str]) -> Match | None:
        """An item that its feed has twice side by side: posted twice at once, or much later again, with the same file."""
        own = self._holders["file address"].get(new.address or None, {}).get(new.episode.feed_id, ())
        beside = [entry for entry in own if entry.stands and entry is not new] if len(own) <= CROWD else []
        for old in beside:
            length, has_same_size = _compare_lengths(new.episode, old.episode), _has_same_size(new.episode, old.episode)
            is_open = old.episode.episode_id not in settled or not (new.title and new.minute and old.minute)
            if is_open or new.title != old.title or length in ("near", "apart"):
                continue
            gap, root = abs(new.episode.published_at - old.episode.published_at), self._find_root(old.episode.episode_id)
            if not gap and (length or has_same_size is not False):
                return Match(root, "its feed has the item twice")
            if len(beside) == 1 and gap >= RERUN_GAP and (length or has_same_size):
                return Match(root, "published again with the same audio file")
        return None

    def _was_replaced(self, old: _Entry) -> bool:
        """Whether an episode left its feed from between others. What is oldest just drops out of the feed's window."""
        times = self._times.get(old.episode.feed_id, [])
        place = bisect_left(times, (old.episode.published_at, False)) - 1
        return bool(old.minute) and not old.stands and place >= 0 and times[place][1]

    def _find_root(self, episode_id: str) -> str:
        seen = {episode_id}
        while (older := self.roots.get(episode_id)) and older not in seen:
            seen.add(older)
            episode_id = older
        return episode_id


# What an episode is found by: kind -> the name, or None where it has none. The kinds in _MOMENTS hold for one minute.
_NAMES: dict[str, Callable[[_Entry], Hashable]] = {
    "file address": lambda e: e.address or None,
    "file address then": lambda e: (e.address, e.minute) if e.address and e.minute else None,
    "file name": lambda e: (e.show, e.file) if e.file else None,
    "title": lambda e: (e.show, e.title) if e.title else None,
    "title that day": lambda e: (e.show, e.title, e.minute.date()) if e.title and e.minute else None,
    "title then": lambda e: (e.show, e.title, e.minute) if e.title and e.minute else None,
    "length then": lambda e: (e.episode.feed_id, e.minute, e.episode.duration_seconds) if e.minute and _is_odd(e) else None,
}
_MOMENTS = frozenset({"file address then", "title then", "length then"})


def _find_reason(new: _Entry, old: _Entry, shared: set[str], was_replaced: bool) -> str | None:
    """Why the new episode is the old one, given the names that only they share. None where that is not certain."""
    has_file = bool(shared & {"file address", "file address then"})
    length, has_same_size = _compare_lengths(new.episode, old.episode), _has_same_size(new.episode, old.episode)
    is_same_recording = _is_long(new) and (length == "same" or (not length and has_same_size is True))
    is_at_once = new.minute is not None and new.minute == old.minute
    if new.minute and not (new.minute.hour or new.minute.minute):  # a day without a time: all its bulletins
        is_at_once = is_at_once and (was_replaced or is_same_recording)
    is_one_file = has_file and is_at_once and is_specific(new.file)
    if not is_one_file and (length == "apart" or _is_told_apart(new, old, has_file)):
        return None
    is_own_feed, is_own_show = new.episode.feed_id == old.episode.feed_id, new.show == old.show
    days = abs((new.episode.published_on - old.episode.published_on).days) if new.minute and old.minute else None
    is_titled = bool(new.title) and new.title == old.title
    is_named = is_titled and not is_common_title(new.title, new.episode.show_title)
    is_measured = length == "same" or has_same_size is True
    if has_file and not is_own_show:
        return "the same audio file, title and day, in a feed of another show" if is_titled and days == 0 else None
    if has_file and is_at_once:
        return "the same audio file, published at the same time"
    if "file address" in shared and is_same_recording and (is_titled or was_replaced or is_specific(new.file)):
        return "the same audio file, of the same length"
    if "file address" in shared and is_named and (was_replaced or (not is_own_feed and days in (0, 1))):
        return "the same audio file and title"
    if "file address" in shared and is_named and days is None and is_measured and is_specific(new.file):
        return "the same audio file, title and length"
    if "title then" in shared and is_at_once:
        return "the same title, published at the same time"
    if "file name" in shared and is_measured and (is_at_once or is_same_recording or (is_named and was_replaced)):
        return "the same file name and length"
    if "length then" in shared and is_at_once:
        return "published at the same time, of the same length"
    if not is_own_feed and "title" in shared and days in (0, 1) and is_named and length:
        return "the same title, day and length (adverts aside), in another feed of the show"
    if shared & {"title", "title that day"} and is_same_recording and length == "same":
        if is_own_feed and is_named and (was_replaced or (days in (0, 1) and _is_odd(new))):
            return "the same title and length"
        if days == 0 and (was_replaced or not is_own_feed):
            return "the same title, day and length"
    return None


def _is_told_apart(new: _Entry, old: _Entry, has_file: bool) -> bool:
    """Whether something says that two episodes are not one, however alike they are."""
    one, two = set(_NUMBER.findall(new.title)), set(_NUMBER.findall(old.title))
    if one and two and not (one <= two or two <= one):
        return True  # parts and numbered episodes
    if has_file:
        return False
    languages = {(e.episode.language or "").partition("-")[0] for e in (new, old)} - {""}
    kinds = {e.episode.kind == "trailer" for e in (new, old)}
    return len(kinds) > 1 or (len(languages) > 1 and new.episode.feed_id != old.episode.feed_id)


def _compare_lengths(new: Episode, old: Episode) -> str | None:
    """How two stated lengths compare: "same", "near" (adverts more or less), "apart"; None where one is not stated."""
    one, two = new.duration_seconds or 0, old.duration_seconds or 0
    if one <= 0 or two <= 0:
        return None
    gap = abs(one - two)
    return "same" if gap <= SAME_SECONDS else "near" if gap <= ADVERT_SECONDS + ADVERT_SHARE * max(one, two) else "apart"


def _has_same_size(new: Episode, old: Episode) -> bool | None:
    return new.audio_bytes == old.audio_bytes if new.audio_bytes and old.audio_bytes else None


def _is_long(entry: _Entry) -> bool:
    seconds = entry.episode.duration_seconds
    return seconds >= LONG_SECONDS if seconds else (entry.episode.audio_bytes or 0) >= LONG_BYTES


def _is_odd(entry: _Entry) -> bool:
    """Whether a length is long and precise enough that another episode hardly has it."""
    seconds = entry.episode.duration_seconds or 0
    return seconds >= LONG_SECONDS and seconds % 60 != 0


def _describe(episode: Episode, shows: Mapping[str, str], stands: bool) -> _Entry:
    address = find_audio_address(episode.audio_url) if episode.audio_url else ""
    is_dated = not episode.date_source.startswith("first seen")
    minute = episode.published_at.replace(second=0, microsecond=0) if is_dated else None
    title = name_title(episode.title)
    return _Entry(episode, shows[episode.feed_id], title, address, name_file(address), minute, stands)


def _by_age(episode: Episode) -> tuple[datetime, str]:
    return episode.published_at, episode.episode_id
