"""Every setting, its default and where it came from: the only place that reads brief.toml and the environment.

A setting is looked up in the environment first (BRIEF_WHISPER__MODEL=medium), then in brief.toml ([whisper]
model = "medium"), then here. BRIEF_HOME names the folder that holds brief.toml and dbt_like_sql/; the default is the clone
that this package runs from.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from brief_pipeline.errors import SettingsInvalid

FILE_NAME = "brief.toml"
MIB = 1024 * 1024
ME = "me"  # the listener that the settings outside of [listeners] are about


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WebSettings(_Section):
    """How feeds, transcripts and audio are fetched."""

    contact: str = ""  # an address or page of yours, sent in the User-Agent, as polite fetchers do
    timeout_seconds: float = Field(30.0, gt=0)  # without a byte
    fetch_seconds: float = Field(120.0, gt=0)  # for a whole feed or transcript
    download_seconds: float = Field(3600.0, gt=0)  # for a whole audio file
    attempts: int = Field(3, ge=1)
    workers: int = Field(8, ge=1)  # requests under way at once
    per_host: int = Field(2, ge=1)  # of them to one host
    pages: int = Field(100, ge=1)  # of a feed that comes in pages (RFC 5005)
    private_addresses: bool = False  # also fetch from this machine and its network: a feed names any address it likes
    feed_bytes: int = Field(50 * MIB, gt=0)  # the largest feed that is read
    transcript_bytes: int = Field(20 * MIB, gt=0)  # the largest transcript that is read
    audio_bytes: int = Field(1024 * MIB, gt=0)  # the largest audio file that is fetched
    connect_to: dict[str, str] = {}  # {"host:port": "host:port"}: connect there instead, as curl --connect-to does


class AudioSettings(_Section):
    """How much is listened to, and how much of it stays on disk."""

    longest_seconds: float = Field(6 * 3600.0, gt=0)  # of an episode
    hours_per_day: float = Field(48.0, gt=0)  # of the episodes of one day together
    disk_bytes: int = Field(20 * 1024 * MIB, gt=0)  # past it, the oldest audio that has its transcript is removed


class EpisodeSettings(_Section):
    """Which episodes are wanted: of all shows, or of one where it stands under [shows."its title or URL"]."""

    title_includes: list[str] | None = None  # words or phrases of which the title must hold one; default: any title
    title_excludes: list[str] | None = None  # words or phrases that the title must not hold; default: none
    shortest_seconds: float | None = Field(None, ge=0)
    longest_seconds: float | None = Field(None, gt=0)
    trailers: bool | None = None  # default: no
    bonus: bool | None = None  # default: yes
    reach_days: int | None = Field(None, ge=0)  # how far back a new subscription reaches unless backfilled; default: 7


class WhisperSettings(_Section):
    """Speech recognition, for episodes whose publisher offers no transcript."""

    model: str = "small"  # tiny, base, small, medium, large-v3, turbo ..., or a folder with a CTranslate2 model
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "default"  # int8, float16 ...; default: int8 on a CPU, float16 on a GPU
    language: str | None = None  # fixed language; None: the feed's, else detected
    batch_size: int = Field(8, ge=1)
    beam_size: int = Field(5, ge=1)
    threads: int = Field(0, ge=0)  # 0: as many as there are cores
    diarize: bool = False  # tell the speakers apart (needs the extra `diarize`)
    diarize_model: str = "pyannote/speaker-diarization-community-1"  # a name on the hub, or a folder
    diarize_token: SecretStr | None = None  # the hub's, for models that ask for consent; else HF_TOKEN


class EmbeddingSettings(_Section):
    """The vectors that likeness of meaning is measured with."""

    model: str = (
        "all-MiniLM-L6-v2"  # this one comes with the install; any other sentence-transformers name or folder is loaded
    )
    batch_size: int = Field(32, ge=1)
    threads: int = Field(1, ge=1)  # more only pay on a machine whose cores are idle


class LlmSettings(_Section):
    """A language model to extract insights with. Without one, insights are extracts: the speakers' own sentences."""

    model: str | None = None  # as litellm names it: "ollama/llama3.1", "gpt-5-mini", "claude-sonnet-4-5" ...
    api_base: str | None = None
    api_key: SecretStr | None = None  # else the provider's own variable (OPENAI_API_KEY, ANTHROPIC_API_KEY ...)
    fallbacks: list[str] = []  # models to ask when one gives up, in order; "extract" as the last: no model at all
    judge: bool = True  # a second look at each insight, with its evidence in sight
    judge_model: str | None = None  # default: the same model
    timeout_seconds: float = Field(120.0, gt=0)  # of one try
    deadline_seconds: float = Field(600.0, gt=0)  # of one question with all its tries and pauses
    attempts: int = Field(4, ge=1)
    context_tokens: int | None = Field(None, ge=2048)  # what the model reads at once; default: as litellm knows, else 8,192
    answer_tokens: int | None = Field(None, ge=256)  # the longest answer; default: 4,096, a reasoning model 16,384
    passage_words: int = Field(3000, ge=200)  # transcript words sent in one call, if the context holds them
    calls_per_episode: int = Field(20, ge=1)  # crossing a cap stops the work there, with a row that says so
    tokens_per_episode: int = Field(250_000, ge=1)  # in and out
    pairs_per_day: int = Field(200, ge=0)  # of insights that it is asked to compare; 0: the rules alone decide
    usd_per_run: float = Field(1.0, ge=0)  # of one run over all its days; holds for models whose price is known
    usd_per_million_in: float | None = Field(None, ge=0)  # the price of a model that litellm knows none of: tokens in,
    usd_per_million_out: float | None = Field(None, ge=0)  # and tokens out

    @field_validator("fallbacks")
    @classmethod
    def _extract_comes_last(cls, names: list[str]) -> list[str]:
        if "extract" in names[:-1]:
            raise ValueError('"extract" needs no model and never gives up: it can only be the last')
        return names


