"""What a feed's show notes say: plain text, the chapters their time stamps mark, the transcripts they link to."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from brief_pipeline.records import Chapter, TranscriptLink
from brief_pipeline.stages.feed_tags import join_url

MAX_DESCRIPTION_CHARACTERS = 10_000  # of plain text. Notes of real feeds are longer 3 times in 1,000: pasted transcripts
MAX_NOTES_MARKUP = 6 * MAX_DESCRIPTION_CHARACTERS  # of HTML: bounds the time that one item can take
CUT_MARK = " […]"  # ends the text of notes that were longer
MAX_DURATION_SECONDS = 48 * 3600  # the longest real episodes are day-long streams; more is milliseconds or nonsense
MAX_OPEN_TAGS = 50  # that never close: html.parser looks for the end of each through all that follows
MAX_LABEL_CHARACTERS = 60  # of a link: "Read the transcript of this episode"; longer ones are titles of articles
MIN_STAMPS = 3  # two times in a text may be anything; three on lines of their own, in order, are a table of contents

_BLOCK = re.compile(r"<(?=/?(?:br|p|li|ul|ol|div|h[1-6]|tr|td|dt|dd|blockquote|hr)\b)", re.IGNORECASE)
# <![CDATA[ inside text, and Word's <![if !supportLists]>: html.parser raises AssertionError on those it does not know. And
# <?xml ...>, which Word's notes carry too: bs4 warns of it.
_SECTION = re.compile(r"<!\[(?:CDATA\[|[^\[\]<>]*\]?>)?|\]\]>|<\?[^<>]*>?")
_MARKUP = re.compile(r"</?(?:a|b|br|div|em|h[1-6]|i|li|ol|p|span|strong|u|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE)
# What html.parser and this file's other patterns read alike: common tags with quoted attributes, references that end in ";".
_PLAIN_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|img|ins|li|ol|p|s"
    r"|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul)"
    r"(?:\s++(?:[\w:-]++(?:=(?:\"[^\"<>]*+\"|'[^'<>]*+'))?(?=[\s/>])\s*+)*+)?/?>",
    re.IGNORECASE | re.ASCII,
)
_ODD_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|nbsp|#39|#(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|[1-9]\d{3});)|\s)"
)
_STAMP = re.compile(r"\W{0,4}(?P<clock>(?:\d{1,2}:)?\d{1,3}:\d{2})(?!\d)[\])]?[\s:.|–—-]*(?P<title>\S.{0,200})")
_CLOCK = re.compile(r"(?:(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,6}):)?(?P<seconds>\d{1,9}(?:[.,]\d{0,9})?)")
_SPELLED = re.compile(
    r"(?:PT)?(?:(?P<hours>\d{1,3})\s*h(?:ours?|rs?)?)?[\s,]*(?:(?P<minutes>\d{1,6})\s*m(?:in(?:ute)?s?)?\.?)?[\s,]*"
    r"(?:(?P<seconds>\d{1,9}(?:\.\d{1,9})?)\s*s(?:ec(?:ond)?s?)?\.?)?",
    re.IGNORECASE,
)
_POINTER = re.compile(r"(?:click |right |over |read it |read on )?(?:here|link|this link|pdf|text)[.:!]?", re.IGNORECASE)
_GENERAL_PAGE = re.compile(r"/?transcripts?/?", re.IGNORECASE)
_OPEN_TAG = re.compile(r"<(?=[^<>]*(?:<|\Z))")
_TRANSCRIPT_TYPES = {
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "json": "application/json",
    "txt": "text/plain",
    "html": "text/html",
    "htm": "text/html",
}


@dataclass(frozen=True, slots=True)
class ShowNotes:
    """The show notes of one episode."""

    text: str = ""  # plain, white space collapsed; with CUT_MARK at its end where there was more
    chapters: tuple[Chapter, ...] = ()
    transcripts: tuple[TranscriptLink, ...] = ()


def read_show_notes(markup: str, base: str) -> ShowNotes:
    """The notes of an episode, from the HTML or plain text of its feed item. Relative links are relative to `base`.

    >>> read_show_notes("<p>Tea &amp;<br>cake</p>", "https://show.example/").text
    'Tea & cake'
    """
    transcripts: tuple[TranscriptLink, ...] = ()
    lines = markup[:MAX_NOTES_MARKUP]
    if lines.count("<") - lines.count(">") > MAX_OPEN_TAGS:
        lines = _OPEN_TAG.sub("&lt;", lines)
    for _ in range(2):  # some feeds escape their HTML twice
        if (plain := _read_plain_markup(lines, base)) is not None:
            lines = plain
        elif "<" in lines:
            soup = BeautifulSoup(_BLOCK.sub("\n<", _SECTION.sub("", lines)), "html.parser")
            transcripts = transcripts or _find_transcript_links(soup, base)
            lines = soup.get_text()
        else:
            lines = html.unescape(lines)
        if not _MARKUP.search(lines):
            break
    text = " ".join(lines.split())
    chapters = _find_chapters(lines)
    if len(text) > MAX_DESCRIPTION_CHARACTERS or len(markup) > MAX_NOTES_MARKUP:
        text = text[:MAX_DESCRIPTION_CHARACTERS].rstrip() + CUT_MARK
    return ShowNotes(text, chapters, transcripts)


def read_plain(markup: str | None) -> str:
    """A title or a name as one line of plain text: entities resolved, tags of HTML gone, other < and > kept.

    >>> read_plain("Q&amp;A:\\n <b>is</b> 1 < 2?")
    'Q&A: is 1 < 2?'
    """
    text = markup or ""
    if "&" in text or "<" in text:
        text = _MARKUP.sub("", html.unescape(text))
    return " ".join(text.split())


def _read_plain_markup(markup: str, base: str) -> str | None:
    """The text of simple HTML, ten times faster than BeautifulSoup; None where only that tells it the same for sure."""
    if "<" not in markup or "transcript" in base.lower() or "transcript" in markup.lower():
        return None
    text = _PLAIN_TAG.sub("", _BLOCK.sub("\n<", markup))
    return None if "<" in text or _ODD_REFERENCE.search(text) else html.unescape(text)


def read_clock(text: str | None) -> float | None:
    """Seconds, from seconds, MM:SS, H:MM:SS or words. None where the text is no time, or longer than any episode.

    >>> [read_clock(text) for text in ("754", "12:34", "0:04:60", "1:02:03.5", "1h 2m", "PT90S", "", "soon", "9999999")]
    [754.0, 754.0, 300.0, 3723.5, 3720.0, 90.0, None, None, None]
    """
    spelled = (text or "").strip()
    match = _CLOCK.fullmatch(spelled) or (_SPELLED.fullmatch(spelled) if spelled else None)
    if match is None or not any(match.groups()):
        return None
    seconds = float((match["seconds"] or "0").replace(",", "."))
    seconds += 60 * int(match["minutes"] or 0) + 3600 * int(match["hours"] or 0)
    return seconds if seconds <= MAX_DURATION_SECONDS else None


def read_duration(text: str | None) -> float | None:
    """An episode's stated length in seconds; None where it says nothing, zero or nonsense."""
    return read_clock(text) or None


