"""How many accounts a manager can look after. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """A manager's hours a year against their accounts.

    `limit` is the number of accounts that fit at the mean of their planned hours; None where
    nobody said how many hours there are, or no account has planned hours.
    """

    accounts: int
    capacity: float | None
    planned: float
    used: float
    unplanned: int
    limit: int | None

    @property
    def is_over(self) -> bool:
        """Whether more hours are planned than there are."""
        return self.capacity is not None and self.planned > self.capacity

    @property
    def free(self) -> float | None:
        """The hours that are left to plan."""
        return None if self.capacity is None else self.capacity - self.planned

    @property
    def share(self) -> float | None:
        """The planned share of the capacity."""
        return self.planned / self.capacity if self.capacity else None


def coverage_of(hours: Sequence[float | None], *, used: float, capacity: float | None) -> Coverage:
    """The coverage of a book; `hours` are the planned hours of each account, None: none planned."""
    planned = [one for one in hours if one is not None]
    total = sum(planned)
    mean = total / len(planned) if planned else 0.0
    limit = int(capacity / mean + 1e-9) if capacity is not None and mean > 0 else None
    return Coverage(
        accounts=len(hours),
        capacity=capacity,
        planned=total,
        used=used,
        unplanned=len(hours) - len(planned),
        limit=limit,
    )
