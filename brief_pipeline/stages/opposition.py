"""Why two sentences that look alike say different things: a negation, a number, an opposite word, another name.

A cosine cannot tell: inserting "not" leaves 0.985 of all-MiniLM-L6-v2, an antonym 0.982, another number 0.960, the same as
synonyms (0.985), measured on 73 to 90 edits each. English only. Opposites in other words are missed.
"""

from __future__ import annotations

import re
from functools import cache

from brief_pipeline.stages.claim_phrases import STOP_WORDS
from brief_pipeline.stages.number import read_numbers

# Names speak against a merge only where nearly all other words agree: below, they cost more duplicates than they save.
NAME_OVERLAP = 0.7

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|hardly|barely|rarely|seldom|scarcely|cannot"
    r"|unable|impossible|lacks?|lacked|lacking|fails?|failed|failing|"
    r"refuses?|refused|stops?|stopped|unlikely|unsafe|untrue|unfair|unhappy|unimportant|unnecessary|unwilling|unpopular"
    r"|uncommon|unknown|ain't)\b|\b\w+n't\b",
    re.IGNORECASE,
)
# Said with a "no" or "not" that denies nothing of the sentence's claim.
_EMPTY_NEGATION = re.compile(
    r"\b(?:not only|not just|not merely|not to mention|no doubt|no matter|whether or not|or not"
    r"|not surprisingly|why not|no wonder"
    r"|not least|nothing but|no later than|no less than|no more than|can ?not help but|last but not least"
    r"|more often than not|if not)\b",
    re.IGNORECASE,
)
_TAG_QUESTION = re.compile(r",? (?:is|does|are|do|was|did|wo|ca)n't (?:it|they|you|we|he|she)\?", re.IGNORECASE)
_NO_LONGER = re.compile(r"\b(?:no longer|not any ?more|not anymore)\b", re.IGNORECASE)
KEPT = frozenset({"go", "more", "most", "not", "never", "no", "every", "always"})  # stop words elsewhere that matter here

_APOSTROPHE = str.maketrans({"’": "'", "ʼ": "'", "`": "'"})
# Speech recognisers and captions drop the apostrophe.
_BARE_CONTRACTION = re.compile(r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should|ca|wo)nt\b", re.IGNORECASE)

# Each line: one side | the other side. An indented line goes on.
_OPPOSITES = """
more | less fewer
most | least fewest
increase increases increased increasing rise rises rose risen rising grow grows grew grown growing gain gains gained
    climb climbs climbed
    | decrease decreases decreased decreasing reduce reduces reduced fall falls fell fallen falling shrink shrinks
    shrank shrunk shrinking drop drops dropped decline declines declined declining
up | down
double doubles doubled doubling triple tripled | halve halves halved halving
faster quicker fast quick speeds | slower slow slows
better best good improve improves improved improving | worse worst bad worsen worsens worsened worsening
easy easier easiest simple simpler | hard harder hardest difficult complex complicated
always everyone everybody all | never nobody none
often usually frequently commonly | rarely seldom
high higher highest | low lower lowest
large larger largest big bigger biggest | small smaller smallest tiny
cheap cheaper cheapest inexpensive | expensive dear dearer costly costlier pricier pricey
before | after
earlier early sooner | later late
first | last
open opened opens | closed close closes proprietary
public | private
strong stronger strengthen strengthens | weak weaker weaken weakens
success succeed succeeds succeeded successful win wins won | failure fail fails failed unsuccessful lose loses lost
start starts started begin begins began | stop stops stopped end ends ended
old older | new newer
safe safer secure | dangerous unsafe riskier risky insecure
possible | impossible
likely | unlikely
true right correct | false wrong incorrect
love loves like likes | hate hates dislike dislikes
positive benefit benefits help helps helped | negative harm harms harmed hurt hurts
above over | below under
buy buys bought | sell sells sold
hire hires hired hiring | fire fires fired firing
add adds added adding | remove removes removed removing
keep keeps kept keeping | cut cuts cutting delete deletes deleted scrap scraps scrapped abandon abandoned
enable enables enabled allow allows allowed permit permits
    | disable disables disabled prevent prevents prevented forbid forbids forbade ban bans banned
with | without
many | few
useful valuable | useless worthless
important | unimportant irrelevant
centralized centralised | decentralized decentralised
internal inside | external outside
junior | senior
include includes included | exclude excludes excluded
accept accepts accepted approve approves approved agree agrees
    | reject rejects rejected refuse refuses refused disagree disagrees
support supports supported | oppose opposes opposed
legal | illegal
rich | poor
long longer | short shorter
same | different
majority | minority
overrated overestimate overestimates overestimated overvalued
    | underrated underestimate underestimates underestimated undervalued
accelerate accelerates accelerated | delay delays delayed decelerate decelerates
profit profits profitable | loss losses unprofitable
optimistic | pessimistic
bullish | bearish
human humans | machine machines
reliable stable | unreliable unstable
local | remote
supply | demand
"""


