"""brief search, related and serve as a person meets them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from serving.library import CLAIMS, HOSTILE, LONG_WORD, make_library
from warehouse.rows import SQL

from brief_pipeline.stages.explanation import SHORT_ID
from brief_pipeline.terminal import show_hits
from brief_pipeline.warehouse.store import Store

Brief = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def library(tmp_path: Path) -> list[str]:
    """Ids of what is published: the second extends the first, and one is hostile."""
    data = tmp_path / "data"
    ids = make_library(data, (*CLAIMS[:2], (f"{HOSTILE} {LONG_WORD} tail", HOSTILE, HOSTILE)))
    links = [(1, "extends", "Who pays?"), (2, "contradicts", None)]
    rows = [
        {
            "insight_id": ids[0],
            "published_on": "2026-03-02",
            "related_id": ids[other],
            "related_on": "2026-03-03",
            "position": position,
            "cosine": 0.6,
            "relation": relation,
            "question": question,
            "decided_by": "rules",
        }
        for position, (other, relation, question) in enumerate(links, start=1)
    ]
    Store(data / "brief.duckdb", SQL, patience_seconds=5).replace("main.related_insights", rows)
    return ids


def test_words_find_an_insight_for_people_and_for_scripts(brief: Brief, library: list[str]) -> None:
    found = brief("search", "batteries", "--by", "words")
    assert found.returncode == 0, found.stderr
    assert found.stderr.startswith("Building the search index")
    assert CLAIMS[0][0] in found.stdout
    assert library[0][:SHORT_ID] in found.stdout
    again = brief("search", "night", "work", "--json", "--show", "rota", "--since", "2026-03-03", "--limit", "1")
    assert again.stderr == ""  # the index is there now
    assert [hit["insight_id"] for hit in json.loads(again.stdout)["hits"]] == [library[1]]
    hostile = brief("search", "tail", "--by", "words").stdout
    assert "<script>alert(1)</script>" in hostile
    assert not {"\x1b", "\u202e"} & {*hostile}


def test_related_ones_are_grouped_by_how_they_relate(brief: Brief, library: list[str]) -> None:
    shown = brief("related", library[0][:8]).stdout
    assert shown.index("Adds to it") < shown.index("Night buses") < shown.index("Contradicts") < shown.index("evil")
    assert "Both answer: Who pays?" in shown
    assert not {"\x1b", "\u202e"} & {*shown}
    told = json.loads(brief("related", library[0], "--json").stdout)
    assert [(link["to"]["insight_id"], link["relation"]) for link in told["related"]] == [
        (library[1], "extends"),
        (library[2], "contradicts"),
    ]
    assert "No other show said anything near to it." in brief("related", library[1]).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", "x"), "Nothing is published yet"),
        (("search", "\x1b"), "There is nothing to look for"),
        (("search", "x", "--by", "magic"), "'magic' is no way to search"),
        (("search", "x", "--since", "soon"), "'soon' is no day"),
        (("related", "abcdef12"), "No insight's id begins with 'abcdef12'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(brief: Brief, arguments: tuple[str, ...], said: str) -> None:
    done = brief(*arguments)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_search_says_so() -> None:
    assert str(show_hits([])) == "Nothing found."


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_answers_until_it_is_stopped(tmp_path: Path, workers: str) -> None:
    (tmp_path / "data" / "site").mkdir(parents=True)
    (tmp_path / "data" / "site" / "index.html").write_text("today")
    own = {"BRIEF_DATA_DIR": str(tmp_path / "data"), "BRIEF_CONFIG": str(tmp_path / "brief.toml")}
    command = [sys.executable, "-m", "brief_pipeline", "serve", "--port", "0", "--workers", workers]
    with subprocess.Popen(command, env={**os.environ, **own}, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = process.stderr.readline()
        assert line.startswith("Serving on http://127.0.0.1:")
        address = line.split()[2]
        with urlopen(address, timeout=60) as answer:
            assert answer.read() == b"today"
        taken = subprocess.run(
            [*command[:-3], address.rstrip("/").rpartition(":")[2]],
            env={**os.environ, **own},
            capture_output=True,
            text=True,
        )
        assert (taken.returncode, "cannot be served on" in taken.stderr) == (1, True)
        process.send_signal(signal.SIGINT)
        process.wait(30)
        assert "Traceback" not in process.stderr.read()
