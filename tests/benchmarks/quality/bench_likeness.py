"""How surely likeness decides: repeats, follow-ups and contradictions found, and how often wrongly, by kind of trap.

.venv/bin/python tests/benchmarks/quality/bench_likeness.py

Of the stories in data/likeness/stories.jsonl that were not learned from (other fields, another manner), and of the pairs
planted in the demo's shows. Ends with 1 where a planted repeat is missed more often than one time in ten, fewer than
nine of ten that are called repeats are any, or a copy whose number, name or denial was changed passes for a repeat.
"""

from __future__ import annotations

import json
import random
import re
import runpy
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.engines.minilm.comparer import MiniLmComparer
from brief_pipeline.stages.likeness import Likeness, Said, weigh

ROOT = Path(__file__).parents[3]
STORIES = ROOT / "data" / "likeness" / "stories.jsonl"
PLANTED = ROOT / "data" / "demo" / "planted.json"
HELD_OUT = 6  # the set of stories that teach.py never learns from
VERSIONS = ("base", "same_near", "same_far")
ASIDES = ("near_miss", "agrees", "extends", "topic")
LEAST_RECALL, LEAST_PRECISION = 0.9, 0.9
SEED = 1

Text = tuple[str, str]  # a claim and its explanation
Pair = tuple[Text, Text, str, str]  # earlier, later, what they are to each other, kind
Judge = Callable[[Sequence[Pair]], list[Likeness]]

_EDITS = runpy.run_path(str(ROOT / "data" / "likeness" / "edits.py"))
deny, rename, renumber = (_EDITS[name] for name in ("deny", "rename", "renumber"))


def read_stories() -> list[dict[str, Any]]:
    return [json.loads(line) for line in STORIES.read_text(encoding="utf-8").splitlines()]


def pair_up(story: dict[str, Any]) -> Iterator[Pair]:
    """Every pair of a story with its three versions, in both orders where the order says nothing."""
    said = {name: (part["claim"], part["explanation"]) for name, part in story.items() if isinstance(part, dict)}
    for left, right in permutations(VERSIONS, 2):
        yield said[left], said[right], "same", "same, far" if "same_far" in (left, right) else "same, near"
    for version in VERSIONS:
        yield said[version], said["follow_up"], "follow_up", "follow_up"
        for left, right in ((version, "contradicts"), ("contradicts", version)):
            yield said[left], said[right], "contradicts", "contradicts"
        for aside in ASIDES:
            yield said[version], said[aside], "other", aside
            yield said[aside], said[version], "other", aside


def read_planted() -> list[Pair]:
    """The planted pairs as they are said; and each planted passage with every other one of its kind."""
    planted = json.loads(PLANTED.read_text(encoding="utf-8"))
    labels = {"repeats": "same", "follow_ups": "follow_up", "contradictions": "contradicts", "near_misses": "other"}
    found: list[Pair] = []
    for kind, label in labels.items():
        told = [(as_text(pair["first"]["quote"]), as_text(pair["second"]["quote"])) for pair in planted[kind]]
        found += [(first, second, label, kind) for first, second in told]
        found += [(left, right, "other", "planted apart") for (left, _), (_, right) in combinations(told, 2)]
    return found


def as_text(quote: str) -> Text:
    """A quote as an insight: its first sentence claims, the rest explains."""
    claim, _, rest = re.sub(r"(?<=[.!?])\s+", "\n", quote.strip(), count=1).partition("\n")
    return claim, rest


def alter(stories: Sequence[dict[str, Any]]) -> Iterator[Pair]:
    """A text beside itself and beside its near rewrite, with a number, a name or a "not" changed: a real difference."""
    dice = random.Random(SEED)
    for story in stories:
        text = story["base"]["claim"], story["base"]["explanation"]
        for version in ("base", "same_near"):
            claim, rest = story[version]["claim"], story[version]["explanation"]
            named = "copy" if version == "base" else "rewrite"
            if other := renumber(claim, dice):
                yield text, (other, rest), "other", f"{named}, another number"
            if renamed := rename(claim, rest):
                yield text, renamed, "other", f"{named}, another name"
            yield text, (deny(claim, dice), rest), "contradicts", f"{named}, denied"


def make_judge(with_comparer: bool) -> Judge:
    embedder, comparer = SentenceEmbedder(), MiniLmComparer()

    def judge(pairs: Sequence[Pair]) -> list[Likeness]:
        texts = sorted({text for pair in pairs for text in pair[:2]})
        vectors = dict(zip(texts, embedder.embed([" ".join(text).strip() for text in texts]), strict=True))
        said = [(Said(*e, vectors[e]), Said(*later, vectors[later])) for e, later, _, _ in pairs]
        alignment = comparer.align([(e, later) for e, later, _, _ in pairs]) if with_comparer else None
        return weigh(said, embedder.name, alignment)

    return judge


def show(title: str, pairs: Sequence[Pair], judged: Sequence[Likeness]) -> None:
    """Prints what became of each kind of pair, and recall and precision of each decision."""
    verdicts = ("same", "follow_up", "contradicts", "other")
    print(f"\n{title}\n{'kind':24}{'pairs':>7}" + "".join(f"{verdict:>13}" for verdict in verdicts) + f"{'vetoed':>9}")
    for kind in dict.fromkeys(pair[3] for pair in pairs):
        own = [likeness for pair, likeness in zip(pairs, judged, strict=True) if pair[3] == kind]
        counted = Counter(likeness.verdict for likeness in own)
        row = "".join(f"{counted[verdict]:>13}" for verdict in verdicts)
        print(f"{kind:24}{len(own):>7}{row}{sum(likeness.conflict is not None for likeness in own):>9}")
    for verdict in verdicts[:3]:
        recall, precision = rate(pairs, judged, verdict)
        print(f"{verdict:24} recall {recall:.3f}  precision {precision:.3f}")


def rate(pairs: Sequence[Pair], judged: Sequence[Likeness], verdict: str) -> tuple[float, float]:
    """Recall and precision of a decision."""
    wanted = [pair[2] == verdict for pair in pairs]
    found = [likeness.verdict == verdict for likeness in judged]
    right = sum(w and f for w, f in zip(wanted, found, strict=True))
    return right / max(1, sum(wanted)), right / sum(found) if any(found) else 1.0


def main() -> None:
    planted, everything = read_planted(), read_stories()
    stories = [story for story in everything if story["set"] == HELD_OUT]
    told, altered = [pair for story in stories for pair in pair_up(story)], list(alter(everything))
    is_broken = False
    for with_comparer in (False, True):
        judge = make_judge(with_comparer)
        named = "with the comparer" if with_comparer else "without the comparer"
        show(f"{len(stories)} stories not learned from, {named}", told, judge(told))
        changed, ours = judge(altered), judge(planted)
        show(f"copies with one change, {named}", altered, changed)
        show(f"planted in the demo, {named}", planted, ours)
        merged = [pair for pair, likeness in zip(altered, changed, strict=True) if likeness.verdict == "same"]
        for earlier, later, _, kind in merged:
            print(f"MERGED {kind}: {earlier[0]!r} / {later[0]!r}")
        recall, precision = rate(planted, ours, "same")
        is_broken |= any(kind.startswith("copy") for *_, kind in merged)
        is_broken |= with_comparer and (recall < LEAST_RECALL or precision < LEAST_PRECISION)
    sys.exit(1 if is_broken else 0)


if __name__ == "__main__":
    main()
