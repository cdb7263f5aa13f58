"""How much a spoken sentence sounds like a claim, by the phrases in it. The score's scale is absolute."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass

from brief_pipeline.stages.claim_phrases import CLAIMS, FAULTS, STOP_WORDS, phrases

# The kinds of mark that make an argument; the others (quantity, general, weight) only lend it force.
ARGUMENTS = frozenset({"cause", "contrast", "comparison", "definition", "advice", "prediction", "finding"})
# Where one of these is hit, the sentence is no part of an insight, whatever else it says.
UNUSABLE = frozenset({"greeting", "show talk", "reading aloud", "own trade"})

LOWEST_SCORE = -6.0  # of a text without words
CLAIMS_CEILING = 3.5  # all claim marks together: a long sentence gathers many without saying more
USUAL_CONTENT_SHARE = 0.40  # content words / words: the median of spoken sentences
USUAL_VAGUE_SHARE = 0.08  # "it", "that", "things" / words
MOST_WORDS = 48  # a longer spoken sentence is several, run together

NAME_POINTS, NUMBER_POINTS = 0.15, 0.15  # each, at most two
OWN_NAME_FAULT = 1.5  # the speakers or the show by name: they talk to each other
PAST_FAULT = 0.4  # a verb, at most three: what happened once is a story, what happens is a claim
ABANDONED_FAULT = 0.8  # a break, at most two
QUESTION_FAULT, BREAK_FAULT, VERBLESS_FAULT, CUT_QUOTE_FAULT = 2.5, 1.2, 2.0, 1.0

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})
_WORD = re.compile(r"[\w'-]+")
_NAME = re.compile(r"(?<=[a-z0-9,;:] )(?!I\b|I')[A-Z][\w+#.-]*\w|\b(?!I\b)[A-Z]{2,}[\w-]*|\b[A-Z][a-z]+[A-Z]\w*")
_NUMBER = re.compile(r"\b\d[\d,.]*")
_QUESTION = re.compile(r"\?[\s\"”')\]]*$")
_QUOTED = re.compile(r"[\"“][^\"“”]*[\"”]")
_BREAK = re.compile(r"(?:\.\.\.|…|--|—|–|,|:)\s*[\"”']?$")
# A sentence that ends in a word which needs another one after it was cut, or broken off.
_OPEN_END = re.compile(
    r"\b(?:the|an?|your|my|our|their|its|of|because|and|or|but|if|when|whether|than|versus|is that|was that|to be|i'm|we're"
    r"|you're|they're|gonna|going to|want to|wants to|need to|such as)[.!]?[\"”']*$",
    re.IGNORECASE,
)
_UNHEARD = re.compile(r"\[(?:unintelligible|inaudible|unclear|crosstalk|\?)|\(inaudible|_{3,}", re.IGNORECASE)
# The speaker stops after a word that cannot end a clause, and starts anew.
_ABANDONED = re.compile(
    r"\b(?:the|an?|your|my|our|their|his|her|its|those|these|of|to|for|with|in|on|at|by|and|or|but|so|that|which|is|are"
    r"|was|were|be|can"
    r"|could|would|should|will|don't|it's|that's|there's|we're|you're|they're|i'm|like|just|very|really|not|as|from|if"
    r"|when|because|who"
    r"|what|see|say|think|know|want|mean|\w+ing)(?: –| --|\.\.\.|…)",
    re.IGNORECASE,
)
# "Simulation, where you fly millions of tests": what follows the comma is a side clause; the main clause has no verb.
_SIDE_CLAUSE = re.compile(r",? (?:–|where|which|who|especially|because|when|if|like|as|or|so|and|but)\b.*$", re.IGNORECASE)
_OPENS_WITH_CLAUSE = re.compile(
    r"(?:if|when|as|because|whenever|once|while|unless|since|whether|although|until)\b", re.IGNORECASE
)

_FIRST_PERSON = phrases("i; i'm; i've; i'd; i'll; my; me; mine; myself")
_WE = phrases("we; we're; we've; our; us; we'd; we'll; ours")
_VAGUE = phrases("""
    it; this; that; they; them; those; these; he; she; him; her; his; there's; it's; that's; they're; he's; she's; things?;
    stuff;
    something; whatever; their; its; ones; it'll; they'd; they've; that'll
