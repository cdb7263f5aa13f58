"""A web that is broken or hostile: each answer ends within its limit, in bounded memory, as the right exception."""

from __future__ import annotations

import gzip
import json
import random
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from engines.loopback import Asked, Reply, serve, serve_bytes

from brief_pipeline.engines.web import Downloaded, Fetched, HttpWeb
from brief_pipeline.errors import AddressRefused, NotThere, TooLarge, Unreachable

FEED = b"<rss>an episode</rss>"
SOUND = random.Random(7).randbytes(300_000)
MANY = 1_000_000
LIMIT_SECONDS = 0.6  # of a fetch or download here
SLACK_SECONDS = 10.0  # for a machine with other things to do; without its limit, each of these would go on for much longer

CHILD = """
import json, re, resource, sys
from pathlib import Path
from brief_pipeline.engines.web import HttpWeb
from brief_pipeline.errors import BriefError
def peak():  # not ru_maxrss on Linux: it begins with the peak of the process that started this one
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
kind, url, most_bytes, path = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
web = HttpWeb(timeout_seconds=20, attempts=1, private_addresses=True)
web.fetch(url + "/warm", 1000)
before = peak()
try:
    got = web.fetch(url, most_bytes) if kind == "fetch" else web.download(url, path, most_bytes)
    outcome = len(got.body) if kind == "fetch" else got.bytes
except BriefError as error:
    outcome = type(error).__name__
print(json.dumps([outcome, peak() - before]))
"""


def make_web(**changes: object) -> HttpWeb:
    defaults = {"timeout_seconds": 5.0, "attempts": 1, "pause_seconds": 0.01, "private_addresses": True}
    return HttpWeb(**{**defaults, **changes})  # type: ignore[arg-type]


def make_hurried_web(**changes: object) -> HttpWeb:
    return make_web(fetch_seconds=LIMIT_SECONDS, download_seconds=LIMIT_SECONDS, attempts=3, **changes)


def get(web: HttpWeb, kind: str, url: str, folder: Path) -> Fetched | Downloaded:
    return web.fetch(url, MANY) if kind == "fetch" else web.download(url, folder / "a.mp3", MANY)


@contextmanager
def ends_soon() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SLACK_SECONDS


def drip(bytes_: bytes) -> Callable[[socket.socket], None]:
    """Sends the last letters of it one by one, for half a minute."""

    def talk(connection: socket.socket) -> None:
        head, _, tail = bytes_.partition(b"...")
        connection.sendall(head)
        for letter in tail * 30:
            time.sleep(0.03)
            connection.sendall(bytes([letter]))

    return talk


def say(*pieces: bytes, times: int = 1, then_wait: float = 0.0) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.sendall(pieces[0])
        for _ in range(times):
            for piece in pieces[1:]:
                connection.sendall(piece)
        time.sleep(then_wait)

    return talk


def grow(megabytes: int, encoding: str = "gzip", layers: int = 1) -> bytes:
    """Packed bytes that unpack to so many zeros."""
    packed = bytes(1 << 20) * megabytes
    for _ in range(layers):
        packed = gzip.compress(packed, 9) if encoding == "gzip" else zlib.compress(packed, 9)
    return packed


