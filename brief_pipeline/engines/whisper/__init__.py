"""Speech to text, through faster-whisper."""

from __future__ import annotations

from brief_pipeline.engines.whisper.model_folder import HUB_PATIENCE_SECONDS, MODEL_FILES
from brief_pipeline.engines.whisper.sound import SAMPLES_PER_SECOND, read_sound
from brief_pipeline.engines.whisper.transcriber import Heard, Transcriber, WhisperTranscriber

__all__ = [
    "HUB_PATIENCE_SECONDS",
    "MODEL_FILES",
    "SAMPLES_PER_SECOND",
    "Heard",
    "Transcriber",
    "WhisperTranscriber",
    "read_sound",
]
