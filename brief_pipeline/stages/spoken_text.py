"""Spoken words made readable: fillers and false starts go, every word that carries meaning stays."""

from __future__ import annotations

import re

FEWEST_WORDS = 3  # a marker is not stripped from what would leave less than this: "Yeah, exactly." stays as it is

# Words that open a turn and say nothing, parted by ";". The second list are markers only where a comma or the like follows
# ("Right, ..." but not "Right now ...").
_OPENERS = r"""
    and; but; yeah; yep; yup; okay; ok; oh; alright; um+; uh+; gosh;
    so(?! (?:far|much|many|long|few|little|that|called|often)\b)(?!-)
"""
_OPENERS_BEFORE_PAUSE = """
    yes; no; well; right; exactly; sure; also; like; now; again; honestly; basically; absolutely; definitely;
    actually; really; look; listen; see; hey; anyways?; totally; true; of course; to be honest; or; then; i
    mean; you know; you know what; i guess; you see; for sure; so to speak; let's see; let me think; man; wow;
    good question; great question; fair enough; first of all; as i said; like i said; as you said; in other
    words; to your point; i don't know; plus; obviously; frankly; in fact; by the way; at the end of the day;
    long story short; funny enough; sorry; literally; all right
"""
_MEAN_BEFORE_CLAUSE = r"(?:i mean|you know)(?= (?:it's|i|i'm|we|we're|you|you're|they|they're|there's|that's|if|when)\b)"
_PAUSE_AFTER = r"(?:,|\.\.\.|\.(?!\d)|…|!|;|:| –)\s*"


def _either(table: str) -> str:
    return "|".join(phrase.strip() for phrase in table.split(";"))


_OPENING = re.compile(
    rf"^(?:(?:{_either(_OPENERS)}|{_MEAN_BEFORE_CLAUSE})\b(?:{_PAUSE_AFTER}|\s+)"
    rf"|(?:{_either(_OPENERS_BEFORE_PAUSE)}){_PAUSE_AFTER})+",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"\s*[\[(](?:laugh|chuckl|applause|music|crosstalk|inaudible sound|cough|sigh|silence|pause)[^\])]*[\])]", re.IGNORECASE
)
_HUM = r"(?:um+|uh+|erm+|hmm+|mm+)"
_HESITATION = re.compile(rf"(?<=[\"“(]){_HUM}\b,?\s+|(?:,\s*)?(?<![\w'’-]){_HUM}\b(?!-)\s*,?(?:\s*\.\.\.)?", re.IGNORECASE)
_ASIDE = re.compile(
    rf"(?:,\s*(?:you know|i mean|like|i guess you could say|you know what i mean|right\?|{_HUM}))+,(?=\s)", re.IGNORECASE
)
_ASIDE_AFTER_WORD = re.compile(r"(?<=\b(?:is|of|to|in|on|at|be|by|as|or)),? (?:you know|i mean|like),\s*", re.IGNORECASE)
_TAIL = re.compile(
    r"(?:,\s*(?:right|you know|yeah|okay|ok|or whatever|and whatnot|so|and so|but|or|and|and stuff|if you will"
    r"|you know what i mean|so yeah)|\s+or whatever)"
    r"\s*[.?!]*$",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s*--+\s*|\s+[-–—]+\s+|\s*—\s*")
_CUT_WORD = re.compile(r"(?<![\w'’-])[a-z]{1,4}-(?=[\s,–])(?! (?:and|or|to|versus|vs)\b),?\s*(?:– )?", re.IGNORECASE)
# Function words that are never rightly said twice in a row; "that that", "had had", "is is", "very very" can be.
_DOUBLED = re.compile(
    r"\b(the|an?|i|we|he|she|they|to|of|and|but|or|my|our|your|their|if|it's|i'm|we're|they're|you're|there's|he's"
    r"|she's|with|for|from|because)"
    r"(?:,?\s+\1)+\b(?![-'’])",
    re.IGNORECASE,
)
_REPEATED_PHRASE = re.compile(r"\b((?:[\w'’]+ ){1,3}[\w'’]+),?\s+\1\b(?!['’-])", re.IGNORECASE)
_RETRACED = re.compile(r"\b((?:[\w'’]+ ){0,3}[\w'’]+)\s*(?:–|\.\.\.|…)\s*\1\b(?!['’-])", re.IGNORECASE)
_START_WORD = (
    r"(?:i|i'm|i've|we|we're|we've|you|you're|they|they're|he|she|it|it's|that's|this|that|there|there's|there are|the"
    r"|an?|is|are|was|were|and|but|"
    r"so|if|when|because|what|how|just|like|to|in|of|for|have|had|has|can|could|would|will|don't|do|think|mean|know"
    r"|really|my|our|your|not)"
)
_FALSE_START = re.compile(rf"^{_START_WORD}(?:,? {_START_WORD}){{0,4}} – (?=\S+ \S+ \S+)", re.IGNORECASE)
# "if you look – if we look": the speaker goes back to the word the clause began with.
_RESTART = re.compile(
    r"\b(i|we|you|they|he|she|it|it's|if|when|because|to|there's|who|how)(?: [\w'’]+){1,4} – (?=\1\b)", re.IGNORECASE
)
_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|…),?\s+(?=[a-z])")
_END = re.compile(r"[\s,;:–…-]*(?:\.\.\.|…)?([.?!]*)([\"”’')\]]*)$")


