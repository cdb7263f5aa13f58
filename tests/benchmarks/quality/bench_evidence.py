"""What the two gates of evidence let through: quotes altered in known ways, and claims altered in known ways. Seeded.

.venv/bin/python tests/benchmarks/quality/bench_evidence.py [quotes, 1000]

On the demo's transcripts, and on those in the folder that BRIEF_CORPUS names. Ends with 1 when what is shown is not in the
transcript at its place, or when a changed word or number passed. What is right is decided here without our own tokens.
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from altered_claims import try_claims

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.records import Transcript
from brief_pipeline.stages.evidence import TranscriptIndex
from brief_pipeline.stages.sentence import split_sentences
from brief_pipeline.stages.transcript import read_transcript

DEMO = Path(__file__).parents[3] / "data" / "demo"
SEED, QUOTES = 20260401, 1_000
FEWEST_WORDS, MOST_WORDS = 8, 60  # of a quote: what a language model is asked for
FEWEST_TRANSCRIPT_WORDS = 300
ENGLISH = re.compile(r"\b(?:the|and|of|to|that)\b", re.IGNORECASE)

PARAPHRASES = {
    "have": "possess",
    "big": "sizeable",
    "think": "reckon",
    "people": "folks",
    "get": "obtain",
    "really": "truly",
}
PARAPHRASES |= {
    "very": "extremely",
    "need": "require",
    "because": "since",
    "a lot": "plenty",
    "about": "regarding",
    "just": "only",
}
PARAPHRASES |= {"the": "that", "use": "employ", "make": "create", "so": "thus", "is": "remains", "and": "plus", "you": "one"}
NUMBER = re.compile(
    r"\b\d[\d,]*\b|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred"
    r"|thousand|million|billion)\b",
    re.IGNORECASE,
)
NEGATION = re.compile(r"\b(?:not|never|no|nothing|nobody)\b\s?|n['’]t\b", re.IGNORECASE)
AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|can|will|would|should|does|did|do|have|has)\b(?!\s+not\b|n['’]t)", re.IGNORECASE
)


class Passage(NamedTuple):
    """A stretch of one turn of a transcript."""

    talk: int
    start: int
    text: str


def read_talks() -> list[Transcript]:
    """The demo's transcripts and the corpus's, those that are long enough and English."""
    corpus = os.environ.get("BRIEF_CORPUS")
    files = sorted(f for pattern in ("*/*.vtt", "*/*.srt", "*/*.json", "*/*.html", "*/*.txt") for f in DEMO.glob(pattern))
    if corpus:
        files += sorted(f for name in ("transcripts", "changelog") for f in (Path(corpus) / name).rglob("*") if f.is_file())
    talks: list[Transcript] = []
    for file in files:
        try:
            read = read_transcript(file.read_bytes())
        except TranscriptUnreadable:
            continue
        talk = Transcript(f"{file.parent.name}/{file.name}", read.format, read.language, read.segments)
        words = talk.text.split()
        is_new = all(talk.text != other.text for other in talks)
        if len(words) >= FEWEST_TRANSCRIPT_WORDS and len(ENGLISH.findall(talk.text)) > len(words) / 15 and is_new:
            talks.append(talk)
    return talks


def pick_passages(talks: list[Transcript], count: int, dice: random.Random) -> list[Passage]:
    """Stretches of 8 to 60 words inside a turn, from sentence starts."""
    sentences = [split_sentences(talk) for talk in talks]
    passages: list[Passage] = []
    while len(passages) < count:
        number = dice.randrange(len(talks))
        first = dice.randrange(len(sentences[number]))
        last = min(first + dice.randrange(3), len(sentences[number]) - 1)
        opening, closing = sentences[number][first], sentences[number][last]
        text = talks[number].text[opening.start : closing.end]
        if opening.turn == closing.turn and FEWEST_WORDS <= len(text.split()) <= MOST_WORDS:
            passages.append(Passage(number, opening.start, text))
    return passages


def plain(text: str) -> list[str]:
    """The words of a text, told without our own reader: letters and digits in lower case."""
    return re.findall(r"[^\W_]+", text.lower())


# --- the alterations: a passage to a quote, or None where it cannot be altered so

Alter = Callable[[str, random.Random, str], str | None]


def replace_word(text: str, dice: random.Random, stranger: str, inner: bool = True) -> str:
    words = text.split()
    words[dice.randrange(1, len(words) - 1) if inner else len(words) - 1] = stranger
    return " ".join(words)


def drop_word(text: str, dice: random.Random, _: str) -> str | None:
    words = text.split()
    at = dice.randrange(1, len(words) - 1)
    is_doubled = plain(words[at]) in (plain(words[at - 1]), plain(words[at + 1]), [])
    return None if is_doubled else " ".join(words[:at] + words[at + 1 :])


def swap_words(text: str, dice: random.Random, _: str) -> str | None:
    words = text.split()
    at = dice.randrange(0, len(words) - 1)
    words[at], words[at + 1] = words[at + 1], words[at]
    return None if plain(" ".join(words)) == plain(text) else " ".join(words)


def change_number(text: str, dice: random.Random, _: str) -> str | None:
    found = list(NUMBER.finditer(text))
    if not found:
        return None
    number = dice.choice(found)
    other = str(int(number.group().replace(",", "")) + 1) if number.group()[0].isdigit() else "ninety"
    return text[: number.start()] + other + text[number.end() :]


def cut_after_number(text: str, _: random.Random, __: str) -> str | None:
    """The scale left off at the quote's end: "it cost forty" of "it cost forty million"."""
    found = re.search(
        r"\b(?:\d+|two|three|four|five|ten|twenty|forty|fifty|hundred)(?=[\s-]+(?:thousand|million|billion|percent)\b)", text
    )
    return text[: found.end()] if found and len(text[: found.end()].split()) >= 3 else None


