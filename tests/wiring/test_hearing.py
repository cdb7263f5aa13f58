"""What is done about a hearing that went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes import FakeTranscriber
from samples import DAY, HOST, make_feed, make_item

from brief_pipeline.engines.diariser import Turn
from brief_pipeline.records import Segment
from brief_pipeline.wiring.audio import download_audio
from brief_pipeline.wiring.discovery import fetch_feeds
from brief_pipeline.wiring.episodes import find_episodes
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.listening import write_transcripts

MakeHouse = Callable[..., House]
LINES = (
    "Buses that run at night pay for themselves, because shops stay open for their riders.",
    "A town that stops them at ten saves the wages of four drivers and loses its evening.",
    "Whoever plans a route for commuters alone forgets the nurses and the bakers.",
    "The cheapest bus is the one that somebody is waiting for.",
)
WHOLE = tuple(Segment(i * 6.0, i * 6.0 + 5.5, None, line) for i, line in enumerate(LINES))
SPEECH = ((0.0, 24.0),)
LOOP = tuple(Segment(i * 2.0, i * 2.0 + 1.9, None, "and that is what we do") for i in range(12))


def heard_by(make_house: MakeHouse, transcriber: FakeTranscriber, **changes: Any) -> House:
    pages = {f"{HOST}/one.xml": make_feed("Show", make_item("a", transcript=False)), f"{HOST}/one/a.mp3": b"sound"}
    house = make_house(pages, transcriber=transcriber, **changes)
    fetch_feeds(house)
    find_episodes(house, [DAY])
    download_audio(house, [DAY])
    write_transcripts(house, [DAY])
    return house


def test_a_whole_hearing_is_taken_at_once(make_house: MakeHouse) -> None:
    house = heard_by(make_house, FakeTranscriber(WHOLE, speech=SPEECH))
    [row] = house.store.select("raw.transcripts")
    assert (row["tries_count"], row["faults"], row["doubts"], row["speech_seconds"]) == (1, [], None, 24.0)


def test_a_hearing_that_left_speech_out_is_heard_again_with_care(make_house: MakeHouse) -> None:
    house = heard_by(make_house, FakeTranscriber(WHOLE[:1], WHOLE, SPEECH))
    [row] = house.store.select("raw.transcripts")
    assert (row["tries_count"], row["faults"], row["segments_count"]) == (2, [], 4)


def test_an_episode_heard_wrongly_twice_is_flagged_with_the_better_hearing(make_house: MakeHouse) -> None:
    house = heard_by(make_house, FakeTranscriber(LOOP, WHOLE[:3], SPEECH))
    [row] = house.store.select("raw.transcripts")
    assert (row["tries_count"], row["segments_count"]) == (2, 3)
    assert [fault["kind"] for fault in row["faults"]] == ["missing"]
    assert "seconds of speech" in row["doubts"]


class TwoVoices:
    """Hears another speaker from the third line on."""

    name = "fake-diariser"

    def diarise(self, path: Any) -> tuple[Turn, ...]:
        return (Turn(0.0, 11.9, "SPEAKER_00"), Turn(11.9, 24.0, "SPEAKER_01"))


def test_speakers_are_told_apart_where_it_is_asked_for_and_null_where_not(make_house: MakeHouse) -> None:
    house = heard_by(make_house, FakeTranscriber(WHOLE, speech=SPEECH), diariser=TwoVoices())
    assert [row["speaker"] for row in house.store.select("raw.segments")] == ["SPEAKER_00"] * 2 + ["SPEAKER_01"] * 2
    plain = heard_by(make_house, FakeTranscriber(WHOLE, speech=SPEECH))
    plain.store.replace("raw.transcripts", [], published_on=DAY)
    write_transcripts(plain, [DAY])
    assert {row["speaker"] for row in plain.store.select("raw.segments")} == {None}
