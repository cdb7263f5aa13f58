"""A mailer that keeps what it is given, and what the tests read in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class FakeMailer:
    """Keeps the mails, or fails."""

    sent: list[EmailMessage] = field(default_factory=list)
    error: Exception | None = None

    def send(self, message: EmailMessage) -> None:
        if self.error:
            raise self.error
        self.sent.append(message)

    def last_link(self) -> str:
        """The path of the last mail's link."""
        return find_link(self.sent[-1].get_content())


def find_link(text: str) -> str:
    """The path of the first link of a text."""
    found = re.search(r"https?://[^/\s]+(/\S+)", text)
    assert found, text
    return found[1]
