"""Tidying: what goes, what stays."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.spoken_text import tidy

SPOKEN_AND_TIDY = [
    ("and so, you know, I mean, batteries got cheap", "Batteries got cheap."),
    ("It was, um, forty times, uh, cheaper", "It was forty times cheaper."),
    ("The grid is, like, um, the bottleneck", "The grid is the bottleneck."),
    ("I w- I want the the price to fall", "I want the price to fall."),
    ("if you look -- if we look at the grid, it is full", "If we look at the grid, it is full."),
    ("It's -- the thing is that farms need water", "The thing is that farms need water."),
    ("We have, we have no water left here", "We have no water left here."),
    ("Rice needs water, right?", "Rice needs water."),
    ("[laughter] Rice needs a lot of water...", "Rice needs a lot of water."),
    ("Okay. So the river is lower than ever", "The river is lower than ever."),
    ("rain helps... and snow helps more", "Rain helps, and snow helps more."),
    ('He said "um, no"', 'He said "no."'),
    ("It’s cheap, you know, and it’s clean", "It’s cheap and it’s clean."),
]


@pytest.mark.parametrize(("spoken", "expected"), SPOKEN_AND_TIDY)
def test_fillers_and_false_starts_go(spoken: str, expected: str) -> None:
    assert tidy(spoken) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I think that rice is overrated.",  # the hedge makes it an opinion
        "Maybe the river comes back.",
        "So far the river holds.",
        "Right now we have three dams.",
        "Now the dams are full.",
        "Like most rivers, it floods in spring.",
        "Well-known rivers flood too.",
        "No one drinks from it.",
        "You know what the river costs.",
        "Pre- and post-war dams differ.",
        "The dam – the one we built – holds.",
        "It gets more and more and more expensive.",
        "That that works is a surprise.",
        "They had had enough of it.",
        "iPhones use little power.",
        "It cost 3.5 million.",
        "Is the river full?",
        "Yeah, exactly.",
    ],
)
def test_what_carries_meaning_stays(text: str) -> None:
    assert tidy(text) == text


def test_a_following_sentence_keeps_its_link_but_not_its_fillers() -> None:
    assert tidy("But, you know, the the dam held", follows=True) == "But the dam held."
    assert tidy("But, you know, the the dam held") == "The dam held."


@pytest.mark.parametrize("text", ["", "   ", "um", "...", "[laughter]"])
def test_nothing_said_gives_nothing(text: str) -> None:
    assert tidy(text) == ""


@pytest.mark.parametrize("follows", [False, True])
@pytest.mark.parametrize(
    "spoken", [spoken for spoken, _ in SPOKEN_AND_TIDY] + ["so so so", "And but so, well, I, I...", "you know, -- um"]
)
def test_tidying_twice_changes_nothing_more(spoken: str, follows: bool) -> None:
    once = tidy(spoken, follows=follows)
    assert tidy(once, follows=follows) == once
