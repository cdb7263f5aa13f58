"""The names of a text, and which of them its surroundings do not say.

English: a name is what is capitalised. At the start of a sentence everything is; there a word counts as a name where it owns
something ("Snowflake's chief"), says or does something that one party does ("Snowflake says"), opens a longer name ("Ada
Byron"), or is written as no ordinary word is ("GitHub", "AWS").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from brief_pipeline.stages.claim_phrases import STOP_WORDS
from brief_pipeline.stages.number import SMALL, TENS, value_of

_WORD = r"[\w&+#][\w.'’&+#-]*"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ]"
_NAME = re.compile(rf"(?<![\w'’-]){_CAPITAL}[\w.'’&+#-]*(?:\s+{_CAPITAL}[\w.'’&+#-]*)*|(?<![\w'’.-])[a-z]+[A-Z][\w'’-]*")
_PLAIN = re.compile(r"I|I['’]\w+|A|OK|Okay|Mr|Mrs|Ms|Dr|Prof|St")
_SENTENCE_START = re.compile(r"(?:^|[.!?:…]\s+|[\"“‘(]\s*|\n\s*)$")
_TOKEN = re.compile(_WORD)
_JOINT = re.compile(r"[./&-]")
_DEMONYM = re.compile(r"(?:n|an|ian|ese|ish|i)$")
SHORTEST_PLACE = 4  # letters of "Iran", before "ian"

# What one party says or does. With an ordinary word before it, it would be "the regulator says" or "regulators say".
_AGENT_VERB = re.compile(
    r"\s+(?:says|said|argues|argued|thinks|believes|claims|claimed|warns|warned|expects|predicts|predicted|told|tells|explains"
    r"|explained|recalls|recalled|admits|admitted|bought|sold|acquired|hired|fired|founded|launched|released|announced|raised"
    r"|built|paid|charges|invested|refuses|wants|recommends|recommended|suggests|co-founded|runs|ran)\b"
)
_NO_AGENTS = frozenset(
    """
    everyone everybody someone somebody nobody anyone research science evidence history data experience management leadership
    law congress government society wisdom tradition theory today yesterday tomorrow whoever whatever neither either none
    others another each few many several most both men women children people half
    """.split()  # noqa: SIM905
)
# Words that stand before a name without being of it: "Former Google engineers"
_BEFORE_NAMES = frozenset(
    """
    former modern early late big small new old top major both every each several few public private young older after before
    during under since until although though while unlike despite beyond within without among between given via per against
    training running building using buying selling through across around inside outside once whether yet nor local global
    western eastern northern southern central typical classic many most some other these those two three four five six ten
    """.split()  # noqa: SIM905
)
_FORMS = re.compile(r".+(?:ing|ed|ly)")
# Shortenings that letters cannot explain, or that two letters explain too easily.
_LONG_FORMS = {
    "ai": "artificial intelligence",
    "us": "united states",
    "usa": "united states",
    "uk": "united kingdom",
    "eu": "european union",
    "un": "united nations",
    "ml": "machine learning",
    "vc": "venture capital",
    "pr": "public relations",
    "hr": "human resources",
    "tv": "television",
    "ceo": "chief executive",
    "phd": "doctorate",
    "covid": "coronavirus",
}
_DEMONYMS = {"chinese": "china", "french": "france", "british": "britain", "english": "england", "dutch": "netherlands"}
_DEMONYMS |= {"swiss": "switzerland", "spanish": "spain", "danish": "denmark", "turkish": "turkey", "german": "germany"}
_DEMONYMS |= {"american": "us", "americans": "us", "america": "us", "europe": "eu"}


def read_names(text: str, ordinary: Collection[str] = frozenset()) -> Iterator[str]:
    """The names of a text in order, a phrase each. `ordinary`: lower-case words that are no names at a sentence's start.

    >>> list(read_names("Caches help. Initech's team at New York says so, and GitHub too."))
    ['Initech', 'New York', 'GitHub']
    """
    for found in _NAME.finditer(text):
        words = [word.rstrip(".'’-") for word in found.group().split()]
        if _SENTENCE_START.search(text[: found.start()]) and not _is_first_a_name(words, text[found.end() :], ordinary):
            words = words[1:]
        words = [re.sub(r"['’]s$", "", word) for word in words if not _PLAIN.fullmatch(word)]
        if words:
            yield " ".join(words)


def _is_first_a_name(words: list[str], after: str, ordinary: Collection[str]) -> bool:
    """Whether a sentence's first word is capitalised for more than being the first."""
    first = re.sub(r"['’]s$", "", words[0])
    is_owner = first != words[0]
    plain = first.lower()
    if any(char.isupper() or char.isdigit() for char in first[1:]):
        return True
    if (
        plain in ordinary
        or plain in STOP_WORDS
        or plain in _BEFORE_NAMES
        or plain in _NO_AGENTS
        or "'" in first
        or "’" in first
    ):
        return False
    if len(words) > 1:
        return not _FORMS.fullmatch(plain)
    return is_owner or bool(_AGENT_VERB.match(after))


