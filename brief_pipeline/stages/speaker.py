"""Who speaks: labels taken off the text of a transcript, whatever way the publisher writes them.

What counts as a label before a colon. It must have the SHAPE of a name: one to five words of at most 40 characters, each
with a capital (or digits, or a particle such as "van"), no word of `NOT_NAMES` ("Note", "Question", "Fun Fact" ...), and a
space or the line's end after the colon. And the transcript must make a HABIT of labels: two labels recur, or the very first
line has one, or half the lines do. Then every label that recurs is one; one that stands only once is one if half the
lines have labels, or if a sentence begins after it and it is the first or has two words or more.
So "Star Wars: a new film" in a transcript without labels stays text, and a guest who says one thing keeps her name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_LABEL_CHARACTERS = 40
MAX_LABEL_WORDS = 5
HABIT_SHARE = 0.5  # of the lines: from here on a label that stands once is believed, whatever its shape
_PARTICLES = "al and bin da de del der di dos du el la le of the van von y zu & +"
_NOT_NAMES = """
    note notes question questions answer answers warning caution example examples tip tips hint source sources link links
    chapter section part step time times date update updates disclaimer title subtitle summary also so and but or because
    then first second third firstly secondly finally lastly next here remember reminder spoiler fact facts point option http
    https ps transcript duration episode website email phone subject re fyi tldr news take conclusion result results meaning
    translation quote correction important edit however therefore today tomorrow yesterday now well yes no okay ok what why
    how when where who which this that these those it is i you we they he she my your our in on at for with from by if as not
    problem solution idea thing things reason rule lesson number version language kind story topic point bonus
    hosts guests speakers participants recorded published
"""
_PSEUDO_SPEAKERS = "break jingle outro extract intro music ad ads advert advertisement sponsor clip"
PARTICLES = frozenset(_PARTICLES.split())
ABBREVIATIONS = frozenset(["dr", "mr", "mrs", "ms", "st", "jr", "sr", "prof", "rev"])
NOT_NAMES = frozenset(_NOT_NAMES.split())
PSEUDO_SPEAKERS = frozenset(_PSEUDO_SPEAKERS.split())
"""What some transcripts write where a name would stand, for stretches that are not conversation."""

_HALF_PAIR = re.compile("[\ud800-\udfff]")  # JSON can escape half of a surrogate pair, which no encoding can hold
_ROLE = re.compile(r"\s*[(\[][^()\[\]]{0,40}[)\]]\s*$")  # "Jane Doe (host)"
_BRACKETED = re.compile(r"[\[(]([^\[\]()]+)[\])]")  # "[SPEAKER_01]:" as WhisperX writes
_CHEVRONS = r"(?:(?<=\s)|^)>{2,3}(?!>)\s*"
_TURN_START = r"(?:^|\n|(?<=[.?!…—–-])\s|(?<=[.?!…—–-][\"”’)])\s)\s*"
_VOICE = re.compile(r"<(/?)v(?:\.[^\s<>]*)?(?:\s+([^<>]*))?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of text by one speaker. Where `changes` is False the text does not say who: whoever spoke goes on."""

    text: str
    speaker: str | None = None
    changes: bool = False


def speaker_name(label: str) -> str | None:
    """The name in a label, without its brackets, colon and role; None for a pseudo speaker such as Break.

    >>> speaker_name("Jane Doe (host):"), speaker_name("[SPEAKER_01]"), speaker_name("Jingle")
    ('Jane Doe', 'SPEAKER_01', None)
    """
    name = " ".join(_HALF_PAIR.sub("", label).strip().strip(":：*").split())
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    name = _ROLE.sub("", name).strip(" ,-–—:：") or name
    return None if not name or is_pseudo_speaker(name) else name


def is_pseudo_speaker(label: str) -> bool:
    """Whether a label names a kind of sound and no person."""
    return label.strip(" :*[]").casefold() in PSEUDO_SPEAKERS


def is_name_shaped(label: str) -> bool:
    """Whether the words could be somebody's name, by their shape alone.

    >>> [is_name_shaped(x) for x in ("Ada", "E. van Dyke", "SPEAKER_00", "Speaker 2", "MAN #1", "主持人")]
    [True, True, True, True, True, True]
    >>> [is_name_shaped(x) for x in ("Note", "Fun Fact", "the point is", "12", "I said", "Wait, Jane", "Really? No")]
    [False, False, False, False, False, False, False]
    """
    name = _ROLE.sub("", label).strip()
    words = name.split()
    if not 1 <= len(words) <= MAX_LABEL_WORDS or len(name) > MAX_LABEL_CHARACTERS:
        return False
    if words[0].casefold() in PARTICLES - {"al", "de", "der", "van", "von"} or not name[0].isalpha():
        return False
    if any(word.strip(".'’").casefold() in NOT_NAMES for word in words):
        return False
    return any(_has_capital(word) for word in words) and all(_is_name_word(word) for word in words)


def _has_capital(word: str) -> bool:
    """Whether a word begins as names do: with a capital, or in a script that has none."""
    return word[:1].isalpha() and not word[:1].islower()


def _is_name_word(word: str) -> bool:
    if word.casefold() in PARTICLES or word.lstrip("#").isdigit():
        return True
    if word.endswith(".") and len(word) > 2 and word.count(".") == 1 and word[:-1].casefold() not in ABBREVIATIONS:
        return False  # the end of a sentence
    return _has_capital(word) and re.fullmatch(r"[\w.'’&/+-]+", word) is not None


