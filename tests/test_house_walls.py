"""Who may import whom. The rooms are drawn in the README's map of the house."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "brief_pipeline"
OWN = "brief_pipeline"

# room -> the rooms it may import; the room itself is always allowed, except where engines stay apart from each other
MAY_IMPORT = {
    "__init__": set(),
    "__main__": {"cli"},
    "errors": set(),
    "records": {"errors"},
    "settings": {"errors", "settings"},
    "stages": {"records", "errors", "stages"},
    "engines": {"records", "errors"},
    "warehouse": {"records", "errors", "warehouse"},
    "serving": {"settings", "records", "errors", "stages", "engines", "warehouse", "serving"},
    "wiring": {"settings", "records", "errors", "stages", "engines", "warehouse", "wiring", "definitions"},
    "terminal": {"stages"},
    "definitions": {"wiring"},
    "cli": {"errors", "records", "settings", "terminal", "stages", "wiring", "serving", "cli"},
}
OUTSIDE = {  # outside library -> the rooms that may import it
    "dagster": {"wiring", "definitions"},
    "duckdb": {"warehouse"},
    "httpx": {"engines"},
    "httpcore": {"engines"},
    "torch": {"engines"},
    "sentence_transformers": {"engines"},
    "faster_whisper": {"engines"},
    "litellm": {"engines"},
    "usearch": {"engines"},
    "sqlalchemy": {"engines"},
    "starlette": {"serving"},
    "uvicorn": {"serving"},
    "itsdangerous": {"serving"},
    "limits": {"serving"},
    "email_validator": {"stages"},
    "av": {"engines"},
    "sqlglot": {"warehouse"},
    "tantivy": {"engines"},
    "typer": {"cli"},
    "rich": {"cli", "terminal"},
    "pydantic_settings": {"settings"},
}
HEAVY = {
    "torch",
    "sentence_transformers",
    "faster_whisper",
    "litellm",
    "av",
    "transformers",
    "ctranslate2",
    "onnxruntime",
    "usearch",
    "tantivy",
}
IMPURE_CALLS = {"open", "input", "print", "exec", "eval"}
IMPURE_MODULES = {
    "os",
    "pathlib",
    "socket",
    "subprocess",
    "urllib.request",
    "requests",
    "sqlite3",
    "tempfile",
    "shutil",
    "time",
    "random",
}

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def is_of_the_same_engine(path: Path, name: str) -> bool:
    """An engine may be a folder: its files import each other, and still no other engine."""
    room, *inside = path.relative_to(PACKAGE).parts
    return room == "engines" and len(inside) > 1 and f"{name}.".startswith(f"{OWN}.engines.{inside[0]}.")


def imports_of(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return names


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_room_imports_only_the_rooms_it_may(path: Path) -> None:
    room = room_of(path)
    names = {name for name in imports_of(ast.parse(path.read_text())) if name.startswith(f"{OWN}.")}
    met = {name.split(".")[1] for name in names if not is_of_the_same_engine(path, name)}
    assert met <= MAY_IMPORT[room], f"{room} may not import {met - MAY_IMPORT[room]}"


@pytest.mark.parametrize(
    ("path", "name", "is_same"),
    [
        ("engines/web/client.py", "engines.web.asking", True),
        ("engines/web/client.py", "engines.web.asking.Asker", True),
        ("engines/web/client.py", "engines.webhook", False),
        ("engines/web/client.py", "engines.disk", False),
        ("engines/web/client.py", "engines", False),
        ("engines/disk.py", "engines.web", False),
        ("stages/web/page.py", "engines.web", False),
    ],
)
def test_an_engine_in_a_folder_is_one_engine(path: str, name: str, is_same: bool) -> None:
    assert is_of_the_same_engine(PACKAGE / path, f"{OWN}.{name}") == is_same


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_outside_libraries_stay_in_their_rooms(path: Path) -> None:
    met = {name.split(".")[0] for name in imports_of(ast.parse(path.read_text()))}
    assert not {library for library, rooms in OUTSIDE.items() if library in met and room_of(path) not in rooms}


@pytest.mark.parametrize("path", [p for p in FILES if room_of(p) == "stages"], ids=name_of)
def test_stages_are_pure(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not imports_of(tree) & IMPURE_MODULES
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not called & IMPURE_CALLS
    clocks = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr in ("now", "utcnow", "today")}
    assert not clocks, "the clock is read by the wiring, and its time passed in"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_heavy_libraries_are_imported_where_they_are_needed(path: Path) -> None:
    tree = ast.parse(path.read_text())
    at_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    at_import = {name.split(".")[0] for name in imports_of(ast.Module(at_top, []))}
    assert not at_import & HEAVY


def test_wiring_imports_without_postponed_annotations() -> None:
    postponed = [path for path in FILES if room_of(path) in ("wiring", "definitions") and "__future__" in path.read_text()]
    assert not postponed, "Dagster reads the annotations of assets and resources"


def test_importing_the_definitions_loads_no_model_library_and_makes_no_file(tmp_path: Path) -> None:
    script = "import sys, brief_pipeline.definitions; print(*sorted(set(sys.modules) & set(sys.argv[1].split())))"
    done = subprocess.run(
        [sys.executable, "-c", script, " ".join(HEAVY)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
    assert list(tmp_path.iterdir()) == []


def test_sql_lives_in_its_folder() -> None:
    statement = re.compile(
        r"\s*(select\s.+\sfrom|insert\s+into|delete\s+from|update\s.+\sset|create\s+(table|view))\s", re.I | re.S
    )
    strings = [
        (path, node) for path in FILES for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
    ]
    assert not [name_of(path) for path, node in strings if isinstance(node.value, str) and statement.match(node.value)]
