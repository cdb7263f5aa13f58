"""The show and the episodes that a feed's bytes tell of."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser

from brief_pipeline.errors import FeedUnreadable
from brief_pipeline.records import FIRST_DAY, Episode, FeedContents, SkippedItem
from brief_pipeline.stages.enclosure import choose_audio, normalise_url
from brief_pipeline.stages.feed_item import Show, list_enclosures, read_item, read_language, read_name
from brief_pipeline.stages.feed_tags import ItemTags, find_channel, join_url, list_items, list_people
from brief_pipeline.stages.feed_xml import FeedXml, open_feed_xml
from brief_pipeline.stages.show_notes import CUT_MARK, MAX_DESCRIPTION_CHARACTERS, read_plain

READER_VERSION = 1  # stored beside what was read: an unchanged feed is read again when this goes up

Item = tuple[Any, ItemTags]  # feedparser's entry and the same item's tags


def read_feed(body: bytes, feed_id: str, feed_url: str, first_seen_at: datetime) -> FeedContents:
    """The show and its episodes, in the feed's order, and each item that is no episode with the reason.

    `feed_url` makes relative addresses absolute. `first_seen_at` (aware) stands in for dates that are missing, unreadable or
    still to come. No episodes means that the feed has none right now, never that they are gone.

    Raises FeedUnreadable where the bytes are no feed, with a reason that holds no address (it may carry a secret).
    """
    xml = open_feed_xml(body)
    parsed = _parse(xml)
    items, repairs = _join_tags(parsed.entries, xml, feed_url)
    show = _read_show(parsed.feed, xml, items, feed_id, feed_url, first_seen_at)
    episodes: dict[str, Episode] = {}
    skipped = [SkippedItem(title, "a live stream, not an episode") for title in xml.live_titles]
    for entry, tags in items:
        outcome = read_item(entry, tags, show)
        if isinstance(outcome, SkippedItem):
            skipped.append(outcome)
        elif outcome.episode_id in episodes:
            skipped.append(SkippedItem(outcome.title, "a double: an item before it has the same id"))
        elif outcome.published_on < FIRST_DAY:
            skipped.append(SkippedItem(outcome.title, f"dated before {FIRST_DAY}, the first day there is"))
        else:
            episodes[outcome.episode_id] = outcome
    return FeedContents(
        title=show.title,
        link=join_url(feed_url, parsed.feed.get("link")),
        language=show.language,
        episodes=_drop_general_links(episodes.values(), items),
        skipped=tuple(skipped),
        repairs=(*xml.repairs, *repairs, *_count_cuts(episodes.values())),
        next_url=_find_next_page(parsed.feed, feed_url),
        new_feed_url=_find_new_address(parsed.feed, feed_url),
    )


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
    channel = find_channel(xml.root) if xml.is_well_formed and xml.root is not None else parsed.feed or None
    if channel is None:
        raise FeedUnreadable("RSS without a channel: nothing says which show it is")
    return parsed


def _join_tags(entries: Sequence[Any], xml: FeedXml, feed_url: str) -> tuple[list[Item], list[str]]:
    """Each entry with its item's tags: those in the same place, or where the two readings differ, those of the same name."""
    unknown = ItemTags(base=feed_url)
    if xml.root is None:
        return [(entry, unknown) for entry in entries], []
    items = list_items(xml.root, feed_url)
    if len(items) == len(entries) and all(map(_is_same, entries, items)):
        return list(zip(entries, items, strict=True)), []
    named: dict[tuple[int, str], ItemTags | None] = {}
    for tags in items:
        for key in ((kind, _name_item(tags, kind)) for kind in range(3)):
            named[key] = tags if key not in named else None  # a name that two items have names neither
    joined: list[Item] = []
    for entry in entries:
        matches = (named.get((kind, name)) for kind, name in enumerate(_name_entry(entry)) if name)
        joined.append((entry, next((tags for tags in matches if tags), unknown)))
    lost = sum(tags is unknown for _, tags in joined)
    note = f"two readings found {len(entries)} and {len(items)} items: {lost} have no podcast tags"
    return joined, [note]


def _name_entry(entry: Any) -> tuple[str, str, str]:
    """What an item goes by: guid, first enclosure, title. Blank where it has none."""
    file = next((str(enclosure.get("href") or "") for enclosure in entry.get("enclosures", ())), "")
    return str(entry.get("id") or "").strip(), file.strip(), read_plain(entry.get("title"))


def _name_item(tags: ItemTags, kind: int) -> str:
    if kind == 0:
        return (tags.texts.get("rss:guid") or tags.texts.get("atom:id") or "").strip()
    if kind == 1:
        return (tags.enclosure_url or "").strip()
    return read_plain(tags.texts.get("rss:title") or tags.texts.get("atom:title"))


def _is_same(entry: Any, tags: ItemTags) -> bool:
    """Whether nothing speaks against an entry and an item being one: the first name that both have decides."""
    for kind, name in enumerate(_name_entry(entry)):
        if name and (other := _name_item(tags, kind)):
            return name == other
    return True


def _read_show(
    channel: Any, xml: FeedXml, items: Iterable[Item], feed_id: str, feed_url: str, first_seen_at: datetime
) -> Show:
    element = find_channel(xml.root) if xml.root is not None else None
    files = Counter(normalise_url(audio.url) for audio in (choose_audio(list_enclosures(*item)) for item in items) if audio)
    return Show(
        feed_id=feed_id,
        title=read_plain(channel.get("title")) or urlsplit(feed_url).hostname or "(no title)",
        language=read_language(channel.get("language")),
        people=list_people(element) if element is not None else (),
        author=read_name(channel.get("author")),
        first_seen_at=first_seen_at,
        shared_files=frozenset(file for file, count in files.items() if count > 1),
    )


def _find_next_page(channel: Any, feed_url: str) -> str | None:
    addresses = (link.get("href") for link in channel.get("links", ()) if link.get("rel") == "next")  # RFC 5005
    return next((url for url in (join_url(feed_url, address) for address in addresses) if url), None)


def _find_new_address(channel: Any, feed_url: str) -> str | None:
    """Where itunes:new-feed-url says the show moved. Most feeds name their own address there: that is no move."""
    url = join_url(feed_url, channel.get("itunes_new-feed-url"))
    return url if url and normalise_url(url).rstrip("/") != normalise_url(feed_url).rstrip("/") else None


def _drop_general_links(episodes: Iterable[Episode], items: Iterable[Item]) -> tuple[Episode, ...]:
    """Episodes without transcript links that the notes of several share: a page about all transcripts is nobody's own."""
    declared = {join_url(tags.base, link.get("url")) for _, tags in items for link in tags.transcripts}
    episodes = tuple(episodes)
    uses = Counter(link.url for episode in episodes for link in episode.transcripts)
    general = {url for url, count in uses.items() if count > 1 and url not in declared}
    return tuple(
        replace(episode, transcripts=tuple(link for link in episode.transcripts if link.url not in general))
        for episode in episodes
    )


def _count_cuts(episodes: Iterable[Episode]) -> tuple[str, ...]:
    cut = sum(episode.description.endswith(CUT_MARK) for episode in episodes)
    return (f"{cut} descriptions cut at {MAX_DESCRIPTION_CHARACTERS} characters",) if cut else ()
