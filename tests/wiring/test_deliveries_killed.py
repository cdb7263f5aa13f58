"""Two hundred mails, the sender killed with -9 at ten moments, and run again: nobody gets two."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from engines.mail_server import MailServer, serve_mail
from wiring.killed_sender import LISTENERS, rows_of
from wiring.replayed import run_script

TRIALS, SEED = 10, 7
EVENTS = 4 * LISTENERS  # before and after each write to the ledger, and each mail


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[MailServer, Path]:
    folder = tmp_path_factory.mktemp("killed")
    with pytest.MonkeyPatch.context() as patch, serve_mail() as server:
        patch.setenv("BRIEF_CONFIG", str(folder / "brief.toml"))
        run_script("killed_sender.py", folder, server.port, TRIALS, EVENTS, SEED)
    return server, folder


@pytest.mark.parametrize("trial", range(TRIALS))
def test_nobody_gets_two_and_at_most_the_one_in_flight_is_uncertain(left: tuple[MailServer, Path], trial: int) -> None:
    server, folder = left
    got = Counter(to.split(".")[0] for to, _ in server.taken if to.endswith(f".t{trial}@example.org"))
    assert set(got.values()) == {1}
    status = {row["listener"]: row["status"] for row in rows_of(folder / f"t{trial}")}
    unsure = [listener for listener, said in status.items() if said != "sent"]
    assert len(status) == LISTENERS
    assert len(unsure) <= 1
    assert all(status[listener] == "uncertain" for listener in unsure)
    assert {listener for listener, said in status.items() if said == "sent"} <= set(got)
    assert LISTENERS - len(got) <= len(unsure)
