"""Teaches likeness (brief_pipeline/stages/likeness.py) on stories.jsonl, and tells how sure it is on what it did not learn.

    python data/likeness/teach.py check     # five-fold cross-validation by story: recall at given precisions
    python data/likeness/teach.py           # writes brief_pipeline/stages/likeness_weights.npz; set 6 is held out

BRIEF_HISTORY may name a DuckDB file with a table raw.insights (claim, explanation): pairs of its insights that lie near each
other are hardly ever the same, and are learned as such. Its texts belong to their shows and are not in the repository.
"""

# ruff: noqa: T201  (a script that prints its findings)
from __future__ import annotations

import json
import math
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
from pack import pack
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brief_pipeline.engines.embedder import SentenceEmbedder
from brief_pipeline.engines.minilm.comparer import MiniLmComparer
from brief_pipeline.stages.likeness import Said
from brief_pipeline.stages.likeness_model import CLASSES
from brief_pipeline.stages.likeness_signs import Describer, text_of
from brief_pipeline.stages.likeness_words import part

STORIES = Path(__file__).with_name("stories.jsonl")
WEIGHTS = Path(__file__).parents[2] / "brief_pipeline" / "stages" / "likeness_weights.npz"
HELD_OUT = 6  # this set's stories, of other fields and another manner, are never learned from
VERSIONS = ("base", "same_near", "same_far")
ASIDES = ("agrees", "extends", "near_miss", "topic")
PARTS = (*VERSIONS, "follow_up", "contradicts", *ASIDES)
NEAREST_PAIRS = 1200  # of different stories; and half as many again of the history
LEAST_COSINE, MOST_COSINE = 0.4, 0.8  # nearer ones of a history are one passage, published twice
EDITED = 200  # texts of which altered copies are made
TREES = {"max_iter": 150, "max_leaf_nodes": 12, "learning_rate": 0.07, "l2_regularization": 5.0, "random_state": 0}
STRICTNESS = 0.1
LEAST_TEXTS = 3  # that a word must stand in for its rarity to be kept
_AUXILIARY = re.compile(r"\b(is|are|was|were|can|will|should|does|has)\b(?! not|n't)")
SEED = 1
OTHER, SAME, FOLLOW_UP, CONTRADICTS = range(4)

Text = tuple[str, str]  # a claim and its explanation


@dataclass(frozen=True)
class Example:
    """A pair, what it is, the story it must not be parted from, and how it came about."""

    earlier: Text
    later: Text
    label: int
    group: int
    kind: str


def read_stories(held_out: bool = False) -> list[dict[str, Any]]:
    """The stories to learn from, or those held out."""
    stories = [json.loads(line) for line in STORIES.read_text(encoding="utf-8").splitlines()]
    return [story for story in stories if (story["set"] == HELD_OUT) == held_out]


def pair_up(story: dict[str, Any], group: int) -> Iterator[Example]:
    """Every pair of a story whose relation is sure. Not every story has every part."""
    said = {name: (story[name]["claim"], story[name]["explanation"]) for name in PARTS if name in story}
    versions, asides = ([name for name in names if name in said] for names in (VERSIONS, ASIDES))

    def pair(earlier: str, later: str, label: int, kind: str) -> Example:
        return Example(said[earlier], said[later], label, group, kind)

    for left, right in permutations(versions, 2):
        yield pair(left, right, SAME, "same, far" if "same_far" in (left, right) else "same, near")
        # The same claim for another reason, or on other evidence, is a repeat with one more voice.
        if "base" in (left, right) and "agrees" in said:
            one, other = said[left], (said[right][0], said["agrees"][0])
            yield Example(*((one, other) if left == "base" else (other, one)), SAME, group, "same, other evidence")
    for left, right in (("base", "same_near"), ("same_near", "base")):
        yield Example(said[left], (said[right][0], ""), SAME, group, "same, claim alone")
        yield Example((said[left][0], ""), (said["near_miss"][0], ""), OTHER, group, "near_miss, claim alone")
    if "same_far" in said:
        yield from mix(said, group)
    for version in versions:
        yield pair(version, "follow_up", FOLLOW_UP, "follow_up")
        yield pair("follow_up", version, OTHER, "follow_up, reversed")
        yield pair(version, "contradicts", CONTRADICTS, "contradicts")
        yield pair("contradicts", version, CONTRADICTS, "contradicts")
        for aside in asides:
            yield pair(version, aside, OTHER, aside)
            yield pair(aside, version, OTHER, aside)
    for left, right in combinations(asides, 2):
        yield pair(left, right, OTHER, "two asides")
    for aside in asides:
        yield pair(aside, "follow_up", OTHER, "aside, follow_up")
        yield pair(aside, "contradicts", OTHER, "aside, contradicts")


