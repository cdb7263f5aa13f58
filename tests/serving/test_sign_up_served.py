"""Sign-up behind the real web server, with everything that `brief serve` puts around it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from engines.mail_server import MailServer, serve_mail
from serving.served import serve_site, wait_for_link, with_mail
from serving.test_sign_up import ADDRESS, WISHES, token_in

from brief_pipeline.serving.sign_up import open_routes
from brief_pipeline.settings import Settings


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with serve_mail() as server:
        yield server


@pytest.fixture
def site(settings: Settings, mail: MailServer) -> Iterator[str]:
    """The address of a server whose every line of its log is kept."""
    with serve_site(with_mail(settings, mail)) as url:
        yield url


def test_signing_up_at_the_real_server_tells_its_log_neither_address_nor_token(
    site: str, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with httpx.Client(base_url=site) as browser:
        form = {"form_token": token_in(browser.get("/sign-up").text), "address": ADDRESS, **WISHES}
        assert browser.post("/sign-up", data=form).status_code == 200
        link = wait_for_link(mail, ADDRESS)
        page = browser.get(link)
        assert page.headers.get_list("referrer-policy") == ["no-referrer"]
        confirmed = browser.post(link, data={"form_token": token_in(page.text)})
        assert "on its way" in confirmed.text
    ours = [record for record in caplog.records if record.name.partition(".")[0] in ("uvicorn", "brief_pipeline")]
    said = "\n".join(record.getMessage() for record in ours)  # not what the browser and the mail server of this test say
    assert '"GET /confirm/… HTTP/1.1" 200' in said
    assert link.rpartition("/")[2] not in said
    assert ADDRESS not in said


def test_where_nothing_is_mailed_there_is_no_sign_up_and_no_file(settings: Settings) -> None:
    assert open_routes(settings) == []
    assert not settings.subscribers_file.exists()
