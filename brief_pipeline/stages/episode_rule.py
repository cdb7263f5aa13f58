"""Which episodes of a show its listener wants: by title, length, kind, and how far back a new subscription reaches."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from brief_pipeline.records import Episode

LONGEST_TRAILER_SECONDS = 300.0  # an unmarked "... Trailer" is one only when it is this short: films have trailers too

_ACCENTS = re.compile("[\u0300-\u036f]+")  # those of Latin, Greek and Cyrillic; elsewhere marks are vowels
_DASHES = re.compile(r"[\s_‐‑‒–—―−-]+")
_QUOTES = re.compile(r"[’‘ʼ`´]")
# Scripts that put no blanks between words, or hang particles on them: Thai, Lao, Burmese, Khmer, kana, Han, Hangul.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")

_TRAILER_TITLE = re.compile(r"\W*(?:trailer|teaser)\W*|\W*(?:trailer|teaser)\s*[:|–—-].*|.*\b(?:trailer|teaser)\W*")


@dataclass(frozen=True, slots=True)
class EpisodeRules:
    """What a listener wants of a show, or of all shows."""

    title_includes: tuple[str, ...] = ()  # at least one of them stands in the title; none given: any title will do
    title_excludes: tuple[str, ...] = ()
    shortest_seconds: float | None = None
    longest_seconds: float | None = None
    trailers: bool = False  # they tell what other episodes will tell
    bonus: bool = True  # they are what loyal listeners ask for
    reach_days: int | None = 7  # before the show was followed; None: its whole archive


def find_refusal(
    episode: Episode,
    rules: EpisodeRules,
    followed_on: date | None,
    is_backfill: bool = False,
    stood_at_first: bool = False,
) -> str | None:
    """Why an episode is not wanted, in words for people. None where it is.

    `followed_on` is the day the show was first followed, None where that is not known: then nothing is too old.
    `is_backfill`: the listener asked for the episode's day, so its age is no matter.
    `stood_at_first`: it stood in the feed when that was first read. Where the feed tells no date, that is all there is to
    tell an old episode by: it could be of any age, so it counts as older than `reach_days`; one that comes later is new.
    A length that the feed does not state refuses nothing.
    """
    return (
        _refuse_kind(episode, rules)
        or _refuse_title(episode, rules)
        or _refuse_length(episode, rules)
        or (None if is_backfill else _refuse_age(episode, rules, followed_on, stood_at_first))
    )


def find_phrase(phrase: str, text: str) -> bool:
    """Whether a text holds a word or phrase, whatever its case and accents. Parts of words do not count.

    In scripts without blanks between words (Chinese, Japanese, Thai ...) any occurrence counts.

    >>> find_phrase("resume", "My Résumé, part 2"), find_phrase("art", "My Résumé, part 2")
    (True, False)
    >>> find_phrase("再放送", "【再放送】海の話"), find_phrase("c++", "What C++ got right"), find_phrase("c++", "Vitamin C")
    (True, True, False)
    """
    pattern, has_signs = _compile_phrase(phrase)
    return bool(pattern and pattern.search(_fold(text) if has_signs else _drop_signs(_fold(text))))


@lru_cache(maxsize=1024)
def _compile_phrase(phrase: str) -> tuple[re.Pattern[str] | None, bool]:
    """The pattern of a phrase, and whether its signs count ("c++", "Q&A"): they do where it has any."""
    folded = _fold(phrase)
    if not folded:
        return None, False
    has_signs = folded != _drop_signs(folded)
    letter = f"[^\\{'W' if has_signs else 's'}{_UNSPACED}]"  # without signs, all but blanks are letters and marks on them
    before = "" if _IS_UNSPACED.match(folded[0]) or not _drop_signs(folded[0]) else f"(?<!{letter})"
    behind = "" if _IS_UNSPACED.match(folded[-1]) or not _drop_signs(folded[-1]) else f"(?!{letter})"
    return re.compile(before + re.escape(folded) + behind), has_signs


def _fold(text: str) -> str:
    """A text without case, accents, and the differences between dashes and between quotes."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return _DASHES.sub(" ", _QUOTES.sub("'", unicodedata.normalize("NFC", bare).casefold())).strip()


def _drop_signs(text: str) -> str:
    kept = "".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in text)
    return " ".join(kept.split())


def _refuse_kind(episode: Episode, rules: EpisodeRules) -> str | None:
    if episode.kind == "bonus" and not rules.bonus:
        return "it is a bonus episode (bonus)"
    if rules.trailers:
        return None
    if episode.kind == "trailer":
        return "it is a trailer (trailers)"
    if _TRAILER_TITLE.fullmatch(episode.title.casefold()) and 0 < (episode.duration_seconds or 0) <= LONGEST_TRAILER_SECONDS:
        return f"it is a trailer by its title and its length of {_show_length(episode.duration_seconds or 0)} (trailers)"
    return None


def _refuse_title(episode: Episode, rules: EpisodeRules) -> str | None:
    if phrase := next((phrase for phrase in rules.title_excludes if find_phrase(phrase, episode.title)), None):
        return f"its title holds '{phrase}' (title_excludes)"
    if rules.title_includes and not any(find_phrase(phrase, episode.title) for phrase in rules.title_includes):
        phrases = ", ".join(f"'{phrase}'" for phrase in rules.title_includes)
        return f"its title holds none of {phrases} (title_includes)"
    return None


def _refuse_length(episode: Episode, rules: EpisodeRules) -> str | None:
    seconds = episode.duration_seconds or 0
    if seconds <= 0:
        return None
    if rules.shortest_seconds is not None and seconds < rules.shortest_seconds:
        return f"it lasts {_show_length(seconds)}, less than {_show_length(rules.shortest_seconds)} (shortest_seconds)"
    if rules.longest_seconds is not None and seconds > rules.longest_seconds:
        return f"it lasts {_show_length(seconds)}, more than {_show_length(rules.longest_seconds)} (longest_seconds)"
    return None


def _refuse_age(episode: Episode, rules: EpisodeRules, followed_on: date | None, stood_at_first: bool) -> str | None:
    if rules.reach_days is None or followed_on is None:
        return None
    if episode.date_source.startswith("first seen"):
        if not stood_at_first:
            return None
        return "its feed does not say when it came out, and had it before the show was followed (reach_days)"
    if (followed_on - episode.published_on).days <= rules.reach_days:
        return None
    days = f"{rules.reach_days} day{'' if rules.reach_days == 1 else 's'}"
    return f"it came out on {episode.published_on}, more than {days} before the show was followed (reach_days)"


def _show_length(seconds: float) -> str:
    """A length as players show it.

    >>> _show_length(45), _show_length(3725.4)
    ('0:45', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
