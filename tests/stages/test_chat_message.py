"""The brief in a channel: nothing that stood in a feed mentions, links or sets anything."""

from __future__ import annotations

import re

from stages.test_brief import FOLLOW_UP, NASTY, make_brief, make_item

from brief_pipeline.stages.brief import Links
from brief_pipeline.stages.chat_message import render_message

HOSTILE = f"<!channel> <https://evil.example|click> <@U1> {NASTY} `x` ~y~ \x00\u202e" + "w" * 10_000


def test_the_five_come_with_who_said_it_and_where_to_play_it() -> None:
    said = render_message(make_brief(make_item(insight_id="a" * 16, **FOLLOW_UP)), Links("https://brief.example.org"))
    assert "*1. Night buses pay for themselves.*" in said
    assert "<https://shows.example/pricing.mp3#t=75|Play from 1:15>" in said
    assert f"<https://brief.example.org/insights/{'a' * 16}.html|Evidence and what others say>" in said
    assert "Otto, Show One: Pricing, 4 May 2026" in said


def test_what_stood_in_a_feed_is_shown_as_text() -> None:
    texts = {"claim": HOSTILE, "explanation": HOSTILE, "quote": HOSTILE, "speaker": HOSTILE, "show_title": HOSTILE}
    said = render_message(make_brief(make_item(**texts, episode=HOSTILE, play_url="javascript:x"), problems=[HOSTILE]))
    assert not re.search(r"<[!@#h]", said)
    assert "&lt;!channel&gt;" in said
    assert not {"\x00", "\u202e"} & set(said)
    assert max(map(len, said.split())) < 500


def test_an_address_that_would_break_out_of_its_link_is_left_out() -> None:
    said = render_message(make_brief(make_item(play_url="https://shows.example/a|<!channel>.mp3")))
    assert "<!channel>" not in said
