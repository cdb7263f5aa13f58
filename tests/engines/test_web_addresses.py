from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from engines.loopback import Reply, serve

from brief_pipeline.engines.web import HttpWeb
from brief_pipeline.engines.web.network import Network, only_public
from brief_pipeline.engines.web.public_address import is_public, read_address
from brief_pipeline.errors import AddressRefused, NotThere, SettingsInvalid, Unreachable

MANY = 1_000_000
real_getaddrinfo = socket.getaddrinfo


def make_web(**changes: object) -> HttpWeb:
    return HttpWeb(**{"timeout_seconds": 2.0, "attempts": 1, "pause_seconds": 0.01, **changes})  # type: ignore[arg-type]


def answer_names(*answers: list[str]) -> tuple[Callable[..., Any], list[str]]:
    """A resolver that answers names from a list, one answer after another, and remembers what it was asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> Any:
        if read_address(host) is not None:
            return real_getaddrinfo(host, *rest, **more)
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [row for address in found for row in real_getaddrinfo(address, *rest, **more)]

    return getaddrinfo, asked


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
        ),
        *("192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("168.63.129.16", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fec0::1"),
        *("fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1", "4000::1"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::808:808"),
        *("2001:0:808:808::f5f5:f5f5", "2001:2::1", "2001:20::1"),
    ],
)
def test_addresses_off_the_public_internet_are_known(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)
def test_public_addresses_are_known_also_when_wrapped(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "127.1", "0", "127。0。0。1"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::]", "[::ffff:7f00:1]", "LOCALHOST"),
    ],
)
def test_no_spelling_leads_to_a_server_at_home(host: str) -> None:
    with serve([Reply(200, b"secret")]) as server:
        url = f"http://{host}:{server.url.rpartition(':')[2]}/feed"
        with pytest.raises(AddressRefused, match=r"\[web\] private_addresses = true.*brief\.toml"):
            make_web().fetch(url, MANY)
    assert server.asked == []


def test_nothing_is_downloaded_from_home_either(tmp_path: Path) -> None:
    with serve([Reply(200, b"secret")]) as server, pytest.raises(AddressRefused):
        make_web().download(server.url, tmp_path / "a.mp3", MANY)
    assert (server.asked, list(tmp_path.iterdir())) == ([], [])


def test_private_addresses_are_fetched_from_where_they_are_opened() -> None:
    with serve([Reply(200, b"feed")]) as server:
        assert make_web(private_addresses=True).fetch(server.url, MANY).body == b"feed"


@pytest.mark.parametrize("private", ["127.0.0.1", "::1", "169.254.169.254"])
def test_a_name_that_leads_home_is_refused(monkeypatch: pytest.MonkeyPatch, private: str) -> None:
    getaddrinfo, asked = answer_names([private])
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with serve([Reply(200, b"secret")]) as server, pytest.raises(AddressRefused, match=r"feeds\.example"):
        make_web().fetch(f"http://feeds.example:{server.url.rpartition(':')[2]}/feed", MANY)
    assert (server.asked, asked) == ([], ["feeds.example"])


def test_a_name_is_looked_up_once_and_that_answer_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    getaddrinfo, asked = answer_names(["127.0.0.1"], ["192.0.2.1"])
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with serve([Reply(200, b"feed")]) as server:
        url = f"http://feeds.example:{server.url.rpartition(':')[2]}/feed"
        assert make_web(private_addresses=True).fetch(url, MANY).body == b"feed"
    assert asked == ["feeds.example"]


def test_only_the_public_ones_of_several_answers_are_kept() -> None:
    found = [ip_address(address) for address in ("10.0.0.1", "1.1.1.1", "::1", "2606:4700::1111")]
    assert [str(address) for address in only_public("feeds.example", found)] == ["1.1.1.1", "2606:4700::1111"]


def test_an_address_that_does_not_answer_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answer_names(["127.0.0.9", "127.0.0.1"])[0])
    with serve([Reply(200, b"feed")]) as server:  # on 127.0.0.1 only
        url = f"http://feeds.example:{server.url.rpartition(':')[2]}/feed"
        assert make_web(private_addresses=True).fetch(url, MANY).body == b"feed"


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Unreachable, match=r"feeds\.example was not looked up within 0\.3 s"):
        make_web(timeout_seconds=0.3).fetch("http://feeds.example/feed", MANY)
    over.set()


def test_a_name_that_does_not_exist_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Unreachable, match=r"feeds\.example: Name or service not known"):
        make_web().fetch("http://feeds.example/feed", MANY)


def test_unix_sockets_are_never_connected_to() -> None:
    with pytest.raises(AddressRefused):
        Network(private_addresses=True).connect_unix_socket("/run/docker.sock")


@pytest.mark.parametrize("to", ["http://127.0.0.1:{port}/", "http://169.254.169.254/latest/meta-data/", "//[::1]:{port}/"])
def test_a_redirect_into_a_private_network_is_refused(to: str) -> None:
    def answer(asked: object) -> Reply:
        return Reply(302, headers={"Location": to.format(port=server.url.rpartition(":")[2])})

    with serve(answer) as server:
        web = make_web(connect_to={"feeds.example:80": server.url.removeprefix("http://")})
        with pytest.raises(AddressRefused):
            web.fetch("http://feeds.example/feed", MANY)
    assert len(server.asked) == 1


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://0x7f.1.local/", "http://nas/", "http://2852039166/latest"])
def test_a_proxy_is_not_asked_for_private_hosts(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with serve([Reply(200, b"secret")]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with pytest.raises(AddressRefused, match="private_addresses"):
            make_web().fetch(url, MANY)
    assert proxy.asked == []


def test_a_proxy_in_a_private_network_is_used_and_its_redirects_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve([Reply(200, b"feed"), Reply(302, headers={"Location": "http://192.168.0.1/"})]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        web = make_web()
        assert web.fetch("http://feeds.example/feed", MANY).body == b"feed"
        with pytest.raises(AddressRefused):
            web.fetch("http://feeds.example/feed", MANY)
    assert [asked.path for asked in proxy.asked] == ["http://feeds.example/feed"] * 2


def test_hosts_led_elsewhere_go_without_the_proxy_and_others_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve([Reply(200, b"by the proxy")]) as proxy, serve([Reply(200, b"straight")]) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        web = make_web(connect_to={"feeds.example:80": server.url.removeprefix("http://")})
        assert web.fetch("http://feeds.example/", MANY).body == b"straight"
        assert web.fetch("http://other.example/", MANY).body == b"by the proxy"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "gopher://127.0.0.1", "http://u:s3cret@[::1"])
def test_a_proxy_that_cannot_be_used_is_said_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingsInvalid) as failed:
        make_web().fetch("http://feeds.example/", MANY)
    assert "s3cret" not in str(failed.value)


@pytest.mark.parametrize("detour", [{"feeds.example": "127.0.0.1:80"}, {"feeds.example:80": "127.0.0.1"}])
def test_a_detour_without_a_port_is_a_mistake_that_is_named(detour: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match=r"web\.connect_to"):
        make_web(connect_to=detour)


@pytest.mark.parametrize("port", [65536, 99999])
def test_a_port_that_is_none_is_refused_for_good(port: int) -> None:
    with pytest.raises(NotThere):
        make_web(private_addresses=True).fetch(f"http://127.0.0.1:{port}/", MANY)
