"""Whether the adverts of an audio file change from one listener to the next, by its address."""

from __future__ import annotations

from urllib.parse import urlsplit

DRIFT_NOTE = "The show’s host may put different adverts into each download: the words may come a little earlier or later."

# Hosts that stitch adverts into the file as it is asked for, as they say of themselves ("dynamic ad insertion").
_STITCHING_HOSTS = frozenset(
    (
        "acast.com",
        "adswizz.com",
        "art19.com",
        "audioboom.com",
        "megaphone.fm",
        "omny.fm",
        "omnycontent.com",
        "podbean.com",
        "podtrac.com",
        "pscrb.fm",
        "redcircle.com",
        "simplecast.com",
        "simplecastaudio.com",
        "spreaker.com",
        "streamguys1.com",
        "tritondigital.com",
    )
)


def inserts_adverts(audio_url: str | None) -> bool:
    """Whether the file comes from, or is measured on its way from, a host that inserts adverts dynamically.

    Addresses are often a chain, in which each host leads on to the next that stands in the path.

    >>> inserts_adverts("https://www.podtrac.com/pts/redirect.mp3/traffic.megaphone.fm/ABC123.mp3#t=75")
    True
    >>> inserts_adverts("https://pdst.fm/e/audio.host.example/one.mp3"), inserts_adverts(None)
    (False, False)
    """
    try:
        parts = urlsplit(audio_url or "")
        names = [parts.hostname or "", *parts.path.lower().split("/")]
    except ValueError:
        return False
    return any(_is_stitching(name) for name in names if "." in name)


def _is_stitching(name: str) -> bool:
    labels = name.rstrip(".").split(".")
    return any(".".join(labels[start:]) in _STITCHING_HOSTS for start in range(len(labels) - 1))