""")
_PAST = phrases(r"""
    was; were; had; did; went; came; got; said; took; made; gave; told; became; began; didn't; wasn't; weren't;
    (?<!be )(?<!is )(?<!are )(?<!been )\w{3,}ed
""")
_FINITE = phrases(r"""
    is; are; was; were; be; been; has; have; had; can; could; will; would; should; must; may; might; do; does; did; cannot;
    goes;
    \w+n't; \w+'(?:re|ll|ve|d); (?:it|that|there|he|she|what|who|here|where|how|this|everyone|everybody|nobody)'s;
    [a-z]+'s (?:an?|the|not|no|never|just|really|also|always|going|gonna|\w+ing|been|more|less|too|so); \w{3,}ed;
    (?:get|make|take|need|want|mean|give|let|help|work|become|seem|tend|require|allow|cause|lead|
    create|show|say|know|think|find|understand|use|build|run|cost|keep|pay|look|start|happen|change|
    depend|matter|win|lose|grow|learn|buy|sell|write|spend|turn|bring|fail|drive|force|care|feel|
    love|hate|come|go|ship|read|believe|live|die|rise|fall|drop|beat|move|hold|break|add|save|
    hire|ask|scale|lie|sit|stand|eat|drink|play|speak|teach|sleep|study|charge|deploy|fly|follow|
    talk|test|train|travel|try|trust|vote|wait|watch|wear|wish|worry|draw|carry|catch|choose|close|
    open|cut|deal|deliver|earn|enter|exist|expect|fight|fit|focus|hear|hurt|improve|increase|invest|
    join|kill|lack|leave|listen|manage|meet|miss|offer|own|pass|plan|prefer|produce|protect|prove|
    provide|pull|push|put|raise|reach|receive|remember|replace|rely|return|rule|send|serve|set|share|
    sound|stay|stop|struggle|suffer|suggest|support|survive|tell)s?
