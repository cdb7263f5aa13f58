"""Open connections, kept for the next request: straight to the host, or through the proxy that the environment names."""

from __future__ import annotations

import importlib.util
import threading
import urllib.request
from collections.abc import Iterator, Mapping

import httpcore
import httpx

from brief_pipeline.engines.web.network import OPEN_PRIVATE, Network, Target
from brief_pipeline.engines.web.public_address import is_public_name, read_address
from brief_pipeline.errors import AddressRefused, SettingsInvalid

PORTS = {"http": 80, "https": 443}
IDLE_CONNECTIONS = 20  # kept open for the next request ...
IDLE_SECONDS = 5.0  # ... for so long, as httpx does


class Connections:
    """Sends requests, one hop each. Nothing is opened, nor a certificate read, before the first of them."""

    def __init__(self, private_addresses: bool = False, connect_to: Mapping[str, str] | None = None) -> None:
        self._private_addresses = private_addresses
        self._connect_to = dict(_read_detour(asked, target) for asked, target in (connect_to or {}).items())
        self._proxies = urllib.request.getproxies()
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def send(self, request: httpx.Request) -> httpx.Response:
        """The answer with its body still to come: close it. Raises what httpcore does, and AddressRefused."""
        url, host = request.url, host_of(request.url)
        proxy = self._proxy_for(url)
        if proxy and not self._private_addresses and not is_public_name(host):
            raise AddressRefused(f"{host} is not on the public internet: {OPEN_PRIVATE}")
        answer = self._pool(proxy).handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), request=request, extensions=answer.extensions
        )

    def _proxy_for(self, url: httpx.URL) -> str | None:
        """The environment's proxy for a URL. Hosts of `connect_to`, loopback and what NO_PROXY names go without."""
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        host, port = host_of(url), url.port or PORTS[url.scheme]
        if not proxy or (host, port) in self._connect_to or _is_loopback(host):
            return None
        if urllib.request.proxy_bypass(f"{host}:{port}"):
            return None
        return proxy if "://" in proxy else f"http://{proxy}"

    def _pool(self, proxy: str | None) -> httpcore.ConnectionPool:
        with self._lock:
            if proxy not in self._pools:
                certificates = httpx.create_ssl_context()
                network = Network(self._private_addresses, self._connect_to)
                self._pools[proxy] = httpcore.ConnectionPool(
                    ssl_context=certificates,
                    proxy=_read_proxy(proxy) if proxy else None,
                    network_backend=Network(private_addresses=True) if proxy else network,  # the proxy is the user's choice
                    max_connections=None,
                    max_keepalive_connections=IDLE_CONNECTIONS,
                    keepalive_expiry=IDLE_SECONDS,
                )
            return self._pools[proxy]


class _Body(httpx.SyncByteStream):
    """The body of an answer, for httpx."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def host_of(url: httpx.URL) -> str:
    """The host in ASCII. httpx's own `host` spells it out in Unicode, and raises for an emoji."""
    return url.raw_host.decode("ascii")


def _is_loopback(host: str) -> bool:
    address = read_address(host)
    return host == "localhost" if address is None else address.is_loopback


def _read_detour(asked: str, target: str) -> tuple[Target, Target]:
    """A line of web.connect_to: {"host:port": "host:port"}."""
    places = []
    for place in (asked, target):
        host, _, port = place.rpartition(":")
        if not host or not port.isdecimal():
            raise SettingsInvalid(f"web.connect_to in brief.toml: {place!r} is not of the form host:port")
        places.append((host.strip("[]").lower(), int(port)))
    return places[0], places[1]


def _read_proxy(address: str) -> httpcore.Proxy:
    """The proxy at an address of the environment. Raises SettingsInvalid, without the address: it may hold a password."""
    try:
        proxy = httpx.Proxy(address)
    except (ValueError, httpx.InvalidURL) as invalid:
        raise SettingsInvalid("HTTP_PROXY, HTTPS_PROXY or ALL_PROXY is no address of a proxy: http://host:port") from invalid
    if proxy.url.scheme.startswith("socks") and not importlib.util.find_spec("socksio"):
        raise SettingsInvalid("the environment names a SOCKS proxy, which needs: pip install 'httpx[socks]'")
    return httpcore.Proxy(
        httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/"),
        auth=proxy.raw_auth,
        headers=proxy.headers.raw,
        ssl_context=httpx.create_ssl_context() if proxy.url.scheme == "https" else None,
    )
