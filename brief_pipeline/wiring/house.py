"""The house: every engine, the store and the settings, introduced to each other. Building one opens nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from brief_pipeline.engines.decoder import Decoder, PyavDecoder
from brief_pipeline.engines.diariser import Diariser, PyannoteDiariser
from brief_pipeline.engines.embedder import Embedder, SentenceEmbedder
from brief_pipeline.engines.llm import LitellmLlm, Llm
from brief_pipeline.engines.mail import Mailer, SmtpMailer
from brief_pipeline.engines.minilm import Comparer, Grader, MiniLmComparer, MiniLmGrader
from brief_pipeline.engines.subscribers import SqlSubscribers, Subscribers
from brief_pipeline.engines.vector_index import UsearchIndex, VectorIndex
from brief_pipeline.engines.web import HttpWeb, Web
from brief_pipeline.engines.whisper import Transcriber, WhisperTranscriber, read_sound
from brief_pipeline.settings import Settings, WhisperSettings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring.progress import Progress, SilentProgress


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """What the assets work with. A test puts fakes in its places."""

    settings: Settings
    store: Store
    web: Web
    decoder: Decoder
    transcriber: Transcriber
    embedder: Embedder
    diariser: Diariser | None = None  # None: what is heard has no speakers
    llm: Llm | None = None  # None: insights are extracts ...
    grader: Grader = field(default_factory=MiniLmGrader)  # ... chosen by their grades
    comparer: Comparer = field(default_factory=MiniLmComparer)
    index: VectorIndex | None = None  # None: neighbours are found exactly
    mailer: Mailer | None = None  # None: nothing is mailed
    subscribers: Subscribers | None = None  # None: nobody signed up
    progress: Progress = field(default_factory=SilentProgress)
    clock: Callable[[], datetime] = _now


def build_house(settings: Settings, progress: Progress | None = None) -> House:
    """The house with its real engines. Models load when they are first needed."""
    web, whisper, llm = settings.web, settings.whisper, settings.llm
    return House(
        settings=settings,
        store=Store(settings.database, settings.sql_folder, settings.store.patience_seconds, settings.retention.backups),
        web=HttpWeb(
            contact=web.contact,
            timeout_seconds=web.timeout_seconds,
            attempts=web.attempts,
            connect_to=web.connect_to,
            private_addresses=web.private_addresses,
            per_host=web.per_host,
            fetch_seconds=web.fetch_seconds,
            download_seconds=web.download_seconds,
        ),
        decoder=PyavDecoder(),
        transcriber=WhisperTranscriber(
            model=settings.whisper_model,
            device=whisper.device,
            compute_type=whisper.compute_type,
            batch_size=whisper.batch_size,
            beam_size=whisper.beam_size,
            threads=whisper.threads,
            folder=settings.data / "models",
        ),
        diariser=_build_diariser(whisper) if whisper.diarize else None,
        embedder=SentenceEmbedder(
            model=settings.embedding.model,
            batch_size=settings.embedding.batch_size,
            threads=settings.embedding.threads,
            folder=settings.data / "cache" / "vectors",
        ),
        grader=MiniLmGrader(settings.embedding.threads),
        comparer=MiniLmComparer(settings.embedding.threads),
        index=UsearchIndex(settings.data / "index", settings.embedding.model)
        if settings.neighbours.index == "usearch"
        else None,
        llm=LitellmLlm(
            model=llm.model,
            api_base=llm.api_base,
            api_key=llm.api_key.get_secret_value() if llm.api_key else None,
            timeout_seconds=llm.timeout_seconds,
            attempts=llm.attempts,
            folder=settings.data / "cache" / "answers",
        )
        if llm.model
        else None,
        subscribers=find_subscribers(settings),
        mailer=build_mailer(settings),
        progress=progress or SilentProgress(),
    )


def build_mailer(settings: Settings) -> SmtpMailer | None:
    """The mail server of the settings; None where they name none. Opens nothing."""
    mail = settings.mail
    if mail.host is None:
        return None
    password = mail.password.get_secret_value() if mail.password else None
    return SmtpMailer(mail.host, mail.port, mail.security, mail.user, password, mail.timeout_seconds)


def find_subscribers(settings: Settings) -> SqlSubscribers | None:
    """Those who signed up; None where nobody ever could. Opens nothing."""
    url, path = settings.subscribers_url, settings.subscribers_file
    return SqlSubscribers(url, path) if url or path.exists() else None


def _build_diariser(whisper: WhisperSettings) -> Diariser:
    token = whisper.diarize_token.get_secret_value() if whisper.diarize_token else None
    return PyannoteDiariser(read_sound, whisper.diarize_model, token, whisper.device)
