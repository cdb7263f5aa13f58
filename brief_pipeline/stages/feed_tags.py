"""What each item of a feed says in its tags: all of them, by namespace.

feedparser keeps one value a key, the last: of four transcripts it shows one, of several named people none. It names keys by
their prefix, and a live stream's id and date land on the show. So a feed is read a second time here, by namespace URI.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

# The namespaces that matter, without scheme and closing slash, lower case: feeds spell each of them several ways.
_LINK_RELATIONS = "http://www.iana.org/assignments/relation/"  # RFC 4287, 4.2.7.2: short for a name written out
_SPACES = {
    "": "rss",
    "purl.org/rss/1.0": "rss",
    "my.netscape.com/rdf/simple/0.9": "rss",
    "channel.netscape.com/rdf/simple/0.9": "rss",
    "www.w3.org/2005/atom": "atom",
    "purl.org/atom/ns#": "atom",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "podcastindex.org/namespace/1.0": "podcast",
    "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md": "podcast",
    "github.com/podcastindex-org/podcast-namespace/blob/master/docs/1.0.md": "podcast",
    "github.com/podcastindex-org/podcast-namespace": "podcast",
    "podlove.org/simple-chapters": "psc",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "search.yahoo.com/mrss": "media",
}
# An absolute address that joining would only hand back: no blanks, no parameters, no fragment, no empty query.
_PLAIN_URL = re.compile(r"https?://[\w.-]+(?::\d+)?/[\w./~%+=&,:@!$'()*-]*(?:\?[\w./~%+=&,:@!$'()*-]+)?", re.ASCII)
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True)
class ItemTags:
    """What the XML says of one item. Texts are as they stand there."""

    base: str = ""  # what relative addresses are relative to (xml:base)
    texts: dict[str, str] = field(default_factory=dict)  # "rss:pubdate" -> its text: the first that is not blank
    enclosures: tuple[dict[str, str], ...] = ()  # attributes of each <enclosure>
    transcripts: tuple[dict[str, str], ...] = ()  # attributes of each <podcast:transcript>
    chapters_url: str | None = None
    chapters: tuple[tuple[str, str], ...] = ()  # (start, title) of each <psc:chapter>
    people: tuple[str, ...] = ()
    alternates: tuple[dict[str, str], ...] = ()  # attributes of each <podcast:alternateEnclosure>, "href" from its source


def list_items(root: Element, feed_url: str) -> tuple[ItemTags, ...]:
    """The tags of each item, in the order of the feed."""
    return tuple(_read_item(item, base) for item, base in _walk_items(root, feed_url))


def find_channel(root: Element) -> Element | None:
    """The element that describes the show: <channel>, or Atom's <feed> itself."""
    if split_tag(root.tag)[1] == "feed":
        return root
    return next((element for element in root.iter() if split_tag(element.tag)[1] == "channel"), None)


def list_links(channel: Element, feed_url: str) -> tuple[tuple[str, str], ...]:
    """(rel, absolute address) of each link of a show: Atom's <link>, also in RSS. rel is in lower case, "" where none."""
    base = join_url(feed_url, channel.get(_BASE)) or feed_url
    links = (child for child in channel if split_tag(child.tag) in (("atom", "link"), ("rss", "link")))
    joined = ((link.get("rel", ""), join_url(join_url(base, link.get(_BASE)) or base, link.get("href"))) for link in links)
    return tuple((rel.strip().lower().removeprefix(_LINK_RELATIONS), url) for rel, url in joined if url)


def list_people(parent: Element) -> tuple[str, ...]:
    """The names in the <podcast:person> tags directly under an element."""
    return _name_people(child for child in parent if split_tag(child.tag) == ("podcast", "person"))


def join_url(base: str, address: str | None) -> str | None:
    """An absolute web address, or None: trimmed, blanks inside it escaped, only http and https.

    >>> join_url("https://show.example/feed.xml", " /audio/one two.mp3\\n")
    'https://show.example/audio/one%20two.mp3'
    >>> join_url("https://show.example/feed.xml", "file:///etc/passwd") is None
    True
    """
    if address and _PLAIN_URL.fullmatch(address):
        return address
    try:
        url = urljoin(base, (address or "").strip())
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:  # "http://[": brackets without an IPv6 address
        return None
    return re.sub(r"\s+", "%20", url) if address and address.strip() and is_web else None


