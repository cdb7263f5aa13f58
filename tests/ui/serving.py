"""The Dagster UI of a clone, started for real on a free port of loopback, and ended with all that it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
OF_A_CLONE = ("workspace.yaml", "dagster.yaml", "dbt_like_sql", "data/demo")
START_SECONDS, STOP_SECONDS = 180, 60  # measured on two cores: 25 and 10, thrice that beside other work


def lay_out_clone(home: Path) -> Path:
    """The files of a fresh clone that the UI reads, with a data folder of its own: nothing of your own is touched."""
    for name in OF_A_CLONE:
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).symlink_to(ROOT / name)
    return home


@contextmanager
def serve(command: Sequence[str], home: Path) -> Iterator[str]:
    """The address of the UI that `python -m brief_pipeline <command> --port ...` serves in this clone."""
    port = _find_free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BRIEF_", "DAGSTER_"))}
    environment |= {"BRIEF_HOME": str(home), "PYTHONPATH": str(ROOT)}
    started = [sys.executable, "-m", "brief_pipeline", *command, "--port", str(port)]
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(started, cwd=home, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(process, f"http://127.0.0.1:{port}", home / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _find_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_for(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not _is_up(url):
        assert process.poll() is None, f"the UI ended before it was up:\n{_last_words(log)}"
        assert time.monotonic() < until, f"the UI did not come up:\n{_last_words(log)}"
        time.sleep(0.5)


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/server_info", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def _last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]