def _stem(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word.lower())
    word = re.sub(r"[^\w+#]", "", word)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _digits_of(stem: str) -> str:
    """ "gpt four" is "GPT-4"."""
    return value_of(stem) if stem in SMALL or stem in TENS else stem


class SaidNames:
    """What a text says, made ready to look names up in: without case, possessive, plural or spacing.

    >>> "OpenAI" in SaidNames("we asked open ai's team"), "GPT-4" in SaidNames("gpt four"), "AI" in SaidNames("an idea")
    (True, True, False)
    """

    def __init__(self, text: str) -> None:
        tokens = [token.rstrip(".'’-") for token in _TOKEN.findall(text)]
        self._stems = [_digits_of(_stem(token)) for token in tokens]
        self._known = {"".join(self._stems[at : at + size]) for size in (1, 2, 3) for at in range(len(self._stems))}
        self._known |= {_stem(part) for token in tokens for part in _JOINT.split(token) if part}
        self._capitals = {re.sub(r"\W", "", token).lower() for token in tokens if token.isupper()}
        self._words = " ".join(token.lower() for token in tokens)
        self._initials = " " + " ".join(token[0].lower() for token in tokens)

    def __contains__(self, name: str) -> bool:
        """Whether a name is said: the whole, each of its words, or what it is short for."""
        words = name.split()
        return (
            "".join(_stem(word) for word in words) in self._known or self._is_shortened(words) or all(map(self._has, words))
        )

    def _has(self, word: str) -> bool:
        stem = _stem(word)
        parts = [_stem(part) for part in _JOINT.split(word) if part]
        if stem in self._known or all(part in self._known for part in parts) or self._is_spelled_out(word):
            return True
        if (place := _DEMONYMS.get(word.lower())) and (place in self._known if len(place) > 2 else place in self._capitals):
            return True
        place = _DEMONYM.sub("", stem)
        grown = {stem + ending for ending in ("n", "an", "ian", "ese", "i")}
        return (place != stem and len(place) >= SHORTEST_PLACE and place in self._known) or (
            len(stem) >= SHORTEST_PLACE and not self._known.isdisjoint(grown)
        )

    def _is_spelled_out(self, word: str) -> bool:
        """Whether a shortening's words are said: "LLMs" for large language models."""
        letters = re.sub(r"s$", "", re.sub(r"\W", "", word))
        if not letters.isupper():
            return False
        long_form = _LONG_FORMS.get(letters.lower())
        return (long_form is not None and long_form in self._words) or (
            len(letters) >= 3 and " " + " ".join(letters.lower()) in self._initials
        )

    def _is_shortened(self, words: list[str]) -> bool:
        """Whether only a name's initials are said, as capitals: "US" for United States."""
        return len(words) > 1 and "".join(word[0] for word in words).lower() in self._capitals

    def followers(self, word: str) -> set[str]:
        """The numbers that are said right after a word, in digits: the versions of "Llama"."""
        stem = _stem(word)
        after = {number for name, number in pairwise(self._stems) if name == stem}
        joined = {word.removeprefix(stem) for word in self._stems if word.startswith(stem)}  # "gpt4"
        return {number for number in after | joined if number.isdigit()}


_VERSION = re.compile(
    rf"({_CAPITAL}[\w'’&+#]*)[\s-](\d+(?:\.\d+)*)(?![\d,]|\.\d|\s?%|[\s-]*(?:thousand|million|billion|percent)\b)"
)


def unsaid_names(text: str, surroundings: str, ordinary: Collection[str] = frozenset()) -> tuple[str, ...]:
    """The names of a text that its surroundings do not say, as the text writes them; () if they say all.

    A number that follows a name must follow it there too, where any does: "Llama 3" is not said by who speaks of Llama 2.

    >>> unsaid_names("After the rewrite, Ada's team at Initech ran Llama 3.", "Ada said: we ran llama 2 on 3 machines")
    ('Initech', 'Llama 3')
    """
    said = SaidNames(surroundings)
    unsaid = [name for name in read_names(text, ordinary) if name not in said]
    for found in _VERSION.finditer(text):
        versions = said.followers(found.group(1))
        if versions and re.sub(r"\D", "", found.group(2)) not in versions:
            unsaid.append(found.group())
    return tuple(dict.fromkeys(unsaid))
