"""The bundled sample is sound: its files exist, its times are true, and what planted.json says is there."""

from __future__ import annotations

import json
import re
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

import av
import pytest

DEMO = Path(__file__).parents[1] / "data" / "demo"
BASE_URL = "http://127.0.0.1:8807/"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
FEEDS = sorted(DEMO.glob("*/feed.xml"))
ITEMS = [item for feed in FEEDS for item in ET.parse(feed).iter("item")]
WRITTEN = [item for item in ITEMS if item.find(f"{PODCAST}transcript") is not None]  # the others have to be listened to
SPOKEN = json.loads((DEMO / "spoken.json").read_text(encoding="utf-8"))["episodes"]
PLANTED = json.loads((DEMO / "planted.json").read_text(encoding="utf-8"))
LEAST_PAIRS = {"repeats": 5, "follow_ups": 4, "contradictions": 4, "near_misses": 4}
SPOKEN_SHOW = "marginal-notes"
PAIRS = [pair for kind in LEAST_PAIRS for pair in PLANTED[kind]]
TIMING = re.compile(r"(\d+):(\d+):(\d+)[.,](\d+) --> (\d+):(\d+):(\d+)[.,](\d+)")

Cue = tuple[float, float, str, str]  # start, end, speaker ("" where not said), text


def guid_of(item: ET.Element) -> str:
    return item.findtext("guid", "")


def day_of(item: ET.Element) -> date:
    return parsedate_to_datetime(item.findtext("pubDate", "")).astimezone(UTC).date()


def local_path(url: str) -> Path:
    return DEMO / url.removeprefix(BASE_URL).partition("#")[0]


def read_cues(path: Path) -> list[Cue]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return [(s["startTime"], s["endTime"], s["speaker"], s["body"]) for s in json.loads(text)["segments"]]
    cues = []
    for block in text.split("\n\n"):
        if timing := TIMING.search(block):
            h1, m1, s1, ms1, h2, m2, s2, ms2 = map(int, timing.groups())
            body = block[timing.end() :].strip()
            named = re.fullmatch(r"<v ([^>]+)>(.*)</v>", body) or re.fullmatch(r"([A-Z]\w+ [A-Z]\w+): (.*)", body)
            speaker, words = named.groups() if named else ("", body)
            cues.append((h1 * 3600 + m1 * 60 + s1 + ms1 / 1000, h2 * 3600 + m2 * 60 + s2 + ms2 / 1000, speaker, words))
    return cues


def transcripts_of(item: ET.Element) -> list[list[Cue]]:
    return [read_cues(local_path(link.attrib["url"])) for link in item.findall(f"{PODCAST}transcript")]


def texts_by_guid() -> dict[str, list[str]]:
    return {guid_of(item): [" ".join(cue[3] for cue in cues) for cues in transcripts_of(item)] for item in WRITTEN}


def seconds_of(mp3: Path) -> float:
    with av.open(str(mp3)) as audio:
        return float(sum(frame.samples / frame.sample_rate for frame in audio.decode(audio=0)))


def test_each_of_four_shows_publishes_once_a_day_for_three_days_and_a_fifth_on_two_of_them() -> None:
    assert len(FEEDS) == 5
    for feed in FEEDS:
        dates = [day_of(item) for item in ET.parse(feed).iter("item")]
        assert dates == [date(2026, 3, 4), date(2026, 3, 3), date(2026, 3, 2)][: 2 if feed.parent.name == SPOKEN_SHOW else 3]


def test_every_episode_has_a_guid_of_its_own() -> None:
    assert len({guid_of(item) for item in ITEMS}) == 14


def test_the_episodes_without_a_transcript_are_those_of_which_every_word_is_timed() -> None:
    without = {guid_of(item) for item in ITEMS} - {guid_of(item) for item in WRITTEN}
    assert {episode["episode"] for episode in SPOKEN} == without
    for cue in (cue for episode in SPOKEN for cue in episode["cues"]):
        assert " ".join(word for _, _, word in cue["words"]) == cue["text"]
        edges = [edge for start, end, _ in cue["words"] for edge in (start, end)]
        assert edges == sorted(edges)
        assert (edges[0], edges[-1]) == (pytest.approx(cue["start"], abs=0.01), pytest.approx(cue["end"], abs=0.1))


@pytest.mark.parametrize("document", [*FEEDS, DEMO / "subscriptions.opml"], ids=lambda path: path.parent.name)
def test_every_address_in_the_sample_names_a_file(document: Path) -> None:
    addresses = re.findall(re.escape(BASE_URL) + r'[^"<\s&]+', document.read_text(encoding="utf-8"))
    assert addresses
    assert [url for url in addresses if not local_path(url).is_file()] == []


def test_every_link_points_at_a_heading_of_the_shows_page() -> None:
    for item in ITEMS:
        page, _, anchor = item.findtext("link", "").partition("#")
        assert f'id="{anchor}"' in local_path(page).read_text(encoding="utf-8")


