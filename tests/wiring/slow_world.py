"""The command `brief` over a small world of fakes whose transcriber takes its time: `python slow_world.py backfill ...`.

It says "listening" on the standard output as it begins a file, and hears it to its end when a line comes in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes import FakeDecoder, FakeEmbedder, FakeGrader, FakeWeb
from samples import HOST, make_feed, make_item

from brief_pipeline.engines.whisper import Heard
from brief_pipeline.records import Segment
from brief_pipeline.settings import Settings
from brief_pipeline.warehouse.store import Store
from brief_pipeline.wiring import house as house_module
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.progress import Progress

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
DAYS = [YESTERDAY - timedelta(days=back) for back in (1, 0)]
SAID = "Buses that run at night pay for themselves within a year, because shops stay open for {} of their riders."


class SlowTranscriber:
    name = "faster-whisper:slow"

    def transcribe(
        self, path: Path, language: str | None = None, report: Callable[[float], None] | None = None, careful: bool = False
    ) -> Heard:
        print("listening", flush=True)
        sys.stdin.readline()
        return Heard("en", (Segment(0.0, 9.5, None, SAID.format(len(path.name))),), 10.0, ((0.0, 10.0),))


def build(settings: Settings, progress: Progress | None = None) -> House:
    items = [make_item(f"of-{day}", day, transcript=False) for day in DAYS]
    pages: dict[str, Any] = {f"{HOST}/one.xml": make_feed("Show One", *items)}
    pages |= {f"{HOST}/one/of-{day}.mp3": b"sound" + str(day).encode() for day in DAYS}
    told = {"progress": progress} if progress else {}
    return House(
        settings=settings.model_copy(update={"feeds": [f"{HOST}/one.xml"]}),
        store=Store(settings.database, settings.sql_folder),
        web=FakeWeb(pages),
        decoder=FakeDecoder(),
        transcriber=SlowTranscriber(),
        embedder=FakeEmbedder(),
        grader=FakeGrader(),
        **told,  # type: ignore[arg-type]
    )


if __name__ == "__main__":
    house_module.build_house = build
    from brief_pipeline.cli import main

    main()
