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


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("https://other.example/transcript/3", "How certificates are forged"),
        ("https://transcripts.news.example/2001/x.html", "The interview"),
        ("https://www.transcript-books.example/978", "Tea and its discontents"),
        (
            "https://paper.example/interview-transcript",
            "Interview Transcript: Three Hours About Tea, Milk, Sugar and All the Rest",
        ),
        ("https://tea.example/transcripts", "Read episode transcripts"),
    ],
)
def test_links_to_other_transcripts_are_not_the_episodes(address: str, label: str) -> None:
    assert read_show_notes(f'<a href="{address}">{label}</a>', BASE).transcripts == ()


SIMPLE = [
    "<p>Tea</p><p>Milk &amp; honey</p>",
    "A<br/>B<BR >C<hr>",
    "<ul><li><a href=\"/x?a=1&amp;b\" target='_blank'>One</a></li><li>Two</li></ul>",
    "<p class=\"a\" data-x='1'>Caf&#233; &nbsp;&lt;b&gt;</p>",
    "00:00 <b>A</b><br>01:00 B<br>02:00 C",
    "<h2>1 &amp;lt; 2</h2>",
    "<p>AT&T & co &copy; &foo; &#129;</p>",
    "<script>x</script><p>y</p><!-- z -->",
    "<p>a < b</p>",
    "<a href=x>unquoted</a>",
]


@pytest.mark.parametrize("markup", SIMPLE)
def test_the_fast_way_through_simple_html_gives_what_beautifulsoup_gives(markup: str) -> None:
    by_soup = read_show_notes(f"{markup}<!-- transcript -->", BASE)  # the word makes it look for links
    assert read_show_notes(markup, BASE) == by_soup


def test_tags_that_never_close_are_text() -> None:
    assert read_show_notes("<p>Tea</p>" + "<a b " * 10_000, BASE).text.startswith("Tea <a b <a b")


def test_a_title_keeps_angle_brackets_that_are_no_html() -> None:
    assert read_plain("List&lt;String&gt; &amp; <em>you</em>: 1 < 2") == "List<String> & you: 1 < 2"
