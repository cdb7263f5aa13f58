from __future__ import annotations

import logging

import pytest

from brief_pipeline.wiring.progress import LoggedProgress, SeveralProgress, SilentProgress


class Noted:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[object, ...]]] = []

    def __getattr__(self, name: str) -> object:
        return lambda *said: self.told.append((name, said))


def test_several_are_told_all_of_it_in_order() -> None:
    one, other = Noted(), Noted()
    progress = SeveralProgress(one, SilentProgress(), other)  # type: ignore[arg-type]
    progress.begin("feeds", 2)
    progress.item("feeds", "Show One")
    progress.part("feeds", 0.5)
    progress.item_done("feeds")
    progress.end("feeds", "2 done")
    assert one.told == other.told
    assert one.told == [
        ("begin", ("feeds", 2)),
        ("item", ("feeds", "Show One")),
        ("part", ("feeds", 0.5)),
        ("item_done", ("feeds",)),
        ("end", ("feeds", "2 done")),
    ]


def test_the_runs_log_says_which_item_of_how_many(caplog: pytest.LogCaptureFixture) -> None:
    progress = LoggedProgress(logging.getLogger("run"))
    with caplog.at_level(logging.INFO, "run"):
        progress.begin("audio", 2)
        progress.item("audio", "first")
        progress.item_done("audio")
        progress.item("audio", "second")
        progress.end("audio", "2 done")
    first, second, end = caplog.messages
    assert first == "audio 1/2: first"
    assert second.startswith("audio 2/2: second, about ")
    assert end == "audio: 2 done"
