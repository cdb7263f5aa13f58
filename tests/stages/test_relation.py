"""What is worth reading with an insight, and what the two are to each other."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from brief_pipeline.stages.relation import MOST, MOST_OF_A_SHOW, SAME, choose_related, label

SCORES = {"same_score": 0.1, "follow_up_score": 0.2, "contradicts_score": 0.3}
LABELS = {
    "same": ("agrees", 0.1),
    "agrees": ("agrees", 0.1),
    "follow_up": ("extends", 0.2),
    "extends": ("extends", 0.2),
    "contradicts": ("contradicts", 0.3),
    "other": ("related", None),
    None: ("related", None),
}


def make_rows(count: int, seed: int = 3, width: int = 24) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.mark.parametrize(("verdict", "expected"), LABELS.items(), ids=map(str, LABELS))
def test_each_verdict_has_its_relation_and_unsure_is_related(verdict: str | None, expected: tuple[str, float]) -> None:
    assert label({"verdict": verdict, **SCORES}) == expected


def test_the_nearest_comes_first_and_ten_are_enough() -> None:
    cosines = np.linspace(0.9, 0.5, 30)
    chosen = choose_related(cosines.tolist(), make_rows(30), [f"show {n}" for n in range(30)])
    assert (chosen[0], len(chosen), len(set(chosen))) == (0, MOST, MOST)


def test_fewer_are_given_where_fewer_are_near() -> None:
    assert choose_related([0.6], make_rows(1), ["a"]) == [0]
    assert choose_related([], make_rows(0), []) == []


def test_a_show_is_heard_twice_at_most_however_near_its_others_are() -> None:
    shows = ["loud"] * 20 + ["quiet", "third"]
    chosen = choose_related([*np.linspace(0.9, 0.7, 20), 0.5, 0.46], make_rows(22), shows)
    assert Counter(shows[place] for place in chosen) == {"loud": MOST_OF_A_SHOW, "quiet": 1, "third": 1}


def test_no_two_of_a_list_say_the_same() -> None:
    rows = np.repeat(make_rows(6), 4, axis=0) + np.random.default_rng(5).normal(0, 0.02, (24, 24)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    chosen = choose_related(np.linspace(0.9, 0.5, 24).tolist(), rows, [f"show {n}" for n in range(24)])
    near = rows[chosen] @ rows[chosen].T - np.eye(len(chosen))
    assert len(chosen) == 6
    assert near.max() < SAME


def test_variety_goes_before_a_little_more_nearness() -> None:
    rows = np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]], dtype=np.float32)
    assert choose_related([0.7, 0.6, 0.5], rows, ["a", "b", "c"]) == [0, 2, 1]
