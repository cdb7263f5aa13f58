"""Remakes the bundled sample: feeds, transcripts, chapters, pages and spoken audio, all from scripts/.

Run `python data/demo/make/make_demo.py`. It needs espeak-ng and ffmpeg on the path, and nothing but Python's standard
library (3.11 or newer). With the same versions of the two programs it writes the same bytes every time.
"""

from __future__ import annotations

import json
import shutil
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from publish import TRANSCRIPT_WRITERS, as_chapters, write_feed, write_page
from script import Episode, Show, read_script
from speech import WORDS_PER_MINUTE, record
from word_times import WordClock

MAKE = Path(__file__).resolve().parent
DEMO = MAKE.parent
FIRST_WORDS_COUNT = 8
INTERESTS = [
    "How electricity is stored, moved and paid for: grid batteries, heat pumps, and what data centres do to power bills.",
    "What AI really costs to run, how firms behave when chips are scarce, and what assistants change at work.",
    "Evidence on the four-day week, night shifts and sleep, and on congestion charges, night buses and empty Fridays.",
]


def read_shows() -> list[Show]:
    shows = [Show(**fields) for fields in tomllib.loads((MAKE / "shows.toml").read_text(encoding="utf-8"))["shows"]]
    for show in shows:
        scripts = sorted((MAKE / "scripts" / show.slug).glob("*.txt"))
        show.episodes = sorted((read_script(path, show.host) for path in scripts), key=lambda episode: episode.published)
    return shows


def write_show(show: Show) -> None:
    """The show's folder, made anew: nothing in it is written by hand."""
    folder = DEMO / show.slug
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for episode in show.episodes:
        record(episode, folder / f"{episode.slug}.mp3")
        for kind in show.formats:
            (folder / f"{episode.slug}.{kind}").write_text(TRANSCRIPT_WRITERS[kind](episode.cues), encoding="utf-8")
        if show.chapters:
            (folder / f"{episode.slug}.chapters.json").write_text(as_chapters(episode.cues), encoding="utf-8")
        print(f"{show.slug}/{episode.slug}: {episode.seconds:.0f} s, {episode.mp3_bytes:,} bytes")
    write_page(show, folder)
    write_feed(show, folder / "feed.xml")


def write_subscriptions(shows: list[Show]) -> None:
    opml = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = "The bundled sample"
    body = ET.SubElement(opml, "body")
    for show in shows:
        links = {"xmlUrl": show.url("feed.xml"), "htmlUrl": show.url("index.html")}
        ET.SubElement(body, "outline", {"type": "rss", "text": show.title, "title": show.title, **links})
    ET.indent(opml)
    (DEMO / "subscriptions.opml").write_bytes(ET.tostring(opml, encoding="utf-8", xml_declaration=True) + b"\n")


def check_quotes(planted: dict[str, list[dict[str, Any]]], episodes: list[Episode]) -> None:
    """Stops with the first planted quote that nobody says."""
    texts = {episode.guid: " ".join(cue.text for cue in episode.cues) for episode in episodes}
    for kind, pairs in planted.items():
        for pair in pairs:
            for end in (pair["first"], pair["second"]):
                if end["quote"] not in texts[end["episode"]]:
                    raise SystemExit(f"planted.toml, {kind}: not said in {end['episode']}: {end['quote']}")


def find_sponsor_reads(episodes: list[Episode]) -> list[dict[str, Any]]:
    reads = []
    for episode in episodes:
        if cues := [cue for cue in episode.cues if cue.is_sponsor]:
            first_words = " ".join(cues[0].text.split()[:FIRST_WORDS_COUNT])
            times = {"start_seconds": cues[0].start, "end_seconds": cues[-1].end}
            reads.append({"episode": episode.guid, **times, "first_words": first_words})
    return reads


def note_what_is_spoken(shows: list[Show]) -> dict[str, Any]:
    """What is said in the episodes of the shows that publish no transcript, with the time of each word: truth for tests."""
    spoken = []
    for show in (show for show in shows if not show.formats):
        voice = show.episodes[0].cues[0].speaker
        clock = WordClock(voice.voice, voice.pitch, WORDS_PER_MINUTE)
        for episode in show.episodes:
            cues = [
                {
                    "start": cue.start,
                    "end": cue.end,
                    "text": cue.text,
                    "words": [
                        [round(cue.start + a, 3), round(cue.start + b, 3), w] for a, b, w in clock.time_words(cue.text)
                    ],
                }
                for cue in episode.cues
            ]
            spoken.append({"episode": episode.guid, "audio": f"{show.slug}/{episode.slug}.mp3", "cues": cues})
    return {"episodes": spoken}


def main() -> None:
    shows = read_shows()
    episodes = [episode for show in shows for episode in show.episodes]
    planted = tomllib.loads((MAKE / "planted.toml").read_text(encoding="utf-8"))
    check_quotes(planted, episodes)
    for show in shows:
        write_show(show)
    write_subscriptions(shows)
    planted["sponsor_reads"] = find_sponsor_reads(episodes)
    (DEMO / "planted.json").write_text(json.dumps(planted, indent=1) + "\n", encoding="utf-8")
    (DEMO / "spoken.json").write_text(json.dumps(note_what_is_spoken(shows)) + "\n", encoding="utf-8")
    lines = "".join(f"  {json.dumps(line)},\n" for line in INTERESTS)
    (DEMO / "brief.toml").write_text(f"interests = [\n{lines}]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
