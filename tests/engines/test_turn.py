from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from engines.turn_children import child, count_up, hold, keep_note

from brief_pipeline.engines.turn import Notes, is_suspended, name_process, take_one_of, take_turn
from brief_pipeline.errors import StoreUnreadable

PATIENCE_SECONDS = 60.0


class GivenUpError(Exception):
    """Ends a wait that a test knows to be in vain."""


def give_up(said: str) -> None:
    raise GivenUpError(said)


def wait_until_free(file: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    with take_turn(file, waiting=lambda _: None if time.monotonic() < end else give_up("not freed")):
        pass


def test_eight_processes_count_as_if_they_were_one(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    with ExitStack() as stack:
        pipes = [stack.enter_context(child(count_up, tmp_path, 20))[1] for _ in range(8)]
        assert [pipe.recv() for pipe in pipes] == ["done"] * 8
    assert counter.read_text() == "160"
    assert [path.name for path in tmp_path.iterdir()] == ["counter"]


def test_threads_of_one_process_shut_each_other_out(tmp_path: Path) -> None:
    inside: list[int] = []

    def work() -> None:
        with take_turn(tmp_path / "turn"):
            inside.append(1)
            assert len(inside) == 1
            time.sleep(0.005)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not inside
    assert list(tmp_path.iterdir()) == []


def test_the_turn_of_a_killed_process_is_free_and_what_it_left_goes(tmp_path: Path) -> None:
    file = tmp_path / "turn"
    with child(hold, [file], "a run") as (process, pipe):
        assert pipe.recv() == "held"
        with pytest.raises(GivenUpError, match="a run"), take_turn(file, waiting=give_up):
            pass
        process.kill()
        process.join()
    assert file.exists()
    wait_until_free(file)
    assert list(tmp_path.iterdir()) == []


def test_as_many_at_once_as_there_are_places_and_no_more(tmp_path: Path) -> None:
    places = [tmp_path / "place-1", tmp_path / "place-2"]
    with child(hold, places, "one") as (_, first), child(hold, places, "two") as (process, second):
        assert (first.recv(), second.recv()) == ("held", "held")
        with pytest.raises(GivenUpError), take_one_of(places, waiting=give_up):
            pass
        process.kill()
        process.join()
        end = time.monotonic() + PATIENCE_SECONDS
        with take_one_of(places, waiting=lambda _: None if time.monotonic() < end else give_up("not freed")) as taken:
            assert taken in places


def test_an_error_inside_gives_the_turn_back(tmp_path: Path) -> None:
    with pytest.raises(KeyError), take_turn(tmp_path / "turn"):
        raise KeyError
    with take_turn(tmp_path / "turn", waiting=give_up):
        pass


def test_a_note_can_be_read_as_long_as_its_writer_lives(tmp_path: Path) -> None:
    board = Notes(tmp_path / "runs")
    with child(keep_note, tmp_path / "runs", "other", "at audio") as (process, pipe):
        assert pipe.recv() == "put"
        with board.at_board():
            board.put("own", "at chunks")
            assert board.read() == {"other": "at audio"}
        process.kill()
        process.join()
        with board.at_board():
            assert board.read() == {}
            board.take_down("own")
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_process_that_stands_still_is_told_from_one_that_works(tmp_path: Path) -> None:
    with child(hold, [tmp_path / "turn"], "a run") as (process, pipe):
        assert pipe.recv() == "held"
        name = f"{name_process().rpartition(' ')[0]} {process.pid}"
        assert not is_suspended(name)
        os.kill(process.pid, signal.SIGSTOP)
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_suspended(name) and time.monotonic() < end:
            time.sleep(0.01)
        assert is_suspended(name)
        assert not is_suspended(f"another-machine {process.pid}")
        os.kill(process.pid, signal.SIGCONT)
    assert not is_suspended("")


def test_a_folder_that_cannot_be_made_is_said_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")
    with pytest.raises(StoreUnreadable, match="set data_dir"), take_turn(tmp_path / "locks" / "turn"):
        pass
