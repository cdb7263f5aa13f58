"""A second look at insights, with the words they rest on in sight."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from brief_pipeline.errors import CapReached, LlmRefused, LlmUnusable, PassingFailure, Unreachable
from brief_pipeline.records import Insight
from brief_pipeline.stages.passage import Talk
from brief_pipeline.stages.prompt import EVIDENCE_WORDS, Judgement, JudgementsReply, judge_messages
from brief_pipeline.stages.spend import Spend
from brief_pipeline.wiring.metering import EpisodeMeter
from brief_pipeline.wiring.panel import Panel

ROUNDS = 2  # what a reply leaves out is asked once more


def judge_insights(
    panel: Panel, meter: EpisodeMeter, talk: Talk, about: str, insights: Sequence[Insight]
) -> tuple[list[Insight], Counter[str], PassingFailure | None]:
    """The insights that pass, with the judge's value as their score; why the others do not; what stopped the judging.

    Raises what stopped it where no insight could be judged at all.
    """
    judgements: dict[int, Judgement] = {}
    stopped: PassingFailure | None = None
    items = [(n, i, talk.around((i.char_start, i.char_end), EVIDENCE_WORDS)) for n, i in enumerate(insights, 1)]
    meter.purpose, meter.reserve = "judge", Spend()
    for _ in range(ROUNDS):
        waiting = [item for item in items if item[0] not in judgements]
        for start in range(0, len(waiting), panel.judged_at_once):
            batch = waiting[start : start + panel.judged_at_once]
            try:
                reply, _ = panel.ask(panel.judges, judge_messages(about, batch), JudgementsReply, meter)
            except LlmUnusable as unusable:
                stopped = stopped or unusable
                continue
            except (CapReached, Unreachable, LlmRefused) as failure:
                stopped = failure
                break
            asked = {number for number, *_ in batch}
            judgements = {j.number: j for j in reply.judgements if j.number in asked} | judgements
        if isinstance(stopped, CapReached | Unreachable | LlmRefused):
            break
    if stopped and not judgements:
        raise stopped
    passed, dropped = [], Counter[str]()
    for number, insight, _ in items:
        judgement = judgements.get(number)
        if judgement is None:
            dropped["not judged"] += 1
        elif judgement.refusal:
            dropped[judgement.refusal] += 1
        else:
            passed.append(replace(insight, score=judgement.value))
    return passed, dropped, stopped if len(judgements) < len(items) else None
