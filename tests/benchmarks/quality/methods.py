"""Ways to pick five insights of an episode: ours, and the plain ones it has to beat. All give the same kind of pick."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from fakes import FakeLlm
from talks import SEED, Gold, Pick, Talk

from brief_pipeline.records import Insight
from brief_pipeline.settings import LlmSettings
from brief_pipeline.stages.candidate import claims_graded, find_candidates
from brief_pipeline.stages.spend import PROPOSED_MOST, count_asked
from brief_pipeline.wiring.asking import ask_for_insights
from brief_pipeline.wiring.excerpting import extract_sentences
from brief_pipeline.wiring.grounding import Extraction
from brief_pipeline.wiring.metering import EpisodeMeter
from brief_pipeline.wiring.panel import Panel

PICKED = 5
DAMPING = 0.15  # LexRank's chance to jump anywhere: 0.1 to 0.2 in the paper
NEAR_ENOUGH, MOST_ROUNDS = 1e-6, 500  # of the power method

# What a model may get wrong. Valued above the gold, so that only the gates can keep it out.
INVENTED = "Nobody who ever signed such a contract has earned a single cent from it in all of these years."
ADDED_NUMBER = "8,713 percent"
GOLD_VALUE, FAULT_VALUE = 0.8, 0.99
PASSAGE_WORDS = 200  # small ones: of a passage only so many proposals are looked at, and all are to meet the gates
LOOKED_AT = PROPOSED_MOST * count_asked(PASSAGE_WORDS)


def pick_first(talk: Talk) -> list[Pick]:
    return [talk.pick(i) for i in talk.list_long()[:PICKED]]


def pick_by_chance(talk: Talk) -> list[Pick]:
    long = talk.list_long()
    chosen = random.Random(f"{SEED}{talk.transcript.episode_id}").sample(long, min(PICKED, len(long)))
    return [talk.pick(i) for i in sorted(chosen)]


def pick_central(talk: Talk, without_marked: bool = False) -> list[Pick]:
    long = talk.list_long(without_marked)
    ranks = rank_sentences(talk.vectors[long])
    return [talk.pick(long[i]) for i in sorted(range(len(long)), key=lambda i: (-ranks[i], i))[:PICKED]]


def rank_sentences(vectors: np.ndarray) -> np.ndarray:
    """Continuous LexRank (Erkan and Radev, "LexRank", JAIR 22, 2004, section 3.3) of unit rows: shares that sum to 1.

    The paper's weights are idf-weighted cosines; these are cosines of sentence vectors, which is the stronger variant. (The
    packages that offer LexRank weigh words, and fetch a tokenizer's data.)
    """
    count = len(vectors)
    if not count:
        return np.zeros(0)
    weights = np.clip(np.asarray(vectors, dtype=np.float64) @ np.asarray(vectors, dtype=np.float64).T, 0, None)
    weights /= weights.sum(axis=1, keepdims=True)
    ranks = np.full(count, 1 / count)
    for _ in range(MOST_ROUNDS):
        before, ranks = ranks, DAMPING / count + (1 - DAMPING) * (weights.T @ ranks)
        if np.abs(ranks - before).sum() < NEAR_ENOUGH:
            break
    return ranks


def pick_marked(talk: Talk) -> list[Pick]:
    """Our candidates by the points of their marks alone: what is chosen where nobody grades."""
    names = [talk.reading.episode["show_title"], *(talk.reading.episode["people"] or ())]
    known = [name for name in names if name]
    candidates = find_candidates(talk.sentences, talk.vectors, talk.is_marked, claims_graded(talk.words), known)
    picks: list[Pick] = []
    for candidate in sorted(candidates, key=lambda c: (-c.points, c.first)):
        start, end = talk.sentences[candidate.first].start, talk.sentences[candidate.end - 1].end
        if all(end <= pick.start or pick.end <= start for pick in picks):
            quote = talk.transcript.text[start:end]
            picks.append(Pick(candidate.claim, candidate.explanation, quote, start, end))
    return picks[:PICKED]


def pick_ours(talk: Talk) -> list[Pick]:
    return _best_of(extract_sentences(talk.house, talk.reading))


def pick_asking(talk: Talk) -> list[Pick]:
    """Ours with a language model that answers with the gold and with faults; none without gold."""
    return _best_of(ask_scripted(talk)) if talk.gold else []


def _best_of(extraction: Extraction) -> list[Pick]:
    best = sorted(extraction.insights, key=lambda insight: (-insight.score, insight.char_start))[:PICKED]
    return [as_pick(insight) for insight in best]


def as_pick(insight: Insight) -> Pick:
    return Pick(insight.claim, insight.explanation, insight.quote, insight.char_start, insight.char_end)


def ask_scripted(talk: Talk) -> Extraction:
    """What is left of the gold and the faults when a language model proposes both."""
    assert talk.gold is not None
    proposed = script_replies(talk.gold)
    batches = [{"insights": proposed[at : at + LOOKED_AT]} for at in range(0, len(proposed), LOOKED_AT)]
    llm = FakeLlm([*batches, {"insights": []}])
    panel = Panel(llm, LlmSettings(passage_words=PASSAGE_WORDS))
    meter = EpisodeMeter(panel.ledger, talk.transcript.episode_id, None, lambda: datetime.now(UTC))
    extraction = ask_for_insights(replace(talk.house, llm=llm), talk.reading, panel, meter)
    if len(llm.asked) < len(batches):
        raise ValueError(f"{talk.transcript.episode_id}: {len(llm.asked)} passages for {len(batches)} replies")
    return extraction


def script_replies(gold: Gold) -> list[dict[str, Any]]:
    """The gold's insights after one fault of each kind: an invented quote, an advert's quote, a number nobody said."""
    faults = [(INVENTED, INVENTED), *((said, said) for said in gold.adverts[1:2])]
    said = next((said for said in gold.insights if re.search(r"\d", said)), gold.insights[0])
    faults.append((change_number(said), said))
    wrong = [{"claim": claim, "quote": quote, "value": FAULT_VALUE} for claim, quote in faults]
    return wrong + [{"claim": said, "quote": said, "value": GOLD_VALUE} for said in gold.insights]


def change_number(claim: str) -> str:
    """The claim with another number; with one more where it has none.

    >>> change_number("It fell by 17 percent."), change_number("It fell.")
    ('It fell by 8713 percent.', 'It fell by 8,713 percent.')
    """
    changed = re.sub(r"\d[\d,.]*\d|\d", re.sub(r"\D", "", ADDED_NUMBER), claim, count=1)
    return changed if changed != claim else f"{claim.rstrip('.')} by {ADDED_NUMBER}."


class Method(NamedTuple):
    """A way to pick, and which steps of a Talk it needs done before."""

    name: str
    pick: Callable[[Talk], list[Pick]]
    needs: tuple[str, ...]


OURS, SCRIPTED = "ours, offline", "ours, scripted LLM"
METHODS = (
    Method("lead-5", pick_first, ("split",)),
    Method("random-5", pick_by_chance, ("split",)),
    Method("LexRank-5", pick_central, ("split", "embed")),
    Method("LexRank-5, adverts out", lambda talk: pick_central(talk, True), ("split", "embed", "adverts")),
    Method("marks alone", pick_marked, ("split", "embed", "adverts")),
    Method(OURS, pick_ours, ("split", "embed", "adverts")),
    Method(SCRIPTED, pick_asking, ("split", "embed", "adverts")),
)
