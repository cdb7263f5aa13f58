"""When a feed that failed is asked again: soon at first, then ever later, and never not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from brief_pipeline.records import content_id

_DAY = timedelta(days=1)
# Failures in a row -> the shortest and the longest wait. Most failures pass by themselves (a restart, a full disk), so the
# first costs no day. A host that is down for days is asked less and less. Past a week an episode could leave the feed's
# window unseen, so a week is the longest; a feed is given up by its listener only, who sees it among the failures.
# From the fifth on, the feeds of one dead host spread over several days: daily runs would undo a spread over minutes.
WAITS: dict[int, tuple[timedelta, timedelta]] = {
    1: (timedelta(0), timedelta(0)),
    2: (timedelta(hours=6), timedelta(hours=6)),
    3: (_DAY, _DAY),
    4: (2 * _DAY, 2 * _DAY),
    5: (3 * _DAY, 4 * _DAY),
    6: (5 * _DAY, 7 * _DAY),
}
# Daily runs come 23 hours apart when clocks go forward, and a feed that failed late in one run may be asked early in the
# next: what waits a day has to be ready sooner than a day after.
MARGIN = timedelta(hours=2)
SPREAD = timedelta(hours=1)  # feeds that failed together are ready again at different minutes, for runs that come often


def next_try(failures_count: int, failed_at: datetime, feed_id: str) -> datetime:
    """The moment from which a feed is asked again that failed `failures_count` times in a row, the last time at `failed_at`.

    The same for the same arguments. A server's own Retry-After, where it is later, comes first.

    >>> failed_at = datetime(2026, 5, 4, 6, 20)
    >>> next_try(1, failed_at, "feed").isoformat(), next_try(3, failed_at, "feed").date().isoformat()
    ('2026-05-04T06:20:00', '2026-05-05')
    """
    shortest, longest = WAITS[max(1, min(failures_count, max(WAITS)))]
    if not longest:
        return failed_at
    lot = int(content_id(feed_id, failures_count), 16)
    extra_days, sooner = lot % ((longest - shortest) // _DAY + 1), lot // 16 % int(SPREAD.total_seconds())
    return failed_at + shortest + extra_days * _DAY - MARGIN - timedelta(seconds=sooner)
