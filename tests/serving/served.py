"""A site behind the real web server, with sign-up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from engines.mail_server import MailServer
from serving.mailbox import find_link

from brief_pipeline.serving.server import bind, make_app
from brief_pipeline.settings import MailSettings, Settings


def with_mail(settings: Settings, mail: MailServer) -> Settings:
    """The settings, with a mail server of the test."""
    reached = MailSettings(host="127.0.0.1", port=mail.port, security="none", sender="brief@example.org")
    return settings.model_copy(update={"mail": reached})


@contextmanager
def serve_site(settings: Settings) -> Iterator[str]:
    """The address of a server with all that `brief serve` puts around sign-up; its access log is on."""
    taken = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(make_app(settings), log_config=None, access_log=True))
    thread = threading.Thread(target=server.run, args=([taken],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def wait_for_link(mail: MailServer, address: str) -> str:
    """The path of the link in the last mail to an address."""
    for _ in range(200):
        if found := mail.mails(address):
            return find_link(found[-1].get_content())
        time.sleep(0.05)
    raise AssertionError("no mail came")
