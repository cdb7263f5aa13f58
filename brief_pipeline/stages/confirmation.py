"""The mail that asks whether it was its reader who signed up. It holds nothing that was typed into the form."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def write_confirmation(
    *,
    sender: str,
    address: str,
    site_title: str,
    confirm_url: str,
    days: int,
    pending_days: int,
    is_subscribed: bool,
    sent_at: datetime,
    message_id: str,
) -> EmailMessage:
    """The mail with the link. `message_id`: what is unique in it, in letters and digits."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = address
    message["Subject"] = f"Confirm your sign-up: {' '.join(site_title.split())}"
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = f"<confirm-{message_id}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    said = _environment().get_template("confirmation.txt.j2")
    message.set_content(
        said.render(
            site_title=site_title,
            confirm_url=confirm_url,
            days=days,
            pending_days=pending_days,
            is_subscribed=is_subscribed,
        ),
    )
    return message


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("brief_pipeline.stages"), undefined=StrictUndefined, autoescape=False)
