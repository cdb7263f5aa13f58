"""Several runs at once on one data folder: who does what when, so that what they leave is what runs one after another leave.

A run goes through two stretches. First what is its days' own (episodes ... embeddings): it holds its days, so that no two
runs download, transcribe or ask a language model for the same day at once, and the second finds what the first has done.
Then what looks at other days too (insight_pairs ... brief): it holds its days and the history, which one run at a time may
hold, to its end. So each run tells its days as if it were alone, and runs on other days go on with their first stretch
meanwhile. A run enters the second stretch after the runs that are about earlier days, where those are under way and near
enough to count, so that the brief of a day knows what came before it. That wait alone ends after a while: a long backfill
must not keep this morning's brief, and whoever comes first, the history has one writer.

Why it can't deadlock. (1) Who waits for days or for the history holds neither: a stretch is entered with all that it
needs at once, and what the run held is given back before. So holders never wait for each other. (2) What is taken inside
of a stretch (the turn to ask the feeds, a place for a transcription, the shelf of audio) is held for one piece of work that
takes no further turn but the board's, and who is at the board takes none. (3) Among those who wait there is no circle
either: for their days, runs queue in the order in which they asked; for the history, a run lets runs about earlier days go
first, an order of all runs (`Run.place`); and nobody who waits for days waits for one who waits for the history. None of
this asks in which order a run does its assets, or which it does: a run that comes back to its days' own after it had the
history keeps the history, unless nothing that it has left needs it (it sends its briefs). Inside of a run nothing is held by
one asset against another. A run that died holds nothing: the kernel frees its note.
"""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG, PARTITION_NAME_TAG

from brief_pipeline.engines.turn import Notes, name_process, take_one_of, take_turn
from brief_pipeline.errors import StoreBusy
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import days_of
from brief_pipeline.wiring.patience import Patience, Say
from brief_pipeline.wiring.run_order import DAYS, HISTORY, OWN_STAGES, Run, find_one_before

BETWEEN_LOOKS_SECONDS = (0.1, 0.3)
COURTESY_SECONDS = 30 * 60.0  # for runs about earlier days: then this run's brief goes first


@contextmanager
def take_stage(context: dg.AssetExecutionContext) -> Iterator[None]:
    """The turn of the asset that a run is at, on its days: what others do of it is done by then. Its body goes inside.

    An asset without partitions is made by one run at a time. Says in the run's log whom it waits for, and goes on waiting
    as long as that one works. Raises StoreBusy when it stands still for SUSPENDED_SECONDS.
    """
    house: House = context.resources.house
    own, stage = _join(context, house), context.asset_key.to_user_string()
    patience = Patience(lambda said: house.progress.end(stage, said))
    try:
        if context.assets_def.partitions_def:
            own.enter(stage, [day.isoformat() for day in days_of(context)], patience)
            yield
        else:
            own.note_stage(stage)
            with take_turn(own.folder / f"{stage}.turn", own.sign(), patience.wait_for_signed):
                yield
    finally:
        own.note_done(stage)


def leave_turns() -> None:
    """Gives back all that the last run of this thread still holds: it is over, whether or not it came to its last stage."""
    if own := _RUNS.pop(threading.get_ident(), None):
        own.leave()


@contextmanager
def take_transcription(house: House, say: Say) -> Iterator[None]:
    """A place for one transcription: as many go at once on this data folder as [limits] transcriptions says."""
    folder = _folder_of(house)
    places = [folder / f"transcription-{number}.turn" for number in range(1, house.settings.limits.transcriptions + 1)]
    with take_one_of(places, _sign("another transcription"), Patience(say).wait_for_signed):
        yield


@contextmanager
def take_for_a_moment(house: House, name: str) -> Iterator[None]:
    """Something of the data folder for this thread alone. Who has it may take no further turn but the board's."""
    patience = Patience(lambda said: house.progress.item(name, said))
    with take_turn(
        _folder_of(house) / f"{name}.turn", _sign(f"another run that is at the {name}"), patience.wait_for_signed
    ):
        yield


def list_days_held(house: House) -> set[date]:
    """The days that runs of other processes are at work on."""
    board = Notes(_folder_of(house) / "runs")
    with board.at_board():
        runs = [_read_run(note) for note in board.read().values()]
    return {date.fromisoformat(day) for run in runs if run.holds and run.process != name_process() for day in run.days}


