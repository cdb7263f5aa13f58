"""The tables of a house that has told briefs for some days, written by hand: what pages are made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from brief_pipeline.warehouse.store import Change, Store

DAY = date(2026, 3, 4)
SHOWS, MOST, RELATED = 8, 5, 10
RELATIONS = ("agrees", "extends", "contradicts", "related")
HOSTILE = (
    '<script>alert(1)</script> "><img src=x onerror=alert(2)> javascript:alert(3) \u202egnirts\u2066 \x00\x08\x1b]0;x\x07 '
    "{{ 7 * 7 }} & ' ]]> --> " + "w" * 10_000
)

Row = dict[str, Any]


class World:
    """Rows by table, of `days` days that end with the last, with so many insights a day of `SHOWS` shows.

    `text`: what stands in every place where a feed or a model may put anything.
    """

    def __init__(self, days: int = 3, insights_a_day: int = 16, last: date = DAY, text: str = "") -> None:
        self.days = [last - timedelta(days=back) for back in reversed(range(days))]
        self.insights_a_day = insights_a_day
        self.text = text
        self.rows: dict[str, list[Row]] = {}
        self.place = {day: number for number, day in enumerate(self.days)}
        self._add("raw.feeds", map(self._feed, range(SHOWS)))
        for day in self.days:
            self._tell(day)

    def write(self, store: Store, days: Sequence[date] | None = None) -> None:
        """Puts all of it into the tables, or what is of some days."""
        wanted = set(days) if days is not None else None
        changes = []
        for table, rows in self.rows.items():
            chosen = [row for row in rows if wanted is None or row.get("published_on") in wanted]
            changes.append(Change(table, chosen))
        store.apply([change for change in changes if change.rows])

    def _add(self, table: str, rows: Iterator[Row] | Sequence[Row]) -> None:
        self.rows.setdefault(table, []).extend(rows)

    def _tell(self, day: date) -> None:
        numbers = range(self.insights_a_day)
        told = min(MOST, self.insights_a_day)
        self._add("raw.feed_days", [self._feed_day(day, show) for show in range(SHOWS)])
        self._add("raw.episodes", [self._episode(day, show) for show in range(SHOWS)])
        self._add("main.episode_health", [self._health(day, show) for show in range(SHOWS)])
        self._add("raw.listeners", [{"listener": "me", "published_on": day, "position": 0, "interests": [], "dislikes": []}])
        self._add(
            "raw.listeners", [{"listener": "anna", "published_on": day, "position": 1, "interests": [], "dislikes": []}]
        )
        self._add("raw.insights", [self._insight(day, number) for number in numbers])
        self._add("model.unique_insights", [self._unique(day, number) for number in numbers])
        self._add("main.related_insights", [row for number in numbers for row in self._relate(day, number)])
        self._add("main.top_insights", [self._top(day, number) for number in range(told)])
        self._add("main.brief_items", [self._item(day, number) for number in range(told)])
        self._add("raw.briefs", [self._brief(day, listener) for listener in ("me", "anna")])

    def name(self, day: date, number: int) -> str:
        """The id of an insight."""
        return f"{self.place[day]:06x}{number:010x}"

    def _say(self, words: str) -> str:
        return self.text or words

    def _feed(self, show: int) -> Row:
        return {
            "feed_id": f"f{show}",
            "url": f"https://shows.example/{show}.xml",
            "show_title": self._say(f"Show {show}"),
            "status": "fetched",
            "checked_at": datetime.combine(self.days[-1], time(6), UTC),
        }

    def _feed_day(self, day: date, show: int) -> Row:
        return {
            "feed_id": f"f{show}",
            "published_on": day,
            "show_title": self._say(f"Show {show}"),
            "status": "episodes",
            "episodes_count": 1,
            "looked_at": datetime.combine(day, time(6), UTC),
        }

    def _episode(self, day: date, show: int) -> Row:
        return {
            "episode_id": f"e{show}-{day}",
            "feed_id": f"f{show}",
            "published_on": day,
            "show_title": self._say(f"Show {show}"),
            "title": self._say(f"Episode {show} of {day}"),
            "published_at": datetime.combine(day, time(5), UTC),
            "audio_url": f"https://traffic.megaphone.fm/{show}-{day}.mp3" if show else "javascript:alert(4)",
            "link": f"https://shows.example/{show}/{day}" if show else "javascript:alert(5)",
        }

    def _health(self, day: date, show: int) -> Row:
        stopped = show == SHOWS - 1
        return {
            "episode_id": f"e{show}-{day}",
            "published_on": day,
            "show_title": self._say(f"Show {show}"),
            "title": self._say(f"Episode {show} of {day}"),
            "status": "stopped" if stopped else "read",
            "flags": [],
            "hours": 0.5,
            "reason": self._say("its audio could not be had") if stopped else None,
        }

    def _insight(self, day: date, number: int) -> Row:
        show = number % (SHOWS - 1)
        words = f"Claim {number} of {day}: night bus {number * 7} pays for itself when shops near its stops stay open."
        return {
            "insight_id": self.name(day, number),
            "episode_id": f"e{show}-{day}",
            "feed_id": f"f{show}",
            "published_on": day,
            "chunk_id": "c",
            "claim": self._say(words),
            "explanation": self._say("Riders spend on their way, and the city counted what they spend over half a year."),
            "quote": self._say(f"night bus {number * 7} pays for itself"),
            "char_start": number * 100,
            "char_end": number * 100 + 50,
            "quote_start_seconds": 60.0 + number,
            "quote_end_seconds": 70.0 + number,
            "speaker": self._say("Otto Lind"),
            "method": "llm",
            "model": "fake",
            "score": 0.5,
            "text_hash": self.name(day, number),
        }

    def _unique(self, day: date, number: int) -> Row:
        """The last of a day says again what its first says; the one before it goes on with that of the day before."""
        own = self.name(day, number)
        row = {"insight_id": own, "published_on": day, "status": "new", "group_id": own, "evidence": 0.8}
        if number == self.insights_a_day - 1:
            return {**row, "status": "seen", "of_insight_id": self.name(day, 0), "group_id": self.name(day, 0)}
        if number == self.insights_a_day - 2 and self.place[day]:
            earlier = self.name(day - timedelta(days=1), number)
            return {**row, "status": "follow_up", "of_insight_id": earlier}
        return row

    def _relate(self, day: date, number: int) -> Iterator[Row]:
        """Some of the same place in other shows, today's and of the days before: from both sides."""
        if number == self.insights_a_day - 1:
            return
        for step in range(1, RELATED // 2 + 1):
            back, other = step % 3, (number + step * 3) % (self.insights_a_day - 1)
            if self.place[day] - back < 0 or (back == 0 and other <= number):
                continue
            one, two, on = self.name(day, number), self.name(day - timedelta(days=back), other), day - timedelta(days=back)
            same = {"published_on": day, "cosine": 0.9 - step / 100, "relation": RELATIONS[step % 4], "decided_by": "hand"}
            yield {"insight_id": one, "related_id": two, "related_on": on, "position": step, **same}
            yield {"insight_id": two, "related_id": one, "related_on": day, "position": None, **same}

    def _top(self, day: date, number: int) -> Row:
        return {
            "listener": "me",
            "published_on": day,
            "rank": number + 1,
            "insight_id": self.name(day, number),
            "said_on": day,
            "score": 0.9,
        }

    def _item(self, day: date, number: int) -> Row:
        insight, show = self._insight(day, number), number % (SHOWS - 1)
        other = {
            "insight_id": self.name(day, number + MOST),
            "claim": self._say("Trams pay too."),
            "show_title": self._say("Show 1"),
            "episode": self._say("Depots"),
            "published_on": day.isoformat(),
            "play_url": "https://traffic.megaphone.fm/1.mp3#t=9" if number else "javascript:alert(6)",
        }
        return {
            "listener": "me",
            "published_on": day,
            "rank": number + 1,
            "insight_id": insight["insight_id"],
            "claim": insight["claim"],
            "explanation": insight["explanation"],
            "quote": insight["quote"],
            "speaker": insight["speaker"],
            "show_title": self._say(f"Show {show}"),
            "episode": self._say(f"Episode {show} of {day}"),
            "episode_link": f"https://shows.example/{show}/{day}" if show else "javascript:alert(5)",
            "published_at": datetime.combine(day, time(5), UTC),
            "start_seconds": insight["quote_start_seconds"],
            "play_url": f"https://traffic.megaphone.fm/{show}-{day}.mp3#t=60" if show else "javascript:alert(4)",
            "method": "llm",
            "status": "new",
            "score": 0.9,
            "reasons": [self._say("you care about: night buses")],
            "voices": [other] if number == 1 else [],
            "related": [
                {"relation": relation, "question": self._say("Do they pay?"), **other} for relation in RELATIONS[1:3]
            ],
        }

    def _brief(self, day: date, listener: str) -> Row:
        return {
            "listener": listener,
            "published_on": day,
            "insights_count": MOST,
            "markdown_path": f"briefs/{day}.md",
            "html_path": f"briefs/{day}.html",
            "json_path": f"briefs/{day}.json",
            "json_sha256": "0",
        }
