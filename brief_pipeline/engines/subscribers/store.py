"""The subscribers and their links: every change that a form, a mail's link or the operator makes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import Engine, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from brief_pipeline.engines.subscribers.links import LIVES, Link, Links, Purpose, hash_token, make_token
from brief_pipeline.engines.subscribers.opening import in_words, open_engine, scrub
from brief_pipeline.engines.subscribers.tables import FeedbackRow, SubscriberRow, TokenRow
from brief_pipeline.records import Subscriber, SubscriberFeedback, Wishes

ID_BYTES = 8
PENDING_DAYS = 7  # how long an address is kept that nobody confirmed
UNSUBSCRIBED_DAYS = 30  # how long one is kept that unsubscribed: a mistake is undone, a complaint answered
FEEDBACK_WAITING = 500  # of one subscriber: more in a day is no person

GOOD_FOR: dict[Purpose, tuple[Purpose, ...]] = {  # which tokens open what: who may change wishes may also unsubscribe
    "confirm": ("confirm",),
    "manage": ("manage",),
    "unsubscribe": ("unsubscribe", "manage"),
    "feedback": ("feedback",),
}


@dataclass(frozen=True)
class SignUp:
    """What came of a sign-up: whom to send the confirmation, which looks the same from outside in any case."""

    subscriber: Subscriber
    token: str = field(repr=False)


class Subscribers(Protocol):
    """Who signed up, and what they are sent."""

    def list_subscribers(self, *states: str) -> Sequence[Subscriber]:
        """Those in one of the states, or all: by when they confirmed, then by id."""
        ...

    def make_links(self, subscriber_id: str, now: datetime) -> Links | None:
        """The tokens of a mail that is about to go out; None where the subscriber wants no mail any more."""
        ...

    def list_feedback(self) -> Sequence[SubscriberFeedback]:
        """What was said of insights and waits to be taken over, oldest first."""
        ...

    def settle_feedback(self, taken: Sequence[SubscriberFeedback]) -> None:
        """Removes what was taken over."""
        ...

    def forget_old(self, now: datetime) -> int:
        """Removes who never confirmed, who unsubscribed a while ago, and what expired. Gives the number of people."""
        ...


class SqlSubscribers:
    """The subscribers in a database that SQLAlchemy speaks to: of a URL, else in a SQLite file. Opened when first used.

    Every method raises Unreachable when the database does not answer or is busy for long, StoreUnreadable, and at the first
    use SettingsInvalid.
    """

    def __init__(self, url: str | None, path: Path) -> None:
        self._url = url
        self._path = path
        self._lock = Lock()
        self._opened: Engine | None = None

    @property
    def _engine(self) -> Engine:
        with self._lock:
            self._opened = self._opened or open_engine(self._url, self._path)
        return self._opened

    def sign_up(self, address: str, key: str, wishes: Wishes, now: datetime) -> SignUp:
        """Notes who asks for a brief. Nothing changes for an address that is known, until its link is confirmed."""
        with self._write() as session:
            dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            new = dialect.insert(SubscriberRow).values(
                id=secrets.token_hex(ID_BYTES),
                address=address,
                address_normalised=key,
                state="pending",
                **_columns_of(wishes),
                created_at=now,
            )
            session.execute(new.on_conflict_do_nothing(index_elements=["address_normalised"]))  # two at once: one row
            row = session.scalars(select(SubscriberRow).where(SubscriberRow.address_normalised == key)).one()
            token = _add_token(session, row.id, "confirm", now, asdict(wishes))
            return SignUp(row.as_record(), token)

    def find_link(self, token: str, purpose: Purpose, now: datetime) -> Link | None:
        """What a token leads to; None where it is unknown, has run out, or is for something else."""
        with self._read() as session:
            found = _find(session, token, purpose, now, locks=False)
            if found is None:
                return None
            held, row = found
            wishes = _read_wishes(held.wishes) if held.wishes else None
            return Link(purpose, row.as_record(), wishes, held.used_at is not None)

    def confirm(self, token: str, now: datetime) -> Subscriber | None:
        """Puts in force what a confirmation's token stands for. A second time it changes nothing."""
        with self._write() as session:
            found = _find(session, token, "confirm", now)
            if found is None:
                return None
            held, row = found
            if held.used_at is None:
                held.used_at = now
                if row.state != "confirmed":
                    row.state, row.confirmed_at, row.unsubscribed_at = "confirmed", now, None
                row.wish(_read_wishes(held.wishes or {}))
            return row.as_record()

    def change(self, token: str, wishes: Wishes, now: datetime) -> Subscriber | None:
        """Puts other wishes in force, by a token to manage a subscription. None where it is not good, or not confirmed."""
        with self._write() as session:
            found = _find(session, token, "manage", now)
            if found is None or found[1].state != "confirmed":
                return None
            found[1].wish(wishes)
            return found[1].as_record()

    def unsubscribe(self, token: str, now: datetime) -> Subscriber | None:
        """Ends a subscription. A second time it changes nothing."""
        with self._write() as session:
            found = _find(session, token, "unsubscribe", now)
            if found is None:
                return None
            held, row = found
            held.used_at = held.used_at or now
            if row.state != "unsubscribed":
                row.state, row.unsubscribed_at = "unsubscribed", now
            # A confirmation that was mailed before, and not used, is void: else it would undo this.
            session.execute(delete(TokenRow).where(TokenRow.subscriber_id == row.id, TokenRow.purpose == "confirm"))
            return row.as_record()

    def give_feedback(self, token: str, insight_id: str, verdict: str, now: datetime) -> Subscriber | None:
        """Notes what a subscriber says of an insight, in place of what they said of it before."""
        with self._write() as session:
            found = _find(session, token, "feedback", now)
            if found is None:
                return None
            owner = found[1]
            said = (FeedbackRow.subscriber_id == owner.id, FeedbackRow.insight_id == insight_id)
            row = session.scalars(select(FeedbackRow).where(*said)).one_or_none()
            waiting = session.scalar(select(func.count()).where(FeedbackRow.subscriber_id == owner.id))
            if row is None and (waiting or 0) >= FEEDBACK_WAITING:
                return owner.as_record()
            row = row or FeedbackRow(subscriber_id=owner.id, insight_id=insight_id)
            row.verdict, row.given_at = verdict, now
            session.add(row)
            return owner.as_record()

    def make_links(self, subscriber_id: str, now: datetime) -> Links | None:
        with self._write() as session:
            row = session.get(SubscriberRow, subscriber_id)
            if row is None or row.state != "confirmed":
                return None
            manage, unsubscribe, feedback = (
                _add_token(session, row.id, purpose, now) for purpose in ("manage", "unsubscribe", "feedback")
            )
            return Links(manage, unsubscribe, feedback)

    def make_manage_token(self, subscriber_id: str, now: datetime) -> str:
        """A token for the page on which wishes are changed."""
        with self._write() as session:
            return _add_token(session, subscriber_id, "manage", now)

    def list_subscribers(self, *states: str) -> Sequence[Subscriber]:
        with self._read() as session:
            which = [SubscriberRow.state.in_(states)] if states else []
            rows = session.scalars(select(SubscriberRow).where(*which)).all()
            return sorted((row.as_record() for row in rows), key=_by_confirmation)

    def find(self, key: str) -> Subscriber | None:
        """The subscriber of an address in its common form, of an id or of a listener's name."""
        own_id = key.removeprefix("subscriber-")
        with self._read() as session:
            either = or_(SubscriberRow.address_normalised == key, SubscriberRow.id == own_id)
            row = session.scalars(select(SubscriberRow).where(either)).one_or_none()
            return row.as_record() if row else None

    def delete(self, subscriber_id: str) -> bool:
        """Removes all that is known of a subscriber here. Whether there was one."""
        with self._write() as session:
            old = delete(SubscriberRow).where(SubscriberRow.id == subscriber_id).returning(SubscriberRow.id)
            found = session.execute(old).scalar_one_or_none() is not None
        scrub(self._engine)
        return found

    def count(self) -> dict[str, int]:
        """How many there are, by state."""
        with self._read() as session:
            counted = select(SubscriberRow.state, func.count()).group_by(SubscriberRow.state)
            return dict(session.execute(counted.order_by(SubscriberRow.state)).tuples().all())

    def list_feedback(self) -> Sequence[SubscriberFeedback]:
        with self._read() as session:
            rows = session.scalars(select(FeedbackRow).order_by(FeedbackRow.given_at, FeedbackRow.id))
            return [SubscriberFeedback(row.subscriber_id, row.insight_id, row.verdict, row.given_at) for row in rows]

    def settle_feedback(self, taken: Sequence[SubscriberFeedback]) -> None:
        with self._write() as session:
            for one in taken:  # what was said anew meanwhile stays
                same = (
                    FeedbackRow.subscriber_id == one.subscriber_id,
                    FeedbackRow.insight_id == one.insight_id,
                    FeedbackRow.given_at == one.given_at,
                )
                session.execute(delete(FeedbackRow).where(*same))

    def forget_old(self, now: datetime) -> int:
        pending = SubscriberRow.state == "pending", SubscriberRow.created_at < now - timedelta(days=PENDING_DAYS)
        ended = (
            SubscriberRow.state == "unsubscribed",
            SubscriberRow.unsubscribed_at < now - timedelta(days=UNSUBSCRIBED_DAYS),
        )
        asked = select(TokenRow.subscriber_id).where(TokenRow.purpose == "confirm", TokenRow.expires_at >= now)
        with self._write() as session:
            session.execute(delete(TokenRow).where(TokenRow.expires_at < now))
            gone = 0
            for which in (pending, ended):
                old = delete(SubscriberRow).where(*which, SubscriberRow.id.not_in(asked)).returning(SubscriberRow.id)
                gone += len(session.execute(old).all())
        if gone:
            scrub(self._engine)
        return gone

    def open(self) -> None:
        """Opens the database, so that what is wrong with it shows at once."""
        assert self._engine

    def close(self) -> None:
        with self._lock:
            if self._opened:
                self._opened.dispose()

    @contextmanager
    def _write(self) -> Iterator[Session]:
        """A transaction: all of it, or nothing."""
        with in_words(self._engine), Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _read(self) -> Iterator[Session]:
        with in_words(self._engine), Session(self._engine.execution_options(writes=False)) as session, session.begin():
            yield session


