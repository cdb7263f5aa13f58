"""What a look at the house found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something looked at. `is_well` is None where it is neither well nor wrong; `cure`: what to do about it."""

    what: str
    is_well: bool | None
    found: str
    cure: str = ""
