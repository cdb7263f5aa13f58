"""Room for audio on disk: the oldest that has its transcript goes when the shelf is full, and never any other."""

from collections.abc import Collection
from datetime import date
from threading import Lock
from typing import Any

from brief_pipeline.errors import ShelfFull
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.turns import list_days_held, take_for_a_moment

Row = dict[str, Any]


class AudioShelf:
    """Counts the bytes of the audio on disk against [audio] disk_bytes. Threads may share one.

    What runs on other days have put there or taken away is looked up each time; what they are only fetching yet is not
    known, so that two runs at once may go over the limit by as much as they fetch at once.
    """

    def __init__(self, house: House, transcribed: set[str], days: Collection[date]) -> None:
        """`transcribed`: the ids of the episodes whose audio may go. `days`: the run's, which no other run changes."""
        self._house = house
        self._lock = Lock()
        self._limit = house.settings.audio.disk_bytes
        self._transcribed = transcribed
        self._days = frozenset(days)
        self._own_bytes = sum(row["bytes"] for row in self._list_rows() if row["published_on"] in self._days)
        self.removed: list[str] = []

    def make_room(self, wanted_bytes: int) -> None:
        """Removes transcribed audio until so many bytes fit. Raises ShelfFull where that is not enough.

        Where the length is not known (0) one byte of room is enough; `settle` says what came.
        """
        with self._lock, take_for_a_moment(self._house, "audio-shelf"):
            rows = self._list_rows()
            taken = self._own_bytes + sum(row["bytes"] for row in rows if row["published_on"] not in self._days)
            removable = self._list_removable(rows) if taken + wanted_bytes > self._limit else []
            while taken + wanted_bytes > self._limit and removable:
                taken -= self._remove(removable.pop(0))
            if taken + wanted_bytes > self._limit or taken >= self._limit:
                raise ShelfFull(
                    f"{wanted_bytes / 2**20:.0f} MiB more do not fit: the audio on disk may take {self._limit / 2**30:.3g} "
                    "GiB ([audio] disk_bytes), and what is there has no transcript yet"
                )
            self._own_bytes += wanted_bytes

    def settle(self, expected_bytes: int, real_bytes: int) -> None:
        """Puts the real length in place of the expected one; 0 where nothing landed."""
        with self._lock:
            self._own_bytes += real_bytes - expected_bytes

    def _list_rows(self) -> list[Row]:
        return self._house.store.select("raw.audio", removed_at=None)

    def _list_removable(self, rows: list[Row]) -> list[Row]:
        """What may go, the oldest first: not what another run is about to listen to again."""
        held = list_days_held(self._house)
        may_go = [row for row in rows if row["episode_id"] in self._transcribed and row["published_on"] not in held]
        return sorted(may_go, key=lambda row: (row["fetched_at"], row["episode_id"]))

    def _remove(self, row: Row) -> int:
        """Takes a file off the disk, and gives its bytes; its row stays, so that it is not fetched again."""
        (self._house.settings.data / row["path"]).unlink(missing_ok=True)
        self._house.store.replace("raw.audio", [{**row, "removed_at": self._house.clock()}], episode_id=row["episode_id"])
        if row["published_on"] in self._days:
            self._own_bytes -= row["bytes"]
        self.removed.append(row["episode_id"])
        return int(row["bytes"])