def mix(said: dict[str, Text], group: int) -> Iterator[Example]:
    """Between the near rewrite and the far one, where most real repeats lie: the one's claim, the other's reason."""
    for claim, rest in (("same_near", "same_far"), ("same_far", "same_near"), ("base", "same_far"), ("same_far", "base")):
        mixed = (said[claim][0], said[rest][1])
        for version in sorted({"base", "same_near"} - {claim, rest}):
            yield Example(said[version], mixed, SAME, group, "same, between")
            yield Example(mixed, said[version], SAME, group, "same, between")


def pair_nearest(
    texts: Sequence[Text], groups: Sequence[int], embedder: SentenceEmbedder, most: int, kind: str
) -> Iterator[Example]:
    """The nearest pairs of different groups: near, and not the same."""
    vectors = embedder.embed([f"{claim} {rest}".strip() for claim, rest in texts])
    near = np.triu(vectors @ vectors.T, 1)
    near[np.equal.outer(np.array(groups), np.array(groups))] = 0
    for at in np.argsort(-near, axis=None)[:most]:
        left, right = divmod(int(at), len(texts))
        if LEAST_COSINE <= near[left, right] < MOST_COSINE:
            yield Example(texts[left], texts[right], OTHER, groups[left], kind)


def alter(text: Text, dice: random.Random) -> Iterator[tuple[Text, int, str]]:
    """A copy of a text that says the same, and one that a "not" turns round.

    No more of those, no denied rewrites, no copies with another number or name: the rules find them, and learned from they
    teach that likeness speaks against it (tried: of the far rewrites of set 6 it found half as many).
    """
    claim, rest = text
    opener = dice.choice(("Yeah, so I think ", "You know, ", "So basically ", "I mean, ", "And look, "))
    yield (opener + claim[:1].lower() + claim[1:], rest), SAME, "copy"
    denied = _AUXILIARY.sub(r"\1 not", claim, count=1)
    if denied != claim:
        yield (denied, rest), CONTRADICTS, "denied"


def collect(stories: Sequence[dict[str, Any]], embedder: SentenceEmbedder) -> list[Example]:
    """All pairs to learn from."""
    dice = random.Random(SEED)
    examples = [example for group, story in enumerate(stories) for example in pair_up(story, group)]
    names = ("base", "same_far", "near_miss", "follow_up")
    few = [(group, name) for group, story in enumerate(stories) for name in names if name in story]
    said = [(stories[g][name]["claim"], stories[g][name]["explanation"]) for g, name in few]
    examples += pair_nearest(said, [g for g, _ in few], embedder, NEAREST_PAIRS, "two stories")
    history = read_history()
    numbers = [10_000 + at for at in range(len(history))]
    if history:
        examples += pair_nearest(history, numbers, embedder, NEAREST_PAIRS * 3 // 2, "a real history")
    originals = [
        *enumerate(s for (_, name), s in zip(few, said, strict=True) if name == "base"),
        *zip(numbers, history, strict=True),
    ]
    for group, text in dice.sample(originals, min(EDITED, len(originals))):
        examples += [Example(text, changed, label, group, kind) for changed, label, kind in alter(text, dice)]
    return examples


def read_history() -> list[Text]:
    """The insights of BRIEF_HISTORY; none without it."""
    if "BRIEF_HISTORY" not in os.environ:
        return []
    import duckdb

    with duckdb.connect(os.environ["BRIEF_HISTORY"], read_only=True) as history:
        rows = history.execute("select distinct claim, explanation from raw.insights order by all").fetchall()
    return [(claim, explanation or "") for claim, explanation in rows]


def measure_rarity(texts: Sequence[str]) -> dict[str, float]:
    """The log odds of each word that stands in at least LEAST_TEXTS texts."""
    counted = Counter(word for text in texts for word in part(text).content)
    return {word: math.log(len(texts) / n) for word, n in sorted(counted.items()) if n >= LEAST_TEXTS}


def as_said(examples: Sequence[Example], embedder: SentenceEmbedder) -> list[tuple[Said, Said]]:
    """The examples as likeness takes them."""
    texts = sorted({text for example in examples for text in (example.earlier, example.later)})
    vectors = embedder.embed([f"{claim} {rest}".strip() for claim, rest in texts])
    said = {text: Said(*text, vector) for text, vector in zip(texts, vectors, strict=True)}
    return [(said[example.earlier], said[example.later]) for example in examples]


def align(pairs: Sequence[tuple[Text, Text]]) -> np.ndarray:
    """What the comparer says of the pairs. BRIEF_ALIGNED may name a folder in which to keep it: it takes minutes."""
    comparer = MiniLmComparer()
    if "BRIEF_ALIGNED" not in os.environ:
        return comparer.align(pairs)
    from diskcache import Cache

    with Cache(os.environ["BRIEF_ALIGNED"], size_limit=2**32) as kept:
        keys = {pair: "\x1f".join((comparer.name, *pair[0], *pair[1])) for pair in pairs}
        new = [pair for pair, key in keys.items() if key not in kept]
        with kept.transact():
            for pair, row in zip(new, comparer.align(new), strict=True):
                kept[keys[pair]] = row
        return np.stack([kept[keys[pair]] for pair in pairs])


def make_regression() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=STRICTNESS, max_iter=1000))


