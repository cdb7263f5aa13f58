"""One item of a feed as an episode, or the reason why it is none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Literal

from brief_pipeline.records import Chapter, Episode, SkippedItem, TranscriptLink, content_id
from brief_pipeline.stages.enclosure import Enclosure, choose_audio, normalise_url, read_enclosures
from brief_pipeline.stages.feed_tags import ItemTags, join_url
from brief_pipeline.stages.publication_date import read_date_and_zone
from brief_pipeline.stages.show_notes import ShowNotes, read_clock, read_duration, read_plain, read_show_notes

MAX_AHEAD = timedelta(days=1)  # a zone left out makes hours; a date further ahead is a mistake or a placeholder
LONGEST_NAME = 200  # characters; more is a text in the wrong place
# Where a date may stand, best first: when it came out, then when it was changed. (tag names in lower case, the name to show)
_DATE_TAGS = (
    (("rss:pubdate", "atom:pubdate"), "pubDate"),
    (("atom:published", "rss:published"), "published"),
    (("atom:updated", "rss:updated"), "updated"),
    (("dc:date",), "dc:date"),
    (("dcterms:issued", "atom:issued"), "issued"),
    (("dcterms:created", "atom:created"), "created"),
    (("dcterms:modified", "atom:modified"), "modified"),
)
_UNSET_DATES = frozenset({datetime(1970, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)})  # zero in Unix; in Go and .NET
_NOTES_TAGS = ("content:encoded", "rss:description", "itunes:summary", "rss:summary")
_AUTHOR_TAGS = ("itunes:author", "dc:creator", "rss:author")


@dataclass(frozen=True, slots=True)
class Show:
    """What all items of a feed share."""

    feed_id: str
    title: str
    language: str | None
    people: tuple[str, ...]
    author: str | None
    first_seen_at: datetime


def read_item(entry: Any, tags: ItemTags, show: Show) -> Episode | SkippedItem:
    """The episode an item tells of. `entry` is feedparser's; what `tags` holds from the XML itself comes first.

    Without a guid its id is made of title, date and duration: `rename_by_file` puts the file in their place where it can.
    """
    title = read_plain(dict.get(entry, "title") or tags.texts.get("itunes:title")) or "(no title)"
    enclosures = list_enclosures(entry, tags)
    audio = choose_audio(enclosures)
    transcripts = _read_transcripts(tags)
    if audio is None and not transcripts:
        return SkippedItem(title, _say_why_no_audio(entry, tags, enclosures))
    guid = (tags.texts.get("rss:guid") or tags.texts.get("atom:id") or str(dict.get(entry, "id") or "")).strip() or None
    published_at, date_source = _read_publication(entry, tags, show.first_seen_at)
    duration = read_duration(tags.texts.get("itunes:duration") or _text_of(dict.get(entry, "itunes_duration")))
    notes = _read_notes(entry, tags)
    # The date is the feed's text: a date that only says when we looked would make a new episode at every look.
    identity = guid or "\x1f".join((title, _first_date_text(entry, tags), str(duration)))
    return Episode(
        episode_id=content_id(show.feed_id, identity),
        feed_id=show.feed_id,
        show_title=show.title,
        title=title,
        published_at=published_at,
        date_source=date_source,
        guid=guid,
        audio_url=audio.url if audio else None,
        audio_type=audio.type if audio else None,
        audio_bytes=audio.bytes if audio else None,
        duration_seconds=duration,
        transcripts=transcripts or notes.transcripts,
        chapters_url=join_url(tags.base, tags.chapters_url),
        chapters=_read_chapters(tags) or (() if tags.chapters_url else notes.chapters),
        link=_read_link(entry, tags, guid),
        description=notes.text,
        language=show.language,
        kind=_read_kind(tags.texts.get("itunes:episodetype") or _text_of(dict.get(entry, "itunes_episodetype"))),
        people=_read_people(entry, tags, show),
    )


def rename_by_file(outcomes: Iterable[Episode | SkippedItem]) -> Iterator[Episode | SkippedItem]:
    """All of a feed, each episode without a guid named by its file, unless several have the same one."""
    outcomes = tuple(outcomes)
    is_needed = any(map(_is_nameless, outcomes))
    files = [_file_of(outcome) if is_needed else None for outcome in outcomes]
    uses = Counter(files)
    for outcome, file in zip(outcomes, files, strict=True):
        if isinstance(outcome, Episode) and outcome.guid is None and file and uses[file] == 1:
            yield replace(outcome, episode_id=content_id(outcome.feed_id, file))
        else:
            yield outcome


def _is_nameless(outcome: Episode | SkippedItem) -> bool:
    return isinstance(outcome, Episode) and outcome.guid is None


def _file_of(outcome: Episode | SkippedItem) -> str | None:
    return normalise_url(outcome.audio_url) if isinstance(outcome, Episode) and outcome.audio_url else None


def list_enclosures(entry: Any, tags: ItemTags) -> tuple[Enclosure, ...]:
    """Every file an item offers: its enclosures, then podcast:alternateEnclosure, then media:content."""
    attributes = (*_list_links(entry, tags), *tags.alternates, *list_values(entry, "media_content"))
    return read_enclosures(attributes, tags.base)


def _list_links(entry: Any, tags: ItemTags) -> Sequence[dict[str, str]]:
    """The attributes of each enclosure. Where feedparser lost them (to an element called <links>), the XML's own."""
    return [link for link in list_values(entry, "links") if link.get("rel") == "enclosure"] or tags.enclosures