def test_every_enclosure_states_its_files_size_and_all_audio_is_small() -> None:
    enclosures = [enclosure.attrib for item in ITEMS for enclosure in item.findall("enclosure")]
    sizes = [local_path(enclosure["url"]).stat().st_size for enclosure in enclosures]
    assert [int(enclosure["length"]) for enclosure in enclosures] == sizes
    assert len(sizes) == 14
    assert sum(sizes) <= 7_000_000


@pytest.mark.parametrize("item", ITEMS, ids=guid_of)
def test_cues_follow_one_another_and_end_within_the_audio(item: ET.Element) -> None:
    (enclosure,) = item.findall("enclosure")
    seconds = seconds_of(local_path(enclosure.attrib["url"]))
    for cues in transcripts_of(item):
        edges = [edge for cue in cues for edge in cue[:2]]
        assert all(earlier < later for earlier, later in pairwise(edges))
        assert seconds - 2 < edges[-1] < seconds
    duration = item.findtext("{http://www.itunes.com/dtds/podcast-1.0.dtd}duration", "")
    assert abs(int(duration) - seconds) < 1


@pytest.mark.parametrize("item", WRITTEN, ids=guid_of)
def test_an_episode_is_a_talk_of_two_or_three_named_speakers(item: ET.Element) -> None:
    people = {person.text for person in item.findall(f"{PODCAST}person")}
    for cues in transcripts_of(item):
        assert {cue[2] for cue in cues} - {""} == people
        assert len(people) in (2, 3)
        assert 450 <= len(" ".join(cue[3] for cue in cues).split()) <= 600


def test_three_transcript_formats_are_used_and_one_show_offers_two() -> None:
    kinds = [frozenset(link.attrib["type"] for link in item.findall(f"{PODCAST}transcript")) for item in WRITTEN]
    vtt, srt, podcasting = "text/vtt", "application/x-subrip", "application/json"
    assert Counter(kinds) == {frozenset(k): 3 for k in ({vtt}, {srt}, {podcasting}, {vtt, srt})}


def test_two_formats_of_an_episode_say_the_same() -> None:
    for texts in texts_by_guid().values():
        assert len(set(texts)) == 1


def test_chapters_of_one_show_mark_its_sponsor_reads() -> None:
    reads = {read["episode"]: read["start_seconds"] for read in PLANTED["sponsor_reads"]}
    with_chapters = {guid_of(item): link.attrib["url"] for item in ITEMS for link in item.findall(f"{PODCAST}chapters")}
    assert len(with_chapters) == 3
    for guid, url in with_chapters.items():
        starts = [chapter["startTime"] for chapter in json.loads(local_path(url).read_text(encoding="utf-8"))["chapters"]]
        assert starts == sorted(starts)
        assert starts[0] == 0
        assert guid not in reads or reads[guid] in starts


@pytest.mark.parametrize("kind", LEAST_PAIRS)
def test_enough_pairs_of_each_kind_are_planted(kind: str) -> None:
    assert len(PLANTED[kind]) >= LEAST_PAIRS[kind]


def test_every_planted_quote_is_said_by_one_speaker() -> None:
    texts = texts_by_guid()
    turns = {guid_of(item): [turn for cues in transcripts_of(item) for turn in turns_of(cues)] for item in ITEMS}
    for end in [pair[side] for pair in PAIRS for side in ("first", "second")]:
        assert all(end["quote"] in text for text in texts[end["episode"]]), end
        assert any(end["quote"] in turn for turn in turns[end["episode"]]), end


def turns_of(cues: list[Cue]) -> list[str]:
    turns: list[list[str]] = []
    last = ""
    for _, _, speaker, text in cues:
        if speaker and speaker != last:
            turns.append([])
            last = speaker
        turns[-1].append(text)
    return [" ".join(turn) for turn in turns]


def test_the_second_of_a_pair_is_published_after_the_first() -> None:
    published = {guid_of(item): parsedate_to_datetime(item.findtext("pubDate", "")) for item in ITEMS}
    for pair in PAIRS:
        assert published[pair["first"]["episode"]] < published[pair["second"]["episode"]], pair


@pytest.mark.parametrize("kind", ["repeats", "contradictions"])
def test_repeats_and_contradictions_are_between_two_shows(kind: str) -> None:
    shows = {guid_of(item): feed.parent.name for feed in FEEDS for item in ET.parse(feed).iter("item")}
    assert all(shows[pair["first"]["episode"]] != shows[pair["second"]["episode"]] for pair in PLANTED[kind])


def test_sponsor_reads_begin_and_end_where_planted_json_says() -> None:
    cues_by_guid = {guid_of(item): transcripts_of(item)[0] for item in WRITTEN}
    assert len(PLANTED["sponsor_reads"]) >= 7
    for read in PLANTED["sponsor_reads"]:
        cues = cues_by_guid[read["episode"]]
        (first,) = [cue for cue in cues if cue[0] == pytest.approx(read["start_seconds"])]
        assert first[3].startswith(read["first_words"])
        assert any(cue[1] == pytest.approx(read["end_seconds"]) for cue in cues)


def test_the_samples_settings_name_interests_only() -> None:
    settings = tomllib.loads((DEMO / "brief.toml").read_text(encoding="utf-8"))
    assert list(settings) == ["interests"]
    assert 2 <= len(settings["interests"]) <= 3
