"""Room for audio on disk: the oldest that has its transcript goes when the shelf is full, and never any other."""

from threading import Lock
from typing import Any

from brief_pipeline.errors import ShelfFull
from brief_pipeline.wiring.house import House

Row = dict[str, Any]


class AudioShelf:
    """Counts the bytes of the audio on disk against [audio] disk_bytes. Threads may share one."""

    def __init__(self, house: House, transcribed: set[str]) -> None:
        """`transcribed`: the ids of the episodes whose audio may go."""
        self._house = house
        self._lock = Lock()
        self._limit = house.settings.audio.disk_bytes
        rows = [row for row in house.store.select("raw.audio") if row["removed_at"] is None]
        self._taken = sum(row["bytes"] for row in rows)
        oldest_first = sorted(rows, key=lambda row: (row["fetched_at"], row["episode_id"]))
        self._removable = [row for row in oldest_first if row["episode_id"] in transcribed]
        self.removed: list[str] = []

    def make_room(self, wanted_bytes: int) -> None:
        """Removes transcribed audio until so many bytes fit. Raises ShelfFull where that is not enough.

        Where the length is not known (0) one byte of room is enough; `settle` says what came.
        """
        with self._lock:
            while self._taken + wanted_bytes > self._limit and self._removable:
                self._remove(self._removable.pop(0))
            if self._taken + wanted_bytes > self._limit or self._taken >= self._limit:
                raise ShelfFull(
                    f"{wanted_bytes / 2**20:.0f} MiB more do not fit: the audio on disk may take {self._limit / 2**30:.3g} "
                    "GiB ([audio] disk_bytes), and what is there has no transcript yet"
                )
            self._taken += wanted_bytes

    def settle(self, expected_bytes: int, real_bytes: int) -> None:
        """Puts the real length in place of the expected one; 0 where nothing landed."""
        with self._lock:
            self._taken += real_bytes - expected_bytes

    def _remove(self, row: Row) -> None:
        """Takes a file off the disk; its row stays, so that it is not fetched again."""
        (self._house.settings.data / row["path"]).unlink(missing_ok=True)
        self._house.store.replace("raw.audio", [{**row, "removed_at": self._house.clock()}], episode_id=row["episode_id"])
        self._taken -= row["bytes"]
        self.removed.append(row["episode_id"])