class RunTurns:
    """The turns of a run of this process: its note on the board, and what it holds."""

    def __init__(self, folder: Path, run: Run, reach_days: int) -> None:
        self.folder = folder
        self.run = run
        self._reach_days = reach_days
        self._board = Notes(folder / "runs")
        self._change()

    def sign(self) -> str:
        return _sign(self.run.in_words)

    def enter(self, stage: str, days: Sequence[str], patience: Patience) -> None:
        """Waits until the run may do a stage on days, and has it hold what that takes."""
        needs = DAYS if stage in OWN_STAGES else HISTORY
        if self.run.holds in (needs, HISTORY) and set(days) <= set(self.run.days):
            is_told = self.run.holds == HISTORY and not self.run.tells()  # what is left (deliveries) need not keep others
            self._change(at=stage, holds=DAYS if is_told else self.run.holds)
            return
        days = tuple(sorted({*self.run.days, *days}))
        self.run = replace(self.run, days=days, at=stage, holds="", wants=needs, since=time.time())
        while before := self._look(patience):
            patience.wait_for(f"{before.in_words}, which is at {before.at}", before.process)
            time.sleep(random.uniform(*BETWEEN_LOOKS_SECONDS))
        patience.end()

    def _look(self, patience: Patience) -> Run | None:
        with self._board.at_board(_at_board(patience)):
            others = [_read_run(note) for note in self._board.read().values()]
            before = find_one_before(self.run, others, self._reach_days, patience.seconds < COURTESY_SECONDS)
            if before is None:
                self.run = replace(self.run, holds=self.run.wants, wants="")
            self._put()
        return before

    def note_stage(self, stage: str) -> None:
        self._change(at=stage)

    def note_done(self, stage: str) -> None:
        """Notes that a stage is done with, for better or worse. After the last one nothing is held any more."""
        self._change(left=tuple(one for one in self.run.left if one != stage), wants="")
        if not self.run.left:
            self.leave()

    def leave(self) -> None:
        """Gives everything back. A stage that is tried again after that announces the run anew."""
        self.run = replace(self.run, holds="", wants="")
        with self._board.at_board():
            self._board.take_down(self._name)

    def _change(self, **changes: str | tuple[str, ...]) -> None:
        """Changes its note. Raises StoreBusy where a run that stands still is at the board for SUSPENDED_SECONDS."""
        self.run = replace(self.run, **changes)  # type: ignore[arg-type]
        with self._board.at_board(_at_board(Patience(lambda _: None))):
            self._put()

    def _put(self) -> None:
        self._board.put(self._name, json.dumps(asdict(self.run)))

    @property
    def _name(self) -> str:
        return f"{self.run.run_id}-{self.run.process.rpartition(' ')[2]}"


_RUNS: dict[int, RunTurns] = {}  # by thread: in the process of a run, its assets are made in one thread, one after another


def _join(context: dg.AssetExecutionContext, house: House) -> RunTurns:
    """The run that a thread is in. Its days and stages are announced when it comes to its first stage."""
    known = _RUNS.get(threading.get_ident())
    if known and known.run.run_id == context.run_id and known.folder == _folder_of(house):
        return known
    leave_turns()
    stage = context.asset_key.to_user_string()
    run = Run(context.run_id, name_process(), _days_of_run(context), _stages_of_run(context), stage)
    own = RunTurns(_folder_of(house), run, house.settings.brief.look_back_days)
    _RUNS[threading.get_ident()] = own
    return own


def _days_of_run(context: dg.AssetExecutionContext) -> tuple[str, ...]:
    """The days that a run is about, also while it is at an asset without days."""
    tags = context.run.tags
    first = tags.get(PARTITION_NAME_TAG) or tags.get(ASSET_PARTITION_RANGE_START_TAG)
    if first is None:
        return ()
    last = date.fromisoformat(tags.get(ASSET_PARTITION_RANGE_END_TAG) or first)
    start = date.fromisoformat(first)
    return tuple((start + timedelta(days=offset)).isoformat() for offset in range((last - start).days + 1))


def _stages_of_run(context: dg.AssetExecutionContext) -> tuple[str, ...]:
    """The assets that a run will make."""
    step = context.get_step_execution_context()
    made = {key.to_user_string() for key in step.job_def.asset_layer.executable_asset_keys}
    return tuple(key for key in step.execution_plan.step_keys_to_execute if key in made)


def _folder_of(house: House) -> Path:
    return house.settings.data / "locks"


def _sign(words: str) -> str:
    return f"{words}\n{name_process()}"


def _at_board(patience: Patience) -> Say:
    return lambda process: patience.wait_for("the board of runs, which another run is at", process)


def _read_run(note: str) -> Run:
    try:
        fields = json.loads(note)
        return Run(**{**fields, "days": tuple(fields["days"]), "left": tuple(fields["left"])})
    except (ValueError, TypeError, KeyError) as unread:
        raise StoreBusy("Another version of this program is at work on the same data folder: let it end first.") from unread
