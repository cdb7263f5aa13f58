"""Telling people by a webhook: against a real server that takes it, refuses it, fails, and says nothing."""

from __future__ import annotations

import json
import logging
import traceback

import pytest
from engines.loopback import Loopback, Reply, closed_port, serve

from brief_pipeline.engines.webhook import LONGEST_TEXT, HttpWebhook
from brief_pipeline.errors import DeliveryUncertain, NotThere, Unreachable

SECRET = "T0X/B1/s3cr3tk3y"


def webhook_at(url: str, **changes: float) -> HttpWebhook:
    return HttpWebhook(f"{url}/services/{SECRET}", pause_seconds=0.01, **{"timeout_seconds": 5.0, **changes})  # type: ignore[arg-type]


def asked_for(server: Loopback) -> list[str]:
    return [json.loads(asked.body)["text"] for asked in server.asked]


def test_the_text_is_posted_once_as_json() -> None:
    with serve([Reply(200, b"ok")]) as server:
        webhook_at(server.url).post("The run failed.\n- Zoë's feed")
    assert asked_for(server) == ["The run failed.\n- Zoë's feed"]
    assert server.asked[0].path == f"/services/{SECRET}"
    assert server.asked[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_that_fails_is_asked_again(status: int) -> None:
    with serve([Reply(status), Reply(status), Reply(200)]) as server:
        webhook_at(server.url).post("said")
    assert asked_for(server) == ["said"] * 3


def test_a_server_that_goes_on_failing_is_given_up() -> None:
    with serve([Reply(500)]) as server, pytest.raises(Unreachable, match=r"The webhook at 127\.0\.0\.1 answered 500"):
        webhook_at(server.url).post("said")
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 410, 302])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    with serve([Reply(status)]) as server, pytest.raises(NotThere, match=f"answered {status}.*alerts. webhook"):
        webhook_at(server.url).post("said")
    assert len(server.asked) == 1


def test_a_server_that_says_nothing_is_given_up() -> None:
    with serve([Reply(wait=3)]) as server, pytest.raises(Unreachable, match=r"gives no answer \(ReadTimeout\)"):
        webhook_at(server.url, timeout_seconds=0.2, attempts=2).post("said")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "address", ["hooks.example/services/", "http://", "ftp://hooks.example/", "http://a b/", "http://[::1/"]
)
def test_what_is_no_address_is_said_so(address: str) -> None:
    with pytest.raises((NotThere, Unreachable), match=r"\[alerts\] webhook") as raised:
        HttpWebhook(address + SECRET, attempts=1).post("said")
    assert SECRET not in str(raised.value)


def test_a_long_text_is_cut() -> None:
    with serve([Reply()]) as server:
        webhook_at(server.url).post("x" * 90_000)
    [text] = asked_for(server)
    assert len(text) == LONGEST_TEXT
    assert text.endswith(" …")


@pytest.mark.parametrize("replies", [[Reply()], [Reply(500)], [Reply(403)], None])
def test_the_address_is_never_told(replies: list[Reply] | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = ""
    with serve(replies or [Reply()]) as server:
        url = server.url if replies else f"http://127.0.0.1:{closed_port()}"
        try:
            webhook_at(url).post("said")
        except (NotThere, Unreachable) as failure:
            said = "".join(traceback.format_exception(failure))
    assert bool(said) != (replies == [Reply()])
    assert SECRET not in caplog.text + said


@pytest.mark.parametrize(("status", "times"), [(500, 1), (502, 1), (504, 1), (503, 2), (429, 2)])
def test_what_is_to_come_at_most_once_is_posted_again_only_where_it_was_not_taken(status: int, times: int) -> None:
    with serve([Reply(status), Reply(200)]) as server:
        webhook = HttpWebhook(server.url, pause_seconds=0.01, is_once=True)
        if times == 1:
            with pytest.raises(DeliveryUncertain, match=str(status)):
                webhook.post("said")
        else:
            webhook.post("said")
    assert asked_for(server) == ["said"] * times
