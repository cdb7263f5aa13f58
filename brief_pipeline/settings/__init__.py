"""Every setting, its default and where it came from: the only place that reads brief.toml and the environment.

A setting is looked up in the environment first (BRIEF_WHISPER__MODEL=medium), then in brief.toml ([whisper]
model = "medium"), then in sections.py. BRIEF_HOME names the folder that holds brief.toml and dbt_like_sql/; the default
is the clone that this package runs from.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import EmailStr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings.sections import (
    AlertSettings,
    AudioSettings,
    BackfillSettings,
    BriefSettings,
    EmbeddingSettings,
    EpisodeSettings,
    LimitSettings,
    ListenerSettings,
    LlmSettings,
    MailSettings,
    NeighbourSettings,
    RetentionSettings,
    ScheduleSettings,
    ServeSettings,
    SiteSettings,
    StoreSettings,
    WebSettings,
    Weight,
    WhisperSettings,
)

__all__ = [
    "ME",
    "AlertSettings",
    "AudioSettings",
    "BackfillSettings",
    "BriefSettings",
    "EmbeddingSettings",
    "EpisodeSettings",
    "LimitSettings",
    "ListenerSettings",
    "LlmSettings",
    "MailSettings",
    "NeighbourSettings",
    "RetentionSettings",
    "ScheduleSettings",
    "ServeSettings",
    "Settings",
    "SiteSettings",
    "StoreSettings",
    "WebSettings",
    "WhisperSettings",
    "config_path",
    "home_folder",
    "read_settings",
]

FILE_NAME = "brief.toml"
ME = "me"  # the listener that the settings outside of [listeners] are about


class Settings(BaseSettings):
    """All settings of one pipeline."""

    model_config = SettingsConfigDict(
        env_prefix="BRIEF_", env_nested_delimiter="__", env_ignore_empty=True, extra="forbid", frozen=True
    )

    home: Path
    data_dir: Path = Path("data")
    feeds: list[str] = []  # feed URLs, beside those in data/subscriptions.opml
    interests: list[str] = []  # sentences: what you care about
    dislikes: list[str] = []  # what you do not
    weights: dict[str, Weight] = {}  # show, by title or URL -> weight: 1 is any show's, 0 mutes it
    mail_to: EmailStr | None = None  # where your brief is mailed; needs [mail]
    webhook: SecretStr | None = None  # an address that takes {"text": ...} by POST, as Slack's do
    folder: str | None = None  # a folder that gets your brief as files, say one that syncs to a phone
    listeners: dict[str, ListenerSettings] = {}  # by name; "me" is who the six settings above are about
    brief: BriefSettings = BriefSettings()
    neighbours: NeighbourSettings = NeighbourSettings()
    episodes: EpisodeSettings = EpisodeSettings()
    shows: dict[str, EpisodeSettings] = {}  # by title or URL
    web: WebSettings = WebSettings()
    audio: AudioSettings = AudioSettings()
    whisper: WhisperSettings = WhisperSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    llm: LlmSettings = LlmSettings()
    store: StoreSettings = StoreSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    backfill: BackfillSettings = BackfillSettings()
    limits: LimitSettings = LimitSettings()
    retention: RetentionSettings = RetentionSettings()
    alerts: AlertSettings = AlertSettings()
    site: SiteSettings = SiteSettings()
    mail: MailSettings = MailSettings()
    serve: ServeSettings = ServeSettings()

    @field_validator("listeners")
    @classmethod
    def _names_make_folders(cls, listeners: dict[str, ListenerSettings]) -> dict[str, ListenerSettings]:
        for name in listeners:
            if name == ME or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
                raise ValueError(
                    f"{name!r} is no name for a listener: use up to 40 small letters, digits, - and _ "
                    f"({ME!r} is who the settings outside of [listeners] are about)"
                )
        return listeners

    @property
    def everyone(self) -> dict[str, ListenerSettings]:
        """Every listener by name. The first one's brief lies in briefs/ itself: "me", unless only others are named."""
        mine = ListenerSettings(
            interests=self.interests,
            dislikes=self.dislikes,
            weights=self.weights,
            mail_to=self.mail_to,
            webhook=self.webhook,
            folder=self.folder,
        )
        named = dict(sorted(self.listeners.items()))
        return named if named and mine == ListenerSettings() else {ME: mine, **named}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_path())

    @property
    def data(self) -> Path:
        """The data folder, absolute."""
        return self.data_dir if self.data_dir.is_absolute() else self.home / self.data_dir

    @property
    def database(self) -> Path:
        return self.data / "brief.duckdb"

    @property
    def subscriptions_file(self) -> Path:
        return self.data / "subscriptions.opml"

    @property
    def link_root(self) -> str:
        """What the links of subscribers' mails begin with. Never what a request says of itself: a stranger wrote that."""
        return self.site.url or f"http://{self.serve.host}:{self.serve.port}"

    @property
    def subscribers_url(self) -> str | None:
        """The database of those who signed up, where it is not the file."""
        return self.serve.subscribers.get_secret_value() if self.serve.subscribers else None

    @property
    def subscribers_file(self) -> Path:
        """The SQLite file of those who signed up."""
        return self.data / "subscribers.sqlite"

    @property
    def whisper_model(self) -> str:
        """The speech model's name, or its folder in full where it is one below the home folder."""
        folder = self.home / Path(self.whisper.model).expanduser()
        return str(folder) if folder.is_dir() else self.whisper.model

    @property
    def published_database(self) -> Path:
        """The snapshot for who only reads."""
        return self.data / "published" / "brief.duckdb"

    @property
    def sql_folder(self) -> Path:
        return self.home / "dbt_like_sql"

    @property
    def dagster_home(self) -> Path:
        return self.data / "dagster"


def home_folder() -> Path:
    """The folder that holds brief.toml: BRIEF_HOME, else the clone that this package runs from."""
    return Path(os.environ.get("BRIEF_HOME") or Path(__file__).resolve().parents[2]).resolve()


def config_path() -> Path:
    """The settings file: BRIEF_CONFIG, else brief.toml in the home folder."""
    return Path(os.environ.get("BRIEF_CONFIG") or home_folder() / FILE_NAME)


def _uncapitalise(message: str) -> str:
    """The message as it stands after a colon: what it quotes keeps its capitals."""
    return message[:1].lower() + message[1:]


def read_settings(**overrides: Any) -> Settings:
    """The settings in force. Raises SettingsInvalid naming each wrong one."""
    try:
        return Settings(**{"home": home_folder(), **overrides})
    except ValidationError as invalid:
        wrong = "; ".join(f"{'.'.join(str(part) for part in e['loc'])}: {_uncapitalise(e['msg'])}" for e in invalid.errors())
        raise SettingsInvalid(f"Settings are wrong ({config_path()} or BRIEF_... in the environment): {wrong}.") from invalid
    except tomllib.TOMLDecodeError as invalid:
        raise SettingsInvalid(f"{config_path()} is not TOML: {invalid}.") from invalid