def _find_chapters(lines: str) -> tuple[Chapter, ...]:
    chapters: list[Chapter] = []
    for line in lines.splitlines():
        if (match := _STAMP.fullmatch(line.strip())) and (start := read_clock(match["clock"])) is not None:
            chapters.append(Chapter(start, " ".join(match["title"].split())))
    starts = [chapter.start_seconds for chapter in chapters]
    is_in_order = all(earlier < later for earlier, later in pairwise(starts))
    return tuple(chapters) if len(chapters) >= MIN_STAMPS and is_in_order else ()


def _find_transcript_links(soup: BeautifulSoup, base: str) -> tuple[TranscriptLink, ...]:
    links: dict[str, TranscriptLink] = {}
    for anchor in soup.find_all("a", href=True):
        url = join_url(base, str(anchor["href"]))
        if url and _is_own_transcript(url, " ".join(anchor.get_text().split()), base):
            extension = re.sub(r"[?#].*", "", url).rpartition(".")[2].lower()
            links.setdefault(url, TranscriptLink(url, _TRANSCRIPT_TYPES.get(extension)))
    return tuple(links.values())


def _is_own_transcript(url: str, label: str, base: str) -> bool:
    """Whether a link leads to this episode's transcript.

    Of the links of real feeds that only had the word in their address, all led elsewhere: to other shows' transcripts, a
    newspaper's, a publisher called transcript. So the label has to say it, or the address where it is on the show's own
    site or the label is "here". The page "/transcripts" is about all episodes.
    """
    link, show = urlsplit(url), urlsplit(base)
    if _GENERAL_PAGE.fullmatch(link.path):
        return False
    if len(label) <= MAX_LABEL_CHARACTERS and re.search(r"\btranscripts?\b", label, re.IGNORECASE):
        return True
    hosts = [(parts.hostname or "").removeprefix("www.") for parts in (link, show)]
    is_same_site = hosts[0] == hosts[1] or hosts[0].endswith("." + hosts[1]) or hosts[1].endswith("." + hosts[0])
    return "transcript" in link.path.lower() and (is_same_site or _POINTER.fullmatch(label) is not None)
