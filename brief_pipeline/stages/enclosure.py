"""Which of an item's enclosures is the episode's audio."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from brief_pipeline.stages.feed_tags import join_url

_AUDIO_EXTENSION = re.compile(r"mp[23]|m4[ab]|aac|og[ga]|opus|flac|wav|wma|amr|aiff?|mka|caf|spx|ac3|weba")
_VIDEO_EXTENSION = re.compile(r"mp4|m4v|mov|webm|mkv|avi|wmv|mpe?g|flv|ogv|3gp|asf")
_OTHER_EXTENSION = re.compile(
    r"jpe?g|png|gif|webp|svg|bmp|tiff?|ico|avif|heic|pdf|epub|mobi|txt|html?|xml|json|vtt|srt|csv|md|docx?|pptx?|xlsx?"
    r"|zip|gz|tar|rar|7z|dmg|exe|apk|iso|torrent|m3u8?|pls"
)
_BARE_AUDIO_TYPES = frozenset(
    {"audio", "mp3", "mpeg", "m4a", "x-m4a", "x-mp3", "ogg", "application/ogg", "application/x-ogg"}
)
# Types that say nothing: what servers write when they do not know.
_SILENT_TYPES = re.compile(
    r"|none|null|unknown|file|(application|binary)/(x-)?(octet-stream|force-download|download|binary|unknown)"
)

Medium = Literal["audio", "video", "unknown", "other"]
_PREFERENCE: dict[Medium, int] = {"audio": 0, "unknown": 1, "video": 2}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that an item offers."""

    url: str
    type: str | None
    bytes: int | None
    medium: Medium


def read_enclosures(attributes: Iterable[Mapping[str, object]], base: str) -> tuple[Enclosure, ...]:
    """The files among enclosure attributes (href or url, type, length) that the web can be asked for, in their order."""
    enclosures = []
    for attribute in attributes:
        if url := join_url(base, str(attribute.get("href") or attribute.get("url") or "")):
            length = str(attribute.get("length") or attribute.get("filesize") or "").strip()
            media_type = str(attribute.get("type") or "").partition(";")[0].strip().lower() or None
            size = int(length) if re.fullmatch(r"[0-9]{1,15}", length) else 0
            enclosures.append(Enclosure(url, media_type, size or None, tell_medium(media_type, url)))
    return tuple(enclosures)


def tell_medium(media_type: str | None, url: str) -> Medium:
    """Whether a file is sound, by its type, and where that is silent or says otherwise, by its extension.

    Nothing known is "unknown": podcast hosts do serve audio as application/octet-stream from an address without extension.

    >>> tell_medium("audio/mpeg", "https://a.example/1"), tell_medium("", "https://a.example/1.m4a?x=1")
    ('audio', 'audio')
    >>> tell_medium("image/jpeg", "https://a.example/1.jpg"), tell_medium(None, "https://a.example/get?id=1")
    ('other', 'unknown')
    """
    name = media_type or ""
    if "mpegurl" in name:  # a playlist of a stream, though some call it audio/x-mpegurl
        return "other"
    if name.startswith(("audio/", "x-audio/")) or name in _BARE_AUDIO_TYPES:
        return "audio"
    if name.startswith("video/") or name == "application/mp4":
        return "video"
    extension = urlsplit(url).path.rpartition("/")[2].rpartition(".")[2].lower()
    if _AUDIO_EXTENSION.fullmatch(extension):
        return "audio"
    if _VIDEO_EXTENSION.fullmatch(extension):
        return "video"
    is_silent = _SILENT_TYPES.fullmatch(name) is not None
    return "unknown" if is_silent and not _OTHER_EXTENSION.fullmatch(extension) else "other"


def choose_audio(enclosures: Iterable[Enclosure]) -> Enclosure | None:
    """The enclosure to listen to: the first audio, else the first that may be audio, else a video for its sound track."""
    usable = [enclosure for enclosure in enclosures if enclosure.medium != "other"]
    return min(usable, key=lambda enclosure: _PREFERENCE[enclosure.medium], default=None)


def normalise_url(url: str) -> str:
    """What stays of an address when a show moves to https: the name a file goes by where its item has no guid.

    >>> normalise_url("HTTP://Cdn.Example:80/Ep1.mp3?id=7#t=3")
    'cdn.example/Ep1.mp3?id=7'
    """
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}{parts.path}{'?' + parts.query if parts.query else ''}"


def normalise_feed_url(url: str) -> str:
    """The same for addresses of one feed: these differ by a slash at the end, too.

    >>> normalise_feed_url("http://show.example/feed/") == normalise_feed_url("https://Show.example/feed")
    True
    """
    return normalise_url(url).rstrip("/")
