from __future__ import annotations

import pytest

from brief_pipeline.records import Chapter, TranscriptLink
from brief_pipeline.stages.show_notes import read_plain, read_show_notes

BASE = "https://tea.example/1"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Tea and\n\n  cake", "Tea and cake"),
        ("Tea &amp; cake", "Tea & cake"),
        ("<p>Tea</p><p>Cake</p>", "Tea Cake"),
        ("H<sub>2</sub>O<br/>hot", "H2O hot"),
        ("&lt;p&gt;Tea&lt;/p&gt;&lt;p&gt;cake&lt;/p&gt;", "Tea cake"),
        ("<style>p {}</style><script>x()</script>Tea<!-- no -->", "Tea"),
        ('<?xml version="1.0"?><p>Tea</p>', "Tea"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<![if !supportLists]>Tea<![endif]> <![CDATA[<b>hot</b>]]> <![odd x", "Tea hot odd x"),
    ],
)
def test_notes_are_plain_text(markup: str, text: str) -> None:
    assert read_show_notes(markup, BASE).text == text


def test_very_deep_markup_is_read() -> None:
    assert read_show_notes("<div>" * 9000 + "Tea", BASE).text == "Tea"


def test_time_stamps_on_lines_of_their_own_are_chapters() -> None:
    notes = read_show_notes("<p>Welcome!<br>(00:00) Start<br>12:30 - Oolong<br/>[1:02:03] The end, at 5:00 pm</p>", BASE)
    assert notes.chapters == (Chapter(0.0, "Start"), Chapter(750.0, "Oolong"), Chapter(3723.0, "The end, at 5:00 pm"))


@pytest.mark.parametrize(
    "markup",
    [
        "00:00 Start<br>10:00 End",
        "10:00 Doors<br>09:00 Tea<br>12:00 Lunch",
        "From 10:00 to 11:00 and 12:00 to 13:00",
        "12:30",
    ],
)
def test_few_or_unordered_times_are_no_chapters(markup: str) -> None:
    assert read_show_notes(markup, BASE).chapters == ()


def test_links_to_transcripts_are_found_by_address_or_words() -> None:
    notes = read_show_notes(
        '<a href="/t.vtt">Transcript</a> <a href="https://x.example/transcript/1?a">here</a> <a href="/t.vtt">transcript</a>'
        '<a href="mailto:transcripts@tea.example">mail</a> <a href="/other">other</a>',
        BASE,
    )
    assert notes.transcripts == (
        TranscriptLink("https://tea.example/t.vtt", "text/vtt"),
        TranscriptLink("https://x.example/transcript/1?a", None),
    )


def test_a_title_keeps_angle_brackets_that_are_no_html() -> None:
    assert read_plain("List&lt;String&gt; &amp; <em>you</em>: 1 < 2") == "List<String> & you: 1 < 2"
