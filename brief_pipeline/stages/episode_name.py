"""The names by which an episode is known again: its show's, its title's, its file's, as far as copies of it share them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote

_PRIVATE = re.compile(
    r"[(\[][^()\[\]]*\bprivate (?:rss )?feed\b[^)\]]*[)\]]?|\bprivate (?:rss )?feed\b.*|\bfeed for \S+@\S+"
)
_PIECE_BORDER = re.compile(r"[()\[\]{}|:•·–—]|\s-+\s")
_AD_FREE = re.compile(r"\b(?:ad[\s-]?free|no[\s-]ads|without ads|early access|members?['’]?s? only)\b")
_SHOW_MARK = re.compile(  # for whom a feed of a show is, or in which form
    r"premium|plus|\+|adfree|werbefrei|members?|patreon|patrons?|supporters?|subscribers?|exclusive|vip|bonus|private|feed|rss"
    r"|edition|version|only|audio|video|mp[34]|ogg|opus|aac|m4a|[hs]d|720p|1080p|podcast"
)
_OFFER_END = re.compile(r"plus|\+|premium|patreon|members|supporters|subscribers")  # "Show | Network Plus"
_COMMON_SHOW = re.compile(
    r"(?:daily|morning|evening|world|local)*news|radio|show|audio|home|blog|episodes|trailer|sermons|untitled|title|test|interviews"
    r"|talks?|talkshow|stories|nachrichten|noticias|nouvelles|notizie|новости|подкаст|播客|新聞|新闻|ニュース"
)
# What is written before or behind the title of an episode that is heard again, or is told to another audience.
_MARK = (
    r"(?:ad[\s-]?free|premium|members?['’]?s? only|early access|audio|video|re-?(?:run|post|play|broadcast|released?)|repeat"
    r"|encore|updated?|best of|classic|from the archives?|wiederholung|wdh\.?|rediffusion)"
)
_MARK_BEFORE = re.compile(rf"^\s*(?:[\[(]\s*{_MARK}\s*[\])]\s*:?|{_MARK}\s*(?:[:|–—]|\s-))\s*")
_MARK_BEHIND = re.compile(rf"\s*(?:[\[(]\s*{_MARK}\s*[\])]|(?:[|–—]|\s-)\s*{_MARK})\s*$")
# A title of only such words names an episode within its show where the day is sure, and nothing beyond.
_COMMON_WORD = re.compile(
    r"\d+(?:st|nd|rd|th)?|episode|ep|folge|part|teil|trailer|(?:mon|tues|wednes|thurs|fri|satur|sun)day|jan(?:uary)?|feb(?:ruary)?"
    r"|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|news|update|the"
    r"|of|for|am|pm"
)
_EMBEDDED = re.compile(r"https?(?:://?|%3a%2f%2f)", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_FILE_END = re.compile(
    r"\.(?:mp[234]|m4[abv]|aac|og[gav]|opus|flac|wav|wma|mov|webm|php|aspx?|jsp|cgi|html?|xml|rss)$", re.IGNORECASE
)
_PLAYER_FILE = re.compile(r"(?:default|media|audio|download|play|file|enclosure|episode)(?:_\w+)?", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
# Parameters that say who asks, when or from where, and not for what.
_ASKER = re.compile(
    r"utm_\w+|aid|feed|source|src|ref|dest-id|updated|token\S*|sig(?:nature)?|expires|key-pair-id|policy|_",
    re.IGNORECASE,
)


class _Plain(dict[int, str]):
    """A table for str.translate: letters, digits and the marks on them (Thai and Hindi vowels) stay, the rest is blank."""

    def __missing__(self, code: int) -> str:
        self[code] = chr(code) if unicodedata.category(chr(code))[0] in "LNM" else " "
        return self[code]


_PLAIN = _Plain()


@lru_cache(maxsize=4096)
def name_show(title: str) -> str:
    """A show's name without what tells its copies apart (premium, ad-free, video ...), "" where it could be many shows'.

    Two feeds are taken for feeds of one show when their names are equal and not blank.

    >>> name_show("The Tide Tables (private feed for ada@mail.example)"), name_show("Tide Tables+ | Ad-Free")
    ('tide tables', 'tide tables')
    >>> name_show("Podcast"), name_show("The News")
    ('', '')
    """
    text = _AD_FREE.sub(" adfree ", _PRIVATE.sub(" ", unicodedata.normalize("NFKC", title).casefold()))
    pieces = [piece.replace("+", " + ").split() for piece in _PIECE_BORDER.split(text)]
    pieces = [words for words in pieces if words]
    words = [word for place, words in enumerate(pieces) if not _is_offer(words, place) for word in words]
    while words and _SHOW_MARK.fullmatch(words[-1].strip(".,!'’")):
        words.pop()
    bare = " ".join(" ".join(words).translate(_PLAIN).split()).removeprefix("the ")
    letters = bare.replace(" ", "")
    is_short = len(letters) < (2 if letters[:1] > "\u2e80" else 4)  # a Chinese sign says as much as a syllable
    return "" if is_short or _COMMON_SHOW.fullmatch(letters) else bare


def _is_offer(words: list[str], place: int) -> bool:
    """Whether a piece of a show's name says only for whom or in which form it is."""
    return all(map(_SHOW_MARK.fullmatch, words)) or (place > 0 and len(words) <= 4 and bool(_OFFER_END.fullmatch(words[-1])))