@lru_cache(maxsize=1024)
def split_tag(tag: str) -> tuple[str, str]:
    """The namespace's short name and the lower-case tag name.

    >>> split_tag("{https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md}transcript")
    ('podcast', 'transcript')
    """
    if not isinstance(tag, str):  # a comment or processing instruction
        return "", ""
    uri, _, name = tag.rpartition("}")
    bare = uri.lstrip("{").strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    return _SPACES.get(bare, bare), name.lower()


def drop_rss_namespace(root: Element) -> bool:
    """Whether RSS stood in a namespace, which it has none of and feeds invent several for; now it stands in none."""
    channel = find_channel(root)
    uri = channel.tag.rpartition("}")[0] if channel is not None and split_tag(root.tag)[1] == "rss" else ""
    if not uri:
        return False
    for element in root.iter():
        element.tag = element.tag.removeprefix(uri + "}")
    return True


def drop_chapters_without_start(root: Element) -> bool:
    """Whether there were any <psc:chapter> tags without a start, on which feedparser 6.0 dies; now there are none."""
    lists = [element for element in root.iter() if split_tag(element.tag) == ("psc", "chapters")]
    timeless = [(parent, mark) for parent in lists for mark in parent if not mark.get("start")]
    for parent, mark in timeless:
        parent.remove(mark)
    return bool(timeless)


def take_out_live_items(root: Element) -> Iterator[str]:
    """Removes each <podcast:liveItem>, whose id, link and date would pass for the show's, and gives its title."""
    for parent in list(root.iter()):
        for child in list(parent):
            if split_tag(child.tag) == ("podcast", "liveitem"):
                parent.remove(child)
                yield " ".join((child.findtext("title") or "live stream").split())


def _walk_items(root: Element, feed_url: str) -> Iterator[tuple[Element, str]]:
    waiting = [(root, feed_url)]
    while waiting:  # not by calling itself: a hostile feed has channels in channels, a hundred thousand deep
        element, base = waiting.pop()
        base = join_url(base, element.get(_BASE)) or base
        space, name = split_tag(element.tag)
        if name in ("item", "entry") and space in ("rss", "atom") and element is not root:
            yield element, base
        elif name == "channel" or element is root:
            waiting += [(child, base) for child in reversed(element)]


def _read_item(item: Element, base: str) -> ItemTags:
    texts: dict[str, str] = {}
    transcripts: list[dict[str, str]] = []
    alternates: list[dict[str, str]] = []
    chapters: list[tuple[str, str]] = []
    people: list[Element] = []
    enclosures: list[dict[str, str]] = []
    chapters_url = None
    for child in item:
        space, name = split_tag(child.tag)
        if name == "enclosure":
            enclosures.append({key.lower(): value for key, value in child.attrib.items()})
            continue
        if space == "podcast":
            if name == "transcript":
                transcripts.append({key.lower(): value for key, value in child.attrib.items()})
                continue
            if name == "chapters":
                chapters_url = chapters_url or child.get("url")
                continue
            if name == "alternateenclosure":
                sources = [source.get("uri", "") for source in child if split_tag(source.tag) == ("podcast", "source")]
                alternates.extend({**child.attrib, "href": uri} for uri in sources)
                continue
            if name == "person":
                people.append(child)
        elif (space, name) == ("psc", "chapters"):
            chapters.extend((mark.get("start", ""), mark.get("title", "")) for mark in child)
            continue
        key = f"{space}:{name}"
        if key not in texts and (text := ("".join(child.itertext()) if len(child) else child.text or "").strip()):
            texts[key] = text
    return ItemTags(
        base=base,
        texts=texts,
        enclosures=tuple(enclosures),
        transcripts=tuple(transcripts),
        chapters_url=chapters_url,
        chapters=tuple(chapters),
        people=_name_people(people),
        alternates=tuple(alternates),
    )


def _name_people(people: Iterable[Element]) -> tuple[str, ...]:
    return tuple(name for name in (" ".join("".join(person.itertext()).split()) for person in people) if name)
