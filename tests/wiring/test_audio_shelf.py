"""The limit of audio on disk, with another run on the same folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW
from engines.turn_children import child
from samples import DAY
from wiring.turn_children import obey

from brief_pipeline.errors import ShelfFull
from brief_pipeline.settings import AudioSettings
from brief_pipeline.wiring.audio_shelf import AudioShelf
from brief_pipeline.wiring.house import House

MakeHouse = Callable[..., House]
OTHER_DAY = DAY - timedelta(days=1)


def put(house: House, name: str, day: date, size: int) -> Path:
    """A file of audio with its row, as the stage leaves them."""
    path = house.settings.data / "audio" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    row: dict[str, Any] = {
        "episode_id": name,
        "published_on": day,
        "audio_url": name,
        "path": f"audio/{name}",
        "sha256": name,
    }
    row |= {"bytes": size, "duration_seconds": 1.0, "fetched_at": NOW}
    house.store.replace("raw.audio", [row], episode_id=name)
    return path


def test_what_another_run_has_fetched_meanwhile_counts(make_house: MakeHouse) -> None:
    house = make_house(audio=AudioSettings(disk_bytes=1000))
    shelf = AudioShelf(house, set(), [DAY])
    shelf.make_room(400)
    put(house, "other", OTHER_DAY, 500)
    with pytest.raises(ShelfFull):
        shelf.make_room(200)
    shelf.make_room(100)


def test_the_oldest_goes_but_not_what_another_run_is_at_work_on(make_house: MakeHouse, tmp_path: Path) -> None:
    house = make_house(audio=AudioSettings(disk_bytes=1000))
    path = put(house, "other", OTHER_DAY, 900)
    shelf = AudioShelf(house, {"other"}, [DAY])
    with child(obey, house.settings.data / "locks", "run-one", [OTHER_DAY.isoformat()], ["audio", "brief"]) as (
        process,
        pipe,
    ):
        assert pipe.recv() == "here"
        pipe.send("audio")
        assert pipe.recv() == "in"
        with pytest.raises(ShelfFull):
            shelf.make_room(200)
        assert path.exists()
        process.kill()
        process.join()
    shelf.make_room(200)
    assert not path.exists()
    assert shelf.removed == ["other"]
