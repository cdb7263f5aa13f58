from __future__ import annotations

import gzip
import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from engines.loopback import Asked, Reply, closed_port, serve

from brief_pipeline.engines.web import HttpWeb
from brief_pipeline.errors import NotThere, TooLarge, Unreachable

FEED = b"<rss>an episode</rss>"
MANY = 10_000_000


def make_web(**changes: object) -> HttpWeb:
    return HttpWeb(**{"private_addresses": True, "timeout_seconds": 2.0, "attempts": 2, "pause_seconds": 0.01, **changes})  # type: ignore[arg-type]


def test_a_body_comes_with_what_tells_its_version() -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Mon, 02 Mar 2026 06:00:00 GMT", "Content-Type": "application/rss+xml"}
    with serve([Reply(200, FEED, headers)]) as server:
        got = make_web().fetch(f"{server.url}/feed", MANY)
    assert (got.status, got.body, got.etag, got.content_type) == (200, FEED, '"v1"', "application/rss+xml")
    assert got.last_modified == "Mon, 02 Mar 2026 06:00:00 GMT"
    assert "if-none-match" not in server.asked[0].headers


def test_an_unchanged_body_is_not_sent_again() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(304) if asked.headers.get("if-none-match") == '"v1"' else Reply(200, FEED, {"ETag": '"v1"'})

    with serve(answer) as server:
        web = make_web()
        first = web.fetch(server.url, MANY)
        second = web.fetch(server.url, MANY, etag=first.etag, last_modified="Mon, 02 Mar 2026 06:00:00 GMT")
    assert (second.status, second.body) == (304, None)
    assert server.asked[1].headers["if-modified-since"] == "Mon, 02 Mar 2026 06:00:00 GMT"


def test_unchanged_is_no_answer_to_who_has_nothing() -> None:
    with serve([Reply(304)]) as server, pytest.raises(Unreachable, match="304"):
        make_web().fetch(server.url, MANY)


def test_a_version_in_odd_letters_is_left_out_rather_than_crashed_on() -> None:
    with serve([Reply(200, FEED, {"ETag": '"vé"'})]) as server:
        web = make_web()
        got = web.fetch(server.url, MANY)
        assert web.fetch(server.url, MANY, etag=got.etag or '"vé"').body == FEED
    assert "if-none-match" not in server.asked[1].headers


def test_redirects_are_followed_and_the_last_address_told() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, FEED) if asked.path == "/new" else Reply(301, headers={"Location": "/new"})

    with serve(answer) as server:
        got = make_web().fetch(f"{server.url}/old", MANY)
    assert (got.url, got.body) == (f"{server.url}/new", FEED)


def test_a_circle_of_redirects_is_refused_for_good() -> None:
    with serve([Reply(302, headers={"Location": "/again"})]) as server, pytest.raises(NotThere, match="circle"):
        make_web().fetch(server.url, MANY)


@pytest.mark.parametrize("contact", ["me@example.org", "José, josé@example.org", ""])
def test_the_user_agent_names_the_contact(contact: str) -> None:
    with serve([Reply(200, FEED)]) as server:
        make_web(contact=contact).fetch(server.url, MANY)
    sent = server.asked[0].headers["user-agent"].encode("latin-1").decode()
    assert sent.startswith("brief_pipeline/")
    assert (contact or "self-hosted") in sent


@pytest.mark.parametrize("status", [401, 402, 403, 410, 451])
def test_what_is_refused_for_good_is_not_asked_twice(status: int) -> None:
    with serve([Reply(status)]) as server, pytest.raises(NotThere, match=str(status)):
        make_web().fetch(server.url, MANY)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [404, 400, 204, 206])
def test_an_odd_answer_is_left_for_the_next_run(status: int) -> None:
    with serve([Reply(status)]) as server, pytest.raises(Unreachable, match=str(status)):
        make_web().fetch(server.url, MANY)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int) -> None:
    with serve([Reply(status), Reply(200, FEED)]) as server:
        assert make_web().fetch(server.url, MANY).body == FEED
    assert len(server.asked) == 2


def test_what_does_not_pass_is_given_up_after_the_tries() -> None:
    with serve([Reply(503)]) as server, pytest.raises(Unreachable, match="503 Service Unavailable"):
        make_web(attempts=3).fetch(server.url, MANY)
    assert len(server.asked) == 3


