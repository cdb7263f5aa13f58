"""What each item of a feed says in its tags: all of them, by namespace.

feedparser keeps one value a key, the last: of four transcripts it shows one, of several named people none. It names keys by
their prefix, and a live stream's id and date land on the show. So a feed is read a second time here, by namespace URI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

# The namespaces that matter, without scheme and closing slash, lower case: feeds spell each of them several ways.
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
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


@dataclass(frozen=True, slots=True)
class ItemTags:
    """What the XML says of one item. Texts are as they stand there."""

    base: str = ""  # what relative addresses are relative to (xml:base)
    texts: dict[str, str] = field(default_factory=dict)  # "rss:pubdate" -> its text: the first that is not blank
    enclosure_url: str | None = None  # of the first <enclosure>, as it stands there
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


def list_people(parent: Element) -> tuple[str, ...]:
    """The names in the <podcast:person> tags directly under an element."""
    people = (child for child in parent if split_tag(child.tag) == ("podcast", "person"))
    return tuple(name for name in (" ".join("".join(person.itertext()).split()) for person in people) if name)


def join_url(base: str, address: str | None) -> str | None:
    """An absolute web address, or None: trimmed, blanks inside it escaped, only http and https.

    >>> join_url("https://show.example/feed.xml", " /audio/one two.mp3\\n")
    'https://show.example/audio/one%20two.mp3'
    >>> join_url("https://show.example/feed.xml", "file:///etc/passwd") is None
    True
    """
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


def _walk_items(parent: Element, base: str) -> Iterator[tuple[Element, str]]:
    base = join_url(base, parent.get(_BASE)) or base
    for child in parent:
        space, name = split_tag(child.tag)
        if name in ("item", "entry") and space in ("rss", "atom"):
            yield child, join_url(base, child.get(_BASE)) or base
        elif name == "channel":
            yield from _walk_items(child, base)


def _read_item(item: Element, base: str) -> ItemTags:
    texts: dict[str, str] = {}
    transcripts: list[dict[str, str]] = []
    alternates: list[dict[str, str]] = []
    chapters: list[tuple[str, str]] = []
    chapters_url = enclosure_url = None
    for child in item:
        space, name = split_tag(child.tag)
        if (space, name) == ("podcast", "transcript"):
            transcripts.append({key.lower(): value for key, value in child.attrib.items()})
        elif (space, name) == ("podcast", "chapters"):
            chapters_url = chapters_url or child.get("url")
        elif (space, name) == ("podcast", "alternateenclosure"):
            sources = [source.get("uri", "") for source in child if split_tag(source.tag) == ("podcast", "source")]
            alternates.extend({**child.attrib, "href": uri} for uri in sources)
        elif (space, name) == ("psc", "chapters"):
            chapters.extend((mark.get("start", ""), mark.get("title", "")) for mark in child)
        elif name == "enclosure":
            enclosure_url = enclosure_url or child.get("url")
        elif (text := "".join(child.itertext()).strip()) and f"{space}:{name}" not in texts:
            texts[f"{space}:{name}"] = text
    return ItemTags(
        base=base,
        texts=texts,
        enclosure_url=enclosure_url,
        transcripts=tuple(transcripts),
        chapters_url=chapters_url,
        chapters=tuple(chapters),
        people=list_people(item),
        alternates=tuple(alternates),
    )
