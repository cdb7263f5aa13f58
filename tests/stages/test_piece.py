"""Pieces joined to segments."""

from __future__ import annotations

from brief_pipeline.records import Segment
from brief_pipeline.stages.piece import MAX_JOINED_SECONDS, MAX_JOINED_WORDS, Piece, join_words, pieces_to_segments


def test_single_words_become_sentences_and_keep_their_times() -> None:
    pieces = [Piece(word, n * 0.5, n * 0.5 + 0.4, "Ada") for n, word in enumerate(["It", "rains.", "Go", "in."])]
    first, second = join_words(pieces)
    assert (first.start_seconds, first.end_seconds, first.text) == (0.0, 0.9, "It rains.")
    assert [(word.text, word.start_seconds) for word in second.words] == [("Go", 1.0), ("in.", 1.5)]


def test_words_without_full_stops_are_cut_by_time_speaker_and_pause() -> None:
    long = [Piece("word", float(n), n + 0.9, "Ada") for n in range(40)]
    changed = [Piece("yes", 40.0, 40.5, "Bob"), Piece("no", 50.0, 50.5, "Bob")]
    segments = join_words([*long, *changed])
    assert [segment.text for segment in segments[-2:]] == ["yes", "no"]
    assert all(
        s.end_seconds - s.start_seconds <= MAX_JOINED_SECONDS
        for s in segments
        if s.end_seconds and s.start_seconds is not None
    )


def test_pieces_of_several_words_stay_apart() -> None:
    pieces = [Piece("It rains here today", 0.0, 1.0), Piece("and it is cold", 1.0, 2.0)]
    assert pieces_to_segments(pieces)[0] == Segment(0.0, 1.0, None, "It rains here today")


def test_words_without_times_or_full_stops_are_cut_after_so_many() -> None:
    segments = join_words([Piece("word", 0.0, 0.0)] * (2 * MAX_JOINED_WORDS + 1))
    assert [len(segment.text.split()) for segment in segments] == [MAX_JOINED_WORDS, MAX_JOINED_WORDS, 1]


def test_words_that_bring_their_blanks_are_not_parted_further() -> None:
    [segment] = join_words([Piece(" I", 0.0, 0.1), Piece(" don", 0.1, 0.2), Piece("'t", 0.2, 0.3), Piece(" mind", 0.3, 0.4)])
    assert segment.text == "I don't mind"


def test_words_of_scripts_without_blanks_are_put_together() -> None:
    assert join_words([Piece("今日", 0.0, 0.1), Piece("は", 0.1, 0.2), Piece("晴れ", 0.2, 0.3)])[0].text == "今日は晴れ"
