"""Pages of hand-made rows: what is missing is not invented, and what is nasty is text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup

from brief_pipeline.stages.brief import Brief, render_html, render_markdown
from brief_pipeline.stages.page import (
    Page,
    Site,
    describe_look,
    lay_out_archive,
    lay_out_brief,
    lay_out_episode,
    lay_out_insight,
    lay_out_show,
    lay_out_shows,
    link_to_pages,
    render_page,
)

DAY = date(2026, 5, 4)
SITE = Site("Podcast brief", "https://brief.example")
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "\u202ereversed\u202c \u2067aside",
    "w" * 10_000,
    "bell\x07 null\x00 escape\x1b[31m",
    "{{ 7 * 7 }}{% raw %}",
    "]]></content><!-- ",
]


def make_insight(**other: Any) -> dict[str, Any]:
    return {
        "insight_id": "i1",
        "episode_id": "e1",
        "feed_id": "f1",
        "published_on": DAY,
        "claim": "Night buses pay for themselves.",
        "explanation": "Shops stay open for their riders.",
        "quote": "night buses pay for themselves",
        "speaker": "Otto",
        "method": "llm",
        "start_seconds": 75.5,
        "show_title": "Show One",
        "episode": "Pricing",
        "episode_link": "https://shows.example/pricing",
        "audio_url": "https://shows.example/pricing.mp3",
        "status": "new",
        "related": [],
        "history": [],
        "voices": [],
        "told_on": [],
        **other,
    }


def make_related(relation: str, insight_id: str, **other: Any) -> dict[str, Any]:
    row = {
        "explanation": "",
        "question": None,
        "show_title": "Show Two",
        "published_on": DAY,
        "claim": f"Claim {insight_id}.",
    }
    return {"insight_id": insight_id, "relation": relation, **row, **other}


def make_item(**other: Any) -> dict[str, Any]:
    insight = make_insight()
    kept = (
        "insight_id",
        "claim",
        "explanation",
        "quote",
        "speaker",
        "show_title",
        "episode",
        "episode_link",
        "start_seconds",
    )
    return {
        **{name: insight[name] for name in kept},
        "rank": 1,
        "published_at": datetime(2026, 5, 4, 9, tzinfo=UTC),
        "play_url": "https://traffic.megaphone.fm/1.mp3#t=75",
        "method": "llm",
        "status": "new",
        "earlier_claim": None,
        "earlier_on": None,
        "was_told": None,
        "reasons": ["value 0.90"],
        "voices": [],
        "related": [],
        **other,
    }


def make_brief(*items: dict[str, Any], day: date = DAY) -> Brief:
    return Brief(day, "me", items, 2, 3, 2.5, ())


def draw(page: Page) -> BeautifulSoup:
    return BeautifulSoup(render_page(page, SITE), "html.parser")


def words(page: Any) -> str:
    return " ".join(page.get_text(" ").split())


def lay_out_all(text: str) -> list[Page]:
    """A page of each kind, with a text in every place that a feed or a model fills."""
    related = [make_related("contradicts", "i2", claim=text, explanation=text, question=text, show_title=text)]
    texts = dict.fromkeys(("claim", "explanation", "quote", "speaker", "show_title", "episode"), text)
    voice = {**make_insight(**texts), "audio_url": text}
    story = [{"insight_id": "i3", "claim": text, "show_title": text, "published_on": DAY, "is_later": False}]
    insight = make_insight(**texts, episode_link=text, audio_url=text, related=related, voices=[voice], history=story)
    said = {"insight_id": "i1", "page_id": "i1", "status": "new", "start_seconds": 1.0}
    episode = {
        **{name: insight[name] for name in ("episode_id", "feed_id", "published_on", "show_title", "audio_url")},
        "title": text,
        "link": text,
        "hours": 0.5,
        "status": "read",
        "reason": text,
        "insights": [{**said, "claim": text, "explanation": text, "speaker": text}],
    }
    show = {
        "feed_id": "f1",
        "show_title": text,
        "reason": text,
        "is_followed": True,
        "insights_count": 1,
        "episodes": [{"episode_id": "e1", "title": text, "published_on": DAY, "insights_count": 1}],
        "told": [{"insight_id": "i1", "claim": text, "told_on": DAY}],
    }
    other = {"insight_id": "i2", "relation": "agrees", "claim": text, "show_title": text, "play_url": text, "question": text}
    item = make_item(**texts, episode_link=text, play_url=text, reasons=[text], voices=[other], related=[other])
    brief = link_to_pages(make_brief(item), {"i1", "i2"}, ())
    return [
        lay_out_insight(insight, ()),
        lay_out_episode(episode, ()),
        lay_out_show(show, {"i1"}, {DAY}),
        lay_out_shows([show]),
        lay_out_brief(brief, None, None),
        lay_out_archive([brief]),
    ]


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_whatever_a_feed_or_a_model_says_is_text_on_every_page(text: str) -> None:
    shown = "".join(c for c in text if c.isprintable() and c not in "\u202e\u202c\u2067")
    for page in lay_out_all(text):
        drawn = draw(page)
        assert not drawn.find_all(["script", "img"]), page.path
        assert not [tag for tag in drawn.find_all(True) if any(name.startswith("on") for name in tag.attrs)], page.path
        addresses = [str(tag.get(name)) for tag in drawn.find_all(True) for name in ("href", "src") if tag.get(name)]
        assert not [address for address in addresses if "alert" in address], page.path
        assert " ".join(shown.split()) in " ".join(drawn.main.get_text().split()), page.path
        assert not set("\u202e\u202c\u2067\x00\x07\x1b") & set(str(drawn)), page.path


def test_related_insights_stand_in_groups_by_what_they_are_to_it() -> None:
    related = [make_related("related", "a"), make_related("contradicts", "b"), make_related("agrees", "c")]
    page = draw(lay_out_insight(make_insight(related=related), ()))
    assert [words(heading) for heading in page.find_all("h3")] == ["Agrees", "Contradicts", "Related"]
    assert [link["href"] for link in page.find_all("a", class_="claim")] == [f"../insights/{n}.html" for n in "cba"]


def test_insights_that_are_only_near_need_no_heading() -> None:
    page = draw(lay_out_insight(make_insight(related=[make_related("related", "a")]), ()))
    assert (page.find_all("h3"), words(page.find("h2", id="related"))) == ([], "Related Insights")


def test_without_a_time_the_player_begins_at_the_start() -> None:
    page = draw(lay_out_insight(make_insight(start_seconds=None), ()))
    assert page.audio["src"] == "https://shows.example/pricing.mp3"
    assert "Begins at" not in words(page)


def test_without_a_name_the_page_says_so_and_shows_no_none() -> None:
    row = make_insight(speaker=None, show_title=None, episode=None, explanation="", audio_url=None)
    page = draw(lay_out_insight(row, ()))
    assert page.figcaption.get_text() == "Speaker unknown, a show without a title: an episode without a title, 4 May 2026"
    assert "None" not in words(page)
    assert page.audio is None


def test_where_adverts_are_inserted_page_and_brief_say_that_times_may_drift() -> None:
    drifting = "different adverts into each download"
    audio = "https://dts.podtrac.com/redirect.mp3/traffic.omny.fm/1.mp3"
    assert drifting in words(draw(lay_out_insight(make_insight(audio_url=audio), ())))
    assert drifting not in words(draw(lay_out_insight(make_insight(), ())))
    assert drifting not in words(draw(lay_out_insight(make_insight(audio_url=audio, start_seconds=None), ())))
    assert drifting in render_markdown(make_brief(make_item()))
    assert drifting in render_html(make_brief(make_item()))
    assert drifting not in render_html(make_brief(make_item(play_url="https://shows.example/1.mp3#t=75")))


def test_a_brief_that_stands_alone_links_to_no_page_of_a_site() -> None:
    page = BeautifulSoup(render_html(make_brief(make_item())), "html.parser")
    assert [link["href"] for link in page.find_all("a") if not link["href"].startswith("https://")] == []
    assert page.find("nav") is None
    assert page.style is not None


def test_on_the_site_a_brief_leads_only_to_insights_that_have_a_page() -> None:
    brief = make_brief(make_item(), make_item(rank=2, insight_id="gone"))
    first, second = draw(lay_out_brief(link_to_pages(brief, {"i1"}, ()), None, None)).find_all("article")
    assert first.h2.a["href"] == "../insights/i1.html"
    assert second.h2.a is None


def test_a_page_is_the_same_for_the_same_input_and_another_for_another() -> None:
    one, same, other = (lay_out_insight(make_insight(claim=claim), ()) for claim in ("A.", "A.", "B."))
    assert one.input_hash == same.input_hash != other.input_hash
    assert describe_look(SITE) == describe_look(Site("Podcast brief", "https://brief.example"))
    assert describe_look(SITE) != describe_look(Site("Podcast brief", "https://other.example"))


def test_the_archive_counts_by_month_the_newest_first() -> None:
    briefs = [make_brief(make_item(), day=day) for day in (date(2026, 4, 30), date(2026, 5, 1), DAY)]
    page = draw(lay_out_archive(briefs))
    assert [words(heading) for heading in page.find_all("h2")] == ["May 2026", "April 2026"]
    assert [link["href"] for link in page.main.find_all("a")] == [
        f"../briefs/{day}.html" for day in ("2026-05-04", "2026-05-01", "2026-04-30")
    ]
