"""Which way a text leans: whether it tells of more or of less, and whether it speaks well or ill of what it tells."""

from __future__ import annotations

from functools import lru_cache

from brief_pipeline.stages.likeness_words import REMEMBERED, part, stem

_MORE = """more most increase rise grow climb gain up double triple high higher highest raise boost lift add extra expand
    soar jump surge longer bigger larger larg big great greater many full crowd spread widen dearer expensive costly push
    strengthen strong always everyone everybody all every"""
_LESS = """less least fewer decrease reduce fall shrink drop decline down halve low lower lowest cut slash trim small smaller
    tiny few shorter vanish disappear cheap cheaper save shed slip slump weaken weak ease spare empty thin rarely seldom
    hardly nobody never none little"""
_GOOD = """better best good improve help benefit work safe safer succeed success win profit earn easy easier worth fine
    useful valuable smart right true love like enjoy happy healthy heal protect prevent solve reliable efficient pay
    clever recommend should useful great positive fair trust thrive keep matter effective wise sense"""
_ILL = """worse worst bad hurt harm damage fail failure lose loss hard harder danger dangerous risk risky useless waste
    mistake wrong false myth hate dislike suffer ruin kill break broken worsen problem trouble error fear unfair bankrupt
    collapse crash sick ill poor negative overrated pointless nonsense overstated exaggerated backfire illusion cost"""
Leaning = tuple[int, int]  # above 0: to more, to good; below: to less, to ill


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


_AXES = ((_stems(_MORE), _stems(_LESS)), (_stems(_GOOD), _stems(_ILL)))


@lru_cache(REMEMBERED)
def lean(text: str) -> Leaning:
    """How many words more speak for more than for less, and for good than for ill; under a "not" they count as turned.

    >>> lean("The pond does not help"), lean("Fewer fish are better")
    ((0, -1), (-1, 1))
    """
    parted = part(text)
    weight = {word: -1 if word in parted.denied else 1 for word in parted.stems}
    more, good = (sum(((w in plus) - (w in minus)) * turn for w, turn in weight.items()) for plus, minus in _AXES)
    return more, good


def compare_leanings(early: str, late: str) -> tuple[float, float]:
    """For more and for good: 1 where both texts lean one way, -1 where they lean apart, 0 where one does not lean."""
    more, good = (_sign(a) * _sign(b) for a, b in zip(lean(early), lean(late), strict=True))
    return float(more), float(good)


def share_turned(early: str, late: str) -> float:
    """The share of two texts' common words that one denies and the other affirms."""
    left, right = part(early), part(late)
    both = left.content & right.content
    turned = both & ((left.denied - left.affirmed) ^ (right.denied - right.affirmed))
    return len(turned) / max(1, len(both))


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
