"""The brief as a mail: read back by Python's own package, whatever stood in a feed."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from stages.test_brief import FOLLOW_UP, NASTY, make_brief, make_item, make_other

from brief_pipeline.errors import AddressUnusable
from brief_pipeline.stages.brief import NO_LINKS, Brief, Links, render_text
from brief_pipeline.stages.letter import write_alert, write_letter

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)
SENDER = "Podcast brief <brief@example.org>"
SITE = "https://brief.example.org"
LINKS = Links(SITE, f"{SITE}/subscription/m", f"{SITE}/unsubscribe/u", f"{SITE}/feedback/f")
HOSTILE = (
    f"{NASTY}\r\nBcc: all@example.org\r\n\r\nHello =?utf-8?q?=0D=0ABcc=3A_x?= \x00\x1b[31m \u2066 {{{{ 7 * 7 }}}} "
    + "w" * 10_000
)


def read_back(brief: Brief, links: Links = NO_LINKS, address: str = "ann@example.org") -> EmailMessage:
    body = write_letter(brief, sender=SENDER, address=address, sent_at=NOW, links=links).as_bytes(policy=SMTP)
    assert max(map(len, body.split(b"\r\n"))) <= 998  # RFC 5322, 2.1.1
    mail = message_from_bytes(body, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_it_has_text_and_html_and_its_headers() -> None:
    mail = read_back(
        make_brief(make_item(insight_id="a" * 16, related=[make_other(relation="agrees", question=None)])), LINKS
    )
    assert mail.get_content_type() == "multipart/alternative"
    assert [piece.get_content_type() for piece in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Subject"] == "Podcast brief, 4 May: Night buses pay for themselves."
    assert mail["List-Unsubscribe"] == f"<{SITE}/unsubscribe/u>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW
    for kind in ("plain", "html"):
        said = part(mail, kind)
        assert "https://shows.example/pricing.mp3#t=75" in said
        assert f"{SITE}/insights/{'a' * 16}.html" in said
        assert f"{SITE}/feedback/f/{'a' * 16}/not-useful" in said
        assert f"{SITE}/subscription/m" in said


def test_the_message_id_hangs_on_brief_and_listener_alone() -> None:
    ids = {
        (day_other, listener): read_back(make_brief(*items, listener=listener))["Message-ID"]
        for day_other, items in (("empty", ()), ("full", (make_item(),)))
        for listener in ("me", "anna")
    }
    assert ids["empty", "me"] == ids["full", "me"] != ids["full", "anna"]


def test_without_pages_and_subscription_no_link_is_made_up() -> None:
    mail = read_back(make_brief(make_item(insight_id="a" * 16)))
    assert mail["List-Unsubscribe"] is None
    assert "/insights/" not in part(mail, "plain") + part(mail, "html")
    assert "nsubscribe" not in part(mail, "plain") + part(mail, "html")


def test_what_stands_in_a_feed_begins_no_header_and_runs_nothing() -> None:
    texts = {"claim": HOSTILE, "explanation": HOSTILE, "quote": HOSTILE, "speaker": HOSTILE, "show_title": HOSTILE}
    item = make_item(
        **texts, episode=HOSTILE, reasons=[HOSTILE], play_url="javascript:alert(1)", episode_link="javascript:x"
    )
    related = [make_other(claim=HOSTILE, show_title=HOSTILE, relation="contradicts", question=HOSTILE)]
    mail = read_back(make_brief({**item, **FOLLOW_UP, "related": related}, problems=[HOSTILE]), LINKS)
    assert mail["Bcc"] is None
    assert set(mail.keys()) <= {
        *("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "List-Unsubscribe"),
        *("List-Unsubscribe-Post", "Content-Type", "MIME-Version", "Content-Transfer-Encoding"),
    }
    assert len(mail["Subject"]) <= 130
    page, text = part(mail, "html"), part(mail, "plain")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'href="javascript' not in page
    for shown in (page, text, mail["Subject"]):
        assert not {"\x00", "\x1b", "\u202e", "\u2066"} & set(shown)
        assert "49" not in shown


@pytest.mark.parametrize(
    "address",
    [
        *(
            "ann@example.org\r\nBcc: all@example.org",
            "nobody",
            "",
            "a@b\x00",
            "anna@exa mple.org",
            "anna<secret@example.org",
        ),
        *("x@example.org, y@example.org", "Ann\r\nBcc: b <ann@example.org>", "<a@example.org> <b@example.org>"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(AddressUnusable, match="mail address"):
        write_letter(make_brief(), sender=SENDER, address=address, sent_at=NOW)


def test_plain_text_has_short_lines_and_all_that_the_page_says() -> None:
    text = render_text(make_brief(make_item(voices=[make_other()], **FOLLOW_UP), problems=["Show Two: no answer"]))
    assert max(map(len, text.splitlines())) <= 72
    for said in (
        "1. Night buses pay for themselves.",
        "Follow-up. On 1 May 2026",
        "Otto, Show One: Pricing",
        "Show Two: no answer",
    ):
        assert said in text
    assert "Nothing to tell" in render_text(make_brief())


def test_an_alert_has_its_first_line_as_subject() -> None:
    mail = write_alert("The run failed.\r\n- Zoë\r\nBcc: x", SENDER, "ann@example.org", NOW)
    assert mail["Subject"] == "The run failed."
    assert mail["Bcc"] is None
    assert "- Zoë" in mail.get_content()
