"""The show and the episodes that a feed's bytes tell of."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser

from brief_pipeline.errors import FeedUnreadable
from brief_pipeline.records import FIRST_DAY, Episode, FeedContents, SkippedItem
from brief_pipeline.stages.enclosure import normalise_feed_url, normalise_url
from brief_pipeline.stages.feed_item import Show, list_values, read_item, read_language, read_name, rename_by_file
from brief_pipeline.stages.feed_slices import MAX_ITEM_BYTES
from brief_pipeline.stages.feed_tags import ItemTags, find_channel, join_url, list_items, list_links, list_people
from brief_pipeline.stages.feed_xml import FeedXml, open_feed_pieces
from brief_pipeline.stages.show_notes import CUT_MARK, MAX_DESCRIPTION_CHARACTERS, read_plain

READER_VERSION = 2  # stored beside what was read: an unchanged feed is read again when this goes up

PIECE_BYTES = 1024 * 1024  # of items read at a time: some thirty times that is needed to hold them
TOO_LARGE = f"an item of more than {MAX_ITEM_BYTES} bytes: no item is that large"

Item = tuple[Any, ItemTags]  # feedparser's entry and the same item's tags


def read_feed(
    body: bytes, feed_id: str, feed_url: str, first_seen_at: datetime, piece_bytes: int = PIECE_BYTES
) -> FeedContents:
    """The show and its episodes, in the feed's order, and each item that is no episode with the reason.

    `feed_url` makes relative addresses absolute. `first_seen_at` (aware) stands in for dates that are missing, unreadable or
    still to come. No episodes means that the feed has none right now, never that they are gone. A feed longer than
    `piece_bytes` is read in pieces of that size, so that of a large one only the episodes are ever in memory together.

    Raises FeedUnreadable where the bytes are no feed, with a reason that holds no address (it may carry a secret).
    """
    pieces = open_feed_pieces(body, piece_bytes)
    first = next(pieces.documents)
    parsed = _parse(first)
    channel = _find_channel(parsed, first)
    show = _read_show(channel, first, feed_id, feed_url, first_seen_at)
    reading = _Reading(show, feed_url)
    reading.add(parsed.entries, first)
    for xml in pieces.documents:
        reading.add(_parse(xml).entries, xml)
    skipped = [SkippedItem(title, "a live stream, not an episode") for title in first.live_titles]
    episodes = _keep_episodes(reading.outcomes, skipped)
    skipped += [SkippedItem("(no title)", TOO_LARGE)] * pieces.too_large
    return FeedContents(
        title=show.title,
        link=join_url(feed_url, channel.get("link")),
        language=show.language,
        episodes=_drop_general_links(episodes, reading.declared),
        skipped=tuple(skipped),
        repairs=(*dict.fromkeys((*pieces.repairs, *reading.repairs)), *reading.say_what_is_lost(), *_count_cuts(episodes)),
        next_url=_find_next_page(channel, first, feed_url),
        new_feed_url=_find_new_address(channel, feed_url),
    )


@dataclass(slots=True)
class _Reading:
    """What the pieces of a feed read so far say."""

    show: Show
    feed_url: str
    outcomes: list[Episode | SkippedItem] = field(default_factory=list)  # in the order of the feed
    declared: set[str | None] = field(default_factory=set)  # addresses of transcripts that items name themselves
    repairs: list[str] = field(default_factory=list)
    entries: int = 0
    items: int = 0
    lost: int = 0

    def add(self, entries: Sequence[Any], xml: FeedXml) -> None:
        self.repairs += xml.repairs
        tagged = list_items(xml.root, self.feed_url) if xml.root is not None else None
        self.entries += len(entries)
        self.items += len(entries if tagged is None else tagged)
        for entry, tags in _join_tags(entries, tagged, self.feed_url):
            self.lost += tags is None and tagged is not None
            tags = tags or ItemTags(base=self.feed_url)
            self.outcomes.append(read_item(entry, tags, self.show))
            self.declared.update(join_url(tags.base, link.get("url")) for link in tags.transcripts)
            entry.clear()  # feedparser's parser refers to itself and to each entry: their texts would stay a long while

    def say_what_is_lost(self) -> tuple[str, ...]:
        if self.entries == self.items and not self.lost:
            return ()
        return (f"two readings found {self.entries} and {self.items} items: {self.lost} have no podcast tags",)


def _keep_episodes(outcomes: Iterable[Episode | SkippedItem], skipped: list[SkippedItem]) -> tuple[Episode, ...]:
    """The first episode of each id; everything else is added to `skipped`."""
    episodes: dict[str, Episode] = {}
    for outcome in rename_by_file(outcomes):
        if isinstance(outcome, SkippedItem):
            skipped.append(outcome)
        elif outcome.episode_id in episodes:
            skipped.append(SkippedItem(outcome.title, "a double: an item before it has the same id"))
        elif outcome.published_on < FIRST_DAY:
            skipped.append(SkippedItem(outcome.title, f"dated before {FIRST_DAY}, the first day there is"))
        else:
            episodes[outcome.episode_id] = outcome
    return tuple(episodes.values())


def _parse(xml: FeedXml) -> Any:
    """feedparser's reading. Being told the encoding and not to clean or resolve HTML makes it a third faster."""
    try:
        parsed = feedparser.parse(
            io.BytesIO(xml.text.encode("utf-8", "replace")),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": "application/xml; charset=utf-8"},
        )
    except (TypeError, ValueError, LookupError, AttributeError, AssertionError) as broken:  # feedparser's own bugs
        raise FeedUnreadable("XML too broken to read: the download may be damaged, the next one may be whole") from broken
    if not parsed.get("version"):
        raise FeedUnreadable("XML, but not a feed: neither RSS nor Atom")
    return parsed


