from __future__ import annotations

from base64 import b64encode

import httpx
import pytest
from engines.loopback import Asked, Loopback, Reply, serve

from brief_pipeline.engines.web import HttpWeb
from brief_pipeline.errors import Gone, NotThere, Unreachable

FEED = b"<rss>an episode</rss>"
MANY = 1_000_000
LOGIN = "Basic " + b64encode(b"anna:s3cret").decode()


def make_web(*servers: Loopback) -> HttpWeb:
    """A web in which a.example and b.example, on any port in use, are servers on loopback."""
    detours = {f"{name}.example:80": s.url.removeprefix("http://") for name, s in zip("ab", servers, strict=False)}
    return HttpWeb(timeout_seconds=2.0, attempts=1, private_addresses=True, connect_to=detours)


def lead(*hops: int) -> list[Reply]:
    """Redirects of these statuses from one address to the next, /1, /2 ..., and a feed at the end."""
    return [*(Reply(status, headers={"Location": f"/{n}"}) for n, status in enumerate(hops, 1)), Reply(200, FEED)]


@pytest.mark.parametrize(
    ("hops", "moved_to"),
    [
        ([], None),
        ([301], "/1"),
        ([308], "/1"),
        ([301, 308, 301], "/3"),
        ([301, 302, 301], "/1"),
        ([302, 301], None),
        ([307], None),
        ([303], None),
    ],
)
def test_a_show_has_moved_to_where_permanent_redirects_lead(hops: list[int], moved_to: str | None) -> None:
    with serve(lead(*hops)) as server:
        got = make_web(server).fetch("http://a.example/feed", MANY)
    assert (got.body, got.moved_to) == (FEED, moved_to and f"http://a.example{moved_to}")
    assert got.url.endswith(f"/{len(hops) or 'feed'}")


def test_a_move_is_told_also_when_nothing_changed() -> None:
    with serve([Reply(301, headers={"Location": "/new"}), Reply(304)]) as server:
        got = make_web(server).fetch("http://a.example/feed", MANY, etag='"v1"')
    assert (got.status, got.body, got.moved_to) == (304, None, "http://a.example/new")
    assert [asked.headers["if-none-match"] for asked in server.asked] == ['"v1"'] * 2


@pytest.mark.parametrize("count", [5, 20])
def test_long_chains_of_tracking_prefixes_are_followed(count: int) -> None:
    with serve(lead(*[302] * count)) as server:
        assert make_web(server).fetch("http://a.example/feed", MANY).body == FEED


def test_a_chain_without_end_is_given_up() -> None:
    with serve(lead(*[302] * 21)) as server, pytest.raises(NotThere, match="more than 20"):
        make_web(server).fetch("http://a.example/feed", MANY)
    assert len(server.asked) == 21


@pytest.mark.parametrize(
    "location", ["ftp://a.example/f", "file:///etc/passwd", "data:text/xml,<rss/>", "javascript:alert(1)"]
)
def test_a_redirect_off_the_web_is_refused_by_its_scheme(location: str) -> None:
    said = f"redirects to {location.partition(':')[0]}:"
    with serve([Reply(301, headers={"Location": location})]) as server, pytest.raises(NotThere, match=said):
        make_web(server).fetch("http://a.example/feed", MANY)


@pytest.mark.parametrize(
    "location", ["http://[::1/", "http://a..b/", "http://a b/", "http://%00/", f"http://{'a' * 64}.example/"]
)
def test_a_redirect_to_what_is_no_address_may_be_mended_by_the_next_run(location: str) -> None:
    with serve([Reply(302, headers={"Location": location})]) as server, pytest.raises(Unreachable, match="no address"):
        make_web(server).fetch("http://a.example/feed", MANY)


@pytest.mark.parametrize("location", ["http:///new", "//a.example/new", "/new", "new", "http://a.example/new#part"])
def test_addresses_are_read_as_browsers_do(location: str) -> None:
    with serve([Reply(302, headers={"Location": location}), Reply(200, FEED)]) as server:
        assert make_web(server).fetch("http://a.example/feed", MANY).body == FEED
    assert server.asked[1].path == "/new"


