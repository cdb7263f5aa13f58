"""What [retention] no longer keeps is removed, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from conftest import NOW
from samples import DAY

from brief_pipeline.definitions import defs
from brief_pipeline.settings import RetentionSettings
from brief_pipeline.wiring import retaining
from brief_pipeline.wiring.clearing import build_every_evening
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.retaining import clear_out
from brief_pipeline.wiring.runs import open_instance, run_days, run_job

MakeHouse = Callable[..., House]


@pytest.fixture
def instance(house: House) -> Iterator[dg.DagsterInstance]:
    with open_instance(house.settings) as instance:
        yield instance


@pytest.fixture
def house(make_house: MakeHouse) -> House:
    return make_house(retention=RetentionSettings(logs_days=10, audio_days=5, backups=2, runs_days=7))


def put(house: House, name: str, age_days: float) -> Path:
    path = house.settings.data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"1234")
    at = (NOW - timedelta(days=age_days)).timestamp()
    os.utime(path, (at, at))
    return path


def put_audio(house: House, name: str, age_days: float, is_transcribed: bool) -> Path:
    day: date = DAY
    row: dict[str, Any] = {"episode_id": name, "published_on": day, "audio_url": name, "path": f"audio/{name}.mp3"}
    row |= {"sha256": name, "bytes": 4, "duration_seconds": 1.0, "fetched_at": NOW - timedelta(days=age_days)}
    house.store.replace("raw.audio", [row], episode_id=name)
    if is_transcribed:
        known = {"published_on": day, "source": "whisper", "input_hash": "", "text_sha256": "", "made_at": NOW}
        counts = {"segments_count": 0, "words_count": 0}
        house.store.replace("raw.transcripts", [{"episode_id": name, **known, **counts}], episode_id=name)
    return put(house, f"audio/{name}.mp3", age_days)


def test_old_logs_and_what_a_kill_left_go_and_new_ones_stay(house: House) -> None:
    old, new = put(house, "logs/2026-04-01.jsonl", 11), put(house, "logs/2026-05-01.jsonl", 9)
    left, under_way = put(house, "briefs/x.part-0123abcd.html", 2), put(house, "briefs/y.part-0123abcd.html", 0.1)
    notes = clear_out(house)
    assert (notes["logs_removed"], notes["logs_removed_bytes"], notes["leftovers_removed"]) == (1, 4, 1)
    assert [path.exists() for path in (old, new, left, under_way)] == [False, True, False, True]


def test_audio_goes_only_when_it_is_old_and_has_its_transcript(house: House) -> None:
    heard, recent = put_audio(house, "heard", 6, True), put_audio(house, "recent", 4, True)
    unheard = put_audio(house, "unheard", 6, False)
    assert clear_out(house)["audio_removed"] == 1
    assert [path.exists() for path in (heard, recent, unheard)] == [False, True, True]
    removed = {row["episode_id"]: row["removed_at"] for row in house.store.select("raw.audio")}
    assert removed == {"heard": NOW, "recent": None, "unheard": None}


def test_without_a_limit_audio_and_runs_are_kept(make_house: MakeHouse) -> None:
    house = make_house()
    kept = put_audio(house, "heard", 4000, True)
    assert clear_out(house) == {}
    assert kept.exists()


def test_what_cannot_be_removed_is_said_and_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    put(house, "logs/2026-04-01.jsonl", 11)

    def refuse(_: Path) -> int:  # root, as whom tests may run, is refused nothing
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(retaining, "_remove", refuse)
    assert clear_out(house)["not_removed"] == "[Errno 13] Permission denied"


def test_runs_go_but_those_that_last_made_a_day_stay(house: House, instance: dg.DagsterInstance) -> None:
    first, second = (run_days(house, [DAY], instance).run_id for _ in range(2))
    later = replace(house, clock=lambda: datetime.now(UTC) + timedelta(days=9))
    notes = clear_out(later, instance)
    assert [run.run_id for run in instance.get_runs()] == [second]
    assert notes["runs_removed"] == 1
    assert first not in {path.stem for path in (house.settings.dagster_home / "history" / "runs").glob("*.db")}


def test_the_job_says_what_it_removed(house: House, instance: dg.DagsterInstance) -> None:
    put(house, "logs/2026-04-01.jsonl", 11)
    ran = run_job(house, "clear_out", instance, {})
    told = [record.dagster_event for record in instance.all_logs(ran.run_id, of_type=dg.DagsterEventType.STEP_OUTPUT)]
    assert [event.step_output_data.metadata["logs_removed"].value for event in told if event] == [1]


def test_it_runs_half_a_day_from_the_morning(house: House) -> None:
    schedule = build_every_evening(house.settings.schedule)
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("15 18 * * *", "UTC")
    assert defs.resolve_schedule_def("every_evening").job_name == "clear_out"
