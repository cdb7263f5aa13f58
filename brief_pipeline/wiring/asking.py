"""Insights in a language model's words, each resting on words of the transcript."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from brief_pipeline.errors import CapReached, LlmRefused, LlmUnusable, PassingFailure, Unreachable
from brief_pipeline.records import Chunk, Insight, Proposal
from brief_pipeline.stages.passage import Passage, Talk, cut_passages
from brief_pipeline.stages.prompt import (
    InsightsReply,
    MendedQuotes,
    describe_episode,
    propose_messages,
    repair_messages,
)
from brief_pipeline.stages.sentence import count_words
from brief_pipeline.stages.spend import PROMPT_TOKENS, PROPOSED_MOST, TOKEN_MARGIN, Spend, count_asked, count_kept
from brief_pipeline.wiring.grounding import PROPOSED_TWICE, Extraction, Reading, ground
from brief_pipeline.wiring.house import House
from brief_pipeline.wiring.judging import judge_insights
from brief_pipeline.wiring.metering import EpisodeMeter
from brief_pipeline.wiring.panel import Panel

LONGEST_INSIGHT_WORDS = 150  # claim and explanation; asked for are 60
TOO_MANY, TOO_LONG = "more than were asked for", "longer than an insight"


def ask_for_insights(house: House, reading: Reading, panel: Panel, meter: EpisodeMeter) -> Extraction:
    """Insights in a language model's words, each resting on words of the transcript.

    What stops the work on the way (a cap, a model that is gone) is in `stopped`, and what was made so far is kept. Raises
    it where nothing could be read, or nothing of what was found could be judged.
    """
    return _Asking(house, reading, panel, meter).extract()


class _Asking:
    """One episode, from passages to insights."""

    def __init__(self, house: House, reading: Reading, panel: Panel, meter: EpisodeMeter) -> None:
        self.house, self.reading, self.panel, self.meter = house, reading, panel, meter
        self.talk = Talk(reading.transcript)
        episode = reading.episode
        self.about = describe_episode(episode["show_title"], episode["title"], episode["people"] or ())
        self.candidates = self.read_words = 0
        self.proposals: dict[str, list[Proposal]] = defaultdict(list)  # by the model that wrote them
        self.passages_of: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.stopped: PassingFailure | None = None

    def extract(self) -> Extraction:
        started = time.monotonic()
        chunks = [
            Chunk(**{key: row[key] for key in Chunk.__dataclass_fields__})
            for row in self.reading.chunks
            if not row["is_sponsor"]
        ]
        words = sum(count_words(self.talk.text[chunk.char_start : chunk.char_end]) for chunk in chunks)
        self._propose(self._cut(chunks))
        if self.stopped and not self.passages_of:
            raise self.stopped
        insights = self._choose(self._ground(), round(count_kept(words) * PROPOSED_MOST))
        if self.panel.judges and insights:
            insights, dropped, stopped = judge_insights(self.panel, self.meter, self.talk, self.about, insights)
            self.dropped += dropped
            self.stopped = self.stopped or stopped
        kept = self._choose(insights, count_kept(words))
        writer = self.passages_of.most_common(1)[0][0] if self.passages_of else self.panel.writers[0].name
        paid = self.meter.paid
        return Extraction(
            insights=tuple(kept),
            proposed=self.candidates,
            dropped=self.dropped,
            seconds=time.monotonic() - started,
            calls=self.meter.counted.calls,
            tokens=paid.tokens,
            cost_usd=paid.usd,
            candidates=self.candidates,
            method="llm",
            model=writer,
            unread_words=words - self.read_words,
            stopped=self.stopped,
            fallback_reason=self._say_who_stood_in(),
        )

    def _cut(self, chunks: Sequence[Chunk]) -> list[Passage]:
        llm, room = self.panel.writers[0], self.panel.room
        return cut_passages(self.talk, chunks, llm.count_tokens, room.passage, self.panel.settings.passage_words)

    def _propose(self, passages: Sequence[Passage]) -> None:
        for done, passage in enumerate(passages):
            self.house.progress.part("insights", done / (len(passages) + 1))
            try:
                self._propose_from(passage, len(passages) - done - 1)
            except LlmUnusable as unusable:  # of this passage; the next may do
                self.stopped = self.stopped or unusable
            except (CapReached, Unreachable, LlmRefused) as failure:
                self.stopped = failure
                return

    def _propose_from(self, passage: Passage, passages_left: int) -> None:
        wanted = count_asked(passage.words)
        self.meter.purpose = "propose"
        self.meter.reserve = self.panel.estimate_judging(self._count_held() + wanted)
        messages = propose_messages(self.about, passage, wanted)
        reply, model = self.panel.ask(self.panel.writers, messages, InsightsReply, self.meter)
        self.read_words += passage.words
        self.passages_of[model] += 1
        given = reply.to_proposals(near=passage.start)
        self.candidates += len(given)
        best = sorted(given, key=lambda proposal: -proposal.score)[: wanted * PROPOSED_MOST]
        self.dropped[TOO_MANY] += len(given) - len(best)
        short = [p for p in best if count_words(f"{p.claim} {p.explanation}") <= LONGEST_INSIGHT_WORDS]
        self.dropped[TOO_LONG] += len(best) - len(short)
        self.proposals[model] += self._mend(passage, short, passages_left)

    def _count_held(self) -> int:
        return sum(map(len, self.proposals.values()))

    def _mend(self, passage: Passage, proposals: list[Proposal], passages_left: int) -> list[Proposal]:
        """The proposals with the words of the transcript where theirs do not stand in it, as far as the model finds them."""
        misquoted = [(n, p) for n, p in enumerate(proposals, 1) if self.reading.index.find(p.quote, p.char_hint) is None]
        room = self.panel.room
        asked = round(passages_left * (room.passage + PROMPT_TOKENS) * TOKEN_MARGIN)
        self.meter.purpose = "repair"
        self.meter.reserve = self.panel.estimate_judging(self._count_held() + len(proposals)) + Spend(
            passages_left, asked, passages_left * room.answer
        )
        if not misquoted or self.meter.why_not(Spend(1, room.passage, room.answer)):  # first comes what is not read yet
            return proposals
        messages = repair_messages(self.about, passage, misquoted)
        try:
            reply, _ = self.panel.ask(self.panel.writers, messages, MendedQuotes, self.meter)
        except (LlmUnusable, CapReached, Unreachable, LlmRefused):
            return proposals  # the misquoted are dropped and counted like any other; the failed call is in its row
        mended = {mend.number: " ".join(mend.quote.split()) for mend in reply.quotes if mend.quote}
        numbers = {number for number, _ in misquoted}
        return [replace(p, quote=mended[n]) if n in numbers & mended.keys() else p for n, p in enumerate(proposals, 1)]

    def _ground(self) -> list[Insight]:
        insights: dict[str, Insight] = {}
        for model, proposals in self.proposals.items():
            found, dropped = ground(self.reading, proposals, "llm", model)
            self.dropped += dropped
            before = len(insights)
            insights = {**{insight.insight_id: insight for insight in found}, **insights}
            self.dropped[PROPOSED_TWICE] += len(proposals) - sum(dropped.values()) - (len(insights) - before)
        return list(insights.values())

    def _choose(self, insights: Sequence[Insight], most: int) -> list[Insight]:
        """The best, the earlier where two are as good; the rest is counted."""
        best = sorted(insights, key=lambda insight: (-insight.score, insight.char_start, insight.insight_id))
        self.dropped[TOO_MANY] += len(best[most:])
        return best[:most]

    def _say_who_stood_in(self) -> str | None:
        first = self.panel.writers[0].name
        others = [name for name in self.passages_of if name != first]
        if not others:
            return None
        reason = self.panel.given_up.get(first, "its answer could not be used")
        return f"{', '.join(others)} stood in for {first}: {reason}"
