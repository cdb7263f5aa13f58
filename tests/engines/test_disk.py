from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest

from brief_pipeline.engines.disk import sweep_parts, write_whole


def test_bytes_land_in_a_folder_that_was_not_there(tmp_path: Path) -> None:
    write_whole(tmp_path / "show" / "feed.xml", b"one")
    write_whole(tmp_path / "show" / "feed.xml", b"two")
    assert (tmp_path / "show" / "feed.xml").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "show").iterdir()] == ["feed.xml"]


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    write_whole(tmp_path / "feed.xml", b"good")
    with pytest.raises(TypeError):
        write_whole(tmp_path / "feed.xml", "text, not bytes")  # type: ignore[arg-type]
    assert (tmp_path / "feed.xml").read_bytes() == b"good"
    assert [path.name for path in tmp_path.iterdir()] == ["feed.xml"]


def test_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "brief.html"
    bodies = [bytes([65 + number]) * 200_000 for number in range(8)]
    threads = [threading.Thread(target=write_whole, args=(path, body)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in bodies
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_writer_left_goes_with_the_next_write_and_what_is_being_written_stays(tmp_path: Path) -> None:
    left, written, other = (
        tmp_path / name for name in ("feed.xml.part-0123abcd", "feed.xml.part-4567abcd", "b.xml.part-0123abcd")
    )
    for path in (left, written, other):
        path.write_bytes(b"half")
    with open(written, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_whole(tmp_path / "feed.xml", b"whole")
        assert {path.name for path in tmp_path.iterdir()} == {"feed.xml", written.name, other.name}
        sweep_parts(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"feed.xml", written.name}
    assert (tmp_path / "feed.xml").read_bytes() == b"whole"
