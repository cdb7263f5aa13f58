"""HTML transcripts: fragments, pages, tables, timed XML; and pages that are none."""

from __future__ import annotations

import pytest

from brief_pipeline.errors import TranscriptUnreadable
from brief_pipeline.stages.transcript_html import MAX_TAGS, html_language, looks_like_markup, read_html

TOLD = [(7.0, "Ada Lane", "It is late."), (65.0, "Bob Rice", "It is indeed.")]


def told(text: str) -> list[tuple[float | None, str | None, str]]:
    return [(segment.start_seconds, segment.speaker, segment.text) for segment in read_html(text)]


@pytest.mark.parametrize(
    "text",
    [
        "<cite>Ada Lane:</cite><time>00:07</time><p>It is late.</p>"
        "<cite>Bob Rice:</cite><time>01:05</time><p>It is indeed.</p>",
        "<p><strong>Ada Lane:</strong> [00:07] It is late.</p><p><b>Bob Rice</b>: [01:05] It is indeed.</p>",
        "<p>0:07 </p><p><strong>Ada Lane</strong><br>It is late.</p><p></p>"
        "<p>1:05</p><p><strong>Bob Rice</strong><br>It is indeed.</p>",
        "<table><tr><th>When</th><th>Who</th><th>What</th></tr>"
        "<tr><td>0:07</td><td>Ada Lane</td><td>It is late.</td></tr>"
        "<tr><td>1:05</td><td>Bob Rice</td><td>It is indeed.</td></tr></table>",
        "<div><span class='speaker-name'>Ada Lane</span> <span class='timestamp'>00:07</span><div>It is late.</div></div>"
        "<div><span class='speaker-name'>Bob Rice</span> <span class='timestamp'>01:05</span><div>It is indeed.</div></div>",
        "<dl><dt>Ada Lane</dt><dd data-start='7'>It is late.</dd>"
        "<dt>Bob Rice</dt><dd data-start='65'>It is indeed.</dd></dl>",
        "<p>Ada Lane (00:07):<br>It is late.</p><p>Bob Rice (01:05):<br>It is indeed.</p>",
    ],
)
def test_names_and_times_are_found_in_every_markup(text: str) -> None:
    assert told(text) == TOLD


def test_a_whole_page_gives_only_its_transcript() -> None:
    words = "<p>" + "We spoke at length of many things. " * 10 + "</p>"
    page = "<!DOCTYPE html><html lang='de-AT'><head><title>Show 12</title><script>var a;</script></head>"
    page += "<body><nav>Home About</nav>"
    page += (
        f"<h1>Show 12</h1><div id='Transcript'>{words}</div><div>Subscribe now!</div><footer>Imprint</footer></body></html>"
    )
    assert [text for _, _, text in told(page)] == [("We spoke at length of many things. " * 10).strip()]
    assert html_language(page) == "de-at"


def test_inline_tags_and_entities_do_not_cut_words() -> None:
    assert told("<p>un<em>believ</em>able &amp; <a href='x'>true</a></p>") == [(None, None, "unbelievable & true")]


def test_bold_words_inside_a_sentence_are_no_names() -> None:
    assert told("<p><strong>Never</strong> do that.</p>") == [(None, None, "Never do that.")]


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1><p>The URL was not found.</p></body>",
        "<!doctype html><title>Just a moment...</title><body><p>Enable JavaScript and cookies to continue</p></body>",
        "<html><head><title>Sign in</title></head><body><form>Name Password</form><p>Welcome back.</p></body></html>",
        '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    ],
)
def test_error_pages_are_refused_with_their_own_words(page: str) -> None:
    with pytest.raises(TranscriptUnreadable, match="not a transcript"):
        read_html(page)


