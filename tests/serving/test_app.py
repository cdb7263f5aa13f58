"""The app of `brief serve`: pages, search and what it says when there is nothing, on a real server where that matters."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving.library import CLAIMS, HOSTILE, LONG_WORD, make_library
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.serving.app import build_app
from brief_pipeline.serving.server import bind, name_address
from brief_pipeline.settings import Settings
from brief_pipeline.stages.hit import clean_words


def make_site(data: Path, name: str = "site-1", home: str = "<h1>Today</h1>") -> Path:
    """A built site, with data/site leading to it, as the pipeline publishes one."""
    built = data / name
    (built / "briefs").mkdir(parents=True)
    (built / "index.html").write_text(home)
    (built / "briefs" / "index.html").write_text("<h1>Archive</h1>")
    (built / "feed.xml").write_text("<feed/>")
    (built / "feed.json").write_text("{}")
    (built / ".hidden").write_text("secret")
    (data / "brief.txt").write_text("outside")
    (built / "out.txt").symlink_to(data / "brief.txt")
    link = data / f"{name}.link"
    link.symlink_to(built.name)
    os.replace(link, data / "site")
    return built


def wait_for_search(client: TestClient) -> None:
    for _ in range(600):
        if client.get("/healthz").json()["search"]:
            return
        time.sleep(0.05)
    raise AssertionError("no index after 30 s")


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The app on a site, without a snapshot."""
    make_site(settings.data)
    with TestClient(build_app(settings)) as client:
        yield client


