from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeDecoder, FakeEmbedder, FakeGrader, FakeTranscriber, FakeWeb
from samples import HOST, make_feed, make_item, make_vtt
from session_folder import SESSION, folder_of_session

from brief_pipeline.settings import Settings, read_settings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.house import House

NOW = datetime(2026, 5, 5, 6, tzinfo=UTC)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that starts the others
        os.environ[SESSION] = uuid.uuid4().hex


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for left in folder_of_session().parent.glob(f"{folder_of_session().name}*"):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a data folder of its own, untouched by the machine's brief.toml or environment."""
    monkeypatch.setenv("BRIEF_CONFIG", str(tmp_path / "brief.toml"))
    monkeypatch.setenv("BRIEF_DATA_DIR", str(tmp_path / "data"))
    return read_settings()


@pytest.fixture
def make_house(settings: Settings) -> Callable[..., House]:
    """Builds a house of fakes; what is passed takes the place of a fake, or changes the settings."""

    def make(pages: dict[str, Any] | None = None, feeds: list[str] | None = None, **changes: Any) -> House:
        places = {field.name for field in fields(House)}
        own = {name: changes.pop(name) for name in list(changes) if name not in places}
        chosen = settings.model_copy(update={"feeds": feeds or [f"{HOST}/one.xml"], **own})
        return replace(
            House(
                settings=chosen,
                store=Store(chosen.database, chosen.sql_folder, patience_seconds=5),
                web=FakeWeb(pages if pages is not None else default_pages()),
                decoder=FakeDecoder(),
                transcriber=FakeTranscriber(),
                embedder=FakeEmbedder(),
                grader=FakeGrader(),
                clock=lambda: NOW,
            ),
            **changes,
        )

    return make


def default_pages() -> dict[str, Any]:
    """One show with one episode that has a transcript."""
    return {f"{HOST}/one.xml": make_feed("Show One", make_item("pricing")), f"{HOST}/one/pricing.vtt": make_vtt()}
