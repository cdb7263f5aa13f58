"""Which sentences of an episode sell something: sponsor reads, the show's own promotion, greetings and goodbyes.

Precision comes first, since a sentence marked here is lost to the brief. A phrase that only an advert has is enough
("this episode is brought to you by"); a phrase that adverts share with talk ("free trial", "link in the show notes")
counts only in a sentence that is near the written examples in PROTOTYPES. On other shows than those it was made for, cue and
nearness together had a precision of 0.71, cues alone 0.48, a classifier trained on one show 0.15.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from brief_pipeline.records import Chapter, Sentence

Kind = Literal["sponsor", "self-promotion", "intro", "outro"]

PROTOTYPES = (
    "This episode is brought to you by our sponsor, the easiest way to run your team's projects.",
    "Go to their website today and use our code at checkout to get twenty percent off your first order.",
    "Sign up now for a free trial, no credit card required.",
    "Thanks to our friends at the company for supporting the show.",
    "They deliver healthy meals right to your door every week, and listeners get free shipping.",
    "I have been using this product for months, and I love how easy it is; you should try it yourself.",
    "Build, deploy and scale your applications on their cloud platform, with pricing that starts at five dollars a month.",
    "Visit the link in the show notes to learn more and to claim your special offer.",
    "Their mattress comes with a hundred-night trial and a money-back guarantee.",
    "Download the app for free and protect your data with a secure virtual private network.",
    "Now a quick word from our sponsor, who makes hiring great people simple.",
    "Trusted by thousands of companies, it helps developers ship faster; get started for free today.",
)

NEAR_COSINE = 0.35  # how near to a prototype a sentence with a shared phrase must be
LONE_COSINE = 0.45  # ... and if no other cue is about: at 0.35 a lone phrase was an advert in 3 cases of 7
DOUBLE_COSINE = 0.25  # ... and if it holds two different ones ("15 percent off" and an address read out)
REACH = 6  # sentences between two cues of one advert
READ_SENTENCES = 15  # about 90 s: how far a read may go on after its last strong cue
EDGE_SENTENCES = 15  # where greetings and goodbyes are looked for ...
EDGE_SECONDS = 120.0  # ... and no further in than this, where times are known
CHAPTER_SECONDS = 600.0  # a longer chapter named "Sponsor" is not a break: the end is missing, or it is the topic


def _any_of(*phrases: str) -> re.Pattern[str]:
    """A pattern of whole words: "use the code" is not in "because the code". Apostrophes may be typographic, or missing."""
    joined = re.sub(r"(?<=\w)'(?=\w)", "['’]?", "|".join(phrases))
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)


_SHOW = r"(?:the|this|our|my|today's)(?: week's)?(?: \w+)? (?:show|episode|podcast)"
_OUR = r"(?:our|today's|this week's|this episode's)"
_CODE = r"[\"“'‘]?(?-i:[A-Z][A-Z0-9]{2,})"  # a code is written in capitals
_URL = r"\S+(?:\.(?:com|io|dev|fm|ai|org|net|co|sh)\b|(?: \w+)? dot (?:com|io|dev|fm|ai|org|net)\b)\S*"
# Only adverts say these: at their beginning ...
_OPENING = _any_of(
    rf"{_SHOW}(?: of [\w' ]{{2,40}}?)?(?: is|'s|,)(?: also)?"
    r" (?:brought to you|sponsored|supported|made possible)(?: in part)? by",
    rf"(?:thank you|thanks)\b[^.!?]{{1,60}}\bfor (?:sponsoring|supporting) {_SHOW}",
    rf"(?:thanks?(?: you)?(?: so much| again)? to|words? from|messages? from) (?:one of )?{_OUR} (?:\w+ )?sponsors?",
    rf"{_OUR} (?:first|second|third|next|last|final|other) sponsor",
    rf"{_OUR} (?:presenting )?sponsor (?:today|this week|for this|for today|this episode)",
    r"time for (?:some )?sponsored news",
)
# ... and at their end
_CLOSING = _any_of(
    r"(?:our|my) thanks to [^.!?]{1,60} for (?:their|its) (?:support|sponsorship)",
    rf"(?:(?:promo|coupon|discount|offer) |use (?:the |our |my )?)code,? (?:is )?{_CODE}",
    rf"(?:(?:go|head)(?: over)? to|visit) {_URL}(?: (?:forward )?slash(?: \w+){{1,3}}?)? today",
    r"(?:promo|coupon|discount|offer) code,? \w+ (?:at checkout|for \d+|to (?:get|save|receive))",
)
# Adverts say these, and so do people who talk about products
_SHARED = _any_of(
    r"support for [\w' ]{2,40} comes from",
    r"(?:brought to you|sponsored) by|sponsors? of (?:the|this|our) (?:show|podcast|episode|network)",
    r"(?:our|my) (?:good )?friends (?:over )?at|(?:our|my|the show's) listeners (?:can )?(?:get|receive)",
    rf"(?:(?:learn|find out|read) more|sign up|get started|try it|head(?: over)?)(?: today)? (?:at|to|on) {_URL}",
    rf"(?:visit|go(?: over)? to|check (?:it|them) out at|(?:by )?(?:going to|visiting)) {_URL}",
    r"\w+(?:\.com/|(?:\.| dot )(?:com|io|dev|fm|ai|org|net) (?:forward )?slash )\w+",
    r"free trials?|money-?back guarantee|risk-?free|no credit card|first (?:month|order|box) (?:is )?(?:free|on us)",
    r"(?:\d+|ten|fifteen|twenty|thirty|forty|fifty) ?(?:%|percent|dollars) off|\$\d+ off|free shipping",
    r"at checkout|terms (?:and conditions )?apply|limited time|special offer|exclusive (?:offer|deal|discount)",
    r"use (?:the|our|my) (?:link|code)|(?:use|with|enter) (?:the |our |my )?(?:promo|coupon|discount) code",
    r"links? (?:is |are )?in the (?:show ?notes|description)",
    r"(?:try|start|started) (?:it )?(?:today )?for free(?: today)?",
)
_PROMOTION = _any_of(
    r"subscribe (?:to|on) (?:us|apple|spotify|itunes|youtube|(?:our|my|the|this) (?:show|podcast|newsletter|channel|feed))",
    r"(?:like|rate|review),?(?: and)? subscribe|(?:hit|smash|please) (?:the )?subscribe",
    r"subscribe,? (?:rate|and (?:rate|leave|share))|subscribe wherever",
    r"wherever you (?:get|listen to|find) (?:your )?podcasts|five[- ]star (?:review|rating)",
    r"(?:leave|write|give) (?:us |me |a )+(?:\S+ )?(?:review|rating)|(?:rate|review) (?:us|the show|this podcast)",
    r"(?:follow|find) us on (?:twitter|x|instagram|facebook|mastodon|linkedin|youtube|apple|spotify|social)",
    r"join (?:us (?:in|on) )?(?:our|the) (?:free )?(?:community|slack|discord|newsletter|mailing list|patreon)",
    r"(?:support|join) (?:us|me|the show) on patreon|become a (?:patron|supporter)",
    r"sign up (?:for|to) (?:our|my) newsletter",
)
_GREETING = _any_of(
    r"welcome (?:back )?(?:to|everyone|everybody)|(?:hello|hi|hey) and welcome|(?:i'm|i am) your host",
    r"you're listening to(?! (?:this|it|me|us|a)\b)",
    r"(?:thanks|thank you) (?:so much |very much )?for (?:joining|having|coming on|being (?:here|on))",
    r"(?:i'm|we're|i am|we are) joined (?:today |here )?by|great to (?:be here|have you)|with me today is",
)
_GOODBYE = _any_of(
    r"(?:thanks|thank you) (?:so much |again )?for (?:joining|having|coming on|being (?:here|on))|(?:bye|goodbye)",
    r"(?:see|talk to|catch) (?:you|y'all|ya) (?:all |guys )?(?:next|again|later|in the next)|until next (?:time|week)",
    r"that's (?:it|all|a wrap|our show) for (?:today|this (?:week|episode)|now)",
)
_LAST_WORDS = _any_of(r"(?:thanks|thank you)(?: \w+){0,3} for (?:listening|tuning in|watching)")
_BACK = _any_of(r"back to (?:the|our|this) (?:show|episode|conversation|interview)|welcome back|on with the show")
_DENIAL = _any_of(r"(?:not|isn't|aren't|wasn't|never|no) (?:an? |our |being |actually |even )?sponsor(?:s|ed)?")
_AD_CHAPTER = re.compile(
    r"\W*(?:ads?|adverts?|advertisements?|sponsors?|werbung)(?: (?:break|read|spot|message|segment)s?)?\W*(?:[\d:|–—-].*)?"
    r"|\W*(?:sponsored|brought to you) by\b.*"
    r"|\W*(?:a )?(?:quick )?(?:word|message|thanks|thank you) (?:from|to) our sponsors?\b.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AdvertSpan:
    """Sentences first..last (inclusive) that hold no insights, and why."""

    first: int
    last: int
    reason: str
    kind: Kind


class _Mark(NamedTuple):
    kind: Kind
    reason: str


def mark_adverts(
    sentences: Sequence[Sentence],
    similarity: NDArray[np.floating[Any]] | None,
    chapters: Sequence[Chapter] = (),
    duration_seconds: float | None = None,
) -> tuple[AdvertSpan, ...]:
    """The adverts, greetings and goodbyes of an episode, in order and without overlap.

    `similarity[i]` is sentence i's highest cosine to PROTOTYPES; without it (None) only phrases that adverts alone use
    start a span. Chapters that the publisher names "Sponsor" or "Ad" are marked whole, if the sentences have times.
    """
    nearness = np.zeros(len(sentences)) if similarity is None else np.asarray(similarity, dtype=np.float64)
    marks: dict[int, _Mark] = {}
    found = (
        *_chapter_marks(sentences, chapters, duration_seconds),
        *_sponsor_marks(sentences, nearness),
        *_promotion_marks(sentences, nearness >= NEAR_COSINE, duration_seconds),
        *_edge_marks(sentences, duration_seconds),
    )
    for sentence, mark in found:
        marks.setdefault(sentence, mark)
    spans: list[AdvertSpan] = []
    for at in sorted(marks):
        kind, reason = marks[at]
        if spans and spans[-1].kind == kind and spans[-1].last == at - 1:
            spans[-1] = replace(spans[-1], last=at)
        else:
            spans.append(AdvertSpan(at, at, reason, kind))
    return tuple(spans)


def _chapter_marks(
    sentences: Sequence[Sentence], chapters: Sequence[Chapter], duration_seconds: float | None
) -> Iterator[tuple[int, _Mark]]:
    ordered = sorted(chapters, key=lambda chapter: chapter.start_seconds)
    ends = [*(chapter.start_seconds for chapter in ordered[1:]), duration_seconds or float("inf")]
    for chapter, end in zip(ordered, ends, strict=False):
        if not _AD_CHAPTER.fullmatch(chapter.title) or end - chapter.start_seconds > CHAPTER_SECONDS:
            continue
        for at, sentence in enumerate(sentences):
            if sentence.start_seconds is not None and chapter.start_seconds <= sentence.start_seconds < end:
                yield at, _Mark("sponsor", f"chapter “{chapter.title}”")


def _sponsor_marks(sentences: Sequence[Sentence], nearness: NDArray[np.float64]) -> Iterator[tuple[int, _Mark]]:
    everywhere = range(len(sentences))
    opening, closing, shared = (_find_cues(sentences, phrases, everywhere) for phrases in (_OPENING, _CLOSING, _SHARED))
    strong = closing | opening | {at: shared[at] for at in _find_doubles(sentences, shared) if nearness[at] >= DOUBLE_COSINE}
    is_near = nearness >= NEAR_COSINE
    near = {at: reason for at, reason in shared.items() if is_near[at]}
    cues = strong | {
        at: reason for at, reason in near.items() if nearness[at] >= LONE_COSINE or _has_neighbour(at, strong | near)
    }
    for first in opening:
        last = _end_of_read(sentences, first, is_near, shared)
        yield from ((at, _Mark("sponsor", opening[first])) for at in range(first, last + 1))
    yield from _joined_marks(sentences, cues, "sponsor")


def _find_cues(sentences: Sequence[Sentence], phrases: re.Pattern[str], inside: range) -> dict[int, str]:
    """The sentences with one of these phrases, each with the phrase as it is said."""
    found = {at: phrases.search(sentences[at].text) for at in inside}
    return {at: f"“{cue.group()}”" for at, cue in found.items() if cue and not _DENIAL.search(sentences[at].text)}


def _find_doubles(sentences: Sequence[Sentence], shared: Iterable[int]) -> Iterator[int]:
    """The sentences with two different phrases that adverts share with talk."""
    for at in shared:
        if len({cue.group().lower() for cue in _SHARED.finditer(sentences[at].text)}) > 1:
            yield at


def _end_of_read(sentences: Sequence[Sentence], first: int, is_near: NDArray[np.bool_], shared: Container[int]) -> int:
    """The last sentence of the read that a strong cue opens: of its turn if that ends soon, else the last that sells.

    One near sentence without a cue does not sell: talk about the show itself is near too. Two in a row do.
    """
    last = first
    for at in range(first + 1, min(first + READ_SENTENCES, len(sentences))):
        if _BACK.search(sentences[at].text):
            return last
        if sentences[at].turn != sentences[first].turn:
            return at - 1
        if at in shared or (at - last <= REACH and is_near[at] and is_near[at - 1]):
            last = at
    return last


def _has_neighbour(at: int, cues: Iterable[int]) -> bool:
    return any(0 < abs(at - other) <= REACH for other in cues)


def _joined_marks(sentences: Sequence[Sentence], cues: Mapping[int, str], kind: Kind) -> Iterator[tuple[int, _Mark]]:
    """The sentences with a cue, and those between two cues that stand near each other."""
    ordered = sorted(cues)
    for at in ordered:
        yield at, _Mark(kind, cues[at])
    for left, right in pairwise(ordered):
        between = range(left + 1, right)
        if right - left <= REACH and not any(_BACK.search(sentences[at].text) for at in between):
            yield from ((at, _Mark(kind, cues[left])) for at in between)


def _promotion_marks(
    sentences: Sequence[Sentence], is_near: NDArray[np.bool_], duration_seconds: float | None
) -> Iterator[tuple[int, _Mark]]:
    opening, closing = _edges(sentences, duration_seconds)
    cues = _find_cues(sentences, _PROMOTION, range(len(sentences)))
    sure = {
        at: reason
        for at, reason in cues.items()
        if at in opening or at in closing or (is_near[at] and _has_neighbour(at, cues))
    }
    yield from _joined_marks(sentences, sure, "self-promotion")


def _edge_marks(sentences: Sequence[Sentence], duration_seconds: float | None) -> Iterator[tuple[int, _Mark]]:
    opening, closing = _edges(sentences, duration_seconds)
    greetings = _find_cues(sentences, _GREETING, opening)
    goodbyes = _find_cues(sentences, _GOODBYE, closing)
    yield from _joined_marks(sentences, greetings, "intro")
    yield from _joined_marks(sentences, goodbyes, "outro")
    for first in (at for at in closing if _LAST_WORDS.search(sentences[at].text)):
        yield from ((at, _Mark("outro", "after the last words to the listener")) for at in range(first, len(sentences)))


def _edges(sentences: Sequence[Sentence], duration_seconds: float | None) -> tuple[range, range]:
    """The sentences at the beginning and at the end of an episode; at most a quarter of it each."""
    reach = min(EDGE_SENTENCES, len(sentences) // 4)
    opening, closing = 0, len(sentences)
    end = duration_seconds or (sentences[-1].end_seconds if sentences else None)
    while opening < reach and (sentences[opening].start_seconds or 0.0) <= EDGE_SECONDS:
        opening += 1
    while closing > len(sentences) - reach and _is_late(sentences[closing - 1].start_seconds, end):
        closing -= 1
    return range(opening), range(closing, len(sentences))


def _is_late(start: float | None, end: float | None) -> bool:
    return start is None or end is None or end - start <= EDGE_SECONDS
