from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from engines.loopback import Asked, Reply, serve

from brief_pipeline.engines.web import HttpWeb
from brief_pipeline.errors import Unreachable

MANY = 1_000_000


class Counting:
    """Answers after a while, and counts how many requests were open at once."""

    def __init__(self) -> None:
        self.open = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
        time.sleep(0.05)
        with self._lock:
            self.open -= 1
        return Reply(200, b"feed")


def make_web(**changes: object) -> HttpWeb:
    defaults = {"timeout_seconds": 3.0, "attempts": 2, "pause_seconds": 0.01, "private_addresses": True}
    return HttpWeb(**{**defaults, **changes})  # type: ignore[arg-type]


def at_once(*jobs: Callable[[], object]) -> list[object]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [job.result() for job in [pool.submit(job) for job in jobs]]


@pytest.mark.parametrize("per_host", [1, 2])
def test_one_host_is_asked_by_few_at_a_time_downloads_included(tmp_path: Path, per_host: int) -> None:
    counting = Counting()
    with serve(counting) as server:
        web = make_web(per_host=per_host)
        fetches = [lambda n=n: web.fetch(f"{server.url}/{n}", MANY) for n in range(4)]  # type: ignore[misc]
        downloads = [lambda n=n: web.download(server.url, tmp_path / str(n), MANY) for n in range(4)]  # type: ignore[misc]
        at_once(*fetches, *downloads)
    assert (counting.most, len(server.asked)) == (per_host, 8)


def test_others_go_on_while_one_host_is_busy() -> None:
    may_answer = threading.Event()

    def answer(asked: Asked) -> Reply:
        may_answer.wait(10)
        return Reply(200, b"slow")

    with serve(answer) as slow, serve([Reply(200, b"feed")]) as quick:
        web = make_web(connect_to={"quick.example:80": quick.url.removeprefix("http://")}, per_host=1, timeout_seconds=20)
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(web.fetch, slow.url, MANY) for _ in range(3)]
            assert web.fetch("http://quick.example/", MANY).body == b"feed"
            assert not any(job.done() for job in waiting)
            may_answer.set()
            assert [job.result().body for job in waiting] == [b"slow"] * 3


def test_waiting_for_a_turn_does_not_count_against_the_limit() -> None:
    with serve([Reply(200, b"feed", wait=0.3)]) as server:
        web = make_web(per_host=1, fetch_seconds=1.2)
        bodies = at_once(*[lambda: web.fetch(server.url, MANY).body] * 6)
    assert bodies == [b"feed"] * 6


def test_a_turn_is_given_back_after_a_failure() -> None:
    with serve([Reply(500), Reply(404), Reply(200, b"x" * 100), Reply(200, b"feed")]) as server:
        web = make_web(per_host=1, attempts=1)
        for most_bytes in (MANY, MANY, 10):
            with pytest.raises(Exception, match=r"500|404|larger"):
                web.fetch(server.url, most_bytes)
        assert web.fetch(server.url, MANY).body == b"feed"


def test_a_host_that_asks_for_time_gets_it_from_everybody() -> None:
    asked_at: list[float] = []

    def answer(asked: Asked) -> Reply:
        asked_at.append(time.monotonic())
        return Reply(429, headers={"Retry-After": "1"}) if len(asked_at) == 1 else Reply(200, b"feed")

    with serve(answer) as server:
        web = make_web(per_host=1)
        assert at_once(*[lambda: web.fetch(server.url, MANY).body] * 3) == [b"feed"] * 3
    assert asked_at[1] - asked_at[0] >= 0.9
    assert len(asked_at) == 4


def test_a_host_that_asks_for_too_much_time_is_not_asked_again() -> None:
    with serve([Reply(503, headers={"Retry-After": "3600"})]) as server, serve([Reply(200, b"feed")]) as other:
        web = make_web(connect_to={"other.example:80": other.url.removeprefix("http://")})
        for _ in range(3):
            with pytest.raises(Unreachable, match=r"come back in 3[56]"):
                web.fetch(server.url, MANY)
        assert web.fetch("http://other.example/", MANY).body == b"feed"
    assert len(server.asked) == 1


def test_who_waits_for_a_turn_leaves_when_the_host_asks_for_too_much_time() -> None:
    with serve([Reply(503, headers={"Retry-After": "3600"}, wait=0.3)]) as server:
        web = make_web(per_host=1)

        def failed() -> bool:
            with pytest.raises(Unreachable, match="come back in"):
                web.fetch(server.url, MANY)
            return True

        assert all(at_once(*[failed] * 5))
    assert len(server.asked) == 1


def test_a_pause_longer_than_the_limit_is_left_for_the_next_run() -> None:
    with serve([Reply(429, headers={"Retry-After": "20"})]) as server, pytest.raises(Unreachable, match="come back in 20 s"):
        make_web(fetch_seconds=1.0).fetch(server.url, MANY)
    assert len(server.asked) == 1
