"""The tables of the subscribers, as SQLAlchemy maps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from brief_pipeline.records import Subscriber, Wishes


class UtcTime(TypeDecorator[datetime]):
    """An aware time, in UTC: SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: UtcTime(), list[str]: JSON(), dict[str, Any]: JSON()}


class SchemaVersion(Base):
    """A row a step of the schema that was applied."""

    __tablename__ = "schema_version"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    applied_at: Mapped[datetime]


class SubscriberRow(Base):
    """A row a person who signed up."""

    __tablename__ = "subscriber"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # random
    address: Mapped[str] = mapped_column(String(320))
    address_normalised: Mapped[str] = mapped_column(String(320), unique=True)
    state: Mapped[str] = mapped_column(String(16), index=True)  # pending | confirmed | unsubscribed
    interests: Mapped[list[str]]
    dislikes: Mapped[list[str]]
    hour: Mapped[int]
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]

    def wish(self, wishes: Wishes) -> None:
        self.interests, self.dislikes = list(wishes.interests), list(wishes.dislikes)
        self.hour, self.time_zone = wishes.hour, wishes.time_zone

    def as_record(self) -> Subscriber:
        wishes = Wishes(tuple(self.interests), tuple(self.dislikes), self.hour, self.time_zone)
        return Subscriber(
            subscriber_id=self.id,
            address=self.address,
            state=self.state,  # type: ignore[arg-type]  # nothing else is written
            wishes=wishes,
            created_at=self.created_at,
            confirmed_at=self.confirmed_at,
            unsubscribed_at=self.unsubscribed_at,
        )


class TokenRow(Base):
    """A row a link that was mailed: of its token the hash, and what it is good for."""

    __tablename__ = "token"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))  # confirm | manage | unsubscribe | feedback
    subscriber_id: Mapped[str] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"), index=True)
    wishes: Mapped[dict[str, Any] | None]  # of a confirmation: those of the form that it was mailed for
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(UtcTime(), index=True)
    used_at: Mapped[datetime | None]


class FeedbackRow(Base):
    """A row a thing that a subscriber said of an insight, until the pipeline took it over. The last one stands."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("subscriber_id", "insight_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    subscriber_id: Mapped[str] = mapped_column(ForeignKey("subscriber.id", ondelete="CASCADE"))
    insight_id: Mapped[str] = mapped_column(String(32))
    verdict: Mapped[str] = mapped_column(String(16))
    given_at: Mapped[datetime]