def sub_once(pattern: re.Pattern[str], into: str) -> Alter:
    def alter(text: str, _: random.Random, __: str) -> str | None:
        changed = pattern.sub(into, text, count=1)
        return None if changed == text else changed

    return alter


def paraphrase(text: str, _: random.Random, __: str) -> str | None:
    changed = text
    for word, other in PARAPHRASES.items():
        changed = re.sub(rf"\b{word}\b", other, changed, flags=re.IGNORECASE)
    return None if sum(a != b for a, b in zip(plain(text), plain(changed), strict=False)) < 3 else changed


SAME: dict[str, Alter] = {
    "as it is": lambda text, dice, other: text,
    "capitals": lambda text, dice, other: text.upper(),
    "no capitals": lambda text, dice, other: text.lower(),
    "spacing": lambda text, dice, other: "  " + re.sub(r" ", lambda _: dice.choice(["  ", "\n", "\u00a0"]), text) + "\n",
    "commas dropped, stops added": lambda text, dice, other: re.sub(r",(?!\d)", "", text).rstrip(".?!") + "...",
    "typographic quotes": lambda text, dice, other: "“" + text.replace("'", "’").replace('"', "”") + "”",
    "straight quotes": lambda text, dice, other: '"' + text.replace("’", "'").replace("“", '"').replace("”", '"') + '"',
    "dashes": lambda text, dice, other: text.replace(" -- ", " – ").replace("—", "--"),
}
OTHER: dict[str, Alter] = {
    "a word dropped": drop_word,
    "a word changed": lambda text, dice, other: replace_word(text, dice, "zebra"),
    "a word changed, by one that is said": lambda text, dice, other: replace_word(text, dice, dice.choice(other.split())),
    "the last word changed": lambda text, dice, other: replace_word(text, dice, "zebra", inner=False),
    "a word added": lambda text, dice, other: replace_word(text, dice, "zebra " + text.split()[len(text.split()) // 2]),
    "a number changed": change_number,
    "a number cut in two": cut_after_number,
    "a negation dropped": sub_once(NEGATION, ""),
    "a negation added": sub_once(AUXILIARY, r"\g<0> not"),
    "two words swapped": swap_words,
    "two passages glued": lambda text, dice, other: f"{text} {other}",
    "two passages glued with ...": lambda text, dice, other: f"{text} ... {other}",
    "paraphrased": paraphrase,
    "of another episode": lambda text, dice, other: other,
}


def judge(kind: str, quote: str, passage: Passage, talk: Transcript, index: TranscriptIndex) -> tuple[str, str | None]:
    """How a quote fared, and what is wrong with that."""
    found = index.find(quote, passage.start)
    if found is None:
        return "refused", "what was said is refused" if kind in SAME else None
    if talk.text[found.char_start : found.char_end] != found.quote:
        return found.match, "what is shown does not stand at its place"
    shown, asked = " ".join(plain(found.quote)), " ".join(plain(quote))
    if f" {shown} " not in f" {asked} ":
        return found.match, "what is shown holds a word that the quote does not"
    is_said = f" {asked} " in f" {' '.join(plain(talk.text))} "
    if found.match != "run" and not is_said:
        return found.match, "a changed quote passes as verbatim"
    if found.match == "run" and shown == asked and kind not in SAME:
        return found.match, "a changed quote passes whole"
    after = talk.text[found.char_end :].split()[:1]
    if kind == "a number cut in two" and NUMBER.fullmatch(plain(found.quote)[-1]) and after and NUMBER.fullmatch(after[0]):
        return found.match, "a number is cut in two"
    return found.match, None


def try_quotes(talks: list[Transcript], count: int) -> list[str]:
    """Prints how each kind of alteration fares; gives what broke."""
    dice = random.Random(SEED)
    indexes = [TranscriptIndex(talk) for talk in talks]
    passages = pick_passages(talks, count, dice)
    broken: list[str] = []
    print(f"{count} quotes of {len(talks)} transcripts, seed {SEED}; each altered in every way that it can be\n")
    print(f"{'the quote':38}{'tried':>7}{'exact':>7}{'normalised':>12}{'run':>7}{'refused':>9}{'broken':>8}")
    spent, tried = 0.0, 0
    for kind, alter in (*SAME.items(), *OTHER.items(), ("words of two speakers", None)):
        fared: Counter[str] = Counter()
        wrong = 0
        for passage in passages if alter else list(across_turns(talks, count, dice)):
            other = dice.choice([p for p in (dice.choice(passages) for _ in range(9)) if p.talk != passage.talk] or passages)
            quote = alter(passage.text, dice, other.text) if alter else passage.text
            if quote is None:
                continue
            started = time.perf_counter()
            outcome, fault = judge(kind, quote, passage, talks[passage.talk], indexes[passage.talk])
            spent, tried = spent + time.perf_counter() - started, tried + 1
            fared[outcome] += 1
            if fault:
                wrong += 1
                broken.append(f"{kind}: {fault}: {quote!r} in {talks[passage.talk].episode_id}")
        row = "".join(
            f"{fared[name]:>{width}}" for name, width in (("exact", 7), ("normalised", 12), ("run", 7), ("refused", 9))
        )
        print(f"{kind:38}{sum(fared.values()):>7}{row}{wrong:>8}")
    print(f"\n{1000 * spent / tried:.2f} ms a quote, the check of it included")
    return broken


def across_turns(talks: list[Transcript], count: int, dice: random.Random) -> Iterator[Passage]:
    """The last words of a speaker and the first of the next."""
    for _ in range(count):
        number = dice.randrange(len(talks))
        borders = list(zip(talks[number].segments, talks[number].segments[1:], strict=False))
        one, two = dice.choice(borders) if borders else (None, None)
        if one and two and one.speaker and two.speaker and one.speaker != two.speaker:
            text = " ".join([*one.text.split()[-8:], *two.text.split()[:8]])
            yield Passage(number, talks[number].text.find(one.text), text)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else QUOTES
    talks = read_talks()
    broken = try_quotes(talks, count)
    for line in broken[:20]:
        print("BROKEN", line)
    try_claims(talks, count)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
