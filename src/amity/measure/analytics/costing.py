"""Time-driven activity-based costing: what serving costs, and what is paid for and not used.

Kaplan and Anderson, "Time-driven activity-based costing", Harvard Business Review 82 (2004): the
cost of supplied capacity over its practical capacity is the rate; minutes times the rate is the
cost of an activity; capacity that nobody used stays a line of its own and burdens no customer.
"""

from dataclasses import dataclass

from amity.measure.analytics.arrays import Floats, floats

PRACTICAL = 0.8  # of the theoretical minutes, where nothing better is known (80 to 85 %)


@dataclass(frozen=True, slots=True)
class Costing:
    """Costs in the unit of the money given; minutes as given.

    `cost` has the shape of the minutes. `unused` is negative where more was used than the
    practical capacity: then either the minutes or the capacity are wrong, and people work over.
    """

    rate: float  # money per minute
    cost: Floats
    assigned: float
    unused: float
    used_share: float  # of the practical capacity


def practical_minutes(theoretical: float, share: float = PRACTICAL) -> float:
    """Minutes of work that a capacity really gives.

    Raises:
        ValueError: the share is not within 0 and 1, or the minutes are negative.
    """
    if not 0 < share <= 1 or theoretical < 0:
        raise ValueError("Practical capacity is a share above 0 and up to 1 of minutes from 0 up.")
    return theoretical * share


def capacity_rate(supplied: float, minutes: float) -> float:
    """Money per minute of practical capacity.

    Raises:
        ValueError: no capacity, or a negative cost.
    """
    if minutes <= 0 or supplied < 0:
        raise ValueError("A rate needs minutes above 0 and a cost from 0 up.")
    return supplied / minutes


def cost(supplied: float, practical: float, used_minutes: Floats) -> Costing:
    """What the used minutes cost, line by line, and what of the supply stays unused.

    Args:
        supplied: money paid for the capacity in the period.
        practical: its practical capacity in minutes.
        used_minutes: minutes used, by activity, customer or whatever the lines are.
    """
    rate = capacity_rate(supplied, practical)
    used = floats(used_minutes)
    assigned = float(used.sum() * rate)
    return Costing(rate, used * rate, assigned, supplied - assigned, float(used.sum()) / practical)
