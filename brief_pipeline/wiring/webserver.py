"""The Dagster UI, started on the instance that the command line's runs are kept on."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext, suppress

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import Settings, read_settings
from brief_pipeline.wiring.demo import open_demo
from brief_pipeline.wiring.runs import open_instance

HOST = "127.0.0.1"
STOP_SECONDS = 20


def serve_ui(port: int, of_demo: bool) -> int:
    """Serves the UI until it is stopped; with the demo, its sample too. Gives the exit code."""
    _refuse_taken(port)
    with open_demo() if of_demo else nullcontext(read_settings()) as settings:
        with open_instance(settings):
            pass  # made and migrated once, before the several processes of `dagster dev` open it
        command = [
            sys.executable,
            "-m",
            "dagster",
            "dev",
            "--host",
            HOST,
            "--port",
            str(port),
            "--workspace",
            "workspace.yaml",
        ]
        environment = {**os.environ, **_environment(settings, of_demo)}
        for stop in (signal.SIGINT, signal.SIGTERM):  # a shell has what it starts in the background ignore the first
            signal.signal(stop, signal.default_int_handler)
        # in a session of its own: a Ctrl-C reaches it once, from here, and what it started can be ended with it
        process = subprocess.Popen(command, cwd=settings.home, env=environment, start_new_session=True)
        try:
            return process.wait()
        except KeyboardInterrupt:
            return _stop(process)


def _refuse_taken(port: int) -> None:
    """Raises SettingsInvalid where something listens there already: `dagster dev` would stay up without a page."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except (OSError, OverflowError) as taken:
            raise SettingsInvalid(
                f"{HOST}:{port} cannot be listened on ({taken}). Is the UI up already? Else: brief ui --port {port + 1}."
            ) from taken


def _stop(process: subprocess.Popen[bytes]) -> int:
    """Asks the UI's processes to end, and ends those that don't."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # the code servers, which would only notice by their heartbeat
    return 0


def _environment(settings: Settings, of_demo: bool) -> Mapping[str, str]:
    """What tells the UI's own processes which instance and settings to use."""
    known = {"DAGSTER_HOME": str(settings.dagster_home)}
    if of_demo:
        known |= {
            "BRIEF_DATA_DIR": str(settings.data),
            "BRIEF_FEEDS": "[]",
            "BRIEF_INTERESTS": json.dumps(settings.interests),
            "BRIEF_WEB__CONNECT_TO": json.dumps(settings.web.connect_to),
            "BRIEF_WEB__PRIVATE_ADDRESSES": json.dumps(settings.web.private_addresses),
            "BRIEF_WHISPER__MODEL": settings.whisper.model,
        }
    return known
