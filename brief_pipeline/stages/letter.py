"""The brief as a mail."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from hashlib import sha256

from brief_pipeline.errors import AddressUnusable
from brief_pipeline.stages.brief import (
    NO_LINKS,
    RELATED_SHOWN,
    Brief,
    Links,
    open_templates,
    render_text,
    shorten,
    show_text,
)
from brief_pipeline.stages.mail_address import read_mail_address

SUBJECT_CHARACTERS = 120
LIST_NAME = "podcast-brief"


def write_letter(brief: Brief, *, sender: str, address: str, sent_at: datetime, links: Links = NO_LINKS) -> EmailMessage:
    """The mail of a brief: multipart/alternative of plain text and HTML.

    Its Message-ID hangs on the brief and its listener alone: a mail program that gets it twice shows it once. With a page to
    unsubscribe it has the headers of RFC 2369 and RFC 8058 (one click). Raises AddressUnusable.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = read_address(sender)
    message["To"] = read_address(address)
    message["Subject"] = write_subject(brief)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = name_message(brief, sender)
    message["List-Id"] = f"<{LIST_NAME}.{_host_of(sender)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers to it
    if links.unsubscribe:
        message["List-Unsubscribe"] = f"<{links.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(render_text(brief, links), cte="quoted-printable")
    page = open_templates(True).get_template("letter.html.j2").render(brief=brief, shown=RELATED_SHOWN, links=links)
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message


def write_alert(text: str, sender: str, address: str, sent_at: datetime) -> EmailMessage:
    """A mail that something went wrong: its first line is the subject. Raises AddressUnusable."""
    message = EmailMessage(policy=SMTP)
    message["From"] = read_address(sender)
    message["To"] = read_address(address)
    message["Subject"] = shorten(str(show_text(text.strip().partition("\n")[0])), SUBJECT_CHARACTERS)
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = make_msgid("alert", _host_of(sender))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    return message


def write_subject(brief: Brief) -> str:
    """What a mailbox shows: the day, and the first claim. On one line, without what would act on it.

    >>> from datetime import date
    >>> write_subject(Brief(date(2026, 3, 4), "me", [], 0, 0, 0.0, []))
    'Podcast brief, 4 March: nothing new to tell'
    """
    first = brief.items[0]["claim"] if brief.items else "nothing new to tell"
    said = f"Podcast brief, {brief.day.day} {brief.day:%B}: {first}"
    return shorten(" ".join(str(show_text(said)).split()), SUBJECT_CHARACTERS)


def name_message(brief: Brief, sender: str) -> str:
    """The Message-ID of a brief for its listener.

    >>> from datetime import date
    >>> name_message(Brief(date(2026, 3, 4), "me", [], 0, 0, 0.0, []), "Brief <brief@example.org>")
    '<brief.2026-03-04.2744ccd10c7533bd@example.org>'
    """
    return f"<brief.{brief.day.isoformat()}.{sha256(brief.listener.encode()).hexdigest()[:16]}@{_host_of(sender)}>"


def read_address(text: str) -> Address:
    """One address as a header takes it, with a name or without: nothing in it begins another header. Raises AddressUnusable.

    >>> str(read_address("Podcast brief <brief@example.org>")), str(read_address("anna@bücher.example"))
    ('Podcast brief <brief@example.org>', 'anna@xn--bcher-kva.example')
    """
    named = re.fullmatch(r"([^<>]*)<([^<>]+)>", text.strip())
    name, address = named.groups() if named else ("", text)
    if not name.isprintable():
        raise AddressUnusable("The name before the mail address has a line break, or another character that no name has.")
    return Address(name.strip().strip('"'), addr_spec=read_mail_address(address).address)


def _host_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