def test_feeds_and_markup_that_no_parser_takes_are_refused() -> None:
    with pytest.raises(TranscriptUnreadable, match="a feed"):
        read_html("<?xml version='1.0'?>\n<rss version='2.0'><channel><title>A</title></channel></rss>")
    with pytest.raises(TranscriptUnreadable, match="broken markup"):
        read_html("<p>One</p><![CDXYZ[two]]>")


def test_an_episode_about_errors_is_no_error_page() -> None:
    page = (
        "<html><head><title>Episode 404</title></head><body>"
        + "<p>We talk of pages that are not found. </p>" * 60
        + "</body></html>"
    )
    assert len(read_html(page)) == 60


def test_timed_xml_is_read_and_its_words_are_joined() -> None:
    items = [("00:00:01.000", "It"), ("00:00:02.000", "rains."), ("00:00:03.000", "Go"), ("00:00:04.000", "in.")]
    speech = "".join(f"<p:item start='{start}' end='{start[:-3]}900'>{word}</p:item>" for start, word in items)
    text = f"<?xml version='1.0'?><p:transcripts><p:speech><p:speaker>Ada</p:speaker>{speech}</p:speech></p:transcripts>"
    assert told(text) == [(1.0, "Ada", "It rains."), (3.0, "Ada", "Go in.")]


def test_timed_text_markup_is_read() -> None:
    assert told("<tt><body><div><p begin='00:01.500' end='00:02.500'>It is very<br/>late now.</p></div></body></tt>") == [
        (1.5, None, "It is very late now.")
    ]


def test_tags_nested_deeper_than_python_recurses_are_read() -> None:
    assert told("<div>" * 3000 + "It is late." + "</div>" * 3000) == [(None, None, "It is late.")]


def test_prose_with_angle_brackets_is_no_markup() -> None:
    assert [looks_like_markup(text) for text in ("I <3 you", "a < b > c", "<v Ada>Hello", "<p>Hello")] == [
        False,
        False,
        False,
        True,
    ]


def test_captions_and_text_shown_in_a_browser_are_read_as_what_they_are() -> None:
    assert told("<html><body><pre>WEBVTT\n\n00:07.000 --&gt; 00:09.000\nIt is late.</pre></body></html>") == [
        (7.0, None, "It is late.")
    ]
    assert told("<pre>Ada: It is late.\nBob: It is indeed.</pre>") == [
        (None, "Ada", "It is late."),
        (None, "Bob", "It is indeed."),
    ]


def test_rows_that_nobody_closed_are_read_one_by_one() -> None:
    table = "<table><tr><td>0:07<td>Ada Lane<td>It is late.<tr><td>1:05<td>Bob Rice<td>It is indeed.</table>"
    assert told(table) == TOLD


def test_a_page_that_calls_its_body_a_transcript_still_leaves_its_menu_out() -> None:
    words = "<p>" + "We spoke at length of many things. " * 10 + "</p>"
    page = f"<html><body class='single-transcript'><div>Home About</div><main>{words}</main><div>More</div></body></html>"
    assert [text for _, _, text in told(page)] == [("We spoke at length of many things. " * 10).strip()]


@pytest.mark.parametrize("tag", ["<b>", "<p><b>", "<div class='speaker'>", "<div class='transcript'>", "<tr><td>"])
def test_deeply_nested_names_times_and_rows_end_and_keep_their_words(tag: str) -> None:
    assert "late" in told(tag * 5000 + "It is late.")[-1][2]


def test_more_tags_than_a_transcript_has_are_refused() -> None:
    with pytest.raises(TranscriptUnreadable, match="tags"):
        read_html("<p>" * (MAX_TAGS + 1))


@pytest.mark.parametrize(
    "text", ["<!--a-->" * 5000, "<p>It is late.</p>" + "<p " * 50_000, "<p>It is late.</p>" + "<!-- " * 20_000]
)
def test_markup_made_to_hold_a_parser_up_is_read_to_its_end(text: str) -> None:
    assert [words for _, _, words in told(text) if words != "It is late."] in ([], [("<p " * 50_000).strip()])
