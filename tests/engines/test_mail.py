"""Mail to a real server on loopback: taken, refused, lost, and not there."""

from __future__ import annotations

import socket
import ssl
import threading
from email.message import EmailMessage

import pytest
from engines.loopback import closed_port
from engines.mail_server import MailServer, serve_mail

from brief_pipeline.engines.mail import SmtpMailer
from brief_pipeline.errors import DeliveryUncertain, MailRefused, Unreachable


def make_mail(to: str = "ann@example.org", text: str = "Night buses pay.") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Brief <brief@example.org>", to, "The brief"
    mail.set_content(text)
    return mail


def mailer_at(port: int, **changes: object) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, **{"security": "none", "timeout_seconds": 5.0, **changes})  # type: ignore[arg-type]


def test_a_mail_arrives_as_it_was_written_and_the_next_goes_by_the_same_connection() -> None:
    with serve_mail() as server:
        mailer = mailer_at(server.port)
        for name in ("ann", "ben"):
            mailer.send(make_mail(f"{name}@example.org", ".\r\n. dots\r\nZoë"))
        assert mailer._server is not None
        mailer.close()
    assert [to for to, _ in server.taken] == ["ann@example.org", "ben@example.org"]
    assert server.mails("ben@example.org")[0].get_content().splitlines() == [".", ". dots", "Zoë"]


def test_a_connection_that_the_server_closed_is_opened_again() -> None:
    first, second = MailServer(), MailServer()
    with serve_mail(first) as server:
        mailer = mailer_at(server.port)
        mailer.send(make_mail())
    with serve_mail(second) as server:
        mailer._port = server.port
        mailer.send(make_mail())
        mailer.close()
    assert len(first.taken) == len(second.taken) == 1


@pytest.mark.parametrize(
    ("said", "error"), [("550 No such user ann@example.org", MailRefused), ("451 ann@example.org: later", Unreachable)]
)
def test_a_refused_address_is_told_apart_from_one_that_is_to_come_back_and_not_named(
    said: str, error: type[Exception]
) -> None:
    with serve_mail(MailServer(answers={"ann@example.org": said})) as server:
        mailer = mailer_at(server.port)
        with pytest.raises(error, match="recipient's address") as refused:
            mailer.send(make_mail())
        mailer.send(make_mail("ben@example.org"))
        mailer.close()
    assert "ann" not in str(refused.value)
    assert [to for to, _ in server.taken] == ["ben@example.org"]


def test_words_that_are_refused_are_not_sent() -> None:
    with serve_mail(MailServer(at_data=lambda _: "554 spam")) as server, pytest.raises(MailRefused, match="the mail"):
        mailer_at(server.port).send(make_mail())


def test_where_the_answer_is_lost_nobody_knows() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rwb") as file:
                said = [b"220 hi", b"250 hi", b"250 ok", b"250 ok", b"354 go on"]
                file.write(said.pop(0) + b"\r\n")
                file.flush()
                for answer in said:
                    file.readline()
                    file.write(answer + b"\r\n")
                    file.flush()
                while file.readline() != b".\r\n":
                    pass

        speaker = threading.Thread(target=speak)
        speaker.start()
        with pytest.raises(DeliveryUncertain, match="its answer is lost"):
            mailer_at(listening.getsockname()[1]).send(make_mail())
        speaker.join()


def test_no_server_and_one_without_tls_are_said_with_the_setting() -> None:
    with pytest.raises(Unreachable, match=r"\[mail\] host and port"):
        mailer_at(closed_port()).send(make_mail())
    with serve_mail() as server:
        with pytest.raises(Unreachable, match='security = "tls"'):
            mailer_at(server.port, security="starttls").check()
        with pytest.raises(Unreachable, match="does not speak TLS"):
            mailer_at(server.port, security="tls", trusted=ssl.create_default_context).check()
        mailer_at(server.port).check()


def test_a_login_that_is_refused_names_the_setting_and_not_the_password() -> None:
    with serve_mail() as server, pytest.raises(Unreachable) as refused:
        mailer_at(server.port, user="me", password="s3cret").check()
    assert "s3cret" not in str(refused.value)
