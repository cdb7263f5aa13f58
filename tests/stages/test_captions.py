"""Captions in every state: times, ends, order, repetition, speakers."""

from __future__ import annotations

import pytest

from brief_pipeline.stages.captions import is_captions, read_captions


def spans(text: str) -> list[tuple[float | None, float | None, str]]:
    return [(segment.start_seconds, segment.end_seconds, segment.text) for segment in read_captions(text)]


def said(text: str) -> list[tuple[str | None, str]]:
    return [(segment.speaker, segment.text) for segment in read_captions(text)]


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("00:00:01.500 --> 00:00:02.250", 1.5, 2.25),
        ("00:00:01,500 --> 00:00:02,250", 1.5, 2.25),
        ("01:05.000 --> 01:06.000", 65.0, 66.0),
        ("1:00:01.000 --> 1:00:02.000", 3601.0, 3602.0),
        ("100:00:00.000 --> 100:00:01.000", 360000.0, 360001.0),
        ("00:00:01,000-->00:00:02,000", 1.0, 2.0),
        ("00:00:01.5 -> 00:00:02", 1.5, 2.0),
        ("00:00:01:500 --> 00:00:02:500", 1.5, 2.5),
        ("00:01.000 --> 00:02.000 align:start position:0%", 1.0, 2.0),
        ("0:00:01.000,0:00:02.000", 1.0, 2.0),
    ],
)
def test_times_are_read_in_every_spelling(line: str, start: float, end: float) -> None:
    assert spans(f"{line}\nHello.") == [(start, end, "Hello.")]


def test_a_missing_end_is_the_next_start_and_the_last_one_stays_unknown() -> None:
    assert spans("00:01.000 -->\nOne.\n\n00:04.000 -->\nTwo.") == [(1.0, 4.0, "One."), (4.0, None, "Two.")]


def test_an_end_before_the_start_is_no_end() -> None:
    assert spans("00:05.000 --> 00:01.000\nOne.\n\n00:09.000 --> 00:10.000\nTwo.")[0] == (5.0, 9.0, "One.")


def test_a_cue_of_no_length_is_kept() -> None:
    assert spans("00:05.000 --> 00:05.000\nOne.") == [(5.0, 5.0, "One.")]


def test_cues_out_of_order_are_sorted_and_equal_starts_keep_their_order() -> None:
    text = "00:09.000 --> 00:10.000\nThree.\n\n00:01.000 --> 00:02.000\nOne.\n\n00:01.000 --> 00:03.000\nTwo."
    assert [text for _, _, text in spans(text)] == ["One.", "Two.", "Three."]


def test_words_under_times_that_cannot_be_read_keep_their_place() -> None:
    text = "00:01.000 --> 00:02.000\nOne.\n\n00:0x.000 --> 00:03.000\nTwo.\n\n00:03.000 --> 00:04.000\nThree."
    assert spans(text) == [(1.0, 2.0, "One."), (None, None, "Two."), (3.0, 4.0, "Three.")]


def test_numbers_names_comments_and_styles_are_no_words() -> None:
    text = """WEBVTT - a title

STYLE
::cue { color: red }

NOTE the tool wrote this
over two lines

intro
00:01.000 --> 00:02.000
One.

NOTE and this

2
00:02.000 --> 00:03.000
42
"""
    assert spans(text) == [(1.0, 2.0, "One."), (2.0, 3.0, "42")]


def test_cues_without_blank_lines_between_them_are_parted() -> None:
    assert [t for _, _, t in spans("1\n00:01,0 --> 00:02,0\nOne.\n2\n00:02,0 --> 00:03,0\nTwo.")] == ["One.", "Two."]


def test_a_blank_line_inside_a_cue_loses_nothing() -> None:
    assert [t for _, _, t in spans("1\n00:01,0 --> 00:02,0\nOne\n\nmore.\n\n2\n00:02,0 --> 00:03,0\nTwo.")] == [
        "One more.",
        "Two.",
    ]


def test_empty_cues_and_music_are_left_out() -> None:
    shown = ["", "[Music]", "♪", "Hi."]
    text = "\n\n".join(f"00:0{n}.000 --> 00:0{n + 1}.000\n{line}" for n, line in enumerate(shown))
    assert [t for _, _, t in spans(text)] == ["Hi."]


def test_time_lines_with_nothing_under_them_are_left_out() -> None:
    assert [t for _, _, t in spans("00:01.000 --> 00:02.000\n00:02.000 --> 00:03.000\nHi.\n00:03.000 --> 00:04.000")] == [
        "Hi."
    ]


