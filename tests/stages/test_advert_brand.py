from __future__ import annotations

import pytest

from brief_pipeline.stages.advert_brand import brand_names, count_mentions, reach_of_brands

FILLER = [f"Caches of kind {k} are hard." for k in range(40)]


def test_a_read_reaches_back_to_where_its_brand_is_first_named() -> None:
    texts = ["I love my Larch Life pillow.", "It is soft.", "I sleep well.", "Go to larchlife.com today.", "So, caches."]
    assert reach_of_brands(texts, 3, 3) == (0, 3)


def test_a_brand_that_was_named_long_before_its_read_does_not_stretch_it() -> None:
    texts = ["Larch Life was founded in May.", *FILLER[:8], "Go to larchlife.com today."]
    assert reach_of_brands(texts, 9, 9) == (9, 9)


def test_a_sentence_knows_whether_what_is_advertised_near_it_is_named_in_it() -> None:
    texts = ["I love my Larch Life pillow.", "It is soft.", *FILLER[:20], "Go to larchlife.com today.", "At larchlife.com."]
    assert count_mentions(texts[1:]) == [0] * 21 + [1, 1]
    assert count_mentions([texts[0], *texts[-3:]]) == [2, 0, 1, 1]


@pytest.mark.parametrize("text", ["Go to youtube.com and look.", "It is an app.", "Visit us at our.com."])
def test_an_address_that_everybody_gives_is_no_brand(text: str) -> None:
    assert list(brand_names(text)) == []
