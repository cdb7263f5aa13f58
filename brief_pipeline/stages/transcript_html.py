"""The segments of an HTML transcript: a fragment, a whole page, a table; or of timed XML (TTML, Podlove, YouTube).

The page's furniture (navigation, scripts, forms) goes. Names come from <cite>, <dt>, a class with "speaker" in it, a bold
name at the head of a paragraph, a short first cell of a table row, or the text itself ("Ada:"); times from <time>, a class
with "time" in it, data-start and the like, or stamps in the text. Headings are kept only if they are names or times.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString
from bs4.exceptions import ParserRejectedMarkup

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Segment
from brief_pipeline.stages.captions import Piece, pieces_to_segments
from brief_pipeline.stages.speaker import is_name_shaped
from brief_pipeline.stages.transcript_text import (
    CLOCK,
    Line,
    clean_text,
    plain_markdown,
    read_clock,
    read_stamp,
    segments_of_lines,
)

MAX_ERROR_PAGE_WORDS = 300  # an episode about a "404" has more to say than a page that is one
MIN_CONTAINER_WORDS = 30  # a box called "transcript" with fewer words is a button or a heading
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
    r"html|body|head|div|p|cite|time|span|table|tr|ul|ol|dl|section|article|main|h[1-6]|br|strong|b|tt|pst:\w+|transcripts?"
)
_ERROR_TITLE = re.compile(
    r"\b(40[0-9]|410|429|50[0-9])\b|not found|no longer available|does ?n[o'’]t exist|access denied|forbidden"
    r"|just a moment|captcha|attention required|bad gateway|service unavailable|sign in|log ?in\b|error",
    re.IGNORECASE,
)
_ERROR_BODY = re.compile(
    r"page (you|not)\b|not found|\b(403|404|410|50[0-4])\b|access denied|forbidden|enable javascript|are you (a )?human"
    r"|sign in to|log ?in to|bad gateway|unavailable|no longer exists|AccessDenied|NoSuchKey",
    re.IGNORECASE,
)
_TIME_ATTRIBUTES = {"data-start": 1.0, "data-time": 1.0, "data-begin": 1.0, "data-timestamp": 1.0, "data-m": 1000.0}
_XML_STARTS = {"begin": 1.0, "start": 1.0, "t": 1000.0}  # TTML; Podlove and YouTube; YouTube's srv3
_XML_LENGTHS = {"dur": 1.0, "d": 1000.0}


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
    if re.match(r"\s*(?:<\?[^>]*>|<!--.{0,2000}?-->|\s)*<(?:rss|feed|opml|rdf:RDF)\b", text, re.DOTALL):
        raise TranscriptUnreadable("a feed, not a transcript")
    try:
        soup = BeautifulSoup(re.sub(r"^\s*<\?xml[^>]*>", "", text), "html.parser")
    except ParserRejectedMarkup as error:
        raise TranscriptUnreadable(f"broken markup: {str(error).splitlines()[-1].strip()}") from error
    timed = _timed_pieces(soup)
    if timed:
        return pieces_to_segments(timed)
    _refuse_error_page(soup)
    for tag in soup(_FURNITURE):
        tag.decompose()
    return segments_of_lines(_LineReader().read(_content(soup)))


def html_language(text: str) -> str | None:
    """The language that the markup names for itself."""
    found = re.search(
        r"<(?:html|tt|transcript)\b[^<>]*?\s(?:xml:)?lang=[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)", text[:4000]
    )
    return found[1].lower() if found else None


def _refuse_error_page(soup: BeautifulSoup) -> None:
    titles = " ".join(tag.get_text(" ") for tag in soup(["title", "h1"]))
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
    named = [tag for tag in soup.find_all(True) if "transcript" in _names(tag)]
    sized = sorted(((len(tag.get_text(" ").split()), tag) for tag in named), key=lambda pair: -pair[0])
    if sized and sized[0][0] >= max(MIN_CONTAINER_WORDS, MIN_CONTAINER_SHARE * total):
        return sized[0][1]
    return soup.find("article") or soup.find("main") or soup.body or soup


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
        text = " ".join(tag.get_text(" ").split())
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
        cells = [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["td", "th"])]
        if row.find("table") or not cells or row.find("td") is None:
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


def _timed_pieces(soup: BeautifulSoup) -> list[Piece]:
    """The elements of timed XML that hold text: times in attributes, as TTML, Podlove and YouTube write them."""
    pieces: list[Piece] = []
    speaker: str | None = None
    for tag in soup.find_all(True):
        if tag.name.split(":")[-1] == "speech":
            speaker = None
        if tag.name.split(":")[-1] == "speaker":
            speaker = clean_text(tag.get_text()) or None
        start = _attribute_time(tag, _XML_STARTS)
        if start is None or tag.name in ("ol", "video", "audio", "div", "body"):
            continue
        length = _attribute_time(tag, _XML_LENGTHS)
        end = _attribute_time(tag, {"end": 1.0})
        end = start + length if end is None and length is not None else end
        pieces.append(Piece(tag.get_text(" "), start, end, speaker))
    return pieces


def _attribute_time(tag: Tag, names: dict[str, float]) -> float | None:
    for name, divisor in names.items():
        value = tag.get(name)
        seconds = read_clock(value) if isinstance(value, str) else None
        if seconds is not None:
            return seconds / divisor
    return None
