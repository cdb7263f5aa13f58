"""The segments of an HTML transcript: a fragment, a whole page, a table. (Timed XML is read by transcript_xml.)

The page's furniture (navigation, scripts, forms) goes. Names come from <cite>, <dt>, a class with "speaker" in it, a bold
name at the head of a paragraph, a short first cell of a table row, or the text itself ("Ada:"); times from <time>, a class
with "time" in it, data-start and the like, or stamps in the text. Headings are kept only if they are names or times.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement, PreformattedString
from bs4.exceptions import ParserRejectedMarkup

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Segment
from brief_pipeline.stages.captions import is_captions, read_captions
from brief_pipeline.stages.piece import pieces_to_segments
from brief_pipeline.stages.speaker import is_name_shaped
from brief_pipeline.stages.transcript_text import (
    CLOCK,
    Line,
    plain_markdown,
    read_clock,
    read_stamp,
    read_text,
    segments_of_lines,
)
from brief_pipeline.stages.transcript_xml import read_timed_xml

MAX_ERROR_PAGE_WORDS = 300  # an episode about a "404" has more to say than a page that is one
MIN_CONTAINER_WORDS = 30  # a box called "transcript" with fewer words is a button or a heading
MAX_TAGS = 200_000  # opening and closing; 8 hours of single words have 160,000; a tree of twice as many takes 600 MB
MAX_TELLING_NODES = 16  # inside a name or a time: a bold name has one, a heading with links and icons a few
MAX_TITLES = 5
MIN_MARKUP_TAGS = 3  # prose may hold a stray one
MIN_CONTAINER_SHARE = 0.3  # of the page's words

_FURNITURE_NAMES = "script style noscript template nav header footer aside form button svg head iframe"
_FURNITURE = _FURNITURE_NAMES.split()
_BLOCK_NAMES = """
    address article blockquote body caption dd div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 hr html li main ol p
    pre section table tbody tfoot thead tr ul br cite time
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_TELLING = frozenset(["time", "a", "cite", "dt", "strong", "b", *_HEADINGS])  # tags that may be a name or a time
_TAG_NAMES = (
    r"html|body|head|div|p|cite|time|span|table|tr|ul|ol|dl|section|article|main|h[1-6]|br|strong|b|pre|tt|sami|timedtext"
    r"|pst:\w+|transcripts?"
)
_ERROR_TITLE = re.compile(
    r"\b(40[0-9]|410|429|50[0-9])\b|not found|no longer available|does ?n[o'’]t exist|access denied|forbidden"
    r"|just a moment|captcha|attention required|bad gateway|service unavailable|sign in|log ?in\b|error",
    re.IGNORECASE,
)
_ERROR_BODY = re.compile(
    r"page (you|not)\b|not found|could(?: not|n[’']t) be found|access denied|forbidden|enable javascript|are you (a )?human"
    r"|(?:^\W*|error|status|code|http[\w/.]*)\W{0,3}(?:4[01]\d|429|50[0-4])\W*(?:$|(?-i:[A-Z]))"
    r"|sign in to|log ?in to|bad gateway|unavailable|no longer exists|AccessDenied|NoSuchKey",
    re.IGNORECASE,
)
_FEED = re.compile(  # atomic groups: without them a page of comments takes for ever
    r"(?>\s+|<\?[^>]*>|<!--(?>.*?-->)|<!(?!--)[^>]*>)*+<(?:rss|feed|opml|rdf:RDF)\b", re.DOTALL
)
_TIME_ATTRIBUTES = {"data-start": 1.0, "data-time": 1.0, "data-begin": 1.0, "data-timestamp": 1.0, "data-m": 1000.0}


def looks_like_markup(text: str) -> bool:
    """Whether the text is HTML or XML and not prose with a "<" in it.

    >>> looks_like_markup("<p>Hello</p>"), looks_like_markup("a < b > c"), looks_like_markup("<v Ada>Hello")
    (True, False, False)
    """
    head = re.match(rf"\s*(?:<\?xml|<!doctype|<!--|<(?:{_TAG_NAMES})\b)", text, re.IGNORECASE)
    return bool(head) or len(re.findall(rf"</(?:{_TAG_NAMES})\s*>|<br\s*/?>", text, re.IGNORECASE)) >= MIN_MARKUP_TAGS


