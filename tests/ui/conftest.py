from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ui.browser import CHROMEDRIVER, CHROMIUM, DagsterPage, open_browser
from ui.serving import lay_out_clone, serve

SHOTS = "BRIEF_UI_SHOTS"  # a folder to keep the pictures in, to look at them: of the lineage docs/lineage.png is made


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go: the folder that the environment names, else one that is soon forgotten."""
    chosen = os.environ.get(SHOTS)
    folder = Path(chosen) if chosen else tmp_path_factory.mktemp("shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")  # not longer: a UI and a browser that wait take a quarter of a core
def page(tmp_path_factory: pytest.TempPathFactory, shots: Path) -> Iterator[DagsterPage]:
    """A browser on the UI of a fresh clone with the demo, of which nobody has seen a page yet; one for a file."""
    missing = [str(tool) for tool in (CHROMIUM, CHROMEDRIVER) if not tool.exists()]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)}: apt-get install chromium chromium-driver")
    with serve(("ui", "--demo"), lay_out_clone(tmp_path_factory.mktemp("clone"))) as url, open_browser(url, shots) as page:
        yield page