""")


@dataclass(frozen=True, slots=True)
class Marks:
    """What the words of one sentence show: hits by mark, and counts."""

    claims: dict[str, float]
    faults: dict[str, float]
    words: int
    content: int
    names: int
    own_names: int
    numbers: int

    @property
    def arguments(self) -> frozenset[str]:
        """The kinds of argument it makes: none in "Chef is a tool", a cause in "Chef is used because ..."."""
        return frozenset(name for name, hits in self.claims.items() if hits and name in ARGUMENTS)


def plain(text: str) -> str:
    """The text with straight apostrophes, as the patterns write them."""
    return text.translate(_APOSTROPHES)


def content_words(text: str) -> list[str]:
    """The lower-cased words that carry subject matter.

    >>> content_words("I think that the cache is the problem")
    ['cache', 'problem']
    """
    words = (word.lower() for word in _WORD.findall(plain(text)))
    return [word for word in words if word not in STOP_WORDS and (len(word) > 2 or word.isdigit())]


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def read_marks(text: str, own_names: Collection[str] = frozenset()) -> Marks:
    """The marks of a sentence. `own_names`: lower-cased words of the names of the show and its speakers."""
    text = plain(text)
    names = {name.lower() for name in _NAME.findall(text)}
    spoken_to = {word.lower() for word in _WORD.findall(text) if word[0].isupper()}.intersection(own_names)
    return Marks(
        claims={mark.name: min(mark.most, len(mark.pattern.findall(text))) for mark in CLAIMS},
        faults={mark.name: min(mark.most, len(mark.pattern.findall(text))) for mark in FAULTS},
        words=count_words(text),
        content=len(content_words(text)),
        names=len(names.difference(own_names)),
        own_names=len(spoken_to),
        numbers=len(_NUMBER.findall(text)),
    )


def score_sentence(text: str, own_names: Collection[str] = frozenset()) -> float:
    """How much a sentence sounds like a claim: about -6 (chatter) to +5; a plain statement is near 0.

    >>> score_sentence("Most teams fail because they never measure the cost of a slow build.") > 2
    True
    >>> score_sentence("Thanks so much for joining us on the show today!") < -2
    True
    """
    return weigh_marks(text, read_marks(text, own_names))


def weigh_marks(text: str, marks: Marks) -> float:
    """The score of a sentence whose marks were read already."""
    if not marks.words:
        return LOWEST_SCORE
    claims = sum(mark.weight * marks.claims[mark.name] for mark in CLAIMS)
    score = CLAIMS_CEILING * math.tanh(claims / CLAIMS_CEILING)
    score -= sum(mark.weight * marks.faults[mark.name] for mark in FAULTS)
    score += (
        NAME_POINTS * min(2, marks.names) + NUMBER_POINTS * min(2, marks.numbers) - OWN_NAME_FAULT * min(1, marks.own_names)
    )
    score += 4.0 * (marks.content / marks.words - USUAL_CONTENT_SHARE) - 0.05 * max(0, marks.words - MOST_WORDS)
    return score - _weigh_grammar(plain(text), marks.words)


def _weigh_grammar(text: str, words: int) -> float:
    """Points off for who speaks of himself, of the past, vaguely, in questions or in pieces."""
    off = 2.0 * min(1.0, len(_FIRST_PERSON.findall(text)) * 8 / words) + 1.2 * min(1.0, len(_WE.findall(text)) * 6 / words)
    off += 6.0 * max(0.0, len(_VAGUE.findall(text)) / words - USUAL_VAGUE_SHARE)
    off += PAST_FAULT * min(3, len(_PAST.findall(text))) + ABANDONED_FAULT * min(2, len(_ABANDONED.findall(text)))
    off += QUESTION_FAULT * is_question(text) + BREAK_FAULT * bool(_BREAK.search(text))
    return off + VERBLESS_FAULT * (_FINITE.search(text) is None) + CUT_QUOTE_FAULT * has_cut_quote(text)


def count_vague(text: str) -> int:
    """How many words point without naming: "it", "that", "things"."""
    return len(_VAGUE.findall(plain(text)))


def has_name(text: str) -> bool:
    return _NAME.search(text) is not None


def is_question(text: str) -> bool:
    """Whether the sentence ends in a question mark."""
    return _QUESTION.search(text) is not None


def has_cut_quote(text: str) -> bool:
    """Whether a quotation is opened and not closed, or the other way round."""
    return sum(text.count(mark) for mark in '"“”') % 2 == 1


def breaks_off(text: str) -> bool:
    """Whether the sentence stops before it is over: "because.", "it's like, the."."""
    return _BREAK.search(plain(text)) is not None or _OPEN_END.search(plain(text)) is not None


def is_broken(text: str) -> bool:
    """Whether the sentence stops or starts anew in the middle, or holds the end of another."""
    text = plain(text)
    return (
        any(pattern.search(text) for pattern in (_BREAK, _ABANDONED, _OPEN_END))
        or re.search(r"[.!?] [a-z]|(?:\.\.\.|…) ?[A-Z]", text) is not None
    )


def has_main_verb(text: str) -> bool:
    """Whether its main clause (what stands in quotation marks aside) has a verb."""
    text = _QUOTED.sub(" ", plain(text))
    return _FINITE.search(text if _OPENS_WITH_CLAUSE.match(text) else _SIDE_CLAUSE.sub("", text)) is not None


def is_usable(text: str) -> bool:
    """Whether a sentence may stand in an insight at all: nothing unheard, nothing about the show, nothing read out."""
    text = plain(text)
    return _UNHEARD.search(text) is None and not any(mark.pattern.search(text) for mark in FAULTS if mark.name in UNUSABLE)
