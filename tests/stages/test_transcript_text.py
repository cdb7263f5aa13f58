"""Plain text and Markdown: labels and stamps leave the text, nothing is invented."""

from __future__ import annotations

import pytest

from brief_pipeline.records import Segment
from brief_pipeline.stages.transcript_text import clean_text, fill_ends, plain_markdown, read_clock, read_stamp, read_text


def told(text: str) -> list[tuple[float | None, str | None, str]]:
    return [(segment.start_seconds, segment.speaker, segment.text) for segment in read_text(text)]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a &amp; b &lt;c&gt; &#8217; &amp;#39;", "a & b <c> ’ '"),
        ("<b>bold</b> <v Ada>and</v>", "bold and"),
        ("one\t two\u00a0\u200bthree\ufeff\x07", "one two three"),
        ("Zoe\u0308", "Zoë"),
        ("[laughter] Yes (laughs) sir ♪", "Yes sir"),
        ("[unintelligible 00:08:24.09] language", "[unintelligible] language"),
        ("me [at] example (the big one)", "me [at] example (the big one)"),
        ("3 < 4 and I <3 you", "3 < 4 and I <3 you"),
        ("[Applause]", ""),
        (" -- ", ""),
    ],
)
def test_text_is_cleaned_to_what_was_said(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:43.1", 43.1),
        ("0:04:60", 300.0),
        ("112:31", 6751.0),
        ("1,5", 1.5),
        ("8s", 8.0),
        ("", None),
        ("12:", None),
        ("a:10", None),
    ],
)
def test_clocks_are_read(text: str, seconds: float | None) -> None:
    assert read_clock(text) == seconds


def test_two_digits_after_the_seconds_are_frames_and_left_out() -> None:
    assert (read_stamp("01:48:07.09"), read_stamp("00:07.090")) == (6487.0, 7.09)


def test_bold_names_in_markdown_are_speakers_and_go_on() -> None:
    text = "**Ada Lane:** Hello.\n\nIt is late.\n\n**Bob Rice**: It is.\n\n**Ada Lane:** [laughs]\n"
    assert told(text) == [(None, "Ada Lane", "Hello."), (None, "Ada Lane", "It is late."), (None, "Bob Rice", "It is.")]


def test_stamps_in_markdown_become_starts_and_cut_the_paragraph_they_stand_in() -> None:
    text = r"**Ada:** \[04:08\] We began. Then \[01:48:07.09\] we stopped."
    assert told(text) == [(248.0, "Ada", "We began. Then"), (6487.0, "Ada", "we stopped.")]


def test_breaks_and_jingles_leave_nothing_behind() -> None:
    text = "**Ada:** Before.\n\n**Break:** \\[32:46\\]\n\n**Ada:** After.\n\n**Jingle**: \\[40:00\\]\n\n"
    text += "**Bob:** \\[40:10\\] Now.\n"
    assert told(text) == [(None, "Ada", "Before."), (None, "Ada", "After."), (2410.0, "Bob", "Now.")]


def test_words_in_an_extract_belong_to_nobody() -> None:
    assert told("**Ada:** Listen.\n\n**Extract:** The old tape runs.\n")[1] == (None, None, "The old tape runs.")


def test_a_play_that_is_read_out_makes_no_speakers() -> None:
    text = "**Ada:** Here it is:\n\n*Romeo: I am.*\n\n*Julia: So am I.*\n\n*Romeo: Good.*\n"
    assert {speaker for _, speaker, _ in told(text)} == {"Ada"}


def test_bracketed_speakers_and_stamps_are_read() -> None:
    assert told("[Speaker 1] [00:00] All right, we\n[Speaker 2] [00:20] agree.") == [
        (0.0, "Speaker 1", "All right, we"),
        (20.0, "Speaker 2", "agree."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lane  0:15\nHello there.\n\nBob Rice  1:02\nGood day.",
        "Ada Lane (00:15):\nHello there.\n\nBob Rice (01:02):\nGood day.",
        "[00:15] Ada Lane: Hello there.\n[01:02] Bob Rice: Good day.",
        "Ada Lane [00:00:15]: Hello there.\nBob Rice [00:01:02]: Good day.",
        "00:15\nAda Lane: Hello there.\n\n01:02\nBob Rice: Good day.",
        "### Ada Lane: [00:15]\n\nHello there.\n\n### Bob Rice: [01:02]\n\nGood day.",
    ],
)
def test_every_order_of_name_and_time_means_the_same(text: str) -> None:
    assert told(text) == [(15.0, "Ada Lane", "Hello there."), (62.0, "Bob Rice", "Good day.")]


def test_a_time_of_day_is_no_stamp() -> None:
    assert told("We met.\n12:30 was the hour.\nIt rained.") == [
        (None, None, t) for t in ("We met.", "12:30 was the hour.", "It rained.")
    ]


def test_lines_that_all_begin_with_a_time_have_stamps() -> None:
    assert [start for start, _, _ in told("0:01 One.\n0:05 Two.\n0:09 Three.")] == [1.0, 5.0, 9.0]


def test_a_stamp_that_goes_backwards_is_not_believed() -> None:
    assert [start for start, _, _ in told("[00:10] One.\n[10:20] Two.\n[00:30] Three.\n[00:40] Four.")] == [
        10.0,
        None,
        30.0,
        40.0,
    ]


def test_the_end_is_the_very_next_start_or_unknown() -> None:
    segments = read_text("[00:10] One.\n[00:20] Two.\nThree.")
    assert [segment.end_seconds for segment in segments] == [20.0, None, None]


def test_front_matter_headings_and_credits_are_not_said() -> None:
    text = "---\ntitle: 'A: b'\n---\n\n# The title\n\nTranscribed by https://tool.example\n\nWe begin.\n"
    assert told(text) == [(None, None, "We begin.")]


def test_hard_wrapped_lines_are_one_paragraph() -> None:
    assert told("Ada: Hello\nand welcome.\nBob: Hi.\n\nAda: So.\n") == [
        (None, "Ada", "Hello and welcome."),
        (None, "Bob", "Hi."),
        (None, "Ada", "So."),
    ]


def test_long_lines_stay_apart_though_blank_lines_occur() -> None:
    long = "word " * 40
    assert len(read_text(f"{long}\n{long}\n\n{long}\n")) == 3


def test_markdown_marks_are_taken_off_and_escaped_ones_are_kept() -> None:
    assert (
        plain_markdown(r"**b** *i* [l](https://a.example/b_c) \[x\] s\*\*t snake_case 2 * 3 * 4")
        == "b i l [x] s**t snake_case 2 * 3 * 4"
    )


def test_an_end_before_its_start_is_replaced() -> None:
    assert fill_ends([Segment(5.0, 1.0, None, "a"), Segment(7.0, 8.0, None, "b")])[0].end_seconds == 7.0


def test_a_pile_of_accents_is_cut_and_one_accent_is_kept() -> None:
    assert clean_text("a" + "\u0308\u0323" * 50_000) == clean_text("a" + "\u0308\u0323" * 15)
    assert clean_text("no\u0308") == "nö"
