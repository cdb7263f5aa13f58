"""Whether a sentence can be understood without the ones around it."""

from __future__ import annotations

import re

from brief_pipeline.stages import claim_marks
from brief_pipeline.stages.claim_phrases import phrases

FEWEST_WORDS = 8  # shorter ones are replies
MOST_WORDS = 48  # longer ones are several, run together

_HEDGE = (
    r"(?:i think|i believe|i guess|i'd say|i would say|maybe|perhaps|obviously|of course|to me|sometimes|also|then|if|when"
    r"|because|and|but|so|or)"
)
_POINTING_VERB = (
    r"(?:is|was|are|were|has|had|have|can|could|will|would|should|might|may|must|do|does|did|also|all|just|really"
    r"|actually|kind of|sort of"
    r"|being|one|means?|makes?|gets?|goes?|allows?|helps?|gives?|lets?|\w+n't|to|in|on|for|with|way|thing|said|\w+ed)"
)
# A pointer as the first subject.
_DANGLING = re.compile(
    rf"^(?:{_HEDGE},? (?:that |then )?)*(?:(?:this|that|these|those)(?= {_POINTING_VERB}\b|[,.;'])"
    r"|it|it's|it'll|it'd|he|she|they|him|them|his|her|their|its|he's|she's|they're|they've|they'll|they'd|he'd|she'd"
    r"|there|here|such|both"
    r"|neither|either)\b",
    re.IGNORECASE,
)
# "It's hard to hire" is whole: this "it" points forward.
_FORWARD_IT = re.compile(
    r"\b(?:it's|it is|it was|it can be|it will be|it becomes|it gets|it'll be) "
    r"(?:\w+ly |so |not |much |just |always |also |often |still |very |pretty |more |even |a lot |far |way )*"
    r"(?:hard|easy|easier|harder|important|possible|impossible|difficult|better|worth|critical|crucial|worse|tempting"
    r"|common|rare|true"
    r"|tough|useful|cheaper|faster|necessary|dangerous|expensive|rational|reasonable|likely|unlikely|essential|clear"
    r"|safe|safer|okay|fine"
    r"|good|great|best|amazing|simpler|helpful|nice),? (?:to|that|for|when|if|\w+ing)\b"
    r"|\bit (?:takes|took|costs?) .{2,40} to\b"
    r"|\bthere(?:'s| is| are|'re| will be| was| were) (?:\w+ ){0,3}\w{5,}",
    re.IGNORECASE,
)
_HEAD_NOUN = (
    r"(?:thing|part|point|one|reason|idea|problem|question|issue|way|difference|challenge|goal|benefit|advantage|downside)"
)
# Openings that go on from something said before.
_CONTINUING = phrases(rf"""
    was; were; is; are; am; be; been; whereas; whether; instead; just (?:like|as|because|to); like; of course;
    one (?:is|was);
    all (?:the|of (?:a sudden|that|this|these|those|them)); one of (?:them|those|these|the|my|our);
    one (?:thing|example|way|area|other);
    the (?:next|others?|same|first|second|third|last|latter|former|rest|ones?|answer|result|guy);
    the (?:\w+ )?{_HEAD_NOUN}(?! (?:of|with|that|people|we|you|most|in|behind|about|for|between|why|when)\b); another; also;
    which; who;
    where; what(?:'s| we| i| he| she| they| it| that| this)(?:'\w+)?; or; than; rather than; to be; because;
    even (?:so|then|though);
    (?:in|on|at|for|from|after|before|by|with|of|about|because of|besides|without|despite|like|through|over|under|
    beyond|outside of|
    aside from|apart from|other than|on top of|along|around|when it comes to|as part of|as far as|instead of|part of|
    some of|many of|
    most of|each of|either of|any of|none of|both of|half of|a lot of) (?:that|this|those|these|it|them|him|her|our|my|
    their|his|its);
    same; as (?:i|you); for (?:us|me|example|instance); second(?:ly)?; third(?:ly)?; initially; again; first(?:ly)?;
    finally; similarly;
    likewise; meanwhile; otherwise; therefore; however; thus; hence; consequently; additionally; furthermore; moreover;
    else; anything else;
    at the same time; at which point; at first; up until; along the way; until then; since then; back then; by then; then;
    not (?:only|just|even|really|so much|necessarily|that|to|because|sure); nor; only; except; plus; versus; and; but;
    so that; so; yet;
    (?:how|why) (?:do|does|did|can|is|are); more so; more like; in (?:other words|fact|that|general|addition);
    to (?:me|your|that|this);
    yes; no,; yeah; well; right; sure; okay; do; does; did; (?:can|have|would|are|could) you; imagine; suppose; say; wait;
    remember; now;
    someone who; somebody who; everything else; maybe; do any; let me; exactly; pretend; picture; others?; much less;
    (?:you|we|i|they) then;
    just (?:pretend|imagine|picture|think|look|say|remember|to);
    number (?:one|two|three|four|five|six);
    there(?:'s| is| are|'re) (?:also|another|one|that|this|just|only|still|always|like);
""")
_TRAILING_POINTER = re.compile(
    r"(?:\b(?:it|that|this|them|here|so|that way|like that|like this|too|as well|him|her|those|these|there|all of it"
    r"|either|one|instead"
    r"|again|though|yet|anymore|right|with|to|for|of|about|from|on)"
    r"|\b(?:they|it|he|she|we|you|i|that|this) (?:do|does|did|is|are|was|were|can|will"
    r"|would|have|has)"
    r"|\b(?:make|makes|made|making) (?:it|that|this) (?:happen|work))[.!\"”']*$",
    re.IGNORECASE,
)
_PERSON = phrases("he; she; him; her; his; he's; she's; he'd; she'd")
_PRONOUN = phrases("it; it's; it'll; they; them; they're; they've; their; its; that's")
# "COVID sped up that, because ...": a pointer that no noun follows.
_BARE_POINTER = re.compile(r"(?<!so )\b(?:this|that|these|those)(?=[,.;:!]|$)", re.IGNORECASE)
_BARE_OBJECT = re.compile(
    r"\b(?:of|in|with|for|on|about|to|from|at|by|like|into|around|than|understand|know|manage|do|doing|see|say|mean|get"
    r"|want|need|make"
    r"|take|have|use|using|solve|fix|handle|change|call|love|hate) (?:this|that|these|those|it|them|him|her)"
    r"(?=[,.;:!]| (?:is|are|was|were|carefully|and|but|or|because|when|if|in|on|at|for|with|well|right|too|so|now|all)\b|$)",
    re.IGNORECASE,
)
_BARE_SUBJECT = re.compile(
    r"(?:^|[,–] )(?:\w+ )?(?:this|that|these|those) (?:is|are|was|were|has|have|can|will|would|\w+s)\b",
    re.IGNORECASE,
)
_POINTING_NOUN = re.compile(
    r"\b(?:this|that|these|those|such) (?!(?:is|are|was|the|you|we|they|a|it|i|he|she|people)\b)[a-z-]+", re.IGNORECASE
)
# "We have 12 people" is about the speaker's firm; "we should", "we don't know" is about everyone.
_PERSONAL = re.compile(
    r"^(?:[\w ]{0,30}, )?(?:"
    r"we(?:'re|'ve|'d)?\b(?! (?:still |all |often |really |just )?(?:have to|need|should|must|know|don't|can't|cannot"
    r"|tend|learn\w*|found"
    r"|live|think of|as|humans|underestimate|overestimate|will|forget|take)\b)"
    r"|(?:i|i'm|i've|i'd|i'll)\b(?! (?:\w+ly )?(?:think|believe|don't think|suspect|would argue|argue|find that"
    r"|found that|do think|say"
    r"|realized|learned|can tell you that)\b)"
    r"|you(?:'re| are) (?:an?|on|in|the|here|one|such|not|good|very)\b|you'd\b"
    r"|my\b(?! (?:view|opinion|advice|rule|theory|hypothesis|prediction)\b))",
    re.IGNORECASE,
)


