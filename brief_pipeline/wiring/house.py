"""The house: every engine, the store and the settings, introduced to each other. Building one opens nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from brief_pipeline.engines.decoder import Decoder, PyavDecoder
from brief_pipeline.engines.embedder import Embedder, SentenceEmbedder
from brief_pipeline.engines.llm import LitellmLlm, Llm
from brief_pipeline.engines.web import HttpWeb, Web
from brief_pipeline.engines.whisper import Transcriber, WhisperTranscriber
from brief_pipeline.settings import Settings
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
    llm: Llm | None = None  # None: insights are extracts
    progress: Progress = field(default_factory=SilentProgress)
    clock: Callable[[], datetime] = _now


def build_house(settings: Settings, progress: Progress | None = None) -> House:
    """The house with its real engines. Models load when they are first needed."""
    web, whisper, llm = settings.web, settings.whisper, settings.llm
    return House(
        settings=settings,
        store=Store(settings.database, settings.sql_folder, settings.store.patience_seconds),
        web=HttpWeb(web.contact, web.timeout_seconds, web.attempts, web.connect_to),
        decoder=PyavDecoder(),
        transcriber=WhisperTranscriber(
            model=whisper.model,
            device=whisper.device,
            compute_type=whisper.compute_type,
            batch_size=whisper.batch_size,
            beam_size=whisper.beam_size,
            threads=whisper.threads,
            folder=settings.data / "models",
        ),
        embedder=SentenceEmbedder(
            model=settings.embedding.model,
            batch_size=settings.embedding.batch_size,
            threads=settings.embedding.threads,
            folder=settings.data / "cache" / "vectors",
        ),
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
        progress=progress or SilentProgress(),
    )