def find_label(line: str) -> str | None:
    """What stands before the first colon of a line, if it has the shape of a name.

    >>> find_label("Jane: we met at 12:30"), find_label("[SPEAKER_01]: Yes."), find_label("So here it is: nothing")
    ('Jane', '[SPEAKER_01]', None)
    """
    found = re.match(r"\s*(?:[-–]\s+)?(?:>{2,3}\s*)?([^:：\n<>]{1,60}?)\s*(?::(?=\s|$|[\"“])|：)", line)
    if not found:
        return None
    bracketed = _BRACKETED.fullmatch(found[1])
    return found[1] if is_name_shaped(bracketed[1] if bracketed else found[1]) else None


def find_labels(lines: Sequence[str]) -> frozenset[str]:
    """The labels that a transcript uses, spelled as it spells them: the rule is this module's docstring.

    >>> sorted(find_labels(["Ada: Hello.", "Bob: Hello.", "Question: who are you?"]))
    ['Ada', 'Bob']
    >>> sorted(find_labels(["I saw a film.", "Star Wars: the first one.", "It was good."]))
    []
    """
    spoken = [line for line in lines if line.strip()]
    found = [find_label(line) for line in spoken]
    counts = Counter(label for label in found if label)
    if not counts:
        return frozenset()
    first = found[0]
    recurring = {label for label, count in counts.items() if count > 1}
    is_everywhere = counts.total() > 1 and counts.total() >= HABIT_SHARE * len(spoken)
    starts_labelled = first is not None and (counts[first] > 1 or _begins_sentence(spoken[0], first))
    if not (is_everywhere or starts_labelled or len(recurring) > 1):
        return frozenset()
    begun = {label for line, label in zip(spoken, found, strict=True) if label and _begins_sentence(line, label)}
    believed = {label for label in begun if label == first or len(_ROLE.sub("", label).split()) > 1}
    return frozenset(recurring | believed | (set(counts) if is_everywhere else set()))


def _begins_sentence(line: str, label: str) -> bool:
    """Whether what follows a label begins as a turn does, and not, in lower case, as the second half of a clause."""
    rest = line[line.index(label) + len(label) :].lstrip(" :：\"“'‘¿¡.…-–—[(")
    return not rest[:1].islower()


class TurnSplitter:
    """Cuts text where somebody else begins to speak: at known labels, and at `>>`."""

    def __init__(self, labels: Iterable[str]) -> None:
        spellings = "|".join(re.escape(label) for label in sorted(labels, key=lambda label: (-len(label), label)))
        label = rf"(?:{spellings})\s*[:：]" if spellings else r"(?!)"
        self._mark = re.compile(
            rf"{_TURN_START}(?:[-–]\s+)?({label})|{_CHEVRONS}({label})?|(?<=\s)({label})(?=[ \t]*\n| [A-Z])"
        )

    def split(self, text: str) -> list[Turn]:
        """The turns in a piece of text, in order; the first one changes nothing if the text begins without a mark.

        >>> TurnSplitter(["Ada"]).split("and so on. Ada: No. >> Yes.") == [
        ...     Turn("and so on."), Turn("No.", "Ada", changes=True), Turn("Yes.", None, changes=True)]
        True
        """
        turns, begin, speaker, changes = [], 0, None, False
        text = _mark_dialogue(text)
        for mark in self._mark.finditer(text):
            turns.append(Turn(text[begin : mark.start()].strip(), speaker, changes))
            label = mark[1] or mark[2] or mark[3]
            begin, speaker, changes = mark.end(), speaker_name(label) if label else None, True
        turns.append(Turn(text[begin:].strip(), speaker, changes))
        return [turn for turn in turns if turn.text or turn.changes]


def _mark_dialogue(text: str) -> str:
    """Two lines or more with a dash before them are two people: the dash becomes `>>`. A dash alone goes."""
    dashes = re.findall(r"^[ \t]*[-–—][ \t]+(?=\S)", text, flags=re.MULTILINE)
    mark = ">> " if len(dashes) > 1 else ""
    return re.sub(r"^[ \t]*[-–—][ \t]+(?=\S)", mark, text, flags=re.MULTILINE) if dashes else text


def split_voices(cue: str) -> list[Turn]:
    """A cue cut at its WebVTT voice tags. Each cue names its own voices: text outside them has no speaker.

    Source: https://www.w3.org/TR/webvtt1/#webvtt-cue-voice-span

    >>> [(t.speaker, t.text) for t in split_voices("<v Ada>Yes.</v><v.loud Bob>No.")]
    [('Ada', 'Yes.'), ('Bob', 'No.')]
    """
    turns, begin, speaker = [], 0, None
    for tag in _VOICE.finditer(cue):
        turns.append(Turn(cue[begin : tag.start()], speaker, changes=True))
        begin, speaker = tag.end(), None if tag[1] else speaker_name(tag[2] or "")
    turns.append(Turn(cue[begin:], speaker, changes=True))
    return [turn for turn in turns if turn.text.strip()]


def carry_on(turns: Iterable[Turn]) -> list[Turn]:
    """The turns, each with its speaker: who spoke last goes on until the text says otherwise."""
    carried, speaker = [], None
    for turn in turns:
        speaker = turn.speaker if turn.changes else speaker
        carried.append(Turn(turn.text, speaker, turn.changes))
    return carried