def read_html(text: str) -> tuple[Segment, ...]:
    """The segments of HTML or timed XML. Raises TranscriptUnreadable for an error page or a page without words.

    >>> [(s.start_seconds, s.speaker, s.text) for s in read_html("<cite>Ada:</cite><time>00:07</time><p>Yes.</p>")]
    [(7.0, 'Ada', 'Yes.')]
    """
    if _FEED.match(text):
        raise TranscriptUnreadable("a feed, not a transcript")
    if text.count("<") > MAX_TAGS:
        raise TranscriptUnreadable(f"markup with more than {MAX_TAGS} tags: no transcript has so many")
    text = re.sub(r"^\s*<\?xml[^>]*>", "", text)
    closed, mark, rest = text.rpartition(">")
    text = closed + mark + rest.replace("<", "&lt;")  # tags that never end, which html.parser reads again and again
    if 2 * len(re.findall(r"</tr\b", text, re.I)) < len(re.findall(r"<tr\b", text, re.I)):  # HTML lets them be left out
        text = re.sub(r"<tr\b", "</td></tr><tr", re.sub(r"<(t[dh])\b", r"</\1><\1", text, flags=re.I), flags=re.I)
    try:
        soup = BeautifulSoup(text, "html.parser")
    except ParserRejectedMarkup as error:
        raise TranscriptUnreadable(f"broken markup: {str(error).splitlines()[-1].strip()}") from error
    timed = read_timed_xml(soup)
    if timed:
        return pieces_to_segments(timed)
    _refuse_error_page(soup)
    shown = _preformatted(soup)
    if shown:
        return read_captions(shown) if is_captions(shown) else read_text(shown)
    for tag in soup(_FURNITURE):
        tag.decompose()
    return segments_of_lines(_LineReader().read(_content(soup)))


def _preformatted(soup: BeautifulSoup) -> str | None:
    """The text of a <pre> that holds most of the page's words: a file of another kind, shown in a browser."""
    found = soup.find("pre")
    text = found.get_text() if found else ""
    return text if 2 * len(text.split()) > len(soup.get_text(" ").split()) else None


def html_language(text: str) -> str | None:
    """The language that the markup names for itself."""
    found = re.search(
        r"<(?:html|tt|transcript)\b[^<>]*?\s(?:xml:)?lang=[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)", text[:4000]
    )
    return found[1].lower() if found else None


def _refuse_error_page(soup: BeautifulSoup) -> None:
    titles = " ".join(_short_text(tag) or "" for tag in soup(["title", "h1"], limit=MAX_TITLES))
    words = soup.body.get_text(" ").split() if soup.body else soup.get_text(" ").split()
    is_error = (len(words) < MAX_ERROR_PAGE_WORDS and _ERROR_TITLE.search(titles)) or is_error_text(" ".join(words))
    if is_error and not soup.find(["cite", "time"]):
        title = " ".join(titles.split())[:80] or " ".join(words)[:80]
        raise TranscriptUnreadable(f"a web page that says “{title}”, not a transcript: the link may have moved")


def is_error_text(text: str) -> bool:
    """Whether a short text is a server's excuse ("404 Not Found") and nothing anybody said in a show."""
    return len(text.split()) < 40 and _ERROR_BODY.search(text) is not None


def _content(soup: BeautifulSoup) -> Tag:
    """The part of a page that holds the transcript: a box of that name if it holds much of the words, else the article."""
    total = len(soup.get_text(" ").split())
    sized = sorted(((len(tag.get_text(" ").split()), tag) for tag in _boxes(soup)), key=lambda pair: -pair[0])
    if sized and sized[0][0] >= max(MIN_CONTAINER_WORDS, MIN_CONTAINER_SHARE * total):
        return sized[0][1]
    return soup.find("article") or soup.find("main") or soup.body or soup


def _boxes(soup: BeautifulSoup) -> list[Tag]:
    """The tags called "transcript", those left out that stand inside another: the outer one holds the most."""
    boxes: list[Tag] = []
    inside: set[int] = set()
    for tag in soup.find_all(True):
        is_named = tag.name not in ("html", "body") and "transcript" in _names(tag)
        if id(tag.parent) in inside or is_named:
            inside.add(id(tag))
            if id(tag.parent) not in inside:
                boxes.append(tag)
    return boxes


def _short_text(tag: Tag) -> str | None:
    """The text of a tag with little in it; None for one that is too large for a name, a time or a title.

    It stops looking early: tags nest a hundred thousand deep, and each is asked.
    """
    strings: list[str] = []
    waiting: list[PageElement] = [tag]
    for _ in range(MAX_TELLING_NODES):
        if not waiting:
            return " ".join(" ".join(strings).split())
        node = waiting.pop()
        if isinstance(node, Tag):
            waiting.extend(reversed(node.contents[: MAX_TELLING_NODES + 1]))
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            strings.append(node)
    return None