def _read_opposites(table: str) -> dict[str, frozenset[str]]:
    against: dict[str, set[str]] = {}
    for line in table.strip().replace("\n    ", " ").splitlines():
        left, right = (side.split() for side in line.split("|"))
        for here, there in ((left, right), (right, left)):
            for word in here:
                against.setdefault(word, set()).update(there)
    return {word: frozenset(words) for word, words in against.items()}


_AGAINST = _read_opposites(_OPPOSITES)

_PREFIXES = ("un", "in", "im", "ir", "non", "non-", "dis", "de")
SHORTEST_PREFIXED = 5  # letters: "form" is not the opposite of "inform"

_HALF_OF_SCALE = re.compile(r"\bhalf an? (hundred|thousand|million|billion|trillion)\b", re.IGNORECASE)
# Shares in words, as the per cent they are, so that "half" and "50%" agree.
_SHARES = (
    (re.compile(r"(?<!and a )\bhalf\b(?! an? )(?!-)", re.IGNORECASE), "50%"),
    (re.compile(r"\b(?:twice|doubl(?:e|es|ed|ing))\b", re.IGNORECASE), "2x"),
    (re.compile(r"\btripl(?:e|es|ed|ing)\b", re.IGNORECASE), "3x"),
    (re.compile(r"\btenfold\b", re.IGNORECASE), "10x"),
)

_FRACTION = re.compile(
    r"\b(a|one|two|three|four|five|six|seven|eight|nine)[ -](third|quarter|fifth|sixth|eighth|tenth)s?\b", re.IGNORECASE
)
_COUNTED = {word: n for n, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 1)}
_PARTS = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}

