"""The web server: uvicorn, on a socket that is bound before anything else is done."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from brief_pipeline.errors import SettingsInvalid
from brief_pipeline.settings import Settings

BACKLOG = 2048
KEPT_ALIVE_SECONDS = 30
SWITCH_SECONDS = 0.001  # after which a thread that searches lets the one go on that answers everybody
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")  # of arithmetic: more wait for each other


def serve(settings: Settings, host: str, port: int, workers: int, told: Callable[[str], None]) -> None:
    """Serves until it is told to stop. `told` gets the address. Raises SettingsInvalid where that cannot be had."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    taken = bind(host, port)
    told(name_address(taken))
    config = uvicorn.Config(
        partial(make_app, settings),
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,  # an address may hold a token
        server_header=False,
        proxy_headers=bool(settings.serve.proxies),
        forwarded_allow_ips=settings.serve.proxies or [],
        backlog=BACKLOG,
        timeout_keep_alive=KEPT_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    if workers == 1:
        server.run([taken])
    else:
        Multiprocess(config, [taken]).run()


def make_app(settings: Settings) -> Any:
    """The app of one process."""
    from brief_pipeline.serving.app import build_app
    from brief_pipeline.serving.sign_up import open_routes

    sys.setswitchinterval(SWITCH_SECONDS)
    return build_app(settings, open_routes(settings))


def bind(host: str, port: int) -> socket.socket:
    """A socket on the address. Raises SettingsInvalid where another program has it, or this one may not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        taken = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsInvalid(
            f"{host}, port {port} cannot be served on ({why}): another program may hold it. "
            "Choose another: brief serve --port 8081, or [serve] port in brief.toml."
        ) from error
    taken.set_inheritable(True)
    return taken


def name_address(taken: socket.socket) -> str:
    """Where a browser finds it."""
    host, port, *_ = taken.getsockname()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