def list_values(entry: Any, key: str) -> list[dict[str, Any]]:
    """The dicts in a list of feedparser's; none where an unknown element of the same name took the list's place."""
    values = dict.get(entry, key)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _say_why_no_audio(entry: Any, tags: ItemTags, enclosures: Sequence[Enclosure]) -> str:
    if enclosures:
        return f"no audio: its file is {enclosures[0].type or 'no kind of audio, by its extension'}"
    if _list_links(entry, tags):
        return "no audio: its enclosure has no web address"
    return "no audio: it has no enclosure"


def _list_dates(entry: Any, tags: ItemTags) -> list[tuple[str, str]]:
    """(element, text) of each date an item gives, the best first."""
    if tags.texts:
        return [(name, tags.texts[tag]) for names, name in _DATE_TAGS for tag in names if tag in tags.texts]
    keys = (("published", "pubDate"), ("updated", "updated"), ("created", "created"))
    return [(name, str(dict.get(entry, key))) for key, name in keys if dict.get(entry, key)]


def _first_date_text(entry: Any, tags: ItemTags) -> str:
    return next((text for _, text in _list_dates(entry, tags)), "")


def _read_publication(entry: Any, tags: ItemTags, first_seen_at: datetime) -> tuple[datetime, str]:
    """When an episode came out and which element says so; when we first saw it where none does, or says a day to come."""
    first_seen_at = first_seen_at.astimezone(UTC)
    for element, text in _list_dates(entry, tags):
        date = read_date_and_zone(text)
        if date is None or date.at in _UNSET_DATES:
            continue
        if date.at - first_seen_at > MAX_AHEAD:
            return first_seen_at, f"first seen (the feed says {date.at.date()})"
        return date.at, element if date.has_zone else f"{element} (no zone: taken for UTC)"
    return first_seen_at, "first seen"


def _read_transcripts(tags: ItemTags) -> tuple[TranscriptLink, ...]:
    links: dict[str, TranscriptLink] = {}
    for attributes in tags.transcripts:
        if url := join_url(tags.base, attributes.get("url")):
            media_type = attributes.get("type", "").partition(";")[0].strip().lower() or None
            rel = "captions" if attributes.get("rel", "").strip().lower() == "captions" else None
            links.setdefault(url, TranscriptLink(url, media_type, read_language(attributes.get("language")), rel))
    return tuple(links.values())


def _read_chapters(tags: ItemTags) -> tuple[Chapter, ...]:
    starts = ((read_clock(start), read_plain(title)) for start, title in tags.chapters)
    return tuple(sorted((Chapter(start, title) for start, title in starts if start is not None and title), key=_by_start))


def _by_start(chapter: Chapter) -> float:
    return chapter.start_seconds


def _read_notes(entry: Any, tags: ItemTags) -> ShowNotes:
    """The first of the places for show notes that has any text."""
    texts = (tags.texts.get(tag, "") for tag in _NOTES_TAGS)
    contents = (str(content.get("value") or "") for content in list_values(entry, "content"))
    for markup in chain(texts, contents, (str(dict.get(entry, "summary") or ""),)):
        if markup and (notes := read_show_notes(markup, tags.base)).text:
            return notes
    return ShowNotes()


def _read_link(entry: Any, tags: ItemTags, guid: str | None) -> str | None:
    """The item's web page. Where it has none, feedparser offers the guid, which need not be an address."""
    link = str(dict.get(entry, "link") or "").strip()
    return None if link == guid and "://" not in link else join_url(tags.base, link)


def _read_people(entry: Any, tags: ItemTags, show: Show) -> tuple[str, ...]:
    """Everybody named, once: the item's persons, else (Podcasting 2.0) the show's; then the author."""
    authors = (*(tags.texts.get(tag) for tag in _AUTHOR_TAGS), _text_of(dict.get(entry, "author")))
    author = next((name for name in map(read_name, authors) if name), show.author)
    names: dict[str, str] = {}
    for name in (*(tags.people or show.people), author):
        if name:
            names.setdefault(name.casefold(), name)
    return tuple(names.values())


def read_name(text: str | None) -> str | None:
    """A person's or maker's name, without the mail address RSS puts beside it.

    >>> read_name("ada@show.example (Ada Byron)"), read_name("ada@show.example")
    ('Ada Byron', None)
    """
    name = read_plain(text)
    if len(name) > LONGEST_NAME:
        return None
    if match := re.fullmatch(r"\S+@\S+\s*\((.+)\)", name):
        name = match[1].strip()
    return re.sub(r"<?\S+@\S+\.\w+>?", "", name).strip() or None


def read_language(text: str | None) -> str | None:
    """A language tag (BCP 47) in lower case, or None where the text is none.

    >>> read_language(" en_US "), read_language("English, mostly")
    ('en-us', None)
    """
    tag = (text or "").strip().lower().replace("_", "-")
    return tag if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", tag) else None


def _read_kind(text: str | None) -> Literal["full", "trailer", "bonus"]:
    kind = (text or "").strip().lower()
    return "trailer" if kind == "trailer" else "bonus" if kind == "bonus" else "full"


def _text_of(value: object) -> str | None:
    """feedparser gives a dict in place of the text of an element that has attributes."""
    return value if isinstance(value, str) else None
