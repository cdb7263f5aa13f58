from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from serving.mailbox import FakeMailer
from starlette.applications import Starlette
from starlette.testclient import TestClient

from brief_pipeline.engines.subscribers import SqlSubscribers, open_subscribers
from brief_pipeline.errors import Unreachable
from brief_pipeline.serving.form import LARGEST_FORM
from brief_pipeline.serving.sign_up import VERDICTS, routes
from brief_pipeline.serving.token_log import TokenFilter, keep_tokens_out_of_logs
from brief_pipeline.settings import MailSettings, ServeSettings, Settings, SiteSettings

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)
WISHES = {"interests": "Night buses\nRye bread", "dislikes": "Sport", "hour": "6", "time_zone": "Europe/Paris"}
ADDRESS = "ann@example.org"
INSIGHT = "0123456789abcdef"
SITE = "https://brief.example.org"


@dataclass
class Place:
    """A site with sign-up, and a reader's browser."""

    settings: Settings
    subscribers: SqlSubscribers
    mailer: FakeMailer | None = field(default_factory=FakeMailer)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.app = Starlette(routes=routes(self.settings, self.subscribers, self.mailer, lambda: self.now))
        self.browser = self.new_browser()

    def new_browser(self, host: str = "203.0.113.5") -> TestClient:
        return TestClient(self.app, base_url=SITE, client=(host, 50000))

    def send(self, path: str = "/sign-up", browser: TestClient | None = None, **form: str) -> tuple[int, str]:
        """Opens a page and sends its form, filled in."""
        browser = browser or self.browser
        token = token_in(browser.get(path).text)
        answer = browser.post(path, data={"form_token": token, **form})
        return answer.status_code, answer.text

    def sign_up(self, address: str = ADDRESS, **wishes: str) -> tuple[int, str]:
        return self.send(address=address, **{**WISHES, **wishes})

    def confirmed(self) -> str:
        """A subscriber's page, of who signed up and confirmed."""
        self.sign_up()
        _, said = self.send(self.mailer.last_link())
        return re.findall(r'href="(/subscription/[^"]+)"', said)[0]

    def states(self) -> list[str]:
        return [one.state for one in self.subscribers.list_subscribers()]


