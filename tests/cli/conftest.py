"""The command `brief` in processes of its own, and a show served on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from samples import make_feed, make_item, make_vtt

from brief_pipeline.engines.demo_server import serve_folder

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
Brief = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def brief(tmp_path: Path) -> Brief:
    """Runs `brief` in a data folder of its own."""
    folders = {"BRIEF_DATA_DIR": str(tmp_path / "data"), "BRIEF_CONFIG": str(tmp_path / "brief.toml")}
    environment = {**os.environ, **folders, "BRIEF_WEB__PRIVATE_ADDRESSES": "true"}  # the tests' servers are on loopback

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "brief_pipeline", *arguments]
        return subprocess.run(command, env={**environment, **more}, capture_output=True, text=True, timeout=240)

    return run


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A show served on loopback, with one episode of yesterday, and the address of its folder."""
    folder = tmp_path / "site"
    folder.mkdir()
    with serve_folder(folder, port=0) as address:
        item = make_item("pricing", YESTERDAY).replace("https://shows.example/one", f"http://{address}")
        (folder / "feed.xml").write_bytes(make_feed("Loopback Show", item))
        (folder / "pricing.vtt").write_bytes(make_vtt())
        link = '<link rel="alternate" type="application/rss+xml" href="feed.xml">'
        (folder / "page.html").write_text(f"<html><head>{link}</head><body>A show</body></html>")
        yield f"http://{address}"