_COMPARING = re.compile(
    r"\b(?:than|instead of|rather than|over|beats?|outperforms?|replaces?|replaced|overtook|overtakes?|acquired"
    r"|acquires|bought|sued)\b", re.IGNORECASE
)  # fmt: skip
_LESS = re.compile(r"\b(?:less|fewer)\b(?:\s\w+){0,2}\s+than\b", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w'-])[A-Z][\w&+#.-]*\w|(?<![\w'-])[A-Z](?![\w'])")
_NAME_AT_START = re.compile(
    r"([A-Z][\w&+#.-]*(?<!s)(?<!ing)(?<!ed)(?<!ly))(?:'s)? (?:is|was|has|had|will|can|won't|isn't|[a-z]+s|[a-z]+ed)\b"
)
_WORD = re.compile(r"[a-z0-9][\w'%+#-]*", re.IGNORECASE)
_NUMBER_WORDS = re.compile(
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|\w+teen|\w+ty|hundred|thousand)$", re.IGNORECASE
)


def find_conflict(a: str, b: str) -> str | None:
    """What speaks against two look-alike sentences being one: "negation", "number: 40 against 70", or None.

    Says nothing about sentences on different things: ask it only of pairs that a cosine calls near. Two turns cancel out:
    "not cheap" is "expensive", and "A is faster than B" is "B is slower than A".

    >>> find_conflict("Remote teams ship faster", "Remote teams ship slower")
    'antonym: faster/slower'
    >>> find_conflict("It saves forty percent of the cost", "It saves 70% of the cost")
    'number: 40 against 70'
    >>> find_conflict("Rust isn't hard to learn", "Rust is not hard to learn") is None
    True
    """
    a, b = normalise_denials(a), normalise_denials(b)
    antonyms = find_antonyms(a, b)
    said = {word for pair in antonyms for word in pair}
    is_denied = (_count_negations(a, said) - _count_negations(b, said)) % 2 == 1
    swapped = find_swap(a, b)
    if (is_denied + bool(antonyms) + bool(swapped)) % 2 == 1:
        if is_denied:
            return "negation"
        return "antonym: {}/{}".format(*antonyms[0]) if antonyms else f"order: {swapped}"
    if numbers := _find_other_number(a, b):
        return "number: {} against {}".format(*numbers)
    if names := _find_other_name(a, b):
        return "name: {} against {}".format(*names)
    return None


def word_overlap(a: str, b: str) -> float:
    """The share of the shorter sentence's content words that the other has too: 0 to 1.

    >>> word_overlap("The cache is slow", "Our slow cache costs money")
    1.0
    """
    return _measure_containment(_content(normalise_denials(a)), _content(normalise_denials(b)))


def _measure_containment(left: set[str], right: set[str]) -> float:
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def normalise_denials(text: str) -> str:
    """With every "not" a word of its own, and without those that deny nothing."""
    text = _TAG_QUESTION.sub(" ", _BARE_CONTRACTION.sub(r"\1n't", text.translate(_APOSTROPHE)))
    text = re.sub(r"\b(?:can't|cannot)\b", "can not", text, flags=re.IGNORECASE)
    text = re.sub(r"n't\b", " not", text)
    return _NO_LONGER.sub("not", _EMPTY_NEGATION.sub(" ", text)).strip()


def _words(text: str) -> list[str]:
    return [word.lower().removesuffix("'s") for word in _WORD.findall(text)]


def _content(text: str) -> set[str]:
    return set(_words(text)) - (STOP_WORDS - KEPT)


def _count_negations(text: str, said: set[str]) -> int:
    """Negations, those aside that are one side of an antonym already found ("with" / "without")."""
    return sum(match.lower() not in said for match in _NEGATION.findall(text))


def find_antonyms(a: str, b: str) -> list[tuple[str, str]]:
    """Pairs of opposite words that stand one in each sentence only, in the order of the first."""
    words_a, words_b = _words(a), _words(b)
    only_b = set(words_b) - set(words_a)
    found = []
    for word in dict.fromkeys(words_a):
        if word not in words_b:
            against = only_b & _opposites_of(word)
            found += [(word, other) for other in sorted(against, key=words_b.index)]
    return found


@cache
def _opposites_of(word: str) -> frozenset[str]:
    """Those of the table, and the word with a prefix of denial more or less ("structured" / "unstructured")."""
    longer = {prefix + word for prefix in _PREFIXES} if len(word) >= SHORTEST_PREFIXED else set()
    shorter = {word[len(prefix) :] for prefix in _PREFIXES if word.startswith(prefix)}
    return _AGAINST.get(word, frozenset()) | longer | {other for other in shorter if len(other) >= SHORTEST_PREFIXED}


def find_swap(a: str, b: str) -> str | None:
    """The two words that changed sides of the same comparison: "Go/Rust" in "Go beats Rust" and "Rust beats Go"."""
    match_a, match_b = _COMPARING.search(a), _COMPARING.search(b)
    if match_a is None or match_b is None:
        return None
    before_a, after_a = _content(a[: match_a.start()]), _content(a[match_a.end() :])
    before_b, after_b = _content(b[: match_b.start()]), _content(b[match_b.end() :])
    moved_right = (before_a & after_b) - after_a - before_b
    moved_left = (after_a & before_b) - before_a - after_b
    if not moved_right or not moved_left or bool(_LESS.search(a)) != bool(_LESS.search(b)):
        return None  # "A better than B" is "B less well than A"
    stayed = (before_a & before_b) | (after_a & after_b)
    is_swapped = len(stayed) <= len(moved_right) + len(moved_left)  # not "writing down why", "documenting why"
    return f"{min(moved_right)}/{min(moved_left)}" if is_swapped else None


def _find_other_number(a: str, b: str) -> tuple[str, str] | None:
    """A number of each that the other lacks; None where one sentence merely gives more of them."""
    left, right = _list_numbers(a), _list_numbers(b)
    only_left = [readings for readings in left if not any(readings & other for other in right)]
    only_right = [readings for readings in right if not any(readings & other for other in left)]
    return (min(only_left[0]), min(only_right[0])) if only_left and only_right else None


def _list_numbers(text: str) -> list[set[str]]:
    """The readings of each number. "One" alone is left out: it is a pronoun far more often than a number."""
    text = _HALF_OF_SCALE.sub(r"0.5 \1", text)
    text = _FRACTION.sub(_as_percent, text)
    for pattern, share in _SHARES:
        text = pattern.sub(share, text)
    return [
        {reading.rstrip("%") for reading in readings} for shown, readings in read_numbers(text) if shown.lower() != "one"
    ]


def _as_percent(fraction: re.Match[str]) -> str:
    """ "seven tenths" as the "70%" that another speaker says."""
    count = _COUNTED.get(fraction.group(1).lower(), 1)
    return f"{100 * count / _PARTS[fraction.group(2).lower()]:.0f}%"


def _find_other_name(a: str, b: str) -> tuple[str, str] | None:
    """A name of each that the other lacks, where nearly all their other words agree."""
    names_a, names_b = _list_names(a), _list_names(b)
    only_a = [name for name in names_a if name.lower() not in b.lower()]
    only_b = [name for name in names_b if name.lower() not in a.lower()]
    if not only_a or not only_b:
        return None
    named = {name.lower() for name in (*names_a, *names_b)}
    is_alike = _measure_containment(_content(a) - named, _content(b) - named) >= NAME_OVERLAP
    return (only_a[0], only_b[0]) if is_alike else None


def _list_names(text: str) -> list[str]:
    """Capitalised words inside the sentence, and at its start where a verb follows at once ("Netflix stopped")."""
    names = [match.group() for match in _NAME.finditer(text) if not re.search(r"(?:^|[.!?\"“:] ?)$", text[: match.start()])]
    first = _NAME_AT_START.match(text) or re.match(r"(\w+[A-Z0-9][\w-]*)", text)
    names = [first.group(1), *names] if first else names
    return [
        name
        for name in dict.fromkeys(name.removesuffix("'s") for name in names)
        if name.lower() not in STOP_WORDS - KEPT and not _NUMBER_WORDS.match(name)
    ]