def measure(kind: str, url: str, most_bytes: int, folder: Path) -> tuple[int | str, int]:
    """How a fetch or download ends in a process of its own, and by how many bytes its memory grew for it."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, kind, url, str(most_bytes), str(folder / "file")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    outcome, grown = json.loads(done.stdout)
    return outcome, grown


NEVER_ENDING = {
    "a header drips": drip(b"HTTP/1.1 200 OK\r\nX-Slow: ...aaaa"),
    "the status line drips": drip(b"HTTP/1.1 200 ...aaaa"),
    "a body drips": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n...xxxx"),
    "chunks drip": drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n...1\r\nx\r\n"),
    "a redirect's header drips": drip(b"HTTP/1.1 302 Found\r\nLocation: /...aaaa"),
    "nothing is answered": say(b"", then_wait=30),
    "it stalls in the middle": say(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nxxxx", then_wait=30),
    "it goes on promising": say(b"", b"HTTP/1.1 102 Processing\r\n\r\n", times=500_000),
}


@pytest.mark.parametrize("kind", ["fetch", "download"])
@pytest.mark.parametrize("talk", NEVER_ENDING.values(), ids=NEVER_ENDING.keys())
def test_nothing_lasts_longer_than_its_limit(talk: Callable[[socket.socket], None], kind: str, tmp_path: Path) -> None:
    with serve_bytes(talk) as url, ends_soon(), pytest.raises(Unreachable, match=r"within 0\.6 s.*left for the next run"):
        get(make_hurried_web(), kind, url, tmp_path)
    assert not (tmp_path / "a.mp3").exists()


def test_a_server_that_never_shakes_hands_is_given_up() -> None:
    with serve_bytes(say(b"", then_wait=30)) as url, ends_soon(), pytest.raises(Unreachable):
        make_hurried_web().fetch(url.replace("http:", "https:"), MANY)


def test_tries_and_pauses_end_with_the_limit() -> None:
    with serve([Reply(500)]) as server, ends_soon(), pytest.raises(Unreachable):
        make_hurried_web(pause_seconds=30.0).fetch(server.url, MANY)


def test_a_loop_of_redirects_ends() -> None:
    there_and_back = [Reply(301, headers={"Location": "/b"}), Reply(308, headers={"Location": "/a"})]
    with serve(there_and_back * 20) as server, ends_soon(), pytest.raises(NotThere, match="circle"):
        make_web().fetch(f"{server.url}/a", MANY)
    assert len(server.asked) == 21


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://[::1]/", "http://0/"]
)
@pytest.mark.parametrize("kind", ["fetch", "download"])
def test_a_redirect_into_the_private_network_is_refused(kind: str, to: str, tmp_path: Path) -> None:
    with serve([Reply(302, headers={"Location": to})]) as server, ends_soon():
        web = make_web(private_addresses=False, connect_to={"feeds.example:80": server.url.removeprefix("http://")})
        with pytest.raises(AddressRefused):
            get(web, kind, "http://feeds.example/feed", tmp_path)
    assert (len(server.asked), list(tmp_path.iterdir())) == (1, [])


def test_a_server_that_wants_a_user_agent_gets_one() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, FEED) if "brief" in asked.headers.get("user-agent", "") else Reply(403)

    with serve(answer) as server:
        assert make_web().fetch(server.url, MANY).body == FEED


def test_a_short_retry_after_is_kept_and_a_long_one_left() -> None:
    with serve([Reply(429, headers={"Retry-After": "1"}), Reply(200, FEED)]) as server:
        assert make_web(attempts=2).fetch(server.url, MANY).body == FEED
    with (
        serve([Reply(429, headers={"Retry-After": "86400"})]) as server,
        ends_soon(),
        pytest.raises(Unreachable, match="86400"),
    ):
        make_web(attempts=2).fetch(server.url, MANY)
    assert len(server.asked) == 1


def test_a_feed_cut_off_midway_is_asked_for_again_and_never_half() -> None:
    with serve([Reply(200, FEED * 100, cut=500), Reply(200, FEED * 100)]) as server:
        assert make_web(attempts=2).fetch(server.url, MANY).body == FEED * 100
    with serve([Reply(200, FEED * 100, cut=500)]) as server, pytest.raises(Unreachable, match="no whole answer"):
        make_web(attempts=2).fetch(server.url, MANY)


def test_a_packed_feed_cut_off_midway_is_never_half() -> None:
    half = gzip.compress(SOUND)[:100_000]
    with serve([Reply(200, half, {"Content-Encoding": "gzip"})]) as server, pytest.raises(Unreachable, match="end midway"):
        make_web().fetch(server.url, MANY)


@pytest.mark.parametrize("encoding", ["", "chunked"])
def test_a_download_cut_off_midway_is_resumed(tmp_path: Path, encoding: str) -> None:
    headers = {"ETag": '"v1"'}
    cut = Reply(200, SOUND, headers, cut=100_000)
    if encoding:  # the number of bytes is not said, and the last chunk never comes
        piece = b"186a0\r\n" + SOUND[:100_000] + b"\r\n"
        cut = Reply(200, piece, {**headers, "Content-Length": "", "Transfer-Encoding": "chunked"}, cut=len(piece))
    rest = Reply(206, SOUND[100_000:], {**headers, "Content-Range": "bytes 100000-299999/300000"})
    with serve([cut, rest]) as server:
        assert make_web(attempts=2).download(server.url, tmp_path / "a.mp3", MANY).path.read_bytes() == SOUND
    assert server.asked[1].headers["range"] == "bytes=100000-"


def test_a_body_shorter_than_stated_is_no_answer(tmp_path: Path) -> None:
    with serve([Reply(200, FEED, {"Content-Length": "5000"}, cut=1000)]) as server:
        with pytest.raises(Unreachable):
            make_web().fetch(server.url, MANY)
        with pytest.raises(Unreachable):
            make_web().download(server.url, tmp_path / "a.mp3", MANY)


def test_what_comes_after_the_stated_length_is_not_taken_for_the_next_answer() -> None:
    with serve(
        [Reply(200, FEED + b"and more", {"Content-Length": str(len(FEED))})]
    ) as server:  # characters counted, not bytes
        web = make_web(attempts=2)
        assert [web.fetch(server.url, MANY).body for _ in range(2)] == [FEED, FEED]


def test_a_piece_longer_than_the_whole_it_states_is_no_file(tmp_path: Path) -> None:
    cut = Reply(200, SOUND, {"ETag": '"v1"'}, cut=100_000)
    rest = Reply(206, SOUND[100_000:] + b"more", {"ETag": '"v1"', "Content-Range": "bytes 100000-299999/300000"})
    with serve([cut, rest]) as server, pytest.raises(Unreachable, match="300004 bytes came of 300000"):
        make_web(attempts=2).download(server.url, tmp_path / "a.mp3", MANY)
    assert not (tmp_path / "a.mp3").exists()


def test_an_empty_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    with serve([Reply(200, b"")]) as server, pytest.raises(Unreachable, match="empty file"):
        make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["fetch", "download"])
def test_five_gigabytes_claimed_are_refused_before_they_come(kind: str, tmp_path: Path) -> None:
    talk = say(b"HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\n", then_wait=30)
    with serve_bytes(talk) as url, ends_soon(), pytest.raises(TooLarge):
        get(make_web(timeout_seconds=25.0), kind, url, tmp_path)
    assert list(tmp_path.iterdir()) == []


ODD = {
    "a number of 5000 digits": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nx",
    "a negative number": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
    "two numbers": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "a chunk of no size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n",
    "a chunk of a huge size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\nx\r\n",
    "no HTTP": b"ICY 200 OK\r\nicy-name: radio\r\n\r\n",
    "noise": SOUND[:5000],
    "nothing": b"",
    "a status of no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status over 999": b"HTTP/1.1 2000 OK\r\n\r\n",
    "an upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    "an encoding that was not asked for": b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
    "a hundred encodings": b"HTTP/1.1 200 OK\r\nContent-Encoding: " + b"gzip," * 100 + b"gzip\r\nContent-Length: 1\r\n\r\nx",
    "a piece of no range": b"HTTP/1.1 206 Partial\r\nContent-Range: bytes "
    + b"9" * 5000
    + b"-1/2\r\nContent-Length: 1\r\n\r\nx",
    "an odd cookie": b"HTTP/1.1 302 Found\r\nSet-Cookie: =;;=a; expires=\xff; domain=\xfe\r\nLocation: \xff://x\r\n\r\n",
    "a redirect to a long host": b"HTTP/1.1 302 Found\r\nLocation: http://" + b"a" * 70_000 + b"/\r\n\r\n",
    "a pause of 5000 digits": b"HTTP/1.1 429 Wait\r\nRetry-After: " + b"9" * 5000 + b"\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("kind", ["fetch", "download"])
@pytest.mark.parametrize("answer", ODD.values(), ids=ODD.keys())
def test_an_answer_that_makes_no_sense_is_a_plain_failure(answer: bytes, kind: str, tmp_path: Path) -> None:
    with serve_bytes(say(answer)) as url, ends_soon(), pytest.raises((Unreachable, NotThere, TooLarge)) as failed:
        get(make_web(timeout_seconds=2.0), kind, url, tmp_path)
    assert len(str(failed.value)) < 400
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["x-gzip", "GZIP", "gzip, gzip", "deflate", "bare deflate", "utf-8", "identity"])
def test_bodies_are_unpacked_however_they_were_packed(encoding: str, tmp_path: Path) -> None:
    packed = {
        "x-gzip": gzip.compress(SOUND),
        "GZIP": gzip.compress(SOUND[:1000]) + gzip.compress(SOUND[1000:]) + bytes(100),  # two members, and padding
        "gzip, gzip": gzip.compress(gzip.compress(SOUND)),
        "deflate": zlib.compress(SOUND),
        "bare deflate": zlib.compress(SOUND)[2:-4],
    }.get(encoding, SOUND)
    reply = Reply(200, packed, {"Content-Encoding": encoding.removeprefix("bare ")}, piece=999)
    with serve([reply]) as server:
        assert make_web().fetch(server.url, MANY).body == SOUND
        assert make_web().download(server.url, tmp_path / "a.mp3", MANY).path.read_bytes() == SOUND


HOSTILE = {
    "a gzip bomb": Reply(200, grow(400), {"Content-Encoding": "gzip"}),
    "a deflate bomb": Reply(200, grow(400, "deflate"), {"Content-Encoding": "deflate"}),
    "a bomb in a bomb": Reply(200, grow(600, layers=2), {"Content-Encoding": "gzip, gzip"}),
    "a bomb that unpacks to nothing": Reply(
        200, gzip.compress(gzip.compress(b"") * 500_000), {"Content-Encoding": "gzip, gzip"}
    ),
}


@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE.keys())
def test_bombs_go_off_in_little_memory(reply: Reply, tmp_path: Path) -> None:
    with serve(lambda asked: Reply(200, b"warm") if asked.path == "/warm" else reply) as server:
        results = [measure(kind, server.url, 5 << 20, tmp_path) for kind in ("fetch", "download")]
    assert [outcome for outcome, _ in results] == ["TooLarge"] * 2
    assert all(grown < 60 << 20 for _, grown in results)


ENDLESS = {
    "an endless body": say(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (1 << 16), times=1 << 20),
    "endless chunks": say(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n", times=1 << 20
    ),
    "endless headers": say(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n", times=1 << 26),
    "an endless header": say(b"HTTP/1.1 200 OK\r\nX-More: ", b"x" * (1 << 16), times=1 << 20),
    "an endless end": say(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
        b"X-More: " + b"x" * 1000 + b"\r\n",
        times=1 << 26,
    ),
    "endless tiny chunks": say(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 10000, times=1 << 20
    ),
}


@pytest.mark.parametrize("talk", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_does_not_end_is_cut_off_in_little_memory(talk: Callable[[socket.socket], None], tmp_path: Path) -> None:
    is_warm: list[bool] = []

    def warm_first(connection: socket.socket) -> None:
        if is_warm:
            talk(connection)
        else:
            is_warm.append(True)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with serve_bytes(warm_first) as url:
        outcome, grown = measure("fetch", url, 50_000, tmp_path)
    assert outcome in ("TooLarge", "Unreachable")
    assert grown < 60 << 20


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_is_held_once(packed: bool, tmp_path: Path) -> None:
    reply = Reply(200, grow(60), {"Content-Encoding": "gzip"}) if packed else Reply(200, bytes(60 << 20))
    with serve(lambda asked: Reply(200, b"warm") if asked.path == "/warm" else reply) as server:
        outcome, grown = measure("fetch", server.url, 64 << 20, tmp_path)
    assert outcome == 60 << 20
    assert grown < 100 << 20


def test_a_large_file_passes_through_little_memory(tmp_path: Path) -> None:
    reply = Reply(200, bytes(100 << 20))
    with serve(lambda asked: Reply(200, b"warm") if asked.path == "/warm" else reply) as server:
        outcome, grown = measure("download", server.url, 128 << 20, tmp_path)
    assert outcome == 100 << 20
    assert grown < 40 << 20
