"""What a file's length says of its being whole: a cut mp3 decodes without any error."""

from __future__ import annotations

from dataclasses import dataclass

# Adverts that are put in at each download change an episode by minutes; a file cut in the middle loses more.
SHORT_SHARE = 0.6  # of the stated duration
FEW_BYTES_SHARE = 0.9  # of the stated length
SHORTEST_STATED_SECONDS = 60.0  # what is stated to be shorter tells too little


@dataclass(frozen=True, slots=True)
class LengthDoubt:
    """Why a file may not be whole. `is_cut`: its duration and its bytes both say so; one of them alone is often a lie."""

    words: str
    is_cut: bool


def doubt_length(
    seconds: float, size_bytes: int, stated_seconds: float | None, stated_bytes: int | None
) -> LengthDoubt | None:
    """What speaks against a file of so many decoded seconds and bytes being the whole that its feed states; None: nothing.

    Of real feeds some state no length or 0, some a wrong one (262 s for 0.9 s), so that one witness is not enough.

    >>> doubt_length(700.0, 4_000_000, 3600.0, 20_000_000)
    LengthDoubt(words='12 of 60 minutes, 3.8 of 19.1 MiB', is_cut=True)
    >>> doubt_length(3300.0, 18_500_000, 3600.0, 20_000_000) is None
    True
    """
    if not stated_seconds or stated_seconds < SHORTEST_STATED_SECONDS or seconds >= SHORT_SHARE * stated_seconds:
        return None
    words = f"{seconds / 60:.0f} of {stated_seconds / 60:.0f} minutes"
    if not stated_bytes or size_bytes >= FEW_BYTES_SHARE * stated_bytes:
        return LengthDoubt(words, is_cut=False)
    return LengthDoubt(f"{words}, {size_bytes / 2**20:.1f} of {stated_bytes / 2**20:.1f} MiB", is_cut=True)
