"""What the operator does with those who signed up: look, take out, remove."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from brief_pipeline.engines.secret_file import write_private
from brief_pipeline.engines.subscribers import SqlSubscribers
from brief_pipeline.errors import AddressUnusable, SettingsInvalid
from brief_pipeline.records import Subscriber
from brief_pipeline.settings import Settings
from brief_pipeline.stages.mail_address import read_mail_address
from brief_pipeline.stages.people_file import render_people
from brief_pipeline.warehouse.models import Model, Table, read_models, read_sources
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House, find_subscribers

KINDS = (".csv", ".json")


@dataclass(frozen=True)
class Removed:
    """What was known of a subscriber, and is gone."""

    listener: str
    rows: int  # of the tables


def list_people(settings: Settings, states: Sequence[str] = ()) -> list[Subscriber]:
    """Everybody who signed up, or those in some states."""
    subscribers = find_subscribers(settings)
    return list(subscribers.list_subscribers(*states)) if subscribers else []


def export_people(settings: Settings, path: Path) -> int:
    """Writes everybody with their addresses to a file that its owner alone reads. Raises SettingsInvalid."""
    if path.suffix not in KINDS:
        raise SettingsInvalid(f"{path.name}: name a file that ends in .csv or .json.")
    people = list_people(settings)
    write_private(path, render_people(people, path.suffix.removeprefix(".")).encode())
    return len(people)


def find_person(settings: Settings, who: str) -> tuple[SqlSubscribers, Subscriber]:
    """A subscriber by address or listener's name. Raises SettingsInvalid, which repeats neither."""
    subscribers = find_subscribers(settings)
    person = subscribers.find(_read_key(who)) if subscribers else None
    if subscribers is None or person is None:
        raise SettingsInvalid("Nobody signed up by that address or name: brief subscribers list shows who did.")
    return subscribers, person


def delete_person(house: House, who: str) -> Removed:
    """Removes all that is known of a subscriber: address, links, feedback, and what the tables and briefs tell of them.

    The published snapshot and backups have the interests, under the listener's random name, until they are replaced.
    """
    subscribers, person = find_person(house.settings, who)
    rows = forget_listener(house, person.listener)  # first: where the database is busy, this can be done again
    subscribers.delete(person.subscriber_id)
    shutil.rmtree(house.settings.data / "briefs" / person.listener, ignore_errors=True)
    return Removed(person.listener, rows)


def forget_listener(house: House, listener: str) -> int:
    """Removes a listener from every table that has one. Gives the number of rows."""
    folder = house.settings.sql_folder
    declared: list[Table | Model] = [*read_sources(folder), *read_models(folder)]
    tables = [table.name for table in declared if any(column.name == "listener" for column in table.columns)]
    count = sum(len(house.store.select(table, ("listener",), listener=listener)) for table in tables)
    house.store.apply([Change(table, [], {"listener": listener}) for table in tables])
    return count


def _read_key(who: str) -> str:
    try:
        return read_mail_address(who).key
    except AddressUnusable:
        return who.strip().casefold()
