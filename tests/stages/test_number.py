from __future__ import annotations

import pytest

from brief_pipeline.stages.number import read_numbers


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("two million", [{"2000000"}]),
        ("$2.5bn and 10k", [{"2500000000"}, {"10000"}]),
        ("a hundred and fifty thousand", [{"150000"}]),
        ("two thousand and six", [{"2006"}]),
        ("three and a half percent", [{"3.5%"}]),
        ("twelve point two five", [{"12.25"}]),
        ("40 to 50 percent", [{"40", "40%"}, {"50%"}]),
        ("nineteen ninety-nine", [{"19", "1999"}, {"99", "1999"}]),
        ("10x in the 1990s", [{"10"}, {"1990"}]),
        ("twenty, thirty", [{"20"}, {"30"}]),
        ("GPT-4, h264 and someone", []),
    ],
)
def test_a_number_has_the_same_value_in_digits_and_in_words(text: str, readings: list[set[str]]) -> None:
    assert [found for _, found in read_numbers(text)] == readings


def test_a_number_is_shown_as_the_text_writes_it() -> None:
    assert [shown for shown, _ in read_numbers("Two Million of 2M")] == ["Two Million", "2M"]
