from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup

from brief_pipeline.stages.brief import Brief, render_html, render_json, render_markdown

DAY = date(2026, 5, 4)
FOLLOW_UP: dict[str, Any] = {
    "status": "follow_up",
    "earlier_claim": "Night buses lose money.",
    "earlier_on": date(2026, 5, 1),
    "was_told": False,
}
NASTY = "<script>alert('x')</script> [click](javascript:alert(1)) *bold* \u202e"


def make_item(**other: Any) -> dict[str, Any]:
    return {
        "rank": 1,
        "claim": "Night buses pay for themselves.",
        "explanation": "Shops stay open for their riders.",
        "quote": "night buses pay for themselves",
        "speaker": "Otto",
        "show_title": "Show One",
        "episode": "Pricing",
        "episode_link": "https://shows.example/pricing",
        "published_at": datetime(2026, 5, 4, 9, tzinfo=UTC),
        "start_seconds": 75.5,
        "play_url": "https://shows.example/pricing.mp3#t=75",
        "method": "extract",
        "status": "new",
        "earlier_claim": None,
        "earlier_on": None,
        "was_told": None,
        "reasons": ["value 0.90"],
        "voices": [],
        "related": [],
        **other,
    }


def make_other(**other: Any) -> dict[str, Any]:
    """What another show said."""
    return {
        "claim": "Night buses lose money.",
        "show_title": "Show Two",
        "episode": "Depots",
        "published_on": "2026-04-30",
        "play_url": "https://shows.example/depots.mp3#t=9",
        **other,
    }


def make_brief(*items: dict[str, Any], **other: Any) -> Brief:
    known = {"day": DAY, "listener": "me", "items": items, "shows": 2, "episodes": 3, "hours": 2.5, "problems": ()}
    return Brief(**{**known, **other})


def read_page(brief: Brief) -> str:
    """What the HTML page says, without its marks."""
    return " ".join(BeautifulSoup(render_html(brief), "html.parser").get_text().split())


def test_an_item_shows_claim_words_speaker_and_where_to_play() -> None:
    text = render_markdown(make_brief(make_item()))
    assert "## 1. Night buses pay for themselves." in text
    assert "> “night buses pay for themselves”" in text
    assert "> — Otto, *Show One*: Pricing, 4 May 2026, at 1:15" in text
    assert "[Play from 1:15](https://shows.example/pricing.mp3#t=75)" in text


def test_without_times_the_link_plays_from_the_start_and_no_time_is_invented() -> None:
    text = render_markdown(
        make_brief(make_item(start_seconds=None, play_url="https://shows.example/pricing.mp3", speaker=None))
    )
    assert "[Play the episode](https://shows.example/pricing.mp3)" in text
    assert "> — Speaker unknown, *Show One*: Pricing, 4 May 2026\n" in text


def test_a_follow_up_says_what_was_said_before_and_when() -> None:
    item = make_item(**FOLLOW_UP)
    assert "*Follow-up.* On 1 May 2026 it was said: Night buses lose money." in render_markdown(make_brief(item))
    assert "On 1 May 2026 it was said: Night buses lose money." in render_html(make_brief(item))


def test_a_follow_up_of_what_the_listener_was_told_says_so() -> None:
    item = make_item(**{**FOLLOW_UP, "was_told": True})
    for text in (render_markdown(make_brief(item)), render_html(make_brief(item))):
        assert "On 1 May 2026 you were told: Night buses lose money." in text


def test_the_other_shows_that_said_the_same_are_named() -> None:
    brief = make_brief(make_item(voices=[make_other(), make_other(show_title="*Tidewater*")]))
    assert "*Also said by* Show Two, \\*Tidewater\\*." in render_markdown(brief)
    assert "Also said by Show Two, *Tidewater*." in read_page(brief)
    assert "Also said by" not in render_markdown(make_brief(make_item())) + render_html(make_brief(make_item()))


def test_what_others_said_stands_with_its_relation_and_the_question_both_answer() -> None:
    others = [
        make_other(relation="contradicts", question="Do night buses pay?"),
        make_other(relation="extends", question=None, claim="Trams pay too."),
        make_other(relation="related", question=None, claim="A third that is not shown."),
    ]
    brief = make_brief(make_item(related=others))
    markdown, page = render_markdown(brief), read_page(brief)
    play = "[play](https://shows.example/depots.mp3#t=9)"
    assert f"- **Contradicts:** Night buses lose money. (*Show Two*, {play})" in markdown
    assert "Both answer: Do night buses pay?" in markdown
    assert "Contradicts: Night buses lose money. (Show Two, play) Both answer: Do night buses pay?" in page
    assert "**Adds to it:** Trams pay too." in markdown
    assert "None" not in markdown + page
    assert "not shown" not in markdown + page


@pytest.mark.parametrize("place", ["claim", "explanation", "quote", "speaker", "show_title", "episode"])
def test_markup_in_what_was_said_is_shown_as_text(place: str) -> None:
    brief = make_brief(make_item(**{place: NASTY}))
    page = BeautifulSoup(render_html(brief), "html.parser")
    assert page.find("script") is None
    assert "<script>alert('x')</script>" in page.get_text()
    assert "\\<script\\>" in render_markdown(brief)
    assert "\\[click\\](javascript" in render_markdown(brief)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", 'https://a.example/" onclick="x'])
def test_only_web_addresses_become_links_and_none_breaks_out(url: str) -> None:
    page = BeautifulSoup(render_html(make_brief(make_item(play_url=url, episode_link=url))), "html.parser")
    links = page.find_all("a")
    assert all(link["href"].startswith("https://") and link.attrs.keys() <= {"href", "class"} for link in links)


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    page = BeautifulSoup(render_html(make_brief(make_item())), "html.parser")
    assert not page.find_all(["script", "img", "link", "iframe", "audio"])


def test_what_could_not_be_done_is_said() -> None:
    text = render_markdown(make_brief(make_item(), problems=["Show Two: Late: its audio could not be had"]))
    assert "## What could not be done\n\n- Show Two: Late: its audio could not be had" in text


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"shows": 0, "episodes": 0}, "No show is followed yet."),
        ({"shows": 1, "episodes": 0}, "No episode of the one show followed came out."),
        ({"episodes": 0, "problems": ["x"]}, "No episode of the 2 shows followed could be read that day."),
        ({"episodes": 1, "hours": 0.5}, "Out of 1 episode of the 2 shows followed, 30 minutes of talk."),
    ],
)
def test_an_empty_brief_says_whether_it_was_looked(known: dict[str, Any], said: str) -> None:
    assert said in render_markdown(make_brief(**known))


def test_the_json_holds_all_and_is_the_same_each_time() -> None:
    brief = make_brief(make_item())
    content = json.loads(render_json(brief))
    assert (content["day"], content["listener"]) == ("2026-05-04", "me")
    assert content["insights"][0]["published_at"] == "2026-05-04T09:00:00+00:00"
    assert render_json(brief) == render_json(make_brief(dict(reversed(make_item().items()))))
