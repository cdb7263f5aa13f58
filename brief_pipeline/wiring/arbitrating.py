"""What a language model says of pairs of insights: the same, in agreement, in contradiction, or merely related."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from brief_pipeline.engines.llm import AnswerMemory
from brief_pipeline.errors import CapReached, LlmRefused, LlmUnusable, PassingFailure, Unreachable, first_line
from brief_pipeline.records import content_id
from brief_pipeline.settings import LlmSettings
from brief_pipeline.stages.compare_prompt import (
    COMPARE_VERSION,
    PAIRS_AT_ONCE,
    CompareReply,
    PairReply,
    Ruling,
    Side,
    Veto,
    compare_messages,
    cut_batches,
    settle,
    show_pair,
)
from brief_pipeline.stages.likeness_veto import find_veto
from brief_pipeline.stages.spend import Spend
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.metering import NO_PRICE, EpisodeMeter, read_spent
from brief_pipeline.wiring.panel import OFFLINE, Panel

Row = dict[str, Any]
PairId = tuple[str, str]  # insight ids: of the earlier, of the later

ROUNDS = (PAIRS_AT_ONCE, PAIRS_AT_ONCE // 2)  # pairs a question; what the first round leaves open is asked once more
UNUSABLE_MOST = 4  # questions in a row without a usable answer: the model is not up to it, and the rest is not asked
SHOWN_REASONS = 3
OVER_THE_DAY = "more than llm.pairs_per_day"
LEFT_OUT = "the model left it out"


@dataclass(frozen=True)
class PairAsked:
    """Two insights, each a row with insight_id, episode_id, published_on, show_title, claim, explanation and quote."""

    earlier: Row
    later: Row

    @property
    def key(self) -> PairId:
        return self.earlier["insight_id"], self.later["insight_id"]

    @property
    def sides(self) -> tuple[Side, Side]:
        return _side_of(self.earlier), _side_of(self.later)

    def episode_of(self, day: date) -> str:
        """The episode that the question counts for: of the insight of the day, the later one's where both or none are."""
        is_earlier = self.earlier["published_on"] == day != self.later["published_on"]
        return str((self.earlier if is_earlier else self.later)["episode_id"])


Answers = dict[PairId, tuple[str, PairReply]]  # the model that gave it, and as it gave it
Batch = Sequence[tuple[int, PairAsked]]  # numbered


@dataclass
class Arbitration:
    """What came of the pairs of a day. What has no ruling is in `unruled`, by why: the offline rules stand there."""

    rulings: dict[PairId, Ruling] = field(default_factory=dict)
    remembered: int = 0  # ruled by an answer of an earlier run
    asked: int = 0  # put to a model
    unruled: Counter[str] = field(default_factory=Counter)
    paid: Spend = field(default_factory=Spend)

    def describe(self) -> dict[str, int | float | str]:
        """The counts, for the run's metadata."""
        reasons = [f"{why} ({count})" for why, count in self.unruled.most_common(SHOWN_REASONS)]
        return {
            "pairs_asked": self.asked,
            "pairs_remembered": self.remembered,
            "pairs_ruled": len(self.rulings),
            "pairs_unruled": self.unruled.total(),
            "unruled_because": "; ".join(reasons),
            "compare_calls": self.paid.calls,
            "compare_tokens": self.paid.tokens,
            "compare_usd": NO_PRICE if self.paid.usd is None else round(self.paid.usd, 6),
        }


def find_arbiter(house: House, days: Sequence[date], began_at: datetime | None = None) -> "Arbiter | None":
    """Who rules on the pairs of the days, or None: no model is set, or it may be asked of none (llm.pairs_per_day = 0).

    `began_at`: when the run began; what it has spent on these days since then counts for llm.usd_per_run.
    """
    return Arbiter(house, days, began_at) if house.llm and _pairs_per_day(house.settings.llm) else None


class Arbiter:
    """Rules on pairs of insights. A model that gives up stops the asking, never the stage."""

    def __init__(
        self,
        house: House,
        days: Sequence[date],
        began_at: datetime | None = None,
        find_veto: Veto = find_veto,
    ) -> None:
        self._house, self._find_veto = house, find_veto
        self._asking = _Asking(house, days, began_at)
        self._put: dict[date, set[PairId]] = defaultdict(set)  # pairs that were let through, by day

    def rule(self, pairs: Iterable[PairAsked], day: date) -> Arbitration:
        """Rulings on pairs of a day, those that need one most first: llm.pairs_per_day takes the first.

        Those that memory answers count for that limit too, so that a second run rules on the same pairs. An answer is
        remembered by its pair, not by the question it came with: one more pair does not make the others be paid again. It
        is kept as the model gave it, so that the rules of settle() may change without a new question.
        """
        made = Arbitration()
        admitted = self._admit(pairs, day, made)
        answers = self._asking.recall(admitted)
        made.remembered = len(answers)
        by_episode: dict[str, list[PairAsked]] = defaultdict(list)
        for pair in admitted:
            if pair.key not in answers:
                by_episode[pair.episode_of(day)].append(pair)
        for episode_id, group in by_episode.items():
            answers |= self._asking.ask(group, episode_id, day, made)
        for pair in admitted:
            if pair.key in answers:
                model, reply = answers[pair.key]
                made.rulings[pair.key] = settle(reply, *pair.sides, model, self._find_veto)
        return made

    def _admit(self, pairs: Iterable[PairAsked], day: date, made: Arbitration) -> list[PairAsked]:
        put, most = self._put[day], _pairs_per_day(self._house.settings.llm)
        admitted, turned_away = dict[PairId, PairAsked](), set[PairId]()
        for pair in pairs:
            if pair.key in put or len(put) < most:
                put.add(pair.key)
                admitted.setdefault(pair.key, pair)
            else:
                turned_away.add(pair.key)
        if turned_away:
            made.unruled[OVER_THE_DAY] = len(turned_away)
        return list(admitted.values())