def test_tags_and_entities_are_taken_out_of_the_text() -> None:
    text = (
        "00:01.000 --> 00:02.000\n{\\an8}<i>Bread</i> &amp; <c.red\nx>butter</c>&nbsp;is <font color='#fff'>3 &lt; 4</font>"
    )
    assert [t for _, _, t in spans(text)] == ["Bread & butter is 3 < 4"]


def test_rolling_captions_say_every_word_once() -> None:
    text = """WEBVTT
Kind: captions

00:00.000 --> 00:02.000 align:start
so<00:00:00.500><c> this</c><00:00:01.000><c> is</c>

00:02.000 --> 00:02.010
so this is

00:02.010 --> 00:04.000
so this is
how<00:00:02.500><c> it</c><00:00:03.000><c> scrolls</c>

00:04.000 --> 00:04.010
how it scrolls

00:04.010 --> 00:06.000
how it scrolls
up"""
    assert spans(text) == [(0.0, 2.0, "so this is"), (2.01, 4.0, "how it scrolls"), (4.01, 6.0, "up")]


def test_captions_that_grow_word_by_word_say_every_word_once() -> None:
    shown = ["we", "we went", "we went there", "we went there by", "we went there by train"]
    text = "\n\n".join(f"00:0{n}.000 --> 00:0{n + 1}.000\n{line}" for n, line in enumerate(shown))
    assert " ".join(t for _, _, t in spans(text)) == "we went there by train"


def test_people_who_repeat_themselves_are_believed() -> None:
    lines = [
        "Yeah.",
        "Yeah.",
        "It is late.",
        "Yeah.",
        "It is what it is.",
        "Is it what it is?",
        "No.",
        "No.",
        "Go home.",
        "Now.",
    ]
    text = "\n\n".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{line}" for n, line in enumerate(lines))
    assert [t for _, _, t in spans(text)] == lines


def test_the_same_cue_twice_at_the_same_time_is_said_once() -> None:
    text = "00:01.000 --> 00:03.000\nHi.\n\n00:02.000 --> 00:04.000\nHi.\n\n00:03.500 --> 00:05.000\nHo."
    assert spans(text) == [(1.0, 3.0, "Hi."), (3.5, 5.0, "Ho.")]


def test_voices_in_one_cue_share_its_times_and_end_with_it() -> None:
    text = "00:01.000 --> 00:02.000\n<v Ada>Yes.</v>\n<v Bob>No.</v>\n\n00:02.000 --> 00:03.000\nWho said that?"
    assert said(text) == [("Ada", "Yes."), ("Bob", "No."), (None, "Who said that?")]
    assert {(segment.start_seconds, segment.end_seconds) for segment in read_captions(text)[:2]} == {(1.0, 2.0)}


@pytest.mark.parametrize(
    "labels", [("Ada: ", "Ada: ", "Bob: ", "Ada: "), ("Ada: ", "", "Bob: ", "Ada: "), ("ADA: ", "", "BOB: ", ">> ADA: ")]
)
def test_labels_on_every_cue_and_at_changes_mean_the_same(labels: tuple[str, ...]) -> None:
    words = ["Well,", "hello.", "Thanks.", "So."]
    cues = [
        f"{n}\n00:0{n},000 --> 00:0{n + 1},000\n{label}{w}" for n, (label, w) in enumerate(zip(labels, words, strict=True))
    ]
    names = [name.title() for name, _ in said("\n\n".join(cues)) if name]
    assert names == ["Ada", "Ada", "Bob", "Ada"]


def test_chevrons_part_speakers_whom_nobody_names() -> None:
    assert said("00:01.000 --> 00:02.000\n&gt;&gt; Yes. &gt;&gt; No.") == [(None, "Yes."), (None, "No.")]


def test_an_html_comment_and_a_clock_are_no_captions() -> None:
    assert not is_captions("<!-- made at 12:30 --> <p>at 10:30 we met</p>")
    assert is_captions("junk\n\n00:01,000 --> 00:02,000")


def test_tags_left_open_at_the_end_of_a_cue_are_no_words() -> None:
    assert said("WEBVTT\n\n00:01.000 --> 00:02.000\nYes <c.loud\n\n00:02.000 --> 00:03.000\nNo <00:00:02.500") == [
        (None, "Yes"),
        (None, "No"),
    ]


def test_names_in_brackets_before_a_colon_are_labels() -> None:
    cues = "[SPEAKER_00]: It is late.", "[SPEAKER_01]: It is.", "[SPEAKER_00]: Good night."
    text = "\n".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{cue}\n" for n, cue in enumerate(cues))
    assert [speaker for speaker, _ in said(text)] == ["SPEAKER_00", "SPEAKER_01", "SPEAKER_00"]