Weight = Annotated[float, Field(ge=0, le=3)]


class ListenerSettings(_Section):
    """What one listener wants told. Several have their own briefs from the same insights: [listeners.anna]."""

    interests: list[str] = []  # sentences: what they care about
    dislikes: list[str] = []  # what they do not
    weights: dict[str, Weight] = {}  # show, by title or URL -> weight: 1 is any show's, 0 mutes it


class BriefSettings(_Section):
    """What a brief draws on."""

    window_days: int = Field(3, ge=0, le=14)  # before the day: what came out late, or was crowded out, may still be told
    look_back_days: int = Field(30, ge=1, le=3650)  # what was said in so many days before is not new


class NeighbourSettings(_Section):
    """How the insights near to new ones are found."""

    index: Literal["exact", "usearch"] = "exact"  # usearch (extra `index`): approximate, for histories past index_from
    index_from: int = Field(100_000, ge=1)  # insights; up to there the search is exact whatever the index


class StoreSettings(_Section):
    """The database file."""

    patience_seconds: float = Field(60.0, gt=0)  # how long to wait while another process holds it


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
    listeners: dict[str, ListenerSettings] = {}  # by name; "me" is who the three settings above are about
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
        mine = ListenerSettings(interests=self.interests, dislikes=self.dislikes, weights=self.weights)
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
    def whisper_model(self) -> str:
        """The speech model's name, or its folder in full where it is one below the home folder."""
        folder = self.home / Path(self.whisper.model).expanduser()
        return str(folder) if folder.is_dir() else self.whisper.model

    @property
    def sql_folder(self) -> Path:
        return self.home / "dbt_like_sql"

    @property
    def dagster_home(self) -> Path:
        return self.data / "dagster"


def home_folder() -> Path:
    """The folder that holds brief.toml: BRIEF_HOME, else the clone that this package runs from."""
    return Path(os.environ.get("BRIEF_HOME") or Path(__file__).resolve().parents[1]).resolve()


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
