"""Briefs sent to people: by mail, to a channel, into a folder. Each to each at most once: raw.deliveries is the ledger.

What is about to be sent is noted first, and noted again when it was sent. Where a process dies in between, nobody can know
which it was: the row becomes `uncertain` and is not sent again, for who gets a brief twice every time a machine stumbles
turns it off, and who misses one finds it on the pages. `brief send --again` sends it all the same.

One process sends at a time, by a turn that the kernel takes back when it dies; so a row that is at `sending` while one has
the turn is of a dead one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from brief_pipeline.engines.disk import write_whole
from brief_pipeline.engines.turn import take_turn
from brief_pipeline.engines.webhook import HttpWebhook
from brief_pipeline.errors import (
    BriefError,
    DeliveryUncertain,
    PermanentFailure,
    SettingsInvalid,
    Unreachable,
)
from brief_pipeline.stages.brief import Brief, Links
from brief_pipeline.stages.chat_message import render_message
from brief_pipeline.stages.letter import name_message, write_letter
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import last_whole_day
from brief_pipeline.wiring.publishing import RENDERERS, read_briefs
from brief_pipeline.wiring.recipients import Recipient, list_recipients
from brief_pipeline.wiring.timing import each_day, step
from brief_pipeline.wiring.workbench import Reports, merge_notes, tell_why

Row = dict[str, Any]

TABLE = "raw.deliveries"
KEY = ("listener", "channel", "address_key")
OVER = ("sent", "uncertain", "refused")  # not sent again
GIVEN_UP_AFTER = 3  # mails that failed one after the other: the server is down, and the others wait for the next round
LONGEST_PAUSE_SECONDS = 20.0
LONGEST_MESSAGE = 35_000  # characters: Slack cuts what is longer than 40,000
DIED = "The process died between sending and noting it: it may have arrived. `brief send --again` sends it once more."
NO_MAIL = "No mail server is named: [mail] host in brief.toml."


@dataclass(frozen=True)
class Sending:
    """What is asked of one round of sending."""

    day: date
    run_id: str | None = None
    listener: str | None = None  # only to them
    again: bool = False  # also what is uncertain or refused; never what is known to be sent
    is_early: bool = False  # also to those whose hour has not come


def deliver_due(house: House, days: Sequence[date], run_id: str | None, is_backfill: bool) -> Reports:
    """Sends the brief of the last day that is over to those whose hour has come. Older ones, and backfills, send nothing."""
    reports: Reports = {}
    for day in each_day(days):
        if is_backfill or day != last_whole_day(house.clock()):
            merge_notes(reports, day, rows=0, not_sent="a day of the past: brief send --day sends its brief")
            continue
        rows = send_briefs(house, Sending(day, run_id))
        merge_notes(reports, day, rows=len(rows), **Counter(row["status"] for row in rows))
        tell_why(reports, day, "not sent", sorted({row["reason"] for row in rows if row["reason"]}), TABLE)
    return reports


def list_open(house: House, sending: Sending) -> list[Recipient]:
    """Those who are still to be sent the brief of a day, now."""
    day = sending.day
    made = {row["listener"] for row in house.store.select("raw.briefs", ("listener",), published_on=day)}
    known = {tuple(row[name] for name in KEY): row for row in house.store.select(TABLE, published_on=day)}
    now = house.clock()
    return [
        one
        for one in list_recipients(house, day)
        if one.listener in made
        and sending.listener in (None, one.listener)
        and (sending.is_early or one.due_at is None or one.due_at <= now)
        and _is_open(known.get(one.key), sending.again)
    ]


def _is_open(row: Row | None, again: bool) -> bool:
    if row is None:
        return True
    if row["status"] == "sent":
        return False
    return again or row["status"] not in OVER  # what failed is tried as long as its day is the last


def send_briefs(house: House, sending: Sending) -> list[Row]:
    """Sends a day's briefs to those who have not got them. Gives the rows of all the day's recipients in the ledger."""
    day = sending.day
    with take_turn(house.settings.data / "locks" / "sending.turn", f"sending the briefs of {day}"):
        _settle_dead(house, day)
        recipients = list_open(house, sending)
        post = Post(house, day, sorted({one.listener for one in recipients}))
        ledger = Ledger(house, sending)
        failed = 0
        with post.closing(), step("sending"):
            for one in recipients:
                if one.channel == "mail" and failed >= GIVEN_UP_AFTER:
                    continue
                if (send := post.prepare(one)) is not None:
                    ledger.claim(one, post.name_message(one))
                    status, reason = _try(send)
                    ledger.note(one, status, reason)
                    if one.channel == "mail":
                        failed = failed + 1 if status == "failed" else 0
            ledger.write()
    return house.store.select(TABLE, published_on=day)


def _settle_dead(house: House, day: date) -> None:
    """Whoever was sending is dead, for the turn is ours: what became of it is uncertain."""
    left = house.store.select(TABLE, published_on=day, status="sending")
    house.store.apply([_change({**row, "status": "uncertain", "reason": DIED}) for row in left])


def _change(row: Row) -> Change:
    return Change(TABLE, [row], {name: row[name] for name in (*KEY, "published_on")})


class Ledger:
    """Writes the rows: what was sent, and in the same transaction what is sent next."""

    def __init__(self, house: House, sending: Sending) -> None:
        self._house, self._sending = house, sending
        rows = house.store.select(TABLE, published_on=sending.day)
        self._known = {tuple(row[name] for name in KEY): row for row in rows}
        self._unwritten: list[Row] = []

    def claim(self, one: Recipient, message_id: str | None) -> None:
        """Says that a brief is about to be sent. Only when this is on disk may it be."""
        before = self._known.get(one.key)
        row: Row = dict(zip(KEY, one.key, strict=True))
        row |= {"published_on": self._sending.day, "status": "sending", "reason": None, "message_id": message_id}
        row |= {"attempts_count": before["attempts_count"] + 1 if before else 1, "run_id": self._sending.run_id}
        row |= {"claimed_at": self._house.clock(), "sent_at": None}
        self._known[one.key] = row
        self._unwritten.append(row)
        self.write()

    def note(self, one: Recipient, status: str, reason: str | None) -> None:
        """Says what became of it; on disk with the next claim, or at the end."""
        at = self._house.clock() if status == "sent" else None
        self._known[one.key] = {**self._known[one.key], "status": status, "reason": reason, "sent_at": at}
        self._unwritten.append(self._known[one.key])

    def write(self) -> None:
        self._house.store.apply([_change(row) for row in self._unwritten])
        self._unwritten = []


def _try(send: Callable[[], None]) -> tuple[str, str | None]:
    """What became of a brief that was sent, and why not."""
    try:
        send()
    except DeliveryUncertain as lost:
        return "uncertain", str(lost)
    except PermanentFailure as refused:
        return "refused", str(refused)
    except (BriefError, OSError) as passing:
        return "failed", str(passing) if isinstance(passing, BriefError) else f"The folder: {passing.strerror or passing}."
    return "sent", None


class Post:
    """Makes what is sent, and sends it."""

    def __init__(self, house: House, day: date, listeners: Sequence[str]) -> None:
        self._house, self._day = house, day
        self._briefs: dict[str, Brief] = read_briefs(house, day, listeners) if listeners else {}

    @contextmanager
    def closing(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self._house.mailer:
                self._house.mailer.close()

    def name_message(self, one: Recipient) -> str | None:
        """The Message-ID of a mail."""
        return name_message(self._briefs[one.listener], self._sender) if one.channel == "mail" and self._sender else None

    def prepare(self, one: Recipient) -> Callable[[], None] | None:
        """What sends it; None where the recipient wants it no more."""
        brief = self._briefs[one.listener]
        if one.channel == "webhook":
            text = render_message(brief, self._pages)
            name = "[listeners] webhook" if one.listener in self._house.settings.listeners else "webhook"
            url, attempts = one.address, self._house.settings.mail.attempts
            webhook = HttpWebhook(url, attempts=attempts, setting=name, longest_text=LONGEST_MESSAGE, is_once=True)
            return lambda: webhook.post(text)
        if one.channel == "folder":
            folder = self._house.settings.home / Path(one.address).expanduser()
            folder = folder if one.listener == next(iter(self._house.settings.everyone)) else folder / one.listener
            return lambda: _put_into(folder, brief)
        try:
            links = self._link(one)
        except BriefError as problem:  # the subscribers' database is away: a failure of this one, not the end of the round
            return partial(_fail, problem)
        return None if links is None else lambda: self._mail(brief, one.address, links)

    @cached_property
    def _pages(self) -> Links:
        return Links(site=self._house.settings.site.url)

    @property
    def _sender(self) -> str:
        return self._house.settings.mail.signed_by

    def _link(self, one: Recipient) -> Links | None:
        if one.subscriber_id is None:
            return self._pages
        made = (
            self._house.subscribers.make_links(one.subscriber_id, self._house.clock()) if self._house.subscribers else None
        )
        if made is None:
            return None
        site, root = self._house.settings.site.url, self._house.settings.link_root
        manage, stop, feedback = f"{root}/subscription/", f"{root}/unsubscribe/", f"{root}/feedback/"
        return Links(site, manage + made.manage, stop + made.unsubscribe, feedback + made.feedback)

    def _mail(self, brief: Brief, address: str, links: Links) -> None:
        mailer = self._house.mailer
        if mailer is None:
            raise SettingsInvalid(NO_MAIL)
        if not self._sender:
            raise SettingsInvalid("No sender is named: [mail] sender in brief.toml.")
        letter = write_letter(brief, sender=self._sender, address=address, sent_at=self._house.clock(), links=links)
        waiting = Retrying(
            retry=retry_if_exception_type(Unreachable),
            wait=wait_random_exponential(max=LONGEST_PAUSE_SECONDS),
            stop=stop_after_attempt(self._house.settings.mail.attempts),
            reraise=True,
        )
        waiting(mailer.send, letter)


def _fail(problem: BriefError) -> None:
    raise problem


def _put_into(folder: Path, brief: Brief) -> None:
    for suffix, render in RENDERERS.values():
        write_whole(folder / f"{brief.day.isoformat()}{suffix}", render(brief).encode())
