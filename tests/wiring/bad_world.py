"""A run over feeds and files that misbehave: `python bad_world.py DATA_FOLDER SETTINGS_AS_JSON` prints its peak memory."""

from __future__ import annotations

import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

from brief_pipeline.settings import AudioSettings, WebSettings, read_settings
from brief_pipeline.wiring.audio import download_audio
from brief_pipeline.wiring.discovery import fetch_feeds
from brief_pipeline.wiring.episodes import find_episodes
from brief_pipeline.wiring.house import House, build_house

DAY = date(2026, 5, 4)


def build(data: Path, given: dict[str, Any]) -> House:
    settings = read_settings(
        data_dir=data, feeds=given["feeds"], web=WebSettings(**given["web"]), audio=AudioSettings(longest_seconds=600)
    )
    return build_house(settings)


if __name__ == "__main__":
    house = build(Path(sys.argv[1]), json.loads(sys.argv[2]))
    fetch_feeds(house)
    find_episodes(house, [DAY])
    download_audio(house, [DAY])
    status = Path("/proc/self/status").read_text()
    print(int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024)
