"""Which of several runs goes first: a rule over what they say of themselves. Why it can't deadlock is told in turns.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from brief_pipeline.engines.turn import is_suspended

# What each day does by itself, and what a long backfill must not keep from a mailbox. Any other asset with days may look at
# other days, and needs the history.
OWN_STAGES = frozenset(
    ("episodes", "listeners", "transcript_files", "audio", "transcripts", "chunks", "insights", "embeddings", "deliveries")
)
WITHOUT_DAYS = frozenset(("feeds", "subscribers", "snapshot", "site"))  # made by one run at a time, by a turn of their own
DAYS, HISTORY = "days", "history"  # what a stretch needs; the history comes with the days


@dataclass(frozen=True)
class Run:
    """A run as others see it: its note on the board."""

    run_id: str
    process: str
    days: tuple[str, ...]  # ISO dates, in order
    left: tuple[str, ...]  # the stages it has not done
    at: str  # the stage it is at
    holds: str = ""  # DAYS, HISTORY or nothing
    wants: str = ""  # what it waits for
    since: float = 0.0  # when it began to wait

    @property
    def place(self) -> tuple[str, str, str]:
        """Its place among all runs, for those who wait for the history: the earliest days first."""
        return (self.days[0], self.days[-1], self.run_id) if self.days else ("", "", self.run_id)

    @property
    def in_words(self) -> str:
        """Which run that is, for people."""
        days = f"of {self.days[0]}" + (f" to {self.days[-1]}" if len(self.days) > 1 else "") if self.days else ""
        return f"run {self.run_id[:8]} {days}".strip()

    def tells(self) -> bool:
        """Whether it has stages to do that need the history."""
        return bool(self.days) and not OWN_STAGES.union(WITHOUT_DAYS).issuperset(self.left)


def find_one_before(own: Run, others: Sequence[Run], reach_days: int, is_courteous: bool = True) -> Run | None:
    """The run that must be waited for before this one, which holds nothing, may have what it `wants`; None: it is its turn.

    `reach_days`: how many days back a brief looks. Not `is_courteous`: runs about earlier days are waited for no more.
    """
    days = set(own.days)
    rivals = [other for other in others if other.run_id != own.run_id]
    for other in rivals:
        if other.holds and not days.isdisjoint(other.days):
            return other
        if own.wants == other.holds == HISTORY:
            return other
    for other in rivals:
        if own.wants == DAYS and _is_queued_before(other, own):
            return other
        if own.wants == HISTORY and is_courteous and _comes_before(other, own, reach_days):
            return other
    return None


def _is_queued_before(other: Run, own: Run) -> bool:
    is_earlier = (other.since, other.run_id) < (own.since, own.run_id) and not is_suspended(other.process)
    return other.wants == DAYS and is_earlier and not set(own.days).isdisjoint(other.days)


def _comes_before(other: Run, own: Run, reach_days: int) -> bool:
    """Whether a run is about earlier days that the briefs of our own look back at, and has yet to go through the history."""
    if not other.days or not other.tells() or other.place > own.place or is_suspended(other.process):
        return False
    return date.fromisoformat(other.days[-1]) >= date.fromisoformat(own.days[0]) - timedelta(days=reach_days)
