"""Sign-up for the brief by mail: the form, and the pages that the links of mails lead to.

Nothing is changed by opening a link, for programs that look at mail open them all: a page asks, a button does it. Whether an
address is known here is told to its owner alone, by mail.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from zoneinfo import available_timezones

from limits import RateLimitItem
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from brief_pipeline.engines.secret_file import read_secret
from brief_pipeline.engines.subscribers import Link, Purpose, SqlSubscribers, open_subscribers
from brief_pipeline.engines.subscribers.links import LIVES
from brief_pipeline.engines.subscribers.store import PENDING_DAYS, UNSUBSCRIBED_DAYS, SignUp
from brief_pipeline.errors import AddressUnusable, BriefError, StoreUnreadable, Unreachable, WishesUnclear
from brief_pipeline.serving.form import ForgeryGuard, FormTooLarge, read_form
from brief_pipeline.serving.fresh_mailer import FreshMailer, Sender
from brief_pipeline.serving.rates import LINKS, MAILS_IN_ALL, MAILS_TO_ONE, SIGN_UPS, Rates, hide, name_client
from brief_pipeline.serving.token_log import keep_tokens_out_of_logs
from brief_pipeline.settings import Settings
from brief_pipeline.stages.confirmation import write_confirmation
from brief_pipeline.stages.mail_address import mask, read_mail_address
from brief_pipeline.stages.sign_up_page import Notice, PageMaker, Question, fill_in, tell_hour, tell_wishes
from brief_pipeline.stages.wishes import read_wishes

Form = Mapping[str, str]
Work = Callable[[Request, Form], Response]

VERDICTS = {"useful": "useful", "not-useful": "not useful", "known": "known to you"}
INSIGHT_ID = re.compile(r"[0-9a-f]{16}")
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address of the page holds a token
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
log = logging.getLogger(__name__)


def open_routes(settings: Settings) -> list[Route]:
    """The addresses of sign-up by the settings; none where nothing is mailed and nobody signed up before.

    Opens the database: raises SettingsInvalid, Unreachable, StoreUnreadable.
    """
    url, path = settings.subscribers_url, settings.subscribers_file
    if settings.mail.host is None and url is None and not path.exists():
        return []
    mailer = FreshMailer(settings.mail) if settings.mail.host else None
    return routes(settings, open_subscribers(url, path), mailer, lambda: datetime.now(UTC))


def routes(
    settings: Settings, subscribers: SqlSubscribers, mailer: Sender | None, clock: Callable[[], datetime]
) -> list[Route]:
    """The addresses of sign-up. Without a mailer, or with [serve] sign_up switched off, nobody new can sign up."""
    keep_tokens_out_of_logs()
    desk = Desk(settings, subscribers, mailer, clock)
    pages: list[tuple[str, str, Work]] = [
        ("GET", "/sign-up", desk.show_form),
        ("POST", "/sign-up", desk.sign_up),
        ("GET", "/confirm/{token}", desk.ask_confirm),
        ("POST", "/confirm/{token}", desk.confirm),
        ("GET", "/subscription/{token}", desk.show_subscription),
        ("POST", "/subscription/{token}", desk.change),
        ("GET", "/unsubscribe/{token}", desk.ask_unsubscribe),
        ("POST", "/unsubscribe/{token}", desk.unsubscribe),
        ("GET", "/feedback/{token}/{insight_id}/{verdict}", desk.ask_feedback),
        ("POST", "/feedback/{token}/{insight_id}/{verdict}", desk.give_feedback),
    ]
    return [Route(path, desk.page(work), methods=[method]) for method, path, work in pages]


class Refusal(Exception):
    """An answer that ends the work on a request."""

    def __init__(self, status: int, notice: Notice, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(notice.title)
        self.status, self.notice, self.headers = status, notice, headers or {}


class Desk:
    """Answers the requests."""

    def __init__(
        self, settings: Settings, subscribers: SqlSubscribers, mailer: Sender | None, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._subscribers = subscribers
        self._mailer = mailer if settings.serve.sign_up else None
        self._clock = clock
        self._zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self._make = PageMaker(settings.site.title, self._zones, PENDING_DAYS, UNSUBSCRIBED_DAYS)
        self._guard = ForgeryGuard(read_secret(settings.data / "form.key"), settings.site.url.startswith("https://"))
        self._rates = Rates()

    def page(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that does the work in a thread, with the form that was sent."""

        async def answer(request: Request) -> Response:
            try:
                form = await read_form(request) if request.method == "POST" else {}
                response = await run_in_threadpool(work, request, form)
            except FormTooLarge:
                response = self._say(Notice("That is too much", ["The form is larger than any that is read here."]), 413)
            except Refusal as refusal:
                response = self._say(refusal.notice, refusal.status)
                response.headers.update(refusal.headers)
            except (Unreachable, StoreUnreadable) as problem:
                log.error("%s", problem)
                said = ["Something here does not work at the moment. Nothing was changed: try again in a few minutes."]
                response = self._say(Notice("Not now", said), 503)
            response.headers.update(HEADERS)
            return response

        return answer

    # -- sign-up

    def show_form(self, request: Request, form: Form) -> Response:
        self._need_mail()
        return self._show_form(request, {"hour": "7", "time_zone": self._settings.schedule.time_zone})

    def sign_up(self, request: Request, form: Form) -> Response:
        """The same answer whether or not the address is known."""
        self._need_mail()
        self._limit(request, SIGN_UPS)
        if not self._guard.is_ours(request, form):
            return self._show_form(request, form, "The form had lain for too long, or cookies are off. Send it again.", 403)
        try:
            address = read_mail_address(form.get("address", ""))
            wishes = read_wishes(form, self._zones)
        except (AddressUnusable, WishesUnclear) as wrong:
            return self._show_form(request, form, str(wrong), 422)
        said = [
            "A mail is on its way to the address that you gave. It has a link: your brief begins when you open it and "
            "press the button there.",
            "If it does not come within minutes, look among the unwanted mail, or sign up again.",
        ]
        answer = self._say(Notice("Look into your mailbox", said))
        to_one, to_all = self._rates.may(MAILS_TO_ONE, hide(address.key)), self._rates.may(MAILS_IN_ALL)
        if to_one and to_all:
            signed = self._subscribers.sign_up(address.address, address.key, wishes, self._clock())
            answer.background = BackgroundTask(self._send_confirmation, signed)  # how long that takes tells nothing either
        elif not to_all:
            log.warning("No confirmation was mailed: more than %s", MAILS_IN_ALL)
        return answer

    def _send_confirmation(self, signed: SignUp) -> None:
        site, mail = self._settings.site, self._settings.mail
        message = write_confirmation(
            sender=mail.signed_by,
            address=signed.subscriber.address,
            site_title=site.title,
            confirm_url=f"{self._settings.link_root}/confirm/{signed.token}",
            days=LIVES["confirm"].days,
            pending_days=PENDING_DAYS,
            is_subscribed=signed.subscriber.state == "confirmed",
            sent_at=self._clock(),
            message_id=hide(signed.token)[:32],
        )
        try:
            if self._mailer:
                self._mailer.send(message)
        except BriefError as failure:  # whose words hold no address
            log.error("A confirmation could not be mailed: %s", failure)

    # -- confirmation

    def ask_confirm(self, request: Request, form: Form) -> Response:
        link = self._find_link(request, "confirm")
        if link.is_used and link.subscriber.state == "confirmed":
            return self._say(Notice("Your brief is on its way", ["You confirmed it before: there is nothing to do."]))
        wishes = link.wishes or link.subscriber.wishes
        question = Question(
            "Get this brief?",
            "Yes, send it to me",
            request.url.path,
            [f"It goes to {mask(link.subscriber.address)} every day at {tell_hour(wishes)}, about:"],
            tell_wishes(wishes),
        )
        return self._ask(request, question)

    def confirm(self, request: Request, form: Form) -> Response:
        self._limit(request, LINKS)
        self._need_own_form(request, form)
        now = self._clock()
        subscriber = self._subscribers.confirm(_token_of(request), now)
        if subscriber is None:
            raise _no_such_link()
        manage = self._subscribers.make_manage_token(subscriber.subscriber_id, now)
        said = [
            f"The next brief that is made comes to you: every day at {tell_hour(subscriber.wishes)}.",
            "Each mail has links to change what it is about, and to end it.",
        ]
        return self._say(Notice("Your brief is on its way", said, ("Change what it is about", f"/subscription/{manage}")))

    # -- changes

    def show_subscription(self, request: Request, form: Form) -> Response:
        link = self._find_link(request, "manage")
        return self._show_subscription(request, link, fill_in(link.subscriber.wishes))

    def change(self, request: Request, form: Form) -> Response:
        link = self._find_link(request, "manage")
        if not self._guard.is_ours(request, form):
            problem = "The form had lain for too long, or cookies are off. Send it again."
            return self._show_subscription(request, link, form, problem=problem, status=403)
        try:
            wishes = read_wishes(form, self._zones)
        except WishesUnclear as wrong:
            return self._show_subscription(request, link, form, problem=str(wrong), status=422)
        changed = self._subscribers.change(_token_of(request), wishes, self._clock())
        if changed is None:
            raise _no_such_link()
        return self._show_subscription(request, link, fill_in(changed.wishes), said="Kept. The next brief goes by it.")

    def _show_subscription(
        self, request: Request, link: Link, form: Form, said: str = "", problem: str = "", status: int = 200
    ) -> Response:
        if link.subscriber.state != "confirmed":
            raise Refusal(410, _ended())
        value, token = self._guard.value_for(request), _token_of(request)
        page = self._make.subscription(
            form=form,
            form_token=value,
            masked=mask(link.subscriber.address),
            action=request.url.path,
            unsubscribe_url=f"/unsubscribe/{token}",
            said=said,
            problem=problem,
        )
        return self._remember(HTMLResponse(page, status), value)

    # -- the end

    def ask_unsubscribe(self, request: Request, form: Form) -> Response:
        link = self._find_link(request, "unsubscribe")
        if link.subscriber.state == "unsubscribed":
            return self._say(_ended())
        said = [f"The brief to {mask(link.subscriber.address)} ends at once."]
        return self._say_question(Question("Unsubscribe?", "Unsubscribe", request.url.path, said, fields=dict([ONE_CLICK])))

    def unsubscribe(self, request: Request, form: Form) -> Response:
        """Without a cookie: mail programs send this by themselves when their reader presses their button (RFC 8058)."""
        self._limit(request, LINKS)
        if ONE_CLICK not in form.items():
            raise Refusal(400, Notice("Nothing was changed", ["Open the link of the mail, and press the button there."]))
        if self._subscribers.unsubscribe(_token_of(request), self._clock()) is None:
            raise _no_such_link()
        return self._say(_ended())

    # -- feedback

    def ask_feedback(self, request: Request, form: Form) -> Response:
        _, verdict = _verdict_of(request)
        self._find_link(request, "feedback")
        title = f"Say that it was {VERDICTS[verdict]}?"
        return self._ask(request, Question(title, "Yes", request.url.path, ["Your next briefs learn from it."]))

    def give_feedback(self, request: Request, form: Form) -> Response:
        self._limit(request, LINKS)
        insight_id, verdict = _verdict_of(request)
        self._need_own_form(request, form)
        given = verdict.replace("-", "_")
        if self._subscribers.give_feedback(_token_of(request), insight_id, given, self._clock()) is None:
            raise _no_such_link()
        return self._say(Notice("Thank you", [f"Noted: {VERDICTS[verdict]}. Your next briefs learn from it."]))

    # -- what the pages have in common

    def _show_form(self, request: Request, form: Form, problem: str = "", status: int = 200) -> Response:
        value = self._guard.value_for(request)
        return self._remember(HTMLResponse(self._make.sign_up(form, value, problem), status), value)

    def _ask(self, request: Request, question: Question) -> Response:
        value = self._guard.value_for(request)
        fields = {**question.fields, "form_token": value}
        asked = Question(question.title, question.button, question.action, question.lines, question.sentences, fields)
        return self._remember(self._say_question(asked), value)

    def _say_question(self, question: Question) -> Response:
        return HTMLResponse(self._make.question(question))

    def _say(self, notice: Notice, status: int = 200) -> Response:
        return HTMLResponse(self._make.notice(notice), status)

    def _remember(self, response: Response, value: str) -> Response:
        self._guard.remember(response, value)
        return response

    def _find_link(self, request: Request, purpose: Purpose) -> Link:
        self._limit(request, LINKS)
        link = self._subscribers.find_link(_token_of(request), purpose, self._clock())
        if link is None:
            raise _no_such_link()
        return link

    def _need_mail(self) -> None:
        if self._mailer is None:
            raise Refusal(403, Notice("Sign-up is closed", ["The brief of this place is not mailed to new readers."]))

    def _need_own_form(self, request: Request, form: Form) -> None:
        if not self._guard.is_ours(request, form):
            said = ["The page had lain for too long, or cookies are off in this browser. Open the link of the mail again."]
            raise Refusal(403, Notice("Nothing was changed", said))

    def _limit(self, request: Request, limit: RateLimitItem) -> None:
        client = name_client(request)
        if not self._rates.may(limit, client):
            seconds = self._rates.seconds_left(limit, client)
            said = [f"Too many requests come from where you are. Try again in {_tell_seconds(seconds)}."]
            raise Refusal(429, Notice("A moment, please", said), {"Retry-After": str(seconds)})


def _token_of(request: Request) -> str:
    return str(request.path_params["token"])


def _verdict_of(request: Request) -> tuple[str, str]:
    insight_id, verdict = request.path_params["insight_id"], request.path_params["verdict"]
    if not INSIGHT_ID.fullmatch(insight_id) or verdict not in VERDICTS:
        raise _no_such_link()
    return insight_id, verdict


def _no_such_link() -> Refusal:
    said = ["It has run out, or it is not whole: some mail programs break long links.", "Signing up again gives a new one."]
    return Refusal(404, Notice("This link leads nowhere", said, ("Sign up", "/sign-up")))


def _ended() -> Notice:
    said = [
        "You are unsubscribed: no brief is sent to you any more.",
        f"Your address is removed in {UNSUBSCRIBED_DAYS} days. Until then and after it, you can sign up again.",
    ]
    return Notice("Unsubscribed", said, ("Sign up again", "/sign-up"))


def _tell_seconds(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 100 else f"{seconds // 60 + 1} minutes"
