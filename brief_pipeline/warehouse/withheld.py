"""What of the tables leaves the house, in a snapshot or an export: all but addresses in full.

A show that one pays for has a secret in its feed's address, and often in those of its audio and transcripts: who has them
hears it too. So what is read by others goes without the columns that keep an address as the feed or the subscription has
it, and without raw.feed_moves, which is made of them. Addresses of which the secrets are hidden stay (raw.feeds), and so
does what a brief itself says (main.brief_items: where to play what was told): that is written to be read. The table of the
people who signed up for briefs by mail stays in the house too.
No key or password of the settings is in any table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from brief_pipeline.warehouse.models import Column, Model, Table

WHOLE = ("*",)
WITHHELD: Mapping[str, Sequence[str]] = {
    "raw.feed_moves": WHOLE,
    "raw.subscribers": WHOLE,  # people
    "raw.feed_items": ("item",),  # the whole item as the feed tells it
    "raw.episodes": ("guid", "audio_url", "transcripts", "chapters_url"),  # many a guid is the address of the audio
    "raw.transcript_files": ("url",),
    "raw.audio": ("audio_url",),
}


def list_shared(table: Table | Model) -> tuple[Column, ...]:
    """The columns of a table that may leave the house; none where the table may not.

    >>> columns = Column("episode_id", "VARCHAR", ""), Column("audio_url", "VARCHAR", "")
    >>> [column.name for column in list_shared(Table("raw.audio", "", columns, ""))]
    ['episode_id']
    """
    withheld = WITHHELD.get(table.name, ())
    return () if withheld == WHOLE else tuple(column for column in table.columns if column.name not in withheld)


def name_withheld() -> tuple[str, ...]:
    """All that stays in the house: tables, and columns as table.column."""
    return tuple(
        name if columns == WHOLE else f"{name}.{column}" for name, columns in WITHHELD.items() for column in columns
    )
