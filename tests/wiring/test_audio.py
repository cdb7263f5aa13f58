"""How much audio is downloaded, how much of it stays on disk, and what becomes of a file that is not whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from conftest import NOW
from fakes import FakeTranscriber, FakeWeb
from samples import DAY, HOST, make_feed, make_item

from brief_pipeline.records import Segment
from brief_pipeline.settings import AudioSettings
from brief_pipeline.wiring.audio import download_audio
from brief_pipeline.wiring.discovery import fetch_feeds
from brief_pipeline.wiring.episodes import find_episodes
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listening import write_transcripts

MakeHouse = Callable[..., House]
SAID = (Segment(0.0, 9.0, None, "Buses that run at night pay for themselves, because shops stay open for their riders."),)


@dataclass
class FixedDecoder:
    """Files are as long as their first bytes say."""

    seconds: dict[bytes, float] = field(default_factory=dict)

    def measure(self, path: Path) -> float:
        return self.seconds.get(path.read_bytes()[:1], 10.0)


def spoken(name: str, day: Any = DAY, seconds: int | None = None, size: int = 1000) -> str:
    item = make_item(name, day, transcript=False).replace('length="1000"', f'length="{size}"')
    stated = f"<duration xmlns='http://www.itunes.com/dtds/podcast-1.0.dtd'>{seconds}</duration>" if seconds else ""
    return item.replace("</item>", f"{stated}</item>")


def house_of(make_house: MakeHouse, items: dict[str, bytes], feed: list[str], **changes: Any) -> House:
    pages = {f"{HOST}/one.xml": make_feed("Show One", *feed)} | {f"{HOST}/one/{n}.mp3": body for n, body in items.items()}
    house = make_house(pages, transcriber=FakeTranscriber(SAID), **changes)
    fetch_feeds(house)
    return house


def listen(house: House, *days: Any) -> None:
    find_episodes(house, days or [DAY])
    download_audio(house, days or [DAY])
    write_transcripts(house, days or [DAY])


def on_disk(house: House) -> set[str]:
    return {path.name for path in (house.settings.data / "audio").rglob("*.mp3")}


def reasons(house: House) -> list[str]:
    return [row["reason"] for row in house.store.select("raw.failures", stage="audio")]


def test_the_oldest_transcribed_audio_makes_room_and_is_not_fetched_again(make_house: MakeHouse) -> None:
    days = [DAY - timedelta(days=2), DAY - timedelta(days=1), DAY]
    house = house_of(
        make_house,
        {name: name.encode() * 600 for name in "abc"},
        [spoken(name, day, size=600) for name, day in zip("abc", days, strict=True)],
        audio=AudioSettings(disk_bytes=1300),
    )
    for minute, day in enumerate(days):
        listen(replace(house, clock=lambda minute=minute: NOW + timedelta(minutes=minute)), day)
    gone = [row for row in house.store.select("raw.audio") if row["removed_at"]]
    assert [(row["published_on"], len(on_disk(house))) for row in gone] == [(days[0], 2)]
    house.web.asked.clear()  # type: ignore[attr-defined]
    listen(house, days[0])
    assert house.web.asked == []  # type: ignore[attr-defined]
    assert len(house.store.select("raw.transcripts")) == 3


def test_audio_without_a_transcript_is_never_removed(make_house: MakeHouse) -> None:
    house = house_of(
        make_house,
        {name: name.encode() * 600 for name in "abc"},
        [spoken(name, size=600) for name in "abc"],
        audio=AudioSettings(disk_bytes=1300),
    )
    find_episodes(house, [DAY])
    download_audio(house, [DAY])
    assert len(on_disk(house)) == 2
    assert ["disk_bytes" in reason for reason in reasons(house)] == [True]
    write_transcripts(house, [DAY])
    download_audio(house, [DAY])
    assert reasons(house) == []
    assert len(house.store.select("raw.audio")) == 3


def test_an_episode_longer_than_the_limit_is_a_row_and_leaves_no_file(make_house: MakeHouse) -> None:
    house = house_of(make_house, {"a": b"long"}, [spoken("a")], decoder=FixedDecoder({b"l": 30_000.0}))
    find_episodes(house, [DAY])
    download_audio_all_failing(house)
    assert ["8.3 hours long" in reason and "longest_seconds" in reason for reason in reasons(house)] == [True]
    assert on_disk(house) == set()


def download_audio_all_failing(house: House) -> None:
    import pytest

    from brief_pipeline.errors import StageFailed

    with pytest.raises(StageFailed):
        download_audio(house, [DAY])


def test_the_hours_of_a_day_are_limited_by_stated_and_by_decoded_lengths(make_house: MakeHouse) -> None:
    decoder = FixedDecoder({b"a": 3000.0, b"b": 3000.0, b"c": 3000.0})
    house = house_of(
        make_house,
        {name: name.encode() for name in "abc"},
        [spoken("a", seconds=3000), spoken("b", seconds=3000), spoken("c")],
        audio=AudioSettings(hours_per_day=1.7),
        decoder=decoder,
    )
    find_episodes(house, [DAY])
    download_audio(house, [DAY])
    assert len(house.store.select("raw.audio")) == 2
    assert ["hours_per_day" in reason for reason in reasons(house)] == [True]
    more = replace(house, settings=house.settings.model_copy(update={"audio": AudioSettings(hours_per_day=3)}))
    download_audio(more, [DAY])
    assert len(house.store.select("raw.audio")) == 3


def test_a_file_cut_by_minutes_and_by_bytes_is_asked_for_again_and_then_kept_with_a_doubt(make_house: MakeHouse) -> None:
    house = house_of(
        make_house, {"a": b"a" * 500, "b": b"b" * 900}, [spoken("a", seconds=3600, size=1000), spoken("b", seconds=10)]
    )
    find_episodes(house, [DAY])
    download_audio(house, [DAY])
    assert ["cut off: 0 of 60 minutes" in reason for reason in reasons(house)] == [True]
    download_audio(house, [DAY])
    assert reasons(house) == []
    notes = sorted(str(row["length_note"]) for row in house.store.select("raw.audio"))
    assert [note.startswith("shorter than stated") for note in notes] == [False, True]


def test_audio_is_not_fetched_again_when_its_address_changes(make_house: MakeHouse) -> None:
    house = house_of(make_house, {"a": b"sound"}, [spoken("a")])
    listen(house)
    house.web.pages[f"{HOST}/one.xml"] = make_feed("Show One", spoken("a").replace("a.mp3", "a.mp3?signed=2"))  # type: ignore[attr-defined]
    fetch_feeds(house)
    house.web.asked.clear()  # type: ignore[attr-defined]
    listen(house)
    assert house.store.select("raw.episodes")[0]["audio_url"].endswith("?signed=2")
    assert house.web.asked == []  # type: ignore[attr-defined]


def test_nothing_of_an_address_becomes_part_of_a_path(make_house: MakeHouse) -> None:
    odd = "../../../etc/passwd%00.mp3?x=/../../y"
    item = spoken("a").replace(f"{HOST}/one/a.mp3", f"{HOST}/one/{odd}")
    house = make_house(
        web=FakeWeb({f"{HOST}/one.xml": make_feed("../../Show", item), f"{HOST}/one/{odd}": b"sound"}),
        transcriber=FakeTranscriber(SAID),
    )
    fetch_feeds(house)
    listen(house)
    [row] = house.store.select("raw.audio")
    path = (house.settings.data / row["path"]).resolve()
    assert path.is_relative_to(house.settings.data.resolve() / "audio")
    assert path.exists()
