"""The grader that comes with the install. Slow to load: one for the module."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from brief_pipeline.engines.minilm import MiniLmGrader
from brief_pipeline.engines.minilm import grader as module
from brief_pipeline.errors import ModelUnavailable

MECHANISM = (
    "Most dams lose more water to the air than to the farms below, because a wide shallow lake warms up quickly. "
    "| In the dry years the loss is a third of all that flows in."
)
POINTER = "That's the other one that they did with it, and it was kind of the same thing there."
CHATTER = "Thanks so much for having me on, I was really excited to be here with you guys today."


@pytest.fixture(scope="module")
def grader() -> MiniLmGrader:
    return MiniLmGrader()


def test_each_text_gets_two_grades_in_range(grader: MiniLmGrader) -> None:
    grades = grader.grade([MECHANISM, POINTER, CHATTER])
    assert grades.shape == (3, 2)
    assert grades.dtype == np.float32
    assert ((grades >= 0) & (grades <= 2)).all()


def test_nothing_to_grade_needs_no_model() -> None:
    untouched = MiniLmGrader()
    assert untouched.grade([]).shape == (0, 2)
    assert untouched._loaded is None


def test_a_mechanism_is_graded_above_a_pointer_and_chatter(grader: MiniLmGrader) -> None:
    mechanism, pointer, chatter = grader.grade([MECHANISM, POINTER, CHATTER])
    assert mechanism[0] > pointer[0] + 0.5, "it stands alone"
    assert mechanism[1] > max(pointer[1], chatter[1]) + 0.5, "it claims something"


def test_grades_come_in_the_order_of_the_texts(grader: MiniLmGrader) -> None:
    forwards, backwards = grader.grade([MECHANISM, POINTER, CHATTER]), grader.grade([CHATTER, POINTER, MECHANISM])
    np.testing.assert_allclose(forwards, backwards[::-1], atol=1e-4)
    np.testing.assert_array_equal(forwards, grader.grade([MECHANISM, POINTER, CHATTER]))


def test_a_text_longer_than_the_model_reads_is_graded_by_its_beginning(grader: MiniLmGrader) -> None:
    assert grader.grade([f"{MECHANISM} {'and so on and on ' * 200}"]).shape == (1, 2)


def test_a_damaged_install_is_an_error_with_its_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "adapter.npz").write_bytes(b"no weights")
    monkeypatch.setattr(module, "ADAPTER", tmp_path / "adapter.npz")
    with pytest.raises(ModelUnavailable, match="install again"):
        MiniLmGrader().grade([MECHANISM])
