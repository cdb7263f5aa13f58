"""The Dagster UI, started for real, asked through its own GraphQL, and stopped."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.wiring.webserver import serve_ui

ROOT = Path(__file__).parents[2]
START_SECONDS, STOP_SECONDS = 120, 40
ASSETS = "{ assetNodes { groupName opNames isPartitioned description dependencyKeys { path } assetKey { path } } }"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/server_info", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while not is_up(url):
        assert process.poll() is None, "the UI ended before it was up"
        assert time.monotonic() < until, "the UI did not come up"
        time.sleep(0.5)


def ask(url: str, query: str) -> Any:
    return httpx.post(f"{url}/graphql", json={"query": query}, timeout=30).json()["data"]


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsInvalid, match=rf"127.0.0.1:{port} .* --port {port + 1}"):
            serve_ui(port, of_demo=False)


@pytest.fixture(scope="module", params=["brief ui", "dagster dev"])
def ui(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The UI as each of the two commands starts it, on a clone's own files, with a data folder of its own."""
    home, port = tmp_path_factory.mktemp("clone"), free_port()
    for name in ("workspace.yaml", "dagster.yaml", "dbt_like_sql"):
        (home / name).symlink_to(ROOT / name)
    environment = {**os.environ, "BRIEF_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("DAGSTER_HOME", None)
    own = [sys.executable, "-m", "brief_pipeline", "ui", "--port", str(port)]
    plain = [sys.executable, "-m", "dagster", "dev", "--port", str(port)]
    command = own if request.param == "brief ui" else plain
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background would have it ignored
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log, start_new_session=True)
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(process, url)
            yield url, home
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)
            assert not is_up(url)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def test_the_ui_shows_the_graph_and_keeps_its_runs_in_the_data_folder(ui: tuple[str, Path]) -> None:
    url, home = ui
    assets = {node["assetKey"]["path"][0]: node for node in ask(url, ASSETS)["assetNodes"]}
    assert {node["groupName"] for node in assets.values()} == {"discovery", "listening", "reading", "comparing", "telling"}
    assert {"feeds", "episodes", "transcripts", "insights", "top_insights", "brief"} <= set(assets)
    without_days = [name for name, node in assets.items() if not node["isPartitioned"]]
    assert without_days == ["feeds", "site", "snapshot", "subscribers"]
    assert all(node["description"] for node in assets.values())
    depends_on = {name: {key["path"][0] for key in node["dependencyKeys"]} for name, node in assets.items()}
    assert depends_on["top_insights"] == {"candidates", "choices"}
    assert {"candidates", "choices", "insight_pairs", "unique_insights"} <= depends_on["choices"]  # its own day before too
    assert {"listeners", "listener_matches", "unique_insights"} <= depends_on["candidates"]
    assert (home / "data" / "dagster" / "history" / "runs.db").exists()