def token_in(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    return found[1] if found else ""


@pytest.fixture
def make_place(settings: Settings) -> Iterator[Callable[..., Place]]:
    opened: list[SqlSubscribers] = []

    def make(**changes: object) -> Place:
        known = {
            "mail": MailSettings(host="127.0.0.1", sender="Brief <brief@example.org>"),
            "site": SiteSettings(url=SITE),
            **changes,
        }
        opened.append(open_subscribers(None, settings.data / "subscribers.sqlite"))
        return Place(settings.model_copy(update=known), opened[-1])

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def place(make_place: Callable[..., Place]) -> Place:
    return make_place()


def test_signing_up_confirming_and_changing(place: Place) -> None:
    status, said = place.sign_up()
    assert (status, place.states()) == (200, ["pending"])
    assert "mailbox" in said
    status, said = place.send(place.mailer.last_link())
    assert (status, place.states()) == (200, ["confirmed"])
    assert "06:00, time of Paris" in said
    [manage] = re.findall(r'href="(/subscription/[^"]+)"', said)
    status, said = place.send(manage, interests="Tides", hour="21", time_zone="UTC")
    assert (status, 'role="status"' in said) == (200, True)
    [now] = place.subscribers.list_subscribers()
    assert (now.wishes.interests, now.wishes.dislikes, now.wishes.hour) == (("Tides",), (), 21)
    assert "a…n@example.org" in said
    assert ADDRESS not in said


def test_the_confirmation_is_a_plain_mail_with_nothing_that_was_typed(place: Place) -> None:
    place.sign_up(interests="Buy my pills at evil.example")
    [mail] = place.mailer.sent
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (ADDRESS, "Brief <brief@example.org>", "auto-generated")
    assert re.fullmatch(r"<confirm-[0-9a-f]{32}@example\.org>", mail["Message-ID"])
    assert "pills" not in mail.as_string()
    assert f"{SITE}/confirm/" in mail.get_content()


def test_what_a_request_calls_itself_is_in_no_mail(place: Place) -> None:
    browser = TestClient(place.app, base_url="https://evil.example")
    place.send(browser=browser, address=ADDRESS, **WISHES)
    assert place.mailer.last_link()
    assert "evil" not in place.mailer.sent[-1].as_string()


def test_looking_at_links_changes_nothing(place: Place) -> None:
    place.sign_up()
    link = place.mailer.last_link()
    scanner = place.new_browser("198.51.100.1")
    for method in (scanner.get, scanner.head):
        assert method(link).status_code == 200
    assert place.states() == ["pending"]
    manage = place.confirmed()
    [who] = place.subscribers.list_subscribers()
    links = place.subscribers.make_links(who.subscriber_id, NOW)
    assert links
    paths = [manage, f"/unsubscribe/{links.unsubscribe}", f"/feedback/{links.feedback}/{INSIGHT}/useful"]
    assert [scanner.get(path).status_code for path in paths] == [200] * 3
    assert place.subscribers.list_subscribers() == [who]
    assert place.subscribers.list_feedback() == []


def test_whether_an_address_is_known_shows_in_its_mailbox_alone(place: Place) -> None:
    first = place.sign_up()
    again = place.sign_up()
    place.confirmed()
    known = place.sign_up(interests="Something else")  # the fourth mail of the day: not sent, and not told either
    assert first == again == known
    mails = [mail.get_content() for mail in place.mailer.sent]
    assert ["You get the brief already" in mail for mail in mails] == [False, False, False]


def test_who_is_subscribed_and_signs_up_again_is_told_by_mail(place: Place) -> None:
    place.confirmed()
    place.sign_up(interests="Something else")
    assert "You get the brief already" in place.mailer.sent[-1].get_content().replace("\n", " ")
    assert place.subscribers.list_subscribers()[0].wishes.interests == ("Night buses", "Rye bread")
    place.send(place.mailer.last_link())
    assert place.subscribers.list_subscribers()[0].wishes.interests == ("Something else",)


def test_a_form_of_another_site_is_refused(place: Place) -> None:
    token = token_in(place.browser.get("/sign-up").text)
    for other in (
        place.browser.post("/sign-up", data={"address": ADDRESS, **WISHES}),  # the cookie comes along, the field does not
        place.new_browser().post("/sign-up", data={"address": ADDRESS, "form_token": token, **WISHES}),  # no cookie
        place.browser.post("/sign-up", data={"address": ADDRESS, "form_token": token[:-2] + "xx", **WISHES}),
    ):
        assert other.status_code == 403
        assert 'value="ann@example.org"' in other.text  # nothing has to be typed again
    assert (place.states(), place.mailer.sent) == ([], [])


def test_a_value_that_we_did_not_sign_is_refused(place: Place) -> None:
    browser = place.new_browser()
    browser.cookies.set("__Host-brief_form", "made-up")
    answer = browser.post("/sign-up", data={"address": ADDRESS, "form_token": "made-up", **WISHES})
    assert answer.status_code == 403


@pytest.mark.parametrize("what", ["confirm", "subscription", "feedback"])
def test_the_other_forms_are_refused_without_their_cookie(place: Place, what: str) -> None:
    place.sign_up()
    paths = {"confirm": place.mailer.last_link()}
    if what != "confirm":
        paths["subscription"] = place.confirmed()
        links = place.subscribers.make_links(place.subscribers.list_subscribers()[0].subscriber_id, NOW)
        assert links
        paths["feedback"] = f"/feedback/{links.feedback}/{INSIGHT}/useful"
    before = place.subscribers.list_subscribers()
    assert place.new_browser().post(paths[what], data={"interests": "Other"}).status_code == 403
    assert (place.subscribers.list_subscribers(), place.subscribers.list_feedback()) == (before, [])


def test_the_cookie_is_for_our_site_alone(place: Place, make_place: Callable[..., Place]) -> None:
    cookie = place.browser.get("/sign-up").headers["set-cookie"]
    assert cookie.startswith("__Host-brief_form=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    plain = make_place(site=SiteSettings())
    assert "Secure" not in plain.browser.get("/sign-up").headers["set-cookie"]


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_one_click_ends_it_without_a_cookie(place: Place, kind: str) -> None:
    place.confirmed()
    links = place.subscribers.make_links(place.subscribers.list_subscribers()[0].subscriber_id, NOW)
    assert links
    sent = {"data": {"List-Unsubscribe": "One-Click"}}
    if kind == "multipart":
        sent = {"files": {"List-Unsubscribe": (None, "One-Click")}}
    provider = place.new_browser("192.0.2.77")
    path = f"/unsubscribe/{links.unsubscribe}"
    assert [provider.post(path, **sent).status_code for _ in range(2)] == [200, 200]  # again: still so
    assert place.states() == ["unsubscribed"]
    assert "unsubscribed" in provider.get(path).text
    assert not provider.cookies


def test_a_post_that_is_no_one_click_ends_nothing(place: Place) -> None:
    path = place.confirmed().replace("subscription", "unsubscribe")
    assert place.browser.post(path).status_code == 400
    assert place.states() == ["confirmed"]


def test_the_page_of_unsubscribing_has_a_button_that_does_it(place: Place) -> None:
    manage = place.confirmed()
    [path] = re.findall(r'href="(/unsubscribe/[^"]+)"', place.browser.get(manage).text)
    page = place.browser.get(path).text
    [(name, value)] = re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page)
    assert place.browser.post(path, data={name: value}).status_code == 200
    assert place.states() == ["unsubscribed"]
    assert place.browser.get(manage).status_code == 410


@pytest.mark.parametrize("path", ["/confirm/x", "/subscription/x", "/unsubscribe/x", f"/feedback/x/{INSIGHT}/useful"])
def test_a_link_that_is_not_known_leads_nowhere(place: Place, path: str) -> None:
    answer = place.browser.get(path)
    assert (answer.status_code, "leads nowhere" in answer.text) == (404, True)


def test_a_confirmation_that_ran_out_says_so_and_one_that_was_used_is_no_surprise(place: Place) -> None:
    place.sign_up()
    link = place.mailer.last_link()
    place.send(link)
    assert "confirmed it before" in place.browser.get(link).text
    place.now += timedelta(days=3)
    assert place.browser.get(link).status_code == 404


@pytest.mark.parametrize("verdict", VERDICTS)
def test_feedback_is_noted_by_the_button(place: Place, verdict: str) -> None:
    place.confirmed()
    links = place.subscribers.make_links(place.subscribers.list_subscribers()[0].subscriber_id, NOW)
    assert links
    status, said = place.send(f"/feedback/{links.feedback}/{INSIGHT}/{verdict}")
    assert (status, "Noted" in said) == (200, True)
    [given] = place.subscribers.list_feedback()
    assert (given.insight_id, given.verdict) == (INSIGHT, verdict.replace("-", "_"))
    for wrong in (f"{INSIGHT}/forget", f"x{INSIGHT}/useful", "..%2f..%2fetc/useful"):
        assert place.browser.get(f"/feedback/{links.feedback}/{wrong}").status_code == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"address": ""}, "Write your mail address"),
        ({"address": "ann"}, "no mail address"),
        ({"address": "ann@example.org\r\nBcc: all@example.org"}, "no address has"),
        ({"address": "ann@example.org\0"}, "no address has"),
        ({"address": "ann@example.org, ben@example.org"}, "no mail address"),
        ({"address": "<script>alert(1)</script>@example.org"}, "no mail address"),
        ({"address": "a" * 10_000 + "@example.org"}, "at most 254"),
        ({"interests": " \n "}, "Say what you care about"),
        ({"interests": "\0\u202e\u200b"}, "Say what you care about"),
        ({"interests": "x" * 10_000}, "too long"),
        ({"interests": "supercalifragilistic" * 5}, "longer than 60"),
        ({"interests": "\n".join(map(str, range(11)))}, "up to 10 lines"),
        ({"dislikes": "word " * 100}, "too long"),
        ({"hour": "24"}, "from 0 to 23"),
        ({"hour": "-1"}, "from 0 to 23"),
        ({"hour": "٣"}, "from 0 to 23"),
        ({"time_zone": "../../etc/passwd"}, "not known here"),
    ],
)
def test_bad_input_gets_a_clear_message(place: Place, form: dict[str, str], said: str) -> None:
    status, page = place.send(**{"address": ADDRESS, **WISHES, **form})
    assert (status, said in page) == (422, True)
    assert "<script>alert" not in page
    assert (place.states(), place.mailer.sent) == ([], [])


