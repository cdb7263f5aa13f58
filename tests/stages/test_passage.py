from __future__ import annotations

import pytest

from brief_pipeline.records import Chunk, Segment, Transcript
from brief_pipeline.stages.passage import Talk, cut_passages
from brief_pipeline.stages.sentence import count_words

SENTENCE = "The tram that runs at night pays for itself because the shops stay open. "


def make_talk(*turns: tuple[str | None, str]) -> Talk:
    return Talk(Transcript("e", "vtt", "en", tuple(Segment(None, None, who, text) for who, text in turns)))


def make_chunk(start: int, end: int) -> Chunk:
    return Chunk(f"{start}", "e", start, start, end, None, None, (), "")


def count(text: str) -> int:
    return len(text.split())


def said(talk: Talk, spans: list[tuple[int, int]]) -> str:
    return " ".join(" ".join(talk.text[start:end] for start, end in spans).split())


def test_chunks_stay_whole_where_they_fit() -> None:
    talk = make_talk(("Ada", "One two three four. Five six seven eight. Nine ten."))
    chunks = [make_chunk(0, 19), make_chunk(20, 41), make_chunk(42, 51)]
    passages = cut_passages(talk, chunks, count, 1000, 8)
    assert [passage.words for passage in passages] == [8, 2]
    assert passages[0].text == "[Ada]\nOne two three four. Five six seven eight."


def test_a_chunk_that_is_too_long_is_split_at_its_sentences_and_none_is_lost() -> None:
    talk = make_talk(("Ada", (SENTENCE * 50).strip()))
    passages = cut_passages(talk, [make_chunk(0, len(talk.text))], count, 60, 1000)
    assert len(passages) > 10
    assert all(passage.text.endswith("open.") for passage in passages)
    assert sum(passage.words for passage in passages) == count_words(talk.text)
    assert said(talk, [span for passage in passages for span in passage.spans]) == talk.text


@pytest.mark.parametrize(
    "text", ["word " * 400, "x" * 900, "那座城市的电车在夜里也跑" * 60], ids=["no stops", "one word", "no blanks"]
)
def test_text_without_sentences_is_split_and_none_is_lost(text: str) -> None:
    talk = make_talk((None, text.strip()))
    by_char = lambda shown: len(shown) // 4  # noqa: E731
    passages = cut_passages(talk, [make_chunk(0, len(talk.text))], by_char, 60, 10_000)
    assert "".join(talk.text[s:e] for p in passages for s, e in p.spans).replace(" ", "") == talk.text.replace(" ", "")
    assert all(by_char(passage.text) <= 60 for passage in passages)


def test_what_lies_between_two_chunks_is_left_out_and_shown_as_such() -> None:
    talk = make_talk(("Ada", "First part. Buy this now. Second part."))
    [passage] = cut_passages(talk, [make_chunk(0, 11), make_chunk(26, 38)], count, 100, 100)
    assert passage.text == "[Ada]\nFirst part.\n\n[...]\n\n[Ada]\nSecond part."


def test_a_passage_names_who_speaks_at_each_change() -> None:
    talk = make_talk(("Ada", "It rains."), ("Ada", "Much."), (None, "No."), ("Ben\n[Eve]", "Yes."))
    assert talk.show([(0, len(talk.text))]) == "[Ada]\nIt rains. Much.\n\n[speaker unknown]\nNo.\n\n[Ben [Eve]]\nYes."


def test_a_quote_over_two_segments_is_marked_at_both_ends() -> None:
    talk = make_talk(("Ada", "It may rain"), ("Ada", "all day, they say."))
    assert talk.show([(0, 30)], (3, 19)) == "[Ada]\nIt [[may rain all day]], they say."


def test_evidence_is_the_quote_with_so_many_words_on_each_side() -> None:
    talk = make_talk(("Ada", " ".join(f"w{n}" for n in range(100))))
    start = talk.text.index("w50")
    assert talk.around((start, start + 3), 6) == "[Ada]\nw47 w48 w49 [[w50]] w51 w52 w53"


def test_evidence_at_the_ends_of_the_talk_and_without_blanks_is_bounded() -> None:
    talk = make_talk(("Ada", "short one"))
    assert talk.around((0, 9), 100) == "[Ada]\n[[short one]]"
    assert len(make_talk(("Ada", "城" * 5000)).around((2500, 2510), 100)) < 1200
