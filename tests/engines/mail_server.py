"""A real mail server on loopback, that keeps what it takes and refuses what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailServer:
    """What came: (recipient, mail). `answers`: what is said of a recipient instead of "250 OK"."""

    port: int = 0
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    at_data: Callable[[str], str | None] = lambda _: None  # what is said of the words instead; is told the recipient

    def mails(self, address: str | None = None) -> list[EmailMessage]:
        """The mails, or those to an address, as Python's own package reads them."""
        found = [message_from_bytes(body, policy=default) for to, body in self.taken if address in (None, to)]
        return [mail for mail in found if isinstance(mail, EmailMessage)]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        [to] = envelope.rcpt_tos
        if (said := self.at_data(to)) is not None:
            return said
        assert isinstance(envelope.content, bytes)
        self.taken.append((to, envelope.content))
        return "250 OK"


class _AtAnyPort(Controller):
    """One that takes the port which the system chooses: the original knocks at 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serve_mail(server: MailServer | None = None) -> Iterator[MailServer]:
    """A server for as long as it is needed."""
    server = server or MailServer()
    controller = _AtAnyPort(server, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop(no_assert=True)