def _names(tag: Tag) -> str:
    """Id and classes of a tag, lower case."""
    classes: str | list[str] = tag.get("class") or []
    return " ".join([str(tag.get("id") or ""), *([classes] if isinstance(classes, str) else classes)]).lower()


class _LineReader:
    """Walks a tree and gathers lines: blocks part them, names and times belong to the next words."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.text = ""
        self.label: str | None = None
        self.start: float | None = None

    def read(self, root: Tag) -> list[Line]:
        """The lines under a tag. A stack of our own: pages nest deeper than Python recurses."""
        stack: list[tuple[Tag | NavigableString, bool]] = [(root, False)]
        while stack:
            node, is_leaving = stack.pop()
            if isinstance(node, NavigableString):
                if not isinstance(node, PreformattedString):  # comments, doctypes, CDATA
                    self.text += re.sub(r"\s+", " ", str(node))
            elif is_leaving:
                self.leave(node)
            elif not self.take(node):
                stack.append((node, True))
                stack.extend(
                    (child, False) for child in reversed(node.contents) if isinstance(child, (Tag, NavigableString))
                )
        self.flush()
        return self.lines

    def take(self, tag: Tag) -> bool:
        """Whether the tag was a name, a time or a table row, read whole here."""
        if tag.name in _BLOCKS:
            self.flush()
        if tag.name == "tr":
            return self.take_row(tag)
        self.note_time_attribute(tag)
        if tag.name not in _TELLING and not re.search("speaker|time|stamp", _names(tag)):
            return False
        text = _short_text(tag)
        if text is None:
            return False
        if _is_time_tag(tag, text):
            self.flush()
            self.start = read_stamp(text.strip("[]()"))
            return True
        if tag.name in _HEADINGS and not re.search(CLOCK, text) and not text.endswith(":"):
            return True
        if not self.text.strip() and _is_label_tag(tag, text):
            self.flush()
            self.label = text
            return True
        return False

    def note_time_attribute(self, tag: Tag) -> None:
        for name, divisor in _TIME_ATTRIBUTES.items():
            value = tag.get(name)
            start = read_clock(value) if isinstance(value, str) else None
            if start is not None and tag.name in (*_BLOCKS, "span", "a") and self.start is None and not self.text.strip():
                self.start = start / divisor

    def take_row(self, row: Tag) -> bool:
        """A table row: a cell with a time, a cell with a name, and what was said."""
        if row.find(["table", "tr"]):  # a table for layout, or rows that nobody closed
            return False
        cells = [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["td", "th"])]
        if not cells or row.find("td") is None:
            return row.find("td") is None  # a row of headings says nothing
        self.start = next((read_stamp(cell.strip("[]()")) for cell in cells if _is_clock(cell)), self.start)
        spoken = [cell for cell in cells if cell and not _is_clock(cell)]
        if len(spoken) > 1 and is_name_shaped(spoken[0].rstrip(":")):
            self.label, spoken = spoken[0], spoken[1:]
        self.text = " ".join(spoken)
        self.flush()
        return True

    def leave(self, tag: Tag) -> None:
        if tag.name in _BLOCKS:
            self.flush()

    def flush(self) -> None:
        text = plain_markdown(self.text.strip())  # some sites leave it unrendered
        self.text = ""
        if text or self.label is not None:
            text = re.sub(r"^:\s*", "", text) if self.label is not None else text
            self.lines.append(Line(text, self.label, self.start))
            self.label = self.start = None


def _is_clock(text: str) -> bool:
    return re.fullmatch(rf"[\[(]?\s*{CLOCK}\s*(?:[-–—]+>?\s*{CLOCK}\s*)?[\])]?", text) is not None


def _is_time_tag(tag: Tag, text: str) -> bool:
    return _is_clock(text) and (tag.name in ("time", "a") or "time" in _names(tag) or "stamp" in _names(tag))


def _is_label_tag(tag: Tag, text: str) -> bool:
    """Whether a tag at the head of a line names the speaker of what follows."""
    if tag.name in ("cite", "dt"):
        return 0 < len(text.split()) <= 6 and (tag.name == "cite" or is_name_shaped(text.rstrip(":")))
    if "speaker" in _names(tag) and text and len(text) <= 60 and is_name_shaped(text.rstrip(":")):
        return True
    if tag.name not in ("strong", "b") or not is_name_shaped(text.rstrip(": ")):
        return False
    following = tag.next_sibling
    while isinstance(following, NavigableString) and not following.strip():
        following = following.next_sibling
    is_alone = following is None or (isinstance(following, Tag) and following.name == "br")
    return text.endswith(":") or is_alone or (isinstance(following, str) and following.lstrip().startswith(":"))