def make_trees() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(**TREES)


def cross_validate(rows: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The chances of each example by what learned from other stories."""
    given = np.zeros((len(labels), len(CLASSES)))
    for taught, asked in GroupKFold(5).split(rows, labels, groups):
        for model in (make_regression(), make_trees()):
            given[asked] += model.fit(rows[taught], labels[taught]).predict_proba(rows[asked]) / 2
    return given


def show(given: np.ndarray, labels: np.ndarray, kinds: Sequence[str]) -> None:
    """Prints, for each decision and precision, the threshold, the recall and by what it is misled."""
    named = np.array(kinds)
    for number, precisions in ((SAME, (0.9, 0.95, 0.98)), (FOLLOW_UP, (0.8, 0.9)), (CONTRADICTS, (0.7, 0.8, 0.9))):
        order = np.argsort(-given[:, number])
        right = labels[order] == number
        precision = np.cumsum(right) / np.arange(1, len(right) + 1)
        for least in precisions:
            reached = np.nonzero(precision >= least)[0]
            last = int(reached.max()) if len(reached) else 0
            found = order[: last + 1]
            threshold, recall = given[order[last], number], right[: last + 1].sum() / right.sum()
            shares = {
                k: f"{np.isin(found, np.nonzero(named == k)[0]).sum() / (named == k).sum():.3f}"
                for k in sorted(set(named[found]))
            }
            print(
                f"{CLASSES[number]:12} P>={least:.2f} from {threshold:.2f} recall {recall:.3f}",
                *(f"{k} {v};" for k, v in shares.items()),
            )


def main() -> None:
    embedder = SentenceEmbedder(folder=Path(os.environ["BRIEF_VECTORS"]) if "BRIEF_VECTORS" in os.environ else None)
    examples = collect(read_stories(), embedder)
    pairs = as_said(examples, embedder)
    texts = sorted({text_of(said) for pair in pairs for said in pair})
    rarity = measure_rarity(texts)
    mean = np.mean([said.vector for said in {id(s): s for pair in pairs for s in pair}.values()], axis=0)
    signs = Describer(rarity, mean).describe(pairs)
    alignment = align([(example.earlier, example.later) for example in examples])
    labels, groups = np.array([e.label for e in examples]), np.array([e.group for e in examples])
    both = {"light": signs, "full": np.hstack([signs, alignment])}
    if sys.argv[1:] == ["check"]:
        for name, rows in both.items():
            print(f"\n{name}: {len(examples)} pairs")
            show(cross_validate(rows, labels, groups), labels, [e.kind for e in examples])
        return
    arrays = {"stems": np.array(list(rarity)), "rarities": np.array(list(rarity.values()), np.float16)}
    arrays["mean"] = mean.astype(np.float32)
    for name, rows in both.items():
        arrays |= pack(make_regression().fit(rows, labels), make_trees().fit(rows, labels), name)
    np.savez_compressed(WEIGHTS, **arrays)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