def test_a_short_retry_after_is_waited_for() -> None:
    started = time.monotonic()
    with serve([Reply(429, headers={"Retry-After": "1"}), Reply(200, FEED)]) as server:
        make_web().fetch(server.url, MANY)
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize(
    "after", ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)], ids=["seconds", "date"]
)
def test_a_long_retry_after_is_left_for_the_next_run(after: str) -> None:
    with serve([Reply(429, headers={"Retry-After": after})]) as server, pytest.raises(Unreachable, match="come back in"):
        make_web(attempts=5).fetch(server.url, MANY)
    assert len(server.asked) == 1


@pytest.mark.parametrize("after", ["soon", "-5", "²", "Mon, 99 Foo 2026", "0"])
def test_a_retry_after_that_says_nothing_does_no_harm(after: str) -> None:
    with serve([Reply(503, headers={"Retry-After": after}), Reply(200, FEED)]) as server:
        assert make_web().fetch(server.url, MANY).body == FEED


def test_a_server_that_says_nothing_runs_into_the_time_out() -> None:
    with serve([Reply(200, FEED, wait=1.0)]) as server, pytest.raises(Unreachable, match="ReadTimeout"):
        make_web(timeout_seconds=0.2).fetch(server.url, MANY)
    assert len(server.asked) == 2


def test_a_server_that_drips_is_given_up() -> None:
    drip = Reply(200, b"x" * 400, piece=2, pause=0.02)
    with serve([drip]) as server, pytest.raises(Unreachable, match="too slow"):
        make_web(timeout_seconds=0.3, attempts=1).fetch(server.url, MANY)


def test_a_slow_server_that_goes_on_is_waited_for() -> None:
    slow = Reply(200, b"x" * 40_000, piece=2_000, pause=0.03)
    with serve([slow]) as server:
        assert make_web(timeout_seconds=0.3).fetch(server.url, MANY).body == slow.body


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    with serve([Reply(200, b"x" * 2_000_000)]) as server, pytest.raises(TooLarge, match=r"0\.954 MiB.*brief\.toml"):
        make_web().fetch(server.url, 1_000_000)
    assert len(server.asked) == 1


def test_the_limit_counts_unpacked_bytes() -> None:
    packed = Reply(200, gzip.compress(b"x" * 2_000_000), {"Content-Encoding": "gzip"})
    assert len(packed.body) < 10_000
    with serve([packed]) as server:
        assert len(make_web().fetch(server.url, 2_000_000).body or b"") == 2_000_000
        with pytest.raises(TooLarge):
            make_web().fetch(server.url, 1_999_999)


def test_bytes_that_do_not_unpack_are_no_answer() -> None:
    packed = Reply(200, b"not packed", {"Content-Encoding": "gzip"})
    with serve([packed]) as server, pytest.raises(Unreachable, match="packed bytes are broken"):
        make_web().fetch(server.url, MANY)


def test_a_connection_dropped_midway_is_no_answer() -> None:
    with serve([Reply(200, FEED * 100, cut=500)]) as server, pytest.raises(Unreachable, match="no whole answer"):
        make_web().fetch(server.url, MANY)
    assert len(server.asked) == 2


def test_a_server_that_is_down_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="ConnectError"):
        make_web().fetch(f"http://127.0.0.1:{closed_port()}/feed", MANY)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/feed",
        "file:///etc/hostname",
        "feed.xml",
        "",
        "http://",
        "http://a:b:c/",
        f"http://{'a' * 70}.invalid/",
    ],
)
def test_what_is_no_web_address_is_refused_for_good(url: str) -> None:
    with pytest.raises(NotThere, match="must begin with http"):
        make_web(attempts=1).fetch(url, MANY)


def test_connections_are_led_elsewhere_and_the_host_is_still_named() -> None:
    with serve([Reply(200, FEED)]) as server:
        there = server.url.removeprefix("http://")
        got = make_web(connect_to={"shows.example:80": there}).fetch("http://shows.example/feed", MANY)
    assert (got.url, got.body) == ("http://shows.example/feed", FEED)
    assert server.asked[0].headers["host"] == "shows.example"


def test_the_proxy_of_the_environment_is_used_but_not_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve([Reply(200, b"by the proxy")]) as proxy, serve([Reply(200, FEED)]) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        web = make_web()
        assert web.fetch("http://shows.example/feed", MANY).body == b"by the proxy"
        assert web.fetch(server.url, MANY).body == FEED


def test_an_address_is_never_logged_since_it_may_hold_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    with serve([Reply(200, FEED), Reply(503)]) as server, caplog.at_level(logging.INFO):
        web = make_web()
        web.fetch(f"{server.url}/feed?token=s3cret", MANY)
        with pytest.raises(Unreachable) as failed:
            web.fetch(f"{server.url}/feed?token=s3cret", MANY)
    assert "s3cret" not in caplog.text + str(failed.value)
