"""The shows a listener follows, as lists of subscriptions (OPML) write them, and the feeds a web page points to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import listparser
from bs4 import BeautifulSoup

from brief_pipeline.errors import FeedUnreadable, SettingsInvalid
from brief_pipeline.records import Subscription
from brief_pipeline.stages.enclosure import normalise_feed_url
from brief_pipeline.stages.feed_tags import join_url
from brief_pipeline.stages.feed_xml import open_xml

# Schemes that podcast apps use for "open this feed here"; the address behind them is a web address.
_APP_SCHEME = re.compile(r"(?:feed|itpc|itms-podcast|pcast|podcast|podcasts|overcast|zune):(?://)?(?=\S)", re.IGNORECASE)
_ODD_MARKUP = re.compile(rb"<\?|<!\[")  # bs4 warns of <?xml ...>, html.parser raises AssertionError on an odd <![...
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"}
)
_NOT_XML_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2: Char


def read_opml(body: bytes, origin: str) -> tuple[Subscription, ...]:
    """The subscriptions in an OPML file, in its order, folders opened, each feed once. `origin` is the file's name.

    An OPML file that lists no feed gives none. Entries that are no web address (a command to run, a file) are left out.
    Raises SettingsInvalid, naming the file and the reason, where it is no OPML or is broken: half a list is no list.
    """
    try:
        xml = open_xml(body, frozenset({"opml"}), "a list of subscriptions (OPML)")
    except FeedUnreadable as reason:
        raise SettingsInvalid(f"{origin}: {reason}") from reason
    if xml.root is None:
        raise SettingsInvalid(f"{origin}: broken or cut off, it is not well-formed XML. Export the list again")
    subscriptions: dict[str, Subscription] = {}
    for feed in listparser.parse(xml.text.encode()).feeds:
        if url := _read_address(feed.url):
            title = " ".join((feed.get("title") or "").split())
            subscription = Subscription(url, title if title and title != url else None, origin)
            subscriptions.setdefault(normalise_feed_url(url), subscription)
    return tuple(subscriptions.values())


def write_opml(subscriptions: Iterable[Subscription], title: str) -> bytes:
    """An OPML 2.0 file of the subscriptions, which every podcast app can import and read_opml reads back.

    >>> opml = write_opml([Subscription("https://a.example/feed", "A & B")], "Mine")
    >>> [subscription.title for subscription in read_opml(opml, "mine.opml")]
    ['A & B']
    """
    opml = Element("opml", version="2.0")
    SubElement(SubElement(opml, "head"), "title").text = _NOT_XML_TEXT.sub("", title)
    body = SubElement(opml, "body")
    for subscription in subscriptions:
        name = _NOT_XML_TEXT.sub("", subscription.title or "") or subscription.url  # OPML 2.0: text is required
        SubElement(body, "outline", type="rss", text=name, title=name, xmlUrl=subscription.url)
    indent(opml)
    written: bytes = tostring(opml, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def find_feed_links(page: bytes, page_url: str) -> tuple[str, ...]:
    """The absolute addresses of the RSS and Atom feeds a web page announces, in its order; feeds of comments come last.

    Source: RSS autodiscovery, <link rel="alternate" type="application/rss+xml" href="...">.
    """
    soup = BeautifulSoup(_ODD_MARKUP.sub(b"", page), "html.parser")
    base_tag = soup.find("base", href=True)
    base = (join_url(page_url, str(base_tag["href"])) if base_tag else None) or page_url
    found: dict[str, bool] = {}
    for link in soup.find_all("link", href=True):
        relations = {str(relation).lower() for relation in link.get_attribute_list("rel")}
        media_type = str(link.get("type") or "").partition(";")[0].strip().lower()
        is_feed = "feed" in relations or ("alternate" in relations and media_type in _FEED_TYPES)
        url = join_url(base, _APP_SCHEME.sub(_web_scheme, str(link["href"]).strip(), count=1)) if is_feed else None
        if url:
            found.setdefault(url, "comment" in f"{link.get('title') or ''} {url}".lower())
    return tuple(sorted(found, key=lambda url: found[url]))


def _read_address(text: str) -> str | None:
    address = _APP_SCHEME.sub(_web_scheme, text.strip(), count=1)
    return join_url("", address)


def _web_scheme(match: re.Match[str]) -> str:
    """feed://show.example and feed:https://show.example both mean a web address."""
    behind = match.string[match.end() :]
    return "" if re.match(r"https?:", behind, re.IGNORECASE) else "https://"
