from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from conftest import default_pages
from samples import DAY, HOST, make_feed, make_item

from brief_pipeline.errors import PassingFailure, Unreachable
from brief_pipeline.settings import Settings, WebSettings
from brief_pipeline.wiring import logs
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.logs import open_log, said_of_all
from brief_pipeline.wiring.runs import Ran, run_days
from brief_pipeline.wiring.workbench import Item, work_through

MakeHouse = Callable[..., House]
Line = dict[str, Any]


def read_lines(settings: Settings, event: str | None = None) -> list[Line]:
    files = sorted((settings.data / "logs").glob("brief-*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if event in (None, line["event"])]


def run(house: House, *days: date) -> Ran:
    with dg.DagsterInstance.ephemeral() as instance:
        return run_days(house, days or [DAY], instance)


# --- a line


def test_a_line_says_when_what_and_of_which_run_first(settings: Settings) -> None:
    with said_of_all(run_id="r1", job="daily_brief", stage="audio"):
        open_log(settings).warning("item failed", day=DAY, item="Show: one", seconds=1.5, reason="no answer")
    [line] = read_lines(settings)
    assert list(line)[:8] == ["at", "level", "event", "run_id", "job", "stage", "day", "item"]
    assert datetime.fromisoformat(line["at"]).utcoffset() == timedelta(0)
    assert (line["level"], line["run_id"], line["stage"], line["day"]) == ("warning", "r1", "audio", "2026-05-04")
    assert (line["seconds"], line["reason"]) == (1.5, "no answer")


def test_a_line_goes_to_the_file_of_its_utc_day(settings: Settings) -> None:
    open_log(settings).info("stage began")
    [line] = read_lines(settings)
    [file] = (settings.data / "logs").iterdir()
    assert file.name == f"brief-{line['at'][:10]}.jsonl"
    assert abs(datetime.fromisoformat(line["at"]) - datetime.now(UTC)) < timedelta(minutes=10)


def test_what_json_cannot_say_is_said_in_words(settings: Settings) -> None:
    open_log(settings).info("odd", broken="\udcff\n\x00", counts={1: {2}}, share=math.nan, path=Path("a/b"))
    text = next((settings.data / "logs").iterdir()).read_text(encoding="utf-8")
    assert text.count("\n") == 1
    [line] = read_lines(settings)
    assert (line["counts"], line["share"], line["path"]) == ({"1": [2]}, "nan", "a/b")


# --- secrets


def test_no_line_holds_a_secret(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment-1")
    keyed = settings.model_copy(update={"llm": settings.llm.model_copy(update={"api_key": secret("sk-settings-22")})})
    try:
        raise ValueError("asked https://me:pw@host.example/feeds/a8f3c1d2e4b5a6f7/rss?auth=tok with sk-settings-22")
    except ValueError as defect:
        open_log(keyed).error(
            "stage broke", reason=str(defect), exc_info=defect, nested={"key": ["sk-environment-1", {"sk-settings-22": 1}]}
        )
    text = next((settings.data / "logs").iterdir()).read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "https://host.example/feeds/***/rss?***" in text
    for hidden in ("sk-settings-22", "sk-environment-1", "pw@", "auth=tok", "a8f3c1d2e4b5a6f7"):
        assert hidden not in text


def secret(value: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(value)


def test_a_feeds_own_address_is_not_logged_by_a_run(make_house: MakeHouse) -> None:
    address = f"{HOST}/feeds/a8f3c1d2e4b5a6f7/rss?auth=letmein"
    house = make_house({address: Unreachable(f"no answer from {address}")}, feeds=[address])
    assert not run(house).succeeded
    text = "".join(file.read_text() for file in (house.settings.data / "logs").iterdir())
    assert "no answer from" in text
    assert "letmein" not in text
    assert "a8f3c1d2e4b5a6f7" not in text


# --- files


WRITER = """
import sys
from pathlib import Path
from brief_pipeline.settings import read_settings
from brief_pipeline.wiring.logs import open_log
log = open_log(read_settings(data_dir=Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
for n in range(400):
    log.info("item done", writer=sys.argv[2], n=n, label="x" * (n * 20))
"""


def test_several_processes_write_whole_lines_into_one_file(settings: Settings) -> None:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", WRITER, str(settings.data)]
    writers = [subprocess.Popen([*command, name], cwd=Path(__file__).parents[2], **pipes) for name in "abcd"]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 4
    for writer in writers:  # none of them before all are ready
        writer.stdin.write("go\n")
        writer.stdin.flush()
    assert [writer.wait(timeout=120) for writer in writers] == [0] * 4
    lines = read_lines(settings)
    assert sorted((line["writer"], line["n"]) for line in lines) == [(name, n) for name in "abcd" for n in range(400)]


def test_a_line_is_one_write_so_that_a_kill_leaves_it_whole_or_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    write = logs.os.write
    monkeypatch.setattr(logs.os, "write", lambda file, body: written.append(body) or write(file, body))
    for n in range(3):
        open_log(settings).info("item done", n=n, label="x" * 9000)
    assert [json.loads(line)["n"] for line in written] == [0, 1, 2]
    assert all(line.endswith(b"}\n") for line in written)


def test_after_a_line_that_was_cut_off_the_next_one_stands_on_its_own(settings: Settings) -> None:
    log = open_log(settings)
    log.info("one")
    [file] = (settings.data / "logs").iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    log.info("two")
    log.info("three")
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()[1:]] == ["two", "three"]


def test_a_log_that_cannot_be_written_stops_no_run_and_says_so_once(
    make_house: MakeHouse, caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house()
    house.settings.data.mkdir(parents=True)
    (house.settings.data / "logs").write_text("a file stands where the folder should be")
    with caplog.at_level(logging.WARNING, logs.__name__):
        assert run(house).succeeded
    assert house.store.select("main.brief_items", published_on=DAY)
    assert len([message for message in caplog.messages if "cannot be written" in message]) == 1


# --- runs


def test_a_run_logs_what_each_stage_did(make_house: MakeHouse) -> None:
    house = make_house()
    ran = run(house)
    began, done = read_lines(house.settings, "stage began"), read_lines(house.settings, "stage done")
    assert [line["stage"] for line in began] == [line["stage"] for line in done]
    assert {line["stage"] for line in done} == set(ran.counts)
    assert {(line["run_id"], line["job"]) for line in (*began, *done)} == {(ran.run_id, "daily_brief")}
    assert all(line["seconds"] >= 0 for line in done)
    [item] = [line for line in read_lines(house.settings, "item done") if line["stage"] == "insights"]
    assert (item["item"], item["day"], item["run_id"]) == ("Show One: pricing", DAY.isoformat(), ran.run_id)
    [day] = [line for line in read_lines(house.settings, "day done") if line["stage"] == "transcripts"]
    assert (day["day"], day["done"], day["rows"], day["publisher:vtt"]) == (DAY.isoformat(), 1, 1, 1)


def test_what_failed_is_logged_with_its_reason_and_not_as_done(make_house: MakeHouse) -> None:
    gone = {f"{HOST}/one.xml": make_feed("Show One", make_item("pricing"), make_item("lost"))}
    house = make_house(default_pages() | gone)
    assert run(house).succeeded
    failed = [line for line in read_lines(house.settings, "item failed") if line["stage"] == "transcript_files"]
    assert [(line["item"], line["error"], line["is_retryable"], line["is_kept"]) for line in failed] == [
        ("Show One: lost", "NothingToRead", True, False)
    ]
    assert "404" in failed[0]["reason"]
    done = [line for line in read_lines(house.settings, "item done") if line["stage"] == "transcript_files"]
    assert [line["item"] for line in done] == ["Show One: pricing"]


def test_a_stage_that_failed_is_not_logged_as_done(make_house: MakeHouse) -> None:
    house = make_house({f"{HOST}/one.xml": Unreachable("no whole answer (ConnectError)")})
    assert not run(house).succeeded
    for event in ("stage done", "day done"):
        assert {line["stage"] for line in read_lines(house.settings, event)} == {"subscribers"}  # it needs no feed
    [line] = read_lines(house.settings, "stage failed")
    assert (line["level"], line["stage"], line["error"]) == ("error", "feeds", "StageFailed")
    assert "all 1 failed" in line["reason"]


def test_a_defect_is_logged_with_its_traceback_and_the_item_it_happened_at(make_house: MakeHouse) -> None:
    class Broken:
        name = "broken"

        def embed(self, _: object) -> object:
            return 1 // 0

    house = make_house(embedder=Broken())
    assert not run(house).succeeded
    [line] = read_lines(house.settings, "stage broke")
    assert (line["stage"], line["level"]) == ("chunks", "error")
    assert "ZeroDivisionError" in line["exception"]
    assert "return 1 // 0" in line["exception"]
    assert "It happened in stage chunks, at Show One: pricing" in line["exception"]
    assert [line for line in read_lines(house.settings, "item done") if line["stage"] == "chunks"] == []


def test_an_item_is_not_done_before_it_is_kept(make_house: MakeHouse) -> None:
    house = make_house()

    def keep(item: Item[str], outcome: str) -> None:
        assert read_lines(house.settings) == []
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        work_through(house, "stage", [Item("a", "A", DAY, "v1", False, "a")], lambda item: item.value, keep)
    assert read_lines(house.settings) == []


def test_what_stopped_on_its_way_is_logged_as_kept_in_part(make_house: MakeHouse) -> None:
    house = make_house()
    stopped = PassingFailure("the cap is reached")
    items = [Item("a", "A", DAY, "v1", False, "a")]
    reports = work_through(house, "stage", items, lambda item: item.value, lambda *_: stopped)
    [line] = read_lines(house.settings)
    assert (line["event"], line["reason"], line["is_kept"]) == ("item failed", "the cap is reached", True)
    assert reports[DAY].done == 1
    assert reports[DAY].notes["why"] == "- stopped on the way: A: the cap is reached"


def test_what_threads_do_is_logged_as_of_the_same_run(make_house: MakeHouse) -> None:
    house = make_house(web=make_house().web)
    assert house.settings.web == WebSettings()
    assert house.settings.web.workers > 1
    ran = run(house)
    feeds = [line for line in read_lines(house.settings, "item done") if line["stage"] == "feeds"]
    assert [line["run_id"] for line in feeds] == [ran.run_id]
