"""Each feed of a corpus of real ones gives what feeds.tsv says: numbers checked by a second reading that shares no code.

The corpus is not part of the project (its texts belong to the shows): BRIEF_CORPUS names the folder that holds `feeds/`.
Where the two readings differed, the feed was looked at; feeds.tsv has what is right.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from brief_pipeline.errors import FeedUnreadable
from brief_pipeline.records import FeedContents
from brief_pipeline.stages.feed import read_feed

TABLE = Path(__file__).with_name("feeds.tsv")
FOLDER = os.environ.get("BRIEF_CORPUS")
SEEN = datetime(2026, 11, 23, tzinfo=UTC)
FEED_URL = "https://feeds.example/show/feed.xml"

pytestmark = pytest.mark.skipif(
    not FOLDER,
    reason="BRIEF_CORPUS is unset: it names the folder of real feeds, which belong to their shows and are not here",
)

with TABLE.open(encoding="utf-8", newline="") as file:
    ROWS = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}


def feeds() -> Path:
    return Path(FOLDER or "") / "feeds"


@lru_cache(maxsize=4)
def read(name: str, piece_bytes: int = 1024 * 1024) -> FeedContents | str:
    """What a feed says, or why it is none."""
    try:
        return read_feed((feeds() / name).read_bytes(), "corpus", FEED_URL, SEEN, piece_bytes)
    except FeedUnreadable as unreadable:
        return str(unreadable)


def describe(contents: FeedContents | str) -> dict[str, str]:
    """A row of the table, but for the file and the number of its items."""
    if isinstance(contents, str):
        return {"outcome": contents}
    episodes = contents.episodes
    days = sorted(e.published_on for e in episodes if not e.date_source.startswith("first seen"))
    kinds = Counter(episode.kind for episode in episodes)
    reasons = Counter(item.reason for item in contents.skipped)
    return {
        "outcome": "read",
        "episodes": str(len(episodes)),
        "skipped": "; ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())),
        "with_transcripts": str(sum(bool(episode.transcripts) for episode in episodes)),
        "with_chapters": str(sum(bool(episode.chapters or episode.chapters_url) for episode in episodes)),
        "dates_fallen_back": str(sum(episode.date_source.startswith("first seen") for episode in episodes)),
        "trailers": str(kinds["trailer"]),
        "bonus": str(kinds["bonus"]),
        "first_day": str(days[0]) if days else "",
        "last_day": str(days[-1]) if days else "",
        "repairs": "; ".join(contents.repairs),
    }


def find_items(name: str) -> list[str]:
    """The items of a feed, found without any XML parser."""
    body = (feeds() / name).read_bytes()
    body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    text = body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", errors="replace")
    text = re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(\w+:)?liveItem\b.*?</(\w+:)?liveItem>", "", text, flags=re.DOTALL)
    return [item[1] for item in re.findall(r"<(item|entry)(?:\s[^>]*)?>(.*?)</\1\s*>", text, flags=re.DOTALL)]


def has_media(item: str) -> bool:
    files = re.findall(r"<(?:enclosure|media:content|podcast:source|link)\b[^>]*>", item)
    offered = [tag for tag in files if not tag.startswith("<link") or re.search(r"rel=[\"']enclosure", tag)]
    kinds = r"type=[\"'](?:x-)?(?:audio|video)/|\.(?:mp3|m4a|m4v|mp4|mov|ogg|opus|aac|wav)[\"'?]"
    return any(re.search(kinds, tag, re.IGNORECASE) for tag in offered)


def test_the_table_has_each_feed_of_the_corpus() -> None:
    files = {str(file.relative_to(feeds())) for file in feeds().rglob("*") if file.is_file() and file.suffix != ".json"}
    assert files == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_feed_of_the_corpus_gives_what_was_found_by_reading_it(name: str) -> None:
    expected = {key: value for key, value in ROWS[name].items() if key not in ("file", "items")}
    found = dict.fromkeys(expected, "") | describe(read(name))
    assert found == expected


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row["outcome"] == "read"])
def test_each_item_with_audio_is_an_episode(name: str) -> None:
    contents = read(name)
    assert isinstance(contents, FeedContents)
    items = find_items(name)
    repeated = sum("double" in item.reason for item in contents.skipped)
    off_the_web = sum("no web address" in item.reason for item in contents.skipped)
    assert len(items) == int(ROWS[name]["items"])
    assert len(contents.episodes) == sum(map(has_media, items)) - repeated - off_the_web


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row["outcome"] == "read"])
def test_a_feed_of_the_corpus_says_the_same_in_pieces(name: str) -> None:
    whole, pieces = read(name, 10**9), read(name, 20_000)
    assert isinstance(whole, FeedContents)
    assert isinstance(pieces, FeedContents)
    assert pieces.episodes == whole.episodes
    assert pieces.skipped == whole.skipped