@pytest.fixture(scope="module")
def searching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The app on a library with hostile texts in it."""
    data = tmp_path_factory.mktemp("data")
    make_library(data, (*CLAIMS, (f"{HOSTILE} {LONG_WORD} tail", HOSTILE, HOSTILE)))
    make_site(data)
    with TestClient(build_app(Settings(home=Path(__file__).parents[2], data_dir=data))) as client:
        wait_for_search(client)
        yield client


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/briefs/", "text/html; charset=utf-8"),
        ("/feed.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
    ],
)
def test_pages_come_with_their_type_and_guarded(client: TestClient, path: str, kind: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


def test_what_a_browser_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/")
    tag, changed = first.headers["etag"], first.headers["last-modified"]
    for asked in ({"if-none-match": tag}, {"if-none-match": f'"x", W/{tag}'}, {"if-modified-since": changed}):
        again = client.get("/", headers=asked)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    for asked in ({"if-none-match": '"x"', "if-modified-since": changed}, {"if-modified-since": "yesterday"}):
        assert client.get("/", headers=asked).status_code == 200


def test_head_has_the_headers_and_no_body(client: TestClient) -> None:
    answer = client.head("/")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "14")


def test_a_site_that_is_swapped_is_served_at_once(client: TestClient, settings: Settings) -> None:
    assert client.get("/").text == "<h1>Today</h1>"
    make_site(settings.data, "site-2", "<h1>Later</h1>")
    assert client.get("/").text == "<h1>Later</h1>"


@pytest.mark.parametrize(
    "path",
    [
        "/gone.html",
        "/../brief.txt",
        "/%2e%2e/brief.txt",
        "/..%2fbrief.txt",
        "/briefs/..%2f..%2fbrief.txt",
        "/%2e%2e%5cbrief.txt",
        "/.hidden",
        "/out.txt",
        "//etc/passwd",
        "/index.html%00",
        "/index.html/",
        "/" + "a" * 5000,
        "/<script>alert(1)</script>",
    ],
)
def test_what_is_not_of_the_site_is_not_there(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, "<script>" in answer.text, "outside" in answer.text) == (404, False, False) or (
        path == "/index.html/" and answer.status_code == 200
    )


def test_without_a_site_or_snapshot_it_is_said_what_makes_them(settings: Settings) -> None:
    with TestClient(build_app(settings)) as client:
        assert "brief run" in client.get("/").text
        assert client.get("/").status_code == 404
        page, data = client.get("/search?q=x"), client.get("/search.json?q=x")
        assert (page.status_code, data.status_code) == (503, 503)
        assert "brief run" in page.text
        assert "brief run" in data.json()["error"]
        assert client.get("/healthz").json() == {"status": "ok", "search": None}


def test_other_methods_are_refused_and_other_routes_come_first(settings: Settings) -> None:
    more = [Route("/sign-up", lambda _: PlainTextResponse("sign up"), methods=["GET", "POST"])]
    with TestClient(build_app(settings, more)) as client:
        assert client.post("/sign-up").text == "sign up"
        refused = client.post("/")
        assert (refused.status_code, refused.headers["x-content-type-options"]) == (405, "nosniff")


def test_a_search_page_shows_what_was_found_and_leads_to_it(searching: TestClient) -> None:
    page = searching.get("/search", params={"q": "hospital nights", "by": "words"})
    assert page.status_code == 200
    assert "Night buses pay for themselves" in page.text
    assert 'href="/insights/' in page.text
    assert '<option value="words" selected>' in page.text
    assert "<script" not in page.text
    assert "Nothing found." in searching.get("/search?q=zzzzzz&by=words").text
    assert 'role="status"' not in searching.get("/search").text


def test_a_search_for_scripts_gives_json(searching: TestClient) -> None:
    found = searching.get(
        "/search.json", params={"q": "solar power", "by": "meaning", "limit": 2, "show": "tidewater"}
    ).json()
    assert [hit["show_title"] for hit in found["hits"]] == ["Tidewater"]
    assert found["hits"][0]["page"] == f"/insights/{found['hits'][0]['insight_id']}.html"
    since = searching.get("/search.json?q=congestion&since=2026-03-06&by=words").json()
    assert [hit["published_on"] for hit in since["hits"]] == ["2026-03-06"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "magic"}, "no way to search"),
        ({"limit": "0"}, "a number from 1 to 50"),
        ({"limit": "9" * 5000}, "a number from 1 to 50"),
        ({"limit": "²"}, "a number from 1 to 50"),
        ({"since": "soon"}, "since is a day"),
        ({"show": "<script>zebra"}, "No show"),
    ],
)
def test_what_cannot_be_asked_is_said(searching: TestClient, asked: dict[str, str], said: str) -> None:
    data, page = (searching.get(path, params={"q": "x", **asked}) for path in ("/search.json", "/search"))
    assert (data.status_code, page.status_code) == (400, 400)
    assert said in data.json()["error"]
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    "words",
    ["x" * 10_000, "\x00\x1b[31m", "\u202e", '"(AND OR claim:[*', "' OR 1=1 --", "%", "<script>alert(1)</script>", "\ud800"],
)
def test_hostile_words_are_answered_as_words(searching: TestClient, words: str) -> None:
    for path in ("/search", "/search.json"):
        answer = searching.get(path, params={"q": words.encode("utf-8", "surrogatepass")})
        assert answer.status_code == 200
        assert "<script>" not in answer.text or path.endswith("json")
        assert not {"\x00", "\x1b", "\u202e"} & {*answer.text} or "evil" in answer.text


def test_hostile_texts_of_a_feed_are_shown_as_text(searching: TestClient) -> None:
    page = searching.get("/search", params={"q": "tail", "by": "words"}).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "<img" not in page
    assert LONG_WORD in page
    assert page.count("<bdi>") == page.count("</bdi>") > 3  # what turns the direction turns its own only


def test_a_new_snapshot_is_searched_soon_and_the_old_one_until_then(settings: Settings) -> None:
    make_library(settings.data, CLAIMS[:1])
    with TestClient(build_app(settings)) as client:
        wait_for_search(client)
        assert client.get("/search.json?q=congestion&by=words").json()["hits"] == []
        make_library(settings.data, CLAIMS)
        for _ in range(600):
            answer = client.get("/search.json?q=congestion&by=words")
            assert answer.status_code == 200
            if answer.json()["hits"]:
                return
            time.sleep(0.05)
        raise AssertionError("the new snapshot was not searched after 30 s")


def test_a_damaged_snapshot_leaves_the_pages_served(settings: Settings) -> None:
    make_site(settings.data)
    settings.published_database.parent.mkdir(parents=True)
    settings.published_database.write_bytes(b"no database")
    with TestClient(build_app(settings)) as client:
        assert client.get("/").status_code == 200
        assert client.get("/search?q=x").status_code == 503


def test_a_port_that_is_taken_is_named_with_the_cure() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert name_address(taken) == f"http://127.0.0.1:{port}/"
        with pytest.raises(SettingsInvalid, match=f"port {port} cannot be served on .*brief serve --port"):
            bind("127.0.0.1", port)


def test_words_are_cleaned_before_anything_reads_them() -> None:
    assert clean_words(json.loads('"a\\u0000b\\u202ec \\ud800"')) == "a b c"
