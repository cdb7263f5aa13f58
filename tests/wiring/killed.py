"""A run that a test kills: `python killed.py DATA_FOLDER FEED_URL download|listen` says where it stands and waits there."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from brief_pipeline.engines.whisper import Heard
from brief_pipeline.records import Segment
from brief_pipeline.settings import WebSettings, read_settings
from brief_pipeline.wiring.audio import download_audio
from brief_pipeline.wiring.discovery import fetch_feeds
from brief_pipeline.wiring.episodes import find_episodes
from brief_pipeline.wiring.house import House, build_house
from brief_pipeline.wiring.listening import write_transcripts

DAY = date(2026, 5, 4)
FOR_EVER = 600.0


class StuckTranscriber:
    """Hears the first file at once; stands still in the middle of the second one."""

    name = "faster-whisper:stuck"

    def __init__(self, is_stuck: bool) -> None:
        self.is_stuck = is_stuck
        self.asked: list[Path] = []

    def transcribe(
        self,
        path: Path,
        language: str | None = None,
        report: Callable[[float], None] | None = None,
        careful: bool = False,
    ) -> Heard:
        self.asked.append(path)
        if len(self.asked) == 2 and self.is_stuck:
            print("stuck", flush=True)
            time.sleep(FOR_EVER)
        return Heard(language, (Segment(0.0, 3.0, None, f"Heard in {path.name}."),), 3.0, ((0.0, 3.0),))


def build(data: Path, url: str, transcriber: StuckTranscriber) -> House:
    settings = read_settings(data_dir=data, feeds=[url], web=WebSettings(private_addresses=True, workers=1))
    return replace(build_house(settings), transcriber=transcriber)


def work(house: House, until_transcripts: bool) -> None:
    fetch_feeds(house)
    find_episodes(house, [DAY])
    download_audio(house, [DAY])
    if until_transcripts:
        write_transcripts(house, [DAY])


if __name__ == "__main__":
    folder, feed, kind = sys.argv[1:]
    work(build(Path(folder), feed, StuckTranscriber(is_stuck=True)), until_transcripts=kind == "listen")
