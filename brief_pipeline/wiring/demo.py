"""The demo: the real pipeline over the bundled sample, in a data folder of its own."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from brief_pipeline.engines.demo_server import HOST, PORT, serve_folder
from brief_pipeline.engines.disk import write_whole
from brief_pipeline.settings import (
    BriefSettings,
    EpisodeSettings,
    Settings,
    WebSettings,
    WhisperSettings,
    home_folder,
    read_settings,
)

SAMPLE = Path("data") / "demo"
SPEECH_MODEL = SAMPLE / "whisper"  # knows the two episodes that publish no transcript, and nothing else
DATA = Path("data") / "demo-run"  # apart from data/ itself: shows that do not exist are kept out of your own history
DAYS = (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))


def read_demo_settings(connect_to: dict[str, str] | None = None, **overrides: Any) -> Settings:
    """Your settings, with the sample's interests, its speech model and a data folder of its own, for loopback."""
    home = home_folder()
    chosen = {
        "data_dir": home / DATA,
        "feeds": [],
        "interests": tomllib.loads((home / SAMPLE / "brief.toml").read_text(encoding="utf-8"))["interests"],
        "dislikes": [],
        "weights": {},
        "listeners": {},
        "brief": BriefSettings(),
        "episodes": EpisodeSettings(),
        "shows": {},
        "web": WebSettings(connect_to=connect_to or {}, private_addresses=True),
        "whisper": WhisperSettings(model=str(home / SPEECH_MODEL)),
    }
    settings = read_settings(**{**chosen, **overrides})
    write_whole(settings.subscriptions_file, (home / SAMPLE / "subscriptions.opml").read_bytes())
    return settings


@contextmanager
def open_demo(**overrides: Any) -> Iterator[Settings]:
    """The demo's settings, while its sample is served on loopback.

    The sample's addresses name one port; where that is taken, connections to it are led to the one that was free.
    """
    with serve_folder(home_folder() / SAMPLE) as address:
        connect_to = {} if address == f"{HOST}:{PORT}" else {f"{HOST}:{PORT}": address}
        yield read_demo_settings(connect_to, **overrides)
