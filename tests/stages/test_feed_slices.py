from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brief_pipeline.errors import FeedUnreadable
from brief_pipeline.records import FeedContents
from brief_pipeline.stages import feed_slices
from brief_pipeline.stages.feed import read_feed
from brief_pipeline.stages.feed_slices import slice_feed

FEED_URL = "https://tea.example/feed.xml"
SEEN = datetime(2026, 3, 1, tzinfo=UTC)
SPACES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
ITEM = '<item><title>Nº {0}</title><guid>g{0}</guid><enclosure url="/{0}.mp3" type="audio/mpeg"/>{1}</item>'
ITEMS = "".join(ITEM.format(n, "<itunes:duration>60</itunes:duration>") for n in range(12))
NAMELESS = '<item><title>{0}</title><enclosure url="/{1}.mp3" type="audio/mpeg"/></item>'


def rss(inside: str, attributes: str = "") -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0" {SPACES} {attributes}><channel><title>Tea</title>{inside}</channel></rss>'
    )


def read(body: str | bytes, piece_bytes: int) -> FeedContents:
    return read_feed(body if isinstance(body, bytes) else body.encode(), "tea", FEED_URL, SEEN, piece_bytes)


@pytest.mark.parametrize(
    "body",
    [
        rss(ITEMS + "<itunes:author>Said after the items</itunes:author>"),
        rss(ITEMS.replace("<guid>", "\n<!-- <item> --><guid>").replace("</item>", "</item>\n"), 'xml:base="/audio/"'),
        rss(ITEMS.replace("Nº", "<![CDATA[</item><item>]]>")),
        rss(ITEMS + ITEMS),
        rss("".join(NAMELESS.format(n, n % 7) for n in range(12))),
        rss(ITEMS)[:-200],
        rss(ITEMS.replace("Nº", "Q&A &nbsp;")),
        rss(ITEMS.replace("<guid>g7", "<wrong><guid>g7")),
        rss(ITEMS.replace("<item><title>Nº 5", "<title>Nº 5")),
        rss(ITEMS.replace("</item><item><title>Nº 5", "<item><title>Nº 5")),
        rss(ITEMS).encode("utf-16"),
        rss(ITEMS).replace("?>", ' encoding="iso-8859-1"?>').encode("latin-1"),
        gzip.compress(rss(ITEMS).encode(), mtime=0),
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel>'
        f"<title>Tea</title><items/></channel>{ITEMS.replace('itunes:', '')}</rdf:RDF>",
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:lang="de"><a:title>Tee</a:title>'
        + "".join(f'<a:entry><a:id>{n}</a:id><a:link rel="enclosure" href="{n}.mp3"/></a:entry>' for n in range(12))
        + "</a:feed>",
        rss(""),
    ],
    ids=lambda body: "",
)
def test_a_feed_in_pieces_says_what_it_says_whole(body: str | bytes) -> None:
    whole = read(body, 10**6)
    for piece_bytes in (1, 300, 1000):
        pieces = read(body, piece_bytes)
        assert pieces.episodes == whole.episodes
        assert (pieces.title, pieces.language, pieces.skipped) == (whole.title, whole.language, whole.skipped)


def test_each_document_holds_the_next_items_and_the_first_all_that_is_said_of_the_show() -> None:
    feed = rss(ITEMS + "<link>https://tea.example</link>").encode()
    documents, too_large = slice_feed(feed, feed.index(b"<rss"), 300)
    first, *others = [document.decode() for document in documents]
    assert too_large == 0
    assert len(others) > 2
    assert first.endswith("<link>https://tea.example</link></channel></rss>")
    assert all(other.startswith("<rss") and "tea.example" not in other for other in others)


def test_an_item_larger_than_any_is_listed_and_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_slices, "MAX_ITEM_BYTES", 1000)
    contents = read(rss(ITEMS + ITEM.format("large", "x" * 2000) + ITEM.format("last", "")), 500)
    assert [episode.guid for episode in contents.episodes] == [*(f"g{n}" for n in range(12)), "glast"]
    assert [item.reason for item in contents.skipped] == ["an item of more than 8388608 bytes: no item is that large"]


@pytest.mark.parametrize(
    ("name", "limit", "reason"),
    [("MAX_ITEMS", 11, "more than 11 items"), ("MAX_CHANNEL_BYTES", 150, "outside of its items")],
)
def test_a_feed_of_no_feeds_size_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, limit: int, reason: str) -> None:
    monkeypatch.setattr(feed_slices, name, limit)
    with pytest.raises(FeedUnreadable, match=reason):
        read(rss(ITEMS), 500)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (rss(ITEM.format(1, "<a " + " ".join(f"a{n}='1'" for n in range(2000)) + "/>")), "more than 1000 attributes"),
        (rss(ITEMS, " ".join(f'xmlns:p{n}="u{n}"' for n in range(2000))), "more than 1000"),
        (rss("<item/>" * 3, 'xmlns="urn:own"') + "<a>" * 5000, None),
        (rss('<x xmlns="urn:x">' + "<a>" * 5000 + "</a>" * 5000 + "</x>", 'xmlns="urn:own"'), "hundreds deep"),
        (
            "<rss version='2.0'>" + "<channel>" * 20_000 + ITEMS.replace("itunes:", "") + "</channel>" * 20_000 + "</rss>",
            None,
        ),
        (rss(ITEM.format(1, "<description>" + "<b>" * 20_000 + "</b>" * 20_000 + "</description>")), None),
        (gzip.compress(b"", mtime=0) * 200 + gzip.compress(rss(ITEMS).encode(), mtime=0), "more than 100 parts"),
    ],
    ids=lambda value: "",
)
def test_what_is_made_to_choke_a_reader_is_read_or_refused(body: str | bytes, reason: str | None) -> None:
    if reason is None:
        assert read(body, 10**6).title is not None
        return
    with pytest.raises(FeedUnreadable, match=reason):
        read(body, 10**6)


# The high-water mark of this process alone: getrusage's is at least that of the process which started it, also after exec.
MEMORY = """
import re, sys
from datetime import UTC, datetime
from brief_pipeline.stages.feed import read_feed
body = open(sys.argv[1], "rb").read()
contents = read_feed(body, "tea", "https://tea.example/feed.xml", datetime(2026, 3, 1, tzinfo=UTC))
kilobytes = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]
print(len(body) // 2**20, len(contents.episodes), int(kilobytes) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process its own high-water mark")
@pytest.mark.parametrize(("count", "repeats", "least"), [(20_000, 0, 2), (6_500, 300, 45)])
def test_a_very_large_feed_takes_little_memory(tmp_path: Path, count: int, repeats: int, least: int) -> None:
    notes = f"<content:encoded><![CDATA[{'<p>Thé and 茶 🍵, </p>' * repeats}]]></content:encoded>"
    head, tail = rss("|").split("|")
    with (tmp_path / "feed.xml").open("w", encoding="utf-8") as file:
        file.writelines([head, *(ITEM.format(n, notes) for n in range(count)), tail])
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "feed.xml")], capture_output=True, text=True, check=True, timeout=300
    )
    body_megabytes, episodes, megabytes = map(int, run.stdout.split())
    assert body_megabytes >= least
    assert episodes == count
    assert megabytes < 300
