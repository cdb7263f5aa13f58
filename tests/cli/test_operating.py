"""Backfill, failures, export and doctor, one after the other over one show, as its operator uses them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

Brief = Callable[..., subprocess.CompletedProcess[str]]

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
RANGE = ("--from", YESTERDAY.isoformat(), "--to", YESTERDAY.isoformat())


def test_a_day_is_filled_in_mended_exported_and_examined(brief: Brief, site: str, tmp_path: Path) -> None:
    transcript = tmp_path / "site" / "pricing.vtt"
    body = transcript.read_bytes()
    transcript.write_bytes(b"<html>Not found</html>")
    (tmp_path / "site" / "pricing.mp3").write_bytes(b"<html>Not found</html>")
    brief("feeds", "add", f"{site}/feed.xml")

    filled = brief("backfill", *RANGE)
    assert filled.returncode == 1
    assert "1 day to do, in 1 run; 1 episode known there." in filled.stderr
    assert f"To go on, run it again: brief backfill {' '.join(RANGE)}" in filled.stderr

    failed = json.loads(brief("failures", "--json").stdout)
    assert [(row["stage"], row["is_retryable"]) for row in failed][:2] == [("transcript_files", False), ("audio", False)]
    shown = brief("failures", "--stage", "audio")
    assert f"audio, {YESTERDAY}" in shown.stdout
    assert "1 failed, 1 of them for good" in shown.stderr

    transcript.write_bytes(body)
    mended = brief("failures", "--retry", "--json")
    assert {row["stage"]: row["outcome"] for row in json.loads(mended.stdout)}["transcript_files"] == "done", mended.stderr
    [span] = json.loads(brief("backfill", *RANGE, "--status", "--json").stdout)
    assert (span["days"], span["waiting_because"]) == (1, None)

    exported = brief("export", str(tmp_path / "out"), "--table", "raw.episodes")
    assert exported.returncode == 0, exported.stderr
    [file] = (tmp_path / "out").rglob("*.parquet")
    assert duckdb.read_parquet(str(file)).project("title").fetchall() == [("pricing",)]

    examined = json.loads(brief("doctor", "--ask", "--json").stdout)
    assert ("feeds", True, "1 of 1 answer with a feed") in [(f["what"], f["is_well"], f["found"]) for f in examined]
