"""The sections of brief.toml: what can be set, with its default."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, EmailStr, Field, SecretStr, field_validator

MIB = 1024 * 1024


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
    mail_to: EmailStr | None = None  # where their brief is mailed
    webhook: SecretStr | None = None  # an address that takes {"text": ...} by POST, as Slack's do
    folder: str | None = None  # a folder that gets their brief as files, say one that syncs to a phone


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


class ScheduleSettings(_Section):
    """When the pipeline runs by itself, in `dagster dev` or `brief ui`."""

    enabled: bool = False  # whether the schedule and the sensors start switched on; a switch in the UI goes before this
    hour: int = Field(6, ge=0, le=23)  # of the brief of yesterday (the UTC day)
    minute: int = Field(15, ge=0, le=59)
    time_zone: str = "UTC"  # of hour and minute, as the IANA names it: Europe/Paris
    poll_minutes: int = Field(60, ge=0)  # between two looks at the feeds by the sensor; 0: only each morning
    catch_up_days: int = Field(14, ge=0, le=365)  # how far back days that were missed are made up for

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise ValueError(f"{name!r} is no time zone: use a name such as Europe/Paris or UTC") from unknown
        return name


class AlertSettings(_Section):
    """Who is told when a run fails."""

    webhook: SecretStr | None = None  # an address that takes {"text": ...} by POST, as Slack's do
    mail_to: EmailStr | None = None  # who is mailed; needs [mail]


class LimitSettings(_Section):
    """How much goes at once, so that one machine is not overrun."""

    runs: int = Field(2, ge=1)  # runs that the UI's queue starts at once
    transcriptions: int = Field(1, ge=1)  # episodes listened to at once, over all runs


class BackfillSettings(_Section):
    """How a range of days is run."""

    days_per_run: int = Field(30, ge=1)  # a long range goes in runs of so many days, oldest first


class RetentionSettings(_Section):
    """How long what piles up is kept. What was told, and what it rests on, is kept for ever."""

    logs_days: int = Field(90, ge=1)  # data/logs/
    runs_days: int | None = Field(None, ge=7)  # Dagster's runs and their events; None: for ever
    audio_days: int | None = Field(
        None, ge=0
    )  # audio that has its transcript, after it was fetched; None: up to [audio] disk_bytes
    backups: int = Field(5, ge=1)  # copies of the database from before its schema changed


class SiteSettings(_Section):
    """The pages in data/site/ and where people read them."""

    url: str = ""  # where they are served, such as https://brief.example.org: mails and feeds need links in full
    title: str = "Podcast brief"
    served: bool = True  # by `brief serve`: the pages lead to its search and sign-up; false: by a host of mere files

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no address of a page: it begins with https:// or http://")
        return url.rstrip("/")


class MailSettings(_Section):
    """The mail server that briefs, confirmations and alerts go through."""

    host: str | None = None  # None: nothing is mailed
    port: int | None = Field(None, ge=1, le=65535)  # default: 587 for starttls, 465 for tls, 25 for none
    security: Literal["starttls", "tls", "none"] = "starttls"  # "none" only for a server on this machine
    user: str | None = None
    password: SecretStr | None = None
    sender: str | None = None  # the From address, such as "Podcast brief <brief@example.org>"; default: user
    timeout_seconds: float = Field(30.0, gt=0)
    attempts: int = Field(3, ge=1)  # of a mail within a run; what is left is tried in the next

    @property
    def signed_by(self) -> str:
        """The From address; empty where none is set."""
        return self.sender or self.user or ""


class ServeSettings(_Section):
    """`brief serve`: pages, search and sign-up."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    proxies: list[str] = []  # addresses of proxies in front of it: only what these say of who asks is believed
    sign_up: bool = True  # strangers may sign up; without [mail] nobody can
    subscribers: SecretStr | None = (
        None  # a SQLAlchemy URL, such as postgresql+psycopg://...; default: data/subscribers.sqlite
    )
