from __future__ import annotations

import gzip
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from engines.loopback import Asked, Reply, closed_port, serve

from brief_pipeline.engines.web import HttpWeb
from brief_pipeline.errors import NotThere, TooLarge, Unreachable

MANY = 10_000_000
SOUND = random.Random(7).randbytes(300_000)
OTHER_SOUND = random.Random(8).randbytes(310_000)
OLD, NEW = (hashlib.sha256(sound).hexdigest() for sound in (OTHER_SOUND, SOUND))
CUT = 120_000
MONDAY = "Mon, 02 Mar 2026 06:00:00 GMT"

CHILD = """
import sys
from pathlib import Path
from brief_pipeline.engines.web import HttpWeb
HttpWeb(timeout_seconds=20, attempts=1, private_addresses=True).download(sys.argv[1], Path(sys.argv[2]), 10_000_000)
"""


def make_web(**changes: object) -> HttpWeb:
    return HttpWeb(**{"private_addresses": True, "timeout_seconds": 5.0, "attempts": 2, "pause_seconds": 0.01, **changes})  # type: ignore[arg-type]


def publish(
    body: bytes = SOUND, cut_first: int | None = CUT, heeds_range: bool = True, **headers: str
) -> Callable[[Asked], Reply]:
    """A publisher's server. It hangs up in the middle of the first answer."""
    answered: list[Asked] = []
    headers = {name.replace("_", "-"): value for name, value in (headers or {"ETag": '"v1"'}).items()}

    def answer(asked: Asked) -> Reply:
        answered.append(asked)
        wanted = asked.headers.get("range", "")
        same = asked.headers.get("if-range", "") in headers.values()
        if not (heeds_range and wanted and same):
            return Reply(200, body, {"Content-Type": "audio/mpeg", **headers}, cut_first if len(answered) == 1 else None)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        return Reply(206, body[start:], {**headers, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"})

    return answer


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_lands_whole_with_its_hash_and_type(tmp_path: Path) -> None:
    with serve(publish(cut_first=None)) as server:
        landed = make_web().download(f"{server.url}/a.mp3", tmp_path / "show" / "a.mp3", MANY)
    assert landed.path == tmp_path / "show" / "a.mp3"
    assert landed.path.read_bytes() == SOUND
    assert (landed.bytes, landed.sha256) == (len(SOUND), hashlib.sha256(SOUND).hexdigest())
    assert landed.content_type == "audio/mpeg"
    assert files_in(landed.path.parent) == ["a.mp3"]


@pytest.mark.parametrize(
    "headers", [{"ETag": '"v1"'}, {"Last_Modified": MONDAY}, {"ETag": 'W/"v1"', "Last_Modified": MONDAY}]
)
def test_a_cut_download_goes_on_where_it_was_cut(tmp_path: Path, headers: dict[str, str]) -> None:
    with serve(publish(**headers)) as server:
        landed = make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert landed.path.read_bytes() == SOUND
    assert server.asked[1].headers["range"] == f"bytes={CUT}-"
    assert server.asked[1].headers["if-range"] == (MONDAY if "Last_Modified" in headers else '"v1"')
    assert files_in(tmp_path) == ["a.mp3"]


def test_a_cut_download_goes_on_in_a_later_run(tmp_path: Path) -> None:
    with serve(publish()) as server:
        with pytest.raises(Unreachable):
            make_web(attempts=1).download(server.url, tmp_path / "a.mp3", MANY)
        assert not (tmp_path / "a.mp3").exists()
        landed = make_web(attempts=1).download(server.url, tmp_path / "a.mp3", MANY)
    assert server.asked[1].headers["range"] == f"bytes={CUT}-"
    assert landed.sha256 == hashlib.sha256(SOUND).hexdigest()


@pytest.mark.parametrize("server_kind", [{"heeds_range": False}, {"Cache_Control": "no-store"}])
def test_a_server_that_cannot_resume_sends_the_file_anew(tmp_path: Path, server_kind: dict[str, object]) -> None:
    with serve(publish(**server_kind)) as server:  # type: ignore[arg-type]
        landed = make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert landed.path.read_bytes() == SOUND
    assert ("range" in server.asked[1].headers) == ("heeds_range" in server_kind), "nothing to check the rest by: no Range"


def test_a_file_that_changed_between_tries_is_fetched_anew(tmp_path: Path) -> None:
    with serve(publish()) as server:
        with pytest.raises(Unreachable):
            make_web(attempts=1).download(server.url, tmp_path / "a.mp3", MANY)
        server.answer = publish(OTHER_SOUND, cut_first=None, ETag='"v2"')
        landed = make_web(attempts=1).download(server.url, tmp_path / "a.mp3", MANY)
    assert landed.path.read_bytes() == OTHER_SOUND
    assert server.asked[1].headers["if-range"] == '"v1"'


def test_a_server_that_forgets_if_range_mixes_no_two_files(tmp_path: Path) -> None:
    piece = Reply(206, OTHER_SOUND[CUT:], {"ETag": '"v2"', "Content-Range": f"bytes {CUT}-309999/310000"})
    replies = [Reply(200, SOUND, {"ETag": '"v1"'}, CUT), piece, Reply(200, OTHER_SOUND, {"ETag": '"v2"'})]
    with serve(replies) as server:
        landed = make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert landed.path.read_bytes() == OTHER_SOUND
    assert "range" not in server.asked[2].headers


@pytest.mark.parametrize("begins", [CUT - 1000, CUT + 1000])
def test_a_piece_from_elsewhere_is_not_taken(tmp_path: Path, begins: int) -> None:
    piece = Reply(206, SOUND[begins:], {"ETag": '"v1"', "Content-Range": f"bytes {begins}-299999/300000"})
    with serve([Reply(200, SOUND, {"ETag": '"v1"'}, CUT), piece, Reply(200, SOUND, {"ETag": '"v1"'})]) as server:
        assert make_web().download(server.url, tmp_path / "a.mp3", MANY).path.read_bytes() == SOUND


def test_a_piece_that_nobody_asked_for_is_no_file(tmp_path: Path) -> None:
    piece = Reply(206, SOUND[5:], {"Content-Range": "bytes 5-299999/300000"})
    with serve([piece]) as server, pytest.raises(Unreachable, match="not asked for"):
        make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert not (tmp_path / "a.mp3").exists()


def test_a_range_past_the_end_starts_the_file_anew(tmp_path: Path) -> None:
    with serve([Reply(200, SOUND, {"ETag": '"v1"'}, CUT), Reply(416), Reply(200, OTHER_SOUND)]) as server:
        landed = make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert landed.path.read_bytes() == OTHER_SOUND
    assert [("range" in asked.headers) for asked in server.asked] == [False, True, False]


def test_packed_bytes_are_unpacked_and_never_resumed(tmp_path: Path) -> None:
    packed = gzip.compress(SOUND)
    headers = {"ETag": '"v1"', "Content-Encoding": "gzip"}
    with serve([Reply(200, packed, headers, CUT), Reply(200, packed, headers)]) as server:
        landed = make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert landed.path.read_bytes() == SOUND
    assert server.asked[0].headers["accept-encoding"] == "identity"
    assert "range" not in server.asked[1].headers


def test_a_body_shorter_than_stated_is_no_file(tmp_path: Path) -> None:
    with serve([Reply(200, SOUND, {"Content-Length": "300001"}, cut=300_000)]) as server, pytest.raises(Unreachable):
        make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert not (tmp_path / "a.mp3").exists()


def test_a_piece_shorter_than_the_whole_it_states_is_gone_on_from(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        if "range" not in asked.headers:
            return Reply(200, SOUND, {"ETag": '"v1"'}, CUT)
        start = int(asked.headers["range"][6:-1])
        return Reply(206, SOUND[start:][:CUT], {"Content-Range": f"bytes {start}-{start + CUT - 1}/300000"})

    with serve(answer) as server:
        assert make_web(attempts=4).download(server.url, tmp_path / "a.mp3", MANY).path.read_bytes() == SOUND
    assert [asked.headers.get("range") for asked in server.asked] == [None, "bytes=120000-", "bytes=240000-"]


@pytest.mark.parametrize("stated", [True, False])
def test_a_file_over_the_limit_is_refused_and_leaves_nothing(tmp_path: Path, stated: bool) -> None:
    headers = {} if stated else {"Content-Length": "", "Connection": "close"}
    with serve([Reply(200, SOUND, headers, cut=None if stated else len(SOUND))]) as server, pytest.raises(TooLarge):
        make_web().download(server.url, tmp_path / "a.mp3", 200_000)
    assert len(server.asked) == 1
    assert files_in(tmp_path) == []


def test_the_limit_counts_what_was_there_before(tmp_path: Path) -> None:
    with serve(publish()) as server:
        with pytest.raises(Unreachable):
            make_web(attempts=1).download(server.url, tmp_path / "a.mp3", len(SOUND))
        with pytest.raises(TooLarge):
            make_web(attempts=1).download(server.url, tmp_path / "a.mp3", len(SOUND) - 1)
        assert "range" in server.asked[1].headers
        assert make_web().download(server.url, tmp_path / "a.mp3", len(SOUND)).bytes == len(SOUND)


@pytest.mark.parametrize(("reply", "error"), [(Reply(500), Unreachable), (Reply(410), NotThere), (Reply(304), Unreachable)])
def test_a_failed_download_leaves_the_good_file_alone(tmp_path: Path, reply: Reply, error: type[Exception]) -> None:
    (tmp_path / "a.mp3").write_bytes(b"good")
    with serve([Reply(200, SOUND, {"ETag": '"v1"'}, CUT), reply]) as server, pytest.raises(error):
        make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert (tmp_path / "a.mp3").read_bytes() == b"good"


def test_a_reader_sees_the_old_file_or_the_new_one_never_a_part(tmp_path: Path) -> None:
    path, is_over = tmp_path / "a.mp3", threading.Event()
    seen: set[str] = set()
    path.write_bytes(OTHER_SOUND)

    def read() -> None:
        while not is_over.is_set():
            seen.add(hashlib.sha256(path.read_bytes()).hexdigest())

    reader = threading.Thread(target=read)
    reader.start()
    with serve([Reply(200, SOUND, piece=30_000, pause=0.02)]) as server:
        make_web().download(server.url, path, MANY)
    deadline = time.monotonic() + 10
    while NEW not in seen and time.monotonic() < deadline:
        time.sleep(0.01)
    is_over.set()
    reader.join()
    assert seen == {OLD, NEW}


def test_threads_that_want_the_same_file_do_not_write_into_each_others(tmp_path: Path) -> None:
    landed = []
    with serve([Reply(200, SOUND, {"ETag": '"v1"'}, piece=30_000, pause=0.01)]) as server:
        web = make_web()
        threads = [
            threading.Thread(target=lambda: landed.append(web.download(server.url, tmp_path / "a.mp3", MANY)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert {(file.bytes, file.sha256) for file in landed} == {(len(SOUND), hashlib.sha256(SOUND).hexdigest())}
    assert len(landed) == 4
    assert files_in(tmp_path) == ["a.mp3"]


def start_child(url: str, path: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CHILD, url, str(path)], cwd=Path(__file__).parents[2])


def test_processes_that_want_the_same_file_do_not_write_into_each_others(tmp_path: Path) -> None:
    with serve([Reply(200, SOUND, {"ETag": '"v1"'}, piece=30_000, pause=0.02)]) as server:
        children = [start_child(server.url, tmp_path / "a.mp3") for _ in range(2)]
        assert [child.wait(60) for child in children] == [0, 0]
    assert (tmp_path / "a.mp3").read_bytes() == SOUND
    assert files_in(tmp_path) == ["a.mp3"]


def test_a_killed_download_is_gone_on_with_by_the_next_run(tmp_path: Path) -> None:
    slow = Reply(200, SOUND, {"ETag": '"v1"'}, piece=20_000, pause=0.1)
    with serve([slow]) as server:
        child = start_child(server.url, tmp_path / "a.mp3")
        deadline = time.monotonic() + 30
        while not any(part.stat().st_size > 40_000 for part in tmp_path.glob("*.part-????????")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait(10) == -signal.SIGKILL
        assert not (tmp_path / "a.mp3").exists()
        server.answer = publish(cut_first=None)
        landed = make_web().download(server.url, tmp_path / "a.mp3", MANY)
    resumed_at = int(server.asked[-1].headers["range"].removeprefix("bytes=").removesuffix("-"))
    assert 40_000 < resumed_at < len(SOUND)
    assert landed.path.read_bytes() == SOUND
    assert files_in(tmp_path) == ["a.mp3"]


def leave_part(path: Path, url: str) -> None:
    """A cut download of another URL for the same path."""
    with serve(publish()) as server, pytest.raises(Unreachable):
        make_web(attempts=1).download(f"{server.url}/{url}", path, MANY)


def test_what_an_earlier_address_left_is_removed_once_the_file_has_landed(tmp_path: Path) -> None:
    leave_part(tmp_path / "a.mp3", "old")
    leave_part(tmp_path / "b.mp3", "other")
    (tmp_path / "a.mp3.part-notes").write_text("of somebody else")
    assert len(files_in(tmp_path)) == 5
    with serve([Reply(200, SOUND)]) as server:
        make_web().download(server.url, tmp_path / "a.mp3", MANY)
    left = files_in(tmp_path)
    assert left[:2] == ["a.mp3", "a.mp3.part-notes"]
    assert [name[:10] for name in left[2:]] == ["b.mp3.part", "b.mp3.part"]


def test_what_another_process_holds_is_not_removed(tmp_path: Path) -> None:
    with serve([Reply(200, OTHER_SOUND, {"ETag": '"v1"'}, piece=10_000, pause=0.05)]) as slow:
        child = start_child(slow.url, tmp_path / "a.mp3")
        deadline = time.monotonic() + 30
        while not any(part.stat().st_size for part in tmp_path.glob("*.part-????????")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with serve([Reply(200, SOUND)]) as server:
            make_web().download(server.url, tmp_path / "a.mp3", MANY)
        assert len(list(tmp_path.glob("*.part-????????"))) == 1
        assert child.wait(30) == 0
    assert (tmp_path / "a.mp3").read_bytes() == OTHER_SOUND
    assert files_in(tmp_path) == ["a.mp3"]


def test_a_download_that_another_holds_too_long_is_left_for_the_next_run(tmp_path: Path) -> None:
    with serve([Reply(200, SOUND, piece=10_000, pause=0.1)]) as server:
        child = start_child(server.url, tmp_path / "a.mp3")
        deadline = time.monotonic() + 30
        while not list(tmp_path.glob("*.part-????????")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with pytest.raises(Unreachable, match="left for the next run"):
            make_web(download_seconds=0.5).download(server.url, tmp_path / "a.mp3", MANY)
        assert child.wait(30) == 0
    assert (tmp_path / "a.mp3").read_bytes() == SOUND


def test_a_host_that_is_down_leaves_no_empty_file(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        make_web().download(f"http://127.0.0.1:{closed_port()}/a.mp3", tmp_path / "a.mp3", MANY)
    assert files_in(tmp_path) == []


def test_the_path_is_the_callers_whatever_the_server_says(tmp_path: Path) -> None:
    headers = {"Content-Disposition": 'attachment; filename="../../evil.sh"'}
    with serve([Reply(302, headers={"Location": "/..%2f..%2fevil.mp3"}), Reply(200, SOUND, headers)]) as server:
        make_web().download(f"{server.url}/../../x/%2e%2e/y", tmp_path / "show" / "a.mp3", MANY)
    assert [path.name for path in tmp_path.rglob("*")] == ["show", "a.mp3"]
