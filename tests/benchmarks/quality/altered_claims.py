"""Claims altered in known ways, against what is said around their quote: the second half of bench_evidence.py."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable

from brief_pipeline.records import Sentence, Transcript
from brief_pipeline.stages.evidence import unsupported
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.stages.spoken_text import tidy

SEED = 20260401
FEWEST_WORDS, MOST_WORDS = 8, 60  # of a sentence that is taken for a claim
REACH = 1_500  # characters on each side in which a claim's names and numbers must occur

MULTIPLES = {"doubled": "tripled", "double": "triple", "twice": "three times", "half": "a third", "third": "fifth"}
SCALES = {"million": "billion", "billion": "million", "thousand": "million", "hundred": "thousand", "percent": "million"}
UNITS = {"years": "weeks", "months": "hours", "weeks": "years", "days": "months", "hours": "days", "minutes": "weeks"}
DIGITS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def to_word(digits: str) -> str:
    return DIGITS[int(digits) - 2]


def to_digits(word: str) -> str:
    return str(DIGITS.index(word.lower()) + 2)


NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")


def swap_one(pattern: str, into: Callable[[re.Match[str]], str]) -> Callable[[str], str | None]:
    compiled = re.compile(pattern, re.IGNORECASE)

    def alter(text: str) -> str | None:
        changed = compiled.sub(into, text, count=1)
        return None if changed == text else changed

    return alter


def from_table(table: dict[str, str], before: str = "") -> Callable[[str], str | None]:
    return swap_one(rf"{before}\b(?:{'|'.join(table)})\b", lambda found: table[found.group().lower()])


COUNTED = r"(?:(?<=\d )|(?<=two )|(?<=three )|(?<=four )|(?<=five )|(?<=ten )|(?<=twenty )|(?<=fifty ))"
CLAIMS: dict[str, tuple[bool, Callable[[str], str | None]]] = {  # kind -> (is it still what was said?, alteration)
    "as it is": (True, lambda text: text),
    "no capitals at its start": (True, lambda text: text[:1].lower() + text[1:]),
    "digits as words": (True, swap_one(r"(?<![\w.,$'’/-])([2-9]|10)(?![\w.,'’/:%-])", lambda m: to_word(m.group()))),
    "words as digits": (True, swap_one(rf"\b(?:{'|'.join(DIGITS)})\b(?! ?-)", lambda m: to_digits(m.group()))),
    "% as percent": (True, swap_one(r"(?<=\d)%", lambda _: " percent")),
    "a name owns": (True, swap_one(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?= [a-z])", lambda m: m.group() + "'s")),
    "a name changed": (False, lambda text: NAME.sub("Quillfeather", text, count=1) if NAME.search(text) else None),
    "a name before it": (False, lambda text: f"Quillfeather says {text[:1].lower()}{text[1:]}"),
    "a name that owns before it": (False, lambda text: f"Quillfeather's view: {text}"),
    "a number changed": (False, swap_one(r"(?<![\w.,-])\d+(?![\w.,-])", lambda m: str(int(m.group()) * 7 + 13))),
    "a number in words changed": (False, swap_one(rf"\b(?:{'|'.join(DIGITS)})\b(?! ?-)", lambda _: "eighty-nine")),
    "a year changed": (False, swap_one(r"\b(?:19|20)\d\d\b", lambda m: str(int(m.group()) - 31))),
    "a scale changed": (False, from_table(SCALES)),
    "a percentage made of a number": (
        False,
        swap_one(r"(?<![\w.,$-])\d+(?! percent)(?= [a-z]{4,})", lambda m: m.group() + "%"),
    ),
    "a number added": (False, lambda text: f"{text.rstrip('.')}, 97 percent of the time."),
    "a multiple changed": (False, from_table(MULTIPLES)),
    "a unit changed": (False, from_table(UNITS, COUNTED)),
}


def try_claims(talks: list[Transcript], count: int) -> None:
    """Prints how many altered claims the names and numbers around their quote catch, and how many true ones they keep."""
    dice = random.Random(SEED)
    told: list[tuple[Transcript, Sentence, str]] = [
        (talk, sentence, tidy(sentence.text))
        for talk in talks
        for sentence in split_sentences(talk)
        if FEWEST_WORDS <= len(sentence.text.split()) <= MOST_WORDS
    ]
    dice.shuffle(told)
    print(f"\n{'the claim (a sentence that was said)':38}{'tried':>7}{'kept':>7}{'dropped':>9}{'right':>8}")
    for kind, (is_true, alter) in CLAIMS.items():
        kept: Counter[bool] = Counter()
        for talk, sentence, tidied in told:
            claim = alter(tidied) if kept.total() < count else None
            if claim is None:
                continue
            around = talk.text[max(0, sentence.start - REACH) : sentence.end + REACH]
            kept[not unsupported(claim, around)] += 1
        right = kept[is_true] / max(1, kept.total())
        print(f"{kind:38}{kept.total():>7}{kept[True]:>7}{kept[False]:>9}{right:>8.1%}")
