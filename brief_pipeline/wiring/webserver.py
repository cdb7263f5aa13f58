"""The Dagster UI, started on the instance that the command line's runs are kept on."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext

from brief_pipeline.settings import Settings, read_settings
from brief_pipeline.wiring.demo import open_demo
from brief_pipeline.wiring.runs import open_instance

HOST = "127.0.0.1"


def serve_ui(port: int, of_demo: bool) -> int:
    """Serves the UI until it is stopped; with the demo, its sample too. Gives the exit code."""
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
        process = subprocess.Popen(command, cwd=settings.home, env={**os.environ, **_environment(settings, of_demo)})
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # `dagster dev` had the same Ctrl-C and is shutting down


def _environment(settings: Settings, of_demo: bool) -> Mapping[str, str]:
    """What tells the UI's own processes which instance and settings to use."""
    known = {"DAGSTER_HOME": str(settings.dagster_home)}
    if of_demo:
        known |= {
            "BRIEF_DATA_DIR": str(settings.data),
            "BRIEF_FEEDS": "[]",
            "BRIEF_INTERESTS": json.dumps(settings.interests),
            "BRIEF_WEB__CONNECT_TO": json.dumps(settings.web.connect_to),
        }
    return known