def tidy(text: str, *, follows: bool = False) -> str:
    """The sentence as one would write it down: no fillers, false starts or empty openings; same words, same order.

    Hedges stay ("I think": without it an opinion becomes a fact), a question stays a question. With `follows` the
    sentence stands after another one, and its "And", "But", "So" stay too. Idempotent: tidying twice changes nothing more.

    >>> tidy("And so, you know, I think the the cache is, like, um, the problem")
    'I think the cache is the problem.'
    >>> tidy("But they hire a lot of engineers, right?", follows=True)
    'But they hire a lot of engineers.'
    """
    while (tidied := _tidy_once(text, follows)) != text:
        text = tidied
    return text


def _tidy_once(text: str, follows: bool) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    text = _NOISE.sub("", text)
    text = _DASH.sub(" – ", text)
    text = _ASIDE_AFTER_WORD.sub(" ", _ASIDE.sub("", text))
    text = _HESITATION.sub("", text).strip(" ,–")
    text = _CUT_WORD.sub("", text)
    text = _drop_restarts(text)
    text = _drop_opening(text, follows)
    text = _ELLIPSIS.sub(", ", text)
    text = re.sub(r"\s+([,.;:?!])", r"\1", re.sub(r"\s+", " ", text)).strip()
    return _close(text)


def _drop_restarts(text: str) -> str:
    text = _RETRACED.sub(r"\1", _DOUBLED.sub(r"\1", text))
    text = _REPEATED_PHRASE.sub(_one_of_two, text)
    text = _FALSE_START.sub("", text)
    # Two dashes fence an aside ("the company – the one we left – grew"); one dash breaks off.
    return _RESTART.sub("", text) if text.count(" – ") == 1 else text


def _one_of_two(match: re.Match[str]) -> str:
    """A phrase said twice is a stumble when it begins with a function word; "more and more and more" is meant."""
    phrase = match.group(1)
    return phrase if re.match(rf"{_START_WORD}\b", phrase, re.IGNORECASE) else match.group()


def _drop_opening(text: str, follows: bool) -> str:
    match = _OPENING.match(text)
    if match is None:
        return text
    rest = text[match.end() :]
    if len(rest.split()) < FEWEST_WORDS:
        return text
    link = re.match(r"(?:and|but|so)\b", text, re.IGNORECASE) if follows else None
    return f"{link.group().capitalize()} {rest}" if link else rest


def _close(text: str) -> str:
    """The first letter large, the end closed."""
    if not text:
        return ""
    text = _TAIL.sub("", text) if len(text.split()) > FEWEST_WORDS else text
    match = _END.search(text)
    assert match is not None  # the pattern matches the empty end
    mark = "?" if "?" in match.group(1) else "."
    body = text[: match.start()]
    if not re.search(r"\w", body):
        return ""
    body += mark + match.group(2)
    first = next(i for i, letter in enumerate(body) if letter.isalnum())
    word = re.match(r"[\w'’]+", body[first:])
    is_styled = word is not None and word.group() != word.group().lower()  # iPhone, eBPF
    return body if is_styled else body[:first] + body[first].upper() + body[first + 1 :]