def group_feeds(feeds: Iterable[tuple[str, str]]) -> dict[str, str]:
    """feed_id -> a name that all feeds of its show share, of pairs of feed_id and show title.

    A feed that was seen under several titles ties them all to one show.

    >>> shows = group_feeds([("a", "Tide Tables"), ("b", "Tide Tables Plus"), ("c", "News"), ("d", "News")])
    >>> shows["a"] == shows["b"], shows["c"] == shows["d"]
    (True, False)
    """
    above: dict[str, str] = {}

    def find_top(node: str) -> str:
        while above.setdefault(node, node) != node:
            node = above[node]
        return node

    pairs = sorted(set(feeds))
    for feed_id, title in pairs:
        name = name_show(title)
        top, other = find_top(f"feed {feed_id}"), find_top(f"name {name}" if name else f"feed {feed_id}")
        above[max(top, other)] = min(top, other)
    return {feed_id: find_top(f"feed {feed_id}") for feed_id, _ in pairs}


def name_title(title: str) -> str:
    """An episode's title as compared: without case, punctuation, and marks such as "Rerun:" or "(ad-free)".

    >>> name_title("Rerun: The Ice, Part 2 [Ad-Free]"), name_title("(no title)")
    ('the ice part 2', '')
    """
    text = unicodedata.normalize("NFKC", title).casefold()
    bare = _MARK_BEHIND.sub("", _MARK_BEFORE.sub("", text)) or text
    return "" if title == "(no title)" else " ".join(bare.translate(_PLAIN).split())


def is_common_title(title: str, show_title: str) -> bool:
    """Whether a title (of `name_title`) names only the show or the day, as several episodes' do.

    >>> is_common_title("tide tables episode 12", "Tide Tables"), is_common_title("why the sea is salty", "Tide Tables")
    (True, False)
    """
    return " ".join(word for word in title.split() if not _COMMON_WORD.fullmatch(word)) in name_show(show_title)


def find_audio_address(url: str) -> str:
    """The address of the audio itself: what trackers wrap, without scheme and parameters that say who asks.

    >>> find_audio_address("https://track.example/redirect.mp3/count.example/e/cdn.example/show/17.mp3?utm_source=rss&id=4")
    'cdn.example/show/17.mp3?id=4'
    >>> find_audio_address("https://host.example/play/9/https%3A%2F%2Fcdn.example%2Fa%20b.mp3")
    'cdn.example/a b.mp3'
    """
    inner = _EMBEDDED.split(url)[-1]
    if "%2f" in inner.lower():
        inner = unquote(inner.partition("&")[0])
    elif "?" in url and "?" not in inner:
        inner = inner.partition("&")[0]  # the value of a parameter
    path, _, query = inner.partition("#")[0].partition("?")
    host, *folders = (unquote(path) if "%" in path else path).split("/")
    for place in range(len(folders) - 2, -1, -1):
        if "." in folders[place] and _HOST.fullmatch(folders[place]) and not _FILE_END.search(folders[place]):
            host, *folders = folders[place:]
            break
    host = host.rpartition("@")[2].partition(":")[0].lower()
    asked = (
        sorted(part for part in query.split("&") if part and not _ASKER.fullmatch(part.partition("=")[0])) if query else ()
    )
    return "/".join((host, *folders)) + (f"?{'&'.join(asked)}" if asked else "")


def name_file(address: str) -> str:
    """The end of an address that is telling without its host: the file's name, with folders before it as far as needed.

    >>> name_file("cdn.example/2026/tides-0412.mp3"), name_file("cdn.example/s/4711/play.mp3"), name_file("a.example/1.mp3")
    ('tides-0412.mp3', '4711/play.mp3', '')
    """
    path, _, query = address.partition("?")
    folders = path.split("/")[1:]
    for start in range(len(folders) - 1, -1, -1):
        end = "/".join(folders[start:])
        if len(_DIGIT.findall(end)) >= 3 or len(end) >= 16:
            is_enough = not query or (start == len(folders) - 1 and _FILE_END.search(end))
            return end if is_enough else f"{end}?{query}"
    return ""


def is_specific(file: str) -> bool:
    """Whether a file (of `name_file`) is one episode's by its name: it has a date, a number, a hash or many letters.

    >>> is_specific("tides-0412.mp3"), is_specific("0f3a9c51-77d2/default.mp3"), is_specific("show-0412/latest.mp3")
    (True, True, False)
    """
    folder, _, name = file.partition("?")[0].rpartition("/")
    stem = name.rpartition(".")[0] or name
    return len(_DIGIT.findall(folder if _PLAYER_FILE.fullmatch(stem) else stem)) >= 3 or len(stem) >= 20
