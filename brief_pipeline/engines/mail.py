"""Mail, by a server that speaks SMTP (RFC 5321)."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from typing import Literal, Protocol

from brief_pipeline.errors import DeliveryUncertain, MailRefused, Unreachable

Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
PERMANENT = range(500, 600)  # RFC 5321, 4.2.1: the same again will be refused again


class Mailer(Protocol):
    """Who sends mail.

    Raises MailRefused (the server refuses this mail or its address for good), Unreachable (nothing was sent: no answer, or
    "come back later") and DeliveryUncertain (the server had all of it, and its answer is lost). None names an address.
    """

    def send(self, message: EmailMessage) -> None: ...

    def close(self) -> None:
        """Ends the conversation with the server, if there is one."""
        ...


class SmtpMailer:
    """A mail server. The connection stays open from one mail to the next."""

    def __init__(
        self,
        host: str,
        port: int | None = None,
        security: Security = "starttls",
        user: str | None = None,
        password: str | None = None,
        timeout_seconds: float = 30.0,
        trusted: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        """`trusted` makes the TLS context: a test's server has a certificate of its own."""
        self._host, self._port, self._security = host, port or PORTS[security], security
        self._user, self._password = user, password
        self._timeout_seconds, self._trusted = timeout_seconds, trusted
        self._server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """Hands a mail over. A connection that the server closed since the last mail is opened anew."""
        if self._server is not None and not self._is_awake(self._server):
            self.close()
        server = self._server = self._server or self._connect()
        try:
            self._hand_over(server, message)
        except (MailRefused, Unreachable, DeliveryUncertain):
            self.close()
            raise

    def check(self) -> None:
        """Says hello to the server and logs in. Raises Unreachable or MailRefused."""
        self._connect().quit()

    def close(self) -> None:
        if self._server is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._server.close()
            self._server = None

    def _hand_over(self, server: smtplib.SMTP, message: EmailMessage) -> None:
        """One transaction: who from, who to, the words. Only when the words are over can its end be uncertain."""
        sender = getaddresses([str(message["From"])])[0][1]
        recipients = [address for _, address in getaddresses([str(message["To"])])]
        body = message.as_bytes(policy=SMTP)
        try:
            if not 200 <= (answer := server.mail(sender, []))[0] < 300:
                raise Unreachable(
                    f"The mail server {self._host} refuses [mail] sender ({answer[0]}): name another in brief.toml."
                )
            for recipient in recipients:
                self._accept(server.rcpt(recipient), "the recipient's address")
        except (smtplib.SMTPException, OSError) as broken:
            raise self._explain(broken) from None
        try:
            answer = server.data(body)
        except smtplib.SMTPDataError as refused:  # before a word of it was sent
            raise self._judge(refused.smtp_code, "the mail") from None
        except (smtplib.SMTPException, OSError) as broken:
            raise DeliveryUncertain(
                f"The mail server {self._host} had the mail, and its answer is lost ({type(broken).__name__})."
            ) from None
        self._accept(answer, "the mail")

    def _accept(self, answer: tuple[int, bytes], what: str) -> None:
        if not 200 <= answer[0] < 300:
            raise self._judge(answer[0], what)

    def _judge(self, code: int, what: str) -> MailRefused | Unreachable:
        """What an answer means. The server's own words are left out: they hold the address."""
        said = f"The mail server {self._host} refuses {what} ({code})"
        return MailRefused(f"{said}.") if code in PERMANENT else Unreachable(f"{said} for now.")

    def _connect(self) -> smtplib.SMTP:
        try:
            host, port, timeout = self._host, self._port, self._timeout_seconds
            if self._security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout, context=self._trusted())
            else:
                server = smtplib.SMTP(host, port, timeout=timeout)
            try:
                if self._security == "starttls":
                    server.starttls(context=self._trusted())
                if self._user is not None:
                    server.login(self._user, self._password or "")
                server.ehlo_or_helo_if_needed()
            except BaseException:
                server.close()
                raise
        except smtplib.SMTPAuthenticationError:
            cure = "[mail] user and password in brief.toml (BRIEF_MAIL__PASSWORD)"
            raise Unreachable(f"The mail server {self._host} refuses the login: {cure}.") from None
        except (smtplib.SMTPException, OSError) as broken:
            raise self._explain(broken) from None
        return server

    def _explain(self, broken: Exception) -> Unreachable:
        cures = {
            ssl.SSLError: f" Its port {self._port} does not speak TLS as [mail] security = {self._security!r} wants it.",
            smtplib.SMTPNotSupportedError: f' It offers no {self._security}: try [mail] security = "tls".',
        }
        cure = next((cure for kind, cure in cures.items() if isinstance(broken, kind)), " Are [mail] host and port right?")
        return Unreachable(f"The mail server {self._host}:{self._port} gives no answer ({type(broken).__name__}).{cure}")

    @staticmethod
    def _is_awake(server: smtplib.SMTP) -> bool:
        try:
            return server.rset()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False
