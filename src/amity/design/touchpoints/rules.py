"""Overlap of touchpoints (DOMAIN 5.5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

ALIKE = 0.6  # from this overlap on, two touchpoints of one stage are worth a look
RARELY_ALONE = 0.05  # with a smaller exclusive reach, one of them adds hardly anybody


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two touchpoints that meet the same customers. `overlap` is shared / all, 0..1."""

    first: str
    second: str
    overlap: float
    only_first: float  # share of all customers seen anywhere who are seen only there
    only_second: float

    @property
    def advice(self) -> str:
        """The one that could be merged into the other: it reaches hardly anybody alone."""
        if self.overlap < ALIKE or min(self.only_first, self.only_second) >= RARELY_ALONE:
            return ""
        return self.first if self.only_first < self.only_second else self.second


def overlaps(seen: Mapping[str, frozenset[int]], *, least: float = 0.2) -> list[Overlap]:
    """The pairs of touchpoints with an overlap of at least `least`, the closest first.

    `seen` names the customers met at each touchpoint of one stage.
    """
    everybody = frozenset().union(*seen.values())
    alone = {
        key: _share(
            customers - frozenset().union(*(v for k, v in seen.items() if k != key)), everybody
        )
        for key, customers in seen.items()
    }
    pairs = [
        Overlap(a, b, _share(seen[a] & seen[b], seen[a] | seen[b]), alone[a], alone[b])
        for a, b in combinations(sorted(seen), 2)
    ]
    close = [pair for pair in pairs if pair.overlap >= least]
    return sorted(close, key=lambda pair: (-pair.overlap, pair.first, pair.second))


def _only_at(key: str, seen: Mapping[str, frozenset[int]]) -> frozenset[int]:
    return seen[key].difference(*(customers for other, customers in seen.items() if other != key))


def _share(part: frozenset[int], whole: frozenset[int]) -> float:
    return len(part) / len(whole) if whole else 0.0
