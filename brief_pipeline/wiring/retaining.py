"""What piles up and is not kept for ever, by [retention]: logs, audio, Dagster's runs, copies of the database, what killed
work left.

What was told is never removed, nor what it rests on: the tables, the transcripts, the briefs. Audio goes where its
transcript is there, as on the audio shelf: its row stays, so that it is not fetched again.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

from brief_pipeline.warehouse.copying import list_backups
from brief_pipeline.wiring.house import House

Notes = dict[str, float | int | str]

LEFT_AFTER = timedelta(days=1)  # no work under way leaves its part file untouched for so long
RUNS_AT_ONCE = 500
SHOWN_PROBLEMS = 3
_PART = re.compile(r".+\.part-[0-9a-f]{8}(\.\w+)?")
_LOG = re.compile(r".+\.(jsonl|log)(\.\w+)?")
_OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@dataclass
class _Tally:
    """What was removed, and what could not be."""

    counts: dict[str, int] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def remove(self, kind: str, paths: Iterable[Path]) -> bool:
        """Removes the files and folders of one thing, and counts it. One that cannot be removed is said, and stays."""
        try:
            size = sum(_remove(path) for path in paths)
        except OSError as error:
            self.problems.append(str(error))
            return False
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.bytes[kind] = self.bytes.get(kind, 0) + size
        return True

    def notes(self) -> Notes:
        notes: Notes = {}
        for kind, count in self.counts.items():
            notes |= {f"{kind}_removed": count, f"{kind}_removed_bytes": self.bytes[kind]}
        if self.problems:
            more = len(self.problems) - SHOWN_PROBLEMS
            shown = [*self.problems[:SHOWN_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
            notes["not_removed"] = "; ".join(shown)
        return notes


def clear_out(house: House, instance: dg.DagsterInstance | None = None) -> Notes:
    """Removes what [retention] no longer keeps. Says how much of each went, in counts and bytes; nothing of what stayed."""
    keep, now, data = house.settings.retention, house.clock(), house.settings.data
    tally = _Tally()
    logs = [path for path in _files(data / "logs") if _LOG.fullmatch(path.name)]
    for path in _older(logs, now - timedelta(days=keep.logs_days)):
        tally.remove("logs", [path])
    for path in _older(_parts(data), now - LEFT_AFTER):
        tally.remove("leftovers", [path])
    for path in list_backups(data / "backups", house.settings.database)[keep.backups :]:
        tally.remove("backups", [path])
    if keep.audio_days is not None:
        _clear_audio(house, now - timedelta(days=keep.audio_days), tally)
    if keep.runs_days is not None and instance is not None:
        _clear_runs(house, instance, now - timedelta(days=keep.runs_days), tally)
    return tally.notes()


def _clear_audio(house: House, before: datetime, tally: _Tally) -> None:
    transcribed = {row["episode_id"] for row in house.store.select("raw.transcripts", ("episode_id",))}
    for row in house.store.select("raw.audio", removed_at=None):
        is_old = row["fetched_at"] < before and row["episode_id"] in transcribed
        if is_old and tally.remove("audio", [house.settings.data / row["path"]]):
            house.store.replace("raw.audio", [{**row, "removed_at": house.clock()}], episode_id=row["episode_id"])


def _clear_runs(house: House, instance: dg.DagsterInstance, before: datetime, tally: _Tally) -> None:
    """Removes runs that are over, but not those that last made a day of an asset: the UI would show it as never made."""
    home, needed = house.settings.dagster_home, _runs_in_force(instance, before)
    for run_id in [run_id for run_id in _runs_over(instance, before) if run_id not in needed]:
        instance.delete_run(run_id)
        tally.remove("runs", [home / "history" / "runs" / f"{run_id}.db", home / "storage" / run_id])


def _runs_over(instance: dg.DagsterInstance, before: datetime) -> list[str]:
    over, cursor = dg.RunsFilter(statuses=_OVER, created_before=before), None
    found: list[str] = []
    while runs := instance.get_runs(over, cursor=cursor, limit=RUNS_AT_ONCE):
        found += [run.run_id for run in runs]
        cursor = runs[-1].run_id
    return found


def _runs_in_force(instance: dg.DagsterInstance, before: datetime) -> set[str]:
    """The runs that made what is the last of its asset and day, as far as they are old enough to go."""
    made = dg.DagsterEventType.ASSET_MATERIALIZATION
    needed: set[str] = set()
    for key in instance.get_asset_keys():
        if last := instance.get_latest_materialization_event(key):
            needed.add(last.run_id)
        ids = list(instance.event_log_storage.get_latest_storage_id_by_partition(key, made).values())
        for start in range(0, len(ids), RUNS_AT_ONCE):
            some = dg.AssetRecordsFilter(
                asset_key=key, storage_ids=ids[start : start + RUNS_AT_ONCE], before_timestamp=before.timestamp()
            )
            needed |= {record.run_id for record in instance.fetch_materializations(some, limit=RUNS_AT_ONCE).records}
    return needed


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


def _parts(data: Path) -> list[Path]:
    """What was being made when its process was killed, anywhere in the data folder."""
    return sorted(Path(folder) / name for folder, _, names in os.walk(data) for name in names if _PART.fullmatch(name))


def _older(paths: Iterable[Path], before: datetime) -> Iterator[Path]:
    for path in paths:
        with suppress(FileNotFoundError):  # another process has just landed or removed it
            if path.lstat().st_mtime < before.timestamp():
                yield path


def _remove(path: Path) -> int:
    """Removes a file or a folder. Gives its bytes, 0 where it is not there."""
    try:
        if not path.is_dir() or path.is_symlink():
            size = path.lstat().st_size
            path.unlink()
            return size
        size = sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
        shutil.rmtree(path)
        return size
    except FileNotFoundError:
        return 0
