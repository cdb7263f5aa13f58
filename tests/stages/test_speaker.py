"""Labels are told from clauses before a colon, and carried on."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.speaker import (
    Turn,
    TurnSplitter,
    carry_on,
    find_label,
    find_labels,
    is_name_shaped,
    speaker_name,
    split_voices,
)


@pytest.mark.parametrize(
    "line",
    [
        "Note: the sound is bad here.",
        "Question: who pays for it?",
        "NOTE: recorded live.",
        "Fun Fact: it was raining.",
        "http://example.org is the address.",
        "12:30 is when we met.",
        "The short version: it works.",
        "I said: no.",
        "She told me this: never again.",
        "And then he said, Bob: stay.",
        "Wait. Bob: stay.",
    ],
)
def test_what_stands_before_a_colon_is_mostly_no_name(line: str) -> None:
    assert find_label(line) is None


@pytest.mark.parametrize(
    "name", ["Ada", "Ada Lovelace", "E. van Dyke", "MAN 2", "SPEAKER_00", "Dr. O'Neil", "Róisín", "主持人"]
)
def test_names_of_many_shapes_are_labels(name: str) -> None:
    assert find_label(f"{name}: Hello.") == name


def test_a_role_in_brackets_is_part_of_the_label_but_not_of_the_name() -> None:
    assert find_label("Ada Lovelace (host): Hello.") == "Ada Lovelace (host)"
    assert speaker_name("Ada Lovelace (host):") == "Ada Lovelace"


def test_pseudo_speakers_are_nobody() -> None:
    assert [speaker_name(label) for label in ("Break", "Jingle:", "**Outro**", "Extract")] == [None] * 4


def test_one_title_with_a_colon_makes_no_speaker() -> None:
    lines = ["We talked about films.", "Star Wars: the best of them.", "I liked it.", "So did I.", "Truly."]
    assert find_labels(lines) == frozenset()


def test_a_title_with_a_colon_in_the_first_line_makes_no_speaker_either() -> None:
    assert find_labels(["Planet Science: the show about rocks.", "I am your host.", "It rains.", "So."]) == frozenset()


def test_one_label_at_the_head_names_a_speaker_who_talks_alone() -> None:
    assert find_labels(["Nia: Hello to you.", "I am your host.", "It rains.", "So."]) == {"Nia"}


def test_labels_only_at_a_change_are_found() -> None:
    lines = ["Ada: Hello", "and welcome", "to the show.", "It is late.", "Bob: Thanks.", "and so on", "and on", "Ada: Bye."]
    assert find_labels(lines) == {"Ada"}  # Bob stands once, and half the lines have no label
    assert find_labels([*lines, "Bob: Bye."]) == {"Ada", "Bob"}


def test_a_guest_who_speaks_once_keeps_a_name_of_two_words() -> None:
    lines = ["Ada: Hello", "and welcome", "to you all", "Cy Young: Hi.", "Ada: And now", "something", "else", "again"]
    assert find_labels(lines) == {"Ada", "Cy Young"}


def test_several_labels_in_one_line_cut_it() -> None:
    turns = TurnSplitter({"Ada", "Bob"}).split("Ada: Is it? Bob: It is.\nAda: Good.")
    assert [(turn.speaker, turn.text) for turn in turns] == [("Ada", "Is it?"), ("Bob", "It is."), ("Ada", "Good.")]


def test_a_known_name_inside_a_clause_does_not_cut() -> None:
    turns = TurnSplitter({"Bob"}).split("I asked Bob: why?")
    assert turns == [Turn("I asked Bob: why?")]


def test_a_label_that_an_editor_forgot_to_set_apart_cuts() -> None:
    turns = TurnSplitter({"Ada", "Bob"}).split("Mm-hmm Ada: Do you know Bob:\nthe answer?")
    assert [(turn.speaker, turn.text) for turn in turns] == [
        (None, "Mm-hmm"),
        ("Ada", "Do you know"),
        ("Bob", "the answer?"),
    ]


def test_chevrons_change_the_speaker_to_nobody_known() -> None:
    turns = carry_on([Turn("Hello.", "Ada", changes=True), *TurnSplitter({"Ada"}).split(">> Yes. >> No.\n>> Ada: Well.")])
    assert [(turn.speaker, turn.text) for turn in turns] == [
        ("Ada", "Hello."),
        (None, "Yes."),
        (None, "No."),
        ("Ada", "Well."),
    ]


def test_two_dashes_are_two_people_and_one_is_none() -> None:
    splitter = TurnSplitter(())
    assert [turn.text for turn in splitter.split("- Coffee?\n- Tea.")] == ["Coffee?", "Tea."]
    assert splitter.split("- Coffee?") == [Turn("Coffee?")]


def test_the_last_speaker_goes_on_until_the_next_label() -> None:
    turns = carry_on([Turn("One.", "Ada", changes=True), Turn("Two."), Turn("Three.", "Bob", changes=True), Turn("Four.")])
    assert [turn.speaker for turn in turns] == ["Ada", "Ada", "Bob", "Bob"]


def test_voices_in_one_cue_are_parted_and_end_with_their_tag() -> None:
    turns = split_voices("Well. <v Ada>Yes.</v> <v.first.loud Bob B.>No.")
    assert [(turn.speaker, turn.text.strip()) for turn in turns] == [(None, "Well."), ("Ada", "Yes."), ("Bob B.", "No.")]


def test_a_name_has_no_more_than_five_words_or_forty_characters() -> None:
    assert is_name_shaped("Anna Maria De La Cruz")
    assert not is_name_shaped("Anna Maria Sofia De La Cruz")
    assert not is_name_shaped("A" + "a" * 40)
