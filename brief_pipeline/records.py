"""The nouns of the house, frozen, and the content ids that name them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

FIRST_DAY = date(1990, 1, 1)  # of the partitions: radio shows date their archives back to the 1990s
ID_LENGTH = 16  # hex digits, 64 bits: among 10 million things a collision has a chance of 3 in a million


def content_id(*parts: object) -> str:
    """The id of a thing: a hash of what identifies it.

    >>> content_id("feed", "guid")
    '7d3b8dd242011d65'
    >>> content_id("ab", "c") == content_id("a", "bc")
    False
    """
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(joined.encode()).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A show that the listener follows."""

    url: str
    title: str | None = None
    origin: str = "subscriptions.opml"  # the file that names it
    known_as: str | None = None  # the id that a show which moved was first followed under

    @property
    def feed_id(self) -> str:
        return self.known_as or content_id(self.url)


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """A transcript that the publisher offers: `<podcast:transcript>`."""

    url: str
    type: str | None = None  # MIME type as the feed gives it, lower case
    language: str | None = None
    rel: str | None = None  # "captions": cut for a screen, not for reading


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter that the publisher marks. The end is the next one's start."""

    start_seconds: float
    title: str


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode, as its feed tells it."""

    episode_id: str  # content_id(feed_id, guid), or of what stands in for the guid
    feed_id: str
    show_title: str
    title: str
    published_at: datetime  # UTC, aware
    date_source: str  # where published_at was read: "pubDate", "updated", ..., or "first seen"
    guid: str | None = None
    audio_url: str | None = None
    audio_type: str | None = None
    audio_bytes: int | None = None  # as stated; feeds lie
    duration_seconds: float | None = None  # as stated; feeds lie
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters_url: str | None = None
    chapters: tuple[Chapter, ...] = ()  # chapters inside the feed (Podlove Simple Chapters)
    link: str | None = None
    description: str = ""  # plain text
    language: str | None = None  # BCP 47, lower case, of the feed
    kind: Literal["full", "trailer", "bonus"] = "full"
    people: tuple[str, ...] = ()  # names in <podcast:person>, <itunes:author> ...

    @property
    def published_on(self) -> date:
        """The UTC day of publication: the partition."""
        return self.published_at.date()


@dataclass(frozen=True, slots=True)
class SkippedItem:
    """An item of a feed that is no episode, with the reason."""

    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class FeedContents:
    """What a feed's bytes say."""

    title: str
    link: str | None
    language: str | None
    episodes: tuple[Episode, ...]
    skipped: tuple[SkippedItem, ...] = ()
    repairs: tuple[str, ...] = ()  # what had to be mended before it could be read
    next_url: str | None = None  # the next page (RFC 5005)
    new_feed_url: str | None = None  # where the show says it has moved


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word."""

    start_seconds: float
    end_seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech by one speaker: a caption cue, or what the recogniser gave. Times are None where unknown."""

    start_seconds: float | None
    end_seconds: float | None
    speaker: str | None
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said in an episode."""

    episode_id: str
    source: str  # "publisher:vtt", "faster-whisper:small"
    language: str | None
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """The segments' texts, one space between them. Character spans anywhere in the house point into this."""
        return " ".join(segment.text for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a transcript. `start`..`end` are characters of Transcript.text."""

    text: str
    start: int
    end: int
    start_seconds: float | None
    end_seconds: float | None
    speaker: str | None
    turn: int  # counts up at each change of speaker (or long pause), from 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a transcript cut at sentence and topic boundaries."""

    chunk_id: str  # content_id(episode_id, char_start, char_end, text)
    episode_id: str
    position: int  # 0, 1, 2 ... in the episode
    char_start: int
    char_end: int
    start_seconds: float | None
    end_seconds: float | None
    speakers: tuple[str, ...]
    text: str
    is_sponsor: bool = False
    sponsor_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An insight as an extractor proposes it, before its quote is looked up."""

    claim: str
    explanation: str
    quote: str
    score: float  # 0 to 1, the extractor's own
    char_hint: int | None = None  # where in the transcript to look first


Match = Literal["exact", "normalised", "run"]  # how a quote was found: as it is, by its words, by a run of its words


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a quote stands in a transcript."""

    quote: str  # the transcript's own characters
    char_start: int
    char_end: int
    start_seconds: float | None
    end_seconds: float | None
    speaker: str | None
    match: Match = "exact"


@dataclass(frozen=True, slots=True)
class Insight:
    """A claim with its explanation, and the words it rests on."""

    insight_id: str  # content_id(episode_id, claim, char_start, char_end)
    episode_id: str
    chunk_id: str
    claim: str
    explanation: str
    quote: str
    char_start: int
    char_end: int
    quote_start_seconds: float | None
    quote_end_seconds: float | None
    speaker: str | None
    method: str  # "extract" (the speaker's own sentences) or "llm"
    model: str  # the extractor's version, or the LLM's name
    score: float  # 0 to 1, comparable within one method
    quote_match: Match = "exact"

    @property
    def text(self) -> str:
        return f"{self.claim} {self.explanation}".strip()


def name_listener(subscriber_id: str) -> str:
    """The name of the listener that a subscriber's brief is for.

    >>> name_listener("5f0c")
    'subscriber-5f0c'
    """
    return f"subscriber-{subscriber_id}"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a subscriber wants told, and when."""

    interests: tuple[str, ...] = ()  # sentences: what they care about
    dislikes: tuple[str, ...] = ()  # what they do not
    hour: int = 7  # at which the brief is to come, 0 to 23, in time_zone
    time_zone: str = "UTC"  # as the IANA names it


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who signed up for a brief by mail."""

    subscriber_id: str  # random
    address: str = field(repr=False)  # never in a log, a table of the warehouse or an asset's metadata
    state: Literal["pending", "confirmed", "unsubscribed"]
    wishes: Wishes
    created_at: datetime
    confirmed_at: datetime | None = None
    unsubscribed_at: datetime | None = None

    @property
    def listener(self) -> str:
        """The name of the listener that their brief is for."""
        return name_listener(self.subscriber_id)


@dataclass(frozen=True, slots=True)
class SubscriberFeedback:
    """What a subscriber says of an insight by a link of their mail."""

    subscriber_id: str
    insight_id: str
    verdict: str  # useful | not_useful | known
    given_at: datetime

    @property
    def listener(self) -> str:
        return name_listener(self.subscriber_id)


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that could not be done: a row of raw.failures."""

    stage: str
    item_id: str
    item_label: str
    published_on: date | None
    error: str  # the exception's class name
    reason: str
    is_retryable: bool
    attempts_count: int
    input_hash: str  # what was tried: a permanent failure is tried again only when this changes
    first_failed_at: datetime
    last_failed_at: datetime


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage did with the items of a day: it becomes the run's metadata."""

    done: int = 0  # worked on in this run
    reused: int = 0  # found finished from an earlier run
    failed: int = 0
    skipped: int = 0  # known to fail again, not tried
    notes: dict[str, float | int | str] = field(default_factory=dict)
