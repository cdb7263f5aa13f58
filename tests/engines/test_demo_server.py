from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from brief_pipeline.engines.demo_server import serve_folder

SOUND = bytes(range(200)) * 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "show").mkdir()
    (tmp_path / "show" / "a.mp3").write_bytes(SOUND)
    (tmp_path / "show" / "a.vtt").write_text("WEBVTT\n")
    return tmp_path


def get(folder: Path, path: str, **headers: str) -> httpx.Response:
    with serve_folder(folder, 0) as address:
        return httpx.get(f"http://{address}/{path}", headers=headers, trust_env=False)


def test_files_come_with_their_type(folder: Path) -> None:
    assert get(folder, "show/a.mp3").content == SOUND
    assert get(folder, "show/a.mp3").headers["content-type"] == "audio/mpeg"
    assert get(folder, "show/a.vtt").headers["content-type"] == "text/vtt"
    assert get(folder, "show/b.mp3").status_code == 404


def test_an_unchanged_file_is_not_sent_again(folder: Path) -> None:
    changed = get(folder, "show/a.mp3").headers["last-modified"]
    assert get(folder, "show/a.mp3", **{"If-Modified-Since": changed}).status_code == 304


@pytest.mark.parametrize(
    ("wanted", "piece"), [("bytes=500-", SOUND[500:]), ("bytes=0-1", SOUND[:2]), ("bytes=9-9", SOUND[9:10])]
)
def test_a_piece_is_sent_where_it_is_asked_for(folder: Path, wanted: str, piece: bytes) -> None:
    got = get(folder, "show/a.mp3", Range=wanted)
    assert (got.status_code, got.content) == (206, piece)
    start = int(wanted[6:].split("-")[0])
    assert got.headers["content-range"] == f"bytes {start}-{start + len(piece) - 1}/{len(SOUND)}"


@pytest.mark.parametrize("wanted", ["bytes=5-3", "bytes=-5", "lines=1-2", "bytes=0-1,4-5"])
def test_a_range_that_is_not_understood_gets_the_whole(folder: Path, wanted: str) -> None:
    got = get(folder, "show/a.mp3", Range=wanted)
    assert (got.status_code, got.content) == (200, SOUND)


def test_a_range_past_the_end_says_how_long_the_file_is(folder: Path) -> None:
    got = get(folder, "show/a.mp3", Range="bytes=5000-")
    assert (got.status_code, got.headers["content-range"]) == (416, f"bytes */{len(SOUND)}")


def test_a_file_that_changed_is_sent_whole(folder: Path) -> None:
    changed = get(folder, "show/a.mp3").headers["last-modified"]
    same = get(folder, "show/a.mp3", **{"Range": "bytes=500-", "If-Range": changed})
    other = get(folder, "show/a.mp3", **{"Range": "bytes=500-", "If-Range": "Mon, 02 Mar 2020 06:00:00 GMT"})
    assert (same.status_code, other.status_code) == (206, 200)


def test_where_the_port_is_taken_a_free_one_is_used(folder: Path) -> None:
    with serve_folder(folder, 0) as first, serve_folder(folder, int(first.rpartition(":")[2])) as second:
        assert first != second
        assert httpx.get(f"http://{second}/show/a.vtt", trust_env=False).text == "WEBVTT\n"


def test_nothing_is_served_once_the_block_is_left(folder: Path) -> None:
    with serve_folder(folder, 0) as address:
        pass
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{address}/", trust_env=False)


def test_a_reader_who_hangs_up_leaves_the_terminal_clean(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "long.mp3").write_bytes(b"x" * 20_000_000)
    with serve_folder(folder, 0) as address:
        host, _, port = address.partition(":")
        with socket.create_connection((host, int(port))) as reader:
            reader.sendall(b"GET /long.mp3 HTTP/1.0\r\n\r\n")
            reader.recv(1000)
        assert httpx.get(f"http://{address}/show/a.vtt", trust_env=False).status_code == 200
    assert capfd.readouterr().err == ""
