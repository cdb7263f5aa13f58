from __future__ import annotations

import pytest

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.records import Subscription
from brief_pipeline.stages.subscription import find_feed_links, read_opml, write_opml


def opml(outlines: str) -> bytes:
    return (
        f'<?xml version="1.0"?><opml version="1.0"><head><title>Mine</title></head><body>{outlines}</body></opml>'.encode()
    )


def read(outlines: str) -> tuple[Subscription, ...]:
    return read_opml(opml(outlines), "mine.opml")


def test_a_subscription_has_its_address_its_title_and_the_file_that_names_it() -> None:
    assert read('<outline type="rss" text="Tea" xmlUrl="https://tea.example/feed"/>') == (
        Subscription("https://tea.example/feed", "Tea", "mine.opml"),
    )


def test_folders_are_opened_and_the_order_is_kept() -> None:
    shows = read(
        '<outline text="Drinks"><outline text="Hot"><outline text="B" xmlUrl="https://b.example/"/></outline>'
        '<outline text="A" xmlUrl="https://a.example/"/></outline><outline text="C" xmlUrl="https://c.example/"/>'
    )
    assert [show.title for show in shows] == ["B", "A", "C"]


def test_every_show_is_listed_once() -> None:
    addresses = ("https://a.example/feed", "http://a.example/feed/", "https://A.example/feed", "https://a.example/other")
    shows = read("".join(f'<outline text="{address}" xmlUrl="{address}"/>' for address in addresses))
    assert [show.url for show in shows] == ["https://a.example/feed", "https://a.example/other"]


@pytest.mark.parametrize("attribute", ["xmlUrl", "xmlurl", "XMLURL", "xmlURL"])
def test_the_address_may_be_spelled_in_any_case(attribute: str) -> None:
    assert [show.url for show in read(f'<outline title="A" {attribute}=" https://a.example/f "/>')] == [
        "https://a.example/f"
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("feed://a.example/f", "https://a.example/f"),
        ("feed:https://a.example/f", "https://a.example/f"),
        ("itpc://a.example/f", "https://a.example/f"),
        ("https://a.example/f?a=1&copy=2&b=3", "https://a.example/f?a=1&copy=2&b=3"),
        ("https://a.example/f?a=1&amp;copy=2", "https://a.example/f?a=1&copy=2"),
    ],
)
def test_addresses_as_apps_and_people_write_them(written: str, meant: str) -> None:
    assert [show.url for show in read(f'<outline text="A" xmlUrl="{written}"/>')] == [meant]


def test_what_is_no_web_address_is_left_out() -> None:
    shows = read(
        "".join(f'<outline text="x" xmlUrl="{url}"/>' for url in ("|~/run.py", "file:///a", "", "https://a.example/"))
    )
    assert [show.url for show in shows] == ["https://a.example/"]


def test_a_list_without_feeds_is_an_empty_list() -> None:
    assert read("") == read('<outline text="Only a folder"/>') == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"{not xml", "JSON"),
        (b"<html><body/></html>", "a web page"),
        (b"<rss version='2.0'><channel/></rss>", "a feed"),
        (b"<not-opml/>", "<not-opml>"),
        (opml('<outline text="A" xmlUrl="https://a.example/"/>')[:-20], "cut off"),
    ],
)
def test_what_is_no_whole_list_is_refused_with_the_files_name_and_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        read_opml(body, "mine.opml")
    assert str(refusal.value).startswith("mine.opml: ")
    assert reason in str(refusal.value)


def test_what_is_written_is_read_back_the_same() -> None:
    shows = (
        Subscription("https://b.example/f?x=1&y=2", 'B & "B" <b> 茶', "mine.opml"),
        Subscription("https://a.example/f", None, "mine.opml"),
    )
    written = write_opml(shows, "Mine & yours\x00")
    assert read_opml(written, "mine.opml") == shows
    assert b'<opml version="2.0">' in written
    assert b"<title>Mine &amp; yours</title>" in written


def test_nothing_followed_is_a_list_too() -> None:
    assert read_opml(write_opml((), "Mine"), "mine.opml") == ()


PAGE = """<!doctype html><html><head><![odd[<base href="https://tea.example/show/">
<link rel="stylesheet" href="/style.css">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
<link rel="ALTERNATE nofollow" type="Application/RSS+XML; charset=utf-8" href="feed.xml">
<link rel="alternate" type="application/atom+xml" href="//cdn.example/atom">
<link rel="alternate" type="application/rss+xml" href="feed.xml">
<link rel="alternate" type="application/rss+xml" href="javascript:1">
<link rel="alternate" type="application/rss+xml" href="feed://old.example/rss">
<link rel="alternate" hreflang="de" href="/de"></head>"""


def test_a_pages_feeds_are_found_absolute_once_and_comments_last() -> None:
    assert find_feed_links(PAGE.encode(), "https://tea.example/") == (
        "https://tea.example/show/feed.xml",
        "https://cdn.example/atom",
        "https://old.example/rss",
        "https://tea.example/comments/feed",
    )


@pytest.mark.parametrize("page", [b"", b"\x00\xff", b"<html>", b"<?xml version='1.0'?><rss/>"])
def test_a_page_without_feeds_has_none(page: bytes) -> None:
    assert find_feed_links(page, "https://tea.example/") == ()
