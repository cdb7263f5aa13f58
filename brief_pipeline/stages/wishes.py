"""What a person who signs up wants told, read from a form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

from brief_pipeline.errors import WishesUnclear
from brief_pipeline.records import Wishes

SENTENCES = 10  # of each kind
SENTENCE_CHARACTERS = 300
WORD_CHARACTERS = 60
HOURS = range(24)

# What is no text: control characters, those that turn the direction of a line, unpaired surrogates, private ones.
_NO_TEXT = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = "\u200c\u200d"  # words of some languages need them


def read_wishes(form: Mapping[str, str], time_zones: Collection[str]) -> Wishes:
    """The wishes that a form holds: interests and dislikes a line each, hour, time_zone. Raises WishesUnclear.

    >>> read_wishes({"interests": "Night  buses\\n\\nBread", "hour": "6", "time_zone": "Europe/Paris"}, {"Europe/Paris"})
    Wishes(interests=('Night buses', 'Bread'), dislikes=(), hour=6, time_zone='Europe/Paris')
    """
    interests = read_sentences(form.get("interests", ""), "what you care about")
    if not interests:
        raise WishesUnclear("Say what you care about: a line or two will do.")
    dislikes = read_sentences(form.get("dislikes", ""), "what you do not care about")
    hour = form.get("hour", "7").strip()
    if not (re.fullmatch(r"[0-9]{1,2}", hour) and int(hour) in HOURS):
        raise WishesUnclear("The hour is a number from 0 to 23.")
    zone = form.get("time_zone", "UTC").strip()
    if zone not in time_zones:
        raise WishesUnclear("The time zone is not known here: take one of the list, such as Europe/Paris.")
    return Wishes(interests, dislikes, int(hour), zone)


def read_sentences(text: str, about: str) -> tuple[str, ...]:
    """The lines of a text, tidied, each once. Raises WishesUnclear where they are too many or too long."""
    tidied = (" ".join(_keep_text(line).split()) for line in text.splitlines())
    sentences = tuple(dict.fromkeys(filter(None, tidied)))
    if len(sentences) > SENTENCES:
        raise WishesUnclear(f"Of {about}, up to {SENTENCES} lines can be heeded: there are {len(sentences)}.")
    if any(len(sentence) > SENTENCE_CHARACTERS for sentence in sentences):
        raise WishesUnclear(f"A line of {about} is too long: up to {SENTENCE_CHARACTERS} characters can be heeded.")
    if any(len(word) > WORD_CHARACTERS for sentence in sentences for word in sentence.split()):
        raise WishesUnclear(f"A word of {about} is longer than {WORD_CHARACTERS} characters: write it in shorter ones.")
    return sentences


def _keep_text(line: str) -> str:
    """The line without characters that are no text, and its letters as they are usually coded."""
    composed = unicodedata.normalize("NFC", line)
    return "".join(" " if one == "\t" else one for one in composed if one in _JOINERS or one == "\t" or _is_text(one))


def _is_text(character: str) -> bool:
    return unicodedata.category(character) not in _NO_TEXT
