"""Mail that is sent while a page is answered."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Protocol

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from brief_pipeline.engines.mail import SmtpMailer
from brief_pipeline.errors import Unreachable
from brief_pipeline.settings import MailSettings


class Sender(Protocol):
    """Sends a mail, from any thread."""

    def send(self, message: EmailMessage) -> None: ...


class FreshMailer:
    """Sends each mail by a connection of its own: several people may sign up at once. Tries again where no answer comes."""

    def __init__(self, mail: MailSettings, pause_seconds: float = 5.0) -> None:
        self._mail = mail
        self._pause_seconds = pause_seconds

    def send(self, message: EmailMessage) -> None:
        waiting = Retrying(
            retry=retry_if_exception_type(Unreachable),
            wait=wait_fixed(self._pause_seconds),
            stop=stop_after_attempt(self._mail.attempts),
            reraise=True,
        )
        waiting(self._send_once, message)

    def _send_once(self, message: EmailMessage) -> None:
        mail = self._mail
        password = mail.password.get_secret_value() if mail.password else None
        mailer = SmtpMailer(mail.host or "", mail.port, mail.security, mail.user, password, mail.timeout_seconds)
        try:
            mailer.send(message)
        finally:
            mailer.close()
