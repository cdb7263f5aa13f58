"""Backfills: what there is to do, what it will take, slice after slice; over the small world, run by Dagster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import numpy as np
import pytest
from conftest import default_pages
from fakes import FakeGrader, FakeLlm
from samples import DAY, HOST, TALK, make_feed, make_item, make_vtt

from brief_pipeline.engines.llm import ModelFacts
from brief_pipeline.settings import BackfillSettings
from brief_pipeline.warehouse.store import Change
from brief_pipeline.wiring.backfilling import (
    MOST_FAILED_DAYS,
    SliceRan,
    ask_all_feeds,
    find_waiting,
    list_spans,
    plan_backfill,
    run_slices,
)
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.partitions import BACKFILL_TAG
from brief_pipeline.wiring.stopping import Stop, StoppableProgress

MakeHouse = Callable[..., House]

WEEK = [DAY - timedelta(days=back) for back in range(6, -1, -1)]  # by the house's clock, all of them are over
PLACES = ("Harbours", "Valleys", "Islands", "Suburbs", "Deserts", "Airports", "Villages")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as one:
        yield one


def pages_of(days: Sequence[date]) -> dict[str, Any]:
    """A show with an episode each day, each about something else."""
    pages: dict[str, Any] = {f"{HOST}/one.xml": make_feed("Show One", *(make_item(f"of-{day}", day) for day in days))}
    for day, place in zip(days, PLACES, strict=False):
        talk = tuple((who, line.replace("Cities", place).replace("drivers", place.lower())) for who, line in TALK)
        pages[f"{HOST}/one/of-{day}.vtt"] = make_vtt(talk)
    return pages


def backfill(house: House, instance: dg.DagsterInstance, days: Sequence[date], again: bool = False) -> list[SliceRan]:
    assert ask_all_feeds(house, instance).succeeded
    return list(run_slices(house, instance, plan_backfill(house, instance, days, again).slices))


def in_slices_of(house: House, days: int) -> House:
    return replace(house, settings=house.settings.model_copy(update={"backfill": BackfillSettings(days_per_run=days)}))


def test_a_range_goes_in_slices_oldest_first_each_one_run_that_is_tagged(
    make_house: MakeHouse, instance: dg.DagsterInstance
) -> None:
    house = in_slices_of(make_house(pages_of(WEEK[:3])), 2)
    parts = backfill(house, instance, WEEK[:3])
    assert [(part.days, part.ran.succeeded) for part in parts] == [((WEEK[0], WEEK[1]), True), ((WEEK[2],), True)]
    runs = [run for run in instance.get_runs() if run.job_name == "due_brief"]
    assert [run.run_id for run in reversed(runs)] == [part.ran.run_id for part in parts]
    assert {run.tags[BACKFILL_TAG] for run in instance.get_runs()} == {"yes"}
    assert {row["published_on"] for row in house.store.select("raw.briefs")} == set(WEEK[:3])


def test_days_that_are_done_are_left_alone_unless_asked_for_again(
    make_house: MakeHouse, instance: dg.DagsterInstance
) -> None:
    house = make_house(pages_of(WEEK[:3]))
    backfill(house, instance, WEEK[:2])
    assert find_waiting(house, instance, WEEK[:3]) == {WEEK[2]: "no run of it came to its end"}
    assert [part.days for part in backfill(house, instance, WEEK[:3])] == [(WEEK[2],)]
    assert backfill(house, instance, WEEK[:3]) == []
    assert [part.days for part in backfill(house, instance, WEEK[:3], again=True)] == [tuple(WEEK[:3])]


def test_a_day_is_not_done_when_an_episode_turned_up_after_it_was_looked_at(
    make_house: MakeHouse, instance: dg.DagsterInstance
) -> None:
    pages = pages_of(WEEK[:2])
    house = make_house(pages)
    backfill(house, instance, WEEK[:2])
    pages[f"{HOST}/one.xml"] = make_feed(
        "Show One", *(make_item(f"of-{day}", day) for day in WEEK[:2]), make_item("late", WEEK[0])
    )
    later = replace(house, clock=lambda: datetime(2026, 5, 9, tzinfo=UTC))
    assert ask_all_feeds(later, instance).succeeded
    assert find_waiting(later, instance, WEEK[:2]) == {WEEK[0]: "1 turned up after it was looked at"}


def test_a_day_with_a_failure_that_may_pass_is_not_done_and_one_that_failed_for_good_is(
    make_house: MakeHouse, instance: dg.DagsterInstance
) -> None:
    house = make_house(pages_of(WEEK[:2]))
    backfill(house, instance, WEEK[:2])
    row = {"stage": "audio", "item_id": "x", "error": "Unreachable", "reason": "no answer", "attempts_count": 1}
    row |= {"input_hash": "", "first_failed_at": house.clock(), "last_failed_at": house.clock()}
    rows = [{**row, "published_on": day, "is_retryable": day == WEEK[0]} for day in WEEK[:2]]
    house.store.replace("raw.failures", rows)
    assert find_waiting(house, instance, WEEK[:2]) == {WEEK[0]: "1 failed, and may work now"}


def test_a_brief_older_than_what_it_rests_on_is_not_done(make_house: MakeHouse, instance: dg.DagsterInstance) -> None:
    house = make_house(pages_of(WEEK[:2]))
    backfill(house, instance, WEEK[:2])
    [row] = house.store.select("raw.extractions", published_on=WEEK[1])
    soon = datetime.now(UTC) + timedelta(hours=1)
    house.store.replace("raw.extractions", [{**row, "made_at": soon}], episode_id=row["episode_id"])
    assert find_waiting(house, instance, WEEK[:2]) == {WEEK[1]: "what it rests on is newer than its brief"}


@dataclass
class ChokingGrader(FakeGrader):
    """Breaks down over a word."""

    word: str = ""

    def grade(self, texts: Sequence[str]) -> np.ndarray:
        if any(self.word in text for text in texts):
            raise ValueError(f"cannot grade {self.word}")
        return super().grade(texts)


def test_a_slice_that_fails_is_run_day_by_day_and_only_the_day_at_fault_is_left_out(
    make_house: MakeHouse, instance: dg.DagsterInstance
) -> None:
    house = make_house(pages_of(WEEK[:3]), grader=ChokingGrader(word=PLACES[1]))
    parts = backfill(house, instance, WEEK[:3])
    assert [(part.days[0], part.ran.succeeded) for part in parts] == [(WEEK[0], True), (WEEK[1], False), (WEEK[2], True)]
    assert {row["published_on"] for row in house.store.select("raw.briefs")} == {WEEK[0], WEEK[2]}
    assert list(find_waiting(house, instance, WEEK[:3])) == [WEEK[1]]


def test_days_that_fail_one_after_the_other_end_it(make_house: MakeHouse, instance: dg.DagsterInstance) -> None:
    house = in_slices_of(make_house(pages_of(WEEK[:4]), grader=ChokingGrader()), 1)
    parts = backfill(house, instance, WEEK[:4])
    assert [part.ran.succeeded for part in parts] == [False] * MOST_FAILED_DAYS


def test_a_stop_that_is_asked_for_ends_it_after_the_item_at_hand_as_cancelled(
    make_house: MakeHouse, instance: dg.DagsterInstance
) -> None:
    stop = Stop(instance)

    class StopsAtTheFirst(FakeGrader):
        def grade(self, texts: Sequence[str]) -> np.ndarray:
            stop.ask()
            return super().grade(texts)

    house = make_house(pages_of(WEEK[:2]), grader=StopsAtTheFirst())
    parts = backfill(replace(house, progress=StoppableProgress(house.progress, stop)), instance, WEEK[:2])
    assert [part.ran.was_stopped for part in parts] == [True]
    assert len(house.store.select("raw.extractions")) == 1
    assert [run.status for run in instance.get_runs(limit=1)] == [dg.DagsterRunStatus.CANCELED]


def test_what_is_unread_and_how_long_it_takes_is_told_before(make_house: MakeHouse, instance: dg.DagsterInstance) -> None:
    silent = make_item("spoken", WEEK[-2], transcript=False).replace(
        "</item>", '<d:duration xmlns:d="http://www.itunes.com/dtds/podcast-1.0.dtd">7200</d:duration></item>'
    )
    pages = default_pages() | {f"{HOST}/one.xml": make_feed("Show One", make_item("pricing"), silent)}
    house = make_house(pages)
    ask_all_feeds(house, instance)
    whole = plan_backfill(house, instance, WEEK[-3:]).estimate.whole
    assert (whole.days, whole.episodes, whole.read) == (3, 2, 2)
    assert (whole.listened, whole.listened_seconds, whole.unstated) == (1, 7200.0, 0)


def test_spans_are_of_one_state_each() -> None:
    waiting = {WEEK[1]: "it has no brief", WEEK[2]: "it has no brief"}
    spans = [(first, last, count, why) for first, last, count, why in list_spans(WEEK, waiting)]
    assert spans[1] == (WEEK[1], WEEK[2], 2, "it has no brief")
    assert sum(span[2] for span in spans) == len(WEEK)


@dataclass
class PricedLlm(FakeLlm):
    """A model whose price is known, or not."""

    price: float | None = None

    def facts(self) -> ModelFacts:
        return ModelFacts(self.name, 128_000, self.price, self.price)

    def as_model(self, name: str) -> FakeLlm:
        return self


@pytest.mark.parametrize(("price", "is_known", "is_free"), [(None, False, False), (0.0, True, True), (1e-6, True, False)])
def test_the_cost_is_known_only_where_a_price_is(
    make_house: MakeHouse, instance: dg.DagsterInstance, price: float | None, is_known: bool, is_free: bool
) -> None:
    house = make_house(llm=PricedLlm([], price=price))
    ask_all_feeds(house, instance)
    cost = plan_backfill(house, instance, [DAY]).estimate.cost
    assert cost is not None
    assert (cost.spend.usd is not None, cost.is_free, cost.measured_on) == (is_known, is_free, 0)
    assert cost.spend.tokens > 0


def test_time_and_cost_are_measured_on_what_was_done_here(make_house: MakeHouse, instance: dg.DagsterInstance) -> None:
    house = make_house(llm=PricedLlm([], price=1e-6))
    ask_all_feeds(house, instance)
    known = {"published_on": DAY - timedelta(days=9), "episode_id": "old"}
    heard = {**known, "source": "faster-whisper:fake", "segments_count": 1, "words_count": 5000, "text_sha256": ""}
    heard |= {"input_hash": "", "made_at": house.clock(), "seconds_spent": 900.0, "duration_seconds": 1800.0}
    call = {**known, "call_id": "1", "purpose": "propose", "model": "fake/model", "prompt_version": "", "prompt_hash": ""}
    call |= {"tokens_in_count": 8000, "tokens_out_count": 500, "cost_usd": 0.5, "seconds_spent": 9.0, "is_cached": False}
    call |= {"outcome": "answered", "asked_at": house.clock()}
    house.store.apply([Change("raw.transcripts", [heard]), Change("raw.llm_calls", [call])])
    estimate = plan_backfill(house, instance, [DAY]).estimate
    assert (estimate.listening.seconds, estimate.listening.measured_on) == (0.5, 1)
    assert estimate.cost is not None
    assert estimate.cost.measured_on == 1
    assert estimate.cost.spend.usd == pytest.approx(0.5 * estimate.whole.words / 5000)
