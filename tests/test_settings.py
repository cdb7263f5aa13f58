from __future__ import annotations

from pathlib import Path

import pytest

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import ListenerSettings, read_settings


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
        ('[weights]\n"The Rota" = 3.5', "weights.The Rota: input should be less than or equal to 3"),
        ('[weights]\n"The Rota" = -1', "weights.The Rota: input should be greater than or equal to 0"),
        ('[listeners.anna]\ninterest = ["Trams"]', "listeners.anna.interest: extra inputs are not permitted"),
        ('[listeners.anna.weights]\n"The Rota" = "much"', "listeners.anna.weights.The Rota: input should be a valid number"),
        ('[listeners."../anna"]\n', "is no name for a listener"),
        ("[listeners.Anna]\n", "'Anna' is no name for a listener: use up to 40 small letters"),
        ("[listeners.me]\n", "is who the settings outside of [listeners] are about"),
        ("[brief]\nwindow_days = 15", "brief.window_days: input should be less than or equal to 14"),
        ("[brief]\nlook_back_days = 0", "brief.look_back_days: input should be greater than or equal to 1"),
        ('[neighbours]\nindex = "magic"', "neighbours.index: input should be 'exact' or 'usearch'"),
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


def test_one_listener_needs_no_name(config: Path) -> None:
    config.write_text('interests = ["Night buses"]\ndislikes = ["Sport"]\n[weights]\n"The Rota" = 0\n')
    everyone = read_settings().everyone
    assert list(everyone) == ["me"]
    assert (everyone["me"].interests, everyone["me"].dislikes) == (["Night buses"], ["Sport"])
    assert everyone["me"].weights == {"The Rota": 0}


def test_without_interests_there_is_still_a_listener(config: Path) -> None:
    assert read_settings().everyone == {"me": ListenerSettings()}


def test_several_listeners_come_after_me_by_name(config: Path) -> None:
    config.write_text('interests = ["Trams"]\n[listeners.zoe]\n[listeners.anna]\ninterests = ["Bread"]\n')
    assert list(read_settings().everyone) == ["me", "anna", "zoe"]


def test_who_is_not_asked_for_gets_no_brief(config: Path) -> None:
    config.write_text('[listeners.zoe]\n[listeners.anna]\ninterests = ["Bread"]\n')
    assert list(read_settings().everyone) == ["anna", "zoe"]


def test_what_a_brief_draws_on_can_be_set(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("[brief]\nwindow_days = 0\n[neighbours]\nindex = 'usearch'\n")
    monkeypatch.setenv("BRIEF_BRIEF__LOOK_BACK_DAYS", "90")
    settings = read_settings()
    assert (settings.brief.window_days, settings.brief.look_back_days) == (0, 90)
    assert (settings.neighbours.index, settings.neighbours.index_from) == ("usearch", 100_000)


@pytest.mark.parametrize(
    "address", ["anna@exa mple.org", "anna<secret@example.org", "x@example.org, y@example.org", "nobody"]
)
@pytest.mark.parametrize("place", ['mail_to = "{}"', '[alerts]\nmail_to = "{}"', '[listeners.anna]\nmail_to = "{}"'])
def test_an_address_that_is_none_is_named_with_its_setting(config: Path, place: str, address: str) -> None:
    config.write_text(place.format(address))
    with pytest.raises(SettingsInvalid, match="mail_to: value is not a valid email address"):
        read_settings()