def open_subscribers(url: str | None, path: Path) -> SqlSubscribers:
    """The subscribers of a database by its URL, else of a file. Raises SettingsInvalid, Unreachable, StoreUnreadable."""
    subscribers = SqlSubscribers(url, path)
    subscribers.open()
    return subscribers


def _find(
    session: Session, token: str, purpose: Purpose, now: datetime, locks: bool = True
) -> tuple[TokenRow, SubscriberRow] | None:
    """The token's row and whose it is. To change them the person is locked first: two changes never wait for each other."""
    wanted = select(TokenRow).where(TokenRow.sha256 == hash_token(token), TokenRow.purpose.in_(GOOD_FOR[purpose]))
    held = session.scalars(wanted.where(TokenRow.expires_at > now)).one_or_none()
    owner = session.get(SubscriberRow, held.subscriber_id, with_for_update=locks) if held else None
    if held and locks:  # as it is now that the person is locked
        held = session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    return (held, owner) if held and owner else None


def _add_token(
    session: Session, subscriber_id: str, purpose: Purpose, now: datetime, wishes: dict[str, Any] | None = None
) -> str:
    token = make_token()
    row = TokenRow(sha256=hash_token(token), purpose=purpose, subscriber_id=subscriber_id, wishes=wishes)
    row.created_at, row.expires_at = now, now + LIVES[purpose]
    session.add(row)
    return token


def _columns_of(wishes: Wishes) -> dict[str, Any]:
    return {**asdict(wishes), "interests": list(wishes.interests), "dislikes": list(wishes.dislikes)}


def _read_wishes(kept: dict[str, Any]) -> Wishes:
    return Wishes(tuple(kept["interests"]), tuple(kept["dislikes"]), kept["hour"], kept["time_zone"])


def _by_confirmation(subscriber: Subscriber) -> tuple[datetime, str]:
    return subscriber.confirmed_at or subscriber.created_at, subscriber.subscriber_id
