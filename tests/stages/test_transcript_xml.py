"""Timed XML: TTML in its ways of counting, YouTube, SAMI, Podlove."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.transcript_html import read_html


def told(text: str) -> list[tuple[float | None, float | None, str | None, str]]:
    return [(s.start_seconds, s.end_seconds, s.speaker, s.text) for s in read_html(text)]


@pytest.mark.parametrize(
    ("begin", "end", "rates"),
    [
        ("1.5", "2.5", ""),
        ("1.5s", "2500ms", ""),
        ("00:00:01.500", "00:00:02.500", ""),
        ("00:00:01:12", "00:00:02:12", 'ttp:frameRate="24"'),
        ("36f", "60f", 'ttp:frameRate="24"'),
        ("15000000t", "25000000t", ""),
        ("1500t", "2500t", 'ttp:tickRate="1000"'),
    ],
)
def test_ttml_counts_in_many_ways(begin: str, end: str, rates: str) -> None:
    text = f'<tt xml:lang="en" {rates}><body><div><p begin="{begin}" end="{end}">It is<br/>very late.</p></div></body></tt>'
    assert told(text) == [(1.5, 2.5, None, "It is very late.")]


def test_words_inside_sentences_are_read_once_and_keep_the_speaker_of_their_paragraph() -> None:
    words = "<span begin='1' end='1.4'>It</span> <span begin='1.4' end='2'>rains.</span>"
    agents = "<head><ttm:agent xml:id='S1'><ttm:name type='full'>Ada Lane</ttm:name></ttm:agent></head>"
    body = f"<p begin='1' end='9' ttm:agent='S1'><span begin='1' end='2'>{words}</span></p>"
    [segment] = read_html(f"<tt>{agents}<body><div>{body}</div></body></tt>")
    assert (segment.speaker, segment.text, [word.text for word in segment.words]) == (
        "Ada Lane",
        "It rains.",
        ["It", "rains."],
    )


def test_times_before_their_paragraph_count_from_it() -> None:
    spans = "<span begin='1s' end='2s'>It is late now</span><span begin='2s' end='4s'>and very cold</span>"
    assert [row[:2] for row in told(f"<tt><p begin='10s' end='14s'>{spans}</p></tt>")] == [(11.0, 12.0), (12.0, 14.0)]


def test_the_words_of_youtube_captions_stay_in_their_line() -> None:
    text = "<timedtext><body><p t='80' d='4000'><s>it</s><s t='300'> is</s><s t='600'> late</s></p></body></timedtext>"
    assert told(text) == [(0.08, 4.08, None, "it is late")]


def test_an_empty_caption_ends_the_one_before() -> None:
    text = "<SAMI><BODY><SYNC Start=1000><P>It is very late.<SYNC Start=3000><P>&nbsp;<SYNC Start=4000><P>It is cold.</SAMI>"
    assert told(text) == [(1.0, 3.0, None, "It is very late."), (4.0, None, None, "It is cold.")]