def test_html_in_wishes_is_shown_as_text(place: Place) -> None:
    place.sign_up(interests='<script>alert(1)</script> & "quotes"')
    page = place.browser.get(place.mailer.last_link()).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


def test_a_form_without_end_is_not_read(place: Place) -> None:
    big = {"address": ADDRESS, "interests": "x" * LARGEST_FORM}
    assert place.browser.post("/sign-up", data=big).status_code == 413
    assert place.browser.post("/sign-up", files={"interests": (None, "x" * LARGEST_FORM)}).status_code == 413


def test_what_is_no_form_is_refused(place: Place) -> None:
    place.browser.get("/sign-up")
    answer = place.browser.post("/sign-up", content=b"\xff\xfe{", headers={"content-type": "application/json"})
    assert answer.status_code == 403
    broken = place.browser.post(
        "/sign-up", content=b"--x\r\nbroken", headers={"content-type": "multipart/form-data; boundary=y"}
    )
    assert broken.status_code in (400, 403)


def test_one_client_cannot_sign_up_without_end(place: Place) -> None:
    answers = [place.sign_up(f"ann{number}@example.org")[0] for number in range(11)]
    assert answers == [200] * 10 + [429]
    refused = place.browser.post("/sign-up")
    assert int(refused.headers["retry-after"]) > 0
    status, _ = place.send(browser=place.new_browser("203.0.113.6"), address="ben@example.org", **WISHES)
    assert status == 200