@pytest.mark.parametrize(
    "host", ["xn--i-7iq.ws", "xn--mnchen-3ya.example", "münchen.example", "under_score.example", "a.example."]
)
def test_hosts_are_asked_by_their_names_on_the_wire(host: str) -> None:
    with serve([Reply(302, headers={"Location": f"http://{host}/new"}), Reply(200, FEED)]) as server:
        there, wire = server.url.removeprefix("http://"), httpx.URL(f"http://{host}").raw_host.decode()
        got = HttpWeb(connect_to={f"{wire}:80": there}).fetch(f"http://{host}/feed", MANY)
    assert (got.body, server.asked[1].headers["host"]) == (FEED, wire)


def test_a_redirect_without_an_address_is_no_answer() -> None:
    with serve([Reply(301)]) as server, pytest.raises(Unreachable, match="301"):
        make_web(server).fetch("http://a.example/feed", MANY)


def test_the_body_of_a_redirect_is_not_read() -> None:
    endless = Reply(302, b"x" * 100_000, {"Location": "/new"}, piece=1, pause=0.05)
    with serve([endless, Reply(200, FEED)]) as server:
        assert make_web(server).fetch("http://a.example/feed", MANY).body == FEED


def test_what_is_gone_is_told_apart_from_what_is_refused() -> None:
    with serve([Reply(410)]) as server, pytest.raises(Gone, match="410"):
        make_web(server).fetch("http://a.example/feed", MANY)


def test_a_wall_of_cookies_is_passed_and_its_cookie_forgotten() -> None:
    def answer(asked: Asked) -> Reply:
        if "seen=1" in asked.headers.get("cookie", ""):
            return Reply(200, FEED)
        return Reply(302, headers={"Location": asked.path, "Set-Cookie": "seen=1; Path=/"})

    with serve(answer) as server:
        web = make_web(server)
        assert [web.fetch("http://a.example/feed", MANY).body for _ in range(2)] == [FEED, FEED]
    assert ["cookie" in asked.headers for asked in server.asked] == [False, True] * 2


def test_a_login_in_the_address_is_used_and_kept_for_the_same_host() -> None:
    with serve(lead(301)) as server:
        got = make_web(server).fetch("http://anna:s3cret@a.example/feed", MANY)
    assert [asked.headers.get("authorization") for asked in server.asked] == [LOGIN, LOGIN]
    assert got.moved_to == "http://anna:s3cret@a.example/1"


@pytest.mark.parametrize("location", ["http://a.example/feed", "//a.example/feed"])
def test_a_login_is_kept_when_the_host_names_itself(location: str) -> None:
    with serve([Reply(301, headers={"Location": location}), Reply(200, FEED)]) as server:
        make_web(server).fetch("http://anna:s3cret@a.example/", MANY)
    assert server.asked[1].headers["authorization"] == LOGIN


def test_a_login_is_never_sent_on_to_another_host_or_port() -> None:
    first = serve([Reply(302, headers={"Location": "http://b.example/x"})])
    second = serve([Reply(302, headers={"Location": "http://a.example:81/x"})])
    with first as a, second as b, serve([Reply(200, FEED)]) as c:
        places = {"a.example:80": a, "b.example:80": b, "a.example:81": c}
        web = HttpWeb(connect_to={place: server.url.removeprefix("http://") for place, server in places.items()})
        got = web.fetch("http://anna:s3cret@a.example/feed", MANY)
    assert got.url == "http://a.example:81/x"
    assert [server.asked[0].headers.get("authorization") for server in (a, b, c)] == [LOGIN, None, None]


@pytest.mark.parametrize(
    "url",
    [
        "http://anna:s3cret@a.example/feed",
        "http://anna:s3/cret@a.example/",
        "ftp://anna:s3cret@a.example/",
        "http://anna:s3cret@a..b/",
    ],
)
def test_no_message_holds_a_login(url: str) -> None:
    with serve([Reply(403)]) as server, pytest.raises(NotThere) as failed:
        make_web(server).fetch(url, MANY)
    assert "s3" not in str(failed.value)
    assert "cret" not in str(failed.value)
