"""Which insights say the same, all of them: groups without chains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Pair = tuple[str, str]


def group_same(same: Mapping[Pair, float]) -> list[tuple[str, ...]]:
    """Groups in which each says the same as each other, the surest pairs first; ids in order, groups by their first.

    `same`: pairs that say the same -> how sure that is. An insight is in one group at most. A pair whose groups do not
    agree as a whole stays apart: A and B, B and C make no group of three (complete linkage, Sørensen 1948).

    >>> group_same({("a", "b"): 0.9, ("b", "c"): 0.8})
    [('a', 'b')]
    >>> group_same({("a", "b"): 0.9, ("b", "c"): 0.8, ("a", "c"): 0.7})
    [('a', 'b', 'c')]
    """
    known = {frozenset(pair) for pair in same}
    groups: dict[str, frozenset[str]] = {}
    for one, other in sorted(same, key=lambda pair: (-same[pair], sorted(pair))):
        left, right = (groups.get(insight_id, frozenset([insight_id])) for insight_id in (one, other))
        if left != right and _is_complete(left, right, known):
            joined = left | right
            groups |= dict.fromkeys(joined, joined)
    return sorted(tuple(sorted(group)) for group in set(groups.values()))


def _is_complete(left: Iterable[str], right: Iterable[str], known: set[frozenset[str]]) -> bool:
    return all(frozenset((one, other)) in known for one in left for other in right)
