from __future__ import annotations

from pathlib import Path

import pytest

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import read_settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRIEF_CONFIG", str(tmp_path / "brief.toml"))
    return tmp_path / "brief.toml"


def test_without_a_file_the_defaults_hold(config: Path) -> None:
    settings = read_settings()
    assert (settings.whisper.model, settings.llm.model, settings.embedding.model) == ("small", None, "all-MiniLM-L6-v2")
    assert settings.database == settings.home / "data" / "brief.duckdb"


def test_the_file_changes_a_default_and_the_environment_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text('interests = ["Night buses"]\n[whisper]\nmodel = "medium"\nbeam_size = 2\n')
    monkeypatch.setenv("BRIEF_WHISPER__MODEL", "tiny")
    settings = read_settings()
    assert (settings.interests, settings.whisper.model, settings.whisper.beam_size) == (["Night buses"], "tiny", 2)


def test_an_empty_variable_changes_nothing(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIEF_DATA_DIR", "")
    assert read_settings().data.name == "data"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[web]\ntimeout_seconds = 0", "web.timeout_seconds: input should be greater than 0"),
        ('[whisper]\ndevice = "tpu"', "whisper.device: input should be"),
        ("nonsense = 1", "nonsense: extra inputs are not permitted"),
        ("interests = [", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(config: Path, text: str, said: str) -> None:
    config.write_text(text)
    with pytest.raises(SettingsInvalid, match=r"brief\.toml") as wrong:
        read_settings()
    assert said in str(wrong.value)


def test_a_key_is_not_shown(config: Path) -> None:
    config.write_text('[llm]\napi_key = "sk-secret"\n')
    assert "sk-secret" not in repr(read_settings())
