"""What of an extractor's proposals stands, and why the rest does not."""

from __future__ import annotations

from typing import Any

import pytest

from brief_pipeline.records import Proposal, Segment, Transcript
from brief_pipeline.wiring.grounding import (
    IN_ADVERT,
    NOT_IN_TRANSCRIPT,
    PROPOSED_TWICE,
    TOO_SHORT,
    UNSAID_NAME,
    UNSAID_NUMBER,
    Reading,
    ground,
)

ADVERT = "Plumbline plans your week for you."
SAID = "Our queue dropped forty percent of the orders, so Initech rewrote it."
EPISODE = {"episode_id": "e", "show_title": "Tables", "title": "On queues", "description": "From 2019.", "people": ["Bo Ek"]}


def reading(**episode: Any) -> Reading:
    segments = (Segment(0, 5, "Ada Byron", ADVERT), Segment(5, 12, "Ada Byron", SAID))
    border = len(ADVERT) + 1
    spans = ((0, border, True), (border, border + len(SAID), False))
    chunks = [
        {"chunk_id": f"c{n}", "char_start": start, "char_end": end, "is_sponsor": marked}
        for n, (start, end, marked) in enumerate(spans)
    ]
    return Reading(EPISODE | episode, Transcript("e", "publisher:vtt", "en", segments), chunks)


def propose(claim: str = "The queue lost orders.", explanation: str = "", quote: str = "dropped forty percent") -> Proposal:
    return Proposal(claim, explanation, f"{quote} of the orders" if quote == "dropped forty percent" else quote, 0.5)


def test_an_insight_takes_words_place_time_and_speaker_from_the_transcript() -> None:
    [insight], dropped = ground(reading(), [propose(quote="our queue DROPPED forty percent")], "llm", "some/model")
    assert (insight.quote, insight.quote_match) == ("Our queue dropped forty percent", "normalised")
    assert (insight.char_start, insight.quote_start_seconds, insight.speaker) == (len(ADVERT) + 1, 5, "Ada Byron")
    assert (insight.chunk_id, insight.method, insight.model) == ("c1", "llm", "some/model")
    assert not dropped


@pytest.mark.parametrize(
    ("proposal", "reason", "word"),
    [
        (propose(quote="the queue never dropped an order"), NOT_IN_TRANSCRIPT, "the queue never dropped an order"),
        (propose(quote="our queue"), TOO_SHORT, "Our queue"),
        (propose(quote="plans your week for you"), IN_ADVERT, "plans your week for you."),
        (propose(quote=f"{ADVERT} {SAID}"), IN_ADVERT, f"{ADVERT} {SAID}"),
        (propose(claim="At Globex the queue lost orders."), UNSAID_NAME, "Globex"),
        (propose(explanation="Globex says so."), UNSAID_NAME, "Globex"),
        (propose(explanation="It lost 60 percent."), UNSAID_NUMBER, "60 percent"),
    ],
)
def test_what_does_not_stand_is_dropped_with_its_reason_and_word(proposal: Proposal, reason: str, word: str) -> None:
    insights, dropped = ground(reading(), [proposal], "llm", "m")
    assert (insights, dict(dropped), dropped.words) == ((), {reason: 1}, {reason: [word]})


@pytest.mark.parametrize(
    "claim",
    [
        "In 2019 the queue lost orders, Bo Ek told Tables.",  # the episode's metadata
        "Ada Byron says that the queue lost orders.",  # who speaks
        "Queue losses of 40% made Initech rewrite it",  # what was said, in other words
    ],
)
def test_names_and_numbers_may_come_from_the_talk_its_speakers_and_the_feed(claim: str) -> None:
    insights, _ = ground(reading(), [propose(claim=claim, explanation="Orders were lost.")], "llm", "m")
    assert len(insights) == 1


def test_what_is_proposed_twice_is_one_insight_and_counted() -> None:
    insights, dropped = ground(reading(), [propose(), propose()], "llm", "m")
    assert (len(insights), dict(dropped)) == (1, {PROPOSED_TWICE: 1})


def test_an_episode_whose_feed_says_nothing_of_it_is_read_too() -> None:
    insights, _ = ground(reading(title=None, description=None, people=None), [propose()], "llm", "m")
    assert len(insights) == 1
