"""What is said in an audio file: heard, checked, heard again where the checks find faults, and told apart by speaker."""

from dataclasses import asdict
from typing import Any

from brief_pipeline.engines.whisper import Heard
from brief_pipeline.errors import NothingToRead
from brief_pipeline.records import Episode, Segment, Transcript
from brief_pipeline.stages.hearing import Fault, choose, find_faults
from brief_pipeline.stages.language_flip import choose_language
from brief_pipeline.stages.speaker_turn import name_speakers
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.timing import step
from brief_pipeline.wiring.turns import take_transcription

Row = dict[str, Any]


def listen(house: House, episode: Episode, sound: Row | None) -> tuple[Transcript, Row]:
    """What is said in an episode's audio, and what the checks say of it. Raises NothingToRead, ModelUnavailable."""
    if sound is None:
        lacks = "its audio could not be had: see the failure of stage audio" if episode.audio_url else "no audio is offered"
        raise NothingToRead(f"no publisher's transcript that reads, and {lacks}")
    if sound["removed_at"] is not None:
        raise NothingToRead("its audio was removed to make room for others ([audio] disk_bytes) and is not on disk")
    heard, faults, tries = _hear_well(house, episode, sound)
    segments = _tell_apart(house, sound, heard.segments)
    about = {
        "faults": [asdict(fault) for fault in faults],
        "doubts": "; ".join(fault.reason for fault in faults) or None,
        "speech_seconds": sum(end - start for start, end in heard.speech),
        "tries_count": tries,
    }
    return Transcript(episode.episode_id, house.transcriber.name, heard.language, segments), about


def _hear_well(house: House, episode: Episode, sound: Row) -> tuple[Heard, tuple[Fault, ...], int]:
    """The better of at most two hearings, what is wrong with it, and how many it took."""
    language = house.settings.whisper.language or (episode.language or "").split("-")[0] or None
    path = house.settings.data / sound["path"]

    def report(second: float) -> None:
        house.progress.part("transcripts", second / sound["duration_seconds"])

    def hear(language: str | None, careful: bool = False) -> Heard:
        def wait(said: str) -> None:
            house.progress.item("transcripts", f"{episode.title} {said}")

        with take_transcription(house, wait), step("transcribing"):
            return house.transcriber.transcribe(path, language, report, careful=careful)

    first = hear(language)
    faults = find_faults(first.segments, first.speech, language or first.language, first.languages)
    if not faults:
        return first, faults, 1
    better = choose_language(first.languages, language or first.language)
    second = hear(better, careful=True)
    others = find_faults(second.segments, second.speech, better, first.languages)
    return (second, others, 2) if choose(faults, others) else (first, faults, 2)


def _tell_apart(house: House, sound: Row, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    if house.diariser is None or not segments:
        return segments
    with step("diarising"):
        return tuple(name_speakers(segments, house.diariser.diarise(house.settings.data / sound["path"])))
