from __future__ import annotations

import gzip
from xml.etree.ElementTree import fromstring

import pytest

from brief_pipeline.errors import FeedUnreadable
from brief_pipeline.stages.feed_tags import find_channel, list_items, list_people
from brief_pipeline.stages.feed_xml import FeedXml, open_feed_xml

ITUNES = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
PODCAST = 'xmlns:podcast="https://podcastindex.org/namespace/1.0"'
FEED_URL = "https://tea.example/feed.xml"


def rss(inside: str, attributes: str = "") -> str:
    return f'<rss version="2.0" {attributes}><channel><title>Tea Talk</title>{inside}</channel></rss>'


def title_of_item(xml: FeedXml) -> str | None:
    assert xml.root is not None
    return list_items(xml.root, FEED_URL)[0].texts.get("rss:title")


@pytest.mark.parametrize(
    ("body", "title", "repair"),
    [
        ("<item><title>Oolong &amp; milk</title></item>", "Oolong & milk", None),
        ("<item><title>Oolong & milk</title></item>", "Oolong & milk", "escaped bare & and HTML entities"),
        ("<item><title>Oolong&nbsp;&eacute;t&eacute;</title></item>", "Oolong\xa0été", "escaped bare & and HTML entities"),
        ("<item><title>50 &percnt &foo; &#9;</title></item>", "50 &percnt &foo;", "escaped bare & and HTML entities"),
        ("<item><title>A&#0;B&#xFFFF;C&#x110000;</title></item>", "ABC", "escaped bare & and HTML entities"),
        ("<item><title>A\x00\x0b\x1fB\ufffe</title></item>", "AB", "dropped control characters"),
        ("<item><title>A</title><itunes:duration>9</itunes:duration></item>", "A", "declared the prefixes itunes"),
        ("<item><title>A</title><a odd:b='1'/></item>", "A", "declared the prefixes odd"),
        ("<item><title>A <b><i>b</b></i><br></title></item>", "A <b><i>b</b></i><br>", "escaped HTML tags inside texts"),
        ("<item><title><![CDATA[<b>&nbsp; & ]]></title><a>&</a></item>", "<b>&nbsp; &", "escaped bare & and HTML entities"),
    ],
)
def test_what_stops_an_xml_parser_is_mended(body: str, title: str, repair: str | None) -> None:
    xml = open_feed_xml(rss(body).encode())
    assert title_of_item(xml) == title
    assert xml.repairs == ((repair,) if repair else ())


@pytest.mark.parametrize(
    "before", ["\ufeff", "\n\n  ", "\ufeff\n", '<?xml version="1.0"?>\n', "<!-- made by hand -->", "\x00"]
)
def test_what_stands_before_the_feed_does_not_matter(before: str) -> None:
    assert title_of_item(open_feed_xml((before + rss("<item><title>A</title></item>")).encode())) == "A"


def test_a_warning_printed_before_the_feed_is_dropped() -> None:
    body = "<br/><b>Warning</b>: too slow\n<?xml version='1.0'?>" + rss("<item><title>A</title></item>")
    xml = open_feed_xml(body.encode())
    assert title_of_item(xml) == "A"
    assert xml.repairs == ("dropped text before the XML",)


