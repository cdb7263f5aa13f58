from __future__ import annotations

import numpy as np
import pytest

from brief_pipeline.records import Segment, Sentence, Transcript
from brief_pipeline.stages.advert import AdvertSpan
from brief_pipeline.stages.chunk import MAX_TOKENS, Vectors, cut_chunks
from brief_pipeline.stages.sentence import split_sentences


def talk(*speakers: str) -> tuple[str, tuple[Sentence, ...]]:
    """One sentence of each speaker, ten seconds each."""
    segments = tuple(Segment(10.0 * k, 10.0 * k + 9, who, f"Sentence number {k}.") for k, who in enumerate(speakers))
    transcript = Transcript("episode", "x", "en", segments)
    return transcript.text, split_sentences(transcript)


def about(*topics: int, noise: float = 1.3, size: int = 384) -> Vectors:
    """Unit vectors scattered around one direction for each topic."""
    rows = np.eye(size)[list(topics)] + noise * np.random.default_rng(7).normal(size=(len(topics), size)) / np.sqrt(size)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def sizes(topics: list[int], tokens: int = 5, adverts: tuple[AdvertSpan, ...] = ()) -> list[int]:
    text, sentences = talk(*["Ada"] * len(topics))
    chunks = cut_chunks("episode", text, sentences, about(*topics), [tokens] * len(topics), adverts)
    return [chunk.text.count("Sentence") for chunk in chunks]


def test_a_chunk_ends_where_the_topic_changes() -> None:
    assert sizes([0] * 9 + [1] * 12 + [2] * 7) == [9, 12, 7]


def test_one_stray_sentence_does_not_cut_a_topic() -> None:
    assert sizes([0] * 10 + [5] + [0] * 10) == [21]


def test_one_long_topic_is_cut_before_it_has_too_many_word_pieces() -> None:
    found = sizes([0] * 30, tokens=30)
    assert sum(found) == 30
    assert max(found) * 30 <= MAX_TOKENS


def test_a_sentence_that_is_too_long_stands_alone() -> None:
    text, sentences = talk(*["Ada"] * 5)
    chunks = cut_chunks("episode", text, sentences, about(0, 0, 0, 0, 0), [20, 20, MAX_TOKENS + 50, 20, 20])
    assert [chunk.text for chunk in chunks][1] == "Sentence number 2."
    assert len(chunks) == 3


def test_a_long_topic_is_cut_between_turns_rather_than_inside_one() -> None:
    text, sentences = talk(*["Ada"] * 5, *["Bob"] * 7)
    chunks = cut_chunks("episode", text, sentences, about(*[0] * 12), [28] * 12)
    assert [chunk.speakers for chunk in chunks] == [("Ada",), ("Bob",)]


def test_the_chunks_hold_every_sentence_once_and_in_order() -> None:
    text, sentences = talk("Ada", "Bob", "Ada", "Bob")
    chunks = cut_chunks(
        "episode", text, sentences, about(0, 1, 2, 3), [150, 60, 150, 30], [AdvertSpan(1, 1, "cue", "sponsor")]
    )
    assert " ".join(chunk.text for chunk in chunks) == text
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    assert all(text[chunk.char_start : chunk.char_end] == chunk.text for chunk in chunks)
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


def test_a_chunk_is_wholly_advert_or_wholly_not() -> None:
    text, sentences = talk(*["Ada"] * 9)
    chunks = cut_chunks("episode", text, sentences, about(*[0] * 9), [5] * 9, [AdvertSpan(3, 5, "“promo code”", "sponsor")])
    assert [(chunk.is_sponsor, chunk.sponsor_reason) for chunk in chunks] == [
        (False, None),
        (True, "sponsor: “promo code”"),
        (False, None),
    ]
    assert (chunks[1].start_seconds, chunks[1].end_seconds) == (30.0, 59.0)


def test_two_adverts_side_by_side_are_two_chunks() -> None:
    assert sizes([0] * 6, adverts=(AdvertSpan(0, 2, "a", "intro"), AdvertSpan(3, 5, "b", "sponsor"))) == [3, 3]


def test_the_same_input_gives_the_same_chunks_and_another_episode_other_ids() -> None:
    text, sentences = talk("Ada", "Bob")
    first, again, other = (cut_chunks(name, text, sentences, about(0, 0), [5, 5]) for name in ("a", "a", "b"))
    assert first == again
    assert first[0].chunk_id != other[0].chunk_id


def test_unknown_times_and_names_stay_unknown() -> None:
    sentence = Sentence("So.", 0, 3, None, None, None, 0)
    (chunk,) = cut_chunks("episode", "So.", [sentence], about(0), [2])
    assert (chunk.start_seconds, chunk.end_seconds, chunk.speakers) == (None, None, ())


def test_no_sentences_give_no_chunks() -> None:
    assert cut_chunks("episode", "", [], np.zeros((0, 384), dtype=np.float32), []) == ()


def test_inputs_of_unequal_length_are_refused() -> None:
    text, sentences = talk("Ada", "Bob")
    with pytest.raises(ValueError, match="2 sentences, 1 vectors"):
        cut_chunks("episode", text, sentences, about(0), [5, 5])


def test_an_hour_of_talk_is_cut_in_chunks_of_bounded_length() -> None:
    text, sentences = talk(*["Ada", "Bob"] * 500)
    vectors = about(*[k // 25 for k in range(1000)])
    chunks = cut_chunks("episode", text, sentences, vectors, [23] * 1000)
    assert len(chunks) >= 1000 * 23 / MAX_TOKENS
