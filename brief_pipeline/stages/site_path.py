"""Where each page of the site is, below its root."""

from __future__ import annotations

from datetime import date

ARCHIVE = "briefs/index.html"
SHOWS = "shows/index.html"
ATOM = "feed.xml"
JSON_FEED = "feed.json"


def brief_page(day: date) -> str:
    """The page of a day's brief.

    >>> brief_page(date(2026, 3, 4))
    'briefs/2026-03-04.html'
    """
    return f"briefs/{day.isoformat()}.html"


def insight_page(insight_id: str) -> str:
    """The page of an insight."""
    return f"insights/{insight_id}.html"


def show_page(feed_id: str) -> str:
    """The page of a show."""
    return f"shows/{feed_id}.html"


def episode_page(episode_id: str) -> str:
    """The page of an episode."""
    return f"episodes/{episode_id}.html"