class _Asking:
    """The models of the run and their memory, an episode's pairs at a time: a call is a row, and counts for an episode."""

    def __init__(self, house: House, days: Sequence[date], began_at: datetime | None) -> None:
        assert house.llm
        self._llm, self._settings = house.llm, house.settings.llm
        self._house, self._days, self._began_at = house, days, began_at
        self._memory = AnswerMemory(house.settings.data / "cache" / "answers")
        self._gone: PassingFailure | None = None  # why nobody is asked any more
        self._unusable = 0  # questions in a row

    def recall(self, pairs: Sequence[PairAsked]) -> Answers:
        """What is remembered of pairs: the judge's own answer, else that of one who stood in for it."""
        stand_ins = [name for name in self._settings.fallbacks if name != OFFLINE]
        models = [self._settings.judge_model or self._llm.name, *stand_ins]
        keys = {(pair.key, model): _memory_key(model, pair) for model in reversed(models) for pair in pairs}
        known = self._memory.recall(list(keys.values()))
        found = ((pair, model, known.get(key)) for (pair, model), key in keys.items())
        return {pair: (model, PairReply.model_validate_json(text)) for pair, model, text in found if text}

    def ask(self, pairs: Sequence[PairAsked], episode_id: str, day: date, made: Arbitration) -> Answers:
        """Fresh answers; what was asked, what it cost and why some have none goes into `made`."""
        if self._gone:
            made.unruled[first_line(self._gone)] += len(pairs)
            return {}
        meter = EpisodeMeter(self._panel.ledger, episode_id, day, self._house.clock, COMPARE_VERSION)
        meter.purpose = "compare"
        answers: Answers = {}
        asked, why = set[PairId](), dict[PairId, str]()
        try:
            for batch in self._list_batches(pairs, answers):
                calls = len(meter.rows)
                reason = self._ask(batch, meter, answers)
                why |= {pair.key: reason for _, pair in batch}
                asked |= {pair.key for _, pair in batch if len(meter.rows) > calls}
        finally:
            if meter.rows:
                self._house.store.apply([Change("raw.llm_calls", meter.rows)])
        made.asked += len(asked)
        made.paid += meter.paid
        made.unruled += Counter(why[pair.key] for pair in pairs if pair.key not in answers)
        return answers

    @cached_property
    def _panel(self) -> Panel:
        """Made when first needed, so that a day that memory answers loads no library."""
        settings = self._settings.model_copy(update={"judge": True})  # that switch is about insights, not about pairs
        return Panel(self._llm, settings, read_spent(self._house.store, self._days, self._began_at))

    def _list_batches(self, pairs: Sequence[PairAsked], answers: Answers) -> Iterator[Batch]:
        """The pairs by the question, under their numbers; then once more those without an answer."""
        panel = self._panel
        tokens = {pair.key: panel.judges[0].count_tokens(show_pair(*pair.sides)) for pair in pairs}
        for most in ROUNDS:
            waiting = [(number, pair) for number, pair in enumerate(pairs, 1) if pair.key not in answers]
            for places in cut_batches([tokens[pair.key] for _, pair in waiting], panel.room, most):
                yield [waiting[place] for place in places]

    def _ask(self, batch: Batch, meter: EpisodeMeter, answers: Answers) -> str:
        """Adds the answers to one question; gives why those that are missing are missing."""
        if self._gone:
            return first_line(self._gone)
        panel = self._panel
        messages = compare_messages([(number, show_pair(*pair.sides)) for number, pair in batch])
        try:
            reply, model = panel.ask(panel.judges, messages, CompareReply, meter)
        except CapReached as reached:  # raised before a call, so those after it cost nothing to try
            return f"cap reached; {first_line(reached).rpartition('; ')[2]}"
        except (Unreachable, LlmRefused) as given_up:
            self._gone = given_up
            return first_line(given_up)
        except LlmUnusable as unusable:
            self._unusable += 1
            self._gone = unusable if self._unusable >= UNUSABLE_MOST else None
            return first_line(unusable)
        self._unusable = 0
        by_number = reply.by_number()
        found = [(pair, by_number[number]) for number, pair in batch if number in by_number]
        self._memory.keep({_memory_key(model, pair): answer.model_dump_json() for pair, answer in found})
        answers.update({pair.key: (model, answer) for pair, answer in found})
        return LEFT_OUT


def _memory_key(model: str, pair: PairAsked) -> str:
    return f"pair-1:{content_id(model, COMPARE_VERSION, show_pair(*pair.sides))}"


def _side_of(row: Row) -> Side:
    return Side(row["show_title"], row["published_on"], row["claim"], row["explanation"] or "", row["quote"] or "")


def _pairs_per_day(settings: LlmSettings) -> int:
    return settings.pairs_per_day
