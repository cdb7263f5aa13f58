"""Groups of what says the same: each with each, no chains."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from brief_pipeline.stages.grouping import Pair, group_same

LETTERS = "abcdefgh"


def make_world(seed: int) -> dict[Pair, float]:
    chooser = random.Random(seed)
    pairs = [pair for pair in combinations(LETTERS, 2) if chooser.random() < 0.55]
    return {pair: chooser.choice([0.7, 0.8, 0.9]) for pair in pairs}


def agree(members: frozenset[str], same: dict[Pair, float]) -> bool:
    return all(pair in same for pair in combinations(sorted(members), 2))


def group_plainly(same: dict[Pair, float]) -> list[tuple[str, ...]]:
    """The surest pair whose groups agree as a whole joins them, and again from the start until none does."""
    groups = {frozenset([letter]) for letter in LETTERS}
    while True:
        for one, other in sorted(same, key=lambda pair: (-same[pair], pair)):
            left, right = (next(group for group in groups if letter in group) for letter in (one, other))
            if left != right and agree(left | right, same):
                groups = groups - {left, right} | {left | right}
                break
        else:
            return sorted(tuple(sorted(group)) for group in groups if len(group) > 1)


@pytest.mark.parametrize("seed", range(60))
def test_groups_are_those_of_joining_the_surest_again_and_again(seed: int) -> None:
    same = make_world(seed)
    assert group_same(same) == group_plainly(same)


@pytest.mark.parametrize("seed", range(60))
def test_each_says_the_same_as_each_of_its_group_and_no_two_groups_could_be_one(seed: int) -> None:
    same = make_world(seed)
    groups = [frozenset(group) for group in group_same(same)]
    members = [letter for group in groups for letter in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 and agree(group, same) for group in groups)
    alone = [frozenset([letter]) for letter in LETTERS if letter not in members]
    assert not any(agree(left | right, same) for left, right in combinations([*groups, *alone], 2))


@pytest.mark.parametrize("seed", range(20))
def test_neither_the_order_of_the_pairs_nor_that_within_one_matters(seed: int) -> None:
    same = make_world(seed)
    chooser = random.Random(seed)
    pairs = [(pair if chooser.random() < 0.5 else pair[::-1], score) for pair, score in same.items()]
    chooser.shuffle(pairs)
    assert group_same(dict(pairs)) == group_same(same)


def test_a_chain_breaks_at_its_weakest_link() -> None:
    assert group_same({("a", "b"): 0.7, ("b", "c"): 0.9}) == [("b", "c")]
    assert group_same({("a", "b"): 0.9, ("b", "c"): 0.8, ("c", "d"): 0.9}) == [("a", "b"), ("c", "d")]


def test_nothing_that_says_the_same_makes_no_group() -> None:
    assert group_same({}) == []
