"""Writes what a show publishes: captions in three formats, chapters, a page and a feed."""

from __future__ import annotations

import html
import json
import uuid
import xml.etree.ElementTree as ET
from email.utils import format_datetime
from pathlib import Path

from script import Cue, Episode, Show

PODCAST_NS = "https://podcastindex.org/namespace/1.0"
ITUNES_NS = "http://www.itunes.com/dtds/podcast-1.0.dtd"
ATOM_NS = "http://www.w3.org/2005/Atom"
PODCAST_GUID_NS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")  # the Podcasting 2.0 namespace's own, for <podcast:guid>
MIME_TYPES = {"vtt": "text/vtt", "srt": "application/x-subrip", "json": "application/json"}

for prefix, namespace in {"itunes": ITUNES_NS, "podcast": PODCAST_NS, "atom": ATOM_NS}.items():
    ET.register_namespace(prefix, namespace)


def clock(seconds: float, point: str) -> str:
    """HH:MM:SS and milliseconds, as captions write it.

    >>> clock(3661.5, ",")
    '01:01:01,500'
    """
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{milliseconds:03}"


def as_vtt(cues: list[Cue]) -> str:
    blocks = [f"{clock(c.start, '.')} --> {clock(c.end, '.')}\n<v {c.speaker.name}>{c.text}</v>" for c in cues]
    return "WEBVTT\n\n" + "\n\n".join(blocks) + "\n"


def as_srt(cues: list[Cue]) -> str:
    """SubRip with the speaker's name where the speaker changes, as most people type it."""
    blocks, speaker = [], None
    for number, cue in enumerate(cues, 1):
        name = "" if cue.speaker == speaker else f"{cue.speaker.name}: "
        blocks.append(f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{name}{cue.text}")
        speaker = cue.speaker
    return "\n\n".join(blocks) + "\n"


def as_json(cues: list[Cue]) -> str:
    """Podcasting 2.0's JSON transcript."""
    segments = [{"speaker": c.speaker.name, "startTime": c.start, "endTime": c.end, "body": c.text} for c in cues]
    return json.dumps({"version": "1.0.0", "segments": segments}, indent=1) + "\n"


TRANSCRIPT_WRITERS = {"vtt": as_vtt, "srt": as_srt, "json": as_json}


def as_chapters(cues: list[Cue]) -> str:
    chapters = [{"startTime": 0.0 if cue is cues[0] else cue.start, "title": cue.chapter} for cue in cues if cue.chapter]
    return json.dumps({"version": "1.2.0", "chapters": chapters}, indent=1) + "\n"


def notes_html(show: Show, episode: Episode) -> str:
    people = "".join(f"<li>{html.escape(s.name)}, {html.escape(s.about)}</li>" for s in episode.speakers)
    return (
        f'<p>{html.escape(episode.summary)}</p><ul>{people}</ul><p><a href="{show.url("index.html")}">More episodes</a></p>'
    )


def write_page(show: Show, folder: Path) -> None:
    parts = [
        f'<h2 id="{e.slug}">{html.escape(e.title)}</h2>\n<p>{e.published:%Y-%m-%d}</p>\n'
        f"<p>{html.escape(e.summary)}</p>\n"
        f'<audio controls preload="none" src="{e.slug}.mp3"></audio>'
        for e in reversed(show.episodes)
    ]
    title = html.escape(show.title)
    page = (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n<h1>{title}</h1>\n'
        f"<p>{html.escape(show.description)}</p>\n<p>This show does not exist. It is part of a bundled sample.</p>\n"
    )
    (folder / "index.html").write_text(page + "\n".join(parts) + "\n</html>\n", encoding="utf-8")


def add(parent: ET.Element, tag: str, value: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = value
    return element


def write_feed(show: Show, path: Path) -> None:
    """RSS 2.0 with the itunes and podcast namespaces, newest episode first."""
    rss = ET.Element("rss", version="2.0")
    channel = add(rss, "channel")
    feed_url = show.url("feed.xml")
    add(channel, "title", show.title)
    add(channel, "link", show.url("index.html"))
    add(channel, f"{{{ATOM_NS}}}link", href=feed_url, rel="self", type="application/rss+xml")
    add(channel, "description", show.description)
    add(channel, "language", "en")
    add(channel, "lastBuildDate", format_datetime(show.episodes[-1].published, usegmt=True))
    add(channel, f"{{{ITUNES_NS}}}author", show.host["name"])
    add(channel, f"{{{ITUNES_NS}}}subtitle", show.tagline)
    add(channel, f"{{{ITUNES_NS}}}category", text=show.category)
    add(channel, f"{{{ITUNES_NS}}}explicit", "false")
    add(channel, f"{{{ITUNES_NS}}}type", "episodic")
    add(channel, f"{{{PODCAST_NS}}}guid", str(uuid.uuid5(PODCAST_GUID_NS, feed_url.removeprefix("http://"))))
    add(channel, f"{{{PODCAST_NS}}}medium", "podcast")
    for number, episode in reversed(list(enumerate(show.episodes, 1))):
        add_item(channel, show, episode, number)
    ET.indent(rss)
    path.write_bytes(ET.tostring(rss, encoding="utf-8", xml_declaration=True) + b"\n")


def add_item(channel: ET.Element, show: Show, episode: Episode, number: int) -> None:
    item = add(channel, "item")
    add(item, "title", episode.title)
    add(item, "link", show.url(f"index.html#{episode.slug}"))
    add(item, "guid", episode.guid, isPermaLink="false")
    add(item, "pubDate", format_datetime(episode.published, usegmt=True))
    add(item, "description", notes_html(show, episode))
    add(item, "enclosure", url=show.url(f"{episode.slug}.mp3"), length=str(episode.mp3_bytes), type="audio/mpeg")
    add(item, f"{{{ITUNES_NS}}}duration", str(round(episode.seconds)))
    add(item, f"{{{ITUNES_NS}}}episode", str(number))
    add(item, f"{{{ITUNES_NS}}}episodeType", "full")
    add(item, f"{{{ITUNES_NS}}}explicit", "false")
    for kind in show.formats:
        url = show.url(f"{episode.slug}.{kind}")
        add(item, f"{{{PODCAST_NS}}}transcript", url=url, type=MIME_TYPES[kind], language="en")
    if show.chapters:
        url = show.url(f"{episode.slug}.chapters.json")
        add(item, f"{{{PODCAST_NS}}}chapters", url=url, type="application/json+chapters")
    for speaker in episode.speakers:
        add(item, f"{{{PODCAST_NS}}}person", speaker.name, role=speaker.role)
