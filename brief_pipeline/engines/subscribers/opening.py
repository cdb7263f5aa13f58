"""Opening the subscribers' database: its file, its connection, its schema, and its errors in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from brief_pipeline.engines.subscribers.tables import Base, SchemaVersion
from brief_pipeline.errors import SettingsInvalid, StoreUnreadable, Unreachable

BUSY_SECONDS = 15  # how long a write waits for another one
OWNER_ONLY = 0o600
SCHEMA_LOCK = 7_315_503  # of PostgreSQL: an arbitrary number, for who brings the schema up to date
SQLITE = "sqlite"

# What brings the schema from one version to the next. A step that was released is never changed: the next one follows it.
STEPS: tuple[Callable[[Connection], None], ...] = (Base.metadata.create_all,)


def open_engine(url: str | None, path: Path) -> Engine:
    """The database of a URL, else the SQLite file, made where there is none and brought to today's schema.

    Raises SettingsInvalid, Unreachable and StoreUnreadable: none repeats the URL, which may hold a password.
    """
    engine = _create(url) if url else _create_sqlite(path)
    with in_words(engine):
        _migrate(engine)
    return engine


def _create(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == SQLITE:
            if not parsed.database or parsed.database == ":memory:":
                raise SettingsInvalid("[serve] subscribers names no file: sqlite:///some/file.sqlite has three slashes.")
            return _create_sqlite(Path(parsed.database))
        return create_engine(parsed, hide_parameters=True, pool_pre_ping=True, pool_recycle=1800)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise SettingsInvalid(
            "The driver of [serve] subscribers is not installed: for PostgreSQL, pip install 'brief-pipeline[postgres]' "
            "and begin the address with postgresql+psycopg://."
        ) from None
    except (ArgumentError, ValueError):
        raise SettingsInvalid(  # without a cause: its words may repeat the URL
            "[serve] subscribers is no address of a database: write it as postgresql+psycopg://user:password@host/name."
        ) from None


def _create_sqlite(path: Path) -> Engine:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))  # its -wal and -shm get the same mode
        os.chmod(path, OWNER_ONLY)
    except OSError as error:
        raise StoreUnreadable(f"The subscribers' database ({path}) cannot be opened: {error.strerror}.") from error
    engine = create_engine(
        URL.create(SQLITE, database=str(path)), hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, not where the driver guesses
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A write takes the file at once: one that first reads and then wants to write could not wait for another."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
        known = inspect(connection).has_table(SchemaVersion.__tablename__)
        version = connection.scalar(select(func.max(SchemaVersion.version))) or 0 if known else 0
        if version > len(STEPS):
            raise StoreUnreadable(
                f"The subscribers' database was made by a newer version (schema v{version}, this one knows v{len(STEPS)}): "
                "install the newer version again."
            )
        for number, step in enumerate(STEPS[version:], version + 1):
            step(connection)
            connection.execute(insert(SchemaVersion).values(version=number, applied_at=datetime.now(UTC)))


def scrub(engine: Engine) -> None:
    """Leaves nothing of what was removed in SQLite's journal. (In the file itself, secure_delete saw to that.)"""
    if engine.dialect.name != SQLITE:
        return
    with in_words(engine), closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")  # where a reader is in the way, the next one does it


@contextmanager
def in_words(engine: Engine) -> Iterator[None]:
    """What goes wrong with a database, without the addresses and passwords that a driver's words may hold."""
    where = f"The subscribers' database ({_name(engine)})"
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        raise Unreachable(f"{where} cannot be used now: {_reason(error)}.") from None
    except DatabaseError as error:
        raise StoreUnreadable(f"{where} cannot be read: {_reason(error)}.") from None
    except SQLAlchemyError as error:
        raise StoreUnreadable(f"{where} cannot be used: {type(error).__name__}.") from None


def _name(engine: Engine) -> str:
    return str(engine.url.database) if engine.dialect.name == SQLITE else f"{engine.dialect.name}, [serve] subscribers"


def _reason(error: SQLAlchemyError) -> str:
    """SQLite's own words name no value; a server's may, so of those only the kind is told."""
    original = getattr(error, "orig", None)
    if type(original).__module__.startswith(SQLITE):
        return str(original)
    return type(original or error).__name__
