"""The demo: the real pipeline over the bundled sample, in a data folder of its own."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from brief_pipeline.engines.demo_server import HOST, PORT, serve_folder
from brief_pipeline.engines.disk import write_whole
from brief_pipeline.settings import Settings, WebSettings, home_folder, read_settings

SAMPLE = Path("data") / "demo"
DATA = Path("data") / "demo-run"  # apart from data/ itself: shows that do not exist are kept out of your own history
DAYS = (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))


def read_demo_settings(**overrides: Any) -> Settings:
    """Your settings, with the sample's interests and a data folder of its own."""
    sample = home_folder() / SAMPLE
    interests = tomllib.loads((sample / "brief.toml").read_text(encoding="utf-8"))["interests"]
    settings = read_settings(**{"data_dir": home_folder() / DATA, "feeds": [], "interests": interests, **overrides})
    write_whole(settings.subscriptions_file, (sample / "subscriptions.opml").read_bytes())
    return settings


@contextmanager
def open_demo(**overrides: Any) -> Iterator[Settings]:
    """The demo's settings, while its sample is served on loopback.

    The sample's addresses name one port; where that is taken, connections to it are led to the one that was free.
    """
    with serve_folder(home_folder() / SAMPLE) as address:
        connect_to = {} if address == f"{HOST}:{PORT}" else {f"{HOST}:{PORT}": address}
        yield read_demo_settings(web=WebSettings(connect_to=connect_to), **overrides)
