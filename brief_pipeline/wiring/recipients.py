"""Who is sent a day's brief, and where to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Literal
from zoneinfo import ZoneInfo

from brief_pipeline.engines.secret_file import read_secret
from brief_pipeline.errors import StoreUnreadable, Unreachable
from brief_pipeline.records import Subscriber
from brief_pipeline.settings import ListenerSettings
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.logs import open_log

Channel = Literal["mail", "webhook", "folder"]


@dataclass(frozen=True)
class Recipient:
    """A place that a listener's brief is sent to."""

    listener: str
    channel: Channel
    address: str = field(repr=False)  # never in a log, a table or an asset's metadata
    address_key: str  # what the ledger knows of it
    due_at: datetime | None = None  # not before; None: as soon as the brief is there
    subscriber_id: str | None = None  # of who signed up by themselves

    @property
    def key(self) -> tuple[str, str, str]:
        """Its place in the ledger of a day."""
        return self.listener, self.channel, self.address_key


def list_recipients(house: House, day: date) -> list[Recipient]:
    """Where the briefs of a day go: what brief.toml names first, then who signed up and confirmed."""
    secret = read_secret(house.settings.data / "deliveries.key")

    def hide(channel: str, address: str) -> str:
        return blake2b(f"{channel} {address}".encode(), key=secret, digest_size=8).hexdigest()

    named = [
        Recipient(name, channel, address, hide(channel, address))
        for name, own in house.settings.everyone.items()
        for channel, address in _list_places(own)
    ]
    signed_up = [
        Recipient(
            one.listener,
            "mail",
            one.address,
            hide("mail", one.address),
            find_due(day, one.wishes.hour, one.wishes.time_zone),
            one.subscriber_id,
        )
        for one in _list_confirmed(house)
    ]
    return named + signed_up


def find_due(day: date, hour: int, time_zone: str) -> datetime:
    """When somebody wants the brief of a day: at their hour of the morning after it.

    >>> find_due(date(2026, 3, 4), 7, "Europe/Paris").isoformat()
    '2026-03-05T06:00:00+00:00'
    """
    return datetime.combine(day + timedelta(days=1), time(hour), ZoneInfo(time_zone)).astimezone(UTC)


def _list_confirmed(house: House) -> Sequence[Subscriber]:
    """Who signed up and confirmed. While their database cannot be had it is nobody, with a line in the log: the others get
    theirs, and the next round asks again."""
    try:
        return house.subscribers.list_subscribers("confirmed") if house.subscribers else ()
    except (Unreachable, StoreUnreadable) as problem:
        open_log(house.settings).warning("subscribers are not sent to", stage="deliveries", reason=str(problem))
        return ()


def _list_places(own: ListenerSettings) -> Iterator[tuple[Channel, str]]:
    if own.mail_to:
        yield "mail", own.mail_to
    if own.webhook:
        yield "webhook", own.webhook.get_secret_value()
    if own.folder:
        yield "folder", own.folder
