"""Sends that are killed, and run again to the end: `python killed_sender.py FOLDER PORT TRIALS EVENTS SEED`.

Each trial has a copy of the tables, whose 200 listeners are to be mailed. Every run is a fork of this process. It is killed
at an event chosen at random: before or after a write to the ledger, or a mail.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes import FakeDecoder, FakeEmbedder, FakeTranscriber, FakeWeb
from wiring.site_world import World

from brief_pipeline.engines.mail import SmtpMailer
from brief_pipeline.settings import ListenerSettings, MailSettings, read_settings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.delivering import Sending, send_briefs
from brief_pipeline.wiring.house import House

LISTENERS = 200
NAMES = [f"l{number:03}" for number in range(LISTENERS)]
WORLD = World(days=1)
DAY = WORLD.days[-1]


class Bomb:
    """Kills the process at the n-th event; never, where n is 0."""

    def __init__(self, at: int) -> None:
        self._at, self._count = at, 0

    def watch(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*given: Any) -> Any:
            self._tick()
            done = work(*given)
            self._tick()
            return done

        return watched

    def _tick(self) -> None:
        self._count += 1
        if self._count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


def build(folder: Path, port: int, trial: str, bomb: Bomb) -> House:
    people = {name: ListenerSettings(mail_to=f"{name}.{trial}@example.org") for name in NAMES}
    mail = MailSettings(host="127.0.0.1", port=port, security="none", sender="brief@example.org")
    settings = replace_settings(folder, people, mail)
    store = Store(settings.database, settings.sql_folder)
    mailer = SmtpMailer("127.0.0.1", port, "none")
    store.apply = bomb.watch(store.apply)  # type: ignore[method-assign]
    mailer.send = bomb.watch(mailer.send)  # type: ignore[method-assign]
    return House(settings, store, FakeWeb({}), FakeDecoder(), FakeTranscriber(), FakeEmbedder(), mailer=mailer)


def replace_settings(folder: Path, people: dict[str, ListenerSettings], mail: MailSettings) -> Any:
    return read_settings().model_copy(update={"data_dir": folder, "listeners": people, "mail": mail})


def prepare(folder: Path) -> None:
    """The tables: everyone has a brief of the day, with the same five insights."""
    store = Store(folder / "brief.duckdb", read_settings().sql_folder)
    WORLD.write(store)
    items, brief = store.select("main.brief_items", listener="me"), store.select("raw.briefs", listener="me")[0]
    store.replace("main.brief_items", [{**item, "listener": name} for name in NAMES for item in items])
    store.replace("raw.briefs", [{**brief, "listener": name} for name in NAMES])


def in_fork(work: Callable[[], Any]) -> int:
    """How the work ended that a fork did: 0, or what killed it."""
    if process := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    try:
        work()
    except Exception:  # noqa: BLE001 - a fork must not go on with what its parent does
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main(folder: Path, port: int, trials: int, events: int, seed: int) -> None:
    first = folder / "first"
    assert in_fork(lambda: prepare(first)) == 0
    dice = random.Random(seed)
    for number in range(trials):  # one at random in each of as many stretches
        at = dice.randrange(number * events // trials, (number + 1) * events // trials) + 1
        own = folder / f"t{number}"
        shutil.copytree(first, own)

        def send(bomb: int, own: Path = own) -> None:
            send_briefs(build(own, port, own.name, Bomb(bomb)), Sending(DAY))

        assert in_fork(lambda: send(at)) == -signal.SIGKILL, f"no event {at}"  # noqa: B023
        assert in_fork(lambda: send(0)) == 0


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """The ledger that a trial left."""
    return Store(folder / "brief.duckdb", read_settings().sql_folder).select("raw.deliveries")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