def test_the_addresses_of_one_ipv6_network_are_one_client(place: Place) -> None:
    browsers = [place.new_browser(f"2001:db8:1:2::{number}") for number in range(1, 13)]
    answers = [place.send(browser=one, address=f"a{n}@example.org", **WISHES)[0] for n, one in enumerate(browsers)]
    assert answers.count(429) == 2


def test_nobodys_mailbox_is_filled(place: Place) -> None:
    answers = {place.send(browser=place.new_browser(f"203.0.113.{n}"), address=ADDRESS, **WISHES) for n in range(6)}
    assert len(answers) == 1  # the same answer each time
    assert len(place.mailer.sent) == 3


def test_two_sign_ups_at_once_are_one_person(place: Place) -> None:
    browsers = [place.new_browser(f"203.0.113.{number}") for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda one: place.send(browser=one, address=ADDRESS, **WISHES)[0], browsers))
    assert (answers, place.states(), len(place.mailer.sent)) == ([200] * 3, ["pending"], 3)


def test_a_mail_server_that_fails_is_not_told_and_not_logged_with_the_address(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.mailer.error = Unreachable("The mail server does not answer.")
    assert place.sign_up()[0] == 200
    assert "could not be mailed" in caplog.text
    assert ADDRESS not in caplog.text


def test_a_database_that_cannot_be_had_is_told_without_details(place: Place) -> None:
    place.subscribers.close()
    path = place.settings.data / "subscribers.sqlite"
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.mkdir()
    status, said = place.sign_up()
    assert (status, "try again" in said, str(path) in said) == (503, True, False)


@pytest.mark.parametrize("is_mailing", [False, True])
def test_where_sign_up_is_closed_links_still_work(make_place: Callable[..., Place], is_mailing: bool) -> None:
    manage = make_place().confirmed()
    closed = make_place(serve=ServeSettings(sign_up=not is_mailing))
    if not is_mailing:
        closed = Place(closed.settings, closed.subscribers, None)
    assert closed.browser.get("/sign-up").status_code == 403
    assert closed.browser.post("/sign-up", data={"address": ADDRESS, **WISHES}).status_code == 403
    assert closed.send(manage, **WISHES)[0] == 200


def test_pages_tell_no_one_where_their_reader_is(place: Place) -> None:
    for path in ("/sign-up", place.confirmed(), "/confirm/x"):
        headers = place.browser.get(path).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_tokens_stay_out_of_the_access_log() -> None:
    keep_tokens_out_of_logs()
    keep_tokens_out_of_logs()
    access = logging.getLogger("uvicorn.access")
    assert sum(isinstance(one, TokenFilter) for one in access.filters) == 1
    record = access.makeRecord(
        access.name,
        logging.INFO,
        "",
        0,
        '%s - "%s %s HTTP/%s" %d',
        ("1.2.3.4:5", "GET", "/confirm/secret", "1.1", 200),
        None,
    )
    assert access.filter(record)
    assert record.getMessage() == '1.2.3.4:5 - "GET /confirm/… HTTP/1.1" 200'
