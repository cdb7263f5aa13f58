from __future__ import annotations

import pytest

from brief_pipeline.stages.inserted_advert import inserts_adverts


@pytest.mark.parametrize(
    "url",
    [
        "https://traffic.megaphone.fm/GLT123.mp3?updated=1",
        "https://www.podtrac.com/pts/redirect.mp3/pdst.fm/e/host.example/1.mp3",
        "https://pdst.fm/e/chrt.fm/track/1/sphinx.acast.com/p/open/s/1/e/2/media.mp3",
        "https://rss.art19.com/episodes/1.mp3#t=75",
        "https://TRAFFIC.OMNY.FM/d/clips/1/2/3/audio.mp3",
        "https://injector.simplecastaudio.com/1/episodes/2/audio/128/default.mp3",
    ],
)
def test_hosts_that_stitch_adverts_in_are_known_wherever_they_stand_in_the_chain(url: str) -> None:
    assert inserts_adverts(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://shows.example/megaphone.fm.mp3",
        "https://notmegaphone.fm/1.mp3",
        "https://shows.example/1.mp3?from=megaphone.fm",
        "https://[broken/1.mp3",
    ],
)
def test_other_addresses_are_not_taken_for_them(url: str | None) -> None:
    assert not inserts_adverts(url)