def test_what_stands_after_the_feed_is_dropped() -> None:
    xml = open_feed_xml((rss("<item><title>A</title></item>") + "<script>count()</script>").encode())
    assert title_of_item(xml) == "A"
    assert xml.repairs == ("dropped text after the feed's end",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_in_any_encoding(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>' + rss("<item><title>Thé 茶</title></item>")
    assert title_of_item(open_feed_xml(body.encode(encoding))) == "Thé 茶"


@pytest.mark.parametrize(
    ("declared", "actual", "text"),
    [
        ("windows-1251", "cp1251", "Чай"),
        ("GB2312", "gb2312", "绿茶"),
        ("ISO-8859-1", "cp1252", "Thé “vert”"),
        ("iso-2022-jp", "iso-2022-jp", "お茶"),
        ("ISO-8859-1", "utf-8", "Thé"),
        ("utf-16", "utf-8", "Thé"),
        ("utf-8", "cp1252", "Thé “vert”"),
        ("no-such-thing", "cp1252", "Thé"),
        ("hex", "cp1252", "Thé"),
    ],
)
def test_declared_encodings_are_believed_only_where_they_can_be_true(declared: str, actual: str, text: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>' + rss(f"<item><title>{text}</title></item>")
    assert title_of_item(open_feed_xml(body.encode(actual))) == text


def test_one_stray_byte_does_not_spoil_the_rest_of_a_utf8_feed() -> None:
    body = rss("<item><title>Thé @ 茶</title></item>").encode().replace(b"@", b"\xe9")
    assert title_of_item(open_feed_xml(body)) == "Thé é 茶"


def test_a_gzipped_feed_is_unpacked() -> None:
    xml = open_feed_xml(gzip.compress(rss("<item><title>A</title></item>").encode()))
    assert title_of_item(xml) == "A"
    assert xml.repairs == ("unpacked gzip",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!DOCTYPE html><html><head><title>Not found</title></head></html>", "a web page, not a feed"),
        (b"<html><body>Please log in", "a web page, not a feed"),
        (b"<?xml version='1.0'?><sitemap><loc/></sitemap>", "<sitemap>"),
        (b"<opml version='2.0'><body/></opml>", "a list of subscriptions"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "JSON, not a feed"),
        (b"Service temporarily unavailable", "text or data without XML, not a feed"),
        (b"\x89PNG\r\n\x1a\n", "text or data without XML, not a feed"),
        (gzip.compress(b"<rss/>", mtime=0)[:-9], "gzip that does not unpack"),
        (b"\x1f\x8bnonsense", "gzip that does not unpack"),
        (b"<rss version='2.0'><channel><title>Tea</title><item><title>Oo", "cut off before the first item"),
    ],
)
def test_what_is_no_feed_is_refused_in_words_a_person_understands(body: bytes, reason: str) -> None:
    with pytest.raises(FeedUnreadable) as refusal:
        open_feed_xml(body)
    assert reason in str(refusal.value)


def test_a_gzip_bomb_is_refused() -> None:
    with pytest.raises(FeedUnreadable, match="more than"):
        open_feed_xml(gzip.compress(b" " * (65 * 1024 * 1024), compresslevel=1))


def test_an_entity_bomb_stays_small() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    body = f'<!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]>' + rss("<item><title>&l29;</title></item>")
    xml = open_feed_xml(body.encode())
    assert title_of_item(xml) == "&l29;"
    assert "dropped the document's own entities" in xml.repairs


def test_a_feed_cut_off_loses_only_its_last_half_item() -> None:
    whole = rss("<item><title>A</title></item><item><title>B</title></item>")
    for end in range(whole.index("B"), len(whole) - len("</item></channel></rss>")):
        xml = open_feed_xml(whole[:end].encode())
        assert xml.root is not None
        assert [item.texts["rss:title"] for item in list_items(xml.root, FEED_URL)] == ["A"]
        assert "cut off: read up to the last whole item" in xml.repairs


def test_one_item_beyond_repair_does_not_cost_the_others_their_tags() -> None:
    xml = open_feed_xml(rss("<item><title>A</title></item><item><a></b></item><item><title>C</title></item>").encode())
    assert xml.root is not None
    assert not xml.is_well_formed
    assert [item.texts["rss:title"] for item in list_items(xml.root, FEED_URL)] == ["A", "C"]


@pytest.mark.parametrize(
    "uri",
    [
        "https://podcastindex.org/namespace/1.0",
        "http://podcastindex.org/namespace/1.0/",
        "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    ],
)
@pytest.mark.parametrize("prefix", ["podcast", "ns1", "pod"])
def test_every_transcript_is_found_whatever_the_namespace_is_called(prefix: str, uri: str) -> None:
    links = "".join(f'<{prefix}:transcript url="/1.{kind}" type="text/{kind}" rel="captions"/>' for kind in ("vtt", "srt"))
    xml = open_feed_xml(rss(f"<item>{links}</item>", f'xmlns:{prefix}="{uri}"').encode())
    assert xml.root is not None
    (item,) = list_items(xml.root, FEED_URL)
    assert item.transcripts == (
        {"url": "/1.vtt", "type": "text/vtt", "rel": "captions"},
        {"url": "/1.srt", "type": "text/srt", "rel": "captions"},
    )


def test_people_keep_their_names_beside_attributes() -> None:
    channel = find_channel(
        fromstring(rss('<podcast:person role="host">Ada\n Lee</podcast:person><podcast:person/>', PODCAST))
    )
    assert channel is not None
    assert list_people(channel) == ("Ada Lee",)


def test_live_streams_are_taken_out_of_the_feed() -> None:
    live = "<podcast:liveItem><title>Live now</title><guid>live</guid><item><title>odd</title></item></podcast:liveItem>"
    xml = open_feed_xml(rss(f"{live}<item><title>A</title></item>", PODCAST).encode())
    assert xml.live_titles == ("Live now",)
    assert "live" not in xml.text.lower()
    assert title_of_item(xml) == "A"


def test_live_streams_are_taken_out_of_broken_xml_too() -> None:
    live = "<podcast:liveItem><title>Live now</title></podcast:liveItem>"
    xml = open_feed_xml(rss(f"{live}<item><a></b></item>", PODCAST).encode())
    assert not xml.is_well_formed
    assert "Live now" not in xml.text


def test_rss_in_a_namespace_of_its_own_is_rss() -> None:
    body = '<rss version="2.0" xmlns="https://www.rssboard.org/rss-specification"><channel><item><title>A</title></item></channel></rss>'
    assert title_of_item(open_feed_xml(body.encode())) == "A"


def test_relative_addresses_have_the_nearest_base() -> None:
    body = '<rss xml:base="https://a.example/x/"><channel xml:base="y/"><item/><item xml:base="/z/"/></channel></rss>'
    bases = [item.base for item in list_items(fromstring(body), FEED_URL)]
    assert bases == ["https://a.example/x/y/", "https://a.example/z/"]
