from __future__ import annotations

import pytest

from brief_pipeline.stages.audio_length import doubt_length


def test_half_the_minutes_and_half_the_bytes_are_a_cut_file() -> None:
    doubt = doubt_length(1500.0, 20_000_000, 3600.0, 48_000_000)
    assert doubt is not None
    assert doubt.is_cut
    assert "25 of 60 minutes" in doubt.words


def test_few_minutes_with_all_the_bytes_are_only_a_doubt() -> None:
    doubt = doubt_length(1500.0, 48_000_000, 3600.0, 48_000_000)
    assert doubt is not None
    assert not doubt.is_cut


@pytest.mark.parametrize("stated_bytes", [None, 0])
def test_without_a_stated_length_there_is_one_witness_only(stated_bytes: int | None) -> None:
    doubt = doubt_length(1.0, 10, 3600.0, stated_bytes)
    assert doubt is not None
    assert not doubt.is_cut


@pytest.mark.parametrize(("seconds", "stated"), [(3300.0, 3600.0), (4000.0, 3600.0), (1.0, None), (1.0, 0.0), (1.0, 30.0)])
def test_nothing_speaks_against_minutes_of_adverts_more_or_less_or_an_unknown_duration(
    seconds: float, stated: float | None
) -> None:
    assert doubt_length(seconds, 10, stated, 1_000_000) is None
