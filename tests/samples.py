"""Small feeds and transcripts, written for the tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime

HOST = "https://shows.example"
DAY = date(2026, 5, 4)

TALK = (
    ("Mira", "Welcome to the show, everybody."),
    ("Mira", "This episode is brought to you by Plumbline, use the promo code MIRA at checkout."),
    (
        "Otto",
        "Cities that charge drivers at rush hour lose 30 percent of their traffic within a year, because trips move.",
    ),
    ("Otto", "The trips that cannot move get faster, so the delivery firms that fought the charge end up defending it."),
    ("Mira", "And what did it cost?"),
    (
        "Otto",
        "Small towns should never copy the scheme, because below 200,000 people the cameras cost more than they earn.",
    ),
    ("Otto", "A town of that size earns more from 10 parking wardens than from 100 cameras."),
    ("Mira", "Thanks for listening, see you next week."),
)


def make_vtt(talk: tuple[tuple[str, str], ...] = TALK, seconds: int = 8) -> bytes:
    """A transcript in WebVTT, one cue a line of talk."""
    cues = [
        f"{_stamp(n * seconds)} --> {_stamp((n + 1) * seconds)}\n<v {speaker}>{text}\n"
        for n, (speaker, text) in enumerate(talk)
    ]
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def make_item(name: str, day: date = DAY, transcript: bool = True, audio: bool = True, show: str = "one") -> str:
    """An item of a feed."""
    stamp = format_datetime(datetime.combine(day, time(9), UTC))
    enclosure = f'<enclosure url="{HOST}/{show}/{name}.mp3" type="audio/mpeg" length="1000"/>' if audio else ""
    offer = f'<podcast:transcript url="{HOST}/{show}/{name}.vtt" type="text/vtt"/>' if transcript else ""
    return f"<item><title>{name}</title><guid>{name}</guid><pubDate>{stamp}</pubDate>{enclosure}{offer}</item>"


def make_feed(title: str, *items: str, language: str = "en") -> bytes:
    """A feed with items."""
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0">'
        f"<channel><title>{title}</title><link>{HOST}</link><language>{language}</language>{''.join(items)}</channel></rss>"
    ).encode()


def _stamp(second: int) -> str:
    return f"00:{second // 60:02}:{second % 60:02}.000"
