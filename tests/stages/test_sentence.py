from __future__ import annotations

import pytest

from brief_pipeline.records import Segment, Sentence, Transcript, Word
from brief_pipeline.stages.sentence import WINDOW_WORDS, count_words, split_sentences


def said(*segments: Segment) -> tuple[Sentence, ...]:
    return split_sentences(Transcript("episode", "publisher:vtt", "en", segments))


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in said(Segment(None, None, None, text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We shipped it. Nobody came! Why? Bad luck.", ["We shipped it.", "Nobody came!", "Why?", "Bad luck."]),
        ("Dr. Kim met Mrs. Lopez in St. Gallen. They talked.", ["Dr. Kim met Mrs. Lopez in St. Gallen.", "They talked."]),
        ("It grew 3.5 times. Then v2.0 broke it.", ["It grew 3.5 times.", "Then v2.0 broke it."]),
        (
            "The U.S. Army uses it. So does the U.S. And France.",
            ["The U.S. Army uses it.", "So does the U.S.", "And France."],
        ),
        ("No. We never did.", ["No.", "We never did."]),
        ("It was No. 4 on the list.", ["It was No. 4 on the list."]),
        ("They don't. Some do.", ["They don't.", "Some do."]),
        ("So do I. We all do.", ["So do I.", "We all do."]),
        ("George W. Bush spoke.", ["George W. Bush spoke."]),
        ("It was, you know... The cache was cold.", ["It was, you know...", "The cache was cold."]),
        ("It was... cold, I guess.", ["It was... cold, I guess."]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ('"Really?" she asked. Yes.', ['"Really?" she asked.', "Yes."]),
        ("That's it. [laughs] Next one.", ["That's it. [laughs]", "Next one."]),
        ("We use Node.js and Next.js. Both work.", ["We use Node.js and Next.js.", "Both work."]),
        ("Use A.I. tools, e.g. Whisper. It helps.", ["Use A.I. tools, e.g. Whisper.", "It helps."]),
        ("Été froid. Élan perdu.", ["Été froid.", "Élan perdu."]),
        ("他来了。你呢？我走了。", ["他来了。", "你呢？", "我走了。"]),
        ("all lower case here. it still ends. ok?", ["all lower case here.", "it still ends.", "ok?"]),
    ],
)
def test_speech_is_cut_where_a_sentence_ends(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_a_sentence_runs_over_segments_and_takes_times_from_the_first_and_the_last() -> None:
    whole, rest = said(
        Segment(1.0, 2.0, "Ada", "Caches are"), Segment(2.0, 4.5, "Ada", "hard. Very"), Segment(5, 6, "Ada", "hard.")
    )
    assert (whole.text, whole.start_seconds, whole.end_seconds) == ("Caches are hard.", 1.0, 4.5)
    assert (rest.text, rest.start_seconds, rest.end_seconds) == ("Very hard.", 2.0, 6)


def test_a_change_of_speaker_ends_a_sentence_and_a_turn() -> None:
    sentences = said(Segment(0, 1, "Ada", "I think that"), Segment(1, 2, "Bob", "Sorry."), Segment(2, 3, "Bob", "Go on."))
    assert [(s.text, s.speaker, s.turn) for s in sentences] == [
        ("I think that", "Ada", 0),
        ("Sorry.", "Bob", 1),
        ("Go on.", "Bob", 1),
    ]


def test_places_point_into_the_text_also_past_empty_and_padded_segments() -> None:
    segments = (Segment(0, 1, None, " One two. "), Segment(1, 1, None, ""), Segment(1, 2, None, "Three\nfour. Five."))
    text = Transcript("episode", "x", "en", segments).text
    sentences = said(*segments)
    assert [s.text for s in sentences] == ["One two.", "Three\nfour.", "Five."]
    assert all(text[s.start : s.end] == s.text for s in sentences)


def test_words_with_times_are_more_exact_than_their_segment() -> None:
    words = (Word(0.1, 0.5, " Yes."), Word(0.9, 1.2, " It"), Word(1.2, 1.9, " works."))
    assert [(s.start_seconds, s.end_seconds) for s in said(Segment(0, 2, None, "Yes. It works.", words))] == [
        (0.1, 0.5),
        (0.9, 1.9),
    ]


def test_words_that_are_not_those_of_the_text_are_not_believed() -> None:
    words = (Word(0.1, 0.5, "No."), Word(0.9, 1.2, "It"))
    assert [(s.start_seconds, s.end_seconds) for s in said(Segment(0, 2, None, "Yes. It works.", words))] == [(0, 2), (0, 2)]


def test_unknown_times_stay_unknown() -> None:
    assert [(s.start_seconds, s.end_seconds) for s in said(Segment(None, None, None, "Yes. It works."))] == [
        (None, None)
    ] * 2


def test_where_nobody_is_named_a_long_pause_starts_a_turn() -> None:
    assert [
        s.turn for s in said(Segment(0, 1, None, "One."), Segment(1.5, 2, None, "Two."), Segment(9, 10, None, "Three."))
    ] == [0, 0, 1]


def test_captions_without_punctuation_are_cut_at_pauses() -> None:
    first, second = said(
        Segment(0, 2, None, "so we moved the"), Segment(2.1, 4, None, "database"), Segment(5, 7, None, "and " * 25)
    )
    assert (first.text, first.end_seconds) == ("so we moved the database", 4)
    assert second.start_seconds == 5


def test_captions_without_punctuation_are_cut_at_segment_borders_before_they_get_long() -> None:
    cues = [Segment(k, k + 1, None, "seven words are in this caption line") for k in range(20)]
    sentences = said(*cues)
    assert all(count_words(s.text) == 21 for s in sentences[:-1])
    assert all(s.text.startswith("seven") and s.text.endswith("line") for s in sentences)


def test_one_long_segment_without_punctuation_is_cut_evenly_and_loses_no_word() -> None:
    text = " ".join(f"word{k}" for k in range(130))
    sentences = texts(text)
    assert " ".join(sentences) == text
    assert max(map(count_words, sentences)) <= WINDOW_WORDS
    assert min(map(count_words, sentences)) >= WINDOW_WORDS // 2


def test_a_recogniser_that_stops_punctuating_half_way_does_not_give_one_endless_sentence() -> None:
    text = "It starts well. " * 30 + "and then it goes on " * 40
    assert max(count_words(sentence) for sentence in texts(text)) <= WINDOW_WORDS


def test_a_long_sentence_of_a_person_stays_whole() -> None:
    long = "We tried " + "this and that and " * 20 + "gave up."
    assert long in texts(f"Short one. {long} {'Another one. ' * 5}")


def test_nothing_said_gives_no_sentences() -> None:
    assert said() == ()
    assert said(Segment(0, 1, "Ada", "  ")) == ()
