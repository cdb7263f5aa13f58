"""Which sentences need the ones before them."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.stand_alone import measure_pointers, why_not_alone


@pytest.mark.parametrize(
    "text",
    [
        "Small teams ship faster because nobody waits for a meeting.",
        "It's hard to hire a good plumber in a small town.",
        "I think most farms will run out of water first.",
        "If you water at noon, you lose half of it.",
        "There are no cheap ways to store heat for a winter.",
        "Ada Lovelace saw that she could write music with numbers.",
        "The problem with dams is that they fill with sand.",
        "It takes ten years to train a good surgeon.",
        "Cities that plant trees spend less on cooling, because it’s shade that counts.",
    ],
)
def test_whole_sentences_stand_alone(text: str) -> None:
    assert why_not_alone(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("That's why it never works in practice for them.", "it opens with a pointer back"),
        ("It never works in practice for a farm.", "it opens with a pointer back"),
        ("I think they should have built a dam there first.", "it opens with a pointer back"),
        ("When they arrive, nobody is there to open the gate.", "it opens with a pointer back"),
        ("He told everyone that the water was safe to drink.", "it speaks of someone without a name"),
        ("The next one is about water in the desert.", "it breaks off"),  # hosts reading out a list
        ("Because of that, farms moved north within a year.", "it continues something"),
        ("Another reason is the price of water in summer.", "it continues something"),
        ("For example, farms in Chile pay by the litre.", "it continues something"),
        ("Drought has sped up that, because wells run dry sooner.", "it points back"),
        ("Just pretend you want to run a farm on it now.", "it continues something"),
        ("Is water the next thing that farms run out of?", "it asks"),
        ("Water is what farms run out of, so the --", "it breaks off"),
        ("Water is what farms pay for with the – they also pay for seed.", "it breaks off"),
        ('She told the farm "water is all that counts.', "it breaks off"),
        ("A field of cheap solar panels near the river, where nobody mows.", "it has no verb"),
        ("You can name a dam after your dog... Quite a good idea.", "it breaks off"),
        ("Water is scarce.", "it is too short"),
        (" ".join(["water"] * 60) + " is scarce.", "it is too long"),
    ],
)
def test_leaning_sentences_are_told_apart(text: str, reason: str) -> None:
    assert why_not_alone(text) == reason


@pytest.mark.parametrize(
    ("firm", "leaning"),
    [
        ("Farms need cheap water.", "Farms need a lot of it."),
        ("Farms must store water in winter.", "We have stored water in twelve tanks."),
        ("Farms waste water when pipes leak.", "Farms waste it when these pipes do that."),
    ],
)
def test_pointers_out_of_the_sentence_are_measured(firm: str, leaning: str) -> None:
    assert measure_pointers(firm) < 0.5 < measure_pointers(leaning)
