"""In which order customers are helped: promise at risk times customer value. Pure.

    urgency = risk * weight * priority          (no unit; only the order counts)

risk, from the working time of the promise (u = used / promised, both in working minutes):
    nobody waits for us          0
    no promise                   0.1 * w / (w + 24)      w: hours that the customer has waited
    running, u in 0 .. 1         0.1 + 0.9 * u ** 2      0.1 at the start, 1 when due
    overdue                      100 + o / (o + 1)       o: promised times that it is late

weight, from the customer's value v (minor units, 12 months) and the median m of all customers:
    0.25 + 1.5 * v / (v + m)     0.25 at nothing, 1 at the median, under 1.75 however much
    v is below 0: as 0           v unknown: 1, that is as the median

priority, a person's word: low 0.5, normal 1, high 1.5, urgent 3.

The smallest overdue figure (100 * 0.25 * 0.5 = 12.5) is above the largest of a promise that can
still be kept (1 * 1.75 * 3 = 5.25): what is overdue always comes first.
"""

from dataclasses import dataclass

BASE_WEIGHT = 0.25
SPAN_WEIGHT = 1.5
UNPROMISED = 0.1
OVERDUE = 100.0
PRIORITY = {1: 0.5, 2: 1.0, 3: 1.5, 4: 3.0}


@dataclass(frozen=True, slots=True)
class Running:
    """A running promise: working minutes used and promised (promised is above 0)."""

    used_minutes: float
    promised_minutes: float


def risk(promises: tuple[Running, ...], *, waited_hours: float | None) -> float:
    """How near the nearest promise is to being broken.

    `waited_hours` is how long the customer has waited; None where nobody waits for us.
    """
    if promises:
        return max(_risk_of(promise) for promise in promises)
    if waited_hours is None:
        return 0.0
    waited = max(0.0, waited_hours)
    return UNPROMISED * waited / (waited + 24)


def _risk_of(promise: Running) -> float:
    share = max(0.0, promise.used_minutes / promise.promised_minutes)
    if share <= 1:
        return UNPROMISED + (1 - UNPROMISED) * share**2
    late = share - 1
    return OVERDUE + late / (late + 1)


def weight(value_minor: float | None, *, median_minor: float | None) -> float:
    """What a customer's value weighs: between 0.25 and 1.75, the median 1, unknown 1."""
    if value_minor is None or not median_minor or median_minor <= 0:
        return BASE_WEIGHT + SPAN_WEIGHT / 2
    value = max(0.0, value_minor)
    return BASE_WEIGHT + SPAN_WEIGHT * value / (value + median_minor)


def urgency(
    promises: tuple[Running, ...],
    *,
    waited_hours: float | None,
    value_minor: float | None,
    median_minor: float | None,
    priority: int = 2,
) -> float:
    """The figure that the queue is ordered by; see above for the formula and its units."""
    at_risk = risk(promises, waited_hours=waited_hours)
    return at_risk * weight(value_minor, median_minor=median_minor) * PRIORITY[priority]
