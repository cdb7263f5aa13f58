"""A large feed as a row of small ones: some hundred items at a time, so that memory does not grow with the feed.

feedparser and ElementTree need about twenty times a feed's size while they hold it. The first document has the channel and
the first items. Each other one has the next items, inside the start tags of the feed and the channel, which say the
namespaces and the base address. Read one after the other they say what the feed says.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from brief_pipeline.errors import FeedUnreadable

MAX_ITEM_BYTES = 8 * 1024 * 1024  # the largest item of a real feed met had 0.1 MB; pictures inside the notes make megabytes
MAX_CHANNEL_BYTES = 8 * 1024 * 1024  # all that is no item
MAX_ITEMS = 100_000  # thirty years of hourly news are 260,000; the longest real feed met had 958

_MARK = re.compile(rb"<!\[CDATA\[|<!--|<(/?)((?:[\w.-]+:)?)(item|entry|channel)(?=[\s/>])", re.IGNORECASE)
_UNREAD_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->"}
_START_TAG = re.compile(rb"<[\w:.-]++(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>|<[^<>]*+>")  # the second: its quotes are broken
_HALF_ITEM_BYTES = 1024  # of a last item that does not end: enough to see that it starts


@dataclass(slots=True)
class _Cuts:
    """Where the items of a feed start and end, and what stands around them."""

    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    around: list[bytes] = field(default_factory=list)  # what stands between items, blanks left out
    around_bytes: int = 0
    opening: bytes = b""  # the start tags around the items
    closing: bytes = b""


def slice_feed(feed: bytes, root_at: int, size: int) -> tuple[Iterator[bytes], int]:
    """Documents of at most `size` bytes of items each (more where one item is longer), and how many items are too large.

    `feed` is UTF-8 and has its root element at `root_at`. Raises FeedUnreadable where it has more items, or more text around
    them, than any feed has.
    """
    cuts = _find_cuts(feed, root_at)
    too_large = sum(end - start > MAX_ITEM_BYTES for start, end in zip(cuts.starts, cuts.ends, strict=True))
    return _join_documents(feed, cuts, size), too_large


def _join_documents(feed: bytes, cuts: _Cuts, size: int) -> Iterator[bytes]:
    head, *rest = cuts.around
    opening, closing = head, b"".join(rest)
    items: list[bytes] = []
    room = size
    for start, end in zip(cuts.starts, cuts.ends, strict=True):
        length = end - start
        if length > MAX_ITEM_BYTES:
            continue
        if items and length > room:
            yield b"".join((opening, *items, closing))
            opening, closing = cuts.opening, cuts.closing
            items, room = [], size
        items.append(feed[start:end])
        room -= length
    if items or opening is head:
        yield b"".join((opening, *items, closing))


def _find_cuts(feed: bytes, root_at: int) -> _Cuts:
    """One pass over the bytes. An item that starts before another one ended ends that one: its end tag is missing."""
    cuts = _Cuts()
    root = _read_start_tag(feed, root_at)
    channel = b""  # its start tag, while it is open
    prefix = _prefix_of(root)
    opened_at, seen_to, position = -1, root_at, root_at
    while match := _MARK.search(feed, position):
        position = match.end()
        if unread_end := _UNREAD_ENDS.get(match[0].upper()):
            position = feed.find(unread_end, position)
            if position < 0:
                break
            continue
        is_end = match[1] == b"/"
        if match[3].lower() == b"channel":
            if not cuts.around:
                channel, prefix = b"" if is_end else _read_start_tag(feed, match.start()), match[2]
            continue
        if match[2] != prefix:
            continue
        tag_end = feed.find(b">", position) + 1 or len(feed)
        if opened_at >= 0:
            seen_to = tag_end if is_end else match.start()
            _add_item(cuts, opened_at, seen_to)
            opened_at = -1
        if not is_end:
            if not cuts.around:
                cuts.opening, cuts.closing = root + channel, _end_of(channel) + _end_of(root)
            _add_around(cuts, feed, seen_to, match.start())
            opened_at = seen_to = match.start()
            if feed[tag_end - 2 : tag_end] == b"/>":
                _add_item(cuts, opened_at, tag_end)
                opened_at, seen_to = -1, tag_end
    is_half = opened_at >= 0 and len(feed) - opened_at > MAX_ITEM_BYTES
    _add_around(cuts, feed, seen_to, seen_to + _HALF_ITEM_BYTES if is_half else len(feed))
    return cuts


def _add_item(cuts: _Cuts, start: int, end: int) -> None:
    if len(cuts.starts) >= MAX_ITEMS:
        raise FeedUnreadable(f"more than {MAX_ITEMS} items: no feed is that long")
    cuts.starts.append(start)
    cuts.ends.append(end)


def _add_around(cuts: _Cuts, feed: bytes, start: int, end: int) -> None:
    piece = feed[start:end]
    if piece.strip() or not cuts.around:
        cuts.around.append(piece)
        cuts.around_bytes += len(piece)
    if cuts.around_bytes > MAX_CHANNEL_BYTES:
        raise FeedUnreadable(f"more than {MAX_CHANNEL_BYTES} bytes outside of its items: no feed says that much of itself")


def _read_start_tag(feed: bytes, start: int) -> bytes:
    tag = _START_TAG.match(feed, start)
    return tag[0] if tag and not tag[0].endswith(b"/>") else b""


def _end_of(start_tag: bytes) -> bytes:
    name = re.match(rb"<([\w:.-]+)", start_tag)
    return b"</" + name[1] + b">" if name else b""


def _prefix_of(start_tag: bytes) -> bytes:
    prefix = re.match(rb"<([\w.-]+:)", start_tag)
    return prefix[1] if prefix else b""