def _find_channel(parsed: Any, xml: FeedXml) -> Any:
    """What feedparser read of the show. Raises FeedUnreadable where the feed tells of none."""
    channel = find_channel(xml.root) if xml.is_well_formed and xml.root is not None else parsed.feed or None
    if channel is None:
        raise FeedUnreadable("RSS without a channel: nothing says which show it is")
    return parsed.feed


def _join_tags(
    entries: Sequence[Any], items: Sequence[ItemTags] | None, feed_url: str
) -> Iterable[tuple[Any, ItemTags | None]]:
    """Each entry with its item's tags: those in the same place, or where the two readings differ, those of the same name."""
    if items is None:
        return [(entry, None) for entry in entries]
    if len(items) == len(entries) and all(map(_is_same, entries, items)):
        return zip(entries, items, strict=True)
    named: dict[tuple[int, str], ItemTags | None] = {}
    for tags in items:
        for key in ((kind, _name_item(tags, kind)) for kind in range(3)):
            named[key] = tags if key not in named else None  # a name that two items have names neither
    joined: list[tuple[Any, ItemTags | None]] = []
    for entry in entries:
        matches = (named.get((kind, name)) for kind, name in enumerate(_name_entry(entry)) if name)
        joined.append((entry, next((tags for tags in matches if tags), None)))
    return joined


def _name_entry(entry: Any) -> tuple[str, str, str]:
    """What an item goes by: guid, first enclosure, title. Blank where it has none."""
    links = (link for link in list_values(entry, "links") if link.get("rel") == "enclosure")
    file = next((str(enclosure.get("href") or "") for enclosure in links), "")
    return str(dict.get(entry, "id") or "").strip(), file.strip(), read_plain(dict.get(entry, "title"))


def _name_item(tags: ItemTags, kind: int) -> str:
    if kind == 0:
        return (tags.texts.get("rss:guid") or tags.texts.get("atom:id") or "").strip()
    if kind == 1:
        return (tags.enclosures[0].get("url") or "").strip() if tags.enclosures else ""
    return read_plain(tags.texts.get("rss:title") or tags.texts.get("atom:title"))


def _is_same(entry: Any, tags: ItemTags) -> bool:
    """Whether nothing speaks against an entry and an item being one: the first name that both have decides."""
    for kind, name in enumerate(_name_entry(entry)):
        if name and (other := _name_item(tags, kind)):
            return name == other
    return True


def _read_show(channel: Any, xml: FeedXml, feed_id: str, feed_url: str, first_seen_at: datetime) -> Show:
    element = find_channel(xml.root) if xml.root is not None else None
    return Show(
        feed_id=feed_id,
        title=read_plain(channel.get("title")) or urlsplit(feed_url).hostname or "(no title)",
        language=read_language(channel.get("language")),
        people=list_people(element) if element is not None else (),
        author=read_name(channel.get("author")),
        first_seen_at=first_seen_at,
    )


def _find_next_page(channel: Any, xml: FeedXml, feed_url: str) -> str | None:
    """The page that goes on where this one ends (RFC 5005): a paged feed's "next", else an archived one's "prev-archive"."""
    element = find_channel(xml.root) if xml.root is not None else None
    links = list(list_links(element, feed_url)) if element is not None else []
    links += [(str(link.get("rel")), str(link.get("href") or "")) for link in list_values(channel, "links")]
    this_page = normalise_url(feed_url)
    for wanted in ("next", "prev-archive"):
        pages = (join_url(feed_url, address) for rel, address in links if rel == wanted)
        if page := next((url for url in pages if url and normalise_url(url) != this_page), None):
            return page
    return None


def _find_new_address(channel: Any, feed_url: str) -> str | None:
    """Where itunes:new-feed-url says the show moved. Most feeds name their own address there: that is no move."""
    url = join_url(feed_url, channel.get("itunes_new-feed-url"))
    return url if url and normalise_feed_url(url) != normalise_feed_url(feed_url) else None


def _drop_general_links(episodes: tuple[Episode, ...], declared: set[str | None]) -> tuple[Episode, ...]:
    """Episodes without transcript links that the notes of several share: a page about all transcripts is nobody's own."""
    uses = Counter(link.url for episode in episodes for link in episode.transcripts)
    general = {url for url, count in uses.items() if count > 1 and url not in declared}
    return tuple(_drop_links(episode, general) if general else episode for episode in episodes)


def _drop_links(episode: Episode, unwanted: set[str]) -> Episode:
    kept = tuple(link for link in episode.transcripts if link.url not in unwanted)
    return episode if kept == episode.transcripts else replace(episode, transcripts=kept)


def _count_cuts(episodes: Iterable[Episode]) -> tuple[str, ...]:
    cut = sum(episode.description.endswith(CUT_MARK) for episode in episodes)
    return (f"{cut} descriptions cut at {MAX_DESCRIPTION_CHARACTERS} characters",) if cut else ()
