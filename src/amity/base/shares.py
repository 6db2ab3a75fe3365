"""Shares with their intervals. Pure."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `count`; `low` and `high` are the 95 % bounds. All three are None without any."""

    hits: int
    count: int
    value: float | None
    low: float | None
    high: float | None


def share(hits: int, count: int) -> Share:
    """A share with Wilson's interval (J. of the American Statistical Association 22, 1927)."""
    if count == 0:
        return Share(hits, 0, None, None, None)
    value = hits / count
    middle = value + Z95**2 / (2 * count)
    spread = Z95 * sqrt(value * (1 - value) / count + Z95**2 / (4 * count * count))
    scale = 1 + Z95**2 / count
    low, high = max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
    return Share(hits, count, value, low, high)
