from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import default_pages
from engines.llm_server import LlmServer, serve_llm
from samples import HOST, TALK, make_feed, make_item, make_vtt
from wiring.llm_world import GOOD, HARBOURS, run

from brief_pipeline.engines.llm import LitellmLlm
from brief_pipeline.records import content_id
from brief_pipeline.settings import LlmSettings
from brief_pipeline.wiring.house import House

MakeHouse = Build = Callable[..., House]
Talk = tuple[tuple[str, str], ...]

BEFORE = ("feeds", "episodes", "transcript_files", "audio", "transcripts", "chunks")


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    """Knows an insight of each of the day's two episodes."""
    with serve_llm() as server:
        server.insights = {"pricing": [GOOD], "harbours": [HARBOURS]}
        yield server


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Data folders whose episodes are cut into chunks, by what was said: each is made once."""
    return {"": tmp_path_factory.mktemp("shelf")}


@pytest.fixture
def llm_house(
    make_house: MakeHouse, llm_server: LlmServer, shelf: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Build:
    """Builds a house with two shows, an episode each, cut into chunks, and the server's model."""
    for name in [name for name in os.environ if name.endswith(("_API_KEY", "_API_BASE"))]:
        monkeypatch.delenv(name)

    def build(talk: Talk = TALK, model: str = "openai/test", **changes: Any) -> House:
        other = tuple((who, line.replace("Cities", "Harbours").replace("drivers", "ships")) for who, line in TALK)
        pages = default_pages() | {
            f"{HOST}/one/pricing.vtt": make_vtt(talk),
            f"{HOST}/two.xml": make_feed("Show Two", make_item("harbours", show="two")),
            f"{HOST}/two/harbours.vtt": make_vtt(other),
        }
        house = make_house(pages, feeds=[f"{HOST}/one.xml", f"{HOST}/two.xml"])
        data, ready = house.settings.data, shelf[""] / content_id(*talk)
        if not ready.exists():
            assert run(house, *BEFORE)["chunks"]
            shutil.copytree(data, ready)
        shutil.copytree(ready, data, dirs_exist_ok=True)
        llm = LitellmLlm(model, f"{llm_server.url}/v1", "sk-test", 5.0, 2, pause_seconds=0.01, folder=data / "answers")
        settings = house.settings.model_copy(update={"llm": LlmSettings(model=model, **changes)})
        return replace(house, llm=llm, settings=settings)

    return build