def why_not_alone(text: str) -> str | None:
    """Why a (tidied) sentence cannot be understood without the ones before it, or None.

    >>> why_not_alone("That's why it never works in practice for them.")
    'it opens with a pointer back'
    >>> why_not_alone("Small teams ship faster because nobody waits for a meeting.") is None
    True
    """
    text = claim_marks.plain(text)
    words = claim_marks.count_words(text)
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        return "it is too short" if words < FEWEST_WORDS else "it is too long"
    if "?" in text:
        return "it asks"
    if claim_marks.is_broken(text) or claim_marks.has_cut_quote(text) or not claim_marks.is_usable(text):
        return "it breaks off"
    if not claim_marks.has_main_verb(text):
        return "it has no verb"
    if _CONTINUING.match(text):
        return "it continues something"
    if _PERSON.search(text) and not claim_marks.has_name(text):
        return "it speaks of someone without a name"
    if _opens_with_pointer(text):
        return "it opens with a pointer back"
    return "it points back" if _BARE_POINTER.search(text) else None


def _opens_with_pointer(text: str) -> bool:
    """Whether a pronoun comes before any noun that it could stand for."""
    rest = _FORWARD_IT.sub(" ", text)
    if _DANGLING.match(rest.lstrip()) and not _FORWARD_IT.match(text):
        return True
    pronoun = _PRONOUN.search(rest)
    return pronoun is not None and not claim_marks.content_words(rest[: pronoun.start()])


def measure_pointers(text: str) -> float:
    """How strongly a sentence that can stand alone still leans on its surroundings: 0 (not at all) to about 5."""
    text = claim_marks.plain(text)
    found = 0.9 * sum(bool(pattern.search(text)) for pattern in (_TRAILING_POINTER, _BARE_OBJECT, _PERSONAL))
    found += 0.9 * bool(_BARE_SUBJECT.search(text)) + 0.5 * min(2, len(_POINTING_NOUN.findall(text)))
    return found + 0.35 * max(0, min(4, claim_marks.count_vague(text) - 1))
